//! A short flight in virtual time over the built-in recording, with its input tape and every event it made.

use flightdeck::adapters::market_source;
use flightdeck::adapters::tape::OnDamage;
use flightdeck::config::{DEFAULT_FILE, QueueModel, Settings, Sources, load};
use flightdeck::engine::{Engine, NoProbe, effect};
use flightdeck::model::{BrokerRequest, Envelope, Input, RunId, Span, Timestamp};
use flightdeck::runtime::{genesis, hired};
use flightdeck::sim::Sandbox;
use flightdeck::sim::paper::{Latency, PaperConfig};
use flightdeck::state::{Genesis, Renumbering, State};
use flightdeck::store::{Act, Entry, TapeHeader, TapeWriter};
use flightdeck::strategies::declared;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Entries of a block: few, so that there are many blocks.
const BLOCK: usize = 400;

/// What was flown.
pub(crate) struct Flight {
    dir: TempDir,
    /// The state before the first event, and every event.
    pub(crate) before: State,
    pub(crate) events: Vec<Envelope>,
}

/// A flight being made.
struct Hangar {
    engine: Engine,
    sandbox: Sandbox,
    writer: TapeWriter,
    entries: usize,
    events: Vec<Envelope>,
}

impl Flight {
    /// So many seconds of the market.
    pub(crate) fn of_seconds(seconds: i64) -> Self {
        let kinds = declared();
        let settings =
            load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the defaults load").settings;
        let genesis = Arc::new(genesis(&settings, RunId::new(7), Vec::new()));
        let dir = tempfile::tempdir().unwrap();
        let before = State::new(Arc::clone(&genesis));
        let (version, config) = ("0.1.0".to_owned(), DEFAULT_FILE.to_owned());
        let header = TapeHeader {
            version,
            config,
            numbers: Renumbering::default(),
            state: Box::new(before.clone()),
            found: None,
        };
        let mut hangar = Hangar {
            engine: Engine::new(
                Arc::clone(&genesis),
                hired(&settings, &Renumbering::default()).expect("hired"),
            ),
            sandbox: sandbox(&settings, &genesis),
            writer: TapeWriter::create(&dir.path().join("a.fdtape"), &header).unwrap(),
            entries: 0,
            events: Vec::new(),
        };
        hangar.fly(&settings, &genesis, seconds);
        hangar.writer.finish().unwrap();
        Self { dir, before, events: hangar.events }
    }

    pub(crate) fn tape(&self) -> PathBuf {
        self.dir.path().join("a.fdtape")
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The state after an event, folded from the first on.
    pub(crate) fn state_at(&self, seq: u64) -> State {
        let mut state = self.before.clone();
        self.events.iter().take_while(|one| one.seq.get() <= seq).for_each(|one| state.apply(one));
        state
    }
}

impl Hangar {
    fn fly(&mut self, settings: &Settings, genesis: &Genesis, seconds: i64) {
        let mut source =
            market_source(&settings.feed, &genesis.instruments, 1, Timestamp::EPOCH, OnDamage::Stop)
                .expect("the recording opens");
        let (mut market, mut reports) = (Vec::new(), Vec::new());
        let mut message = source.next_message().unwrap();
        let first = message.as_ref().map(|one| one.local_time).unwrap();
        let mut out = Vec::new();
        self.engine.start(first, &mut out);
        self.sandbox.request(first, BrokerRequest::QueryAccount);
        self.note(first, Act::Start, out);
        let mut tick = first.after(Span::from_millis(100));
        while let Some(one) = message.filter(|one| one.local_time <= first.after(Span::from_secs(seconds))) {
            while tick <= one.local_time {
                self.sandbox.advance(tick, &mut reports);
                reports.drain(..).for_each(|report| self.step(tick, Input::Report(report)));
                self.step(tick, Input::Tick);
                tick = tick.after(Span::from_millis(100));
            }
            self.sandbox.take(&one, &mut market, &mut reports);
            reports.drain(..).for_each(|report| self.step(one.local_time, Input::Report(report)));
            market.drain(..).for_each(|event| self.step(one.local_time, Input::Market(event)));
            message = source.next_message().unwrap();
        }
    }

    fn step(&mut self, now: Timestamp, input: Input) {
        let mut out = Vec::new();
        self.engine.step(now, input.clone(), &mut out, &mut NoProbe);
        self.note(now, Act::Step(input), out);
    }

    fn note(&mut self, now: Timestamp, act: Act, out: Vec<Envelope>) {
        let entry = Entry { now, act, events: u32::try_from(out.len()).unwrap() };
        self.writer.add(&entry).unwrap();
        self.entries += 1;
        if self.entries.is_multiple_of(BLOCK) {
            self.writer.flush().unwrap();
        }
        for envelope in &out {
            if let Some(effect) = effect(&envelope.event) {
                self.sandbox.request(now, effect.request);
            }
        }
        self.events.extend(out);
    }
}

fn sandbox(settings: &Settings, genesis: &Genesis) -> Sandbox {
    let paper = &settings.paper;
    let queue = match paper.queue {
        QueueModel::Proportional => flightdeck::sim::paper::QueueModel::Proportional,
        QueueModel::Trades => flightdeck::sim::paper::QueueModel::Trades,
    };
    let latency = Latency { order: paper.order_latency, report: paper.report_latency, jitter: paper.jitter };
    let config = PaperConfig { capital: genesis.capital.clone(), latency, queue, seed: settings.run.seed };
    Sandbox::new(config, &genesis.instruments)
}
