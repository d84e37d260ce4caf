//! Helpers: a backtest from a command line, and one of scripted orders on bars made by hand.

use clap::Parser as _;
use flightdeck::commands::backtest::{Outcome, plan, run_plan};
use flightdeck::commands::{Cli, Command};
use flightdeck::engine::{Desk, Engine, Hired, OrderSpec, Strategy};
use flightdeck::model::{
    Bar, Currency, Envelope, Event, InstrumentId, MarketEvent, Money, OrderEvent, Rate, RunId, Span,
    StrategyId, Timestamp,
};
use flightdeck::sim::SourceError;
use flightdeck::sim::bars::{
    Backtest, BarRules, Datum, History, HistoryVenue, Listener, Merge, Stage, stage,
};
use flightdeck::strategies::declared;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) const ONE: InstrumentId = InstrumentId::new(0);
pub(crate) const START: Timestamp = Timestamp::from_nanos(1_294_045_200_000_000_000);

/// A file of the shared data, where it is present.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = top.ancestors().map(|above| above.join("shared/data").join(path)).find(|file| file.exists());
    if found.is_none() {
        eprintln!("the shared data is not here: {path} is not tested");
    }
    found
}

/// The cut of BTC-USD that comes with the project.
pub(crate) fn cut() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/history/btcusd_1m_2018-04-04.csv")
}

/// The flags of a backtest as the command line has them.
pub(crate) fn args(flags: &[&str]) -> flightdeck::commands::backtest::BacktestArgs {
    let cli = Cli::try_parse_from(["flightdeck", "backtest"].iter().chain(flags)).unwrap();
    let Some(Command::Backtest(args)) = cli.command else { panic!("a backtest") };
    *args
}

pub(crate) fn try_run(flags: &[&str]) -> anyhow::Result<Outcome> {
    run_plan(&plan(&args(flags), &declared())?)
}

pub(crate) fn run(flags: &[&str]) -> Outcome {
    try_run(flags).unwrap_or_else(|error| panic!("{error:#}"))
}

/// A bar of a minute: open, high, low, close.
pub(crate) fn bar(minute: i64, prices: [&str; 4]) -> Bar {
    bar_of(ONE, minute, prices)
}

pub(crate) fn bar_of(instrument: InstrumentId, minute: i64, prices: [&str; 4]) -> Bar {
    let [open, high, low, close] = prices.map(|text| text.parse().unwrap());
    let open_time = START.after(Span::from_secs(60 * minute));
    let close_time = open_time.after(Span::from_secs(60));
    let volume = "1".parse().unwrap();
    Bar { instrument, open, high, low, close, volume, open_time, close_time, local_time: close_time }
}

pub(crate) struct Memory(pub(crate) VecDeque<Datum>);

impl History for Memory {
    fn next_datum(&mut self) -> Result<Option<Datum>, SourceError> {
        Ok(self.0.pop_front())
    }
}

#[derive(Default)]
pub(crate) struct Log(pub(crate) Vec<Envelope>);

impl Listener for Log {
    fn hear(&mut self, events: &[Envelope]) {
        self.0.extend(events.iter().cloned());
    }
}

/// What a scripted strategy does at the close of the bar of a number.
pub(crate) type Script = Box<dyn FnMut(usize, &Envelope, &mut Desk<'_>) + Send>;

struct Scripted {
    bars: usize,
    script: Script,
}

impl Strategy for Scripted {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        (self.script)(self.bars, event, desk);
        self.bars += usize::from(matches!(event.event, Event::Market(_)));
    }
}

/// Does something once, at the close of the first bar.
pub(crate) fn first(mut act: impl FnMut(&mut Desk<'_>) + Send + 'static) -> Script {
    Box::new(move |bars, event, desk| {
        if bars == 0 && matches!(event.event, Event::Market(MarketEvent::Bar(_) | MarketEvent::Quote(_))) {
            act(desk);
        }
    })
}

/// An order at the close of the first bar.
pub(crate) fn order(spec: OrderSpec) -> Script {
    first(move |desk| desk.submit(spec))
}

/// Runs scripts over histories, one strategy each, all hearing all instruments.
pub(crate) fn play_all(
    rules: BarRules,
    histories: Vec<Vec<Datum>>,
    scripts: Vec<Script>,
) -> (Vec<Envelope>, Backtest) {
    let ids: Vec<InstrumentId> = (0..2).map(InstrumentId::new).collect();
    let strategies =
        (0..scripts.len()).map(|index| (format!("s{index}"), "scripted".to_owned(), ids.clone()));
    let genesis = stage(&Stage {
        run: RunId::new(7),
        book: RunId::new(7),
        symbols: vec!["ONE".to_owned(), "TWO".to_owned()],
        currency: Currency::new("USD").unwrap(),
        capital: Money::units(1_000_000),
        maker_fee: Rate::ZERO,
        taker_fee: Rate::ZERO,
        strategies: strategies.collect(),
    });
    let genesis = Arc::new(genesis.unwrap());
    let first = StrategyId::EXTERNAL.get() + 1;
    let hired = (first..).zip(scripts).map(|(id, script)| Hired {
        id: StrategyId::new(id),
        strategy: Box::new(Scripted { bars: 0, script }),
    });
    let engine = Engine::new(Arc::clone(&genesis), hired.collect());
    let mut backtest = Backtest::new(engine, HistoryVenue::new(&genesis, rules), Span::from_secs(3_600));
    let sources: Vec<Box<dyn History>> =
        histories.into_iter().map(|all| Box::new(Memory(all.into())) as Box<dyn History>).collect();
    let mut merge = Merge::new(sources).unwrap();
    let mut log = Log::default();
    while backtest.run(&mut merge, 10, &mut log).unwrap() {}
    (log.0, backtest)
}

pub(crate) fn play(rules: BarRules, bars: &[Bar], script: Script) -> Vec<Envelope> {
    play_all(rules, vec![bars.iter().copied().map(Datum::Bar).collect()], vec![script]).0
}

/// Fills as minutes since the start and prices.
pub(crate) fn fills(log: &[Envelope]) -> Vec<(i64, String)> {
    let fills = log.iter().filter_map(|envelope| match &envelope.event {
        Event::Order(OrderEvent::Filled { fill, .. }) => {
            let minutes = fill.venue_time.since(START).millis() / 60_000;
            Some((minutes, fill.price.to_string()))
        }
        _ => None,
    });
    fills.collect()
}
