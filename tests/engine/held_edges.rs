//! Held orders at their edges: what ends them and why, what their successors wait for, and what they leave as.

use super::bench::{Bench, Pull, buy, canceling, market, sell, submitted};
use super::edges::fresh_tick_after;
use super::exits::{
    bracket, canceled, denials, held, moves, order, overfilled, rest_canceled, sent, stop, taken, trade,
    trailed, trailing, unprotected,
};
use super::world::{A, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    BrokerReport, Envelope, Event, FillReport, OrderEvent, OrderId, OrderKind, OrderStatus, Qty, Reason,
    RiskEvent, Side, Span, TimeInForce,
};
use flightdeck::state::Genesis;

/// A bracket around a bid of 2 at 99.5: stop 98, target 102.
fn bid(bench: &mut Bench) -> [OrderId; 3] {
    bracket(bench, buy("2", "99.5"), "98", "102")
}

fn fill(bench: &mut Bench, id: OrderId, size: &str, at: &str) -> FillReport {
    let fill = bench.fill_of(id, size, price(at));
    bench.report(BrokerReport::Filled(fill.clone()));
    fill
}

fn bust(bench: &mut Bench, fill: &FillReport) -> Vec<Envelope> {
    bench.report(BrokerReport::Busted { order: fill.order, fill_id: fill.fill_id.clone(), at: bench.now })
}

/// Why orders were canceled by the engine itself.
fn reasons(events: &[Envelope]) -> Vec<String> {
    let told = events.iter().filter_map(|one| {
        let Event::Order(OrderEvent::Canceled { reason, .. }) = &one.event else { return None };
        Some(reason.as_str().to_owned())
    });
    told.collect()
}

fn sizes(events: &[Envelope]) -> Vec<(OrderId, Qty)> {
    sent(events).iter().map(|(id, order)| (*id, order.qty)).collect()
}

fn stopless(genesis: &mut Genesis) {
    genesis.venue.holds_stops = false;
}

fn hold_order(bench: &mut Bench, spec: OrderSpec) -> OrderId {
    bench.pull(A, Pull::Submit(spec));
    held(&bench.print())
}

#[test]
fn the_exits_of_an_entry_that_ended_unfilled_say_so() {
    let mut bench = Bench::new();
    let [entry, ..] = bid(&mut bench);
    assert_eq!(reasons(&rest_canceled(&mut bench, entry))[1..], ["the entry ended without a fill"; 2]);
}

#[test]
fn an_entry_taken_back_when_its_exit_is_out_already_is_an_alarm() {
    let mut bench = Bench::new();
    let [entry, halt, _] = bid(&mut bench);
    let bought = fill(&mut bench, entry, "2", "99.5");
    moves(&mut bench, "98");
    bench.accept(halt);
    bench.fill(halt, "1.5", "98");
    let events = bust(&mut bench, &bought);
    assert_eq!(overfilled(&events), [("1.5".to_owned(), "0".to_owned())]);
    assert_eq!(overfilled(&bench.tick()), [], "told once");
    assert_eq!(bench.net(A), "-1.5");
}

#[test]
fn an_exit_that_fills_what_it_was_for_is_no_alarm() {
    let mut bench = Bench::new();
    let [entry, halt, _] = bid(&mut bench);
    bench.fill(entry, "2", "99.5");
    moves(&mut bench, "98");
    bench.accept(halt);
    assert_eq!(overfilled(&bench.fill(halt, "1", "98")), []);
    assert_eq!(overfilled(&bench.fill(halt, "1", "98")), []);
    // An exit by itself, too.
    let mut bench = Bench::with(stopless);
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = hold_order(&mut bench, stop(Side::Sell, "2", "98").reduce_only());
    moves(&mut bench, "98");
    bench.accept(id);
    assert_eq!(overfilled(&bench.fill(id, "2", "98")), []);
}

#[test]
fn of_two_that_filled_the_alarm_names_the_one_that_was_too_much() {
    let mut bench = Bench::with(stopless);
    bench.pull(A, Pull::Oco(stop(Side::Buy, "2", "102"), buy("2", "98")));
    let events = bench.print();
    let (below, above) = (sent(&events)[0].0, taken(&events)[0].0);
    bench.accept(below);
    moves(&mut bench, "102");
    bench.confirm_cancel(below);
    bench.accept(above);
    let events = bench.fill(below, "2", "98");
    assert_eq!((canceling(&events), overfilled(&events)), (vec![above], vec![]), "enough, and not too much");
    let events = bench.fill(above, "2", "102");
    let named = events.iter().find_map(|one| {
        let Event::Risk(RiskEvent::Overfilled { order, filled, .. }) = &one.event else { return None };
        Some((*order, *filled))
    });
    assert_eq!(named, Some((above, qty("4"))));
}

