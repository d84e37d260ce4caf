//! Changing a working order: what adds risk is judged as a new order is, what takes it away always passes, and until the
//! broker has answered the worse of old and new counts.

use super::bench::{Answer, Bench, Pull, buy, canceling, sell};
use super::world::{A, B, LIN, money, price, qty};
use flightdeck::engine::{Effect, OrderSpec, effect};
use flightdeck::model::{
    BrokerReport, BrokerRequest, Command, ControlEvent, Denial, Envelope, Event, KillLevel, Measure,
    OrderChange, OrderEvent, OrderId, OrderKind, OrderStatus, Qty, Refusal, RuleId, Scope, Side, StrategyId,
};
use proptest::prelude::*;

pub(crate) fn limit(size: &str, at: &str) -> OrderChange {
    OrderChange { qty: qty(size), kind: OrderKind::Limit { price: price(at) } }
}

fn replaced(bench: &mut Bench, id: OrderId, change: OrderChange) -> Vec<Envelope> {
    let order = bench.client_id(id);
    bench.report(BrokerReport::Replaced { order, change, at: bench.now })
}

fn replace_rejected(bench: &mut Bench, id: OrderId) -> Vec<Envelope> {
    let order = bench.client_id(id);
    bench.report(BrokerReport::ReplaceRejected { order, reason: "too late".into(), at: bench.now })
}

/// A strategy's change of its own order.
fn ask(bench: &mut Bench, strategy: StrategyId, id: OrderId, change: OrderChange) -> Vec<Envelope> {
    bench.pull(strategy, Pull::Replace(id, change));
    bench.print()
}

fn by_hand(bench: &mut Bench, id: OrderId, change: OrderChange) -> Vec<Envelope> {
    bench.operator(Command::Replace { order: id, change })
}

/// The operator's own order, at work.
fn mine(bench: &mut Bench, spec: OrderSpec) -> OrderId {
    let Answer::Released(id) = bench.by_hand(StrategyId::MANUAL, spec) else { panic!("released") };
    bench.accept(id);
    id
}

fn denied(events: &[Envelope]) -> Option<Denial> {
    let of =
        |one: &Envelope| if let Event::Denied { denial, .. } = &one.event { Some(**denial) } else { None };
    events.iter().find_map(of)
}

fn refused(events: &[Envelope]) -> Option<Refusal> {
    let of = |one: &Envelope| match &one.event {
        Event::Control(ControlEvent::Refused { refusal, .. }) => Some(*refusal),
        Event::Control(_)
        | Event::Order(_)
        | Event::Denied { .. }
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    };
    events.iter().find_map(of)
}

fn sent(events: &[Envelope]) -> Option<Effect> {
    let is_change = |one: &Effect| matches!(one.request, BrokerRequest::Replace { .. });
    events.iter().filter_map(|one| effect(&one.event)).find(is_change)
}

fn buys(bench: &Bench) -> Qty {
    bench.state().orders.total(LIN).buys
}

#[test]
fn f_018_until_a_change_is_confirmed_the_worse_of_old_and_new_is_reserved() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let more = limit("5", "98");
    ask(&mut bench, A, id, more);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PendingReplace, qty("5")));
    replaced(&mut bench, id, more);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Working, qty("5")));
    let less = limit("1", "98");
    ask(&mut bench, A, id, less);
    assert_eq!(buys(&bench), qty("5"), "it may still fill whole");
    replaced(&mut bench, id, less);
    let order = bench.state().orders.get(id).unwrap();
    assert_eq!((order.request.qty, order.request.kind, buys(&bench)), (less.qty, less.kind, qty("1")));
    bench.assert_replica_is_equal();
}

#[test]
fn a_refused_change_gives_the_order_back_as_it_was() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    ask(&mut bench, A, id, limit("5", "98"));
    bench.fill(id, "0.5", "99");
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PendingReplace, qty("4.5")));
    replace_rejected(&mut bench, id);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PartiallyFilled, qty("1.5")));
    assert_eq!(bench.state().orders.get(id).unwrap().request.qty, qty("2"));
}

#[test]
fn fills_during_a_change_are_fills_of_the_order_whatever_becomes_of_the_change() {
    // The old quantity fills whole while more is asked for: the rest may come.
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    ask(&mut bench, A, id, limit("5", "98"));
    bench.fill(id, "2", "99");
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PendingReplace, qty("3")));
    replace_rejected(&mut bench, id);
    assert_eq!((bench.status(id), buys(&bench), bench.net(A).as_str()), (OrderStatus::Filled, qty("0"), "2"));
    // More fills than the smaller quantity that was on its way: nothing is left of it.
    let id = bench.working(A, buy("2", "99"));
    ask(&mut bench, A, id, limit("1", "99"));
    bench.fill(id, "1.5", "99");
    replaced(&mut bench, id, limit("1", "99"));
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Filled, qty("0")));
    assert_eq!(bench.net(A), "3.5");
}

