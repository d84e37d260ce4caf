//! Rules on a strategy's P&L: a breach ends that strategy and nobody else, flat and without a flip, until armed again.

use super::bench::{Bench, Pull, buy, canceling, market, sell, submitted};
use super::gate_rules::held_to;
use super::world::{A, B, LIN, money};
use flightdeck::model::{
    Actor, Command, ControlEvent, EntryHours, Envelope, Event, Fault, KillLevel, Lock, Measure, RiskEvent,
    Side, Span, StrategyRule, StrategyRules, Trail,
};
use proptest::prelude::*;

const NONE: StrategyRules = StrategyRules::NONE;

/// A holds ten bought at 100 under a rule; B holds ten too and keeps an order at work.
fn bench(rules: &StrategyRules) -> Bench {
    let mut bench = Bench::with(|genesis| held_to(genesis, rules));
    bench.hold(A, (Side::Buy, "10"), "100");
    bench.hold(B, (Side::Buy, "10"), "100");
    bench.working(B, buy("1", "98"));
    bench
}

/// Moves the middle of the market and lets a tick pass.
fn mid(bench: &mut Bench, at: &str) -> Vec<Envelope> {
    let middle: f64 = at.parse().expect("a middle");
    let mut events = bench.quote(LIN, &format!("{:.1}", middle - 0.1), &format!("{:.1}", middle + 0.1));
    events.extend(bench.tick());
    events
}

fn exits(events: &[Envelope]) -> Vec<(StrategyRule, Measure, Measure)> {
    let of = |one: &Envelope| {
        let Event::Risk(RiskEvent::Exit { strategy, rule, value, limit, .. }) = &one.event else {
            return None;
        };
        assert_eq!(*strategy, A);
        Some((*rule, *value, *limit))
    };
    events.iter().filter_map(of).collect()
}

fn cash(text: &str) -> Measure {
    Measure::Money(money(text))
}

/// Lets what was asked for be done, and checks that A ends flat without ever turning, and B is left alone.
fn ends_flat(bench: &mut Bench, events: &[Envelope]) {
    assert!(!bench.is_armed(A) && bench.is_armed(B));
    let closing = submitted(events);
    assert_eq!(closing.len(), 1, "one order closes: {events:?}");
    let order = bench.state().orders.get(closing[0]).expect("known").request;
    assert!(order.strategy == A && order.reduce_only && order.side == Side::Sell);
    // In two parts, with a tick between: nothing is sent twice.
    bench.accept(closing[0]);
    bench.fill(closing[0], "4", "99");
    assert!(submitted(&bench.tick()).is_empty());
    bench.fill(closing[0], "6", "99");
    assert_eq!((bench.net(A).as_str(), bench.net(B).as_str()), ("0", "10"));
    for _ in 0..3 {
        bench.wait(Span::from_secs(1));
        bench.freshen();
        let events = bench.tick();
        assert!(submitted(&events).is_empty() && exits(&events).is_empty(), "{events:?}");
    }
    assert_eq!(bench.state().orders.open().len(), 1, "the order of the other still works");
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
    bench.assert_replica_is_equal();
}

#[test]
fn a_stop_loss_ends_its_strategy_once_and_closes_only_its_own() {
    let mut bench = bench(&StrategyRules { stop_loss: Some(money("20")), ..NONE });
    let entry = bench.working(A, buy("1", "97"));
    assert!(exits(&mid(&mut bench, "98.1")).is_empty(), "19 lost");
    let events = mid(&mut bench, "98");
    assert_eq!(exits(&events), [(StrategyRule::StopLoss, cash("-20"), cash("-20"))]);
    assert_eq!(canceling(&events), [entry]);
    // The close waits until the entry is gone, so that nothing can turn the position.
    assert!(submitted(&events).is_empty());
    let events = bench.confirm_cancel(entry);
    ends_flat(&mut bench, &events);
    let row = bench.state().discipline(A).into_iter().find(|row| row.rule == StrategyRule::StopLoss).unwrap();
    assert_eq!(row.stage, "exited");
    assert!(row.last_trip.is_some());
}

#[test]
fn a_target_is_a_return_on_the_strategys_capital() {
    let rules = StrategyRules { capital: Some(money("1000")), target_bps: Some(200), ..NONE };
    let mut bench = bench(&rules);
    assert!(exits(&mid(&mut bench, "101.9")).is_empty());
    let events = mid(&mut bench, "102");
    assert_eq!(exits(&events), [(StrategyRule::Target, cash("20"), cash("20"))]);
    ends_flat(&mut bench, &events);
}

#[test]
fn a_trailing_stop_begins_at_its_profit_and_follows_the_peak() {
    let trail = Trail { from: money("10"), by: money("8") };
    let mut bench = bench(&StrategyRules { trail: Some(trail), ..NONE });
    mid(&mut bench, "100.9");
    assert!(exits(&mid(&mut bench, "99")).is_empty(), "below its profit it does not watch");
    mid(&mut bench, "101");
    mid(&mut bench, "103");
    assert!(exits(&mid(&mut bench, "102.3")).is_empty());
    let events = mid(&mut bench, "102.2");
    assert_eq!(exits(&events), [(StrategyRule::TrailingStop, cash("22"), cash("22"))]);
    ends_flat(&mut bench, &events);
}

