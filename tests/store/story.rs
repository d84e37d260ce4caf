//! A small run made by the real engine: a strategy that buys at its first quote and protects its fill.

use flightdeck::bus::Subscriber;
use flightdeck::engine::{Desk, Engine, Hired, NoProbe, OrderSpec, Strategy};
use flightdeck::model::{
    Actor, BrokerReport, ClientOrderId, Command, Contract, Currency, DisplayText, Envelope, Event, FillId,
    FillReport, Input, Instrument, InstrumentId, InstrumentLimits, Limits, Liquidity, MarketEvent, Mode,
    Money, OrderEvent, OrderId, Price, Qty, Quote, Rate, Reason, Request, RequestId, RunId, Side, Span,
    StrategyId, StrategyLimits, Timestamp, VenueOrderId, Watchdog,
};
use flightdeck::state::{Genesis, StrategyInfo};
use flightdeck::store::{DataDir, Journal, JournalRow, Recorder, RunHeader};
use std::sync::Arc;

pub(crate) const BTC: InstrumentId = InstrumentId::new(0);
pub(crate) const BUYER: StrategyId = StrategyId::new(2);
/// 2024-08-08 12:00 UTC.
pub(crate) const NOON: Timestamp = Timestamp::from_nanos(1_723_118_400_000_000_000);

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn at(micros: i64) -> Timestamp {
    NOON.after(Span::from_nanos(micros * 1_000))
}

fn bitcoin() -> Instrument {
    let usdt = Currency::new("USDT").unwrap();
    Instrument {
        id: BTC,
        symbol: DisplayText::new("BTCUSDT"),
        venue: DisplayText::new("paper"),
        contract: Contract::Linear,
        size: Qty::ONE,
        quote: usdt,
        settle: usdt,
        unit: DisplayText::new("BTC"),
        tick: price("0.1"),
        min_price: price("1"),
        max_price: price("1000000"),
        lot: qty("0.001"),
        min_qty: qty("0.001"),
        min_notional: money("5"),
        maker_fee: Rate::ZERO,
        taker_fee: Rate::ZERO,
        initial_margin: "0.1".parse().unwrap(),
        stale_after: Span::from_secs(5),
        max_jump_bps: 1_000,
        listing: flightdeck::model::Listing::default(),
    }
}

pub(crate) fn genesis(mode: Mode) -> Genesis {
    let usdt = Currency::new("USDT").unwrap();
    let info = |name: &str, kind: &str, armed| StrategyInfo {
        name: DisplayText::new(name),
        kind: DisplayText::new(kind),
        armed,
        instruments: vec![BTC],
    };
    let strategy = StrategyLimits { max_position_value: money("1000000"), daily_loss: money("100000") };
    Genesis {
        accounts: flightdeck::state::Accounts::default(),
        run: RunId::new(0x0192_0000_0000_7000_8000_0000_0000_0001),
        book: RunId::new(0x0192_0000_0000_7000_8000_0000_0000_0001),
        mode,
        currency: usdt,
        capital: vec![(usdt, money("1000000"))],
        conversions: Vec::new(),
        instruments: vec![bitcoin()],
        strategies: vec![
            info("manual", "-", true),
            info("external", "-", false),
            info("buyer", "test", true),
        ],
        limits: Limits {
            max_gross: money("1000000"),
            max_batch_value: money("1000000"),
            daily_loss: money("100000"),
            messages_per_s: 50,
            cancel_reserve: 10,
            messages_per_min: 600,
            messages_per_day: 100_000,
            order_changes: 25,
            max_open_orders: 50,
            max_open_value: money("1000000"),
            identical_orders: 100,
            margin_use_bps: 9_000,
            account_age: Span::from_secs(3_600),
            self_trade_blocks: 3,
            self_trade_window: Span::from_secs(60),
            loosen_delay: Span::from_secs(60),
            duplicate_window: Span::from_millis(1),
            instruments: vec![InstrumentLimits {
                max_order_qty: qty("10"),
                max_order_value: money("1000000"),
                max_position: qty("10"),
                collar_bps: 500,
            }],
            strategies: vec![strategy; 3],
            rules: Vec::new(),
        },
        order_answer: Span::from_secs(5),
        link_silent: Span::from_secs(5),
        venue: flightdeck::model::VenueTraits::PAPER,
        watchdog: Watchdog::OFF,
        live_unavailable: None,
        live: None,
        standing: Vec::new(),
        halted_by: None,
        retired: std::collections::BTreeSet::new(),
        hours: flightdeck::model::TradingHours::default(),
    }
}

