//! Brackets: an entry whose exits sleep until it fills, are as large as what it filled, and never flip it.

use super::bench::{Bench, Pull, answer, buy, canceling, denial, market, new_order, sell};
use super::exits::{
    bracket, cancel, canceled, denials, held, moves, order, rest_canceled, sent, taken, unprotected,
};
use super::world::{A, LIN, price, qty};
use flightdeck::model::{
    Command, Envelope, KillLevel, LinkRole, Measure, NetQty, OrderId, OrderKind, OrderStatus, Qty, RequestId,
    RuleId, Scope, Side, Span, StrategyId,
};
use proptest::prelude::*;

/// A bracket around a bid of 2 at 99.5: stop 98, target 102.
fn bid() -> (Bench, [OrderId; 3]) {
    let mut bench = Bench::new();
    let ids = bracket(&mut bench, buy("2", "99.5"), "98", "102");
    (bench, ids)
}

/// The same, filled whole.
fn long() -> (Bench, [OrderId; 3]) {
    let (mut bench, ids) = bid();
    bench.fill(ids[0], "2", "99.5");
    (bench, ids)
}

fn size(bench: &Bench, id: OrderId) -> Qty {
    order(bench, id).request.qty
}

fn ids(events: &[Envelope]) -> Vec<(OrderId, Qty)> {
    sent(events).iter().map(|(id, order)| (*id, order.qty)).collect()
}

#[test]
fn its_answer_is_the_entry_and_all_of_it_is_linked() {
    let mut bench = Bench::new();
    let entry = new_order(StrategyId::MANUAL, buy("2", "99.5"));
    let events = bench.operator(Command::Bracket { entry, stop: price("98"), target: Some(price("102")) });
    let super::bench::Answer::Released(first) = answer(&events) else { panic!("denied") };
    let exits = taken(&events);
    assert_eq!(exits.iter().map(|one| one.1).collect::<Vec<Option<RequestId>>>(), [None, None]);
    assert!(
        exits.iter().all(|one| one.2.is_some_and(|link| (link.group, link.role) == (first, LinkRole::Exit)))
    );
    assert_eq!(order(&bench, first).link.map(|link| (link.group, link.role)), Some((first, LinkRole::Entry)));
    let kinds = exits.iter().map(|one| order(&bench, one.0).request.kind).collect::<Vec<_>>();
    assert_eq!(kinds, [OrderKind::Stop { trigger: price("98") }, OrderKind::Limit { price: price("102") }]);
    assert!(exits.iter().all(|one| order(&bench, one.0).request.reduce_only));
    assert_eq!(bench.state().orders.exposure(StrategyId::MANUAL, LIN).orders, 1, "only the entry is at work");
}

#[test]
fn a_bracket_needs_no_target() {
    let mut bench = Bench::new();
    bench.pull(A, Pull::Bracket(buy("2", "99.5"), price("98"), None));
    assert_eq!(taken(&bench.print()).len(), 1);
}

#[test]
fn its_exits_sleep_until_the_entry_fills_and_grow_with_each_fill() {
    let (mut bench, [entry, stop, target]) = bid();
    assert!(sent(&moves(&mut bench, "97.5")).is_empty(), "nothing to close");
    moves(&mut bench, "100");
    bench.fill(entry, "0.5", "99.5");
    assert_eq!((size(&bench, stop), size(&bench, target)), (qty("0.5"), qty("0.5")));
    bench.fill(entry, "1", "99.5");
    assert_eq!((size(&bench, stop), size(&bench, target)), (qty("1.5"), qty("1.5")));
    bench.assert_replica_is_equal();
}

#[test]
fn the_stop_leaves_with_what_has_filled_and_calls_the_rest_of_the_entry_back() {
    let (mut bench, [entry, stop, target]) = bid();
    bench.fill(entry, "0.5", "99.5");
    let events = moves(&mut bench, "98");
    assert_eq!((ids(&events), canceling(&events)), (vec![(stop, qty("0.5"))], vec![entry]));
    bench.accept(stop);
    bench.confirm_cancel(entry);
    let events = bench.fill(stop, "0.5", "97.9");
    assert_eq!((canceled(&events), bench.net(A)), (vec![target], "0".to_owned()));
    assert!(bench.state().groups.is_empty() && !bench.state().orders.is_holding());
    bench.assert_replica_is_equal();
}

