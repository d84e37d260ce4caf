//! The gate's rules by themselves: what they say of an order that passes, and whom they let through.

use super::bench::{Answer, Bench, Pull, buy, denial, market, new_order, sell};
use super::gate_rules::held_to;
use super::margin_edges::option;
use super::options::chain;
use super::replace::limit;
use super::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::engine::risk::{Proposal, RULES};
use flightdeck::model::{
    Actor, BrokerReport, Command, Entries, Finding, Label, Measure, NewOrder, OrderKind, RuleId, Side, Span,
    StrategyId, StrategyRules,
};

fn finding(bench: &Bench, order: &NewOrder, actor: Actor, rule: RuleId) -> Finding {
    let proposal = Proposal::new(order, actor, bench.state(), bench.now);
    RULES.iter().map(|one| one.check(&proposal)).find(|one| one.rule == rule).expect("a rule")
}

pub(crate) fn of_a(bench: &Bench, spec: OrderSpec, rule: RuleId) -> Finding {
    finding(bench, &new_order(A, spec), Actor::Strategy(A), rule)
}

/// The rules that take a closer look at an order.
fn looked_at(bench: &Bench, spec: OrderSpec) -> Vec<RuleId> {
    let order = new_order(A, spec);
    let proposal = Proposal::new(&order, Actor::Strategy(A), bench.state(), bench.now);
    RULES.iter().filter(|one| !one.clears(&proposal)).map(|one| one.check(&proposal).rule).collect()
}

#[test]
fn an_ordinary_order_is_cleared_by_the_short_way_so_that_it_leaves_in_no_time() {
    let bench = Bench::with(|genesis| genesis.limits.duplicate_window = Span::from_secs(1));
    for spec in [buy("1", "100.1"), sell("1", "99.9"), buy("1", "99"), market(Side::Buy, "1")] {
        assert_eq!(looked_at(&bench, spec), [], "{spec:?}");
    }
}

#[test]
fn a_rule_that_passes_has_nothing_to_say() {
    let mut bench = Bench::new();
    let order = new_order(A, buy("1", "99"));
    let proposal = Proposal::new(&order, Actor::Strategy(A), bench.state(), bench.now);
    for found in RULES.iter().map(|one| one.check(&proposal)) {
        assert_eq!((found.pass, found.detail), (true, ""), "{:?}", found.rule);
    }
    let id = bench.working(A, buy("1", "99"));
    let own = bench.state().orders.get(id).expect("known");
    let changed = new_order(A, buy("2", "99"));
    let proposal = Proposal::replacing(&changed, own, Actor::Strategy(A), (bench.state(), bench.now));
    for found in RULES.iter().map(|one| one.check(&proposal)) {
        assert_eq!((found.pass, found.detail), (true, ""), "a change: {:?}", found.rule);
    }
}

#[test]
fn nobody_trades_in_another_strategys_name() {
    let bench = Bench::new();
    let order = new_order(A, buy("1", "99"));
    let found = finding(&bench, &order, Actor::Strategy(B), RuleId::Armed);
    assert_eq!((found.pass, found.detail), (false, "another strategy's name"));
    assert!(finding(&bench, &order, Actor::Strategy(A), RuleId::Armed).pass);
}

#[test]
fn a_sell_far_below_the_market_is_a_fat_finger_too() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].collar_bps = 100);
    assert!(matches!(bench.ask(A, sell("1", "99")), Answer::Released(_)));
    let denied = denial(bench.ask(A, sell("1", "98.9")));
    assert_eq!((denied.rule, denied.value), (RuleId::Collar, Measure::Bps(110)));
}

#[test]
fn only_a_close_that_a_human_or_the_watchdog_wants_is_free_of_the_collar() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].collar_bps = 100);
    assert_eq!(denial(bench.by_hand(StrategyId::MANUAL, buy("1", "103"))).rule, RuleId::Collar);
    bench.hold(A, (Side::Buy, "1"), "100");
    bench.quote(LIN, "97", "103");
    let label = Label::new(NewOrder::CLOSE);
    let close = new_order(A, OrderSpec { label, ..market(Side::Sell, "1").reduce_only() });
    assert!(!finding(&bench, &close, Actor::Strategy(A), RuleId::Collar).pass, "a mere word");
    assert!(finding(&bench, &close, Actor::Operator, RuleId::Collar).pass);
}

#[test]
fn a_strategys_exit_is_no_larger_than_its_orders_may_be() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].max_order_qty = qty("5"));
    for _ in 0..2 {
        bench.hold(A, (Side::Buy, "5"), "100");
    }
    assert_eq!(denial(bench.ask(A, market(Side::Sell, "8").reduce_only())).rule, RuleId::OrderQty);
    assert!(matches!(bench.ask(A, market(Side::Sell, "5").reduce_only()), Answer::Released(_)));
}

