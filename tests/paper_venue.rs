//! The paper venue as a trader meets it: sweeps, queues, stops, times in force, refusals, latency.

#[path = "support/paper_desk.rs"]
mod paper_desk;

use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, Instrument, InstrumentId, Level, OrderId, OrderKind,
    OrderRequest, Price, Qty, RunId, Side, Span, TimeInForce, Timestamp,
};
use flightdeck::sim::RawBody;
use flightdeck::sim::paper::{Latency, PaperConfig, QueueModel};
use paper_desk::{Desk, INVERSE, LINEAR, config, inverse, linear, money, price, qty};
use proptest::prelude::*;

const BIDS: [(&str, &str); 2] = [("100", "10"), ("99.9", "5")];
const ASKS: [(&str, &str); 2] = [("100.1", "2"), ("100.2", "3")];

fn open(queue: QueueModel) -> Desk {
    let mut desk = Desk::new(queue);
    desk.book(&BIDS, &ASKS);
    desk
}

#[test]
fn a_market_order_sweeps_levels_with_a_fill_and_a_fee_for_each() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.market_order(Side::Buy, "4");
    assert_eq!(desk.story(order), ["accepted", "filled 2 @ 100.1 taker", "filled 2 @ 100.2 taker"]);
    let fees: Vec<_> = desk.fills(order).iter().map(|fill| fill.fee).collect();
    assert_eq!(fees, [money("0.1001"), money("0.1002")]);
    assert_eq!(desk.balance("USDT").cash, money("10000") - money("400.6") - money("0.2003"));
}

#[test]
fn what_the_book_cannot_fill_of_a_market_order_is_canceled() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.market_order(Side::Buy, "7");
    assert_eq!(desk.story(order).last().unwrap(), "canceled: market order: the visible book is used up");
    assert_eq!(desk.net(LINEAR).to_string(), "5");
}

#[test]
fn without_a_book_in_sequence_a_market_order_is_rejected() {
    let mut desk = Desk::new(QueueModel::Trades);
    let order = desk.market_order(Side::Buy, "1");
    assert_eq!(desk.story(order), ["rejected: no book to trade against"]);
    desk.book(&BIDS, &[]);
    let order = desk.market_order(Side::Buy, "1");
    assert_eq!(desk.story(order), ["rejected: no book to trade against"]);
}

#[test]
fn what_we_took_is_not_sold_to_us_again_until_the_level_is_refilled() {
    let mut desk = open(QueueModel::Trades);
    desk.market_order(Side::Buy, "2");
    let second = desk.market_order(Side::Buy, "1");
    assert_eq!(desk.story(second), ["accepted", "filled 1 @ 100.2 taker"]);
    desk.level(Side::Sell, "100.1", "1.5");
    let third = desk.market_order(Side::Buy, "1");
    assert_eq!(desk.story(third), ["accepted", "filled 1 @ 100.2 taker"], "a cancel refills nothing");
    desk.level(Side::Sell, "100.1", "2.5");
    let fourth = desk.market_order(Side::Buy, "1");
    assert_eq!(desk.story(fourth), ["accepted", "filled 1 @ 100.1 taker"], "1 was added");
}

#[test]
fn a_crossing_limit_takes_up_to_its_price_and_queues_the_rest() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.limit(Side::Buy, "5", "100.1");
    assert_eq!(desk.story(order), ["accepted", "filled 2 @ 100.1 taker"]);
    assert_eq!(desk.venue.queue_ahead(order), Some(Qty::ZERO), "nobody else bids inside the spread");
    desk.level(Side::Sell, "100.1", "1.9");
    assert_eq!(
        desk.fills(order).len(),
        1,
        "a shrinking level that we have emptied does not trade with us again"
    );
}

#[test]
fn prints_at_our_price_eat_the_queue_and_then_fill_us_in_parts() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.limit(Side::Buy, "3", "100");
    assert_eq!(desk.venue.queue_ahead(order), Some(qty("10")));
    desk.trade("100", "9.5", Side::Sell);
    desk.trade("100", "4", Side::Buy);
    assert_eq!(desk.story(order), ["accepted"]);
    desk.trade("100", "1.5", Side::Sell);
    desk.trade("100", "7", Side::Sell);
    assert_eq!(desk.story(order), ["accepted", "filled 1 @ 100 maker", "filled 2 @ 100 maker"]);
    assert_eq!(desk.fills(order).first().unwrap().fee, money("0.02"));
}

#[test]
fn a_print_through_our_price_fills_all_of_us() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.limit(Side::Buy, "3", "100");
    desk.trade("99.9", "0.001", Side::Sell);
    assert_eq!(desk.story(order), ["accepted", "filled 3 @ 100 maker"]);
}

