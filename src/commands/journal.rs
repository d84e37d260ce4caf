//! `journal`: what was recorded, as lines or JSON lines, one trade from market event to fill, new rows as they come, and whether the
//! journal of facts is whole.

use super::exit::Exit;
use crate::store::{DataDir, Filter, Journal, JournalRow, TraceId, check_facts, write_line, write_trace};
use anyhow::bail;
use clap::Args;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

/// How often new rows are looked for.
const POLL: Duration = Duration::from_millis(200);

/// Shows what was recorded: orders, fills, denials, decisions, links, and what led to them
///
/// Reads only, also beside a running engine and while the screen is on.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Examples:
  flightdeck journal                      the newest run
  flightdeck journal --trace A-12         one order: quote, gate, acknowledgement, fills, with milliseconds
  flightdeck journal --trace 77b0         the same by the cause that the screen and the logs print
  flightdeck journal --check              every row of journal.db, its hash chain and snapshots; exit 3 where one is damaged
  flightdeck journal --follow --topic order --json | jq .kind")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct JournalArgs {
    /// The run, by its id or the beginning of it; the newest when not given
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// One chain of causes: a cause in hexadecimal as on the screen (77b0), in decimal (seq:30640), an order (A-12,
    /// L-12) or a client order id
    #[arg(long, value_name = "ID", conflicts_with_all = ["follow", "strategy", "topic", "mode", "since"])]
    pub trace: Option<TraceId>,
    /// Only rows of this strategy
    #[arg(long, value_name = "NAME")]
    pub strategy: Option<String>,
    /// Only rows of this topic
    #[arg(long, value_parser = ["market", "order", "risk", "account", "link", "control"])]
    pub topic: Option<String>,
    /// Only rows of this mode's log
    #[arg(long, value_parser = ["live", "analyze"])]
    pub mode: Option<String>,
    /// Only rows after this event number (decimal)
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    pub since: u64,
    /// Go on with new rows as they are written, until interrupted or until the run has ended
    #[arg(long)]
    pub follow: bool,
    /// Check the journal of facts (journal.db) row by row: the chain of hashes, the snapshots, the file's pages; name the
    /// first damaged row and exit with 3
    #[arg(long, conflicts_with_all = ["trace", "follow", "strategy", "topic", "mode", "since"])]
    pub check: bool,
    /// One JSON document a line
    #[arg(long)]
    pub json: bool,
}

/// Checks the journal of facts and says what was found.
pub fn check(args: &JournalArgs, data_dir: &Path, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let paths = DataDir::peek(data_dir)?;
    let path = paths.journal();
    let Some(checked) = check_facts(&paths, args.run.as_deref())? else {
        match &args.run {
            Some(run) => bail!("{}: no run {run}", path.display()),
            None => bail!("{}: nothing has been written there", path.display()),
        }
    };
    let (runs, facts, snapshots) = (checked.runs, checked.facts, checked.snapshots);
    let damage = checked.damage.as_ref();
    if args.json {
        let damage = damage.map(|one| {
            serde_json::json!({"table": one.table.as_str(), "row": one.row, "seq": one.seq, "what": one.what})
        });
        let said =
            serde_json::json!({"runs": runs, "facts": facts, "snapshots": snapshots, "damage": damage});
        writeln!(out, "{said}")?;
    } else if let Some(damage) = damage {
        writeln!(out, "{}: {damage}", path.display())?;
    } else {
        writeln!(out, "{}: whole: {runs} runs, {facts} facts, {snapshots} snapshots", path.display())?;
    }
    Ok(if damage.is_some() { Exit::Unsafe } else { Exit::Done })
}

/// Writes what was asked for. A reader that goes away (`| head`) ends it without an error.
pub fn journal(args: &JournalArgs, data_dir: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut sleep = || {
        std::thread::sleep(POLL);
        true
    };
    journal_until(args, data_dir, out, &mut sleep)
}

/// As `journal`; between two looks for new rows `wait` says whether to go on.
pub fn journal_until(
    args: &JournalArgs,
    data_dir: &Path,
    out: &mut dyn Write,
    wait: &mut dyn FnMut() -> bool,
) -> anyhow::Result<()> {
    let journal = Journal::open(&DataDir::peek(data_dir)?)?;
    let done = match &args.trace {
        Some(id) => trace(&journal, args, id, out),
        None => follow(&journal, args, out, wait),
    };
    match done {
        Err(error) if is_broken_pipe(&error) => Ok(()),
        other => other,
    }
}

fn trace(journal: &Journal, args: &JournalArgs, id: &TraceId, out: &mut dyn Write) -> anyhow::Result<()> {
    // A client order id names its run by itself.
    let elsewhere = match (id, &args.run) {
        (TraceId::Client(client), None) => journal.run_of_client(client)?,
        (TraceId::Client(_) | TraceId::Seq(_) | TraceId::Order(..), _) => None,
    };
    let run = journal.find_run(elsewhere.as_deref().or(args.run.as_deref()))?;
    let trace = journal.trace(&run, id)?;
    if args.json {
        trace.rows.iter().try_for_each(|row| write_row(row, true, out))?;
    } else {
        write_trace(&trace, out)?;
    }
    Ok(out.flush()?)
}

fn follow(
    journal: &Journal,
    args: &JournalArgs,
    out: &mut dyn Write,
    wait: &mut dyn FnMut() -> bool,
) -> anyhow::Result<()> {
    let run = journal.find_run(args.run.as_deref())?;
    let mut filter = Filter {
        mode: args.mode.clone(),
        strategy: args.strategy.clone(),
        topic: args.topic.clone(),
        since_seq: args.since,
    };
    loop {
        // Asked before the rows are read: what is written between the two is read all the same.
        let running = args.follow && journal.is_running(&run)?;
        let mut last = filter.since_seq;
        journal.rows(&run, &filter, &mut |row| {
            last = row.seq;
            write_row(&row, args.json, out)
        })?;
        filter.since_seq = last;
        out.flush()?;
        if !running || !wait() {
            return Ok(());
        }
    }
}

fn write_row(row: &JournalRow, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json { writeln!(out, "{}", row.to_json()) } else { write_line(row, out) }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|io| io.kind() == ErrorKind::BrokenPipe)
}
