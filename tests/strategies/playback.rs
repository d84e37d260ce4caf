//! The built-in recording played through engine and paper venue in virtual time.

use flightdeck::adapters::tape::{
    BUILT_IN, BUILT_IN_NAME, OnDamage, Playback, Repeat, TapeReader, TapeSource,
};
use flightdeck::config::{Settings, Sources, load};
use flightdeck::engine::{Engine, Hired, NoProbe, effect};
use flightdeck::model::{
    BrokerReport, Envelope, Input, InstrumentId, Label, LinkReport, RunId, Span, Timestamp,
};
use flightdeck::sim::paper::{Books, Latency, PaperConfig, PaperVenue, QueueModel};
use flightdeck::sim::{Book, MarketFold, MarketSource};
use flightdeck::state::{Conversion, Genesis, State, StrategyInfo};
use flightdeck::strategies;
use std::sync::Arc;

const TICK: Span = Span::from_millis(100);

/// The default settings with the real kinds of strategy.
pub(crate) fn settings() -> Settings {
    let kinds = strategies::declared();
    load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the default file has no fault").settings
}

/// A genesis of settings.
pub(crate) fn genesis(settings: &Settings) -> Genesis {
    let all: Vec<InstrumentId> = settings.instruments().iter().map(|one| one.id).collect();
    let fixed = |name: &str| StrategyInfo {
        name: name.into(),
        kind: "-".into(),
        armed: name == "manual",
        instruments: all.clone(),
    };
    let own = settings.strategies.iter().map(|entry| StrategyInfo {
        name: entry.name.as_str().into(),
        kind: entry.kind.as_str().into(),
        armed: entry.armed,
        instruments: vec![entry.instrument],
    });
    let par = settings.account.par.iter().map(|code| (*code, Conversion::Par));
    let convert = settings.account.convert.iter().map(|(code, at)| (*code, Conversion::At(*at)));
    Genesis {
        accounts: flightdeck::state::Accounts::default(),
        run: RunId::new(7),
        book: RunId::new(7),
        mode: settings.run.mode,
        currency: settings.account.currency,
        capital: settings.account.capital.iter().map(|(code, amount)| (*code, *amount)).collect(),
        conversions: par.chain(convert).collect(),
        instruments: settings.instruments(),
        strategies: [fixed("manual"), fixed("external")].into_iter().chain(own).collect(),
        limits: settings.limits(),
        order_answer: settings.risk.order_answer,
        link_silent: settings.feed.link_silent_after,
        venue: flightdeck::model::VenueTraits::PAPER,
        watchdog: settings.watchdog,
        live_unavailable: Some("no live broker".into()),
        live: None,
        standing: Vec::new(),
        halted_by: None,
        retired: std::collections::BTreeSet::new(),
        hours: flightdeck::model::TradingHours::default(),
    }
}

/// A run of the recording.
pub(crate) struct Run {
    pub(crate) engine: Engine,
    pub(crate) log: Vec<Envelope>,
    pub(crate) began: Timestamp,
    source: TapeSource,
    fold: MarketFold,
    venue: PaperVenue,
    next_tick: Timestamp,
}

struct Folded<'a>(&'a MarketFold);

impl Books for Folded<'_> {
    fn book(&self, instrument: InstrumentId) -> Option<&Book> {
        self.0.book(instrument)
    }
}

impl Run {
    pub(crate) fn new(settings: &Settings, repeat: Repeat) -> Self {
        let genesis = Arc::new(genesis(settings));
        let hired = settings.strategies.iter().enumerate().map(|(index, entry)| Hired {
            id: Settings::strategy_id(index),
            strategy: strategies::hire(&entry.kind, entry.instrument, &entry.params)
                .expect("the default strategies can be hired"),
        });
        let mut engine = Engine::new(Arc::clone(&genesis), hired.collect());
        let reader = TapeReader::from_bytes(BUILT_IN, BUILT_IN_NAME).expect("the built-in recording opens");
        let reader = reader.select(&genesis.instruments).expect("it has the default instruments");
        let source =
            TapeSource::tape(reader, Playback { repeat, on_damage: OnDamage::Stop }).expect("it is whole");
        let latency = Latency {
            order: settings.paper.order_latency,
            report: settings.paper.report_latency,
            jitter: settings.paper.jitter,
        };
        let config = PaperConfig {
            capital: genesis.capital.clone(),
            latency,
            queue: QueueModel::Proportional,
            seed: settings.run.seed,
        };
        let mut log = Vec::new();
        engine.start(Timestamp::EPOCH, &mut log);
        Self {
            engine,
            log,
            began: Timestamp::EPOCH,
            source,
            fold: MarketFold::new(genesis.instrument_ids()),
            venue: PaperVenue::new(config, genesis.instruments.clone()),
            next_tick: Timestamp::EPOCH,
        }
    }

    /// Plays until `length` of virtual time has passed since the first message, or to the end. `look` sees the state
    /// after each step.
    pub(crate) fn play(&mut self, length: Span, mut look: impl FnMut(&State, Timestamp)) {
        let mut events = Vec::new();
        while let Some(message) = self.source.next_message().expect("it is readable") {
            let now = message.local_time;
            if self.began == Timestamp::EPOCH {
                (self.began, self.next_tick) = (now, now);
            }
            if now.since(self.began) > length {
                return;
            }
            self.pass_time(now, &mut look);
            self.fold.apply(&message, &mut events);
            self.venue.on_market(&message, &Folded(&self.fold));
            for event in events.drain(..) {
                self.step(now, Input::Market(event), &mut look);
            }
        }
    }

    pub(crate) fn time_of(&self, at: Timestamp) -> Span {
        at.since(self.began)
    }

    fn pass_time(&mut self, now: Timestamp, look: &mut impl FnMut(&State, Timestamp)) {
        loop {
            let due = self.venue.next_due().unwrap_or(now).min(self.next_tick).min(now);
            let mut reports: Vec<BrokerReport> = Vec::new();
            self.venue.advance(due, &Folded(&self.fold), &mut reports);
            for report in reports {
                self.step(due, Input::Report(report), look);
            }
            if due >= self.next_tick {
                self.next_tick = due.after(TICK);
                let alive = LinkReport::Alive { name: Label::new("paper") };
                self.step(due, Input::Link(alive), look);
                self.step(due, Input::Tick, look);
            } else if due == now {
                return;
            }
        }
    }

    fn step(&mut self, now: Timestamp, input: Input, look: &mut impl FnMut(&State, Timestamp)) {
        let mut out = Vec::new();
        self.engine.step(now, input, &mut out, &mut NoProbe);
        for envelope in &out {
            if let Some(effect) = effect(&envelope.event) {
                self.venue.on_request(now, effect.request);
            }
        }
        look(self.engine.state(), now);
        self.log.extend(out.into_iter().filter(|envelope| !envelope.event.is_replaceable()));
    }
}
