//! OCOs: two orders of one quantity, of which the fills of one shrink the other until it ends.

use super::bench::{Bench, Pull, buy, canceling, market, new_order, sell};
use super::exits::{cancel, canceled, denials, moves, order, overfilled, sent, stop, taken, trade, trailing};
use super::world::{A, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    Command, Envelope, KillLevel, LinkRole, OrderId, OrderKind, OrderStatus, Qty, RequestId, Scope, Side,
    StrategyId,
};
use proptest::prelude::*;

fn ids(events: &[Envelope]) -> Vec<(OrderId, Qty)> {
    sent(events).iter().map(|(id, order)| (*id, order.qty)).collect()
}

/// Both exits of a long of 2: target 102, stop 98, both held.
fn exits() -> (Bench, [OrderId; 2]) {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let pair = (sell("2", "102").reduce_only(), stop(Side::Sell, "2", "98").reduce_only());
    bench.pull(A, Pull::Oco(pair.0, pair.1));
    let events = bench.print();
    let [(one, ..), (other, ..)] = taken(&events)[..] else { panic!("two held: {events:?}") };
    assert!(sent(&events).is_empty());
    (bench, [one, other])
}

/// Two ways into the market: a bid at 98, which works, and a stop above at 102, which is held.
fn entries() -> (Bench, [OrderId; 2]) {
    let mut bench = Bench::with(|genesis| genesis.venue.holds_stops = false);
    bench.pull(A, Pull::Oco(stop(Side::Buy, "2", "102"), buy("2", "98")));
    let events = bench.print();
    let [(bid, _)] = ids(&events)[..] else { panic!("one sent: {events:?}") };
    let [(above, ..)] = taken(&events)[..] else { panic!("one held: {events:?}") };
    bench.accept(bid);
    (bench, [bid, above])
}

#[test]
fn a_pair_of_exits_is_held_and_answered_by_its_first() {
    let mut bench = Bench::new();
    let one = new_order(StrategyId::MANUAL, sell("2", "102"));
    let other = new_order(StrategyId::MANUAL, stop(Side::Sell, "2", "98"));
    let buys = new_order(StrategyId::MANUAL, market(Side::Buy, "2"));
    let id = sent(&bench.operator(Command::Submit { order: buys }))[0].0;
    bench.accept(id);
    bench.fill(id, "2", "100");
    let exit = |order| flightdeck::model::NewOrder { reduce_only: true, ..order };
    let events = bench.operator(Command::Oco { one: exit(one), other: exit(other) });
    let [(first, asked, link), (_, nobody, same)] = taken(&events)[..] else { panic!("two: {events:?}") };
    assert_eq!((asked, nobody, link), (Some(RequestId(2)), None, same));
    assert_eq!(link.map(|link| (link.group, link.role)), Some((first, LinkRole::Exit)));
}

#[test]
fn whichever_exit_comes_first_ends_the_other() {
    let (mut bench, [target, halt]) = exits();
    assert_eq!(ids(&moves(&mut bench, "98")), [(halt, qty("2"))]);
    bench.accept(halt);
    let events = bench.fill(halt, "2", "98");
    assert_eq!((canceled(&events), bench.net(A)), (vec![target], "0".to_owned()));
    let (mut bench, [target, halt]) = exits();
    assert_eq!(ids(&moves(&mut bench, "102")), [(target, qty("2"))]);
    bench.accept(target);
    let events = bench.fill(target, "2", "102");
    assert_eq!((canceled(&events), bench.net(A)), (vec![halt], "0".to_owned()));
    assert!(bench.state().groups.is_empty());
    bench.assert_replica_is_equal();
}

#[test]
fn a_part_filled_by_one_shrinks_the_other_by_as_much() {
    let (mut bench, [target, halt]) = exits();
    moves(&mut bench, "102");
    bench.accept(target);
    bench.fill(target, "0.5", "102");
    assert_eq!(order(&bench, halt).request.qty, qty("1.5"));
    let events = moves(&mut bench, "98");
    assert_eq!((ids(&events), canceling(&events)), (vec![], vec![target]));
    assert_eq!(ids(&bench.confirm_cancel(target)), [(halt, qty("1.5"))]);
}

#[test]
fn a_trailing_stop_may_be_one_of_them() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let pair = (sell("2", "104").reduce_only(), trailing(Side::Sell, "2", ("99", "1")).reduce_only());
    bench.pull(A, Pull::Oco(pair.0, pair.1));
    let events = bench.print();
    let [_, (trail, ..)] = taken(&events)[..] else { panic!("two held") };
    moves(&mut bench, "102");
    assert_eq!(ids(&moves(&mut bench, "101")), [(trail, qty("2"))]);
}

