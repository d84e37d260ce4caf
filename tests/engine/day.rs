//! Money over the day: loss limits that wait for tomorrow, figures that start again, rows that sum to the account.

use super::bench::Bench;
use super::kill_resume::{has_resumed, refusal};
use super::world::{A, B, INV, LIN, money};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{Fault, KillLevel, Money, Refusal, Scope, Side, Span};

#[test]
fn a_resume_under_a_reached_loss_limit_is_refused_until_the_next_day() {
    let mut bench = Bench::with(|genesis| genesis.limits.daily_loss = money("10"));
    bench.hold(A, (Side::Buy, "10"), "100");
    bench.quote(LIN, "98.9", "99.1");
    bench.tick();
    assert_eq!(bench.state().control.kill_at(Scope::All), KillLevel::K2);
    assert_eq!(refusal(&bench.resume()), Refusal::LossLimit);
    assert!(Refusal::LossLimit.to_string().contains("loss"));
    bench.wait(Span::from_secs(86_400));
    bench.tick();
    assert!(has_resumed(&bench.resume()));
}

#[test]
fn the_days_high_and_drawdown_do_not_survive_the_day() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "100"), "100");
    bench.quote(LIN, "104.9", "105.1");
    bench.wait(Span::from_secs(2));
    bench.tick();
    assert_eq!(bench.state().history.peak, money("500"));
    bench.wait(Span::from_secs(86_400));
    bench.freshen();
    let history = &bench.state().history;
    assert_eq!((history.peak, history.trough, history.max_drawdown), (Money::ZERO, Money::ZERO, Money::ZERO));
    assert!(!history.drawdown().is_negative(), "nothing of yesterday is measured");
}

#[test]
fn a_day_that_turns_without_a_price_starts_at_its_first_valuation() {
    let mut bench = Bench::bare(|_| {});
    bench.report(super::orders::foreign("X-1", Side::Buy));
    assert!(bench.state().account_pnl().is_none(), "held and without any price");
    bench.wait(Span::from_secs(86_400));
    bench.tick();
    bench.quote(LIN, "89.9", "90.1");
    let pnl = bench.state().account_pnl().expect("a price");
    assert!(pnl.net < Money::ZERO && pnl.day.is_zero(), "yesterday's loss is not today's: {pnl:?}");
}

#[test]
fn the_rows_sum_to_the_account_also_where_strategies_stand_against_each_other() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "1"), "100");
    bench.hold(B, (Side::Sell, "1"), "110");
    let coin = |side| OrderSpec { instrument: INV, ..super::bench::market(side, "7") };
    for (strategy, side, at) in [(A, Side::Buy, "1999.37"), (B, Side::Sell, "2000.11")] {
        let id = bench.working(strategy, coin(side));
        bench.fill(id, "7", at);
    }
    bench.quote(INV, "2001.13", "2001.15");
    let (rows, account) =
        (bench.state().rows_pnl().expect("rows"), bench.state().account_pnl().expect("all"));
    assert_eq!((rows.net, rows.day), (account.net, account.day));
    assert_ne!(rows.realised, account.realised, "the account has netted what the rows still hold");
}

#[test]
fn after_silence_a_jump_is_on_probation_as_ever() {
    let mut bench = Bench::new();
    bench.wait(Span::from_secs(3));
    bench.tick();
    let mark = |bench: &Bench| bench.state().market(LIN).unwrap().mark().unwrap().to_string();
    bench.quote(LIN, "1", "1.1");
    assert_eq!(mark(&bench), "100");
    assert!(matches!(
        bench.state().market(LIN).unwrap().trust,
        flightdeck::state::Trust::Quarantined { fault: Fault::Jump, .. }
    ));
    bench.quote(LIN, "80", "80.2");
    for _ in 0..3 {
        assert_eq!(mark(&bench), "100");
        bench.quote(LIN, "80", "80.2");
    }
    assert_eq!(mark(&bench), "80.1");
    assert!(!bench.state().market(LIN).unwrap().stale);
}
