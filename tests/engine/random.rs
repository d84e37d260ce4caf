//! Random days: whatever is asked, filled, refused, repeated and killed, the books balance, the events tell the whole
//! state, and the same inputs give the same events.

use super::bench::{Bench, Pull, market};
use super::world::{A, B, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    BrokerReport, ClientOrderId, Command, Envelope, FillId, FillReport, KillLevel, Liquidity, Money, NetQty,
    OrderChange, OrderId, OrderKind, OrderStatus, Qty, RunId, Scope, Side, Span, StrategyId, TimeInForce,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Deed {
    Ask {
        strategy: bool,
        side: bool,
        lots: u16,
        tick: i8,
        kind: u8,
        reduce: bool,
    },
    ByHand {
        side: bool,
        lots: u16,
    },
    Cancel {
        nth: usize,
    },
    StrategyCancels {
        strategy: bool,
        nth: usize,
    },
    Accept {
        nth: usize,
    },
    Fill {
        nth: usize,
        part: u8,
    },
    LateFill {
        nth: usize,
    },
    RepeatFill,
    Confirm {
        nth: usize,
    },
    Reject {
        nth: usize,
    },
    Foreign {
        side: bool,
        number: u8,
    },
    Quote {
        tick: i8,
    },
    Crossed,
    Wait {
        millis: u16,
    },
    Kill {
        level: u8,
        scope: u8,
    },
    Resume,
    Arm {
        strategy: bool,
    },
    Panic {
        strategy: bool,
    },
    CancelAll,
    Close {
        strategy: bool,
    },
    Bracket {
        strategy: bool,
        side: bool,
        lots: u16,
        tick: i8,
        kind: u8,
    },
    Oco {
        strategy: bool,
        side: bool,
        lots: u16,
        tick: i8,
        reduce: bool,
    },
    Print {
        tick: i8,
    },
    Change {
        nth: usize,
        lots: u16,
        tick: i8,
    },
    /// The process dies, or ends in order, and another goes on.
    Restart {
        crashed: bool,
    },
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => (any::<bool>(), any::<bool>(), 1_u16..9_000, -9_i8..9, 0_u8..5, any::<bool>())
            .prop_map(|(strategy, side, lots, tick, kind, reduce)| Deed::Ask { strategy, side, lots, tick, kind, reduce }),
        2 => (any::<bool>(), 1_u16..9_000).prop_map(|(side, lots)| Deed::ByHand { side, lots }),
        2 => (0_usize..20).prop_map(|nth| Deed::Cancel { nth }),
        1 => (any::<bool>(), 0_usize..20).prop_map(|(strategy, nth)| Deed::StrategyCancels { strategy, nth }),
        5 => (0_usize..20).prop_map(|nth| Deed::Accept { nth }),
        8 => (0_usize..20, 1_u8..=4).prop_map(|(nth, part)| Deed::Fill { nth, part }),
        1 => (0_usize..20).prop_map(|nth| Deed::LateFill { nth }),
        1 => Just(Deed::RepeatFill),
        3 => (0_usize..20).prop_map(|nth| Deed::Confirm { nth }),
        1 => (0_usize..20).prop_map(|nth| Deed::Reject { nth }),
        1 => (any::<bool>(), 0_u8..6).prop_map(|(side, number)| Deed::Foreign { side, number }),
        5 => (-40_i8..40).prop_map(|tick| Deed::Quote { tick }),
        1 => Just(Deed::Crossed),
        3 => (1_u16..2_500).prop_map(|millis| Deed::Wait { millis }),
        1 => (1_u8..=4, 0_u8..4).prop_map(|(level, scope)| Deed::Kill { level, scope }),
        2 => Just(Deed::Resume),
        3 => any::<bool>().prop_map(|strategy| Deed::Arm { strategy }),
        1 => any::<bool>().prop_map(|strategy| Deed::Panic { strategy }),
        1 => Just(Deed::CancelAll),
        1 => any::<bool>().prop_map(|strategy| Deed::Close { strategy }),
        2 => (any::<bool>(), any::<bool>(), 1_u16..9_000, -9_i8..9, 0_u8..5)
            .prop_map(|(strategy, side, lots, tick, kind)| Deed::Bracket { strategy, side, lots, tick, kind }),
        2 => (any::<bool>(), any::<bool>(), 1_u16..9_000, -9_i8..9, any::<bool>())
            .prop_map(|(strategy, side, lots, tick, reduce)| Deed::Oco { strategy, side, lots, tick, reduce }),
        4 => (-40_i8..40).prop_map(|tick| Deed::Print { tick }),
        1 => (0_usize..20, 1_u16..9_000, -9_i8..9).prop_map(|(nth, lots, tick)| Deed::Change { nth, lots, tick }),
        1 => any::<bool>().prop_map(|crashed| Deed::Restart { crashed }),
    ]
}

