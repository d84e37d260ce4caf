//! The gate's rules on strategies, venues and our own orders, as cases of the table in `gate`.

use super::bench::{Answer, Bench, Pull, buy, denial, market, sell};
use super::gate::{Case, as_it_is, nothing};
use super::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::engine::risk::{Proposal, judge};
use flightdeck::model::{
    Actor, Command, Entries, EntryHours, Measure, OrderChange, OrderEvent, OrderId, OrderKind, RuleId, Side,
    Span, StrategyId, StrategyRules, Timestamp,
};
use flightdeck::model::{Event, Input, KillLevel, MarketEvent, Scope};
use flightdeck::state::Genesis;

/// Holds strategy A to a rule.
pub(crate) fn held_to(genesis: &mut Genesis, rules: &StrategyRules) {
    genesis.limits.rules = vec![StrategyRules::NONE; 4];
    genesis.limits.rules[A.index()] = *rules;
}

macro_rules! rule {
    ($($field:ident: $value:expr),+ $(,)?) => {
        |genesis: &mut Genesis| held_to(genesis, &StrategyRules { $($field: Some($value)),+, ..StrategyRules::NONE })
    };
}

/// A round trip of one unit bought at 100.
fn round_trip(bench: &mut Bench, sold_at: &str) {
    bench.hold(A, (Side::Buy, "1"), "100");
    let exit = bench.working(A, market(Side::Sell, "1").reduce_only());
    bench.fill(exit, "1", sold_at);
}

fn stop_at(trigger: &str) -> OrderSpec {
    OrderSpec { kind: OrderKind::Stop { trigger: price(trigger) }, ..buy("1", "100") }
}

pub(crate) fn cases() -> Vec<Case> {
    [account(), counts(), patience(), times()].into_iter().flatten().collect()
}

fn account() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::Permission,
            limits: |genesis| genesis.strategies[A.index()].instruments = vec![LIN],
            before: nothing,
            inside: |bench| bench.ask(A, buy("1", "100")),
            beyond: |bench| {
                let spec = OrderSpec::limit(INV, Side::Sell, qty("10"), price("2000"), "test");
                bench.ask(A, spec)
            },
            value: Measure::None,
            limit: Measure::None,
        },
        Case {
            rule: RuleId::Trigger,
            limits: as_it_is,
            before: nothing,
            inside: |bench| bench.ask(A, stop_at("100.2")),
            beyond: |bench| bench.ask(A, stop_at("100.1")),
            value: Measure::Price(price("100.1")),
            limit: Measure::Price(price("100.1")),
        },
        Case {
            rule: RuleId::OpenValue,
            limits: |genesis| genesis.limits.max_open_value = money("1000"),
            before: |bench| {
                bench.working(B, sell("6", "101"));
            },
            inside: |bench| bench.ask(A, buy("4", "99")),
            beyond: |bench| bench.ask(A, buy("4.001", "99")),
            value: Measure::Money(money("1000.1")),
            limit: Measure::Money(money("1000")),
        },
        Case {
            rule: RuleId::SelfTrade,
            limits: as_it_is,
            before: |bench| {
                bench.working(B, sell("1", "100"));
            },
            inside: |bench| bench.ask(A, buy("1", "99.9")),
            beyond: |bench| bench.ask(A, buy("1", "100.1")),
            value: Measure::Price(price("100.1")),
            limit: Measure::Price(price("100")),
        },
    ]
}

fn counts() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::StrategyQty,
            limits: rule!(max_position: qty("3")),
            before: |bench| {
                bench.working(A, buy("1", "99"));
            },
            inside: |bench| bench.ask(A, buy("2", "99")),
            beyond: |bench| bench.ask(A, buy("2.001", "99")),
            value: Measure::Qty(qty("3.001")),
            limit: Measure::Qty(qty("3")),
        },
        Case {
            rule: RuleId::StrategyOrders,
            limits: rule!(max_open_orders: 2),
            before: |bench| {
                bench.working(A, buy("1", "99"));
                bench.working(B, buy("1", "99"));
            },
            inside: |bench| bench.ask(A, buy("1", "98")),
            beyond: |bench| {
                bench.working(A, buy("1", "98"));
                bench.ask(A, buy("1", "97"))
            },
            value: Measure::Count(3),
            limit: Measure::Count(2),
        },
        Case {
            rule: RuleId::DailyTrades,
            limits: rule!(daily_trades: 2),
            before: |bench| round_trip(bench, "101"),
            inside: |bench| bench.ask(A, buy("1", "99")),
            beyond: |bench| {
                bench.working(A, buy("1", "99"));
                bench.ask(A, buy("1", "98"))
            },
            value: Measure::Count(3),
            limit: Measure::Count(2),
        },
    ]
}

