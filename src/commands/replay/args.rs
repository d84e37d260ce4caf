//! The command line of `replay`, and which tape it means.

use super::rerun::Rerun;
use super::verify::{Verdict, verify};
use crate::commands::exit::Exit;
use crate::commands::output;
use crate::config::StrategyKind;
use crate::store::{DataDir, FactReader, Journal, PastError, TapeFileError};
use anyhow::Context as _;
use clap::Args;
use std::fmt;
use std::path::{Path, PathBuf};

/// Flies a recorded run again: in the cockpit as a time machine, or event by event against its journal
///
/// Every input the engine took stands on the run's input tape; the same inputs through the same engine make the same
/// events.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck replay latest --verify     is what the engine does now what it did then, byte for byte?
  flightdeck replay 0199 --verify --json

Exit codes: 0 identical, 1 failed, 2 wrong usage, 3 the first difference, or damage, was found and is printed.")]
pub struct ReplayArgs {
    /// The run, by its id or the beginning of it, `latest`, or an input tape's file
    #[arg(value_name = "RUN|TAPE")]
    pub run: String,
    /// Make the run again and compare every event
    #[arg(long)]
    pub verify: bool,
    /// Print the verdict as one JSON document
    #[arg(long, requires = "verify")]
    pub json: bool,
}

/// Does it.
pub(in crate::commands) fn replay(
    args: &ReplayArgs,
    data_dir: &Path,
    kinds: &[StrategyKind],
) -> anyhow::Result<Exit> {
    let (tape, journal) = find(&args.run, data_dir)?;
    let verdict = match verified(&tape, journal.as_deref(), kinds) {
        Err(error) if is_damage(&error) => {
            output::complain(format!("{error:#}"));
            return Ok(Exit::Unsafe);
        }
        other => other?,
    };
    if args.json {
        output::json(&verdict)?;
    } else {
        output::text(&verdict)?;
    }
    Ok(if verdict.difference.is_none() { Exit::Done } else { Exit::Unsafe })
}

fn verified(tape: &Path, journal: Option<&Path>, kinds: &[StrategyKind]) -> anyhow::Result<Verdict> {
    let mut rerun = Rerun::open(tape, kinds)?;
    let run = rerun.tape().header().genesis().run.to_string();
    verify(&mut rerun, &mut facts(journal, &run)?)
}

/// Whether tape or journal are not as they were written: that is what a verification is there to find.
fn is_damage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let tape = cause.downcast_ref::<TapeFileError>();
        let journal = cause.downcast_ref::<PastError>();
        matches!(tape, Some(TapeFileError::Head { .. } | TapeFileError::Block { .. }))
            || matches!(journal, Some(PastError::Damaged { .. }))
    })
}

/// The tape that is meant, and the data directory whose journal has its facts.
fn find(named: &str, data_dir: &Path) -> anyhow::Result<(PathBuf, Option<PathBuf>)> {
    let file = Path::new(named);
    if file.is_file() {
        // A tape in its place has its journal two folders up; one that was copied away has none.
        let home = file.parent().and_then(Path::parent).filter(|home| home.join("journal.db").exists());
        return Ok((file.to_owned(), home.map(Path::to_owned)));
    }
    let paths = DataDir::peek(data_dir)?;
    let run = Journal::open(&paths)?.find_run(Some(named))?;
    let id = serde_json::from_value(serde_json::Value::from(run.as_str())).context("reading the run's id")?;
    let tape = paths.tape(id);
    anyhow::ensure!(
        tape.exists(),
        "{}: run {run} has no input tape: none was kept (run.tapes_mb), or the oldest made room",
        tape.display()
    );
    Ok((tape, Some(data_dir.to_owned())))
}

/// The facts the journal has of a run.
fn facts(home: Option<&Path>, run: &str) -> anyhow::Result<FactReader> {
    let home =
        home.context("a tape that lies apart from its journal: put it back into tapes/ beside journal.db")?;
    let found = FactReader::open(&DataDir::peek(home)?, run)?;
    found.with_context(|| format!("{}: the journal has no run {run}", home.join("journal.db").display()))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, inputs, events, facts, elapsed_ms, events_per_s, .. } = self;
        let word = if self.difference.is_none() { "identical" } else { "DIFFERENT" };
        writeln!(
            f,
            "run {run}: {word}\n{events} events of {inputs} inputs made again in {}.{:03} s ({events_per_s}/s), {facts} facts compared byte for byte",
            elapsed_ms / 1_000,
            elapsed_ms % 1_000
        )?;
        if self.recorded_by != self.verified_by {
            writeln!(f, "recorded by version {}, verified by {}", self.recorded_by, self.verified_by)?;
        }
        if let Some(offset) = self.cut_at {
            writeln!(
                f,
                "the run did not end in order: its tape ends at byte {offset}, {} facts of the journal lie beyond",
                self.beyond
            )?;
        }
        if let Some(difference) = &self.difference {
            writeln!(f, "first difference at event #{}:", difference.seq)?;
            writeln!(f, "  then: {}", difference.recorded)?;
            writeln!(f, "  now:  {}", difference.now)?;
        }
        Ok(())
    }
}