#[test]
fn a_change_that_adds_risk_is_judged_without_the_orders_own_reservation_by_every_rule() {
    type Setup = fn(&mut flightdeck::state::Genesis);
    let cases: [(RuleId, Setup, OrderChange); 5] = [
        (
            RuleId::PositionInstrument,
            |genesis| genesis.limits.instruments[0].max_position = qty("4"),
            limit("4.001", "99"),
        ),
        (
            RuleId::OrderQty,
            |genesis| genesis.limits.instruments[0].max_order_qty = qty("4"),
            limit("4.001", "99"),
        ),
        (
            RuleId::OrderValue,
            |genesis| genesis.limits.instruments[0].max_order_value = money("400"),
            limit("4.001", "100"),
        ),
        (RuleId::Collar, |_| {}, limit("2", "105.1")),
        (
            RuleId::Rate,
            |genesis| (genesis.limits.messages_per_s, genesis.limits.cancel_reserve) = (3, 2),
            limit("3", "99"),
        ),
    ];
    for (rule, setup, change) in cases {
        let mut bench = Bench::with(setup);
        let id = bench.working(A, buy("2", "99"));
        let events = ask(&mut bench, A, id, change);
        assert_eq!(denied(&events).map(|one| one.rule), Some(rule));
        assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Working, qty("2")));
    }
    // Four fit, though two of them are reserved already, and it counts as no further open order.
    let mut bench = Bench::with(|genesis| {
        genesis.limits.instruments[0].max_position = qty("4");
        genesis.limits.max_open_orders = 1;
        genesis.limits.duplicate_window = flightdeck::model::Span::from_secs(1);
    });
    let id = bench.working(A, buy("2", "99"));
    assert!(sent(&ask(&mut bench, A, id, limit("4", "99"))).is_some());
    replaced(&mut bench, id, limit("4", "99"));
    assert!(
        sent(&ask(&mut bench, A, id, limit("2", "99.5"))).is_some(),
        "nearer, and no duplicate of itself"
    );
}

#[test]
fn what_has_filled_counts_once_in_a_change() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].max_position = qty("4"));
    let id = bench.working(A, buy("3", "99"));
    bench.fill(id, "2", "99");
    assert!(sent(&ask(&mut bench, A, id, limit("4", "99"))).is_some(), "2 held and 2 to come");
    replace_rejected(&mut bench, id);
    let events = ask(&mut bench, A, id, limit("4.001", "99"));
    assert_eq!(
        denied(&events).map(|one| (one.rule, one.value)),
        Some((RuleId::PositionInstrument, Measure::Qty(qty("4.001"))))
    );
}

