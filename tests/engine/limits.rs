//! Limits changed while running: tighter at once, looser late and only with a second word, never above the ceiling.

use super::bench::{Answer, Bench, buy, denial};
use super::world::{A, LIN, money, qty};
use flightdeck::model::{
    Actor, Command, ControlEvent, Envelope, Event, LimitKey, Measure, Refusal, RiskEvent, RuleId, Span,
};
use proptest::prelude::*;

const ORDER_QTY: LimitKey = LimitKey::OrderQty { instrument: LIN };

fn refusal(events: &[Envelope]) -> Option<Refusal> {
    events.iter().find_map(|one| {
        let Event::Control(ControlEvent::Refused { refusal, .. }) = &one.event else { return None };
        Some(*refusal)
    })
}

fn set(bench: &mut Bench, key: LimitKey, to: Measure) -> Option<Refusal> {
    refusal(&bench.operator(Command::SetLimit { key, to }))
}

fn confirm(bench: &mut Bench, key: LimitKey) -> Option<Refusal> {
    refusal(&bench.operator(Command::ConfirmLimit { key }))
}

#[test]
fn a_tighter_limit_holds_in_the_same_step() {
    let mut bench = Bench::new();
    assert_eq!(set(&mut bench, ORDER_QTY, Measure::Qty(qty("2"))), None);
    let denied = denial(bench.ask(A, buy("2.001", "99")));
    assert_eq!((denied.rule, denied.limit), (RuleId::OrderQty, Measure::Qty(qty("2"))));
    assert!(matches!(bench.ask(A, buy("2", "99")), Answer::Released(_)));
    bench.assert_replica_is_equal();
}

#[test]
fn a_looser_limit_waits_for_its_time_and_a_second_word() {
    let mut bench = Bench::new();
    set(&mut bench, ORDER_QTY, Measure::Qty(qty("2")));
    assert_eq!(confirm(&mut bench, ORDER_QTY), Some(Refusal::NotAsked));
    assert_eq!(set(&mut bench, ORDER_QTY, Measure::Qty(qty("50"))), None);
    assert_eq!(denial(bench.ask(A, buy("3", "99"))).rule, RuleId::OrderQty, "asking changes nothing");
    assert_eq!(confirm(&mut bench, ORDER_QTY), Some(Refusal::TooEarly));
    // Asked again: the time starts again.
    bench.wait(Span::from_secs(50));
    assert_eq!(set(&mut bench, ORDER_QTY, Measure::Qty(qty("60"))), None);
    bench.wait(Span::from_secs(50));
    assert_eq!(confirm(&mut bench, ORDER_QTY), Some(Refusal::TooEarly));
    bench.wait(Span::from_secs(10));
    let events = bench.operator(Command::ConfirmLimit { key: ORDER_QTY });
    let told = events.iter().any(|one| {
        matches!(&one.event, Event::Risk(RiskEvent::LimitSet { to, actor: Actor::Operator, .. })
            if *to == Measure::Qty(qty("60")))
    });
    assert!(told, "{events:?}");
    bench.freshen();
    assert!(matches!(bench.ask(A, buy("60", "99")), Answer::Released(_)));
    assert_eq!(confirm(&mut bench, ORDER_QTY), Some(Refusal::NotAsked), "a word counts once");
}

#[test]
fn nothing_goes_above_the_ceiling_and_no_unit_is_guessed() {
    let mut bench = Bench::new();
    // As the configuration has it.
    assert_eq!(set(&mut bench, ORDER_QTY, Measure::Qty(qty("100"))), Some(Refusal::NothingToDo));
    assert_eq!(set(&mut bench, ORDER_QTY, Measure::Qty(qty("100.001"))), Some(Refusal::Ceiling));
    assert_eq!(set(&mut bench, ORDER_QTY, Measure::Money(money("1"))), Some(Refusal::Ceiling));
    assert_eq!(set(&mut bench, LimitKey::MaxGross, Measure::Money(money("-1"))), Some(Refusal::Ceiling));
    let nobody = LimitKey::StrategyLoss { strategy: flightdeck::model::StrategyId::new(99) };
    assert_eq!(set(&mut bench, nobody, Measure::Money(money("1"))), Some(Refusal::UnknownStrategy));
}

#[test]
fn only_a_human_changes_a_limit() {
    let mut bench = Bench::new();
    for actor in [Actor::Strategy(A), Actor::Watchdog, Actor::Signal, Actor::File, Actor::Supervisor] {
        let command = Command::SetLimit { key: ORDER_QTY, to: Measure::Qty(qty("1")) };
        assert_eq!(refusal(&bench.command(actor, command)), Some(Refusal::HumanOnly));
        let command = Command::ConfirmLimit { key: ORDER_QTY };
        assert_eq!(refusal(&bench.command(actor, command)), Some(Refusal::HumanOnly));
    }
}

#[test]
fn a_question_lapses_and_a_tighter_limit_takes_it_back() {
    let mut bench = Bench::new();
    set(&mut bench, ORDER_QTY, Measure::Qty(qty("2")));
    set(&mut bench, ORDER_QTY, Measure::Qty(qty("50")));
    bench.wait(Span::from_secs(60 + 600));
    assert_eq!(confirm(&mut bench, ORDER_QTY), Some(Refusal::NotAsked));
    set(&mut bench, ORDER_QTY, Measure::Qty(qty("50")));
    set(&mut bench, ORDER_QTY, Measure::Qty(qty("1")));
    bench.wait(Span::from_secs(61));
    assert_eq!(confirm(&mut bench, ORDER_QTY), Some(Refusal::NotAsked));
}

#[test]
fn a_tighter_loss_limit_is_the_watchdogs_too() {
    let mut bench = Bench::new();
    bench.hold(A, (flightdeck::model::Side::Buy, "10"), "100");
    bench.quote(LIN, "98.9", "99.1");
    bench.tick();
    assert!(bench.is_armed(A));
    set(&mut bench, LimitKey::StrategyLoss { strategy: A }, Measure::Money(money("10")));
    bench.tick();
    assert!(!bench.is_armed(A), "a loss of 10 has reached the new limit");
}

proptest! {
    #[test]
    fn no_sequence_of_words_lifts_a_limit_above_its_ceiling_or_in_no_time(
        words in prop::collection::vec((0_u8..3, 0_i64..150, 0_i64..90), 1..40),
    ) {
        let mut bench = Bench::new();
        let mut asked: Option<(flightdeck::model::Timestamp, i64)> = None;
        for (word, amount, seconds) in words {
            bench.wait(Span::from_secs(seconds));
            let before = bench.state().limits().get(ORDER_QTY);
            let to = Measure::Qty(qty(&amount.to_string()));
            if word < 2 {
                set(&mut bench, ORDER_QTY, to);
            } else {
                confirm(&mut bench, ORDER_QTY);
            }
            let after = bench.state().limits().get(ORDER_QTY);
            let (Some(Measure::Qty(was)), Some(Measure::Qty(is))) = (before, after) else { panic!() };
            prop_assert!(is <= qty("100"));
            if is > was {
                let (at, wanted) = asked.expect("asked before");
                prop_assert!(word == 2 && bench.now.since(at) >= Span::from_secs(60));
                prop_assert_eq!(is, qty(&wanted.to_string()));
            }
            if word < 2 && qty(&amount.to_string()) > was && amount <= 100 {
                asked = Some((bench.now, amount));
            }
        }
    }
}
