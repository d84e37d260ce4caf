//! What every broker does.

use crate::bench::Bench;
use flightdeck::model::{BrokerReport, BrokerRequest, OrderKind, Side};

/// Runs a part of the contract against every broker.
fn every(part: fn(&mut Bench)) {
    for begin in [Bench::paper, || Bench::openalgo(""), || Bench::live(""), || Bench::streamed("")] {
        part(&mut begin());
    }
}

#[test]
fn a_limit_away_from_the_market_rests_until_it_is_canceled() {
    every(|bench| {
        let order = bench.submit(Side::Buy, "2", Bench::limit("99.5"));
        bench.expect(order, &["accepted"]);
        bench.cancel(order);
        bench.expect(order, &["accepted", "canceled"]);
    });
}

#[test]
fn a_market_order_trades_level_by_level_and_the_account_says_so() {
    every(|bench| {
        let order = bench.submit(Side::Buy, "3", OrderKind::Market);
        bench.expect(order, &["accepted", "filled 2 @ 100.1", "filled 1 @ 100.2"]);
        let account = bench.account();
        assert_eq!(account.fills, 2);
        let held: Vec<String> = account.positions.iter().map(|one| one.net.to_string()).collect();
        assert_eq!(held, ["3"]);
        // 10000 less 2 × 100.1 less 100.2; a broker tells each figure in whole hundredths, so the sum may be one short.
        let cash = account.balances[0].cash.to_string();
        assert!(["9699.6", "9699.59"].contains(&cash.as_str()), "{cash}");
    });
}

#[test]
fn what_can_trade_trades_and_the_rest_works_on() {
    every(|bench| {
        let order = bench.submit(Side::Buy, "3", Bench::limit("100.1"));
        bench.expect(order, &["accepted", "filled 2 @ 100.1"]);
        bench.send(BrokerRequest::QueryOrder { order });
        bench.expect(order, &["accepted", "filled 2 @ 100.1", "is PartiallyFilled 2"]);
        bench.cancel(order);
        bench.expect(order, &["accepted", "filled 2 @ 100.1", "is PartiallyFilled 2", "canceled"]);
    });
}

#[test]
fn an_impossible_quantity_is_refused_once() {
    every(|bench| {
        let order = bench.submit(Side::Buy, "0.05", Bench::limit("99.5"));
        bench.expect(order, &["rejected"]);
        assert!(bench.account().positions.is_empty());
        assert_eq!(bench.story(order), ["rejected"]);
    });
}

#[test]
fn a_change_is_told_when_it_is_made_and_can_make_an_order_trade() {
    every(|bench| {
        let order = bench.submit(Side::Buy, "2", Bench::limit("99.5"));
        bench.expect(order, &["accepted"]);
        let change = bench.replace(order, "1", Bench::limit("99.6"));
        let told = bench.hear_of(|report| matches!(report, BrokerReport::Replaced { .. }));
        assert!(matches!(told, BrokerReport::Replaced { change: made, .. } if made == change));
        bench.replace(order, "1", Bench::limit("100.1"));
        bench.hear_of(|report| matches!(report, BrokerReport::Replaced { .. }));
        bench.expect(order, &["accepted", "filled 1 @ 100.1"]);
    });
}

#[test]
fn an_order_nobody_sent_is_not_found() {
    every(|bench| {
        let order = Bench::id(4_711);
        bench.send(BrokerRequest::QueryOrder { order });
        bench.expect(order, &["not found"]);
    });
}

#[test]
fn the_list_of_open_orders_holds_what_is_open() {
    every(|bench| {
        let (first, second) = (
            bench.submit(Side::Buy, "1", Bench::limit("99.5")),
            bench.submit(Side::Sell, "1", Bench::limit("100.9")),
        );
        bench.expect(first, &["accepted"]);
        bench.expect(second, &["accepted"]);
        bench.cancel(first);
        bench.expect(first, &["accepted", "canceled"]);
        bench.send(BrokerRequest::QueryOrders);
        let told = bench.hear_of(|report| matches!(report, BrokerReport::Orders(_)));
        let BrokerReport::Orders(told) = told else { unreachable!() };
        let open: Vec<_> = told.open.iter().map(|one| one.order).collect();
        assert_eq!(open, [second]);
    });
}

#[test]
fn cancel_all_leaves_nothing_open_not_even_a_sleeping_stop() {
    every(|bench| {
        let stop = OrderKind::Stop { trigger: "95".parse().unwrap() };
        let orders = [
            bench.submit(Side::Buy, "1", Bench::limit("99.5")),
            bench.submit(Side::Sell, "1", Bench::limit("100.9")),
            bench.submit(Side::Sell, "1", stop),
        ];
        for order in orders {
            bench.expect(order, &["accepted"]);
        }
        bench.send(BrokerRequest::CancelAll);
        for order in orders {
            bench.expect(order, &["accepted", "canceled"]);
        }
    });
}

#[test]
fn a_stop_that_the_last_trade_has_reached_wakes_and_trades() {
    every(|bench| {
        // The last trade was at 100.1.
        let order = bench.submit(Side::Buy, "1", OrderKind::Stop { trigger: "100.1".parse().unwrap() });
        bench.expect(order, &["accepted", "triggered", "filled 1 @ 100.1"]);
    });
}

#[test]
fn a_cancel_of_what_is_over_changes_nothing() {
    every(|bench| {
        let order = bench.submit(Side::Buy, "1", OrderKind::Market);
        bench.expect(order, &["accepted", "filled 1 @ 100.1"]);
        bench.cancel(order);
        // Either it is refused, or it is said how the order has ended; where a stream was first to say so, the refusal of the
        // venue is no news, and some books later nothing has come.
        let (mut books, began) = (0, std::time::Instant::now());
        while bench.story(order).len() == 2 && (books < 5 || !bench.has_stream) {
            bench.account();
            books += usize::from(bench.has_asked("cancelorder"));
            assert!(began.elapsed() < std::time::Duration::from_mins(2), "it is not told");
        }
        let story = bench.story(order);
        let rest = story.iter().skip(2).map(String::as_str);
        assert!(rest.into_iter().all(|word| ["cancel rejected", "is Filled 1"].contains(&word)), "{story:?}");
        assert_eq!(bench.account().fills, 1);
    });
}