#[test]
fn what_has_no_value_is_told_apart_from_what_is_too_large() {
    let mut bench = Bench::with(|genesis| genesis.conversions.clear());
    let denied = denial(bench.ask(A, OrderSpec { instrument: INV, ..buy("10", "1990") }));
    assert_eq!(denied.detail, "cannot be valued");
}

#[test]
fn the_accounts_worst_case_counts_what_the_others_hold() {
    let held = |change: fn(&mut flightdeck::state::Genesis)| {
        let mut bench = Bench::with(change);
        bench.hold(B, (Side::Buy, "6"), "100");
        bench
    };
    let mut bench = held(|genesis| genesis.limits.instruments[0].max_position = qty("10"));
    let denied = denial(bench.ask(A, buy("5", "99")));
    assert_eq!((denied.rule, denied.value), (RuleId::PositionInstrument, Measure::Qty(qty("11"))));
    let mut bench = held(|genesis| genesis.limits.max_gross = money("1000"));
    let denied = denial(bench.ask(A, buy("5", "99")));
    assert_eq!((denied.rule, denied.value), (RuleId::PositionAccount, Measure::Money(money("1100"))));
}

#[test]
fn a_strategys_worst_case_counts_what_it_holds_elsewhere() {
    let mut bench =
        Bench::with(|genesis| genesis.limits.strategies[A.index()].max_position_value = money("1000"));
    // Sixty contracts of 10 USD.
    let id = bench.working(A, OrderSpec { instrument: INV, ..market(Side::Buy, "60") });
    bench.fill(id, "60", "2000");
    let denied = denial(bench.ask(A, buy("5", "99")));
    assert_eq!((denied.rule, denied.value), (RuleId::PositionStrategy, Measure::Money(money("1100"))));
}

#[test]
fn an_order_that_is_changed_counts_once_in_what_is_open() {
    let mut bench = Bench::with(|genesis| genesis.limits.max_open_value = money("600"));
    let id = bench.working(A, buy("5", "99"));
    let changed = |bench: &mut Bench, size: &str| {
        bench.pull(A, Pull::Replace(id, limit(size, "99")));
        super::exits::denials(&bench.print()).first().map(|one| (one.rule, one.value))
    };
    assert_eq!(changed(&mut bench, "6.001"), Some((RuleId::OpenValue, Measure::Money(money("600.1")))));
    assert_eq!(changed(&mut bench, "6"), None);
}

#[test]
fn the_longer_windows_count_also_where_the_second_is_just_used_up() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.messages_per_s = 6;
        genesis.limits.messages_per_min = 0;
    });
    let denied = denial(bench.ask(A, buy("1", "99")));
    assert_eq!((denied.rule, denied.detail, denied.limit), (RuleId::Rate, "limit is 0", Measure::Count(0)));
}

#[test]
fn a_day_of_entries_is_denied_also_where_the_minute_has_room() {
    for (count, detail) in [(10, "far from it"), (2, "just used up")] {
        let within = Span::from_secs(60);
        let rules = StrategyRules {
            entries: Some(Entries { count, within }),
            entries_day: Some(1),
            ..StrategyRules::NONE
        };
        let mut bench = Bench::with(|genesis| held_to(genesis, &rules));
        // The watchdog would stop the strategy as well: the gate is asked by itself.
        bench.order(A, buy("1", "99"));
        let found = of_a(&bench, buy("1", "98"), RuleId::Entries);
        assert_eq!(
            (found.pass, found.value, found.limit),
            (false, Measure::Count(2), Measure::Count(1)),
            "{detail}"
        );
    }
}

#[test]
fn a_position_above_its_strategys_limit_may_be_made_smaller_by_any_order() {
    let rules = StrategyRules { max_position: Some(qty("3")), ..StrategyRules::NONE };
    let mut bench = Bench::with(|genesis| held_to(genesis, &rules));
    bench.hold(A, (Side::Buy, "3"), "100");
    let hold = bench.state().orders.closed().last().expect("filled").id;
    let more = bench.fill_of(hold, "2", price("100"));
    bench.report(BrokerReport::Filled(more));
    assert!(of_a(&bench, sell("1", "101"), RuleId::StrategyQty).pass);
    assert!(!of_a(&bench, buy("0.1", "99"), RuleId::StrategyQty).pass);
}

