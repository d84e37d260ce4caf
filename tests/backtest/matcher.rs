//! The rules of the bar matcher, one by one, each with a bar made for it.

use super::desk::{ONE, bar, fills, first, order, play};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{Envelope, Event, MarketEvent, OrderEvent, OrderKind, Price, Qty, Side, TimeInForce};
use flightdeck::sim::bars::{BarRules, LimitFill};

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn market(side: Side) -> OrderSpec {
    OrderSpec::market(ONE, side, Qty::ONE, "test")
}

fn limit(side: Side, at: &str) -> OrderSpec {
    OrderSpec::limit(ONE, side, Qty::ONE, price(at), "test")
}

fn of_kind(side: Side, kind: OrderKind) -> OrderSpec {
    OrderSpec { kind, tif: TimeInForce::Gtc, ..market(side) }
}

fn stop(side: Side, trigger: &str) -> OrderSpec {
    of_kind(side, OrderKind::Stop { trigger: price(trigger) })
}

fn stop_limit(side: Side, trigger: &str, at: &str) -> OrderSpec {
    of_kind(side, OrderKind::StopLimit { trigger: price(trigger), price: price(at) })
}

/// Fills of one order sent at the close of the first of these bars.
fn told(rules: BarRules, spec: OrderSpec, rest: &[[&str; 4]]) -> Vec<(i64, String)> {
    fills(&log(rules, spec, rest))
}

fn log(rules: BarRules, spec: OrderSpec, rest: &[[&str; 4]]) -> Vec<Envelope> {
    let calm = bar(0, ["100", "100", "100", "100"]);
    let rest = rest.iter().enumerate().map(|(index, prices)| bar(i64::try_from(index).unwrap() + 1, *prices));
    let bars: Vec<_> = std::iter::once(calm).chain(rest).collect();
    play(rules, &bars, order(spec))
}

fn at(minute: i64, price: &str) -> Vec<(i64, String)> {
    vec![(minute, price.to_owned())]
}

const WORST: BarRules =
    BarRules { limit: LimitFill::Through, slippage_bps: 0, latency: flightdeck::model::Span::ZERO };
const TOUCH: BarRules = BarRules { limit: LimitFill::Touch, ..WORST };

#[test]
fn a_market_order_fills_at_the_next_open_and_never_at_the_close_that_made_it() {
    assert_eq!(told(WORST, market(Side::Buy), &[["103", "110", "90", "95"]]), at(1, "103"));
    assert_eq!(told(WORST, market(Side::Buy), &[]), vec![], "a crossing on the last bar is not filled");
}

#[test]
fn slippage_makes_market_and_stop_orders_worse() {
    let slow = BarRules { slippage_bps: 100, ..WORST };
    assert_eq!(told(slow, market(Side::Buy), &[["100", "110", "90", "95"]]), at(1, "101"));
    assert_eq!(told(slow, market(Side::Sell), &[["100", "110", "90", "95"]]), at(1, "99"));
    assert_eq!(told(slow, stop(Side::Sell, "90"), &[["100", "100", "80", "95"]]), at(2, "89.1"));
    assert_eq!(
        told(slow, limit(Side::Buy, "90"), &[["100", "100", "80", "95"]]),
        at(2, "90"),
        "a limit is a limit"
    );
}

#[test]
fn a_limit_fills_at_a_better_open_else_where_the_bar_trades_through_it() {
    assert_eq!(told(WORST, limit(Side::Buy, "99"), &[["98", "100", "97", "99"]]), at(1, "98"));
    assert_eq!(told(WORST, limit(Side::Buy, "99"), &[["100", "101", "98.5", "99"]]), at(2, "99"));
    assert_eq!(told(WORST, limit(Side::Sell, "101"), &[["100", "101.5", "99", "100"]]), at(2, "101"));
}