#[test]
fn what_the_entry_fills_after_the_stop_has_fired_goes_out_too() {
    let (mut bench, [entry, stop, _]) = bid();
    bench.fill(entry, "0.5", "99.5");
    moves(&mut bench, "98");
    bench.accept(stop);
    // The cancel of the rest is on its way, and it fills.
    bench.fill(entry, "1.5", "99.5");
    let events = bench.fill(stop, "0.5", "97.9");
    let next = held(&events);
    bench.wait(Span::from_secs(1));
    assert_eq!(ids(&bench.tick()), [(next, qty("1.5"))]);
    bench.accept(next);
    bench.fill(next, "1.5", "97.8");
    assert_eq!(bench.net(A), "0");
    assert!(bench.state().groups.is_empty());
}

#[test]
fn the_target_leaves_as_a_limit_order_and_the_stop_stays_until_it_fills() {
    let (mut bench, [_, stop, target]) = long();
    let events = moves(&mut bench, "102");
    let [(first, leaves)] = sent(&events)[..] else { panic!("one order") };
    assert_eq!((first, leaves.kind), (target, OrderKind::Limit { price: price("102") }));
    bench.accept(target);
    bench.fill(target, "1.2", "102");
    assert_eq!((bench.status(stop), size(&bench, stop)), (OrderStatus::Held, qty("0.8")));
    let events = bench.fill(target, "0.8", "102");
    assert_eq!((canceled(&events), bench.net(A)), (vec![stop], "0".to_owned()));
}

#[test]
fn a_stop_that_fires_while_the_target_rests_waits_for_the_proof_of_its_cancel() {
    let (mut bench, [_, stop, target]) = long();
    moves(&mut bench, "102");
    bench.accept(target);
    bench.fill(target, "0.5", "102");
    let events = moves(&mut bench, "98");
    assert_eq!((ids(&events), canceling(&events)), (vec![], vec![target]));
    // It fills some more before the venue hears of it.
    bench.fill(target, "0.3", "102");
    let events = bench.confirm_cancel(target);
    assert_eq!(ids(&events), [(stop, qty("1.2"))]);
    bench.accept(stop);
    bench.fill(stop, "1.2", "97.9");
    assert_eq!(bench.net(A), "0");
    assert!(bench.state().groups.is_empty());
}

#[test]
fn a_cancel_that_is_not_answered_is_an_alarm_within_a_second_or_so() {
    let (mut bench, _) = long();
    let target = sent(&moves(&mut bench, "102"))[0].0;
    bench.accept(target);
    moves(&mut bench, "98");
    bench.wait(Span::from_secs(1));
    assert_eq!(unprotected(&bench.tick()).len(), 1);
}

#[test]
fn a_target_that_is_touched_while_the_stop_is_on_its_way_waits() {
    let (mut bench, [_, stop, target]) = long();
    moves(&mut bench, "98");
    bench.accept(stop);
    let events = moves(&mut bench, "102");
    assert_eq!((ids(&events), canceling(&events)), (vec![], vec![]));
    let events = bench.fill(stop, "2", "101");
    assert_eq!((canceled(&events), bench.net(A)), (vec![target], "0".to_owned()));
}

#[test]
fn a_stop_that_is_due_stays_while_the_entry_may_still_fill() {
    let (mut bench, [entry, stop, target]) = bid();
    bench.fill(entry, "1", "99.5");
    moves(&mut bench, "102");
    bench.accept(target);
    // The stop waits for the target's cancel; the target fills instead, then the rest of the entry.
    moves(&mut bench, "98");
    bench.fill(target, "1", "102");
    assert_eq!((bench.net(A).as_str(), bench.status(stop)), ("0", OrderStatus::Held));
    assert_eq!(ids(&bench.fill(entry, "1", "99.5")), [(stop, qty("1"))]);
}

#[test]
fn an_entry_that_ends_without_a_fill_takes_its_exits_along() {
    for rejected in [true, false] {
        let (mut bench, [entry, stop, target]) = bid();
        let events = if rejected {
            bench.reject(entry)
        } else {
            bench.operator(cancel(entry));
            bench.confirm_cancel(entry)
        };
        assert_eq!(canceled(&events).iter().filter(|id| **id != entry).collect::<Vec<_>>(), [&stop, &target]);
        assert!(bench.state().groups.is_empty());
    }
}

#[test]
fn an_entry_that_ends_partly_filled_keeps_its_exits_for_what_filled() {
    let (mut bench, [entry, stop, target]) = bid();
    bench.fill(entry, "0.7", "99.5");
    bench.operator(cancel(entry));
    let events = bench.confirm_cancel(entry);
    assert_eq!(canceled(&events), [entry]);
    assert_eq!((size(&bench, stop), bench.status(target)), (qty("0.7"), OrderStatus::Held));
    assert_eq!(ids(&moves(&mut bench, "98")), [(stop, qty("0.7"))]);
}