#[test]
fn a_print_older_than_the_order_does_not_fill_it() {
    let mut desk = open(QueueModel::Trades);
    let before = desk.now;
    desk.level(Side::Buy, "100", "1");
    let order = desk.limit(Side::Buy, "3", "100");
    for at in ["99.9", "100"] {
        let late = RawBody::Trade { price: price(at), qty: qty("5"), aggressor: Side::Sell };
        desk.market_made(before, LINEAR, late);
    }
    assert_eq!(desk.story(order), ["accepted"]);
}

#[test]
fn two_orders_of_ours_share_one_print_in_time_priority() {
    let mut desk = open(QueueModel::Trades);
    let first = desk.limit(Side::Buy, "1", "100");
    let second = desk.limit(Side::Buy, "1", "100");
    desk.trade("100", "11.4", Side::Sell);
    assert_eq!(desk.fills(first).iter().map(|fill| fill.qty).collect::<Vec<_>>(), [qty("1")]);
    assert_eq!(desk.fills(second).iter().map(|fill| fill.qty).collect::<Vec<_>>(), [qty("0.4")]);
}

#[test]
fn cancels_move_us_forward_only_under_the_proportional_model() {
    for (model, expected) in [(QueueModel::Trades, "10"), (QueueModel::Proportional, "7.5")] {
        let mut desk = open(model);
        let order = desk.limit(Side::Buy, "1", "100");
        desk.level(Side::Buy, "100", "20");
        desk.level(Side::Buy, "100", "15");
        assert_eq!(
            desk.venue.queue_ahead(order),
            Some(qty(expected)),
            "5 canceled of 10 ahead and 10 behind"
        );
        desk.level(Side::Buy, "100", "2");
        let most = desk.venue.queue_ahead(order).unwrap();
        assert!(most <= qty("2"), "no more can be ahead than is there: {most}");
    }
}

#[test]
fn a_print_and_the_depth_update_that_shows_it_count_once_in_either_order() {
    for model in [QueueModel::Trades, QueueModel::Proportional] {
        let mut print_first = open(model);
        let order = print_first.limit(Side::Buy, "1", "100");
        print_first.trade("100", "4", Side::Sell);
        print_first.level(Side::Buy, "100", "6");
        assert_eq!(print_first.venue.queue_ahead(order), Some(qty("6")));

        let mut update_first = open(model);
        let order = update_first.limit(Side::Buy, "1", "100");
        let made = update_first.now.after(Span::from_millis(1));
        update_first.level(Side::Buy, "100", "6");
        let print = RawBody::Trade { price: price("100"), qty: qty("4"), aggressor: Side::Sell };
        update_first.market_made(made, LINEAR, print);
        assert_eq!(update_first.venue.queue_ahead(order), Some(qty("6")));
    }
}

#[test]
fn an_update_made_before_a_print_leaves_the_print_to_explain_the_next_shrink() {
    let mut desk = open(QueueModel::Proportional);
    let order = desk.limit(Side::Buy, "1", "100");
    let old = desk.now;
    desk.trade("100", "4", Side::Sell);
    let stale = desk.change(Side::Buy, "100", "11");
    desk.market_made(old, LINEAR, stale);
    desk.level(Side::Buy, "100", "7");
    assert_eq!(desk.venue.queue_ahead(order), Some(qty("6")), "11 − 4 printed = 7: nothing was canceled");
}

#[test]
fn a_book_that_crosses_our_price_fills_us_as_maker_with_what_it_shows() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.limit(Side::Buy, "3", "100");
    desk.level(Side::Sell, "99.9", "1");
    desk.level(Side::Sell, "99.9", "1");
    desk.level(Side::Sell, "100", "0.5");
    assert_eq!(desk.story(order), ["accepted", "filled 1 @ 100 maker", "filled 0.5 @ 100 maker"]);
}

#[test]
fn a_stop_sleeps_until_a_print_reaches_its_trigger() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.stop(Side::Buy, "1", "100.5");
    desk.trade("100.4", "1", Side::Buy);
    assert_eq!(desk.story(order), ["accepted"]);
    desk.trade("100.5", "1", Side::Buy);
    assert_eq!(desk.story(order), ["accepted", "triggered", "filled 1 @ 100.1 taker"]);
    let reached = desk.stop(Side::Buy, "1", "100.3");
    assert_eq!(desk.story(reached), ["accepted", "triggered", "filled 1 @ 100.1 taker"], "at arrival");
}

#[test]
fn a_stop_limit_trades_to_its_limit_and_rests_there() {
    let mut desk = open(QueueModel::Trades);
    let kind = OrderKind::StopLimit { trigger: price("99.9"), price: price("100") };
    let order = desk.draft(Side::Sell, "12", kind);
    let order = desk.submit(order);
    desk.trade("99.9", "1", Side::Sell);
    assert_eq!(desk.story(order), ["accepted", "triggered", "filled 10 @ 100 taker"]);
    assert_eq!(desk.venue.queue_ahead(order), Some(Qty::ZERO));
}