#[test]
fn a_limit_that_is_only_touched_fills_where_touching_is_enough() {
    let bars = [["100", "101", "99", "100"]];
    assert_eq!(told(WORST, limit(Side::Buy, "99"), &bars), vec![]);
    assert_eq!(told(TOUCH, limit(Side::Buy, "99"), &bars), at(2, "99"));
    assert_eq!(told(WORST, limit(Side::Sell, "101"), &bars), vec![]);
    assert_eq!(told(TOUCH, limit(Side::Sell, "101"), &bars), at(2, "101"));
}

#[test]
fn a_stop_fills_at_its_trigger_and_at_the_open_where_the_market_gapped_over_it() {
    assert_eq!(told(WORST, stop(Side::Sell, "95"), &[["100", "100", "95", "99"]]), at(2, "95"));
    assert_eq!(told(WORST, stop(Side::Sell, "95"), &[["90", "99", "89", "99"]]), at(1, "90"));
    assert_eq!(
        told(WORST, stop(Side::Buy, "105"), &[["100", "104", "95", "99"], ["107", "108", "106", "107"]]),
        at(2, "107")
    );
}

#[test]
fn a_stop_limit_woken_within_a_bar_with_its_limit_behind_waits_for_the_next_bar() {
    // Woken at 105; whether the way back to 104 came before or after is not known.
    let bars = [["100", "106", "99", "103"], ["104.5", "105", "103", "104"]];
    assert_eq!(told(WORST, stop_limit(Side::Buy, "105", "104"), &bars), at(3, "104"));
    assert_eq!(told(WORST, stop_limit(Side::Buy, "105", "106"), &bars), at(2, "105"));
    let log = log(WORST, stop_limit(Side::Buy, "105", "104"), &bars[..1]);
    assert!(log.iter().any(|one| matches!(one.event, Event::Order(OrderEvent::Triggered { .. }))));
}

#[test]
fn of_two_orders_that_a_bar_reaches_the_stop_is_told_first_and_the_target_can_go() {
    // A long position with both exits at the venue; at the stop's fill the strategy takes the target away.
    let script: super::desk::Script = Box::new(|bars, event, desk| match &event.event {
        Event::Market(MarketEvent::Bar(_)) if bars == 0 => desk.submit(market(Side::Buy)),
        Event::Market(MarketEvent::Bar(_)) if bars == 1 => {
            desk.submit(limit(Side::Sell, "105"));
            desk.submit(stop(Side::Sell, "95"));
        }
        Event::Order(OrderEvent::Filled { fill, .. }) if fill.price == price("95") => {
            let open: Vec<_> = desk.open_orders(ONE).map(|order| order.id).collect();
            for id in open {
                desk.cancel(id);
            }
        }
        _ => {}
    });
    let bars = [bar(0, ["100"; 4]), bar(1, ["100"; 4]), bar(2, ["100", "110", "90", "100"])];
    let log = play(WORST, &bars, script);
    assert_eq!(fills(&log), vec![(1, "100".to_owned()), (3, "95".to_owned())]);
}

#[test]
fn exits_that_the_engine_holds_wake_at_a_close_and_trade_at_the_next_open() {
    let bracket = || first(|desk| desk.bracket(market(Side::Buy), price("95"), Some(price("105"))));
    let bars = [bar(0, ["100"; 4]), bar(1, ["100", "100", "90", "94"]), bar(2, ["93", "93", "93", "93"])];
    assert_eq!(fills(&play(WORST, &bars, bracket())), vec![(1, "100".to_owned()), (2, "93".to_owned())]);
}

