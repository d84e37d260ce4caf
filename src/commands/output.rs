//! The only place that writes to the terminal outside the cockpit.

use crate::model::DisplayText;
use crate::ui::takes_bytes;
use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Characters cleaned at once: fewer than `DisplayText` keeps, so nothing is cut.
const CHUNK: usize = 128;

/// Writes a text and ends its line. A reader that went away (`| head`) is no failure.
pub fn text(text: impl Display) -> anyhow::Result<()> {
    let mut text = text.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    bytes(text.as_bytes())
}

/// Writes a value as one JSON document on one line.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(value).context("writing the JSON document")?;
    line.push(b'\n');
    bytes(&line)
}

/// Writes bytes as they are.
pub fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("writing to standard output")
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says what went wrong, on stderr. Control characters of a file's name or a peer's words do not get through.
pub fn complain(what: impl Display) {
    if !takes_bytes(io::stderr()) {
        tracing::debug!("standard error takes nothing");
        return;
    }
    let mut err = io::stderr().lock();
    for line in what.to_string().lines() {
        if writeln!(err, "flightdeck: {}", clean(line)).is_err() {
            tracing::debug!("nobody reads standard error");
        }
    }
}

/// A line with everything harmful replaced and nothing cut.
fn clean(line: &str) -> String {
    let characters: Vec<char> = line.chars().collect();
    let chunk = |chunk: &[char]| DisplayText::new(&chunk.iter().collect::<String>()).to_string();
    characters.chunks(CHUNK).map(chunk).collect()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn a_hostile_line_is_shown_whole_and_harmless() {
        let long = "x".repeat(1_000);
        assert_eq!(clean(&long), long);
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c"), "a·[2Jb·c");
    }
}