#[test]
fn a_stop_the_venue_refuses_while_the_entry_is_part_filled_is_told_at_once_and_tried_again() {
    let (mut bench, [entry, stop, _]) = bid();
    bench.fill(entry, "0.5", "99.5");
    moves(&mut bench, "98");
    let events = bench.reject(stop);
    assert_eq!(unprotected(&events), [flightdeck::model::Reason::new("REJECTED: no")]);
    let next = held(&events);
    let alert = |bench: &Bench| {
        let list = bench.state().alerts().list().iter();
        let mut list = list.filter(|one| one.key == flightdeck::state::AlertKey::Unprotected(A, LIN));
        list.next().map(|one| one.over_at.is_none())
    };
    assert_eq!(alert(&bench), Some(true));
    bench.wait(Span::from_secs(1));
    assert_eq!(ids(&bench.tick()), [(next, qty("0.5"))]);
    bench.accept(next);
    bench.fill(next, "0.5", "97.9");
    assert_eq!(alert(&bench), Some(false), "over with the exit's fill");
    assert_eq!(order(&bench, next).link.map(|link| link.group), Some(entry));
}

#[test]
fn a_denied_bracket_is_one_denial_and_nothing_is_held() {
    let mut bench = Bench::new();
    for (entry, stop, target) in [
        (buy("200", "99.5"), "98", "102"),
        (buy("2", "99.55"), "98", "102"),
        (buy("2", "99.5"), "98.05", "102"),
        (buy("2", "99.5"), "98", "102.01"),
    ] {
        bench.pull(A, Pull::Bracket(entry, price(stop), Some(price(target))));
        let events = bench.print();
        assert_eq!((denials(&events).len(), events.len()), (1, 2), "the print and the denial");
        assert!(!bench.state().orders.is_holding() && bench.state().groups.is_empty());
    }
}

#[test]
fn its_prices_must_make_sense() {
    let mut bench = Bench::new();
    let asks = |bench: &mut Bench, entry, stop: &str, target: &str| {
        bench.pull(A, Pull::Bracket(entry, price(stop), Some(price(target))));
        denial(answer(&bench.print()))
    };
    let told = asks(&mut bench, buy("1", "99.5"), "99.5", "102");
    assert_eq!((told.rule, told.detail), (RuleId::Filters, "stop not on the losing side"));
    assert_eq!((told.value, told.limit), (Measure::Price(price("99.5")), Measure::Price(price("99.5"))));
    assert_eq!(asks(&mut bench, buy("1", "99.5"), "98", "99.4").detail, "target not on the winning side");
    assert_eq!(asks(&mut bench, sell("1", "100.5"), "99", "98").detail, "stop not on the losing side");
    assert_eq!(asks(&mut bench, sell("1", "100.5"), "102", "101").detail, "target not on the winning side");
    // A market entry is measured at the middle of the quote.
    assert_eq!(
        asks(&mut bench, market(Side::Buy, "1"), "100.1", "102").detail,
        "stop not on the losing side"
    );
    let reduces = asks(&mut bench, buy("1", "99.5").reduce_only(), "98", "102");
    assert_eq!(reduces.detail, "a bracket's entry cannot be reduce-only");
}

#[test]
fn an_entry_the_engine_holds_wakes_its_exits_too() {
    let mut bench = Bench::with(|genesis| genesis.venue.holds_stops = false);
    bench.pull(A, Pull::Bracket(super::exits::stop(Side::Buy, "1", "103"), price("101"), Some(price("106"))));
    let events = bench.print();
    let [(entry, ..), (stop, ..), _] = taken(&events)[..] else { panic!("three held: {events:?}") };
    assert!(sent(&events).is_empty(), "the market is below the stop of the exit already, and it sleeps");
    assert_eq!(ids(&moves(&mut bench, "103")), [(entry, qty("1"))]);
    bench.accept(entry);
    bench.fill(entry, "1", "103");
    assert_eq!(ids(&moves(&mut bench, "101")), [(stop, qty("1"))]);
}

#[test]
fn closing_the_position_ends_the_bracket() {
    let (mut bench, [entry, stop, target]) = bid();
    bench.fill(entry, "1", "99.5");
    let events = bench.operator(Command::Close { strategy: A, instrument: LIN });
    assert_eq!((canceled(&events), canceling(&events)), (vec![stop, target], vec![entry]));
    let events = bench.confirm_cancel(entry);
    let close = sent(&events)[0].0;
    bench.accept(close);
    bench.fill(close, "1", "99");
    assert_eq!(bench.net(A), "0");
    assert!(bench.state().groups.is_empty());
}

