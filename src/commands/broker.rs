//! The brokers of the settings: the sandbox in this process, or servers, an account each.

use super::exit::UsageError;
use super::key::key;
use super::margins::named;
use super::sandbox::paper;
use crate::adapters::Adapter;
use crate::adapters::openalgo::{Expect, Known, OpenAlgo, OpenAlgoOptions, Secret};
use crate::config::{BrokerKind, Further, KeyAt, Settings};
use crate::model::{AccountId, Mode, Span, StrategyId};
use crate::runtime::Rehearsal;
use crate::state::{Genesis, State};
use anyhow::Context as _;
use std::collections::BTreeMap;

/// A server and how it is spoken to.
struct Server<'a> {
    url: &'a str,
    stream: Option<String>,
    key: Secret,
    expect: Expect,
}

/// Who executes the orders of the first account.
pub(super) fn first(
    settings: &Settings,
    (state, goes_on): (&State, bool),
    rehearsal: &Rehearsal,
) -> anyhow::Result<Box<dyn Adapter>> {
    if settings.run.mode == Mode::Live {
        return openalgo_live(settings, state);
    }
    match settings.broker.kind {
        BrokerKind::Paper => Ok(Box::new(paper(settings, (state, goes_on), rehearsal)?)),
        BrokerKind::OpenAlgo => openalgo(settings, state),
    }
}

/// The adapter to the `OpenAlgo` server of `[broker]`: a sandbox.
fn openalgo(settings: &Settings, state: &State) -> anyhow::Result<Box<dyn Adapter>> {
    let broker = &settings.broker;
    let key = taken("broker.kind", &broker.key_at())?;
    let stream = broker.ws_url.clone();
    let server = Server { url: &broker.url, stream, key, expect: Expect::Analyze };
    adapter(settings, (state, AccountId::FIRST), server)
}

/// The adapter to the server of `[live]`: real money. Made in a live leg and nowhere else.
fn openalgo_live(settings: &Settings, state: &State) -> anyhow::Result<Box<dyn Adapter>> {
    let live = &settings.live;
    let key = taken("live.kind", &live.key_at().context("live.kind is openalgo without a key")?)?;
    let (url, stream) = (live.url.as_deref().unwrap_or_default(), live.ws_url.clone());
    adapter(settings, (state, AccountId::FIRST), Server { url, stream, key, expect: Expect::Live })
}

/// Those of the further accounts of the leg's mode, under the numbers of the book.
pub(super) fn further(
    settings: &Settings,
    state: &State,
) -> anyhow::Result<Vec<(AccountId, Box<dyn Adapter>)>> {
    let mode = settings.run.mode;
    let (section, expect) = match mode {
        Mode::Analyze => ("broker", Expect::Analyze),
        Mode::Live => ("live", Expect::Live),
    };
    let hire = |one: &Further| {
        let account = state.genesis().accounts.named(&one.name).context("an account without a number")?;
        let key = taken(&format!("{section}.also.{}", one.name), &one.key_at())?;
        let server = Server { url: &one.url, stream: one.ws_url.clone(), key, expect };
        Ok((account, adapter(settings, (state, account), server)?))
    };
    settings.further(mode).iter().map(hire).collect()
}

/// How often the books are read while nothing is open: rarely, and at least thrice in the time after which a broker that says
/// nothing is taken for lost.
fn idle(settings: &Settings) -> Span {
    let rarely = settings.broker.poll.nanos().saturating_mul(5);
    Span::from_nanos(rarely.min(settings.watchdog.broker_silent.nanos() / 3))
}

fn taken(what: &str, at: &KeyAt) -> anyhow::Result<Secret> {
    Ok(key(at).map_err(|error| UsageError(format!("{what} is openalgo: {error}")))?)
}

/// The exchange's ids of the strategies that have one, by the numbers of the book.
fn algo_ids(settings: &Settings, genesis: &Genesis) -> BTreeMap<StrategyId, String> {
    let one = |strategy: &crate::config::StrategySettings| {
        let number = genesis.strategy_named(&strategy.name)?;
        Some((number, strategy.algo_id.clone()?))
    };
    settings.strategies.iter().filter_map(one).collect()
}

fn adapter(
    settings: &Settings,
    (state, account): (&State, AccountId),
    server: Server<'_>,
) -> anyhow::Result<Box<dyn Adapter>> {
    let broker = &settings.broker;
    let Server { url, stream, key, expect } = server;
    let adapter = OpenAlgo::new(OpenAlgoOptions {
        url: url.to_owned(),
        stream,
        key,
        expect,
        // With real money it is asked at the start what the server makes of a repeat, and shown; nothing depends on it.
        probe: expect == Expect::Live,
        names: named(settings, state.genesis(), account),
        calendars: settings.calendars(settings.start),
        algo_ids: algo_ids(settings, state.genesis()),
        currency: settings.account.currency,
        orders_per_s: broker.orders_per_s,
        cancels_per_s: broker.cancels_per_s,
        reads_per_s: broker.reads_per_s,
        poll: broker.poll,
        idle: idle(settings),
        quotes: broker.quotes,
        answer: broker.answer,
        known: Known::of(state, account),
    })?;
    Ok(Box::new(adapter))
}

#[cfg(test)]
mod tests {
    use super::{Settings, idle};
    use crate::model::Span;

    /// With nothing open the books were once read every five seconds, and five seconds of silence were a lost broker: K1 on a
    /// healthy account.
    #[test]
    fn a_healthy_broker_is_heard_of_thrice_in_the_time_after_which_silence_is_a_loss() {
        let mut settings = Settings::default();
        for (poll, silent, expected) in [(1_000, 5_000, 1_666), (100, 5_000, 500), (200, 600, 200)] {
            settings.broker.poll = Span::from_millis(poll);
            settings.watchdog.broker_silent = Span::from_millis(silent);
            assert_eq!(idle(&settings).millis(), expected);
        }
    }
}
