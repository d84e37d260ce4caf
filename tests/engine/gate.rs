//! Each rule of the gate: just inside its limit an order is released, beyond it one is denied with rule, value and limit.

use super::bench::{Answer, Bench, Pull, answer, buy, denial, market, new_order, sell};
use super::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::engine::risk::{Proposal, judge};
use flightdeck::model::{
    Actor, Command, DisplayText, Event, Input, InstrumentId, KillLevel, Label, LinkReport, Measure, Mode,
    NewOrder, OrderEvent, OrderKind, Reason, RuleId, Scope, Side, Span, StrategyId, TimeInForce,
};
use flightdeck::state::{Genesis, Journal};

/// One rule: the limits, what goes before, an order inside and one beyond, and what the denial says.
pub(crate) struct Case {
    pub(crate) rule: RuleId,
    pub(crate) limits: fn(&mut Genesis),
    pub(crate) before: fn(&mut Bench),
    pub(crate) inside: fn(&mut Bench) -> Answer,
    pub(crate) beyond: fn(&mut Bench) -> Answer,
    pub(crate) value: Measure,
    pub(crate) limit: Measure,
}

pub(crate) fn as_it_is(_: &mut Genesis) {}
pub(crate) fn nothing(_: &mut Bench) {}

/// Loses an amount: ten bought at 100 and sold lower.
fn lose(bench: &mut Bench, sold_at: &str) {
    bench.hold(A, (Side::Buy, "10"), "100");
    bench.hold(A, (Side::Sell, "10"), sold_at);
}

#[expect(clippy::too_many_lines, reason = "one case a rule: a table")]
fn permissions() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::Kill,
            limits: as_it_is,
            before: |bench| {
                bench.hold(A, (Side::Buy, "1"), "100");
                bench.kill(KillLevel::K1, Scope::Instrument(LIN));
            },
            inside: |bench| bench.ask(A, sell("1", "100").reduce_only()),
            beyond: |bench| bench.ask(A, sell("1", "100")),
            value: Measure::None,
            limit: Measure::None,
        },
        Case {
            rule: RuleId::Armed,
            limits: as_it_is,
            before: nothing,
            inside: |bench| bench.by_hand(StrategyId::MANUAL, buy("1", "100")),
            beyond: |bench| bench.by_hand(A, buy("1", "100")),
            value: Measure::None,
            limit: Measure::None,
        },
        Case {
            rule: RuleId::Filters,
            limits: as_it_is,
            before: nothing,
            inside: |bench| bench.ask(A, buy("1", "100.1")),
            beyond: |bench| bench.ask(A, buy("1", "100.15")),
            value: Measure::Price(price("100.15")),
            limit: Measure::Price(price("0.1")),
        },
        Case {
            rule: RuleId::Session,
            // Closes after an hour, and enters nothing in the last five minutes.
            limits: |genesis| super::hours::trades(genesis, &[(0, 60, true)]),
            before: |bench| {
                bench.wait(super::hours::minutes(55));
                bench.wait(Span::from_millis(-11));
                bench.freshen();
            },
            inside: |bench| bench.ask(A, buy("1", "100")),
            beyond: |bench| {
                bench.wait(Span::from_millis(10));
                bench.ask(A, buy("1", "100"))
            },
            value: Measure::Age(Span::from_millis(299_996)),
            limit: Measure::Age(Span::from_secs(300)),
        },
        Case {
            rule: RuleId::Reference,
            limits: as_it_is,
            // The last quote of LIN came a millisecond before that of INV, and a print takes another one.
            before: |bench| bench.wait(Span::from_millis(1_998)),
            inside: |bench| bench.ask(A, buy("1", "100")),
            beyond: |bench| {
                bench.wait(Span::from_millis(1));
                bench.ask(A, buy("1", "100"))
            },
            value: Measure::Age(Span::from_millis(2_001)),
            limit: Measure::Age(Span::from_millis(2_000)),
        },
        Case {
            rule: RuleId::ReduceOnly,
            limits: as_it_is,
            before: |bench| {
                bench.hold(A, (Side::Buy, "3"), "100");
                bench.working(A, sell("1", "101").reduce_only());
            },
            inside: |bench| bench.ask(A, market(Side::Sell, "2").reduce_only()),
            beyond: |bench| bench.ask(A, market(Side::Sell, "2.001").reduce_only()),
            value: Measure::Qty(qty("2.001")),
            limit: Measure::Qty(qty("2")),
        },
    ]
}

