//! Bars of an `OpenAlgo` server into the security master: asked for range by range, looked at row by row, taken in whole.

use super::told::Told;
use crate::adapters::history::DayHours;
use crate::adapters::openalgo::{BadBar, BarLine, HistoryAsk, Inquiry};
use crate::commands::progress::Progress;
use crate::model::{Bar, InstrumentId, Timestamp};
use crate::runtime::wall_now;
use crate::sim::bars::Gaps;
use crate::store::{Master, Subject};
use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat};
use sha2::{Digest as _, Sha256};

/// The most bars taken in at once.
const MOST_BARS: usize = 2_000_000;

/// Bad rows told one by one; more are counted.
const BAD_TOLD: usize = 100;

/// What is to be taken in.
#[derive(Debug)]
pub(super) struct InstanceTake {
    pub(super) ask: HistoryAsk,
    /// Whose history it becomes.
    pub(super) instrument: String,
    pub(super) hours: Option<DayHours>,
    pub(super) skip_bad: bool,
}

/// Bars that can go in, and what was noticed.
#[derive(Debug, Default)]
pub(super) struct Read {
    bars: Vec<Bar>,
    hash: Sha256,
    gaps: Gaps,
    bad: u64,
    bad_rows: Vec<String>,
    last: Option<Timestamp>,
    /// Bars that are not over yet.
    unfinished: u64,
}

/// Asks for everything; nothing is written yet.
pub(super) async fn read(take: &mut InstanceTake, server: &mut Inquiry) -> anyhow::Result<Read> {
    let HistoryAsk { interval, from, to, .. } = take.ask.clone();
    let known = server.intervals().await?;
    if !known.iter().any(|word| word == interval.word()) {
        let has = known.join(", ");
        anyhow::bail!("the broker has no bars of {}: it has {has}", interval.word());
    }
    let pages = interval.pages(from, to);
    let all = u64::try_from(pages.len()).unwrap_or(u64::MAX);
    let (mut read, mut progress) = (Read::default(), Progress::new("importing"));
    for (done, (from, to)) in (1..).zip(pages) {
        let ask = HistoryAsk { from, to, ..take.ask.clone() };
        for line in server.history(&ask).await? {
            read.add(line, take, &format!("{from} to {to}"))?;
        }
        anyhow::ensure!(
            read.bars.len() <= MOST_BARS,
            "more than {MOST_BARS} bars: ask for fewer days at once"
        );
        progress.tell((done, all), u64::try_from(read.bars.len()).unwrap_or(u64::MAX));
    }
    let HistoryAsk { symbol, exchange, .. } = &take.ask;
    anyhow::ensure!(
        !read.bars.is_empty(),
        "the server has no finished bars of {symbol} on {exchange} from {from} to {to}"
    );
    Ok(read)
}

/// Takes in what was read; on any error nothing of it stays.
pub(super) fn keep(
    take: &InstanceTake,
    url: &str,
    (read, master): (Read, &mut Master),
) -> anyhow::Result<Told> {
    let HistoryAsk { symbol, exchange, interval, from, to } = &take.ask;
    let file = format!("{url} {exchange}:{symbol} {} {from} to {to}", interval.word());
    let sha256 = format!("{:x}", read.hash.finalize());
    let instrument = Some(take.instrument.clone());
    let subject = Subject { file, sha256, kind: "bars", instrument };
    let mut intake = master.take(&subject, wall_now())?;
    for bar in &read.bars {
        intake.bar(bar, interval.length())?;
    }
    let imported = intake.finish(read.bad, read.gaps.count, read.gaps.missing)?;
    Ok(Told {
        file: subject.file,
        kind: "bars",
        instrument: subject.instrument,
        bar: Some(interval.length().to_string()),
        imported,
        bad_rows: read.bad_rows,
        longest_gap_s: read.gaps.longest_s,
        unfinished: read.unfinished,
    })
}

impl Read {
    fn add(
        &mut self,
        line: Result<BarLine, BadBar>,
        take: &mut InstanceTake,
        page: &str,
    ) -> anyhow::Result<()> {
        let length = take.ask.interval.length();
        let bar = match line {
            Ok(line) => line,
            Err(BadBar { row, field, problem }) => {
                return self.refuse(format!("{page}: row {row}: {field}: {problem}"), take.skip_bad);
            }
        };
        let at = bar.open_time;
        if let Some(last) = self.last.filter(|last| at.since(*last) < length) {
            let words = if at == last { "stands twice" } else { "does not lie behind the bar before it" };
            return self.refuse(format!("{page}: timestamp: {} {words}", time(at)), take.skip_bad);
        }
        let close_time = at.after(length);
        if close_time > wall_now() {
            self.unfinished += 1;
            return Ok(());
        }
        if !take.hours.as_mut().is_none_or(|hours| hours.holds(at)) {
            return Ok(());
        }
        self.gaps.step(self.last.map(|last| at.since(last)).unwrap_or_default(), length);
        self.last = Some(at);
        let BarLine { open, high, low, close, volume, .. } = bar;
        self.hash.update(format!("{} {open} {high} {low} {close} {volume}\n", at.nanos()));
        let (instrument, open_time, local_time) = (InstrumentId::default(), at, close_time);
        self.bars.push(Bar { instrument, open, high, low, close, volume, open_time, close_time, local_time });
        Ok(())
    }

    fn refuse(&mut self, told: String, skip: bool) -> anyhow::Result<()> {
        anyhow::ensure!(skip, told);
        self.bad += 1;
        if self.bad_rows.len() < BAD_TOLD {
            self.bad_rows.push(told);
        }
        Ok(())
    }
}

fn time(at: Timestamp) -> String {
    DateTime::from_timestamp_nanos(at.nanos()).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Asks and takes in.
pub(super) fn instance(
    mut take: InstanceTake,
    mut server: Inquiry,
    open: impl FnOnce() -> anyhow::Result<Master>,
) -> anyhow::Result<Told> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the async runtime")?;
    let read = runtime.block_on(read(&mut take, &mut server))?;
    keep(&take, server.url(), (read, &mut open()?))
}