#[test]
fn a_target_the_venue_ended_waits_for_its_price_again_and_a_stop_that_was_hit_does_not() {
    let mut bench = Bench::new();
    let [entry, _, target] = bid(&mut bench);
    bench.fill(entry, "2", "99.5");
    moves(&mut bench, "102");
    bench.accept(target);
    moves(&mut bench, "100");
    let next = held(&rest_canceled(&mut bench, target));
    assert!(!order(&bench, next).triggered);
    assert_eq!(sent(&fresh_tick_after(&mut bench, Span::from_secs(3))), []);
    assert_eq!(sizes(&moves(&mut bench, "102")), [(next, qty("2"))]);
    let mut bench = Bench::new();
    let [entry, halt, _] = bid(&mut bench);
    bench.fill(entry, "2", "99.5");
    moves(&mut bench, "98");
    bench.accept(halt);
    let next = held(&rest_canceled(&mut bench, halt));
    assert!(order(&bench, next).triggered);
    moves(&mut bench, "99");
    fresh_tick_after(&mut bench, Span::from_secs(1));
    assert!(bench.status(next) != OrderStatus::Held, "back above its trigger it goes all the same");
}

#[test]
fn a_successor_is_sent_a_second_after_the_one_that_failed() {
    let mut bench = Bench::with(stopless);
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = hold_order(&mut bench, stop(Side::Sell, "2", "98").reduce_only());
    moves(&mut bench, "98");
    let next = held(&bench.reject(id));
    assert_eq!(sizes(&fresh_tick_after(&mut bench, Span::from_millis(999))), []);
    assert_eq!(sizes(&bench.tick()), [(next, qty("2"))]);
}

fn at_least_half(genesis: &mut Genesis) {
    stopless(genesis);
    genesis.instruments[0].min_qty = qty("0.5");
}

#[test]
fn an_exit_of_the_least_quantity_leaves_and_a_smaller_rest_is_told_and_ended() {
    let mut bench = Bench::with(at_least_half);
    let [entry, halt, _] = bid(&mut bench);
    bench.fill(entry, "0.5", "99.5");
    rest_canceled(&mut bench, entry);
    assert_eq!(sizes(&moves(&mut bench, "98")), [(halt, qty("0.5"))]);
    let mut bench = Bench::with(at_least_half);
    let [entry, halt, _] = bid(&mut bench);
    bench.fill(entry, "0.3", "99.5");
    rest_canceled(&mut bench, entry);
    let events = moves(&mut bench, "98");
    assert_eq!((sent(&events), canceled(&events).contains(&halt)), (vec![], true), "{events:?}");
    assert_eq!(unprotected(&events), [Reason::new("what is left is below the least quantity")]);
}

#[test]
fn an_exit_without_a_position_ends_and_is_no_alarm() {
    let mut bench = Bench::with(stopless);
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = hold_order(&mut bench, stop(Side::Sell, "2", "98").reduce_only());
    let out = bench.working(A, market(Side::Sell, "2").reduce_only());
    bench.fill(out, "2", "100");
    let mut events = moves(&mut bench, "98");
    events.extend(bench.tick());
    assert_eq!((sent(&events), unprotected(&events)), (vec![], vec![]));
    assert!(bench.status(id).is_terminal());
}

#[test]
fn an_exit_beside_another_leaves_with_what_that_leaves_over() {
    let beside = |spec: OrderSpec, at: &str| {
        let mut bench = Bench::with(stopless);
        bench.hold(A, (Side::Buy, "2"), "100");
        let pair = (spec, stop(Side::Sell, "2", "97").reduce_only());
        bench.pull(A, Pull::Oco(pair.0, pair.1));
        bench.print();
        bench.working(A, sell("0.5", "108").reduce_only());
        let events = moves(&mut bench, at);
        sizes(&events).into_iter().map(|one| one.1).collect::<Vec<_>>()
    };
    let limited = OrderKind::StopLimit { trigger: price("98"), price: price("97.5") };
    let limited = OrderSpec { kind: limited, ..sell("2", "98").reduce_only() };
    assert_eq!(beside(limited, "98"), [qty("1.5")]);
    assert_eq!(beside(sell("2", "103").reduce_only(), "103"), [qty("1.5")]);
}

#[test]
fn what_is_equal_to_an_order_held_a_moment_ago_is_another_one_when_the_moment_is_over() {
    let window = Span::from_secs(5);
    let ask = |after: Span| {
        let mut bench = Bench::with(|genesis| {
            stopless(genesis);
            genesis.limits.duplicate_window = window;
        });
        hold_order(&mut bench, stop(Side::Buy, "1", "103"));
        fresh_tick_after(&mut bench, Span::from_nanos(after.nanos() - Span::from_millis(1).nanos()));
        bench.pull(A, Pull::Submit(stop(Side::Buy, "1", "103")));
        let events = bench.print();
        (taken(&events).len(), denials(&events).len())
    };
    assert_eq!(ask(Span::from_millis(4_999)), (0, 1));
    assert_eq!(ask(window), (1, 0));
}