fn sizes() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::OrderQty,
            limits: |genesis| genesis.limits.instruments[0].max_order_qty = qty("4"),
            before: nothing,
            inside: |bench| bench.ask(A, buy("4", "100")),
            beyond: |bench| bench.ask(A, buy("4.001", "100")),
            value: Measure::Qty(qty("4.001")),
            limit: Measure::Qty(qty("4")),
        },
        Case {
            rule: RuleId::OrderValue,
            limits: |genesis| genesis.limits.instruments[0].max_order_value = money("1000"),
            before: nothing,
            inside: |bench| bench.ask(A, buy("10", "100")),
            beyond: |bench| bench.ask(A, buy("10.001", "100")),
            value: Measure::Money(money("1000.1")),
            limit: Measure::Money(money("1000")),
        },
        Case {
            rule: RuleId::Collar,
            limits: |genesis| genesis.limits.instruments[0].collar_bps = 100,
            before: nothing,
            inside: |bench| bench.ask(A, buy("1", "101")),
            beyond: |bench| bench.ask(A, buy("1", "101.1")),
            value: Measure::Bps(110),
            limit: Measure::Bps(100),
        },
    ]
}

fn paces() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::Unknown,
            limits: as_it_is,
            before: |bench| {
                bench.hold(A, (Side::Buy, "1"), "100");
                bench.order(B, buy("1", "99"));
                bench.wait(Span::from_secs(4));
                bench.tick();
                bench.freshen();
            },
            inside: |bench| bench.ask(A, sell("1", "100").reduce_only()),
            beyond: |bench| bench.ask(A, sell("1", "100")),
            value: Measure::Count(1),
            limit: Measure::Count(0),
        },
        Case {
            rule: RuleId::Duplicate,
            limits: |genesis| genesis.limits.duplicate_window = Span::from_millis(500),
            before: |bench| {
                bench.order(A, buy("1", "99"));
                bench.wait(Span::from_millis(498));
            },
            inside: |bench| {
                bench.wait(Span::from_millis(1));
                bench.ask(A, buy("1", "99"))
            },
            beyond: |bench| bench.ask(A, buy("1", "99")),
            value: Measure::Age(Span::from_millis(499)),
            limit: Measure::Age(Span::from_millis(500)),
        },
        Case {
            rule: RuleId::Rate,
            limits: |genesis| {
                genesis.limits.messages_per_s = 5;
                genesis.limits.cancel_reserve = 3;
            },
            before: |bench| {
                bench.order(A, buy("1", "99"));
            },
            inside: |bench| bench.ask(A, buy("1", "98")),
            beyond: |bench| {
                bench.order(A, buy("1", "98"));
                bench.ask(A, buy("1", "97"))
            },
            value: Measure::Count(3),
            limit: Measure::Count(2),
        },
        Case {
            rule: RuleId::OpenOrders,
            limits: |genesis| genesis.limits.max_open_orders = 2,
            before: |bench| {
                bench.working(A, buy("1", "99"));
            },
            inside: |bench| bench.ask(B, buy("1", "98")),
            beyond: |bench| {
                bench.order(B, buy("1", "98"));
                bench.ask(A, buy("1", "97"))
            },
            value: Measure::Count(3),
            limit: Measure::Count(2),
        },
    ]
}

