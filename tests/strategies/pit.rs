//! A pit: one strategy of the default settings on `BTCUSDT`, prices called out by the scenario, a broker of one mind.

use super::playback::{genesis, settings};
use flightdeck::config::{Params, Settings};
use flightdeck::engine::{Engine, Hired, NoProbe, effect};
use flightdeck::model::{
    Actor, BrokerReport, BrokerRequest, Command, Envelope, Event, FillId, FillReport, Input, InstrumentId,
    Liquidity, MarketEvent, Money, NewOrder, OrderEvent, OrderKind, OrderRequest, Price, Qty, Quote, Request,
    RequestId, Side, Span, StrategyId, Timestamp, Trade, VenueOrderId,
};
use flightdeck::strategies;
use std::sync::Arc;

pub(crate) const ME: StrategyId = StrategyId::new(2);
const BTC: InstrumentId = InstrumentId::new(0);
const START: Timestamp = Timestamp::from_nanos(1_723_075_200_000_000_000);

/// How the broker answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mind {
    /// Market and immediate orders fill at the touch, others work.
    Fills,
    /// As `Fills`, but only half, and the rest is canceled.
    Halves,
    /// Not at all.
    Silent,
}

pub(crate) struct Pit {
    pub(crate) engine: Engine,
    pub(crate) now: Timestamp,
    /// Every order released, in order.
    pub(crate) sent: Vec<NewOrder>,
    pub(crate) denied: usize,
    pub(crate) mind: Mind,
    touch: (Price, Price),
    fills: u32,
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().expect("a test's price")
}

impl Pit {
    /// A strategy of a kind with its default parameters but these.
    pub(crate) fn new(kind: &str, changed: &[(&str, &str)]) -> Self {
        let mut settings = settings();
        let declared = strategies::declared().into_iter().find(|one| one.name == kind).expect("a kind");
        let values = declared.params.iter().map(|spec| {
            let over = changed.iter().find(|(name, _)| *name == spec.name);
            let text = if spec.name == "qty" { "0.010" } else { spec.default };
            (spec.name, spec.read(over.map_or(text, |(_, text)| text)).expect("a value in range"))
        });
        let params = Params::new(values);
        settings.strategies.truncate(1);
        kind.clone_into(&mut settings.strategies[0].kind);
        let strategy = strategies::hire(kind, BTC, &params).expect("it can be hired");
        let id = Settings::strategy_id(0);
        let engine = Engine::new(Arc::new(genesis(&settings)), vec![Hired { id, strategy }]);
        let touch = (price("60000"), price("60000.1"));
        Self { engine, now: START, sent: Vec::new(), denied: 0, mind: Mind::Fills, touch, fills: 0 }
    }

    pub(crate) fn wait(&mut self, millis: i64) {
        self.now = self.now.after(Span::from_millis(millis));
    }

    /// A quote a tick wide.
    pub(crate) fn quote(&mut self, bid: &str) {
        let bid = price(bid);
        let ask = Price::from_raw(bid.raw() + price("0.1").raw()).expect("a price");
        self.touch = (bid, ask);
        let one = "1".parse().expect("a quantity");
        // A market says nothing twice at one moment: that would be a repeat, and no news.
        self.now = self.now.after(Span::from_nanos(1));
        let quote = Quote {
            instrument: BTC,
            bid,
            bid_qty: one,
            ask,
            ask_qty: one,
            venue_time: self.now,
            local_time: self.now,
        };
        self.step(Input::Market(MarketEvent::Quote(quote)));
    }

    /// A quote and a print at its bid.
    pub(crate) fn print(&mut self, at: &str) {
        self.quote(at);
        self.step(Input::Market(MarketEvent::Trade(Trade {
            instrument: BTC,
            price: price(at),
            qty: "1".parse().expect("a quantity"),
            aggressor: Side::Buy,
            venue_time: self.now,
            local_time: self.now,
        })));
    }

    pub(crate) fn loop_again(&mut self) {
        self.step(Input::Market(MarketEvent::Looped { instrument: BTC, pass: 1 }));
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.step(Input::Command(Request { id: RequestId(1), actor: Actor::Operator, command }));
    }

    pub(crate) fn disarm(&mut self) {
        self.command(Command::Disarm { strategy: ME, reason: flightdeck::model::Reason::new("pause") });
    }

    pub(crate) fn arm(&mut self) {
        self.command(Command::Arm { strategy: ME });
    }

    pub(crate) fn net(&self) -> String {
        self.engine.state().ledger.position(ME, BTC).net.to_string()
    }

    pub(crate) fn working(&self) -> usize {
        self.engine.state().orders.open().len()
    }

    /// The orders sent since the last call: side, quantity and label in a word.
    pub(crate) fn take_sent(&mut self) -> Vec<String> {
        let word = |order: &NewOrder| format!("{} {} {}", order.side, order.qty, order.label);
        self.sent.drain(..).map(|order| word(&order)).collect()
    }

    pub(crate) fn step(&mut self, input: Input) {
        let mut inputs = std::collections::VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let mut out: Vec<Envelope> = Vec::new();
            self.engine.step(self.now, input, &mut out, &mut NoProbe);
            for envelope in &out {
                inputs.extend(self.hear(&envelope.event));
            }
        }
    }

    /// Notes an event and gives what the broker says to it.
    fn hear(&mut self, event: &Event) -> Vec<Input> {
        if let Event::Order(OrderEvent::Submitted { order, .. }) = event {
            self.sent.push(*order);
        }
        self.denied += usize::from(matches!(event, Event::Denied { .. }));
        let Some(effect) = effect(event) else { return Vec::new() };
        self.answer(&effect.request).into_iter().map(Input::Report).collect()
    }

    fn answer(&mut self, request: &BrokerRequest) -> Vec<BrokerReport> {
        let at = self.now;
        match request {
            _ if self.mind == Mind::Silent => Vec::new(),
            BrokerRequest::Submit(order) => self.take(order),
            BrokerRequest::Cancel { order } => {
                vec![BrokerReport::Canceled { order: *order, reason: "asked".into(), at }]
            }
            BrokerRequest::CancelAll
            | BrokerRequest::QueryAccount
            | BrokerRequest::Replace { .. }
            | BrokerRequest::QueryOrder { .. }
            | BrokerRequest::QueryOrders => Vec::new(),
        }
    }

    fn take(&mut self, request: &OrderRequest) -> Vec<BrokerReport> {
        let (order, at) = (request.order, self.now);
        let mut reports = vec![BrokerReport::Accepted { order, venue_id: VenueOrderId("V".into()), at }];
        let trades = request.kind == OrderKind::Market || request.tif == flightdeck::model::TimeInForce::Ioc;
        if !trades {
            return reports;
        }
        self.fills += 1;
        let whole = self.mind == Mind::Fills;
        let half = Qty::from_raw(request.qty.raw() / 2).expect("a quantity");
        let (bid, ask) = self.touch;
        reports.push(BrokerReport::Filled(FillReport {
            order,
            fill_id: FillId(format!("F-{}", self.fills).as_str().into()),
            instrument: request.instrument,
            side: request.side,
            qty: if whole { request.qty } else { half },
            price: if request.side == Side::Buy { ask } else { bid },
            liquidity: Liquidity::Taker,
            fee: Money::ZERO,
            at,
        }));
        if !whole {
            reports.push(BrokerReport::Canceled { order, reason: "no more".into(), at });
        }
        reports
    }
}
