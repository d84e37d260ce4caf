//! The core at work between a scripted market and a scripted venue: what the benches of the live path and of the kill share.
#![allow(dead_code, reason = "two benches share it, each uses its part")]

use flightdeck::adapters::{Outgoing, Requests, request_lanes};
use flightdeck::bus::{Inbox, KillSwitch, MarketSender, Outlet, ReportSender};
use flightdeck::config::{Sources, load};
use flightdeck::engine::{Desk, Engine, Hired, OrderSpec, Strategy};
use flightdeck::model::{
    BrokerReport, BrokerRequest, DisplayText, Envelope, Event, FillId, FillReport, InstrumentId, Liquidity,
    MarketEvent, Money, Price, Qty, Quote, RunId, Side, StrategyId, VenueOrderId,
};
use flightdeck::runtime::{
    About, Cycle, CycleParts, Egress, Fanout, Heartbeat, SessionOutlet, VitalsSource, genesis,
    monotonic_nanos, wall_now,
};
use flightdeck::state::Genesis;
use flightdeck::wire::{Ask, Client, ClientParts, SessionId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two quotes.
pub(crate) const PERIOD_NANOS: u64 = 50_000;

/// A quote in so many is answered with an order.
pub(crate) const ANSWERED: u64 = 50;

pub(crate) fn quote(number: u64) -> Quote {
    let price = |raw: i64| Price::from_raw(raw).expect("a price");
    let now = wall_now();
    Quote {
        instrument: InstrumentId::new(0),
        bid: price(6_180_000_000_000),
        bid_qty: Qty::from_raw(i64::try_from(number).expect("small") * 100_000).expect("a quantity"),
        ask: price(6_180_010_000_000),
        ask_qty: Qty::ONE,
        venue_time: now,
        local_time: now,
    }
}

/// A tenth, the tick of the instrument.
pub(crate) const TICK: i64 = 10_000_000;

/// Answers the quotes that are marked for it with an order whose price tells which: so many ticks behind the best.
struct Answer {
    sent: i64,
    always: bool,
    hangs: Arc<AtomicBool>,
}

/// Parts that stand still while a flag is up.
#[derive(Debug, Default)]
pub(crate) struct Stalls {
    /// A strategy's call lasts 10 ms.
    pub(crate) core: Arc<AtomicBool>,
    /// A subscriber takes nothing.
    pub(crate) staff: Arc<AtomicBool>,
}

impl Strategy for Answer {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        let Event::Market(MarketEvent::Quote(quote)) = &event.event else { return };
        let number = quote.bid_qty.raw() / 100_000;
        if !self.always && number % i64::try_from(ANSWERED).expect("small") != 0 {
            return;
        }
        if self.hangs.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.sent += 1;
        let side = if self.sent % 2 == 0 { Side::Buy } else { Side::Sell };
        let qty = Qty::from_raw(100_000 * (1 + self.sent % 499)).expect("a quantity");
        let behind = if self.always { 0 } else { number / i64::try_from(ANSWERED).expect("small") * TICK };
        let raw = match side {
            Side::Buy => quote.bid.raw() - behind,
            Side::Sell => quote.ask.raw() + behind,
        };
        let price = Price::from_raw(raw).expect("a price");
        desk.submit(OrderSpec::limit(quote.instrument, side, qty, price, "bench"));
    }
}

fn bench_genesis() -> Arc<Genesis> {
    let kinds = flightdeck::strategies::declared();
    let mut settings = load(&Sources { kinds: &kinds, ..Sources::default() }).expect("defaults").settings;
    settings.strategies.truncate(1);
    // The limits stay; those that a thousand orders a second would reach are moved out of the way.
    let much = Money::units(1_000_000_000);
    settings.risk.messages_per_s = 1_000_000;
    settings.risk.max_open_orders = 10_000;
    settings.risk.max_gross = much;
    settings.risk.daily_loss = much;
    settings.strategies[0].limits.daily_loss = much;
    settings.strategies[0].limits.max_position_value = much;
    let mut genesis = genesis(&settings, RunId::new(1), Vec::new());
    let limits = genesis.limits.instruments.first_mut().expect("an instrument");
    limits.max_position = Qty::from_raw(100_000_000_000).expect("a quantity");
    genesis.capital = genesis.capital.iter().map(|(currency, _)| (*currency, much)).collect();
    Arc::new(genesis)
}

