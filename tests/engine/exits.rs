//! Helpers of the scenarios about held orders: what is held, trailed, released, canceled and told.

use super::bench::Bench;
use super::world::{A, LIN, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    BrokerReport, Command, Denial, Envelope, Event, Input, Link, MarketEvent, NewOrder, Order, OrderEvent,
    OrderId, OrderKind, Reason, RequestId, RiskEvent, Side, TimeInForce, Trade,
};

/// A print of the linear instrument at a price.
pub(crate) fn trade(bench: &mut Bench, at: &str) -> Vec<Envelope> {
    let time = bench.now;
    bench.step(Input::Market(MarketEvent::Trade(Trade {
        instrument: LIN,
        price: price(at),
        qty: qty("1"),
        aggressor: Side::Buy,
        venue_time: time,
        local_time: time,
    })))
}

/// A quote one tick around a price, then a print at it.
pub(crate) fn moves(bench: &mut Bench, at: &str) -> Vec<Envelope> {
    let tick = price("0.1") - price("0");
    let mid = price(at);
    let (bid, ask) = (mid.shifted(-tick).expect("a price"), mid.shifted(tick).expect("a price"));
    let mut events = bench.quote(LIN, &bid.to_string(), &ask.to_string());
    events.extend(trade(bench, at));
    events
}

pub(crate) fn stop(side: Side, count: &str, trigger: &str) -> OrderSpec {
    let kind = OrderKind::Stop { trigger: price(trigger) };
    OrderSpec { kind, tif: TimeInForce::Gtc, ..OrderSpec::market(LIN, side, qty(count), "test") }
}

pub(crate) fn trailing(side: Side, count: &str, (trigger, trail): (&str, &str)) -> OrderSpec {
    OrderSpec::trailing(LIN, side, qty(count), (price(trigger), price(trail)), "trail")
}

/// The orders that events say are held, with the request they answer.
pub(crate) fn taken(events: &[Envelope]) -> Vec<(OrderId, Option<RequestId>, Option<Link>)> {
    let held = events.iter().filter_map(|one| {
        let Event::Order(OrderEvent::Held { id, request, link, .. }) = &one.event else { return None };
        Some((*id, *request, *link))
    });
    held.collect()
}

/// The one order that events say is held.
pub(crate) fn held(events: &[Envelope]) -> OrderId {
    let told = taken(events);
    let [(id, _, _)] = told.as_slice() else { panic!("one order held: {events:?}") };
    *id
}

pub(crate) fn trailed(events: &[Envelope]) -> Vec<String> {
    let told = events.iter().filter_map(|one| {
        let Event::Order(OrderEvent::Trailed { trigger, .. }) = &one.event else { return None };
        Some(trigger.to_string())
    });
    told.collect()
}

/// What was sent: the order's number and the order.
pub(crate) fn sent(events: &[Envelope]) -> Vec<(OrderId, NewOrder)> {
    let told = events.iter().filter_map(|one| {
        let Event::Order(OrderEvent::Submitted { id, order, .. }) = &one.event else { return None };
        Some((*id, *order))
    });
    told.collect()
}

pub(crate) fn canceled(events: &[Envelope]) -> Vec<OrderId> {
    let told = events.iter().filter_map(|one| {
        let Event::Order(OrderEvent::Canceled { id, .. }) = &one.event else { return None };
        Some(*id)
    });
    told.collect()
}

pub(crate) fn denials(events: &[Envelope]) -> Vec<Denial> {
    let told = events.iter().filter_map(|one| {
        let Event::Denied { denial, .. } = &one.event else { return None };
        Some(**denial)
    });
    told.collect()
}

pub(crate) fn unprotected(events: &[Envelope]) -> Vec<Reason> {
    let told = events.iter().filter_map(|one| {
        let Event::Risk(RiskEvent::Unprotected { why, .. }) = &one.event else { return None };
        Some(*why)
    });
    told.collect()
}

pub(crate) fn overfilled(events: &[Envelope]) -> Vec<(String, String)> {
    let told = events.iter().filter_map(|one| {
        let Event::Risk(RiskEvent::Overfilled { filled, intended, .. }) = &one.event else { return None };
        Some((filled.to_string(), intended.to_string()))
    });
    told.collect()
}

/// An order as it stands.
pub(crate) fn order(bench: &Bench, id: OrderId) -> Order {
    bench.state().orders.get(id).expect("a known order").clone()
}

/// A bracket of strategy `a` at work: entry, stop and target.
pub(crate) fn bracket(bench: &mut Bench, entry: OrderSpec, stop: &str, target: &str) -> [OrderId; 3] {
    bench.pull(A, super::bench::Pull::Bracket(entry, price(stop), Some(price(target))));
    let events = bench.print();
    let [(entry, _)] = sent(&events)[..] else { panic!("one entry: {events:?}") };
    let [(stop, _, _), (target, _, _)] = taken(&events)[..] else { panic!("two exits: {events:?}") };
    bench.accept(entry);
    [entry, stop, target]
}

/// Ends what an order still has open at the venue, as an immediate order's rest does.
pub(crate) fn rest_canceled(bench: &mut Bench, id: OrderId) -> Vec<Envelope> {
    let order = bench.client_id(id);
    bench.report(BrokerReport::Canceled { order, reason: "no more to trade with".into(), at: bench.now })
}

pub(crate) fn cancel(order: OrderId) -> Command {
    Command::Cancel { order }
}
