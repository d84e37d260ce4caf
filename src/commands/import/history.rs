//! A file of bars, quotes or trades, row by row into the security master.

use super::told::Told;
use crate::adapters::history::{DayHours, HistoryFile, HistoryOptions};
use crate::commands::progress::Progress;
use crate::model::Span;
use crate::runtime::wall_now;
use crate::sim::bars::{Datum, History as _};
use crate::store::{Intake, Master, Subject};
use std::path::Path;

/// Rows between two looks at the clock.
const LOOK_EVERY: u64 = 8_192;

/// What is to be taken in, and how it is read.
#[derive(Debug)]
pub(super) struct HistoryTake<'a> {
    pub(super) path: &'a Path,
    pub(super) bar: Option<Span>,
    pub(super) hours: Option<DayHours>,
    pub(super) skip_bad: bool,
}

/// Takes it in; on any error nothing of it stays.
pub(super) fn history(
    take: &HistoryTake<'_>,
    master: &mut Master,
    subject: &dyn Fn(&'static str) -> Subject,
) -> anyhow::Result<Told> {
    let HistoryTake { path, bar, hours, skip_bad } = *take;
    let options = HistoryOptions { hours, bar, skip_bad, ..HistoryOptions::default() };
    let mut file = HistoryFile::open(path, options)?;
    let subject = subject(file.kind());
    let mut intake = master.take(&subject, wall_now())?;
    let mut progress = Progress::new("importing");
    let mut rows = 0;
    while let Some(datum) = file.next_datum()? {
        add(&mut intake, &datum)?;
        rows += 1;
        if rows % LOOK_EVERY == 0 {
            progress.count(rows, "rows");
        }
    }
    let notes = file.notes();
    let imported = intake.finish(notes.bad, notes.gaps.count, notes.gaps.missing)?;
    let line =
        |bad: &crate::sim::bars::BadRow| format!("{}:{}: {}: {}", bad.path, bad.row, bad.field, bad.problem);
    Ok(Told {
        file: subject.file,
        kind: subject.kind,
        instrument: subject.instrument,
        bar: (subject.kind == "bars").then(|| file.bar().to_string()),
        imported,
        bad_rows: notes.bad_rows.iter().map(line).collect(),
        longest_gap_s: notes.gaps.longest_s,
        unfinished: 0,
    })
}

fn add(intake: &mut Intake<'_>, datum: &Datum) -> anyhow::Result<()> {
    match datum {
        Datum::Bar(bar) => intake.bar(bar, bar.close_time.since(bar.open_time))?,
        Datum::Quote(quote) => intake.quote(quote)?,
        Datum::Trade(trade) => intake.trade(trade)?,
    }
    Ok(())
}
