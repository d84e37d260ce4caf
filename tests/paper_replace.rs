//! The paper venue: changing a working order, and what it answers about orders when asked.

#[path = "support/paper_desk.rs"]
mod paper_desk;

use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, OrderChange, OrderId, OrderKind, OrderRequest, OrderSnapshot,
    OrderStatus, RunId, Side, Span, TimeInForce,
};
use flightdeck::sim::paper::{Latency, PaperConfig, QueueModel};
use paper_desk::{Desk, LINEAR, config, money, price, qty};

const BIDS: [(&str, &str); 2] = [("100", "10"), ("99.9", "5")];
const ASKS: [(&str, &str); 2] = [("100.1", "2"), ("100.2", "3")];

fn open() -> Desk {
    let mut desk = Desk::new(QueueModel::Trades);
    desk.book(&BIDS, &ASKS);
    desk
}

fn limit(size: &str, at: &str) -> OrderChange {
    OrderChange { qty: qty(size), kind: OrderKind::Limit { price: price(at) } }
}

fn replace(desk: &mut Desk, order: ClientOrderId, change: OrderChange) -> String {
    desk.ask(BrokerRequest::Replace { order, change });
    let answers = |report: &BrokerReport| {
        if let BrokerReport::Replaced { order: one, .. } = report {
            return (*one == order).then(|| "replaced".to_owned());
        }
        let BrokerReport::ReplaceRejected { order: one, reason, .. } = report else { return None };
        (*one == order).then(|| reason.to_string())
    };
    desk.reports.iter().rev().find_map(answers).expect("an answer")
}

fn query(desk: &mut Desk, order: ClientOrderId) -> Option<OrderSnapshot> {
    desk.ask(BrokerRequest::QueryOrder { order });
    let last = desk.reports.last().expect("an answer");
    if let BrokerReport::Order(told) = last {
        return Some(told.as_ref().clone());
    }
    assert!(matches!(last, BrokerReport::NotFound { .. }), "no answer: {last:?}");
    None
}

#[test]
fn less_at_the_same_price_keeps_its_place_and_everything_else_goes_to_the_back() {
    let ahead = |change: OrderChange| {
        let mut desk = open();
        let order = desk.limit(Side::Buy, "3", "100");
        desk.trade("100", "4", Side::Sell);
        assert_eq!(desk.venue.queue_ahead(order), Some(qty("6")));
        assert_eq!(replace(&mut desk, order, change), "replaced");
        desk.venue.queue_ahead(order)
    };
    assert_eq!(ahead(limit("2", "100")), Some(qty("6")));
    assert_eq!(ahead(limit("4", "100")), Some(qty("10")), "more waits behind what is displayed");
    assert_eq!(ahead(limit("3", "99.9")), Some(qty("5")), "another price, another queue");
}

#[test]
fn a_changed_price_that_crosses_trades_at_once() {
    let mut desk = open();
    let order = desk.limit(Side::Buy, "3", "99");
    assert_eq!(replace(&mut desk, order, limit("3", "100.1")), "replaced");
    assert_eq!(desk.story(order)[2..], ["filled 2 @ 100.1 taker"]);
    assert_eq!(desk.venue.working(), 1, "the rest works");
}

#[test]
fn a_post_only_order_is_not_changed_into_one_that_takes() {
    let mut desk = open();
    let draft = desk.draft(Side::Buy, "3", OrderKind::Limit { price: price("99") });
    let order = desk.submit(OrderRequest { post_only: true, ..draft });
    assert_eq!(replace(&mut desk, order, limit("3", "100.1")), "post-only would take liquidity");
    assert_eq!(query(&mut desk, order).unwrap().kind, draft.kind);
}

#[test]
fn a_change_is_refused_below_what_has_filled_of_another_kind_off_grid_and_after_the_end() {
    let mut desk = open();
    let order = desk.limit(Side::Buy, "5", "100.1");
    assert_eq!(desk.fills(order).len(), 1, "two are filled");
    assert_eq!(replace(&mut desk, order, limit("2", "100.1")), "not more than what has filled");
    let stop = OrderChange { qty: qty("5"), kind: OrderKind::Stop { trigger: price("101") } };
    assert_eq!(replace(&mut desk, order, stop), "a change keeps the kind of order");
    assert!(replace(&mut desk, order, limit("5", "100.05")).contains("tick"));
    assert!(replace(&mut desk, order, limit("5.0001", "100")).contains("lot"));
    assert_eq!(query(&mut desk, order).unwrap().qty, qty("5"), "it stays as it was");
    desk.cancel(order);
    assert_eq!(replace(&mut desk, order, limit("3", "100")), "order is closed");
    let stranger = ClientOrderId::derive(RunId::new(9), OrderId::new(9));
    assert_eq!(replace(&mut desk, stranger, limit("3", "100")), "unknown order");
}

