//! Closing in bad conditions: wide markets, spent message budgets, remainders nothing can close.

use super::bench::{Bench, buy, canceling, market, sell, submitted};
use super::gate_rules::held_to;
use super::world::{A, B, LIN, money, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    Command, ControlEvent, Envelope, Event, KillLevel, LimitKey, Measure, Money, OrderEvent, OrderKind,
    OrderStatus, RuleId, Scope, Side, Span, StrategyId, StrategyRules, TimeInForce,
};

fn count(events: &[Envelope], is: fn(&ControlEvent) -> bool) -> usize {
    events.iter().filter(|one| matches!(&one.event, Event::Control(control) if is(control))).count()
}

fn held(events: &[Envelope]) -> usize {
    count(events, |one| matches!(one, ControlEvent::FlattenHeld { .. }))
}

fn denials(events: &[Envelope]) -> usize {
    events.iter().filter(|one| matches!(one.event, Event::Denied { .. })).count()
}

fn close(bench: &mut Bench) -> Vec<Envelope> {
    bench.operator(Command::Close { strategy: A, instrument: LIN })
}

#[test]
fn a_position_is_closed_also_in_a_market_wider_than_the_collar() {
    for killed in [true, false] {
        let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].collar_bps = 100);
        bench.hold(A, (Side::Buy, "5"), "100");
        bench.quote(LIN, "98", "102");
        let events = if killed { bench.kill(KillLevel::K4, Scope::All) } else { close(&mut bench) };
        assert_eq!((submitted(&events).len(), denials(&events)), (1, 0));
    }
}

#[test]
fn a_close_the_gate_denies_is_held_with_its_words_told_once_and_tried_again() {
    for killed in [true, false] {
        let mut bench = Bench::with(|genesis| {
            genesis.limits.messages_per_s = 2;
            genesis.limits.cancel_reserve = 0;
        });
        bench.hold(A, (Side::Buy, "5"), "100");
        bench.hold(A, (Side::Buy, "1"), "100");
        let mut events = if killed { bench.kill(KillLevel::K4, Scope::All) } else { close(&mut bench) };
        for _ in 0..10 {
            events.extend(bench.tick());
        }
        assert_eq!((held(&events), denials(&events), submitted(&events).len()), (1, 0, 0));
        let why = events.iter().find_map(|one| {
            let Event::Control(ControlEvent::FlattenHeld { why, .. }) = &one.event else { return None };
            Some(why.as_str().to_owned())
        });
        assert_eq!(why.as_deref(), Some("rate 3 limit 2"));
        bench.wait(Span::from_secs(2));
        bench.freshen();
        assert_eq!(submitted(&bench.tick()).len(), 1);
    }
}

#[test]
fn a_close_that_leaves_less_than_an_order_may_be_ends_and_lets_the_strategy_go_on() {
    let mut bench = Bench::with(|genesis| genesis.instruments[0].min_qty = qty("0.01"));
    bench.hold(A, (Side::Buy, "5"), "100");
    let id = submitted(&close(&mut bench))[0];
    bench.fill(id, "4.995", "100");
    let events = bench.confirm_cancel(id);
    assert_eq!(count(&events, |one| matches!(one, ControlEvent::CloseEnded { .. })), 1);
    assert!(bench.state().closing.is_empty());
    let order = bench.order(A, buy("1", "99"));
    let events = [bench.accept(order), bench.tick()].concat();
    assert!(canceling(&events).is_empty());
}

fn stop(size: &str) -> OrderSpec {
    OrderSpec {
        kind: OrderKind::Stop { trigger: price("95") },
        tif: TimeInForce::Gtc,
        ..market(Side::Sell, size)
    }
}

#[test]
fn an_exit_that_has_nothing_left_to_reduce_is_canceled_and_does_not_open_a_position_under_a_kill() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.hold(B, (Side::Buy, "5"), "100");
    let older = bench.working(A, stop("2").reduce_only());
    let newer = bench.working(A, stop("3").reduce_only());
    let sold = bench.working(A, market(Side::Sell, "2"));
    assert_eq!(canceling(&bench.fill(sold, "2", "100")), [newer], "3 are left: the older exit still fits");
    bench.confirm_cancel(newer);
    let sold = bench.working(A, market(Side::Sell, "3"));
    assert_eq!(canceling(&bench.fill(sold, "3", "100")), [older]);
    bench.kill(KillLevel::K2, Scope::All);
    assert_eq!(bench.status(older), OrderStatus::PendingCancel);
}

#[test]
fn a_stop_whose_position_is_gone_protects_nothing_under_a_kill() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    let plain = bench.working(A, stop("5"));
    bench.hold(A, (Side::Sell, "5"), "100");
    assert_eq!(canceling(&bench.kill(KillLevel::K2, Scope::All)), [plain]);
}

/// Every limit on orders and messages made as tight as it goes: what a human does who wants it all to stop.
fn nothing_goes(bench: &mut Bench) {
    for (key, to) in [
        (LimitKey::OrderQty { instrument: LIN }, Measure::Qty(qty("0"))),
        (LimitKey::OrderValue { instrument: LIN }, Measure::Money(Money::ZERO)),
        (LimitKey::MessagesPerS, Measure::Count(0)),
        (LimitKey::MaxOpenOrders, Measure::Count(0)),
        (LimitKey::MaxOpenValue, Measure::Money(Money::ZERO)),
        (LimitKey::PositionQty { instrument: LIN }, Measure::Qty(qty("0"))),
    ] {
        bench.operator(Command::SetLimit { key, to });
    }
    bench.wait(Span::from_secs(2));
    bench.freshen();
}

