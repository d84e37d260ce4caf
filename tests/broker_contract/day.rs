//! A day at a broker: others trade the account too, the login expires, the mode is switched, the stream falls silent.

use crate::bench::{Bench, word};
use flightdeck::model::{BrokerReport, BrokerRequest, ClientOrderId, OrderKind, Side};

fn is(order: ClientOrderId, words: &'static str) -> impl Fn(&BrokerReport) -> bool {
    move |report| report.order() == Some(order) && word(report) == words
}

#[test]
fn an_order_of_somebody_else_that_looks_like_the_lost_one_is_not_taken_for_it() {
    let mut bench = Bench::live("placeorder 1 lost");
    // The book shows neither of them before both are there, however long that takes.
    bench.operate("stale 600000");
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.hear_of(is(order, "unknown"));
    bench.operate("foreign BUY 1 TEST CRYPTO NRML 99.5\nstale 0");
    bench.hear_of(is(order, "torn"));
    bench.cancel(order);
    bench.account();
    let log = bench.log();
    assert!(
        !log.iter().any(|entry| entry.endpoint == "cancelorder"),
        "neither is touched before a human has decided"
    );
    assert_eq!(bench.placements(order), 1);
}

#[test]
fn what_somebody_else_trades_is_told_as_theirs_and_the_positions_agree() {
    let mut bench = Bench::streamed("");
    bench.operate("foreign BUY 1 TEST CRYPTO NRML");
    let told = bench.hear_of(|report| matches!(report, BrokerReport::Filled(_)));
    assert!(told.order().is_some_and(|order| !order.is_our_kind()));
    let account = bench.account();
    assert_eq!((account.fills, account.positions[0].net.to_string().as_str()), (1, "1"));
}

#[test]
fn orders_outlive_an_expired_login_and_are_worked_again_after_it() {
    let mut bench = Bench::streamed("");
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["accepted"]);
    bench.operate("logout");
    bench.until(|bench| {
        bench.links.iter().any(|line| line.starts_with("down broker: login expired: log in at"))
    });
    let refused = bench.submit(Side::Buy, "1", OrderKind::Market);
    bench.expect(refused, &["not sent"]);
    bench.cancel(order);
    bench.operate("login");
    bench.has_broker();
    bench.expect(order, &["accepted", "canceled"]);
    assert_eq!(bench.placements(refused), 0);
}

#[test]
fn a_broker_switched_to_its_sandbox_and_back_has_no_order_of_ours_twice_and_none_in_the_sandbox() {
    let mut bench = Bench::live("");
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["accepted"]);
    bench.operate("mode analyze");
    bench.until(|bench| bench.links.iter().any(|line| line.contains("is in analyze mode")));
    let refused = bench.submit(Side::Buy, "1", Bench::limit("99.4"));
    bench.expect(refused, &["not sent"]);
    bench.operate("mode live");
    bench.has_broker();
    bench.send(BrokerRequest::QueryOrder { order });
    bench.expect(order, &["accepted", "is Working 0"]);
    assert_eq!((bench.placements(order), bench.placements(refused)), (1, 0));
}

#[test]
fn a_mute_stream_costs_nothing_but_time_prices_and_fills_come_from_the_books() {
    let mut bench = Bench::streamed("");
    bench.operate("mute 60000");
    bench.market.clear();
    let order = bench.submit(Side::Buy, "3", OrderKind::Market);
    bench.expect(order, &["accepted", "filled 2 @ 100.1", "filled 1 @ 100.2"]);
    bench.until(|bench| !bench.market.is_empty());
}

#[test]
fn a_fill_the_trades_show_only_after_the_order_was_canceled_is_booked() {
    let mut bench = Bench::live("");
    bench.operate("begin tradebook empty");
    let order = bench.submit(Side::Buy, "3", Bench::limit("100.1"));
    bench.expect(order, &["accepted"]);
    bench.cancel(order);
    bench.expect(order, &["accepted", "canceled"]);
    bench.operate("end tradebook");
    bench.expect(order, &["accepted", "canceled", "filled 2 @ 100.1"]);
    let account = bench.account();
    assert_eq!((account.fills, account.positions[0].net.to_string().as_str()), (1, "2"));
}

#[test]
fn fills_no_trade_shows_are_booked_at_prices_that_trade_and_not_again_when_the_trades_come() {
    let mut bench = Bench::openalgo("");
    bench.operate("begin tradebook empty");
    let order = bench.submit(Side::Buy, "3", OrderKind::Market);
    // Two at 100.1 and one at 100.2 are 100.1333… on the average, where nothing trades.
    let told = ["accepted", "filled 2 @ 100.1", "filled 1 @ 100.2"];
    bench.expect(order, &told);
    bench.operate("end tradebook");
    let before = bench.account();
    assert_eq!((before.fills, before.positions[0].net.to_string().as_str()), (2, "3"));
    assert_eq!((bench.account().fills, bench.story(order).len()), (2, told.len()));
}