#[test]
fn a_wide_market_keeps_nobody_in() {
    let rules = StrategyRules { max_spread_ticks: Some(2), ..StrategyRules::NONE };
    let mut bench = Bench::with(|genesis| held_to(genesis, &rules));
    bench.hold(A, (Side::Buy, "1"), "100");
    bench.quote(LIN, "99", "101");
    assert_eq!(denial(bench.ask(A, buy("1", "99"))).rule, RuleId::Spread);
    assert!(matches!(bench.ask(A, market(Side::Sell, "1").reduce_only()), Answer::Released(_)));
}

#[test]
fn a_post_only_order_cannot_trade_with_what_rests_and_may_with_what_is_on_its_way() {
    let mut bench = Bench::new();
    let other = bench.order(B, sell("1", "100"));
    assert_eq!(denial(bench.ask(A, buy("1", "100").post_only())).rule, RuleId::SelfTrade);
    bench.accept(other);
    assert!(matches!(bench.ask(A, buy("1", "100").post_only()), Answer::Released(_)), "the venue refuses it");
    let mut bench = Bench::new();
    bench.order(B, sell("1", "100").post_only());
    assert!(matches!(bench.ask(A, buy("1", "100").post_only()), Answer::Released(_)), "neither may take");
}

#[test]
fn a_stop_limit_of_ours_stands_in_the_book_once_it_has_woken() {
    let mut bench = Bench::new();
    let kind = OrderKind::StopLimit { trigger: price("99"), price: price("101") };
    let id = bench.working(B, OrderSpec { kind, ..sell("1", "101") });
    assert!(of_a(&bench, buy("1", "101"), RuleId::SelfTrade).pass, "asleep");
    let order = bench.client_id(id);
    bench.report(BrokerReport::Triggered { order, at: bench.now });
    let found = of_a(&bench, buy("1", "101"), RuleId::SelfTrade);
    assert_eq!((found.pass, found.limit), (false, Measure::Price(price("101"))));
}

#[test]
fn equal_orders_say_why_they_are_denied() {
    let mut bench = Bench::with(|genesis| genesis.limits.identical_orders = 1);
    bench.working(A, buy("1", "99"));
    let denied = denial(bench.ask(A, buy("1", "99")));
    assert_eq!((denied.rule, denied.detail), (RuleId::Duplicate, "equal orders in 10s"));
    let mut bench = Bench::with(|genesis| genesis.limits.identical_orders = 0);
    assert_eq!(denial(bench.ask(A, buy("1", "99"))).detail, "limit is 0");
}

#[test]
fn a_list_of_instruments_counts_with_their_underlyings_and_not_for_the_operator() {
    let mut bench = Bench::with(|genesis| {
        chain(genesis);
        genesis.strategies[A.index()].instruments = vec![LIN];
        genesis.strategies[StrategyId::MANUAL.index()].instruments = Vec::new();
    });
    assert!(of_a(&bench, option(Side::Buy, "1"), RuleId::Permission).pass, "an option of what is on it");
    let coins = OrderSpec { instrument: INV, ..market(Side::Buy, "10") };
    assert!(!of_a(&bench, coins, RuleId::Permission).pass);
    let order = new_order(StrategyId::MANUAL, coins);
    assert!(finding(&bench, &order, Actor::Operator, RuleId::Permission).pass);
    bench.operator(Command::Arm { strategy: A });
}

#[test]
fn a_trailing_stop_is_nearer_than_the_highest_price() {
    let bench = Bench::with(|genesis| genesis.instruments[0].max_price = price("110"));
    let trail = |by: &str| OrderSpec::trailing(LIN, Side::Sell, qty("1"), (price("99"), price(by)), "test");
    let at = |by: &str| {
        let order = new_order(A, trail(by));
        let proposal = Proposal::new(&order, Actor::Strategy(A), bench.state(), bench.now);
        let hold = proposal.at(flightdeck::engine::risk::Stage::Hold);
        RULES.iter().map(|one| one.check(&hold)).find(|one| one.rule == RuleId::Filters).expect("a rule").pass
    };
    assert!(at("109.9"));
    assert!(!at("110"));
}

#[test]
fn a_small_rest_may_be_closed_and_without_a_price_there_is_a_better_word_than_too_small() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "1"), "100");
    assert!(
        matches!(bench.ask(A, sell("0.01", "100").reduce_only()), Answer::Released(_)),
        "worth 1, least 5"
    );
    assert_eq!(denial(bench.ask(A, buy("0.01", "100"))).detail, "below least notional");
    let mut bench = Bench::bare(|_| {});
    assert_eq!(denial(bench.ask(A, market(Side::Buy, "1"))).rule, RuleId::Reference);
}