#[test]
fn off_tick_and_off_lot_are_denied_with_rule_value_and_limit_also_where_risk_shrinks() {
    let mut bench = Bench::new();
    let id = mine(&mut bench, buy("2", "99"));
    for (change, value, limit) in [
        (limit("1", "98.95"), Measure::Price(price("98.95")), Measure::Price(price("0.1"))),
        (limit("1.0005", "98"), Measure::Qty(qty("1.0005")), Measure::Qty(qty("0.001"))),
    ] {
        let events = by_hand(&mut bench, id, change);
        let Event::Denied { denial, request, order, .. } = &events[0].event else { panic!("{events:?}") };
        assert_eq!((denial.rule, denial.value, denial.limit), (RuleId::Filters, value, limit));
        assert!(request.is_some() && order.qty == change.qty, "the denial carries the change and who asked");
    }
    assert_eq!(bench.status(id), OrderStatus::Working);
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_is_sent() {
    let mut bench = Bench::new();
    let id = mine(&mut bench, buy("2", "99"));
    bench.fill(id, "0.5", "99");
    let stop = OrderChange { qty: qty("2"), kind: OrderKind::Stop { trigger: price("101") } };
    for (change, why) in [
        (stop, Refusal::Malformed),
        (limit("0", "99"), Refusal::Malformed),
        (limit("0.5", "99"), Refusal::Malformed),
        (limit("2", "99"), Refusal::NothingToDo),
    ] {
        let events = by_hand(&mut bench, id, change);
        assert_eq!((refused(&events), sent(&events)), (Some(why), None));
    }
    assert_eq!(
        refused(&by_hand(&mut bench, OrderId::new(77), limit("1", "99"))),
        Some(Refusal::UnknownOrder)
    );
    by_hand(&mut bench, id, limit("1", "98"));
    assert_eq!(refused(&by_hand(&mut bench, id, limit("1", "97"))), Some(Refusal::ReplacePending));
    bench.operator(Command::Cancel { order: id });
    assert_eq!(refused(&by_hand(&mut bench, id, limit("1", "97"))), Some(Refusal::CancelPending));
    replaced(&mut bench, id, limit("1", "98"));
    bench.confirm_cancel(id);
    assert_eq!(refused(&by_hand(&mut bench, id, limit("1", "97"))), Some(Refusal::OrderClosed));
    let mut unknown = Bench::new();
    let id = super::doubt::hung(&mut unknown, A, "1");
    assert_eq!(refused(&by_hand(&mut unknown, id, limit("0.5", "99"))), Some(Refusal::Untrusted));
    let mut cannot = Bench::with(|genesis| genesis.venue.can_replace = false);
    let id = mine(&mut cannot, buy("2", "99"));
    assert_eq!(refused(&by_hand(&mut cannot, id, limit("1", "99"))), Some(Refusal::Unsupported));
}

#[test]
fn under_a_kill_a_change_may_only_take_risk_away() {
    let mut bench = Bench::new();
    let id = mine(&mut bench, buy("2", "99"));
    bench.kill(KillLevel::K1, Scope::All);
    for change in [limit("2.001", "99"), limit("2", "99.1")] {
        assert_eq!(denied(&by_hand(&mut bench, id, change)).map(|one| one.rule), Some(RuleId::Kill));
    }
    let effect = sent(&by_hand(&mut bench, id, limit("1", "98"))).expect("it leaves");
    assert_eq!(effect.risk, None, "and no gate stops it");
}

#[test]
fn only_a_change_that_adds_risk_carries_whose_risk_it_is() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let adds = sent(&ask(&mut bench, A, id, limit("2", "99.1"))).expect("released");
    assert_eq!(adds.risk, Some((A, LIN)));
    assert_eq!(
        adds.request,
        BrokerRequest::Replace { order: bench.client_id(id), change: limit("2", "99.1") }
    );
}

#[test]
fn nearer_to_the_market_is_told_by_kind_and_side() {
    let near = |one: OrderKind, other: OrderKind, side| one.is_nearer_than(&other, side);
    let (low, high) = (price("99"), price("101"));
    for (side, nearer, farther) in [
        (Side::Buy, OrderKind::Limit { price: high }, OrderKind::Limit { price: low }),
        (Side::Sell, OrderKind::Limit { price: low }, OrderKind::Limit { price: high }),
        (Side::Buy, OrderKind::Stop { trigger: low }, OrderKind::Stop { trigger: high }),
        (Side::Sell, OrderKind::Stop { trigger: high }, OrderKind::Stop { trigger: low }),
        (
            Side::Sell,
            OrderKind::TrailingStop { trigger: low, trail: price("1") },
            OrderKind::TrailingStop { trigger: low, trail: price("2") },
        ),
        (
            Side::Buy,
            OrderKind::StopLimit { trigger: high, price: high },
            OrderKind::StopLimit { trigger: high, price: low },
        ),
    ] {
        assert!(near(nearer, farther, side) && !near(farther, nearer, side) && !near(nearer, nearer, side));
    }
}

#[test]
fn a_cancel_wins_over_a_change_on_its_way() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    ask(&mut bench, A, id, limit("5", "98"));
    assert_eq!(canceling(&bench.operator(Command::Cancel { order: id })), [id]);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PendingCancel, qty("5")));
    replaced(&mut bench, id, limit("5", "98"));
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PendingCancel, qty("5")));
    bench.confirm_cancel(id);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Canceled, qty("0")));
}

#[test]
fn f_019_a_cancel_of_the_old_leg_of_a_change_is_asked_about_before_it_is_believed() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    ask(&mut bench, A, id, limit("5", "98"));
    let events = bench.confirm_cancel(id);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Unknown, qty("5")));
    assert_eq!(super::doubt::asked(&events), [id]);
    replaced(&mut bench, id, limit("5", "98"));
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Working, qty("5")));
}

#[test]
fn the_end_of_the_old_leg_of_a_change_that_was_also_canceled_is_asked_about() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    ask(&mut bench, A, id, limit("5", "99"));
    bench.operator(Command::Cancel { order: id });
    let events = bench.confirm_cancel(id);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Unknown, qty("5")));
    assert_eq!(super::doubt::asked(&events), [id]);
    replaced(&mut bench, id, limit("5", "99"));
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PendingCancel, qty("5")));
    bench.confirm_cancel(id);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Canceled, qty("0")));
}

