//! The queue of the paper venue: how prints, cancels, late updates and crossings move an order and fill it.

#[path = "support/paper_desk.rs"]
mod paper_desk;

use flightdeck::model::{Side, Span};
use flightdeck::sim::RawBody;
use flightdeck::sim::paper::QueueModel;
use paper_desk::{Desk, LINEAR, money, price, qty};

const BIDS: [(&str, &str); 2] = [("100", "10"), ("99.9", "5")];
const ASKS: [(&str, &str); 2] = [("100.1", "2"), ("100.2", "3")];

fn open(queue: QueueModel) -> Desk {
    let mut desk = Desk::new(queue);
    desk.book(&BIDS, &ASKS);
    desk
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
fn a_restarted_recording_keeps_our_orders_and_learns_the_queue_anew() {
    let mut desk = open(QueueModel::Proportional);
    let order = desk.limit(Side::Buy, "1", "100");
    desk.market(LINEAR, RawBody::Looped { pass: 2 });
    assert_eq!(desk.venue.queue_ahead(order), None);
    desk.book(&[("100", "30")], &ASKS);
    assert_eq!(desk.venue.queue_ahead(order), Some(qty("30")));
}

#[test]
fn a_print_explains_its_own_part_of_a_shrink_and_only_once() {
    let mut desk = open(QueueModel::Proportional);
    let order = desk.limit(Side::Buy, "1", "100");
    desk.level(Side::Buy, "100", "20");
    desk.trade("100", "4", Side::Sell);
    desk.level(Side::Buy, "100", "8");
    assert_eq!(
        desk.venue.queue_ahead(order),
        Some(qty("3")),
        "4 of 20 printed, 8 of 16 canceled, half of our 6"
    );
    desk.trade("100", "1", Side::Sell);
    desk.level(Side::Buy, "100", "8");
    desk.level(Side::Buy, "100", "4");
    assert_eq!(
        desk.venue.queue_ahead(order),
        Some(qty("1")),
        "the print was shown by the update that named it"
    );
}

#[test]
fn an_update_of_the_very_moment_of_a_print_may_not_show_it_yet() {
    let mut desk = open(QueueModel::Proportional);
    let order = desk.limit(Side::Buy, "1", "100");
    desk.trade("100", "4", Side::Sell);
    let (moment, same) = (desk.now, desk.change(Side::Buy, "100", "10"));
    desk.market_made(moment, LINEAR, same);
    desk.level(Side::Buy, "100", "6");
    assert_eq!(desk.venue.queue_ahead(order), Some(qty("6")), "the shrink is the print");
}