/// Buys at its first quote, then offers what it got at a profit.
struct Buyer {
    bought: bool,
}

impl Strategy for Buyer {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        if let Event::Market(MarketEvent::Quote(_)) = &event.event
            && !self.bought
        {
            self.bought = true;
            desk.submit(OrderSpec::market(BTC, Side::Buy, qty("0.5"), "first-quote"));
        }
        if let Event::Order(OrderEvent::Filled { fill, .. }) = &event.event
            && fill.side == Side::Buy
        {
            desk.submit(OrderSpec::limit(BTC, Side::Sell, fill.qty, price("60300"), "profit"));
        }
    }
}

/// The engine, its clock in microseconds after noon, and all it said.
pub(crate) struct Story {
    pub(crate) engine: Engine,
    pub(crate) events: Vec<Envelope>,
    pub(crate) genesis: Arc<Genesis>,
}

impl Story {
    pub(crate) fn begin(mode: Mode) -> Self {
        let genesis = Arc::new(genesis(mode));
        let hired = vec![Hired { id: BUYER, strategy: Box::new(Buyer { bought: false }) }];
        let mut story =
            Self { engine: Engine::new(Arc::clone(&genesis), hired), events: Vec::new(), genesis };
        story.engine.start(NOON, &mut story.events);
        story
    }

    pub(crate) fn input(&mut self, micros: i64, input: Input) {
        self.engine.step(at(micros), input, &mut self.events, &mut NoProbe);
    }

    pub(crate) fn quote(&mut self, micros: i64, bid: &str, ask: &str) {
        let quote = Quote {
            instrument: BTC,
            bid: price(bid),
            bid_qty: qty("1.5"),
            ask: price(ask),
            ask_qty: qty("2"),
            venue_time: at(micros - 3_000),
            local_time: at(micros),
        };
        self.input(micros, Input::Market(MarketEvent::Quote(quote)));
    }

    pub(crate) fn command(&mut self, micros: i64, command: Command) {
        let request = Request { id: RequestId(7), actor: Actor::Operator, command };
        self.input(micros, Input::Command(request));
    }

    pub(crate) fn client(&self, number: u32) -> ClientOrderId {
        ClientOrderId::derive(self.genesis.run, OrderId::new(number))
    }

    pub(crate) fn accept(&mut self, micros: i64, number: u32) {
        let venue_id = VenueOrderId(DisplayText::new(&format!("V{number}")));
        let order = self.client(number);
        self.input(micros, Input::Report(BrokerReport::Accepted { order, venue_id, at: at(micros) }));
    }

    pub(crate) fn fill(&mut self, micros: i64, number: u32) {
        let report = FillReport {
            order: self.client(number),
            fill_id: FillId(DisplayText::new("F1")),
            instrument: BTC,
            side: Side::Buy,
            qty: qty("0.5"),
            price: price("60000.1"),
            liquidity: Liquidity::Taker,
            fee: money("15.000025"),
            at: at(micros),
        };
        self.input(micros, Input::Report(BrokerReport::Filled(report)));
    }

    /// One trade and an answer to it: events 1 to 10, the last quote without consequence.
    pub(crate) fn one_trade(mode: Mode) -> Self {
        let mut story = Self::begin(mode);
        story.quote(1_000, "59990", "59990.1");
        story.quote(2_000, "60000", "60000.1");
        story.accept(2_410, 1);
        story.fill(1_946_000, 1);
        story.accept(1_947_000, 2);
        story.quote(2_000_000, "60001", "60001.1");
        story
    }
}

pub(crate) fn header() -> RunHeader {
    RunHeader {
        started_at: NOON,
        version: "0.1.0".to_owned(),
        config: "[run]\nmode = \"analyze\"\n".to_owned(),
        feed: "demo".to_owned(),
        host: "desk".to_owned(),
        pid: 4711,
    }
}

pub(crate) fn record(recorder: &mut Recorder, events: &[Envelope]) {
    for event in events {
        recorder.on_event(event).unwrap();
    }
}

/// All rows of the newest run, as a reader beside the writer sees them.
pub(crate) fn rows(dir: &DataDir) -> Vec<JournalRow> {
    let journal = Journal::open(dir.paths()).unwrap();
    let mut rows = Vec::new();
    let run = journal.find_run(None).unwrap();
    journal
        .rows(&run, &flightdeck::store::Filter::default(), &mut |row| {
            rows.push(row);
            Ok(())
        })
        .unwrap();
    rows
}

pub(crate) fn kill(level: flightdeck::model::KillLevel, scope: flightdeck::model::Scope) -> Command {
    Command::Kill { level, scope, reason: Reason::new("drill") }
}
