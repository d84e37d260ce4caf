//! From settings to what the engine starts with: the genesis and the hired strategies.

use crate::adapters::openalgo;
use crate::config::{BrokerKind, InstrumentSettings, LiveKind, Settings, Speed, StrategySettings};
use crate::engine::Hired;
use crate::model::{
    DisplayText, InstrumentId, KillLevel, Label, Limits, LiveCheck, LiveTerms, Mode, RunId, Scope, Span,
    StrategyId, TradingHours, VenueTraits,
};
use crate::state::{Accounts, Conversion, Genesis, Renumbering, StrategyInfo, VenueAccount};
use crate::strategies::{HireError, hire};

/// Why there is no live mode in this build.
const NO_LIVE_BROKER: &str = "no live broker is configured";

/// Why a roster could not be filled.
#[derive(Debug, thiserror::Error)]
#[error("strategy {name}: {source}")]
pub struct RosterError {
    name: String,
    source: HireError,
}

/// The genesis of a run under these settings. `standing` are kills that stand from an earlier run.
pub fn genesis(settings: &Settings, run: RunId, standing: Vec<(Scope, KillLevel)>) -> Genesis {
    let own = [("manual", true), ("external", false)].map(|(name, armed)| StrategyInfo {
        name: DisplayText::new(name),
        kind: DisplayText::new("-"),
        armed,
        instruments: Vec::new(),
    });
    let info = |strategy: &StrategySettings| StrategyInfo {
        name: DisplayText::new(&strategy.name),
        kind: DisplayText::new(&strategy.kind),
        armed: strategy.armed,
        instruments: vec![strategy.instrument],
    };
    let account = &settings.account;
    let intraday = (0..)
        .zip(&settings.strategies)
        .filter(|(_, strategy)| strategy.intraday)
        .map(|(index, _)| Settings::strategy_id(index))
        .collect();
    let par = account.par.iter().map(|currency| (*currency, Conversion::Par));
    let at = account.convert.iter().map(|(currency, instrument)| (*currency, Conversion::At(*instrument)));
    Genesis {
        run,
        book: run,
        mode: settings.run.mode,
        currency: account.currency,
        capital: account.capital.iter().map(|(currency, amount)| (*currency, *amount)).collect(),
        conversions: par.chain(at).collect(),
        instruments: settings.instruments(),
        strategies: own.into_iter().chain(settings.strategies.iter().map(info)).collect(),
        limits: limits(settings),
        order_answer: settings.risk.order_answer,
        link_silent: settings.feed.link_silent_after,
        venue: match (settings.run.mode, settings.broker.kind) {
            (Mode::Analyze, BrokerKind::Paper) => VenueTraits::PAPER,
            (Mode::Analyze, BrokerKind::OpenAlgo) | (Mode::Live, _) => openalgo::TRAITS,
        },
        watchdog: match settings.feed.speed {
            Speed::Permille(permille) => settings.watchdog.at_speed(permille),
            Speed::Max => settings.watchdog,
        },
        live_unavailable: Some(DisplayText::new(NO_LIVE_BROKER)),
        live: None,
        standing,
        halted_by: None,
        accounts: accounts(settings),
        retired: std::collections::BTreeSet::new(),
        hours: TradingHours { calendars: settings.calendars(settings.start), intraday },
    }
}

/// The accounts of the settings' mode.
fn accounts(settings: &Settings) -> Accounts {
    let mode = settings.run.mode;
    let place = |url: &str, digits: String| DisplayText::new(&format!("openalgo {url} {digits}"));
    let first = match mode {
        Mode::Live => place(settings.live.url.as_deref().unwrap_or_default(), settings.live.masked()),
        Mode::Analyze => place(&settings.broker.url, String::new()),
    };
    let further = settings.further(mode).iter().map(|one| {
        let place = place(&one.url, if mode == Mode::Live { one.masked() } else { String::new() });
        let account = VenueAccount { name: Label::new(&one.name), place, active: true };
        (account, one.instruments.clone())
    });
    Accounts::new(&first, further).with_twins(twins(settings))
}

/// Instruments that are one contract on one exchange, traded at two accounts of the settings' mode; none where their orders
/// may meet.
fn twins(settings: &Settings) -> Vec<(InstrumentId, InstrumentId)> {
    if settings.further(settings.run.mode).is_empty() || settings.risk.self_trade_across {
        return Vec::new();
    }
    let named = |entry: &InstrumentSettings| {
        let name = entry.openalgo.as_ref()?;
        Some((entry.instrument.id, name.exchange.clone(), name.symbol.clone()))
    };
    let all: Vec<_> = settings.instruments.iter().filter_map(named).collect();
    let same = |(index, (id, exchange, symbol)): (usize, &(InstrumentId, String, String))| {
        let earlier = all.iter().take(index).filter(|one| (&one.1, &one.2) == (exchange, symbol));
        earlier.map(|one| (one.0, *id)).collect::<Vec<_>>()
    };
    all.iter().enumerate().flat_map(same).collect()
}

/// What the shell has seen of the way to live.
#[derive(Debug, Clone, Default)]
pub struct LiveOffer {
    /// Why it cannot be gone, where it cannot.
    pub unavailable: Option<DisplayText>,
    /// What the core cannot look at itself.
    pub checks: Vec<LiveCheck>,
}

/// The accounts of `[live]` as they are shown: the first with what it is spoken with, the further ones with their names.
pub fn live_accounts(settings: &Settings) -> DisplayText {
    let live = &settings.live;
    let first = format!("{} {}", live.kind.as_str(), live.masked());
    let also = live.also.iter();
    DisplayText::new(&also.fold(first, |all, one| format!("{all}, {} {}", one.name, one.masked())))
}

/// Adds the way to live, where the settings name one, to a genesis.
pub fn offer_live(genesis: Genesis, settings: &Settings, offer: &LiveOffer) -> Genesis {
    let live = &settings.live;
    if live.kind == LiveKind::None {
        return genesis;
    }
    let digits =
        live.also.iter().fold(live.digits().to_owned(), |all, one| format!("{all} {}", one.digits()));
    let terms = LiveTerms {
        account: live_accounts(settings),
        digits: Label::new(&digits),
        arm: Span::from_secs(i64::from(live.arm_minutes) * 60),
        clock_skew: live.clock_skew,
        feed_age: live.feed_age,
        checks: offer.checks.clone(),
    };
    Genesis { live: Some(terms), live_unavailable: offer.unavailable.clone(), ..genesis }
}

/// The limits, with the age of what the broker tells and the delay of a looser limit counted by our clock: brokers
/// answer and humans think in our time, however fast the market's clock runs.
fn limits(settings: &Settings) -> Limits {
    let mut limits = settings.limits();
    if let Speed::Permille(permille) = settings.feed.speed {
        limits.account_age = limits.account_age.at_speed(permille);
        limits.loosen_delay = limits.loosen_delay.at_speed(permille);
    }
    limits
}

/// The strategies of these settings, ready to be handed to an engine, under the numbers of the book.
pub fn hired(settings: &Settings, numbers: &Renumbering) -> Result<Vec<Hired>, RosterError> {
    let first = StrategyId::EXTERNAL.get() + 1;
    (first..)
        .zip(&settings.strategies)
        .map(|(number, strategy)| {
            let instrument: InstrumentId = numbers.instrument(strategy.instrument);
            hire(&strategy.kind, instrument, &strategy.params)
                .map(|made| Hired { id: numbers.strategy(StrategyId::new(number)), strategy: made })
                .map_err(|source| RosterError { name: strategy.name.clone(), source })
        })
        .collect()
}