#[test]
fn without_questions_a_canceled_order_whose_change_is_made_after_all_turns_up() {
    let mut bench = Bench::with(|genesis| genesis.venue.can_query = false);
    let id = bench.working(A, buy("1", "99"));
    ask(&mut bench, A, id, limit("5", "99"));
    bench.operator(Command::Cancel { order: id });
    bench.confirm_cancel(id);
    assert_eq!(bench.status(id), OrderStatus::Canceled);
    let events = replaced(&mut bench, id, limit("5", "99"));
    assert_eq!((canceling(&events), buys(&bench)), (vec![id], qty("5")));
}

#[test]
fn the_changes_of_an_order_that_a_change_ended_are_forgotten() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    ask(&mut bench, A, id, limit("1", "99"));
    bench.fill(id, "1", "99");
    replaced(&mut bench, id, limit("1", "99"));
    assert_eq!((bench.status(id), bench.state().budget.changes_of(id)), (OrderStatus::Filled, 0));
}

#[test]
fn a_repeated_replaced_does_not_end_the_next_change() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    ask(&mut bench, A, id, limit("2", "99"));
    replaced(&mut bench, id, limit("2", "99"));
    ask(&mut bench, A, id, limit("5", "99"));
    for size in ["2", "1"] {
        replaced(&mut bench, id, limit(size, "99"));
        assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PendingReplace, qty("5")));
    }
    // One that the venue made of itself is adopted and ends the change on its way as little.
    replaced(&mut bench, id, limit("3", "99"));
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::PendingReplace, qty("5")));
    replace_rejected(&mut bench, id);
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Working, qty("3")));
}

#[test]
fn the_position_limit_holds_through_a_repeated_replaced() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].max_position = qty("6"));
    let id = bench.working(A, buy("1", "99"));
    ask(&mut bench, A, id, limit("2", "99"));
    replaced(&mut bench, id, limit("2", "99"));
    ask(&mut bench, A, id, limit("5", "99"));
    replaced(&mut bench, id, limit("2", "99"));
    let _denied_or_not = bench.ask(B, buy("4", "98"));
    replaced(&mut bench, id, limit("5", "99"));
    assert!(buys(&bench) <= qty("6"), "worst case {} above the limit", buys(&bench));
}

#[test]
fn a_held_order_is_changed_by_the_engine_at_once() {
    use flightdeck::model::{Actor, Cause, Seq};
    let mut state = flightdeck::state::State::new(std::sync::Arc::new(super::world::genesis()));
    let order = super::bench::new_order(A, buy("2", "99"));
    let (id, client_id) = state.orders.next_id();
    let held = OrderEvent::Held {
        id,
        client_id,
        order,
        actor: Actor::Operator,
        request: None,
        leg: None,
        link: None,
    };
    let change = limit("3", "98");
    let at = flightdeck::model::Timestamp::from_nanos(1_723_075_200_000_000_000);
    for (seq, event) in [(1, held), (2, OrderEvent::Replaced { id, change, venue_time: at })] {
        let seq = Seq::new(seq);
        state.apply(&Envelope { seq, at, cause: Cause(seq), event: Event::Order(event) });
    }
    let order = state.orders.get(id).unwrap();
    assert_eq!((order.status, order.request.qty), (OrderStatus::Held, qty("3")));
    assert_eq!(state.orders.total(LIN).buys, qty("0"), "it is not at the broker");
}

#[test]
fn a_strategy_changes_its_own_orders_only() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    assert_eq!(sent(&ask(&mut bench, B, id, limit("1", "98"))), None);
    assert_eq!(bench.status(id), OrderStatus::Working);
}

#[test]
fn an_exit_cannot_be_changed_into_more_than_there_is_to_reduce() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    let id = bench.working(A, sell("2", "101").reduce_only());
    let events = ask(&mut bench, A, id, limit("3.001", "101"));
    assert_eq!(denied(&events).map(|one| one.rule), Some(RuleId::ReduceOnly));
    assert!(sent(&ask(&mut bench, A, id, limit("3", "101"))).is_some());
}

#[test]
fn a_change_nobody_asked_for_is_the_brokers_truth() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    replaced(&mut bench, id, limit("4", "98"));
    assert_eq!((bench.status(id), buys(&bench)), (OrderStatus::Working, qty("4")));
    assert!(replaced(&mut bench, id, limit("4", "98")).is_empty(), "told once");
    assert!(replace_rejected(&mut bench, id).is_empty(), "nothing was asked");
}

