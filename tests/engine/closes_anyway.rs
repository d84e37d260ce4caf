//! Closing in bad conditions: wide markets, spent message budgets, remainders nothing can close.

use super::bench::{Bench, buy, canceling, market, submitted};
use super::world::{A, B, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    Command, ControlEvent, Envelope, Event, KillLevel, OrderKind, OrderStatus, Scope, Side, Span, TimeInForce,
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
