//! Closing from a shell: what it cost besides is told, an order that protected the position above all.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use crate::desk::{Desk, Visitor};
use crate::operations::{accept, answered, ask, desk, fill, sent};
use flightdeck::model::{OrderRequest, OrderStatus};
use flightdeck::serve::DoorReply;
use flightdeck::wire::{OrderOutcome, OrderRow};

const STOP: &str = r#"{"op":"place","order":{"side":"SELL","qty":"0.010","symbol":"BTCUSDT","trigger":"59000","reduce_only":true}}"#;
const TRAILING: &str = r#"{"op":"place","order":{"side":"SELL","qty":"0.010","symbol":"BTCUSDT","trigger":"58900","trail":"500","reduce_only":true}}"#;

fn says(visitor: &mut Visitor, operation: &str) {
    visitor.says(&format!(r#"{{"cmd":"order","ask":{operation}}}"#));
}

/// A position, bought at the market.
fn holds(desk: &mut Desk, visitor: &mut Visitor, size: &str) {
    says(visitor, &format!(r#"{{"op":"place","order":{{"side":"BUY","qty":"{size}","symbol":"BTCUSDT"}}}}"#));
    let entry = sent(desk);
    fill(desk, &entry);
    assert!(visitor.hears().unwrap().ok);
}

/// A stop at the broker.
fn protects(desk: &mut Desk, visitor: &mut Visitor) -> OrderRequest {
    says(visitor, STOP);
    let stop = sent(desk);
    accept(desk, &stop);
    assert!(visitor.hears().unwrap().ok);
    stop
}

fn made_way(reply: &DoorReply) -> Vec<(&str, OrderStatus)> {
    let rows: &[OrderRow] = reply.order.as_ref().map_or(&[], |order| &order.made_way);
    rows.iter().map(|row| (row.id.as_str(), row.status)).collect()
}

#[test]
fn a_close_names_the_stops_that_went_for_it_at_the_broker_and_here() {
    for close in [r#"{"op":"close","symbol":"BTCUSDT"}"#, r#"{"op":"close_all","scope":"all"}"#] {
        let (mut desk, mut visitor) = answered();
        holds(&mut desk, &mut visitor, "0.010");
        let (held, _) = ask(&mut visitor, TRAILING);
        assert!(held.ok, "{held:?}");
        let stop = protects(&mut desk, &mut visitor);
        says(&mut visitor, close);
        desk.cancel_at_broker(stop.order);
        let exit = sent(&mut desk);
        fill(&desk, &exit);
        let reply = visitor.hears().unwrap();
        assert_eq!(reply.order.as_ref().map(|order| order.outcome), Some(OrderOutcome::Closed), "{reply:?}");
        assert_eq!(made_way(&reply), [("A-2", OrderStatus::Canceled), ("A-3", OrderStatus::Canceled)]);
        let row = &reply.order.unwrap().made_way[1];
        assert_eq!(row.kind.trigger().map(|at| at.to_string()).as_deref(), Some("59000"), "{row:?}");
        // What another close took with it is not told again.
        holds(&mut desk, &mut visitor, "0.020");
        says(&mut visitor, close);
        let exit = sent(&mut desk);
        fill(&desk, &exit);
        assert_eq!(made_way(&visitor.hears().unwrap()), []);
    }
}

#[test]
fn a_close_whose_cancel_nobody_has_confirmed_says_that_the_order_may_still_fill() {
    let (mut desk, mut visitor) = desk();
    holds(&mut desk, &mut visitor, "0.010");
    let _stop = protects(&mut desk, &mut visitor);
    says(&mut visitor, r#"{"op":"close","symbol":"BTCUSDT"}"#);
    let reply = visitor.hears().unwrap();
    assert_eq!(reply.order.as_ref().map(|order| order.outcome), Some(OrderOutcome::Closing), "{reply:?}");
    assert_eq!(made_way(&reply), [("A-2", OrderStatus::PendingCancel)]);
}