fn patience() -> Vec<Case> {
    vec![
        Case {
            rule: RuleId::Entries,
            limits: rule!(entries: Entries { count: 2, within: Span::from_secs(60) }),
            before: |bench| {
                bench.working(A, buy("1", "99"));
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
            rule: RuleId::Losers,
            limits: rule!(losers: 2),
            before: |bench| round_trip(bench, "99.9"),
            inside: |bench| bench.ask(A, buy("1", "99")),
            beyond: |bench| {
                round_trip(bench, "99.9");
                bench.ask(A, buy("1", "99"))
            },
            value: Measure::Count(2),
            limit: Measure::Count(2),
        },
        Case {
            rule: RuleId::Spread,
            limits: rule!(max_spread_ticks: 2),
            before: nothing,
            inside: |bench| bench.ask(A, buy("1", "99")),
            beyond: |bench| {
                bench.quote(LIN, "99.8", "100.1");
                bench.ask(A, buy("1", "99"))
            },
            value: Measure::Count(3),
            limit: Measure::Count(2),
        },
    ]
}

fn times() -> Vec<Case> {
    // The bench begins at midnight UTC.
    let evening = EntryHours { from: Span::from_secs(3_600), to: Span::from_secs(7_200), flatten: false };
    assert!(!evening.is_open(Timestamp::EPOCH));
    vec![
        Case {
            rule: RuleId::Cooldown,
            limits: rule!(cooldown_loss: Span::from_millis(1_000)),
            before: |bench| round_trip(bench, "99"),
            inside: |bench| {
                bench.wait(Span::from_millis(999));
                bench.ask(A, buy("1", "99"))
            },
            beyond: |bench| {
                bench.wait(Span::from_millis(998));
                bench.ask(A, buy("1", "99"))
            },
            value: Measure::Age(Span::from_millis(1)),
            limit: Measure::Age(Span::from_millis(1_000)),
        },
        Case {
            rule: RuleId::Hours,
            limits: rule!(session: EntryHours {
                from: Span::from_secs(3_600),
                to: Span::from_secs(7_200),
                flatten: false,
            }),
            before: nothing,
            inside: |bench| {
                bench.wait(Span::from_secs(3_600));
                bench.freshen();
                bench.ask(A, buy("1", "99"))
            },
            beyond: |bench| {
                bench.wait(Span::from_secs(7_200));
                bench.freshen();
                bench.ask(A, buy("1", "99"))
            },
            value: Measure::None,
            limit: Measure::None,
        },
    ]
}

#[test]
fn an_exit_passes_every_rule_of_its_strategy() {
    let session = EntryHours { from: Span::from_secs(3_600), to: Span::from_secs(7_200), flatten: false };
    let all = StrategyRules {
        max_position: Some(qty("1")),
        max_open_orders: Some(1),
        daily_trades: Some(1),
        cooldown_exit: Some(Span::from_secs(60)),
        losers: Some(1),
        max_spread_bps: Some(1),
        entries: Some(Entries { count: 1, within: Span::from_secs(60) }),
        entries_day: Some(1),
        ..StrategyRules::NONE
    };
    let mut bench =
        Bench::with(|genesis| held_to(genesis, &StrategyRules { max_spread_bps: Some(50), ..all }));
    bench.hold(A, (Side::Buy, "1"), "100");
    // The venue fills more than was asked for, the spread widens, and the hours end.
    let hold = bench.state().orders.closed().last().expect("filled").id;
    let more = bench.fill_of(hold, "1", price("100"));
    bench.report(flightdeck::model::BrokerReport::Filled(more));
    let state = bench.state();
    let order = super::bench::new_order(A, market(Side::Sell, "2").reduce_only());
    assert!(judge(&Proposal::new(&order, Actor::Strategy(A), state, bench.now)).is_ok());
    let entry = super::bench::new_order(A, buy("1", "99"));
    assert!(judge(&Proposal::new(&entry, Actor::Strategy(A), state, bench.now)).is_err());
    let mut shut = Bench::with(|genesis| held_to(genesis, &StrategyRules { session: Some(session), ..all }));
    shut.freshen();
    assert_eq!(denial(shut.ask(A, buy("1", "99"))).rule, RuleId::Hours);
}

#[test]
fn the_tenth_order_tells_what_is_usual_and_a_fat_finger_is_denied() {
    let mut bench = Bench::with(rule!(order_ratio: 5));
    for step in 0..10 {
        let id = bench.working(A, buy("1", &format!("{}", 90 + step)));
        bench.operator(Command::Cancel { order: id });
        bench.confirm_cancel(id);
    }
    assert!(matches!(bench.ask(A, buy("5", "80")), Answer::Released(_)));
    let denied = denial(bench.ask(A, buy("7", "81")));
    assert_eq!((denied.rule, denied.detail), (RuleId::OrderQty, "far above its usual"));
}

#[test]
fn equal_orders_within_ten_seconds_are_counted_and_the_ninth_is_denied() {
    let mut bench = Bench::with(|genesis| genesis.limits.identical_orders = 8);
    for _ in 0..8 {
        let id = bench.working(A, buy("1", "99"));
        bench.operator(Command::Cancel { order: id });
        bench.confirm_cancel(id);
    }
    let denied = denial(bench.ask(A, buy("1", "99")));
    assert_eq!(
        (denied.rule, denied.value, denied.limit),
        (RuleId::Duplicate, Measure::Count(9), Measure::Count(8))
    );
    assert!(matches!(bench.ask(A, buy("1", "98.9")), Answer::Released(_)));
    bench.wait(Span::from_secs(10));
    bench.freshen();
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
}

#[test]
fn a_venue_has_its_own_second_minute_and_day() {
    let mut bench = Bench::with(|genesis| {
        genesis.instruments[1].venue = "elsewhere".into();
        genesis.limits.messages_per_s = 3;
        genesis.limits.cancel_reserve = 1;
        genesis.limits.messages_per_min = 4;
    });
    let inverse = |at: &str| OrderSpec::limit(INV, Side::Buy, qty("10"), price(at), "test");
    bench.order(A, buy("1", "99"));
    bench.order(A, buy("1", "98"));
    assert_eq!(denial(bench.ask(A, buy("1", "97"))).rule, RuleId::Rate);
    assert!(matches!(bench.ask(A, inverse("1900")), Answer::Released(_)));
    for at in ["97", "96"] {
        bench.wait(Span::from_secs(1));
        bench.freshen();
        bench.order(A, buy("1", at));
    }
    bench.wait(Span::from_secs(1));
    bench.freshen();
    let denied = denial(bench.ask(A, buy("1", "95")));
    assert_eq!((denied.rule, denied.detail, denied.value), (RuleId::Rate, "a minute", Measure::Count(5)));
    assert!(matches!(bench.ask(A, inverse("1800")), Answer::Released(_)));
    bench.wait(Span::from_secs(61));
    bench.freshen();
    assert!(matches!(bench.ask(A, buy("1", "95")), Answer::Released(_)));
}

#[test]
fn a_days_budget_turns_with_the_day_and_never_holds_back_an_exit() {
    let mut bench = Bench::with(|genesis| genesis.limits.messages_per_day = 1);
    bench.hold(A, (Side::Buy, "1"), "100");
    let denied = denial(bench.ask(A, buy("1", "99")));
    assert_eq!((denied.rule, denied.detail), (RuleId::Rate, "a day"));
    assert!(matches!(bench.ask(A, market(Side::Sell, "1").reduce_only()), Answer::Released(_)));
    bench.wait(Span::from_secs(86_400));
    bench.freshen();
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
}

#[test]
fn an_order_may_be_changed_only_so_often() {
    let mut bench = Bench::with(|genesis| genesis.limits.order_changes = 2);
    let id = bench.working(A, buy("1", "99"));
    let judged = |bench: &Bench| {
        let order = super::bench::new_order(A, buy("1", "98"));
        let own = bench.state().orders.get(id).expect("working");
        let proposal = Proposal::replacing(&order, own, Actor::Strategy(A), (bench.state(), bench.now));
        judge(&proposal).map(|_| ()).map_err(|denial| (denial.rule, denial.value, denial.limit))
    };
    assert_eq!(judged(&bench), Ok(()));
    let mut state = bench.state().clone();
    for _ in 0..2 {
        let change = OrderChange { qty: qty("1"), kind: OrderKind::Limit { price: price("98") } };
        let client_id = bench.client_id(id);
        let (actor, request, risk) = (Actor::Cli, None, None);
        let event = OrderEvent::ReplaceRequested { id, client_id, change, actor, request, risk };
        let seq = flightdeck::model::Seq::new(state.seq.get() + 1);
        let cause = flightdeck::model::Cause(seq);
        state.apply(&flightdeck::model::Envelope { seq, at: bench.now, cause, event: Event::Order(event) });
    }
    let order = super::bench::new_order(A, buy("1", "98"));
    let own = state.orders.get(id).expect("working");
    let proposal = Proposal::replacing(&order, own, Actor::Strategy(A), (&state, bench.now));
    let denied = judge(&proposal).unwrap_err();
    assert_eq!(
        (denied.rule, denied.value, denied.limit),
        (RuleId::Changes, Measure::Count(3), Measure::Count(2))
    );
}

#[test]
fn our_own_orders_count_until_the_venue_says_they_are_gone_whoever_sent_them() {
    let mut bench = Bench::new();
    let resting = bench.working(B, sell("1", "100"));
    bench.operator(Command::Cancel { order: resting });
    assert_eq!(denial(bench.by_hand(StrategyId::MANUAL, buy("1", "100"))).rule, RuleId::SelfTrade);
    bench.confirm_cancel(resting);
    assert!(matches!(bench.by_hand(StrategyId::MANUAL, buy("1", "100")), Answer::Released(_)));
    // Unanswered; of unknown fate it is the rule of that name that denies.
    let mut bench = Bench::new();
    bench.order(A, sell("1", "100.1"));
    assert_eq!(denial(bench.ask(B, market(Side::Buy, "1"))).rule, RuleId::SelfTrade);
    // A stop that sleeps stands in no book.
    let mut bench = Bench::new();
    let stop = OrderSpec { kind: OrderKind::Stop { trigger: price("99") }, ..sell("1", "99") };
    bench.working(B, stop);
    assert!(matches!(bench.ask(A, buy("1", "100")), Answer::Released(_)));
}

#[test]
fn three_self_trades_blocked_stop_their_strategy_and_nobody_else() {
    let mut bench = Bench::new();
    bench.working(B, sell("1", "100"));
    for at in ["100", "100.1", "100.2"] {
        assert_eq!(denial(bench.ask(A, buy("1", at))).rule, RuleId::SelfTrade);
        assert!(bench.is_armed(A));
    }
    bench.tick();
    assert_eq!(bench.state().control.kill_at(Scope::Strategy(A)), KillLevel::K2);
    assert!(!bench.is_armed(A) && bench.is_armed(B));
    bench.resume();
    bench.operator(Command::Arm { strategy: A });
    bench.tick();
    assert!(bench.is_armed(A), "a human has looked: the count starts again");
}

fn told(bench: &mut Bench, free: &str) {
    use flightdeck::model::{AccountSnapshot, Balance, BrokerReport};
    let cash = money("1000000");
    let currency = super::world::currency("USDT");
    let balance = Balance { currency, cash, margin: money("0"), free: money(free) };
    let snapshot = AccountSnapshot {
        balances: vec![balance],
        positions: Vec::new(),
        fills: 0,
        venue_time: bench.now,
        account: flightdeck::model::AccountId::FIRST,
    };
    bench.report(BrokerReport::Account(Box::new(snapshot)));
}

#[test]
fn the_brokers_free_margin_counts_too_and_only_while_its_word_is_young() {
    let mut bench = Bench::new();
    told(&mut bench, "100");
    // A tenth is margin, nine tenths of what is free may be used.
    bench.working(A, buy("9", "100"));
    let denied = denial(bench.ask(A, buy("9.1", "100")));
    assert_eq!((denied.rule, denied.detail), (RuleId::Margin, "beyond the broker's"));
    bench.wait(Span::from_secs(61));
    bench.freshen();
    let denied = denial(bench.ask(A, buy("1", "99")));
    assert_eq!((denied.rule, denied.detail), (RuleId::Margin, "broker's word is old"));
    let asked = bench.tick();
    assert!(
        asked.iter().any(|one| matches!(one.event, Event::Account(flightdeck::model::AccountEvent::Asked)))
    );
    assert!(
        !bench.tick().iter().any(|one| matches!(one.event, Event::Account(_))),
        "not asked at every tick"
    );
    told(&mut bench, "100");
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
}

#[test]
fn a_stale_position_is_valued_at_the_collar_where_new_risk_is_asked_for() {
    let mut bench = Bench::with(|genesis| {
        genesis.limits.daily_loss = money("40");
        // The other instrument stays fresh for longer.
        genesis.instruments[1].stale_after = Span::from_secs(60);
    });
    bench.hold(A, (Side::Buy, "10"), "100");
    bench.wait(Span::from_secs(3));
    bench.tick();
    // 1000 at a collar of 5 % could have lost 50.
    let inverse = OrderSpec::limit(INV, Side::Sell, qty("10"), price("2000"), "test");
    let denied = denial(bench.by_hand(StrategyId::MANUAL, inverse));
    assert_eq!((denied.rule, denied.value), (RuleId::LossAccount, Measure::Money(money("50"))));
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0, "nothing is killed for what nobody saw");
    bench.quote(LIN, "99.9", "100.1");
    assert!(matches!(bench.by_hand(StrategyId::MANUAL, inverse), Answer::Released(_)));
}