#[test]
fn a_stop_that_wakes_without_a_book_trades_when_it_is_back() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.stop(Side::Sell, "1", "99");
    desk.market(LINEAR, RawBody::Damaged { detail: "test" });
    desk.trade("98.9", "1", Side::Sell);
    assert_eq!(desk.story(order), ["accepted", "triggered"]);
    desk.book(&[("98.5", "4")], &[("98.6", "4")]);
    assert_eq!(desk.story(order), ["accepted", "triggered", "filled 1 @ 98.5 taker"]);
}

#[test]
fn the_rest_of_an_immediate_order_is_canceled() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.draft(Side::Buy, "3", OrderKind::Limit { price: price("100.1") });
    let order = desk.submit(OrderRequest { tif: TimeInForce::Ioc, ..order });
    let canceled = "canceled: immediate-or-cancel: the rest could not trade at once";
    assert_eq!(desk.story(order), ["accepted", "filled 2 @ 100.1 taker", canceled]);
}

#[test]
fn a_day_order_ends_at_midnight_and_the_venue_knows_when() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.draft(Side::Buy, "1", OrderKind::Limit { price: price("99") });
    let order = desk.submit(OrderRequest { tif: TimeInForce::Day, ..order });
    let midnight = Timestamp::from_nanos(1_723_161_600_000_000_000);
    assert_eq!(desk.venue.next_due(), Some(midnight));
    desk.wait(midnight.since(desk.now) - Span::from_nanos(1));
    assert_eq!(desk.story(order), ["accepted"]);
    desk.wait(Span::from_nanos(1));
    assert_eq!(desk.story(order), ["accepted", "expired"]);
    assert_eq!((desk.venue.next_due(), desk.balance("USDT").margin), (None, money("0")));
}

#[test]
fn a_post_only_order_that_would_take_is_rejected() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.draft(Side::Buy, "1", OrderKind::Limit { price: price("100.1") });
    let order = desk.submit(OrderRequest { post_only: true, ..order });
    assert_eq!(desk.story(order), ["rejected: post-only would take liquidity"]);
    let order = desk.draft(Side::Buy, "1", OrderKind::Limit { price: price("100") });
    let order = desk.submit(OrderRequest { post_only: true, ..order });
    assert_eq!(desk.story(order), ["accepted"]);
}

#[test]
fn a_reduce_only_order_never_enlarges_or_flips_the_position() {
    let mut desk = open(QueueModel::Trades);
    let reduce = |desk: &mut Desk, kind| {
        let order = desk.draft(Side::Sell, "5", kind);
        desk.submit(OrderRequest { reduce_only: true, ..order })
    };
    let order = reduce(&mut desk, OrderKind::Market);
    assert_eq!(desk.story(order), ["rejected: reduce-only: no position to reduce"]);
    desk.market_order(Side::Buy, "2");
    let resting = reduce(&mut desk, OrderKind::Limit { price: price("100.3") });
    let order = reduce(&mut desk, OrderKind::Market);
    let nothing = "canceled: reduce-only: no position left to reduce";
    assert_eq!(desk.story(order), ["accepted", "filled 2 @ 100 taker", nothing]);
    desk.trade("100.4", "9", Side::Buy);
    assert_eq!(desk.story(resting), ["accepted", nothing], "judged again when it would fill");
    assert!(desk.net(LINEAR).is_zero());
}

#[test]
fn orders_outside_the_filters_are_rejected_with_the_filter_named() {
    let mut desk = open(QueueModel::Trades);
    let cases = [
        ("1", "100.05", "rejected: price is not a multiple of the tick 0.1"),
        ("1", "1000000.1", "rejected: price is beyond the bound 1000000"),
        ("1", "0", "rejected: price is beyond the bound 0.1"),
        ("0.0015", "100", "rejected: quantity is not a multiple of the lot 0.001"),
        ("0", "100", "rejected: quantity is below the least 0.001"),
        ("0.049", "100", "rejected: notional is below the least 5"),
        ("1000000000", "1000000", "rejected: order or position too large to account for"),
    ];
    for (size, at, expected) in cases {
        let order = desk.limit(Side::Buy, size, at);
        assert_eq!(desk.story(order), [expected]);
    }
    let mut unknown = desk.draft(Side::Buy, "1", OrderKind::Market);
    unknown.instrument = InstrumentId::new(9);
    let order = desk.submit(unknown);
    assert_eq!(desk.story(order), ["rejected: unknown instrument"]);
}

