//! The paper venue as a trader meets it: sweeps, queues, stops, times in force, refusals, latency.

#[path = "support/paper_desk.rs"]
mod paper_desk;

use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, Instrument, InstrumentId, Level, OrderId, OrderKind,
    OrderRequest, Price, Qty, RunId, Side, Span, TimeInForce, Timestamp,
};
use flightdeck::sim::RawBody;
use flightdeck::sim::paper::{Latency, MAX_IN_FLIGHT, MAX_WORKING, PaperConfig, QueueModel};
use paper_desk::{Desk, INVERSE, LINEAR, config, currency, inverse, linear, money, price};
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
fn a_stop_sleeps_until_a_print_reaches_its_trigger() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.stop(Side::Buy, "1", "100.5");
    desk.trade("100.4", "1", Side::Buy);
    assert_eq!(desk.story(order), ["accepted"]);
    desk.trade("100.5", "1", Side::Buy);
    assert_eq!(desk.story(order), ["accepted", "triggered", "filled 1 @ 100.1 taker"]);
    let reached = desk.stop(Side::Buy, "1", "100.3");
    assert_eq!(desk.story(reached), ["accepted", "triggered", "filled 1 @ 100.1 taker"], "at arrival");
    let touched = desk.stop(Side::Buy, "1", "100.5");
    assert_eq!(desk.story(touched), ["accepted", "triggered", "filled 1 @ 100.2 taker"], "at the trigger");
    let touched = desk.stop(Side::Sell, "1", "100.5");
    assert_eq!(
        desk.story(touched),
        ["accepted", "triggered", "filled 1 @ 100 taker"],
        "the last print is 100.5"
    );
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
fn a_cancel_that_arrives_at_midnight_finds_the_day_order_ended() {
    let mut desk = open(QueueModel::Trades);
    let order = desk.draft(Side::Buy, "1", OrderKind::Limit { price: price("99") });
    let order = desk.submit(OrderRequest { tif: TimeInForce::Day, ..order });
    let midnight = desk.venue.next_due().unwrap_or_default();
    desk.venue.on_request(midnight, BrokerRequest::Cancel { order });
    desk.wait(midnight.since(desk.now));
    assert_eq!(desk.story(order), ["accepted", "expired", "cancel rejected: order is closed"]);
}

#[test]
fn beyond_its_bounds_the_venue_refuses_orders_and_still_cancels() {
    let capital = vec![(currency("USDT"), money("1000000"))];
    let mut desk = Desk::with(PaperConfig { capital, ..config(QueueModel::Trades) });
    desk.book(&BIDS, &ASKS);
    for number in 0..=MAX_WORKING {
        let at = linear().step_price(price("50"), i64::try_from(number % 400).unwrap_or_default());
        let kind = OrderKind::Limit { price: at.unwrap_or_default() };
        let order = desk.draft(Side::Buy, "0.1", kind);
        desk.venue.on_request(desk.now, BrokerRequest::Submit(order));
    }
    desk.wait(Span::ZERO);
    let last = desk.draft(Side::Buy, "0.1", OrderKind::Market);
    let last = desk.submit(last);
    assert_eq!(desk.story(last), ["rejected: too many working orders"]);
    for _request in 0..MAX_IN_FLIGHT {
        desk.venue.on_request(desk.now, BrokerRequest::QueryAccount);
    }
    let last = desk.draft(Side::Buy, "0.1", OrderKind::Market);
    desk.venue.on_request(desk.now, BrokerRequest::CancelAll);
    let last = desk.submit(last);
    assert_eq!(desk.story(last), ["rejected: too many requests in flight"]);
    assert_eq!((desk.venue.working(), desk.venue.in_flight()), (0, 0), "the cancel-all was carried");
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
