//! Reads a run back, computes its figures and hands them out.

use super::args::ReportArgs;
use super::csv::csv_files;
use super::html::page;
use super::plot::plot;
use super::text::text;
use crate::analytics::{Record, Report, report as compute};
use crate::commands::door_client::place_of;
use crate::commands::exit::Exit;
use crate::commands::output;
use crate::commands::runs::asked;
use crate::config::StrategyKind;
use crate::store::{DataDir, DataPaths, Journal, RunRow, read_result};
use anyhow::{Context as _, bail};
use serde::Serialize;
use std::fs;

/// Columns and rows of a curve on the terminal.
const PLOT: (usize, usize) = (72, 8);

/// The document.
#[derive(Debug, Serialize)]
struct Document<'a> {
    run: &'a str,
    name: &'a str,
    status: &'a str,
    mode: &'a str,
    feed: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a serde_json::Value>,
    #[serde(flatten)]
    report: &'a Report,
}

/// Does what was asked for.
pub(in crate::commands) fn report(args: &ReportArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let paths = DataDir::peek(&place_of(&args.place, kinds)?)?;
    let journal = Journal::open(&paths)?;
    let row = journal.run(&journal.find_run(args.run.as_deref())?)?;
    let record = journal.record(&row)?;
    if record.movements.is_empty() && record.decisions.is_empty() && record.equity.is_empty() {
        return unrecorded(args, &row, &paths);
    }
    let report = compute(&record);
    hand_out(args, &row, &record, &report)?;
    Ok(Exit::Done)
}

fn hand_out(args: &ReportArgs, row: &RunRow, record: &Record, report: &Report) -> anyhow::Result<()> {
    if let Some(folder) = &args.csv {
        fs::create_dir_all(folder).with_context(|| format!("--csv {}", folder.display()))?;
        for (name, content) in csv_files(report, record) {
            let path = folder.join(name);
            fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    if let Some(path) = &args.html {
        fs::write(path, page(row, report)).with_context(|| format!("--html {}", path.display()))?;
    }
    if args.json {
        let RunRow { run, name, mode, feed, asked, .. } = row;
        let (status, asked) = (row.status.as_str(), asked.as_ref());
        return output::json(&Document { run, name, status, mode, feed, asked, report });
    }
    let mut all = text(row, report);
    let curves = [("net P&L", &report.drawn), ("below its high", &report.below)];
    for (title, curve) in curves.iter().filter(|(_, curve)| curve.len() > 1) {
        all.extend(["\n", title, "\n", &plot(curve, PLOT, args.ascii)]);
    }
    output::text(all)
}

/// A run of which there are no typed rows: its result, where one was written, else an error that says why.
fn unrecorded(args: &ReportArgs, row: &RunRow, paths: &DataPaths) -> anyhow::Result<Exit> {
    let Some(result) = read_result(paths, &row.run).context("reading its result")? else {
        bail!(
            "run {}: no event of it is in the typed tables; it was recorded by a version before them, or it ended before \
             anything happened",
            row.name
        );
    };
    if args.csv.is_some() || args.html.is_some() {
        bail!(
            "run {}: its events were not recorded, so there is nothing to draw; `backtest --record` records them",
            row.name
        );
    }
    if args.json {
        output::json(&result)?;
        return Ok(Exit::Done);
    }
    let asked = asked(row).map(|asked| format!("{asked}\n")).unwrap_or_default();
    let mut lines = format!(
        "run {}  {}  {}\n{asked}its events were not recorded, so there is no curve and no round trip: `flightdeck backtest --record` with the same flags records them; its result:\n",
        row.name,
        row.status.as_str(),
        row.feed
    );
    let fields = result.as_object().into_iter().flatten();
    for (key, value) in fields.filter(|(_, value)| !value.is_object() && !value.is_array()) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.extend(["  ", key, "  ", &value, "\n"]);
    }
    output::text(lines)?;
    Ok(Exit::Done)
}