#[test]
fn a_repeated_client_id_is_rejected_and_the_first_order_stays() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.draft(Side::Buy, "1", OrderKind::Limit { price: price("99") });
    desk.submit(order);
    desk.submit(order);
    assert_eq!(desk.story(order.order), ["accepted", "rejected: duplicate client order id"]);
    desk.cancel(order.order);
    desk.submit(order);
    desk.cancel(order.order);
    assert_eq!(
        desk.story(order.order).split_off(2),
        [
            "canceled: canceled on request",
            "rejected: duplicate client order id",
            "cancel rejected: order is closed"
        ]
    );
    let stranger = ClientOrderId::derive(RunId::new(9), OrderId::new(1));
    desk.cancel(stranger);
    assert_eq!(desk.story(stranger), ["cancel rejected: unknown order"]);
}

#[test]
fn requests_and_reports_take_their_time_and_keep_their_order() {
    let latency =
        Latency { order: Span::from_millis(10), report: Span::from_millis(5), jitter: Span::from_millis(3) };
    let mut desk = Desk::with(PaperConfig { latency, ..config(QueueModel::Trades) });
    desk.book(&BIDS, &ASKS);
    let order = desk.limit(Side::Buy, "1", "99");
    desk.cancel(order);
    desk.wait(Span::from_millis(14));
    assert_eq!(desk.reports, []);
    desk.wait(Span::from_millis(7));
    assert_eq!(desk.story(order), ["accepted", "canceled: canceled on request"]);
    let late = desk.reports.iter().filter(|report| matches!(report, BrokerReport::Account(_))).count();
    assert_eq!(late, 2, "each change is followed by the account");
}

#[test]
fn the_account_stands_right_behind_every_fill() {
    let mut desk = open(QueueModel::Trades);
    desk.market_order(Side::Buy, "4");
    for (index, report) in desk.reports.iter().enumerate() {
        if let BrokerReport::Filled(fill) = report {
            let Some(BrokerReport::Account(account)) = desk.reports.get(index + 1) else {
                panic!("no account behind the fill")
            };
            assert_eq!(format!("F-{}", account.fills), fill.fill_id.to_string());
        }
    }
}

#[test]
fn a_restarted_recording_keeps_our_orders_and_learns_the_queue_anew() {
    let mut desk = open(QueueModel::Proportional);
    let order = desk.limit(Side::Buy, "1", "100");
    desk.market(LINEAR, RawBody::Looped { pass: 2 });
    assert_eq!(desk.venue.queue_ahead(order), None);
    desk.book(&[("100", "30")], &ASKS);
    assert_eq!(desk.venue.queue_ahead(order), Some(qty("30")));
}

/// The raw value of the largest price and quantity.
const MOST: i64 = 100_000_000_000_000_000;

/// Messages with values no honest market has.
fn hostile() -> impl Strategy<Value = (u16, RawBody, i64)> {
    let extreme =
        || prop_oneof![Just(i64::MAX), Just(MOST), Just(1), Just(0), Just(10_010_000_000), any::<i64>()];
    let at = move || extreme().prop_map(|raw| Price::from_raw(raw % (MOST + 1)).unwrap_or_default());
    let much = move || extreme().prop_map(|raw| Qty::from_raw(raw.rem_euclid(MOST + 1)).unwrap_or_default());
    let side = || prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let level = move || (at(), much()).prop_map(|(price, qty)| Level { price, qty });
    let levels = move || prop::collection::vec(level(), 0..4);
    let body = prop_oneof![
        (any::<u64>(), levels(), levels()).prop_map(|(last_update_id, bids, asks)| RawBody::Snapshot {
            last_update_id,
            bids,
            asks
        }),
        (at(), much(), side()).prop_map(|(price, qty, aggressor)| RawBody::Trade { price, qty, aggressor }),
        Just(RawBody::Looped { pass: 1 }),
    ];
    (0..3_u16, body, extreme())
}

proptest! {
    #![proptest_config(paper_desk::properties(64))]

    #[test]
    fn no_market_data_brings_the_venue_down(messages in prop::collection::vec(hostile(), 1..40)) {
        let widest = |instrument: Instrument| Instrument {
            min_price: Price::from_raw(1).unwrap(),
            max_price: price("1000000000"),
            ..instrument
        };
        let instruments = vec![widest(linear()), widest(inverse())];
        let mut desk = Desk::trading(config(QueueModel::Proportional), instruments);
        desk.book(&BIDS, &ASKS);
        desk.book_of(INVERSE, &[("2000", "50")], &[("2001", "50")]);
        for (instrument, body, venue_time) in messages {
            let instrument = InstrumentId::new(instrument);
            desk.limit(Side::Buy, "1", "100");
            desk.stop(Side::Sell, "1", "99");
            desk.market_order(Side::Sell, "2");
            let order = desk.draft(Side::Buy, "1", OrderKind::Market);
            desk.submit(OrderRequest { instrument: INVERSE, ..order });
            desk.market_made(Timestamp::from_nanos(venue_time), instrument, body);
            desk.ask(BrokerRequest::QueryAccount);
        }
    }
}
