//! Numbers no market has: typed, configured or told, they are refused and never end the desk.

use super::bench::{Bench, buy, denial, market, new_order};
use super::world::{A, INV, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::engine::risk::{Proposal, assess};
use flightdeck::model::{
    Actor, Command, ControlEvent, Event, Input, OrderEvent, Refusal, Request, RequestId, RuleId, Side, Span,
    StrategyId,
};

#[test]
fn no_number_that_can_be_typed_ends_the_desk() {
    let (most, top) = ("1000000000", "1000000");
    for size in ["1", "100", "1000000000"] {
        let bench = || {
            Bench::with(|genesis| {
                genesis.instruments[0].size = qty(size);
                genesis.instruments[0].max_price = price(top);
                genesis.instruments[0].initial_margin = "1".parse().unwrap();
                genesis.instruments[1].size = qty(size);
            })
        };
        assert_eq!(denial(bench().by_hand(StrategyId::MANUAL, buy(most, top))).rule, RuleId::OrderQty);
        assert_eq!(denial(bench().ask(A, market(Side::Buy, most))).rule, RuleId::OrderQty);
        let coins = OrderSpec { instrument: INV, ..buy(most, "0.01") };
        for spec in [buy(most, top), market(Side::Sell, most), coins] {
            let bench = bench();
            let order = new_order(StrategyId::MANUAL, spec);
            let asked = assess(&Proposal::new(&order, Actor::Operator, bench.state(), bench.now));
            assert!(!asked.passes());
        }
    }
}

#[test]
fn a_value_too_large_to_be_held_is_denied_as_too_large() {
    let mut bench = Bench::with(|genesis| {
        genesis.instruments[0].size = qty("1000000000");
        genesis.limits.instruments[0].max_order_qty = qty("1000000000");
    });
    let refused = denial(bench.by_hand(StrategyId::MANUAL, buy("1000000000", "100")));
    assert_eq!((refused.rule, refused.detail), (RuleId::OrderValue, "too large"));
}

/// A resend after an answer that was lost: the same request twice makes one order.
#[test]
fn a_request_that_comes_twice_makes_one_order() {
    let mut bench = Bench::new();
    let order = new_order(StrategyId::MANUAL, market(Side::Buy, "1"));
    let request = Request { id: RequestId(77), actor: Actor::Operator, command: Command::Submit { order } };
    let first = bench.step(Input::Command(request.clone()));
    assert!(first.iter().any(|one| matches!(one.event, Event::Order(OrderEvent::Submitted { .. }))));
    bench.wait(Span::from_secs(30));
    bench.freshen();
    let second = bench.step(Input::Command(request));
    let refusal = second.iter().find_map(|one| {
        let Event::Control(ControlEvent::Refused { refusal, .. }) = &one.event else { return None };
        Some(*refusal)
    });
    assert_eq!(refusal, Some(Refusal::Repeated));
    assert_eq!(bench.state().orders.issued(), 1);
}