#[test]
fn k2_calls_the_entry_back_and_keeps_the_exits_for_what_it_may_still_fill() {
    let (mut bench, [entry, stop, target]) = bid();
    let events = bench.kill(KillLevel::K2, Scope::All);
    assert_eq!((canceling(&events), canceled(&events)), (vec![entry], vec![]));
    // The race: it fills before the cancel is heard.
    bench.fill(entry, "0.4", "99.5");
    bench.confirm_cancel(entry);
    assert_eq!((bench.status(stop), size(&bench, target)), (OrderStatus::Held, qty("0.4")));
    assert_eq!(ids(&moves(&mut bench, "98")), [(stop, qty("0.4"))]);
}

#[test]
fn k2_ends_the_exits_of_an_entry_that_did_not_fill() {
    let (mut bench, [entry, stop, target]) = bid();
    bench.kill(KillLevel::K2, Scope::All);
    let events = bench.confirm_cancel(entry);
    assert_eq!(canceled(&events), [entry, stop, target]);
}

#[test]
fn k4_ends_the_exits_and_closes_the_position_once() {
    let (mut bench, [_, stop, target]) = long();
    let events = bench.kill(KillLevel::K4, Scope::All);
    assert_eq!(canceled(&events), [stop, target]);
    let [(flatten, size)] = ids(&events)[..] else { panic!("one flatten: {events:?}") };
    assert_eq!(size, qty("2"));
    assert!(sent(&moves(&mut bench, "97")).is_empty());
    bench.accept(flatten);
    bench.fill(flatten, "2", "97");
    assert!(bench.state().groups.is_empty());
}

#[test]
fn an_exit_a_human_took_off_stays_off() {
    let (mut bench, [_, stop, target]) = long();
    bench.operator(cancel(stop));
    bench.wait(Span::from_secs(3));
    bench.tick();
    assert_eq!((bench.status(stop), bench.status(target)), (OrderStatus::Canceled, OrderStatus::Held));
    assert!(sent(&moves(&mut bench, "97")).is_empty());
}

#[test]
fn a_fill_of_the_entry_after_its_end_was_proven_is_an_alarm() {
    let (mut bench, [entry, ..]) = bid();
    bench.operator(cancel(entry));
    bench.confirm_cancel(entry);
    let events = bench.fill(entry, "1", "99.5");
    assert_eq!(unprotected(&events).len(), 1);
}

#[test]
fn two_brackets_of_one_strategy_do_not_touch_each_other() {
    let mut bench = Bench::new();
    let one = bracket(&mut bench, buy("2", "99.5"), "98", "102");
    let two = bracket(&mut bench, buy("1", "99.4"), "97", "103");
    bench.fill(one[0], "2", "99.5");
    bench.fill(two[0], "1", "99.4");
    let events = moves(&mut bench, "98");
    assert_eq!(ids(&events), [(one[1], qty("2"))]);
    bench.accept(one[1]);
    let events = bench.fill(one[1], "2", "98");
    assert_eq!(canceled(&events), [one[2]]);
    assert_eq!((bench.net(A).as_str(), size(&bench, two[1])), ("1", qty("1")));
}

/// What can happen around a bracket.
#[derive(Debug, Clone)]
enum Deed {
    Move(i32),
    Fill { which: usize, part: i64 },
    Accept(usize),
    Confirm(usize),
    Reject(usize),
    RestCanceled(usize),
    CancelEntry,
    Wait(i64),
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (-30_i32..31).prop_map(Deed::Move),
        6 => (0_usize..8, 1_i64..4).prop_map(|(which, part)| Deed::Fill { which, part }),
        3 => (0_usize..8).prop_map(Deed::Accept),
        3 => (0_usize..8).prop_map(Deed::Confirm),
        1 => (0_usize..8).prop_map(Deed::Reject),
        1 => (0_usize..8).prop_map(Deed::RestCanceled),
        1 => Just(Deed::CancelEntry),
        3 => (1_i64..1_500).prop_map(Deed::Wait),
    ]
}

/// A bracket's life: what its entry has filled and what came out.
struct Life {
    bench: Bench,
    entry: OrderId,
    entered: Qty,
    exited: Qty,
    tenths: i32,
}

impl Life {
    fn new() -> Self {
        let (bench, [entry, ..]) = bid();
        Self { bench, entry, entered: Qty::ZERO, exited: Qty::ZERO, tenths: 1_000 }
    }

    /// An order that is at the broker.
    fn nth(&self, which: usize) -> Option<OrderId> {
        let open: Vec<_> = self.bench.state().orders.open().iter().filter(|one| one.is_at_broker()).collect();
        open.get(which.checked_rem(open.len())?).map(|order| order.id)
    }