#[test]
fn the_exits_of_a_bracket_rest_under_their_own_names_however_the_entry_was_asked_for() {
    for entry in [market(Side::Buy, "2"), buy("2", "99.5").post_only()] {
        let mut bench = Bench::new();
        let [_, halt, target] = bracket(&mut bench, entry, "98", "102");
        for (id, label) in [(halt, "stop"), (target, "target")] {
            let exit = order(&bench, id).request;
            assert_eq!((exit.tif, exit.post_only, exit.label.as_str()), (TimeInForce::Gtc, false, label));
        }
    }
}

#[test]
fn a_target_at_the_entrys_own_price_wins_nothing() {
    for (entry, halt) in [(buy("2", "99"), "98"), (sell("2", "101"), "102")] {
        let mut bench = Bench::new();
        let at = entry.kind.limit_price().expect("a limit");
        bench.pull(A, Pull::Bracket(entry, price(halt), Some(at)));
        let denied = denials(&bench.print());
        assert_eq!(
            denied.iter().map(|one| one.detail).collect::<Vec<_>>(),
            ["target not on the winning side"]
        );
    }
}

#[test]
fn of_a_pair_only_the_one_that_rests_at_the_broker_may_be_post_only() {
    let ask = |one: OrderSpec, other: OrderSpec| {
        let mut bench = Bench::with(stopless);
        bench.pull(A, Pull::Oco(one, other));
        let events = bench.print();
        (submitted(&events).len(), denials(&events).first().map(|one| one.detail))
    };
    let above = stop(Side::Buy, "2", "102");
    assert_eq!(ask(buy("2", "98").post_only(), above), (1, None));
    let refused = Some("a held order cannot be post-only");
    assert_eq!(ask(buy("2", "98"), OrderSpec { post_only: true, ..above }), (0, refused));
    let below = stop(Side::Sell, "2", "98");
    assert_eq!(ask(OrderSpec { post_only: true, ..above }, below), (0, refused));
}

/// A short of 2 with a target below and a stop above, both held: the target.
fn short(bench: &mut Bench) -> OrderId {
    bench.hold(A, (Side::Sell, "2"), "100");
    let pair = (buy("2", "98").reduce_only(), stop(Side::Buy, "2", "103").reduce_only());
    bench.pull(A, Pull::Oco(pair.0, pair.1));
    taken(&bench.print())[0].0
}

#[test]
fn the_target_of_a_short_is_reached_by_a_print_or_by_an_offer_and_by_nothing_above() {
    let mut bench = Bench::new();
    let target = short(&mut bench);
    assert_eq!(sizes(&moves(&mut bench, "98.2")), []);
    let events = bench.quote(LIN, "97.8", "98");
    assert_eq!(sizes(&events), [(target, qty("2"))], "somebody offers at its price");
    let mut bench = Bench::new();
    let target = short(&mut bench);
    bench.quote(LIN, "98", "98.2");
    assert_eq!(sizes(&trade(&mut bench, "98")), [(target, qty("2"))], "somebody traded at its price");
}

#[test]
fn a_trailing_stop_that_moved_is_told_a_tenth_of_a_second_after_the_last_word() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = hold_order(&mut bench, trailing(Side::Sell, "2", ("99", "1")).reduce_only());
    bench.wait(Span::from_secs(1));
    assert_eq!(trailed(&moves(&mut bench, "101")), ["100"]);
    let told = order(&bench, id).updated_at;
    let print = |bench: &mut Bench, at: &str, after: Span| {
        bench.now = told.after(Span::from_nanos(after.nanos() - Span::from_millis(1).nanos()));
        trailed(&trade(bench, at))
    };
    assert_eq!(print(&mut bench, "101.1", Span::from_millis(99)), Vec::<String>::new());
    assert_eq!(print(&mut bench, "101.1", Span::from_millis(100)), ["100.1"]);
}

#[test]
fn a_print_of_a_minute_ago_is_no_price_of_now() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let id = hold_order(&mut bench, trailing(Side::Sell, "2", ("98.5", "1.5")).reduce_only());
    let printed = bench.now;
    trade(&mut bench, "100");
    bench.now = printed.after(Span::from_millis(59_998));
    let events = bench.quote(LIN, "97.9", "98.1");
    assert_eq!(sizes(&events), [], "the print of just under a minute ago stands");
    let events = bench.quote(LIN, "97.8", "98");
    assert_eq!(sizes(&events), [(id, qty("2"))], "after a minute the middle of the quote does");
}