const fn strategy_of(second: bool) -> StrategyId {
    if second { B } else { A }
}

const fn side_of(sell: bool) -> Side {
    if sell { Side::Sell } else { Side::Buy }
}

/// A price some ticks from the start.
fn near(tick: i8) -> String {
    format!("{}.{}", 100 + i32::from(tick).div_euclid(10), i32::from(tick).rem_euclid(10))
}

fn lots(count: u16) -> String {
    format!("{}.{:03}", count / 1_000, count % 1_000)
}

fn spec(side: Side, (count, at): (&str, &str), kind: u8) -> OrderSpec {
    let limit = OrderSpec::limit(LIN, side, qty(count), price(at), "random");
    match kind {
        0 => market(side, count),
        1 => OrderSpec { tif: TimeInForce::Ioc, ..limit },
        2 => OrderSpec { kind: OrderKind::Stop { trigger: price(at) }, ..limit },
        3 => super::exits::trailing(side, count, (at, "0.5")),
        _ => limit,
    }
}

/// An entry with exits twelve ticks around it.
fn bracket(side: Side, count: &str, tick: i8, kind: u8) -> Pull {
    let (below, above) = (price(&near(tick - 12)), price(&near(tick + 12)));
    let (stop, target) = if side == Side::Buy { (below, above) } else { (above, below) };
    Pull::Bracket(spec(side, (count, &near(tick)), kind), stop, Some(target))
}

/// A limit order and a stop eight ticks to either side.
fn oco(side: Side, count: &str, tick: i8, reduce: bool) -> Pull {
    let (rests, wakes) = if side == Side::Buy { (tick - 8, tick + 8) } else { (tick + 8, tick - 8) };
    let pair = [spec(side, (count, &near(rests)), 4), spec(side, (count, &near(wakes)), 2)];
    let [one, other] = if reduce { pair.map(OrderSpec::reduce_only) } else { pair };
    Pull::Oco(one, other)
}

/// A day on the bench, and what the broker has filled in it.
struct Day {
    bench: Bench,
    filled: NetQty,
    last_fill: Option<FillReport>,
    seen_foreign: BTreeSet<u8>,
}

impl Day {
    fn new(holds_stops: bool) -> Self {
        let bench = Bench::with(|genesis| {
            genesis.venue.holds_stops = holds_stops;
            genesis.limits.instruments[0].max_position = qty("40");
            genesis.limits.duplicate_window = Span::from_millis(20);
        });
        Self { bench, filled: NetQty::ZERO, last_fill: None, seen_foreign: BTreeSet::new() }
    }

    fn open(&self, nth: usize) -> Option<OrderId> {
        let open = self.bench.state().orders.open();
        open.get(nth.checked_rem(open.len())?).map(|order| order.id)
    }

    /// An open order the broker knows.
    fn at_broker(&self, nth: usize) -> Option<OrderId> {
        let open = self.bench.state().orders.open().iter().filter(|order| order.is_at_broker());
        let open: Vec<OrderId> = open.map(|order| order.id).collect();
        open.get(nth.checked_rem(open.len())?).copied()
    }