#[test]
fn what_filled_counts_in_the_new_quantity() {
    let mut desk = open();
    let order = desk.limit(Side::Buy, "5", "100.1");
    assert_eq!(replace(&mut desk, order, limit("3", "100.1")), "replaced");
    let told = query(&mut desk, order).unwrap();
    assert_eq!((told.qty, told.filled, told.status), (qty("3"), qty("2"), OrderStatus::PartiallyFilled));
    desk.trade("100", "1", Side::Sell);
    assert_eq!(desk.fills(order).iter().map(|fill| fill.qty).collect::<Vec<_>>(), [qty("2"), qty("1")]);
    assert_eq!(query(&mut desk, order).unwrap().status, OrderStatus::Filled);
}

#[test]
fn margin_is_held_for_the_order_as_changed_and_a_change_beyond_it_is_refused() {
    let mut desk = open();
    let order = desk.limit(Side::Buy, "100", "100");
    let held = desk.balance("USDT").margin;
    assert!(replace(&mut desk, order, limit("2000", "100")).starts_with("insufficient margin"));
    assert_eq!(desk.balance("USDT").margin, held);
    assert_eq!(replace(&mut desk, order, limit("50", "100")), "replaced");
    assert_eq!(desk.balance("USDT").margin, held - money("500.25"), "half of 100 at 100.05, a tenth of it");
    desk.cancel(order);
    assert_eq!(desk.balance("USDT").margin, money("0"));
}

#[test]
fn a_stop_sleeps_on_at_its_new_trigger_and_wakes_if_that_is_reached() {
    let mut desk = open();
    let order = desk.stop(Side::Buy, "1", "101");
    let to = |at: &str| OrderChange { qty: qty("1"), kind: OrderKind::Stop { trigger: price(at) } };
    assert_eq!(replace(&mut desk, order, to("102")), "replaced");
    desk.trade("101", "1", Side::Buy);
    assert_eq!(desk.fills(order).len(), 0);
    assert_eq!(replace(&mut desk, order, to("100.5")), "replaced");
    assert_eq!(desk.story(order)[3..], ["triggered", "filled 1 @ 100.1 taker"]);
}

#[test]
fn the_venue_says_what_became_of_an_order_whatever_it_was() {
    let mut desk = open();
    let working = desk.limit(Side::Buy, "1", "99");
    let filled = desk.market_order(Side::Buy, "1");
    let canceled = desk.limit(Side::Buy, "1", "98");
    desk.cancel(canceled);
    let draft = desk.draft(Side::Buy, "1", OrderKind::Limit { price: price("97") });
    let expired = desk.submit(OrderRequest { tif: TimeInForce::Day, ..draft });
    let never = ClientOrderId::derive(RunId::new(9), OrderId::new(9));
    desk.wait(Span::from_secs(13 * 3_600));
    for (order, status) in [
        (working, OrderStatus::Working),
        (filled, OrderStatus::Filled),
        (canceled, OrderStatus::Canceled),
        (expired, OrderStatus::Expired),
    ] {
        assert_eq!(query(&mut desk, order).map(|told| told.status), Some(status));
    }
    assert_eq!(query(&mut desk, never), None);
    desk.ask(BrokerRequest::QueryOrders);
    let Some(BrokerReport::Orders(told)) = desk.reports.last() else { panic!("no answer") };
    let open: Vec<_> = told.open.iter().map(|one| (one.order, one.instrument)).collect();
    assert_eq!((open, told.fills), (vec![(working, LINEAR)], 1));
}

#[test]
fn an_answer_takes_as_long_as_any_message() {
    let latency = Latency { order: Span::from_millis(20), report: Span::from_millis(30), jitter: Span::ZERO };
    let mut desk = Desk::with(PaperConfig { latency, ..config(QueueModel::Trades) });
    let order = ClientOrderId::derive(RunId::new(1), OrderId::new(1));
    desk.ask(BrokerRequest::QueryOrder { order });
    desk.wait(Span::from_millis(49));
    assert!(desk.reports.is_empty());
    desk.wait(Span::from_millis(1));
    assert!(matches!(desk.reports.as_slice(), [BrokerReport::NotFound { .. }]));
}
