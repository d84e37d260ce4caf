//! The command line of `replay`, and which tape it means.

use super::decisions::compare;
use super::rerun::{Rerun, settings_from};
use super::show::{Beginning, show};
use super::verify::{Verdict, verify};
use crate::commands::exit::{Exit, UsageError};
use crate::commands::output;
use crate::commands::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::store::{DataDir, FactReader, Journal, PastError, TapeFileError, TapeReader};
use anyhow::Context as _;
use clap::Args;
use std::fmt;
use std::path::{Path, PathBuf};

/// Flies a recorded run again: in the cockpit as a time machine, or event by event against its journal
///
/// Every input the engine took stands on the run's input tape; the same inputs through the same engine make the same
/// events. The time machine shows every panel at any instant of the run; nothing can be sent from it.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck replay latest                       the last session in the cockpit: Space plays, h l H L wind, q leaves
  flightdeck replay 0199 --at 13:37:02 --speed 20
  flightdeck replay latest --verify     is what the engine does now what it did then, byte for byte?
  flightdeck replay 0199 --verify --json
  flightdeck replay latest --with current        would this program decide the same? or, with a file, these strategies?

Exit codes: 0 identical or left, 1 failed, 2 wrong usage, 3 the first difference, or damage, was found and is printed.")]
pub struct ReplayArgs {
    /// The run, by its id or the beginning of it, `latest`, or an input tape's file
    #[arg(value_name = "RUN|TAPE")]
    pub run: String,
    /// Make the run again and compare every event
    #[arg(long)]
    pub verify: bool,
    /// Make the run again with the strategies of another configuration, or `current` for its own, and show the first
    /// decision that differs
    #[arg(long, value_name = "FILE|current", conflicts_with = "verify")]
    pub with: Option<String>,
    /// Print the verdict as one JSON document
    #[arg(long, conflicts_with_all = ["at", "speed"])]
    pub json: bool,
    /// Where the time machine stands at first: 13:37:02, an RFC 3339 time, or #NUMBER of an event
    #[arg(long, value_name = "TIME", conflicts_with_all = ["verify", "with"])]
    pub at: Option<String>,
    /// How fast it plays: 0.1 to 1000 times as fast as it was
    #[arg(long, value_name = "N", default_value = "1", conflicts_with_all = ["verify", "with"])]
    pub speed: String,
}

/// Does it.
pub(in crate::commands) fn replay(
    args: &ReplayArgs,
    (place, data_dir): (&PlaceArgs, &Path),
    kinds: &[StrategyKind],
) -> anyhow::Result<Exit> {
    let (tape, journal) = find(&args.run, data_dir)?;
    if let Some(with) = &args.with {
        return decide_again(args.json, (&tape, journal.as_deref()), with, kinds);
    }
    if !args.verify {
        if args.json {
            return Err(UsageError("--json prints the verdict of --verify or --with".to_owned()).into());
        }
        let beginning = Beginning { at: args.at.as_deref(), speed: &args.speed };
        return show(beginning, (&tape, journal.as_deref()), place, kinds);
    }
    let verdict = match verified(&tape, journal.as_deref(), kinds) {
        Err(error) if is_damage(&error) => {
            output::complain(format!("{error:#}"));
            return Ok(Exit::Unsafe);
        }
        other => other?,
    };
    tell(args.json, &verdict)?;
    Ok(if verdict.difference.is_none() { Exit::Done } else { Exit::Unsafe })
}

fn decide_again(
    json: bool,
    (tape, journal): (&Path, Option<&Path>),
    with: &str,
    kinds: &[StrategyKind],
) -> anyhow::Result<Exit> {
    let (mut rerun, whose) = if with == "current" {
        (Rerun::open(tape, kinds)?, "its own configuration".to_owned())
    } else {
        let text =
            std::fs::read_to_string(with).with_context(|| format!("{with}: reading the configuration"))?;
        let settings = settings_from(&text, with, kinds)?;
        (Rerun::with_others(TapeReader::open(tape)?, &settings)?, with.to_owned())
    };
    let run = rerun.tape().header().genesis().run.to_string();
    let found = compare(&mut rerun, &mut facts(journal, &run)?, whose)?;
    tell(json, &found)?;
    Ok(if found.difference.is_none() { Exit::Done } else { Exit::Unsafe })
}

fn tell(json: bool, found: &(impl serde::Serialize + fmt::Display)) -> anyhow::Result<()> {
    if json { output::json(found) } else { output::text(found) }
}

fn verified(tape: &Path, journal: Option<&Path>, kinds: &[StrategyKind]) -> anyhow::Result<Verdict> {
    let mut rerun = Rerun::open(tape, kinds)?;
    let run = rerun.tape().header().genesis().run.to_string();
    let mut facts = facts(journal, &run)?;
    let in_order = facts.ended_in_order()?;
    verify(&mut rerun, &mut facts, in_order)
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
    let journal = Journal::open(&paths)?;
    let run = journal.find_run(Some(named))?;
    let id = serde_json::from_value(serde_json::Value::from(run.as_str())).context("reading the run's id")?;
    let tape = paths.tape(id);
    let row = journal.run(&run)?;
    if !tape.exists() && row.asked.is_some() {
        anyhow::bail!(
            "run {} is a backtest, which keeps no input tape: the same `flightdeck backtest` over the same data makes it again, event for event (compare event_hash); `flightdeck report {}` shows what it came to",
            row.name,
            row.name
        );
    }
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
        let word = match (&self.difference, self.cut_at) {
            (Some(_), _) => "DIFFERENT",
            (None, Some(_)) => "identical as far as its tape goes, which is not to its end",
            (None, None) => "identical",
        };
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