    fn live(&mut self, deed: &Deed) {
        match *deed {
            Deed::Ask { strategy, side, lots: count, tick, kind, reduce } => {
                let spec = spec(side_of(side), (&lots(count), &near(tick)), kind);
                let spec = if reduce { spec.reduce_only() } else { spec };
                self.pull(strategy_of(strategy), Pull::Submit(spec));
            }
            Deed::ByHand { side, lots: count } => {
                self.bench.by_hand(StrategyId::MANUAL, market(side_of(side), &lots(count)));
            }
            Deed::Panic { strategy } => self.pull(strategy_of(strategy), Pull::Panic),
            Deed::StrategyCancels { strategy, nth } => {
                if let Some(id) = self.open(nth) {
                    self.pull(strategy_of(strategy), Pull::Cancel(id));
                }
            }
            Deed::Accept { nth } => self.answer(nth, Bench::accept),
            Deed::Confirm { nth } => self.answer(nth, Bench::confirm_cancel),
            Deed::Reject { nth } => self.answer(nth, Bench::reject),
            Deed::Fill { nth, part } => self.fill(nth, part),
            Deed::LateFill { nth } => self.fill_late(nth),
            Deed::RepeatFill => {
                if let Some(fill) = self.last_fill.clone() {
                    self.bench.report(BrokerReport::Filled(fill));
                }
            }
            Deed::Foreign { side, number } => self.fill_foreign(side_of(side), number),
            Deed::Quote { tick } => drop(self.bench.quote(LIN, &near(tick), &near(tick + 2))),
            Deed::Crossed => drop(self.bench.quote(LIN, "100.2", "100.1")),
            Deed::Wait { millis } => {
                self.bench.wait(Span::from_millis(i64::from(millis)));
                self.bench.tick();
            }
            Deed::Cancel { nth } => {
                if let Some(order) = self.open(nth) {
                    self.bench.operator(Command::Cancel { order });
                }
            }
            Deed::Kill { level, scope } => self.kill(level, scope),
            Deed::Resume => drop(self.bench.resume()),
            Deed::Arm { strategy } => {
                self.bench.operator(Command::Arm { strategy: strategy_of(strategy) });
            }
            Deed::Bracket { strategy, side, lots: count, tick, kind } => {
                let pull = bracket(side_of(side), &lots(count), tick, kind);
                self.pull(strategy_of(strategy), pull);
            }
            Deed::Oco { strategy, side, lots: count, tick, reduce } => {
                let pull = oco(side_of(side), &lots(count), tick, reduce);
                self.pull(strategy_of(strategy), pull);
            }
            Deed::Print { tick } => drop(super::exits::trade(&mut self.bench, &near(tick))),
            Deed::Change { nth, lots: count, tick } => self.change(nth, &lots(count), &near(tick)),
            Deed::Restart { crashed } => {
                self.bench.assert_facts_are_enough();
                self.bench.restart(crashed, |_| {}).expect("the same configuration");
                self.bench.freshen();
            }
            Deed::CancelAll => drop(self.bench.operator(Command::CancelAll { scope: Scope::All })),
            Deed::Close { strategy } => {
                self.bench.operator(Command::Close { strategy: strategy_of(strategy), instrument: LIN });
            }
        }
    }

