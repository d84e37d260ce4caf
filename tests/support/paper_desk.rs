//! A desk for tests: a paper venue, its books, a clock, and the story each order's reports tell.
#![allow(dead_code, reason = "each test file uses its part")]
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use flightdeck::model::{
    AccountSnapshot, Balance, BrokerReport, BrokerRequest, ClientOrderId, Contract, Currency, DisplayText,
    FillReport, Instrument, InstrumentId, Level, Money, NetQty, OrderId, OrderKind, OrderRequest, Price, Qty,
    RunId, Side, Span, StrategyId, TimeInForce, Timestamp,
};
use flightdeck::sim::paper::{Books, Latency, PaperConfig, PaperVenue, QueueModel};
use flightdeck::sim::{Book, Change, RawBody, RawMessage};
use proptest::test_runner::{Config, RngSeed};
use std::collections::BTreeMap;

pub(crate) const LINEAR: InstrumentId = InstrumentId::new(0);
pub(crate) const INVERSE: InstrumentId = InstrumentId::new(1);
/// 2024-08-08 12:00 UTC.
pub(crate) const NOON: Timestamp = Timestamp::from_nanos(1_723_118_400_000_000_000);
const STEP: Span = Span::from_millis(1);

/// The seed of the properties; `PROPTEST_RNG_SEED` takes another, `PROPTEST_CASES` more cases.
const SEED: u64 = 20_240_808;