/// The core at work and what speaks to it.
pub(crate) struct Bench {
    pub(crate) core: JoinHandle<flightdeck::state::State>,
    pub(crate) client: Client,
    pub(crate) kill_switch: KillSwitch,
    pub(crate) market: MarketSender,
    pub(crate) reports: ReportSender<Ask>,
    pub(crate) requests: Requests,
    pub(crate) staff: Vec<JoinHandle<u64>>,
}

/// The next request, as an adapter takes it.
pub(crate) async fn next_request(requests: &mut Requests) -> Option<Outgoing> {
    if requests.ready().await { requests.next(flightdeck::runtime::wall_now()) } else { None }
}

pub(crate) fn start(always: bool, stalls: &Stalls) -> Bench {
    let genesis = bench_genesis();
    let (inbox, ends) = Inbox::new();
    let kill_switch = KillSwitch::new(genesis.strategies.len(), genesis.instruments.len());
    let (requests_in, requests) = request_lanes(1_024, kill_switch.clone());
    let mut fanout = Fanout::default();
    let staff = (0..3).map(|_| join_staff(&mut fanout, Arc::clone(&stalls.staff))).collect();
    let (outlet, messages) = Outlet::new("screen", 8_192);
    fanout.join(SessionOutlet::new(SessionId(1), outlet, true));
    let parts = ClientParts {
        id: SessionId(1),
        asks: ends.control.clone(),
        messages,
        kill_switch: kill_switch.clone(),
    };
    let client = Client::new(parts);
    let hired = vec![Hired {
        id: StrategyId::new(2),
        strategy: Box::new(Answer { sent: 0, always, hangs: Arc::clone(&stalls.core) }),
    }];
    let cycle = Cycle::new(CycleParts {
        engine: Engine::new(genesis, hired),
        inbox,
        egress: Egress::new(requests_in, kill_switch.clone()),
        fanout,
        kill_switch: kill_switch.clone(),
        clock: flightdeck::runtime::wall_now,
        kill_file: None,
        journal: None,
        tape: None,
        heartbeat: Heartbeat::default(),
        vitals: VitalsSource {
            about: About::default(),
            can: DisplayText::default(),
            gauges: ends.gauges,
            staff: Vec::new(),
            rows_written: Arc::new(AtomicU64::new(0)),
        },
    });
    let core = std::thread::spawn(move || cycle.run());
    Bench { core, client, kill_switch, market: ends.market, reports: ends.reports, requests, staff }
}

/// A subscriber that hears and counts.
fn join_staff(fanout: &mut Fanout, sleeps: Arc<AtomicBool>) -> JoinHandle<u64> {
    let (mut outlet, mut end) = Outlet::<Envelope>::new("staff", 16_384);
    let member = std::thread::spawn(move || {
        let mut heard = 0;
        while !end.is_finished() {
            if sleeps.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
            match end.take() {
                Some(_event) => heard += 1,
                None => std::thread::park_timeout(Duration::from_millis(50)),
            }
        }
        heard
    });
    outlet.set_reader(member.thread().clone());
    fanout.subscribe(outlet);
    member
}

/// Accepts and fills an order, as a venue that never says no.
pub(crate) fn answer(reports: &ReportSender<Ask>, request: &BrokerRequest, number: u64) {
    let BrokerRequest::Submit(order) = request else { return };
    let at = wall_now();
    let fill = FillReport {
        order: order.order,
        fill_id: FillId(format!("F{number}").as_str().into()),
        instrument: order.instrument,
        side: order.side,
        qty: order.qty,
        price: order.kind.limit_price().expect("a limit order"),
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        at,
    };
    let accepted =
        BrokerReport::Accepted { order: order.order, venue_id: VenueOrderId(DisplayText::new("V")), at };
    for report in [accepted, BrokerReport::Filled(fill)] {
        assert!(reports.report(report).is_ok(), "the report lane has room");
    }
}

/// Waits for the next beat; what is paced by sleeping would measure the sleep.
pub(crate) async fn pace(began: u64, number: u64) {
    while monotonic_nanos() < began + number * PERIOD_NANOS {
        tokio::task::yield_now().await;
    }
}