    fn live(&mut self, deed: &Deed) {
        match *deed {
            Deed::Move(step) => {
                self.tenths = (self.tenths + step).clamp(950, 1_050);
                let at = format!("{}.{}", self.tenths / 10, self.tenths % 10);
                moves(&mut self.bench, &at);
            }
            Deed::Fill { which, part } => self.fill(which, part),
            Deed::Accept(which) => self.say(which, Bench::accept),
            Deed::Confirm(which) => {
                let asked =
                    self.nth(which).filter(|id| order(&self.bench, *id).cancel_requested_at.is_some());
                if let Some(id) = asked {
                    self.bench.confirm_cancel(id);
                }
            }
            Deed::Reject(which) => {
                if let Some(id) = self.nth(which).filter(|id| order(&self.bench, *id).filled.is_zero()) {
                    self.bench.reject(id);
                }
            }
            Deed::RestCanceled(which) => self.say(which, rest_canceled),
            Deed::CancelEntry => drop(self.bench.operator(cancel(self.entry))),
            Deed::Wait(millis) => {
                self.bench.wait(Span::from_millis(millis));
                self.bench.tick();
            }
        }
    }

    fn say(&mut self, which: usize, word: fn(&mut Bench, OrderId) -> Vec<Envelope>) {
        if let Some(id) = self.nth(which) {
            word(&mut self.bench, id);
        }
    }

    fn fill(&mut self, which: usize, part: i64) {
        let Some(id) = self.nth(which) else { return };
        let leaves = order(&self.bench, id).leaves().raw();
        let mut fill = self.bench.fill_of(id, "1", price("100"));
        fill.qty = Qty::from_raw((leaves / part / 100_000 * 100_000).max(100_000)).expect("a part");
        let side = if id == self.entry { &mut self.entered } else { &mut self.exited };
        *side = side.plus(fill.qty);
        self.bench.report(flightdeck::model::BrokerReport::Filled(fill));
    }

    fn check(&self) {
        let state = self.bench.state();
        let net = state.ledger.position(A, LIN).net;
        assert_eq!(net, self.entered.minus(self.exited).signed(Side::Buy), "{:?}", state.orders.open());
        assert!(net >= NetQty::ZERO, "flipped");
        let left = self.entered.minus(self.exited);
        let open = state.orders.open();
        let selling: Qty = open
            .iter()
            .filter(|one| one.is_at_broker() && one.id != self.entry)
            .fold(Qty::ZERO, |sum, one| sum.plus(one.leaves()));
        assert!(selling <= left, "exits at the broker could flip it");
        if left.is_zero() {
            return;
        }
        let stops = open.iter().filter(|one| one.is_held() && one.request.kind.trigger().is_some());
        let held = stops.fold(Qty::ZERO, |sum, one| sum.plus(one.leaves()));
        let is_stop_out = open.iter().any(|one| one.is_at_broker() && one.request.kind == OrderKind::Market);
        assert!(is_stop_out || held == left, "protected {held} of {left}: {open:?}");
        let targets = open.iter().filter(|one| one.is_held() && one.request.kind.trigger().is_none());
        assert!(targets.into_iter().all(|one| one.leaves() == left));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fills_a_bracket_never_flips_and_what_is_left_is_always_protected(
        deeds in prop::collection::vec(deeds(), 1..120),
    ) {
        let mut life = Life::new();
        for deed in &deeds {
            life.live(deed);
            life.check();
        }
        life.bench.assert_replica_is_equal();
    }
}

#[test]
fn its_stop_may_be_moved_while_it_sleeps_and_its_size_stays_the_entrys() {
    let (mut bench, [entry, stop, target]) = bid();
    let kind = OrderKind::Stop { trigger: price("98.5") };
    let change = flightdeck::model::OrderChange { qty: qty("2"), kind };
    let events = bench.operator(Command::Replace { order: stop, change });
    assert!(denials(&events).is_empty(), "{events:?}");
    bench.fill(entry, "1", "99.5");
    let change = flightdeck::model::OrderChange { qty: qty("0.4"), ..change };
    let kind = OrderKind::Stop { trigger: price("98.6") };
    bench.operator(Command::Replace {
        order: stop,
        change: flightdeck::model::OrderChange { kind, ..change },
    });
    assert_eq!((size(&bench, stop), size(&bench, target)), (qty("1"), qty("1")));
    assert_eq!(ids(&moves(&mut bench, "98.6")), [(stop, qty("1"))]);
}