#[test]
fn limits_of_zero_keep_neither_a_kill_nor_a_close_from_closing() {
    for killed in [true, false] {
        let mut bench = Bench::new();
        bench.hold(A, (Side::Buy, "2"), "100");
        nothing_goes(&mut bench);
        let events = if killed { bench.kill(KillLevel::K4, Scope::All) } else { close(&mut bench) };
        let [closing] = submitted(&events)[..] else { panic!("one order closes: {events:?}") };
        assert_eq!(bench.state().orders.get(closing).expect("known").request.qty, qty("2"));
        bench.fill(closing, "2", "100");
        assert_eq!(bench.net(A), "0");
        let denied = super::bench::denial(bench.by_hand(StrategyId::MANUAL, market(Side::Buy, "1")));
        assert_eq!(denied.rule, if killed { RuleId::Kill } else { RuleId::OrderQty });
    }
}

#[test]
fn a_limit_below_the_least_quantity_does_not_slice_a_close_and_one_above_does() {
    let mut bench = Bench::with(|genesis| genesis.instruments[0].min_qty = qty("0.01"));
    bench.hold(A, (Side::Buy, "2"), "100");
    for (limit, slice) in [("0.5", "0.5"), ("0.009", "1.5")] {
        let to = Measure::Qty(qty(limit));
        bench.operator(Command::SetLimit { key: LimitKey::OrderQty { instrument: LIN }, to });
        let events = if limit == "0.5" { close(&mut bench) } else { bench.tick() };
        let [closing] = submitted(&events)[..] else { panic!("one order closes: {events:?}") };
        assert_eq!(bench.state().orders.get(closing).expect("known").request.qty, qty(slice));
        if limit == "0.5" {
            // The next slice leaves with this fill; it is called back to see the one after it.
            let next = submitted(&bench.fill(closing, slice, "100"));
            bench.reject(next[0]);
            bench.wait(Span::from_secs(3));
            bench.freshen();
        }
    }
}

#[test]
fn a_held_stop_leaves_in_slices_under_a_limit_made_tighter() {
    let mut bench = Bench::with(|genesis| genesis.venue.holds_stops = false);
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.pull(A, super::bench::Pull::Submit(stop("2").reduce_only()));
    bench.print();
    let to = Measure::Qty(qty("1.5"));
    bench.operator(Command::SetLimit { key: LimitKey::OrderQty { instrument: LIN }, to });
    let sizes = |events: &[Envelope]| -> Vec<_> {
        super::exits::sent(events).iter().map(|(id, order)| (*id, order.qty)).collect()
    };
    let first = sizes(&super::exits::moves(&mut bench, "95"));
    let [(id, size)] = first[..] else { panic!("one slice: {first:?}") };
    assert_eq!(size, qty("1.5"));
    bench.fill(id, "1.5", "95");
    bench.wait(Span::from_secs(1));
    let rest = sizes(&bench.tick());
    let [(id, size)] = rest[..] else { panic!("the rest: {rest:?}") };
    assert_eq!(size, qty("0.5"));
    bench.fill(id, "0.5", "95");
    assert_eq!(bench.net(A), "0");
}

#[test]
fn a_rule_that_cannot_close_what_is_too_small_does_not_flood_the_log() {
    let mut bench = Bench::with(|genesis| {
        genesis.instruments[0].min_qty = qty("0.01");
        held_to(genesis, &StrategyRules { stop_loss: Some(money("1")), ..StrategyRules::NONE });
    });
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.quote(LIN, "97.9", "98.1");
    let closing = submitted(&bench.tick());
    bench.fill(closing[0], "1.995", "98");
    bench.confirm_cancel(closing[0]);
    let mut events = Vec::new();
    for _ in 0..10 {
        events.extend(bench.tick());
    }
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(bench.net(A), "0.005");
}

#[test]
fn what_protects_a_position_stays_until_its_close_would_pass_the_gate() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.messages_per_s = 2;
        genesis.limits.cancel_reserve = 0;
    });
    bench.hold(A, (Side::Buy, "2"), "100");
    let guard = bench.working(A, stop("2").reduce_only());
    let events = [close(&mut bench), bench.tick()].concat();
    assert!(canceling(&events).is_empty(), "the rate is used up: {events:?}");
    assert_eq!(held(&events), 1, "and that is told once");
    bench.wait(Span::from_secs(2));
    bench.freshen();
    assert_eq!(canceling(&bench.tick()), [guard]);
    assert_eq!(submitted(&bench.confirm_cancel(guard)).len(), 1);
}

#[test]
fn an_order_in_doubt_is_asked_about_at_a_rate_of_zero_too() {
    let mut bench = Bench::new();
    let order = bench.order(A, sell("1", "101"));
    nothing_goes(&mut bench);
    bench.wait(Span::from_secs(3));
    let mut events = Vec::new();
    for _ in 0..3 {
        events.extend(bench.tick());
    }
    assert_eq!(bench.status(order), OrderStatus::Unknown);
    let asked = |one: &Envelope| matches!(one.event, Event::Order(OrderEvent::Queried { .. }));
    assert!(events.iter().any(asked), "{events:?}");
}