#[test]
fn breakeven_once_armed_does_not_let_a_profit_become_a_loss() {
    let mut bench = bench(&StrategyRules { breakeven: Some(money("10")), ..NONE });
    assert!(exits(&mid(&mut bench, "99")).is_empty(), "not armed");
    mid(&mut bench, "101");
    assert!(exits(&mid(&mut bench, "100.1")).is_empty());
    let events = mid(&mut bench, "100");
    assert_eq!(exits(&events), [(StrategyRule::Breakeven, cash("0"), cash("0"))]);
    ends_flat(&mut bench, &events);
}

#[test]
fn a_locked_profit_is_kept_and_its_floor_is_lifted_by_steps() {
    let lock = Lock { at: money("10"), floor: money("5"), step: Some(money("4")) };
    let mut bench = bench(&StrategyRules { lock: Some(lock), ..NONE });
    mid(&mut bench, "101");
    assert_eq!(bench.state().conduct(A).unwrap().lock_floor, Some(money("5")));
    mid(&mut bench, "101.9");
    assert_eq!(bench.state().conduct(A).unwrap().lock_floor, Some(money("13")));
    assert!(exits(&mid(&mut bench, "101.4")).is_empty());
    let events = mid(&mut bench, "101.3");
    assert_eq!(exits(&events), [(StrategyRule::LockProfit, cash("13"), cash("13"))]);
    ends_flat(&mut bench, &events);
}

#[test]
fn only_a_human_arms_it_again_and_everything_counts_from_there() {
    let mut bench = bench(&StrategyRules { stop_loss: Some(money("20")), ..NONE });
    let events = mid(&mut bench, "98");
    let refused = bench.operator(Command::Arm { strategy: A });
    assert!(refused.iter().any(|one| matches!(one.event, Event::Control(ControlEvent::Refused { .. }))));
    ends_flat(&mut bench, &events);
    bench.command(Actor::Watchdog, Command::Arm { strategy: A });
    assert!(!bench.is_armed(A));
    bench.operator(Command::Arm { strategy: A });
    assert!(bench.is_armed(A));
    bench.tick();
    assert!(bench.is_armed(A), "the old loss is not counted again");
    bench.quote(LIN, "99.9", "100.1");
    bench.hold(A, (Side::Buy, "10"), "100");
    assert!(exits(&mid(&mut bench, "98.1")).is_empty());
    assert_eq!(exits(&mid(&mut bench, "98")).len(), 1);
}

#[test]
fn a_fill_that_comes_after_the_exit_is_closed_too() {
    let mut bench = bench(&StrategyRules { stop_loss: Some(money("20")), ..NONE });
    let entry = bench.working(A, buy("3", "97"));
    mid(&mut bench, "98");
    let closing = submitted(&bench.confirm_cancel(entry));
    bench.accept(closing[0]);
    bench.fill(closing[0], "10", "98");
    assert_eq!(bench.net(A), "0");
    // The venue had filled the entry before it was canceled.
    let mut events = bench.fill(entry, "3", "97");
    bench.freshen();
    events.extend(bench.tick());
    let again = submitted(&events);
    assert_eq!(again.len(), 1);
    bench.accept(again[0]);
    bench.fill(again[0], "3", "97");
    assert_eq!(bench.net(A), "0");
}

#[test]
fn a_close_that_the_venue_refuses_is_tried_again_until_flat() {
    let mut bench = bench(&StrategyRules { stop_loss: Some(money("20")), ..NONE });
    let first = submitted(&mid(&mut bench, "98"));
    bench.reject(first[0]);
    assert!(submitted(&bench.tick()).is_empty(), "not at once");
    bench.wait(Span::from_secs(2));
    bench.quote(LIN, "97.9", "98.1");
    let second = submitted(&bench.tick());
    assert_eq!(second.len(), 1);
    bench.accept(second[0]);
    bench.fill(second[0], "10", "98");
    assert_eq!(bench.net(A), "0");
}

#[test]
fn a_stale_or_mistrusted_price_makes_the_rule_wait_for_the_next_good_one() {
    let mut bench = bench(&StrategyRules { stop_loss: Some(money("20")), ..NONE });
    bench.quote(LIN, "97.9", "98.1");
    bench.wait(Span::from_secs(3));
    assert!(exits(&bench.tick()).is_empty());
    assert_eq!(exits(&mid(&mut bench, "98")).len(), 1);
    let mut bench = self::bench(&StrategyRules { stop_loss: Some(money("20")), ..NONE });
    bench.quote(LIN, "97.9", "98.1");
    bench.fault(Fault::SequenceGap);
    assert!(exits(&bench.tick()).is_empty());
}