/// Properties that try the same cases every time and print their seed.
#[expect(clippy::print_stdout, reason = "a failing property shows the seed it ran with")]
pub(crate) fn properties(cases: u32) -> Config {
    let given = Config::default();
    let rng_seed = match given.rng_seed {
        RngSeed::Random => RngSeed::Fixed(SEED),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { cases };
    println!("proptest: {cases} cases of seed {rng_seed:?}");
    Config { cases, rng_seed, failure_persistence: None, ..given }
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn currency(code: &str) -> Currency {
    Currency::new(code).unwrap()
}

/// A linear contract: tick 0.1, lot 0.001, maker 0.02 %, taker 0.05 %, margin 10 %, settled in USDT.
pub(crate) fn linear() -> Instrument {
    Instrument {
        id: LINEAR,
        symbol: DisplayText::new("BTCUSDT"),
        venue: DisplayText::new("paper"),
        contract: Contract::Linear,
        size: Qty::ONE,
        quote: currency("USDT"),
        settle: currency("USDT"),
        unit: DisplayText::new("BTC"),
        tick: price("0.1"),
        min_price: price("0.1"),
        max_price: price("1000000"),
        lot: qty("0.001"),
        min_qty: qty("0.001"),
        min_notional: money("5"),
        maker_fee: "0.0002".parse().unwrap(),
        taker_fee: "0.0005".parse().unwrap(),
        initial_margin: "0.1".parse().unwrap(),
        stale_after: Span::from_secs(5),
        max_jump_bps: 1_000,
        listing: flightdeck::model::Listing::default(),
    }
}

/// An inverse contract of 10 USD, settled in ETH, without fees.
pub(crate) fn inverse() -> Instrument {
    Instrument {
        id: INVERSE,
        symbol: DisplayText::new("ETHUSD_PERP"),
        contract: Contract::Inverse,
        size: qty("10"),
        quote: currency("USD"),
        settle: currency("ETH"),
        unit: DisplayText::new("contracts"),
        tick: price("0.01"),
        min_price: price("0.01"),
        lot: qty("1"),
        min_qty: qty("1"),
        min_notional: Money::ZERO,
        maker_fee: "0".parse().unwrap(),
        taker_fee: "0".parse().unwrap(),
        ..linear()
    }
}

pub(crate) fn config(queue: QueueModel) -> PaperConfig {
    let capital = vec![(currency("USDT"), money("10000")), (currency("ETH"), money("10"))];
    PaperConfig { capital, latency: Latency::default(), queue, seed: 1 }
}

#[derive(Debug, Default)]
pub(crate) struct Shelf(pub(crate) BTreeMap<InstrumentId, Book>);

impl Books for Shelf {
    fn book(&self, instrument: InstrumentId) -> Option<&Book> {
        self.0.get(&instrument)
    }
}

#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) venue: PaperVenue,
    pub(crate) books: Shelf,
    pub(crate) now: Timestamp,
    pub(crate) reports: Vec<BrokerReport>,
    update_id: u64,
    orders: u32,
}

impl Desk {
    /// No latency; 10,000 USDT and 10 ETH.
    pub(crate) fn new(queue: QueueModel) -> Self {
        Self::with(config(queue))
    }

    pub(crate) fn with(config: PaperConfig) -> Self {
        Self::trading(config, vec![linear(), inverse()])
    }

    pub(crate) fn trading(config: PaperConfig, instruments: Vec<Instrument>) -> Self {
        let venue = PaperVenue::new(config, instruments);
        Self { venue, books: Shelf::default(), now: NOON, reports: Vec::new(), update_id: 100, orders: 0 }
    }

    /// The whole book of the linear contract.
    pub(crate) fn book(&mut self, bids: &[(&str, &str)], asks: &[(&str, &str)]) {
        self.book_of(LINEAR, bids, asks);
    }

    pub(crate) fn book_of(&mut self, instrument: InstrumentId, bids: &[(&str, &str)], asks: &[(&str, &str)]) {
        let levels = |side: &[(&str, &str)]| {
            side.iter().map(|(at, much)| Level { price: price(at), qty: qty(much) }).collect()
        };
        self.update_id += 10;
        let body =
            RawBody::Snapshot { last_update_id: self.update_id, bids: levels(bids), asks: levels(asks) };
        self.market(instrument, body);
    }

    /// One level of the linear book changes.
    pub(crate) fn level(&mut self, side: Side, at: &str, much: &str) {
        let body = self.change(side, at, much);
        self.market(LINEAR, body);
    }

    pub(crate) fn change(&mut self, side: Side, at: &str, much: &str) -> RawBody {
        let previous_id = self.update_id;
        self.update_id += 1;
        let changes = vec![Change { side, price: price(at), qty: qty(much) }];
        RawBody::Depth { first_id: self.update_id, final_id: self.update_id, previous_id, changes }
    }

    pub(crate) fn trade(&mut self, at: &str, much: &str, aggressor: Side) {
        self.market(LINEAR, RawBody::Trade { price: price(at), qty: qty(much), aggressor });
    }

    /// A message one step later, made just when it arrives.
    pub(crate) fn market(&mut self, instrument: InstrumentId, body: RawBody) {
        let made = self.now.after(STEP);
        self.market_made(made, instrument, body);
    }

    /// A message one step later that the venue made at `venue_time`.
    pub(crate) fn market_made(&mut self, venue_time: Timestamp, instrument: InstrumentId, body: RawBody) {
        self.wait(STEP);
        let message = RawMessage { instrument, venue_time, local_time: self.now, body };
        self.books.0.entry(instrument).or_default().apply(&message);
        self.venue.on_market(&message, &self.books);
        self.wait(Span::ZERO);
    }

    pub(crate) fn wait(&mut self, span: Span) {
        self.now = self.now.after(span);
        self.venue.advance(self.now, &self.books, &mut self.reports);
    }

    /// A good-till-canceled order of the linear contract with a fresh id.
    pub(crate) fn draft(&mut self, side: Side, much: &str, kind: OrderKind) -> OrderRequest {
        self.orders += 1;
        OrderRequest {
            order: ClientOrderId::derive(RunId::new(1), OrderId::new(self.orders)),
            strategy: StrategyId::MANUAL,
            instrument: LINEAR,
            side,
            qty: qty(much),
            kind,
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: false,
        }
    }

    pub(crate) fn submit(&mut self, order: OrderRequest) -> ClientOrderId {
        self.ask(BrokerRequest::Submit(order));
        order.order
    }

    pub(crate) fn ask(&mut self, request: BrokerRequest) {
        self.venue.on_request(self.now, request);
        self.wait(Span::ZERO);
    }

    pub(crate) fn cancel(&mut self, order: ClientOrderId) {
        self.ask(BrokerRequest::Cancel { order });
    }

    pub(crate) fn market_order(&mut self, side: Side, much: &str) -> ClientOrderId {
        let order = self.draft(side, much, OrderKind::Market);
        self.submit(order)
    }

    pub(crate) fn limit(&mut self, side: Side, much: &str, at: &str) -> ClientOrderId {
        let order = self.draft(side, much, OrderKind::Limit { price: price(at) });
        self.submit(order)
    }

    pub(crate) fn stop(&mut self, side: Side, much: &str, at: &str) -> ClientOrderId {
        let order = self.draft(side, much, OrderKind::Stop { trigger: price(at) });
        self.submit(order)
    }

    /// What the reports say of one order, in words.
    pub(crate) fn story(&self, order: ClientOrderId) -> Vec<String> {
        self.reports.iter().filter_map(|report| words(report, order)).collect()
    }

    pub(crate) fn fills(&self, order: ClientOrderId) -> Vec<FillReport> {
        self.all_fills().into_iter().filter(|fill| fill.order == order).collect()
    }

    pub(crate) fn all_fills(&self) -> Vec<FillReport> {
        let fill = |report: &BrokerReport| {
            if let BrokerReport::Filled(fill) = report { Some(fill.clone()) } else { None }
        };
        self.reports.iter().filter_map(fill).collect()
    }

    /// The account as asked for now.
    pub(crate) fn account(&mut self) -> AccountSnapshot {
        self.ask(BrokerRequest::QueryAccount);
        self.last_account()
    }

    /// The account as reported last.
    pub(crate) fn last_account(&self) -> AccountSnapshot {
        let account = |report: &BrokerReport| {
            if let BrokerReport::Account(account) = report { Some(account.as_ref().clone()) } else { None }
        };
        self.reports.iter().rev().find_map(account).unwrap()
    }

    pub(crate) fn balance(&mut self, code: &str) -> Balance {
        let account = self.account();
        *account.balances.iter().find(|balance| balance.currency == currency(code)).unwrap()
    }

    pub(crate) fn net(&mut self, instrument: InstrumentId) -> NetQty {
        let account = self.account();
        account
            .positions
            .iter()
            .find(|position| position.instrument == instrument)
            .map_or(NetQty::ZERO, |position| position.net)
    }
}

fn words(report: &BrokerReport, wanted: ClientOrderId) -> Option<String> {
    let (order, text) = match report {
        BrokerReport::Accepted { order, .. } => (order, "accepted".to_owned()),
        BrokerReport::Rejected { order, reason, .. } => (order, format!("rejected: {reason}")),
        BrokerReport::Triggered { order, .. } => (order, "triggered".to_owned()),
        BrokerReport::Filled(fill) => {
            let text = format!("filled {} @ {} {:?}", fill.qty, fill.price, fill.liquidity).to_lowercase();
            (&fill.order, text)
        }
        BrokerReport::Canceled { order, reason, .. } => (order, format!("canceled: {reason}")),
        BrokerReport::Expired { order, .. } => (order, "expired".to_owned()),
        BrokerReport::CancelRejected { order, reason, .. } => (order, format!("cancel rejected: {reason}")),
        BrokerReport::Replaced { order, change, .. } => {
            (order, format!("replaced: {} {:?}", change.qty, change.kind.limit_price()))
        }
        BrokerReport::ReplaceRejected { order, reason, .. } => (order, format!("replace rejected: {reason}")),
        BrokerReport::Order(told) => (&told.order, format!("order {} filled {}", told.status, told.filled)),
        BrokerReport::NotSent { order, reason, .. } => (order, reason.as_str().to_owned()),
        BrokerReport::Doubted { order, why, .. } => (order, format!("doubted: {why}")),
        BrokerReport::NotFound { order, .. } => (order, "not found".to_owned()),
        BrokerReport::Busted { order, fill_id, .. } => (order, format!("busted {}", fill_id.0)),
        BrokerReport::Account(_)
        | BrokerReport::Orders(_)
        | BrokerReport::Settled { .. }
        | BrokerReport::Funding { .. } => return None,
    };
    (*order == wanted).then_some(text)
}