fn exposures() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::PositionInstrument,
            limits: |genesis| genesis.limits.instruments[0].max_position = qty("10"),
            before: |bench| {
                bench.working(A, buy("6", "99"));
            },
            inside: |bench| bench.ask(B, buy("4", "99")),
            beyond: |bench| bench.ask(B, buy("4.001", "99")),
            value: Measure::Qty(qty("10.001")),
            limit: Measure::Qty(qty("10")),
        },
        Case {
            rule: RuleId::PositionStrategy,
            limits: |genesis| genesis.limits.strategies[A.index()].max_position_value = money("1000"),
            before: |bench| {
                bench.working(A, buy("6", "99"));
            },
            inside: |bench| bench.ask(A, buy("4", "99")),
            beyond: |bench| bench.ask(A, buy("4.001", "99")),
            value: Measure::Money(money("1000.1")),
            limit: Measure::Money(money("1000")),
        },
        Case {
            rule: RuleId::PositionAccount,
            limits: |genesis| genesis.limits.max_gross = money("1100"),
            // Ten contracts of 10 USD are 100 USDT.
            before: |bench| {
                bench.working(A, buy("6", "99"));
                let spec = OrderSpec::limit(INV, Side::Sell, qty("10"), price("2000"), "test");
                bench.working(B, spec);
            },
            inside: |bench| bench.ask(B, buy("4", "99")),
            beyond: |bench| bench.ask(B, buy("4.001", "99")),
            value: Measure::Money(money("1100.1")),
            limit: Measure::Money(money("1100")),
        },
        Case {
            rule: RuleId::Margin,
            limits: |genesis| genesis.capital[0].1 = money("100"),
            before: |bench| {
                bench.working(A, buy("6", "99"));
            },
            inside: |bench| bench.ask(B, buy("4", "99")),
            beyond: |bench| bench.ask(B, buy("4.001", "99")),
            value: Measure::Money(money("100.01")),
            limit: Measure::Money(money("100")),
        },
    ]
}

fn losses() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::LossStrategy,
            limits: |genesis| genesis.limits.strategies[A.index()].daily_loss = money("10"),
            before: nothing,
            inside: |bench| {
                lose(bench, "99.1");
                bench.ask(A, buy("1", "99"))
            },
            beyond: |bench| {
                lose(bench, "99");
                bench.ask(A, buy("1", "99"))
            },
            value: Measure::Money(money("10")),
            limit: Measure::Money(money("10")),
        },
        Case {
            rule: RuleId::LossAccount,
            limits: |genesis| genesis.limits.daily_loss = money("10"),
            before: nothing,
            inside: |bench| {
                lose(bench, "99.1");
                bench.ask(B, buy("1", "99"))
            },
            beyond: |bench| {
                lose(bench, "99");
                bench.ask(B, buy("1", "99"))
            },
            value: Measure::Money(money("10")),
            limit: Measure::Money(money("10")),
        },
    ]
}

#[test]
fn every_rule_passes_just_inside_its_limit_and_denies_beyond_it_with_value_and_limit() {
    let cases: Vec<Case> =
        [permissions(), sizes(), paces(), exposures(), losses(), super::gate_rules::cases()]
            .into_iter()
            .flatten()
            .collect();
    for case in &cases {
        let mut bench = Bench::with(case.limits);
        (case.before)(&mut bench);
        let answer = (case.inside)(&mut bench);
        assert!(matches!(answer, Answer::Released(_)), "{:?} inside its limit: {answer:?}", case.rule);

        let mut bench = Bench::with(case.limits);
        (case.before)(&mut bench);
        let denied = denial((case.beyond)(&mut bench));
        assert_eq!((denied.rule, denied.value, denied.limit), (case.rule, case.value, case.limit));
        bench.assert_replica_is_equal();
    }
    // All but `mode`, which no input can break, `changes`, which only a change can, and `journal`, which is of the desk and
    // not of the order: each is judged by itself.
    let bench = Bench::new();
    let order = new_order(A, buy("1", "100"));
    let proposal = Proposal::new(&order, Actor::Strategy(A), bench.state(), bench.now);
    for rule in flightdeck::engine::risk::RULES.iter().map(|rule| rule.check(&proposal).rule) {
        let alone = [RuleId::Mode, RuleId::Changes, RuleId::Journal].contains(&rule);
        let known = alone || cases.iter().any(|case| case.rule == rule);
        assert!(known, "{rule:?} has no case");
    }
}

#[test]
fn what_cannot_be_written_down_is_not_begun_and_what_takes_risk_away_still_leaves() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    for (standing, takes_risk) in
        [("ok", true), ("slow", true), ("behind", false), ("ok", true), ("dead", false)]
    {
        let name = Label::new(Journal::NAME);
        let detail = DisplayText::default();
        bench.step(Input::Link(LinkReport::Subscriber { name, state: standing, detail }));
        match bench.ask(A, buy("1", "99")) {
            Answer::Released(id) => {
                assert!(takes_risk, "{standing}");
                bench.accept(id);
            }
            Answer::Denied(denial) => assert!(!takes_risk && denial.rule == RuleId::Journal, "{denial:?}"),
        }
        assert!(matches!(bench.ask(A, sell("1", "101").reduce_only()), Answer::Released(_)), "{standing}");
        bench.wait(Span::from_secs(11));
        bench.freshen();
    }
}