#[test]
fn immediate_orders_do_not_rest_and_day_orders_end_with_the_day() {
    let ioc = OrderSpec { tif: TimeInForce::Ioc, ..limit(Side::Buy, "99") };
    let log_of = |spec, bars: &[[&str; 4]]| log(WORST, spec, bars);
    let ended = log_of(ioc, &[["100", "101", "90", "95"]]);
    assert!(fills(&ended).is_empty());
    assert!(ended.iter().any(|one| matches!(one.event, Event::Order(OrderEvent::Canceled { .. }))));
    let day = OrderSpec { tif: TimeInForce::Day, ..limit(Side::Buy, "99") };
    let bars = [bar(0, ["100"; 4]), bar(1, ["100"; 4]), bar(1_440, ["100", "100", "90", "95"])];
    let log = play(WORST, &bars, order(day));
    assert!(fills(&log).is_empty());
    assert!(log.iter().any(|one| matches!(one.event, Event::Order(OrderEvent::Expired { .. }))));
    let gtc = play(WORST, &bars, order(limit(Side::Buy, "99")));
    assert_eq!(fills(&gtc), vec![(1_441, "99".to_owned())]);
}

#[test]
fn post_only_never_takes_and_reduce_only_never_opens() {
    let log = log(WORST, limit(Side::Buy, "99").post_only(), &[["98", "100", "97", "99"]]);
    assert!(fills(&log).is_empty());
    let closes = first(|desk| {
        desk.submit(market(Side::Buy));
        desk.submit(OrderSpec {
            kind: OrderKind::Stop { trigger: price("95") },
            tif: TimeInForce::Gtc,
            ..market(Side::Sell)
        });
    });
    let bars = [bar(0, ["100"; 4]), bar(1, ["101", "102", "100", "101"]), bar(2, ["100", "100", "94", "96"])];
    assert_eq!(fills(&play(WORST, &bars, closes)), vec![(1, "101".to_owned()), (3, "95".to_owned())]);
}

#[test]
fn a_cancel_reaches_an_order_before_the_next_bar_does() {
    let script: super::desk::Script = Box::new(|bars, event, desk| {
        if !matches!(event.event, Event::Market(MarketEvent::Bar(_))) {
            return;
        }
        if bars == 0 {
            desk.submit(limit(Side::Buy, "95"));
        } else {
            let open: Vec<_> = desk.open_orders(ONE).map(|order| order.id).collect();
            for id in open {
                desk.cancel(id);
            }
        }
    });
    let bars = [bar(0, ["100"; 4]), bar(1, ["100"; 4]), bar(2, ["90", "91", "89", "90"])];
    let log = play(WORST, &bars, script);
    assert!(fills(&log).is_empty());
    assert!(log.iter().any(|one| matches!(one.event, Event::Order(OrderEvent::Canceled { .. }))));
}

#[test]
fn a_hundred_stops_that_stood_before_a_bar_all_trade_in_it() {
    let script: super::desk::Script = Box::new(|bars, event, desk| {
        if bars < 25 && matches!(event.event, Event::Market(MarketEvent::Bar(_))) {
            (0..4).for_each(|_| desk.submit(stop(Side::Sell, "95")));
        }
    });
    let mut bars: Vec<_> = (0..25).map(|minute| bar(minute, ["100"; 4])).collect();
    bars.extend([bar(25, ["100", "100", "90", "99"]), bar(26, ["99"; 4])]);
    assert_eq!(fills(&play(WORST, &bars, script)), vec![(26, "95".to_owned()); 100]);
}

#[test]
fn what_fills_answer_to_each_other_within_a_bar_has_an_end() {
    let script: super::desk::Script = Box::new(|bars, event, desk| match &event.event {
        Event::Market(MarketEvent::Bar(_)) if bars == 0 => {
            (0..3).for_each(|_| desk.submit(stop(Side::Sell, "95")));
        }
        Event::Order(OrderEvent::Filled { .. }) => desk.submit(stop(Side::Sell, "95")),
        _ => {}
    });
    let log = play(WORST, &[bar(0, ["100"; 4]), bar(1, ["100", "100", "90", "99"])], script);
    assert_eq!(fills(&log).len(), 3 + 64, "those that stood before it are not of that count");
}
