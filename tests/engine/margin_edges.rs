//! Margin, what a ticket shows before anybody has pressed a key, and what the risk panel shows without an order.

use super::bench::{Bench, buy, denial, market, new_order, sell};
use super::options::chain;
use super::risk_edges::of_a;
use super::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::engine::risk::{Proposal, assess, headroom};
use flightdeck::model::{
    Actor, Assessment, Depth, Input, InstrumentId, Level, MarketEvent, Measure, Money, Qty, RuleId, Scope,
    Side, Span, StrategyId,
};
use std::sync::Arc;

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

pub(crate) fn option(side: Side, count: &str) -> OrderSpec {
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
    let mut bench = bench;
    assert_eq!(denial(bench.ask(A, option(Side::Sell, "11"))).rule, RuleId::Margin, "nor by the short way");
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
fn beyond_all_margin_the_way_out_is_open_for_a_strategy_and_for_the_account() {
    let mut bench = Bench::with(|genesis| genesis.capital[0].1 = money("100"));
    bench.hold(B, (Side::Buy, "9"), "100");
    bench.hold(A, (Side::Sell, "9"), "100");
    bench.quote(LIN, "107.9", "108.1");
    bench.quote(LIN, "115.9", "116.1");
    // A's exit leaves the account with B's nine: 104.49 of margin, and 100 to pay it with.
    let exit = of_a(&bench, market(Side::Buy, "9").reduce_only(), RuleId::Margin);
    assert_eq!((exit.pass, exit.value), (true, Measure::Money(money("104.49"))), "{exit:?}");
    assert!(!of_a(&bench, market(Side::Buy, "9"), RuleId::Margin).pass);
    let mut bench = Bench::with(|genesis| genesis.capital[0].1 = money("100"));
    bench.hold(B, (Side::Buy, "9"), "100");
    bench.quote(LIN, "92.9", "93.1");
    let less = of_a(&bench, market(Side::Sell, "1"), RuleId::Margin);
    assert_eq!((less.pass, less.value), (true, Measure::Money(money("83.7"))), "it makes the account's less");
    assert!(!of_a(&bench, market(Side::Buy, "1"), RuleId::Margin).pass);
}

#[test]
fn the_risk_panel_shows_what_each_limit_is_used_by_and_where_nothing_more_fits() {
    let mut bench = Bench::with(|genesis| genesis.limits.instruments[0].max_position = qty("6"));
    bench.hold(A, (Side::Buy, "6"), "100");
    bench.working(B, sell("2", "101"));
    bench.quote(LIN, "98.9", "99.1");
    let gauges = headroom(bench.state(), bench.now);
    let gauge = |rule: RuleId, scope: Scope| {
        let found = gauges.iter().find(|one| (one.rule, one.scope) == (rule, scope)).expect("a gauge");
        (found.value, found.limit, found.pass)
    };
    let cash = |text: &str| Measure::Money(money(text));
    let (lin, a) = (Scope::Instrument(LIN), Scope::Strategy(A));
    assert_eq!(gauge(RuleId::PositionAccount, Scope::All), (cash("594"), cash("1000000"), true));
    assert_eq!(gauge(RuleId::LossAccount, Scope::All), (cash("6"), cash("100000"), true));
    assert_eq!(gauge(RuleId::Rate, Scope::All), (Measure::Count(2), Measure::Count(95), true));
    assert_eq!(gauge(RuleId::OpenOrders, Scope::All), (Measure::Count(1), Measure::Count(50), true));
    assert_eq!(gauge(RuleId::OpenValue, Scope::All), (cash("198"), cash("1000000"), true));
    assert_eq!(gauge(RuleId::Margin, lin), (cash("59.4"), cash("999994"), true));
    assert_eq!(
        gauge(RuleId::PositionInstrument, lin),
        (Measure::Qty(qty("6")), Measure::Qty(qty("6")), false)
    );
    assert_eq!(gauge(RuleId::PositionStrategy, a), (cash("594"), cash("200000"), true));
    assert_eq!(gauge(RuleId::LossStrategy, a), (cash("6"), cash("100000"), true));
    let margins = gauges.iter().filter(|one| one.rule == RuleId::Margin).count();
    assert_eq!(margins, 2, "one a currency");
}