    /// Asks for another size and price of an open order.
    fn change(&mut self, nth: usize, count: &str, at: &str) {
        let Some(order) = self.open(nth) else { return };
        let request = self.bench.state().orders.get(order).expect("open").request;
        let kind = match request.kind {
            OrderKind::Limit { .. } => OrderKind::Limit { price: price(at) },
            OrderKind::Stop { .. } => OrderKind::Stop { trigger: price(at) },
            kind @ (OrderKind::Market | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. }) => kind,
        };
        let change = OrderChange { qty: qty(count), kind };
        self.bench.operator(Command::Replace { order, change });
    }

    fn pull(&mut self, strategy: StrategyId, pull: Pull) {
        self.bench.pull(strategy, pull);
        self.bench.print();
    }

    fn answer(&mut self, nth: usize, say: fn(&mut Bench, OrderId) -> Vec<Envelope>) {
        if let Some(id) = self.at_broker(nth) {
            say(&mut self.bench, id);
        }
    }

    fn kill(&mut self, level: u8, scope: u8) {
        let scope = match scope {
            0 => Scope::All,
            1 => Scope::Instrument(LIN),
            2 => Scope::Strategy(A),
            _ => Scope::Strategy(B),
        };
        self.bench.kill(KillLevel::from_number(level).expect("a rung"), scope);
    }

    /// Fills a part of an open order.
    fn fill(&mut self, nth: usize, part: u8) {
        let Some(id) = self.at_broker(nth) else { return };
        let leaves = self.bench.state().orders.get(id).expect("open").leaves().raw();
        let size = (leaves / i64::from(part)).max(1);
        let mut fill = self.bench.fill_of(id, "1", price("100"));
        fill.qty = Qty::from_raw(size).expect("a part");
        fill.fee = Money::from_raw(i128::from(size) * 7);
        self.book(fill);
    }

    /// Fills an order that has ended.
    fn fill_late(&mut self, nth: usize) {
        let closed = self.bench.state().orders.closed();
        let Some(index) = nth.checked_rem(closed.len()) else { return };
        let Some(id) = closed.get(index).map(|order| order.id) else { return };
        let fill = self.bench.fill_of(id, "0.001", price("100"));
        self.book(fill);
    }

    fn book(&mut self, fill: FillReport) {
        self.filled += fill.qty.signed(fill.side);
        self.last_fill = Some(fill.clone());
        self.bench.report(BrokerReport::Filled(fill));
    }

    /// A fill nobody here sent, perhaps told before.
    fn fill_foreign(&mut self, side: Side, number: u8) {
        let fill = foreign(side, number);
        if self.seen_foreign.insert(number) {
            self.filled += fill.qty.signed(fill.side);
        }
        self.bench.report(BrokerReport::Filled(fill));
    }

    /// What no day may break, beyond what the bench checks at every step.
    fn check(&self) {
        let state = self.bench.state();
        assert_eq!(state.ledger.account(LIN).net, self.filled, "our books and the broker's fills differ");
        let mut buys = qty("0");
        let mut sells = qty("0");
        for order in state.orders.open().iter().filter(|order| order.is_at_broker()) {
            assert!(!order.status.is_terminal());
            match order.request.side {
                Side::Buy => buys = buys.plus(order.reserved()),
                Side::Sell => sells = sells.plus(order.reserved()),
            }
        }
        let total = state.orders.total(LIN);
        assert_eq!((total.buys, total.sells), (buys, sells), "reserved is not what is open");
        assert!(state.orders.open().iter().all(|order| order.status != OrderStatus::Filled));
        let held: Vec<OrderId> =
            state.orders.open().iter().filter(|order| order.is_held()).map(|order| order.id).collect();
        let mut watched: Vec<OrderId> = state.orders.held().map(|one| one.id).collect();
        watched.sort_unstable();
        assert_eq!(held, watched, "what is held is not what is watched");
        assert!(state.groups.all().len() <= 64, "groups that never end");
        assert_eq!(state.orders.anomalies(), 0);
    }
}

fn foreign(side: Side, number: u8) -> FillReport {
    FillReport {
        order: ClientOrderId::derive(RunId::new(99), OrderId::new(u32::from(number))),
        fill_id: FillId(format!("X-{number}").as_str().into()),
        instrument: LIN,
        side,
        qty: qty("0.5"),
        price: price("100"),
        liquidity: Liquidity::Maker,
        fee: Money::ZERO,
        at: flightdeck::model::Timestamp::EPOCH,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn strategies_manual_and_external_add_up_to_the_account_whatever_happens(
        deeds in prop::collection::vec(deeds(), 1..160),
        holds_stops in any::<bool>(),
    ) {
        let mut day = Day::new(holds_stops);
        for deed in &deeds {
            day.live(deed);
            day.check();
        }
        day.bench.assert_replica_is_equal();
        day.bench.assert_facts_are_enough();
    }

    #[test]
    fn the_same_inputs_give_the_same_events_byte_for_byte(
        deeds in prop::collection::vec(deeds(), 1..80),
    ) {
        let live = || {
            let mut day = Day::new(true);
            for deed in &deeds {
                day.live(deed);
            }
            serde_json::to_string(&day.bench.log).expect("events are text")
        };
        prop_assert_eq!(live(), live());
    }
}
