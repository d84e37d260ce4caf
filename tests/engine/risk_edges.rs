//! The gate's rules by themselves: what they say of an order that passes, whom they let through and why, and what a
//! ticket shows before anybody has pressed a key.

use super::bench::{Answer, Bench, Pull, buy, denial, market, new_order, sell};
use super::gate_rules::held_to;
use super::options::chain;
use super::replace::limit;
use super::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::engine::risk::{Proposal, RULES, assess};
use flightdeck::model::{
    Actor, Assessment, BrokerReport, Command, Depth, Entries, Finding, Input, InstrumentId, Label, Level,
    MarketEvent, Measure, Money, NewOrder, OrderKind, Qty, RuleId, Side, Span, StrategyId, StrategyRules,
};
use std::sync::Arc;

fn finding(bench: &Bench, order: &NewOrder, actor: Actor, rule: RuleId) -> Finding {
    let proposal = Proposal::new(order, actor, bench.state(), bench.now);
    RULES.iter().map(|one| one.check(&proposal)).find(|one| one.rule == rule).expect("a rule")
}

fn of_a(bench: &Bench, spec: OrderSpec, rule: RuleId) -> Finding {
    finding(bench, &new_order(A, spec), Actor::Strategy(A), rule)
}

/// The rules an order is cleared by without a closer look.
fn cleared(bench: &Bench, spec: OrderSpec) -> Vec<RuleId> {
    let order = new_order(A, spec);
    let proposal = Proposal::new(&order, Actor::Strategy(A), bench.state(), bench.now);
    RULES.iter().filter(|one| one.clears(&proposal)).map(|one| one.check(&proposal).rule).collect()
}

