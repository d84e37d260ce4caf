//! One thing wrong with the configuration: where, what, and what was expected instead.

use super::origin::Origin;
use crate::model::DisplayText;
use std::fmt;

/// The longest piece of somebody's file that a message repeats, in characters.
const QUOTED_CHARS: usize = 40;

/// One fault. `Display` is `file:line:column: section.key: problem; expected …`; for a value that does not come from
/// a file the place is `environment NAME`, the flag's name or `default`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigFault {
    pub origin: Origin,
    /// Which value, as `section.key`; empty when the fault is the file's as a whole or its syntax.
    pub path: String,
    pub problem: String,
    pub expected: String,
}

impl ConfigFault {
    /// The file, when the fault is in one.
    pub fn file(&self) -> Option<&str> {
        match &self.origin {
            Origin::File { file, .. } => Some(file),
            Origin::Default | Origin::Environment(_) | Origin::Flag(_) => None,
        }
    }

    /// Line and column in the file, counted from 1.
    pub fn position(&self) -> Option<(u32, u32)> {
        match self.origin {
            Origin::File { line, column, .. } => Some((line, column)),
            Origin::Default | Origin::Environment(_) | Origin::Flag(_) => None,
        }
    }
}

/// So many letters and digits in a row, of both kinds, may be a key: no message repeats them.
const KEY_CHARS: usize = 32;

/// A piece of outside text made fit for a message: harmless characters only, what may be a key masked, cut, in quotes.
pub(super) fn quoted(text: &str) -> String {
    let text = &without_keys(&without_login(text));
    let mut start: String = text.chars().take(QUOTED_CHARS).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("\"{}\"", DisplayText::new(&start))
}

/// An address without what may be a password or a key in it: what stands before its host, and what it asks.
fn without_login(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (login, rest) = rest.rsplit_once('@').map_or(("", rest), |(_login, rest)| ("***@", rest));
    let (place, asked) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let asked = if asked.is_empty() { "" } else { "?***" };
    format!("{scheme}://{login}{place}{asked}")
}

/// The text with everything masked that may be a key.
fn without_keys(text: &str) -> String {
    let is_key = |run: &str| {
        run.chars().count() >= KEY_CHARS
            && run.contains(|letter: char| letter.is_ascii_digit())
            && run.contains(char::is_alphabetic)
    };
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(|letter: char| !letter.is_alphanumeric()) {
        let run = piece.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        shown.push_str(if is_key(run) { "***" } else { run });
        shown.extend(piece.strip_prefix(run));
    }
    shown
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", DisplayText::new(&self.origin.to_string()))?;
        if !self.path.is_empty() {
            write!(f, "{}: ", DisplayText::new(&self.path))?;
        }
        f.write_str(&self.problem)?;
        if !self.expected.is_empty() {
            write!(f, "; expected {}", self.expected)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigFault {}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn an_address_is_repeated_without_its_login_and_what_it_asks() {
        for (written, shown) in [
            ("https://user:secretpw@algo.example.com", "\"https://***@algo.example.com\""),
            ("https://user:pa/ss@w@algo.example.com/x", "\"https://***@algo.example.com/x\""),
            ("https://a.example.com/?apikey=SECRET1", "\"https://a.example.com/?***\""),
            ("ftp://a.example.com/#SECRET1", "\"ftp://a.example.com/?***\""),
            ("http://a.example.com:5000", "\"http://a.example.com:5000\""),
        ] {
            assert_eq!(quoted(written), shown);
        }
    }
}