#[test]
fn an_order_of_the_other_mode_is_denied() {
    let bench = Bench::new();
    let mut order = new_order(A, buy("1", "100"));
    let judged = |order: &NewOrder| {
        judge(&Proposal::new(order, Actor::Strategy(A), bench.state(), bench.now)).map(|_| ())
    };
    assert_eq!(judged(&order), Ok(()));
    order.mode = Mode::Live;
    assert_eq!(judged(&order).unwrap_err().rule, RuleId::Mode);
}

#[test]
fn a_denied_order_is_one_event_and_nothing_for_the_broker() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].max_order_qty = qty("4"));
    bench.pull(A, Pull::Submit(buy("5", "100")));
    let events = bench.print();
    assert_eq!(denial(answer(&events)).rule, RuleId::OrderQty);
    assert!(!events.iter().any(|envelope| matches!(envelope.event, Event::Order(_))));
    assert_eq!(events.iter().filter(|envelope| matches!(envelope.event, Event::Denied { .. })).count(), 1);
    assert_eq!((bench.state().orders.issued(), bench.state().denied_of(A)), (0, 1));
}

#[test]
fn every_released_order_says_how_many_rules_passed() {
    let mut bench = Bench::new();
    bench.pull(A, Pull::Submit(buy("1", "99")));
    let events = bench.print();
    let Some(Event::Order(OrderEvent::Submitted { rules, .. })) = events.last().map(|last| &last.event)
    else {
        panic!("{events:?}")
    };
    assert_eq!(*rules, u64::try_from(flightdeck::engine::risk::RULES.len()).unwrap());
}

#[test]
fn what_contradicts_itself_or_the_instrument_is_refused_and_never_rounded() {
    let stop = |tif| OrderSpec { kind: OrderKind::Stop { trigger: price("101") }, tif, ..buy("1", "100") };
    let cases: [(OrderSpec, &str); 8] = [
        (buy("0.0015", "100"), "off lot"),
        (buy("0", "100"), "below least quantity"),
        (buy("0.04", "100"), "below least notional"),
        (buy("1", "0.9"), "price out of range"),
        (market(Side::Buy, "1").post_only(), "post-only needs a limit order"),
        (OrderSpec { tif: TimeInForce::Ioc, ..buy("1", "100") }.post_only(), "post-only cannot be IOC"),
        (stop(TimeInForce::Ioc), "a stop cannot be IOC"),
        (OrderSpec { instrument: InstrumentId::new(9), ..buy("1", "100") }, "unknown instrument"),
    ];
    for (spec, detail) in cases {
        let mut bench = Bench::new();
        let denied = denial(bench.ask(A, spec));
        assert_eq!((denied.rule, denied.detail), (RuleId::Filters, detail));
    }
    assert!(matches!(Bench::new().ask(A, stop(TimeInForce::Gtc)), Answer::Released(_)));
}

#[test]
fn a_strategy_that_is_not_armed_writes_nothing_and_the_operator_may_still_reduce_for_it() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.operator(Command::Disarm { strategy: A, reason: Reason::new("test") });
    bench.pull(A, Pull::Submit(buy("1", "100")));
    let events = bench.print();
    assert!(events.iter().all(|envelope| matches!(envelope.event, Event::Market(_))), "{events:?}");
    assert_eq!(denial(bench.by_hand(A, buy("1", "100"))).rule, RuleId::Armed);
    let exit = bench.by_hand(A, market(Side::Sell, "2").reduce_only());
    assert!(matches!(exit, Answer::Released(_)), "{exit:?}");
}

#[test]
fn a_screen_that_still_shows_another_mode_cannot_trade_in_this_one() {
    let mut bench = Bench::new();
    let mut order = super::bench::new_order(flightdeck::model::StrategyId::MANUAL, buy("1", "99"));
    order.mode = flightdeck::model::Mode::Live;
    let events = bench.operator(flightdeck::model::Command::Submit { order });
    assert_eq!(denial(super::bench::answer(&events)).rule, RuleId::Mode);
}