#[test]
fn of_two_entries_one_at_most_is_at_the_broker() {
    let (mut bench, [bid, above]) = entries();
    assert_eq!(bench.state().orders.exposure(A, LIN).orders, 1);
    let events = moves(&mut bench, "102");
    assert_eq!((ids(&events), canceling(&events)), (vec![], vec![bid]), "the bid goes first");
    // It fills a part before its cancel arrives: what is intended stays what was asked for.
    bench.fill(bid, "0.7", "98");
    let events = bench.confirm_cancel(bid);
    assert_eq!(ids(&events), [(above, qty("1.3"))]);
    bench.accept(above);
    bench.fill(above, "1.3", "102.1");
    assert_eq!(bench.net(A), "2");
    assert!(bench.state().groups.is_empty());
    bench.assert_replica_is_equal();
}

#[test]
fn of_two_limits_that_open_the_one_that_is_reached_calls_the_other_back_and_leaves() {
    let mut bench = Bench::new();
    bench.pull(A, Pull::Oco(buy("2", "98"), sell("2", "102")));
    let events = bench.print();
    let ([(bid, _)], [(offer, ..)]) = (&ids(&events)[..], &taken(&events)[..]) else { panic!("{events:?}") };
    bench.accept(*bid);
    let events = moves(&mut bench, "103");
    assert_eq!((ids(&events), canceling(&events)), (vec![], vec![*bid]));
    assert_eq!(ids(&bench.confirm_cancel(*bid)), [(*offer, qty("2"))]);
}

#[test]
fn an_entry_that_fills_whole_ends_the_other() {
    let (mut bench, [bid, above]) = entries();
    let events = bench.fill(bid, "2", "98");
    assert_eq!(canceled(&events), [above]);
    assert!(sent(&moves(&mut bench, "102")).is_empty());
}

#[test]
fn a_fill_after_the_proof_of_its_cancel_is_applied_and_calls_the_other_back() {
    let (mut bench, [bid, above]) = entries();
    moves(&mut bench, "102");
    bench.confirm_cancel(bid);
    bench.accept(above);
    let events = bench.fill(bid, "0.5", "98");
    assert_eq!((canceling(&events), overfilled(&events)), (vec![above], vec![]));
    // Too late: both fill.
    let events = bench.fill(above, "2", "102");
    assert_eq!(overfilled(&events), [("2.5".to_owned(), "2".to_owned())]);
    assert_eq!(bench.net(A), "2.5");
    assert!(order(&bench, bid).late_fill);
    // Nothing is left of the group, and what comes now is told as well.
    assert_eq!(overfilled(&bench.fill(bid, "0.1", "98")).len(), 1);
    bench.assert_replica_is_equal();
}

#[test]
fn a_late_fill_of_one_shrinks_the_other_that_is_still_held() {
    let (mut bench, [bid, above]) = entries();
    bench.operator(cancel(bid));
    bench.confirm_cancel(bid);
    bench.fill(bid, "0.5", "98");
    assert_eq!(ids(&moves(&mut bench, "102")), [(above, qty("1.5"))]);
}

#[test]
fn an_order_of_a_pair_that_ends_otherwise_leaves_the_other_alone() {
    let (mut bench, [target, halt]) = exits();
    bench.operator(cancel(target));
    assert_eq!(bench.status(halt), OrderStatus::Held);
    assert_eq!(ids(&moves(&mut bench, "98")), [(halt, qty("2"))]);
    let (mut bench, [bid, above]) = entries();
    bench.reject(bid);
    assert_eq!(bench.status(above), OrderStatus::Held);
    assert_eq!(ids(&moves(&mut bench, "102")), [(above, qty("2"))]);
}

#[test]
fn a_pair_that_makes_no_sense_is_one_denial_and_nothing_is_sent_or_held() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let limit = OrderKind::Limit { price: price("102") };
    for (one, other, detail) in [
        (
            sell("2", "102"),
            stop(Side::Sell, "2", "98").reduce_only(),
            "not of one strategy, instrument and kind",
        ),
        (sell("2", "102"), stop(Side::Sell, "1", "98"), "not of one quantity"),
        (market(Side::Sell, "2"), stop(Side::Sell, "2", "98"), "a market order waits for nothing"),
        (sell("2", "102"), sell("2", "102"), "twice the same order"),
        (
            sell("2", "102").reduce_only(),
            sell("2", "103").reduce_only().post_only(),
            "a held order cannot be post-only",
        ),
        (
            sell("2", "102"),
            OrderSpec { kind: limit, ..stop(Side::Sell, "2.0005", "98") },
            "not of one quantity",
        ),
        (
            sell("3", "102").reduce_only(),
            stop(Side::Sell, "3", "98").reduce_only(),
            "more than there is to reduce",
        ),
        (sell("2", "102.05"), stop(Side::Sell, "2", "98"), "off tick"),
        (sell("2", "102"), trailing(Side::Sell, "2", ("98.05", "1")), "off tick"),
    ] {
        bench.pull(A, Pull::Oco(one, other));
        let events = bench.print();
        let [told] = denials(&events)[..] else { panic!("{detail}: {events:?}") };
        assert_eq!((told.detail, events.len()), (detail, 2), "the print and the denial");
        assert!(!bench.state().orders.is_holding() && bench.state().groups.is_empty());
    }
}

