//! Assembles a backtest from its plan and lets it run to the end of its history.

use super::parts::{Ear, hired};
use super::plan::{Plan, SECMASTER};
use super::result::{Outcome, Standing};
use crate::adapters::history::{HistoryFile, HistoryOptions, MasterHistory, Resampled};
use crate::commands::output;
use crate::engine::Engine;
use crate::model::{Currency, InstrumentId, Money, RunId, Span, StrategyId, StrategyRules, Watchdog};
use crate::runtime::monotonic_nanos;
use crate::sim::bars::{Backtest, History, HistoryVenue, Merge, Notes, Stage, stage};
use crate::state::{Genesis, StrategyInfo};
use crate::store::DataDir;
use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use std::io::{IsTerminal as _, stderr};
use std::path::Path;
use std::sync::Arc;

/// Moments between two looks at the clock.
const SLICE: u64 = 1 << 16;

/// How often the engine is told that time passes, by the market's clock.
const TICK: Span = Span::from_secs(3_600);

/// The length of bars made from trades where none is asked for.
const TRADE_BAR: Span = Span::from_secs(1);

/// Progress is told this often, in nanoseconds of our clock.
const PROGRESS: u64 = 1_000_000_000;

/// Runs a plan without a word.
pub fn run_plan(plan: &Plan) -> anyhow::Result<Outcome> {
    run(plan, &mut |_, _| {}).map(|(outcome, _)| outcome)
}

/// Runs a plan and tells its progress where somebody may be waiting at a terminal.
pub(super) fn run_told(plan: &Plan) -> anyhow::Result<(Outcome, Genesis)> {
    if !stderr().is_terminal() {
        return run(plan, &mut |_, _| {});
    }
    let mut told = monotonic_nanos();
    run(plan, &mut |rows, at| {
        if at.saturating_sub(told) >= PROGRESS {
            told = at;
            output::complain(format!("{rows} rows"));
        }
    })
}

fn run(plan: &Plan, progress: &mut dyn FnMut(u64, u64)) -> anyhow::Result<(Outcome, Genesis)> {
    let genesis = Arc::new(genesis(plan)?);
    if plan.data.iter().any(|(path, _)| super::recording::is_recording(path)) {
        return super::recording::run(plan, &genesis).map(|outcome| (outcome, (*genesis).clone()));
    }
    let began = monotonic_nanos();
    let mut history = Merge::new(histories(plan, &genesis)?)?;
    let engine = Engine::new(Arc::clone(&genesis), hired(plan, &genesis)?);
    let mut backtest = Backtest::new(engine, HistoryVenue::new(&genesis, plan.rules), TICK);
    let mut ear = Ear::of(plan, &genesis)?;
    loop {
        match backtest.run(&mut history, SLICE, &mut ear) {
            Ok(true) => {
                let tally = backtest.tally();
                progress(tally.bars + tally.quotes + tally.trades, monotonic_nanos());
            }
            Ok(false) => break,
            Err(error) => {
                ear.abandon();
                return Err(error.into());
            }
        }
    }
    let tally = backtest.tally();
    if tally.bars + tally.quotes + tally.trades == 0 {
        ear.abandon();
        anyhow::bail!("{}", nothing_read(&history.notes(), plan));
    }
    let heard = ear.finish();
    let elapsed = monotonic_nanos().saturating_sub(began);
    let standing = Standing { heard, elapsed, notes: history.notes() };
    let outcome = Outcome::of(plan, backtest.engine().state(), backtest.tally(), standing);
    Ok((outcome, (*genesis).clone()))
}

/// Why there was nothing to run over.
fn nothing_read(notes: &[Notes], plan: &Plan) -> String {
    let paths: Vec<&str> = notes.iter().map(|one| one.path.as_str()).collect();
    let narrowed = plan.from.is_some() || plan.to.is_some() || plan.hours.is_some();
    let why = if narrowed { "no row lies within --from, --to and --session" } else { "there is no row" };
    format!("{}: {why}: nothing was run", paths.join(", "))
}

fn histories(plan: &Plan, genesis: &Genesis) -> anyhow::Result<Vec<Box<dyn History>>> {
    let mut all: Vec<Box<dyn History>> = Vec::new();
    for (path, symbol) in &plan.data {
        let instrument = genesis.instrument_named(symbol).unwrap_or_default();
        let options = HistoryOptions {
            instrument,
            from: plan.from,
            to: plan.to,
            hours: plan.hours,
            bar: plan.bar,
            skip_bad: plan.skip_bad,
        };
        let (history, is_trades) = open(plan, path, symbol, options)?;
        let alone = plan.data.iter().filter(|(_, other)| other == symbol).count() == 1;
        let made = plan.resample.or((is_trades && alone).then_some(TRADE_BAR));
        all.push(match made {
            Some(length) => Box::new(Resampled::new(history, length)),
            None => history,
        });
    }
    Ok(all)
}