#[test]
fn the_days_counters_turn_with_the_day() {
    let mut bench = Bench::with(|genesis| {
        let rules = StrategyRules { daily_trades: Some(1), ..StrategyRules::NONE };
        held_to(genesis, &rules);
    });
    round_trip(&mut bench, "101");
    assert_eq!(denial(bench.ask(A, buy("1", "99"))).rule, RuleId::DailyTrades);
    bench.wait(Span::from_secs(86_400));
    bench.freshen();
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
}

#[test]
fn repeated_entries_disable_a_strategy_until_a_human_has_looked() {
    let mut bench = Bench::with(|genesis| {
        let entries = Entries { count: 2, within: Span::from_secs(60) };
        held_to(genesis, &StrategyRules { entries: Some(entries), ..StrategyRules::NONE });
    });
    let first = bench.working(A, buy("1", "99"));
    let second = bench.order(A, buy("1", "98"));
    let events = bench.accept(second);
    assert_eq!(super::bench::canceling(&events), [first, second], "K2 cancels its entries");
    assert!(!bench.is_armed(A) && bench.is_armed(B));
    for id in [first, second] {
        bench.confirm_cancel(id);
    }
    bench.resume();
    bench.operator(Command::Arm { strategy: A });
    assert!(matches!(bench.ask(A, buy("1", "97")), Answer::Released(_)));
    bench.tick();
    assert!(bench.is_armed(A));
}

#[test]
fn a_storm_of_rejects_stops_the_strategy_and_one_answer_ends_the_row() {
    let mut bench = Bench::with(|genesis| {
        held_to(genesis, &StrategyRules { rejects: Some(3), ..StrategyRules::NONE });
    });
    let refused = |bench: &mut Bench, at: &str| {
        let id: OrderId = bench.order(A, buy("1", at));
        bench.reject(id);
    };
    refused(&mut bench, "99");
    refused(&mut bench, "98");
    bench.working(A, buy("1", "97"));
    refused(&mut bench, "96");
    refused(&mut bench, "95");
    assert!(bench.is_armed(A));
    refused(&mut bench, "94");
    assert!(!bench.is_armed(A));
    assert_eq!(bench.state().control.kill_at(Scope::Strategy(A)), KillLevel::K2);
    assert_eq!(bench.state().control.kill_at(Scope::Strategy(B)), KillLevel::K0);
    bench.pull(A, Pull::Submit(buy("1", "93")));
    assert!(bench.print().iter().all(|one| matches!(one.event, Event::Market(MarketEvent::Trade(_)))));
    bench.step(Input::Tick);
}