#[test]
fn an_ordinary_order_is_cleared_by_the_short_way_so_that_it_leaves_in_no_time() {
    let wanted = [
        RuleId::Session,
        RuleId::ReduceOnly,
        RuleId::OrderQty,
        RuleId::OrderValue,
        RuleId::Collar,
        RuleId::Duplicate,
        RuleId::Rate,
        RuleId::Changes,
        RuleId::SelfTrade,
        RuleId::OpenValue,
        RuleId::PositionInstrument,
        RuleId::PositionStrategy,
        RuleId::PositionAccount,
        RuleId::Margin,
        RuleId::LossStrategy,
        RuleId::LossAccount,
        RuleId::StrategyQty,
        RuleId::StrategyOrders,
        RuleId::DailyTrades,
        RuleId::Entries,
        RuleId::Losers,
        RuleId::Cooldown,
        RuleId::Hours,
        RuleId::Spread,
    ];
    let bench = Bench::with(|genesis| genesis.limits.duplicate_window = Span::from_secs(1));
    for spec in [buy("1", "100.1"), sell("1", "99.9"), buy("1", "99"), market(Side::Buy, "1")] {
        assert_eq!(cleared(&bench, spec), wanted, "{spec:?}");
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
    let kind = OrderKind::StopLimit { trigger: price("100.5"), price: price("101") };
    let id = bench.working(B, OrderSpec { kind, ..sell("1", "101") });
    assert!(of_a(&bench, buy("1", "101"), RuleId::SelfTrade).pass, "asleep");
    let order = bench.client_id(id);
    bench.report(BrokerReport::Triggered { order, at: bench.now });
    let found = of_a(&bench, buy("1", "101"), RuleId::SelfTrade);
    assert_eq!((found.pass, found.limit), (false, Measure::Price(price("101"))));
}

/// Options of the linear instrument, which is at 100; the first call and the first put of each expiry strike at 90.
fn options(capital: &str) -> Bench {
    let mut bench = Bench::with(|genesis| {
        chain(genesis);
        genesis.capital[0].1 = money(capital);
    });
    for id in 2..22 {
        bench.quote(InstrumentId::new(id), "4.9", "5.1");
    }
    bench.freshen();
    bench
}

fn option(side: Side, count: &str) -> OrderSpec {
    OrderSpec { instrument: InstrumentId::new(2), ..market(side, count) }
}

#[test]
fn an_option_bought_holds_its_premium_and_one_sold_its_underlying_at_the_initial_rate() {
    let bench = options("100");
    let found = |side, count| of_a(&bench, option(side, count), RuleId::Margin);
    let bought = found(Side::Buy, "20");
    assert_eq!((bought.pass, bought.value), (false, Measure::Money(money("102"))), "20 at the offer of 5.1");
    assert!(found(Side::Buy, "19").pass);
    let sold = found(Side::Sell, "11");
    assert_eq!(
        (sold.pass, sold.value),
        (false, Measure::Money(money("110"))),
        "11 underlyings, a tenth of 100"
    );
    assert!(found(Side::Sell, "10").pass);
}

#[test]
fn margin_counts_what_is_held_beside_and_lets_what_needs_less_pass() {
    let mut bench = options("100");
    bench.hold(A, (Side::Buy, "9"), "100");
    let found = of_a(&bench, option(Side::Buy, "2"), RuleId::Margin);
    assert_eq!((found.pass, found.value), (false, Measure::Money(money("100.2"))), "90 and two at 5.1");
    assert!(of_a(&bench, option(Side::Buy, "1"), RuleId::Margin).pass);
    // What is settled in another currency is another account.
    let coins = OrderSpec { instrument: INV, ..market(Side::Buy, "10") };
    assert!(of_a(&bench, coins, RuleId::Margin).pass);
    // An option held counts for the others, and going out of one needs less.
    let mut bench = options("100");
    let id = bench.working(A, option(Side::Sell, "9"));
    bench.fill(id, "9", "4.9");
    let found = of_a(&bench, buy("2", "100"), RuleId::Margin);
    assert_eq!(
        (found.pass, found.value),
        (false, Measure::Money(money("110"))),
        "90 for the options, 20 for it"
    );
    bench.quote(LIN, "109.9", "110.1");
    let back = of_a(&bench, option(Side::Buy, "1"), RuleId::Margin);
    assert!(back.pass, "{back:?}");
}

#[test]
fn the_brokers_word_counts_until_it_is_just_too_old() {
    let mut bench = Bench::new();
    bench.report(super::kill_resume::snapshot(&bench, "0"));
    let told = bench.now;
    bench.now = told.after(Span::from_secs(60));
    assert!(of_a(&bench, buy("1", "99"), RuleId::Margin).pass);
    bench.now = told.after(Span::from_millis(60_001));
    assert_eq!(of_a(&bench, buy("1", "99"), RuleId::Margin).detail, "broker's word is old");
}

/// A book of three offers and two bids, and fees of a tenth and a fifth of a percent.
fn booked() -> Bench {
    let mut bench = Bench::with(|genesis| {
        genesis.instruments[0].maker_fee = "0.001".parse().expect("a rate");
        genesis.instruments[0].taker_fee = "0.002".parse().expect("a rate");
    });
    let level = |at: &str, size: &str| Level { price: price(at), qty: qty(size) };
    let depth = Depth {
        instrument: LIN,
        bids: vec![level("99.9", "1"), level("99.5", "2")],
        asks: vec![level("100.1", "1"), level("100.5", "2"), level("101", "5")],
        venue_time: bench.now,
        local_time: bench.now,
    };
    bench.step(Input::Market(MarketEvent::Depth(Arc::new(depth))));
    bench
}

fn ticket(bench: &Bench, spec: OrderSpec) -> Assessment {
    let order = new_order(StrategyId::MANUAL, spec);
    assess(&Proposal::new(&order, Actor::Operator, bench.state(), bench.now))
}

fn fills(ticket: &Assessment) -> (Qty, Option<String>, Money) {
    (ticket.fills_now, ticket.average.map(|one| one.to_string()), ticket.fee)
}

#[test]
fn a_ticket_shows_what_the_visible_book_would_fill_and_what_that_costs() {
    let bench = booked();
    // 1 at 100.1 and 1 at 100.5 are 200.6, at a fifth of a percent.
    let taken = ticket(&bench, market(Side::Buy, "2"));
    assert_eq!(fills(&taken), (qty("2"), Some("100.3".to_owned()), money("0.4012")));
    let sold = ticket(&bench, market(Side::Sell, "2"));
    assert_eq!(fills(&sold), (qty("2"), Some("99.7".to_owned()), money("0.3988")));
    // 3 fill at no more than 100.5; one rests there for a tenth of a percent.
    let limited = ticket(&bench, buy("4", "100.5"));
    let fee = money("0.6022") + money("0.1005");
    assert_eq!((limited.fills_now, limited.fee), (qty("3"), fee));
    let sold = ticket(&bench, sell("4", "99.9"));
    assert_eq!((sold.fills_now, sold.fee), (qty("1"), money("0.1998") + money("0.2997")));
    // What may not take takes nothing.
    let rests = ticket(&bench, buy("4", "100.5").post_only());
    assert_eq!(fills(&rests), (Qty::ZERO, None, money("0.402")));
}

#[test]
fn a_ticket_shows_the_margin_that_is_left() {
    let mut bench = booked();
    bench.hold(A, (Side::Buy, "3"), "100");
    // Equity of a million, and a tenth of 5 at the mark of 100.
    assert_eq!(ticket(&bench, buy("2", "99")).margin_after, money("999950"));
    let mut bench = options("1000");
    bench.hold(A, (Side::Buy, "3"), "100");
    // 30 for what is held, and two premiums of 5.1.
    assert_eq!(ticket(&bench, option(Side::Buy, "2")).margin_after, money("959.8"));
    // What the options hold counts for the others.
    let id = bench.working(A, option(Side::Sell, "2"));
    bench.fill(id, "2", "4.9");
    let left = ticket(&bench, buy("2", "99")).margin_after;
    let equity = bench.state().equity_in(super::world::currency("USDT")).expect("an equity");
    assert_eq!(left, equity - money("20") - money("50"), "two underlyings sold, five held");
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