#[test]
fn a_realised_loss_ends_a_strategy_that_is_flat_at_the_fill_itself() {
    let mut bench =
        Bench::with(|genesis| held_to(genesis, &StrategyRules { stop_loss: Some(money("20")), ..NONE }));
    bench.hold(A, (Side::Buy, "10"), "100");
    let exit = bench.working(A, market(Side::Sell, "10").reduce_only());
    let events = bench.fill(exit, "10", "97");
    assert_eq!(exits(&events).len(), 1);
    bench.pull(A, Pull::Submit(buy("1", "99")));
    assert!(submitted(&bench.print()).is_empty());
}

#[test]
fn protection_of_the_position_goes_with_it_and_other_hands_are_left_alone() {
    let mut bench = bench(&StrategyRules { stop_loss: Some(money("20")), ..NONE });
    let own = bench.working(A, sell("10", "105").reduce_only());
    let other = bench.working(B, sell("10", "105").reduce_only());
    let events = mid(&mut bench, "98");
    assert_eq!(canceling(&events), [own]);
    let closing = submitted(&bench.confirm_cancel(own));
    assert_eq!(closing.len(), 1);
    assert!(bench.state().orders.open().iter().any(|order| order.id == other));
}

#[test]
fn at_the_end_of_its_hours_a_strategy_is_flat_and_armed_for_the_next_day() {
    let session = EntryHours { from: Span::ZERO, to: Span::from_secs(3_600), flatten: true };
    let mut bench = bench(&StrategyRules { session: Some(session), ..NONE });
    bench.wait(Span::from_secs(3_600));
    bench.freshen();
    let events = bench.tick();
    let tripped = |events: &[Envelope]| {
        let of = |one: &&Envelope| {
            matches!(one.event, Event::Risk(RiskEvent::Tripped { rule: StrategyRule::Session, .. }))
        };
        events.iter().filter(of).count()
    };
    assert_eq!(tripped(&events), 1);
    let closing = submitted(&events);
    assert_eq!(closing.len(), 1);
    assert_eq!(tripped(&bench.tick()), 0);
    bench.accept(closing[0]);
    bench.fill(closing[0], "10", "100");
    assert_eq!((bench.net(A).as_str(), bench.net(B).as_str()), ("0", "10"));
    assert!(bench.is_armed(A));
    bench.wait(Span::from_secs(82_800));
    bench.freshen();
    assert_eq!(
        submitted(&{
            bench.pull(A, Pull::Submit(buy("1", "99")));
            bench.print()
        })
        .len(),
        1
    );
}

#[test]
fn the_operator_is_held_to_rules_too() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.rules = vec![StrategyRules { stop_loss: Some(money("20")), ..NONE }];
    });
    let manual = flightdeck::model::StrategyId::MANUAL;
    let id = super::bench::released(bench.by_hand(manual, market(Side::Buy, "10")));
    bench.accept(id);
    bench.fill(id, "10", "100");
    let events = {
        bench.quote(LIN, "97.9", "98.1");
        bench.tick()
    };
    let closing = submitted(&events);
    assert_eq!(closing.len(), 1);
    let denied = super::bench::denial(bench.by_hand(manual, buy("1", "98")));
    assert_eq!(denied.rule, flightdeck::model::RuleId::Armed);
    bench.accept(closing[0]);
    bench.fill(closing[0], "10", "98");
    bench.operator(Command::Arm { strategy: manual });
    super::bench::released(bench.by_hand(manual, buy("1", "98")));
}

proptest! {
    #[test]
    fn floors_never_loosen_and_an_exit_is_told_once(moves in prop::collection::vec(-30_i64..30, 1..60)) {
        let trail = Trail { from: money("10"), by: money("8") };
        let lock = Lock { at: money("15"), floor: money("4"), step: Some(money("3")) };
        let mut bench = bench(&StrategyRules { trail: Some(trail), lock: Some(lock), ..NONE });
        let (mut at, mut last, mut told) = (1_000_i64, None, 0);
        for step in moves {
            at = (at + step).clamp(900, 1_100);
            let tenths = |tenths: i64| format!("{}.{}", tenths / 10, tenths % 10);
            let mut events = bench.quote(LIN, &tenths(at - 1), &tenths(at + 1));
            events.extend(bench.tick());
            told += exits(&events).len();
            let conduct = bench.state().conduct(A).unwrap();
            let floors = (conduct.trail_floor, conduct.lock_floor);
            if let Some((trail, lock)) = last {
                prop_assert!(floors.0 >= trail && floors.1 >= lock);
            }
            last = Some(floors);
            let stages = events.iter().filter(|one| matches!(one.event, Event::Risk(RiskEvent::Stage { .. })));
            prop_assert!(stages.count() <= 2);
            let profit = bench.state().since_armed(A).unwrap();
            if told == 0 && let Some(floor) = floors.0.max(floors.1) {
                prop_assert!(profit > floor, "{profit} at {floor}");
            }
        }
        prop_assert!(told <= 1);
        prop_assert_eq!(bench.is_armed(A), told == 0);
    }
}