#[test]
fn k2_keeps_a_pair_of_exits_and_ends_a_pair_of_entries() {
    let (mut bench, pair) = exits();
    bench.kill(KillLevel::K2, Scope::All);
    assert!(pair.iter().all(|id| bench.status(*id) == OrderStatus::Held));
    let (mut bench, [bid, above]) = entries();
    let events = bench.kill(KillLevel::K2, Scope::All);
    assert_eq!((canceled(&events), canceling(&events)), (vec![above], vec![bid]));
}

#[test]
fn a_target_at_its_price_leaves_when_the_quote_gets_there_without_a_print() {
    let (mut bench, [target, _]) = exits();
    assert!(ids(&bench.quote(LIN, "101.9", "102.1")).is_empty());
    assert_eq!(ids(&bench.quote(LIN, "102", "102.2")), [(target, qty("2"))]);
    let _ = trade(&mut bench, "102");
}

/// What can happen around a pair.
#[derive(Debug, Clone)]
enum Deed {
    Move(i32),
    Fill { which: usize, part: i64 },
    Accept(usize),
    Confirm(usize),
    Reject(usize),
    RestCanceled(usize),
    Wait(i64),
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (-40_i32..41).prop_map(Deed::Move),
        6 => (0_usize..4, 1_i64..4).prop_map(|(which, part)| Deed::Fill { which, part }),
        3 => (0_usize..4).prop_map(Deed::Accept),
        4 => (0_usize..4).prop_map(Deed::Confirm),
        1 => (0_usize..4).prop_map(Deed::Reject),
        1 => (0_usize..4).prop_map(Deed::RestCanceled),
        2 => (1_i64..1_500).prop_map(Deed::Wait),
    ]
}

fn live(bench: &mut Bench, deed: &Deed, tenths: &mut i32) {
    let at_broker = |bench: &Bench, which: usize| {
        let open = bench.state().orders.open().iter().filter(|one| one.is_at_broker());
        let open: Vec<OrderId> = open.map(|one| one.id).collect();
        open.get(which.checked_rem(open.len())?).copied()
    };
    match *deed {
        Deed::Move(step) => {
            *tenths = (*tenths + step).clamp(950, 1_050);
            moves(bench, &format!("{}.{}", *tenths / 10, *tenths % 10));
        }
        Deed::Fill { which, part } => {
            let Some(id) = at_broker(bench, which) else { return };
            let leaves = order(bench, id).leaves().raw();
            let mut fill = bench.fill_of(id, "1", price("100"));
            fill.qty = Qty::from_raw((leaves / part / 100_000 * 100_000).max(100_000)).expect("a part");
            bench.report(flightdeck::model::BrokerReport::Filled(fill));
        }
        Deed::Accept(which) => drop(at_broker(bench, which).map(|id| bench.accept(id))),
        Deed::Confirm(which) => {
            let asked = at_broker(bench, which).filter(|id| order(bench, *id).cancel_requested_at.is_some());
            drop(asked.map(|id| bench.confirm_cancel(id)));
        }
        Deed::Reject(which) => {
            let bare = at_broker(bench, which).filter(|id| order(bench, *id).filled.is_zero());
            drop(bare.map(|id| bench.reject(id)));
        }
        Deed::RestCanceled(which) => {
            drop(at_broker(bench, which).map(|id| super::exits::rest_canceled(bench, id)));
        }
        Deed::Wait(millis) => {
            bench.wait(flightdeck::model::Span::from_millis(millis));
            bench.tick();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_pair_never_fills_more_than_was_intended(
        deeds in prop::collection::vec(deeds(), 1..100),
        protects in any::<bool>(),
    ) {
        let (mut bench, _) = if protects { exits() } else { entries() };
        let mut tenths = 1_000;
        for deed in &deeds {
            live(&mut bench, deed, &mut tenths);
            let net = bench.state().ledger.position(A, LIN).net;
            prop_assert!(net.side() != Some(Side::Sell) && net.magnitude() <= qty("2"), "{net}");
            let open = bench.state().orders.open();
            let at_broker = open.iter().filter(|one| one.is_at_broker()).count();
            prop_assert!(at_broker <= 1, "{open:?}");
            if protects && !net.is_zero() {
                let stops = open.iter().filter(|one| one.is_held() && one.request.kind.trigger().is_some());
                let held = stops.fold(Qty::ZERO, |sum, one| sum.plus(one.leaves()));
                let out = open.iter().any(|one| one.is_at_broker() && one.request.kind == OrderKind::Market);
                prop_assert!(out || held == net.magnitude(), "protected {held} of {net}");
            }
        }
        bench.assert_replica_is_equal();
    }
}