/// One thing that happens to orders and changes of them.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Submit { lots: u8, sell: bool },
    Replace { nth: u8, lots: u8, tick: i8 },
    Cancel { nth: u8 },
    Say { nth: u8, what: u8 },
    Fill { nth: u8, part: u8 },
    Wait { millis: u16 },
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => (1_u8..50, any::<bool>()).prop_map(|(lots, sell)| Deed::Submit { lots, sell }),
        4 => (0_u8..8, 1_u8..60, -20_i8..20).prop_map(|(nth, lots, tick)| Deed::Replace { nth, lots, tick }),
        1 => (0_u8..8).prop_map(|nth| Deed::Cancel { nth }),
        6 => (0_u8..8, 0_u8..8).prop_map(|(nth, what)| Deed::Say { nth, what }),
        4 => (0_u8..8, 1_u8..5).prop_map(|(nth, part)| Deed::Fill { nth, part }),
        1 => (1_u16..5_000).prop_map(|millis| Deed::Wait { millis }),
    ]
}

fn live(bench: &mut Bench, deed: Deed) {
    let open: Vec<OrderId> = bench.state().orders.open().iter().map(|order| order.id).collect();
    let pick = |nth: u8| open.get(usize::from(nth).checked_rem(open.len())?).copied();
    let change = |lots: u8, tick: i8| {
        limit(&format!("{}.{}", lots / 10, lots % 10), &format!("{}.0", 99 - i32::from(tick) / 10))
    };
    match deed {
        Deed::Submit { lots, sell: sells } => {
            let size = format!("{}.{}", lots / 10, lots % 10);
            bench.pull(A, Pull::Submit(if sells { sell(&size, "101") } else { buy(&size, "99") }));
            bench.print();
        }
        Deed::Replace { nth, lots, tick } => {
            if let Some(id) = pick(nth) {
                ask(bench, A, id, change(lots, tick));
            }
        }
        Deed::Cancel { nth } => {
            if let Some(order) = pick(nth) {
                bench.operator(Command::Cancel { order });
            }
        }
        Deed::Say { nth, what } => {
            let Some(id) = pick(nth) else { return };
            let asked = bench.state().orders.get(id).and_then(|order| order.replace);
            match (what, asked) {
                (0..=2, Some((change, _))) => drop(replaced(bench, id, change)),
                (3, _) => drop(replace_rejected(bench, id)),
                (4, _) => drop(bench.confirm_cancel(id)),
                (5, _) => drop(super::doubt::not_found(bench, id)),
                (6, _) => {
                    let filled = bench.state().orders.get(id).expect("open").filled.to_string();
                    let told = super::doubt::answer(bench, id, OrderStatus::Working, &filled);
                    super::doubt::tell(bench, told);
                }
                _ => drop(bench.accept(id)),
            }
        }
        Deed::Fill { nth, part } => {
            let Some(id) = pick(nth) else { return };
            let left = bench.state().orders.get(id).expect("open").reserved().raw();
            let mut fill = bench.fill_of(id, "1", price("99"));
            fill.qty = Qty::from_raw((left / i64::from(part)).max(1)).expect("a part");
            bench.report(BrokerReport::Filled(fill));
        }
        Deed::Wait { millis } => {
            bench.wait(flightdeck::model::Span::from_millis(i64::from(millis)));
            bench.freshen();
            bench.tick();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_reserved_is_the_worst_of_what_is_open_at_every_step(
        deeds in prop::collection::vec(deeds(), 1..120),
    ) {
        let mut bench = Bench::new();
        for deed in deeds {
            live(&mut bench, deed);
            let state = bench.state();
            let (mut buys, mut sells, mut unknown) = (Qty::ZERO, Qty::ZERO, 0);
            for order in state.orders.open() {
                let worst = order.replace.map_or(order.request.qty, |(change, _)| change.qty.max(order.request.qty));
                let left = worst.minus(order.executed());
                prop_assert!(!left.is_zero(), "open with nothing to fill: {:?}", order);
                match order.request.side {
                    Side::Buy => buys = buys.plus(left),
                    Side::Sell => sells = sells.plus(left),
                }
                unknown += u32::from(order.status == OrderStatus::Unknown);
            }
            let total = state.orders.total(LIN);
            prop_assert_eq!((total.buys, total.sells), (buys, sells));
            prop_assert_eq!(state.orders.unknown_in(LIN), unknown);
            prop_assert_eq!(state.orders.anomalies(), 0);
        }
        bench.assert_replica_is_equal();
    }
}
