//! Strategies among themselves: one that fails hurts nobody else, and each sees only its own.

use super::bench::{Answer, Bench, Pull, buy, canceling, market, sell, submitted};
use super::world::{A, B, LIN};
use flightdeck::model::{Actor, Command, ControlEvent, Event, OrderStatus, Reason, Side};

#[test]
fn a_strategy_that_panics_is_disarmed_its_entries_are_canceled_and_the_others_trade_on() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let entry = bench.working(A, buy("1", "98"));
    let protection = bench.working(A, sell("2", "105").reduce_only());
    let of_b = bench.working(B, buy("1", "97"));
    bench.pull(A, Pull::Panic);
    bench.pull(B, Pull::Submit(buy("1", "96")));
    let events = bench.print();
    let message = events.iter().find_map(|one| {
        let Event::Control(ControlEvent::StrategyFailed { strategy, message }) = &one.event else {
            return None;
        };
        Some((*strategy, message.to_string()))
    });
    assert_eq!(message, Some((A, "a strategy's bug".to_owned())));
    assert_eq!((canceling(&events), submitted(&events).len()), (vec![entry], 1));
    assert!(!bench.is_armed(A) && bench.is_armed(B));
    assert!(bench.state().control.strategy(A).unwrap().failed.is_some());
    assert!([protection, of_b].iter().all(|id| bench.status(*id) == OrderStatus::Working));
    bench.assert_replica_is_equal();
}

#[test]
fn a_strategy_that_panicked_is_not_called_again_until_a_human_arms_it() {
    let mut bench = Bench::new();
    bench.pull(A, Pull::Panic);
    bench.print();
    bench.pull(A, Pull::Panic);
    assert_eq!(bench.print().len(), 1, "called again");
    bench.operator(Command::Arm { strategy: A });
    let events = bench.print();
    assert!(
        events.iter().any(|one| matches!(one.event, Event::Control(ControlEvent::StrategyFailed { .. })))
    );
    bench.operator(Command::Arm { strategy: A });
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
    assert!(bench.state().control.strategy(A).unwrap().failed.is_none());
}

#[test]
fn a_strategy_that_was_too_slow_is_not_called_again_until_a_human_arms_it() {
    let mut bench = Bench::new();
    let reason = Reason::new("too slow");
    bench.command(Actor::Supervisor, Command::Disarm { strategy: A, reason });
    bench.pull(A, Pull::Panic);
    bench.print();
    assert!(bench.state().control.strategy(A).unwrap().failed.is_none(), "called, though it only costs time");
    bench.operator(Command::Arm { strategy: A });
    bench.print();
    assert!(bench.state().control.strategy(A).unwrap().failed.is_some(), "armed again, it is called again");
}

#[test]
fn a_strategy_a_human_paused_goes_on_hearing() {
    let mut bench = Bench::new();
    bench.operator(Command::Disarm { strategy: A, reason: Reason::new("lunch") });
    bench.pull(A, Pull::Panic);
    bench.print();
    assert!(bench.state().control.strategy(A).unwrap().failed.is_some(), "its indicators stay warm");
}

#[test]
fn a_flood_of_intents_disarms_and_releases_none_of_them() {
    let mut bench = Bench::new();
    let entry = bench.working(A, buy("1", "98"));
    bench.pull(A, Pull::Flood(buy("1", "97"), 33));
    let events = bench.print();
    assert_eq!((submitted(&events).len(), canceling(&events)), (0, vec![entry]));
    assert!(!bench.is_armed(A));
    assert_eq!(bench.state().control.strategy(A).unwrap().why, Reason::new("flood of intents"));
    bench.operator(Command::Arm { strategy: A });
    bench.pull(A, Pull::Flood(buy("1", "97"), 32));
    assert_eq!(submitted(&bench.print()).len(), 32, "as many as allowed are not a flood");
}

#[test]
fn a_strategy_cannot_cancel_an_order_of_another() {
    let mut bench = Bench::new();
    let of_b = bench.working(B, buy("1", "97"));
    bench.pull(A, Pull::Cancel(of_b));
    assert!(canceling(&bench.print()).is_empty());
    bench.pull(B, Pull::Cancel(of_b));
    assert_eq!(canceling(&bench.print()), [of_b]);
}

#[test]
fn disarming_cancels_entries_and_keeps_protection_and_position() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let entry = bench.working(A, buy("1", "98"));
    let protection = bench.working(A, market(Side::Sell, "2").reduce_only());
    let events = bench.operator(Command::Disarm { strategy: A, reason: Reason::new("pause") });
    assert_eq!(canceling(&events), [entry]);
    assert_eq!((bench.status(protection), bench.net(A).as_str()), (OrderStatus::Working, "2"));
}

#[test]
fn a_strategy_sees_its_own_orders_and_position_and_nothing_of_the_others() {
    use flightdeck::engine::{Desk, Strategy};
    use flightdeck::model::Envelope;
    use std::sync::mpsc::sync_channel;

    type Seen = (usize, String);
    struct Spy(std::sync::mpsc::SyncSender<Seen>);
    impl Strategy for Spy {
        fn on_event(&mut self, _: &Envelope, desk: &mut Desk<'_>) {
            let seen = (desk.open_orders(LIN).count(), desk.position(LIN).net.to_string());
            assert!(self.0.try_send(seen).is_ok());
        }
    }
    let (sender, seen) = sync_channel(64);
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.working(A, buy("1", "98"));
    let genesis = std::sync::Arc::new(bench.state().genesis().clone());
    let spy = flightdeck::engine::Hired { id: B, strategy: Box::new(Spy(sender)) };
    let mut engine = flightdeck::engine::Engine::new(genesis, vec![spy]);
    let mut out = Vec::new();
    let order = super::bench::new_order(flightdeck::model::StrategyId::MANUAL, buy("1", "98"));
    let request = |command| flightdeck::model::Request {
        id: flightdeck::model::RequestId(1),
        actor: flightdeck::model::Actor::Operator,
        command,
    };
    let quote = bench.quote_of(LIN, "99.9", "100.1");
    let next = flightdeck::model::Quote { ask: super::world::price("100.2"), ..quote };
    let inputs = [
        flightdeck::model::Input::Market(flightdeck::model::MarketEvent::Quote(quote)),
        flightdeck::model::Input::Command(request(Command::Submit { order })),
        flightdeck::model::Input::Market(flightdeck::model::MarketEvent::Quote(next)),
    ];
    for input in inputs {
        engine.step(quote.local_time, input, &mut out, &mut flightdeck::engine::NoProbe);
    }
    assert_eq!(engine.state().orders.open().len(), 1);
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), vec![(0, "0".to_owned()); 2]);
}
