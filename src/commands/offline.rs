//! A recording as fast as it goes: the whole run in virtual time, the same events each time.

use crate::adapters::market_source;
use crate::adapters::tape::OnDamage;
use crate::config::Settings;
use crate::engine::Engine;
use crate::model::{Envelope, Event, Money, OrderEvent, RunId, StrategyId, Timestamp};
use crate::runtime::{genesis, hired, monotonic_nanos};
use crate::sim::World;
use crate::state::{Accounts, Genesis, Renumbering, State};
use anyhow::Context as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::io::Write;
use std::sync::Arc;

/// What such a run found. Equal settings, recording and binary give equal summaries but for the times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub run: String,
    pub events: u64,
    pub orders: u64,
    pub denied: u64,
    pub fills: u64,
    pub strategies: Vec<StrategySummary>,
    /// In account currency.
    pub net: String,
    /// Sum of strategies less account, and ours less the venue's: both empty when the books agree.
    pub differences: Vec<String>,
    /// SHA-256 over every event as a line of JSON, quotes and depth included.
    pub event_hash: String,
    pub elapsed_ms: u64,
    pub events_per_s: u64,
}

/// One strategy of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StrategySummary {
    pub name: String,
    pub orders: u64,
    pub denied: u64,
    pub fills: u64,
    /// After fees, in account currency; empty while something held has no price.
    pub net: String,
}

/// Counts and hashes events as they happen.
struct Tally {
    hash: Sha256,
    line: Vec<u8>,
    events: u64,
    orders: u64,
    denied: u64,
    fills: Vec<u64>,
}

/// Plays the settings' market once, in virtual time.
pub fn fly_offline(settings: &Settings) -> anyhow::Result<Summary> {
    let run = RunId::new(u128::from(settings.run.seed));
    // One venue matches everything here.
    let accounts = Accounts::default();
    let genesis = Arc::new(Genesis { accounts, ..genesis(settings, run, Vec::new()) });
    let mut feed = settings.feed.clone();
    feed.repeat = false;
    let source =
        market_source(&feed, &genesis.instruments, settings.run.seed, Timestamp::EPOCH, OnDamage::Stop)
            .context("opening the feed")?;
    anyhow::ensure!(
        source.length().is_some() || !matches!(feed.source, crate::config::FeedSource::Synthetic { .. }),
        "a synthetic market has no end: --speed max --headless needs a recording"
    );
    let sandbox = super::sandbox::sandbox(settings, &genesis);
    let mut world = World::new(
        Engine::new(Arc::clone(&genesis), hired(settings, &Renumbering::default())?),
        sandbox,
        source,
    );
    let mut tally = Tally::new(genesis.strategies.len());
    let mut out = Vec::with_capacity(1_024);
    let began = monotonic_nanos();
    while world.step(&mut out).context("playing the recording")? {
        for envelope in out.drain(..) {
            tally.take(&envelope)?;
        }
    }
    let elapsed = monotonic_nanos().saturating_sub(began);
    Ok(tally.summary(run, world.engine().state(), elapsed))
}

impl Tally {
    fn new(strategies: usize) -> Self {
        Self {
            hash: Sha256::new(),
            line: Vec::with_capacity(4_096),
            events: 0,
            orders: 0,
            denied: 0,
            fills: vec![0; strategies],
        }
    }

    fn take(&mut self, envelope: &Envelope) -> anyhow::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, envelope).context("writing an event")?;
        self.line.write_all(b"\n").context("writing an event")?;
        self.hash.update(&self.line);
        self.events += 1;
        match &envelope.event {
            Event::Order(OrderEvent::Submitted { .. }) => self.orders += 1,
            Event::Order(OrderEvent::Filled { fill, .. }) => {
                if let Some(count) = self.fills.get_mut(fill.strategy.index()) {
                    *count += 1;
                }
            }
            Event::Denied { .. } => self.denied += 1,
            Event::Order(_)
            | Event::Market(_)
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => {}
        }
        Ok(())
    }

    fn summary(self, run: RunId, state: &State, elapsed: u64) -> Summary {
        let text = |amount: Option<Money>| amount.map_or_else(String::new, |amount| format!("{amount:.4}"));
        let strategy = |id: StrategyId| StrategySummary {
            name: state.genesis().strategy(id).map_or_else(String::new, |info| info.name.to_string()),
            orders: state.orders.submitted_by(id),
            denied: state.denied_of(id),
            fills: self.fills.get(id.index()).copied().unwrap_or_default(),
            net: text(state.strategy_pnl(id).map(|pnl| pnl.net)),
        };
        let hash = self.hash.finalize();
        Summary {
            run: run.to_string(),
            events: self.events,
            orders: self.orders,
            denied: self.denied,
            fills: self.fills.iter().sum(),
            strategies: state.genesis().strategy_ids().map(strategy).collect(),
            net: text(state.account_pnl().map(|pnl| pnl.net)),
            differences: differences(state),
            event_hash: format!("{hash:x}"),
            elapsed_ms: elapsed / 1_000_000,
            events_per_s: per_second(self.events, elapsed),
        }
    }
}

fn per_second(events: u64, nanos: u64) -> u64 {
    u64::try_from(u128::from(events) * 1_000_000_000 / u128::from(nanos.max(1))).unwrap_or(u64::MAX)
}

/// Where the books of strategies, account and venue disagree.
fn differences(state: &State) -> Vec<String> {
    let rows = state.genesis().instruments.iter().filter_map(|instrument| {
        let (net, cash) = state.ledger.difference(instrument.id);
        (!net.is_zero() || !cash.is_zero())
            .then(|| format!("{}: strategies less account {net}, cash {cash}", instrument.symbol))
    });
    let broker = state.reconciliation.differences().map(|difference| format!("{difference:?}"));
    rows.chain(broker).collect()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<16} {:>8} {:>8} {:>8} {:>14}", "strategy", "orders", "denied", "fills", "net")?;
        for row in &self.strategies {
            writeln!(
                f,
                "{:<16} {:>8} {:>8} {:>8} {:>14}",
                row.name, row.orders, row.denied, row.fills, row.net
            )?;
        }
        writeln!(
            f,
            "{:<16} {:>8} {:>8} {:>8} {:>14}",
            "= account", self.orders, self.denied, self.fills, self.net
        )?;
        match self.differences.as_slice() {
            [] => writeln!(f, "books agree, diff 0")?,
            lines => lines.iter().try_for_each(|line| writeln!(f, "DIFF {line}"))?,
        }
        writeln!(f, "{} events in {} ms ({} a second)", self.events, self.elapsed_ms, self.events_per_s)?;
        write!(f, "event hash {}", self.event_hash)
    }
}
