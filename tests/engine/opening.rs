//! A live book without a history begins with what the broker holds; what differs later, differs.

use super::bench::{Bench, buy, released};
use super::kill_resume::snapshot;
use super::watchdog::watched_with;
use super::world::{A, LIN, currency, money, price, qty};
use flightdeck::model::{
    AccountEvent, BrokerReport, ClientOrderId, Envelope, Event, FillId, FillReport, KillLevel, Liquidity,
    Mode, Money, Scope, Side, Span, StrategyId,
};
use flightdeck::state::Difference;

/// The broker's account, level with our fills: the bench's capital is a million.
fn told(bench: &Bench, more: i64) -> BrokerReport {
    let net = bench.net(A);
    let BrokerReport::Account(mut account) = snapshot(bench, &net) else { unreachable!() };
    account.balances[0].cash += Money::units(more);
    BrokerReport::Account(account)
}

fn opened(events: &[Envelope]) -> Vec<String> {
    let word = |one: &Envelope| {
        let Event::Account(AccountEvent::Opened { currency, amount, account: _ }) = &one.event else {
            return None;
        };
        Some(format!("{amount} {currency}"))
    };
    events.iter().filter_map(word).collect()
}

fn live() -> Bench {
    watched_with(|genesis| genesis.mode = Mode::Live)
}

/// One that nobody watches over: it asks no broker what it holds, and waits for no word of one.
fn unwatched() -> Bench {
    Bench::with(|genesis| genesis.mode = Mode::Live)
}

#[test]
fn the_first_word_of_the_broker_is_what_a_live_book_begins_with_and_no_difference() {
    let mut bench = live();
    let before = bench.state().equity_in(currency("USDT")).unwrap();
    let word = told(&bench, -999_000);
    assert_eq!(opened(&bench.report(word)), ["1000 USDT"]);
    assert!(bench.state().reconciliation.is_clean());
    let after = bench.state().equity_in(currency("USDT")).unwrap();
    assert_eq!((before, after), (money("1000000"), money("1000")), "margins count with what is there");
    // Said once: what moves now is a difference.
    let word = told(&bench, -999_001);
    assert_eq!(opened(&bench.report(word)), Vec::<String>::new());
    let differs: Vec<_> = bench.state().reconciliation.differences().copied().collect();
    assert_eq!(
        differs,
        [Difference::Cash {
            currency: currency("USDT"),
            ours: money("1000"),
            broker: money("999"),
            account: flightdeck::model::AccountId::FIRST
        }]
    );
}

#[test]
fn it_outlives_the_process_and_is_never_taken_again() {
    let mut bench = unwatched();
    let word = told(&bench, 5);
    assert_eq!(opened(&bench.report(word)), ["1000005 USDT"]);
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.restart(false, |genesis| genesis.mode = Mode::Live).unwrap();
    assert_eq!(
        bench.state().cash_in(currency("USDT")),
        money("1000005") + bench.state().ledger.account(LIN).cash
    );
    let word = told(&bench, 6);
    assert_eq!(opened(&bench.report(word)), Vec::<String>::new());
    assert_eq!(bench.state().reconciliation.differences().count(), 1);
}

#[test]
fn what_somebody_else_loses_halts_nothing_but_by_the_limit_of_the_account() {
    let mut bench = live();
    let fill = FillReport {
        order: ClientOrderId::from_bits(1),
        fill_id: FillId("X-1".into()),
        instrument: LIN,
        side: Side::Buy,
        qty: qty("5"),
        price: price("100"),
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        at: bench.now,
    };
    bench.report(BrokerReport::Filled(fill));
    bench.quote(LIN, "98.9", "99");
    bench.wait(Span::from_secs(1));
    bench.tick();
    let control = &bench.state().control;
    assert_eq!(control.kill_at(Scope::Strategy(StrategyId::EXTERNAL)), KillLevel::K0);
    assert!(bench.state().strategy_pnl(StrategyId::EXTERNAL).unwrap().day < Money::ZERO);
}

#[test]
fn a_sandbox_and_an_older_book_with_orders_keep_the_configured_capital() {
    let mut bench = watched_with(|_| {});
    let word = told(&bench, 5);
    assert_eq!(opened(&bench.report(word)), Vec::<String>::new());
    let mut bench = unwatched();
    released(bench.ask(A, buy("1", "99")));
    bench.restart(false, |genesis| genesis.mode = Mode::Live).unwrap();
    let word = told(&bench, 5);
    assert_eq!(opened(&bench.report(word)), Vec::<String>::new());
    assert_eq!(bench.state().reconciliation.differences().count(), 1);
}

#[test]
fn an_order_that_was_quicker_than_the_first_word_is_taken_off_again() {
    let mut bench = unwatched();
    bench.hold(A, (Side::Buy, "5"), "100");
    let word = told(&bench, 5);
    assert_eq!(opened(&bench.report(word)), ["1000005 USDT"]);
    assert!(bench.state().reconciliation.is_clean());
}