/// A history, and whether it tells of trades and nothing else.
fn open(
    plan: &Plan,
    path: &Path,
    symbol: &str,
    options: HistoryOptions,
) -> anyhow::Result<(Box<dyn History>, bool)> {
    if let Some(home) = plan.master.as_deref().filter(|_| path.as_os_str() == SECMASTER) {
        let history = MasterHistory::open(&DataDir::peek(home)?, symbol, options)?;
        let is_trades = history.is_trades();
        return Ok((Box::new(history), is_trades));
    }
    let file = HistoryFile::open(path, options)?;
    let is_trades = file.is_trades();
    Ok((Box::new(file), is_trades))
}

/// The genesis of a plan: of the configuration it names, else one with limits that are far.
fn genesis(plan: &Plan) -> anyhow::Result<Genesis> {
    let run = RunId::new(uuid::Uuid::now_v7().as_u128());
    let book = book_of(plan);
    let id = |symbol: &String| {
        plan.symbols.iter().position(|one| one == symbol).and_then(|at| u16::try_from(at).ok())
    };
    let strategies = plan.strategies.iter().map(|pick| {
        let on = id(&pick.symbol).map(InstrumentId::new).into_iter().collect();
        (pick.name.clone(), pick.kind.clone(), on)
    });
    let currency = Currency::new("USD").context("a currency")?;
    let mut genesis = stage(&Stage {
        run,
        book,
        symbols: plan.symbols.clone(),
        currency,
        capital: plan.capital,
        maker_fee: plan.fee,
        taker_fee: plan.fee,
        strategies: strategies.collect(),
    })?;
    if let Some(settings) = &plan.settings {
        configure(&mut genesis, plan, &crate::runtime::genesis(settings, run, Vec::new()))?;
    }
    for (index, pick) in plan.strategies.iter().enumerate() {
        let place = index + usize::from(StrategyId::EXTERNAL.get()) + 1;
        let Some((limits, rules)) = &pick.limits else { continue };
        if plan.settings.is_some()
            && let Some(own) = genesis.limits.strategies.get_mut(place)
        {
            *own = *limits;
            genesis.limits.rules.resize(genesis.strategies.len(), StrategyRules::NONE);
            genesis.limits.rules.get_mut(place).into_iter().for_each(|own| own.clone_from(rules));
        }
    }
    Ok(genesis)
}

/// Takes instruments, capital and limits from a configuration. Its watchdog and its calendars are those of a live
/// connection and stay out.
fn configure(genesis: &mut Genesis, plan: &Plan, configured: &Genesis) -> anyhow::Result<()> {
    for symbol in &plan.symbols {
        if configured.instrument_named(symbol).is_none() {
            anyhow::bail!(super::plan::usage(format!(
                "--instrument {symbol}: the configuration has no such instrument"
            )));
        }
    }
    let strategies = std::mem::take(&mut genesis.strategies);
    let far = genesis.limits.strategies.clone();
    let (run, book) = (genesis.run, genesis.book);
    *genesis = Genesis {
        run,
        book,
        // One venue matches everything here.
        accounts: crate::state::Accounts::default(),
        watchdog: Watchdog::OFF,
        mode: crate::model::Mode::Analyze,
        ..configured.clone()
    };
    for instrument in &mut genesis.instruments {
        instrument.listing.calendar = None;
    }
    genesis.strategies = strategies
        .into_iter()
        .map(|info| {
            let pick = plan.strategies.iter().find(|pick| pick.name == info.name.as_str());
            let on = pick.and_then(|pick| configured.instrument_named(&pick.symbol));
            StrategyInfo { instruments: on.into_iter().collect(), ..info }
        })
        .collect();
    genesis.limits.strategies = far;
    genesis.limits.rules.clear();
    if plan.capital != Money::units(1_000_000_000) {
        genesis.capital = vec![(genesis.currency, plan.capital)];
    }
    Ok(())
}

/// The book of a plan: equal plans name their orders alike, so that equal histories give equal events.
fn book_of(plan: &Plan) -> RunId {
    let strategies: Vec<_> =
        plan.strategies.iter().map(|one| (&one.name, &one.kind, &one.symbol, &one.params)).collect();
    let told =
        format!("{:?} {strategies:?} {:?} {:?} {:?}", plan.symbols, plan.rules, plan.fee, plan.capital);
    let digest: [u8; 32] = Sha256::digest(told).into();
    let (head, _) = digest.split_at(16);
    RunId::new(u128::from_be_bytes(head.try_into().unwrap_or_default()))
}
