//! Invariants of the gate: what was released against what the limits and the market allowed, computed again.

use super::super::checker::Checker;
use crate::engine::risk::RULES;
use crate::model::{
    Actor, Envelope, Event, Mode, NetQty, NewOrder, Order, OrderEvent, OrderId, OrderKind, Price, Qty, Side,
    StrategyId,
};

/// A released order, or a change of one that takes more risk, as the order it makes of it: who asked, and by how many
/// rules it passed.
struct Released {
    id: OrderId,
    order: NewOrder,
    actor: Actor,
    rules: u64,
    /// Of a change: what had filled of the order before.
    done: Option<Qty>,
}

fn released(checker: &Checker, envelope: &Envelope) -> Option<Released> {
    // The same exit sent a second time is no new order: it only has to have passed every rule again.
    let submitted = permitted(envelope).filter(|released| {
        let known = checker.replica.orders.get(released.id);
        !known.is_some_and(|one| !one.is_held() && one.request == released.order && one.request.reduce_only)
    });
    submitted.or_else(|| raised(checker, envelope))
}

fn permitted(envelope: &Envelope) -> Option<Released> {
    let Event::Order(OrderEvent::Submitted { id, order, actor, rules, .. }) = &envelope.event else {
        return None;
    };
    Some(Released { id: *id, order: *order, actor: *actor, rules: *rules, done: None })
}

/// A change that makes an order larger or brings it nearer to trading.
fn raised(checker: &Checker, envelope: &Envelope) -> Option<Released> {
    let Event::Order(OrderEvent::ReplaceRequested { id, change, actor, .. }) = &envelope.event else {
        return None;
    };
    let before = checker.replica.orders.get(*id)?;
    let request = before.request;
    let raises = change.qty > request.qty || change.kind.is_nearer_than(&request.kind, request.side);
    let order = NewOrder { qty: change.qty, kind: change.kind, ..request };
    let done = Some(before.executed());
    raises.then_some(Released { id: *id, order, actor: *actor, rules: 0, done })
}

impl Released {
    /// What may still fill of it.
    fn adds(&self) -> Qty {
        self.order.qty.minus(self.done.unwrap_or_default())
    }

    /// Whether it could only reduce.
    fn reduces(&self, checker: &Checker) -> bool {
        only_reduces(checker, self.id, &NewOrder { qty: self.adds(), ..self.order })
    }
}

/// Whether an order could only reduce its strategy's position, the other exits already open counted; one that is sent
/// again is open itself and counts once.
pub(super) fn only_reduces(checker: &Checker, id: OrderId, order: &NewOrder) -> bool {
    let net = checker.rows.get(&(order.strategy, order.instrument)).map_or(NetQty::ZERO, |row| row.net);
    let open = open_qty(checker, order, |one| one.request.strategy == order.strategy && one.id != id);
    order.reduce_only && net.side() == Some(order.side.opposite()) && open.plus(order.qty) <= net.magnitude()
}

/// What is open on an order's instrument and side of the orders chosen.
fn open_qty(checker: &Checker, order: &NewOrder, chosen: impl Fn(&Order) -> bool) -> Qty {
    let open = checker.replica.orders.open().iter();
    let here = open.filter(|one| {
        !one.is_held()
            && (one.request.instrument, one.request.side) == (order.instrument, order.side)
            && chosen(one)
    });
    here.fold(Qty::ZERO, |sum, one| sum.plus(one.leaves()))
}

/// Whether it closes a position at any price and may use the cancels' reserve: what a human or the watchdog wants closed,
/// and an exit that was held until now.
fn is_ours(checker: &Checker, released: &Released) -> bool {
    let order = &released.order;
    let asked =
        (order.is_closing() || order.is_flattening()) && !matches!(released.actor, Actor::Strategy(_));
    let held = checker.replica.orders.get(released.id).is_some_and(Order::is_held);
    asked || (held && only_reduces(checker, released.id, order))
}

/// Every rule was asked.
pub(super) fn permit_by_every_rule(_checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Some(released) = permitted(envelope) else { return Ok(()) };
    if usize::try_from(released.rules).is_ok_and(|rules| rules == RULES.len()) {
        return Ok(());
    }
    Err(format!("released after {} of {} rules", released.rules, RULES.len()))
}

/// Position and everything open stay within the largest position, or do not grow.
pub(super) fn worst_case_within_limits(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Some(released) = released(checker, envelope) else { return Ok(()) };
    let (id, order) = (released.id, released.order);
    let limit = checker.replica.limits().instrument(order.instrument).max_position;
    let held = checker.rows.iter().filter(|((_, instrument), _)| *instrument == order.instrument);
    let net = held.fold(NetQty::ZERO, |net, (_, row)| net + row.net);
    let of =
        |side: Side, own: bool| open_qty(checker, &NewOrder { side, ..order }, |one| own || one.id != id);
    let worst = |buys: Qty, sells: Qty| {
        (net + buys.signed(Side::Buy)).magnitude().max((net + sells.signed(Side::Sell)).magnitude())
    };
    let before = worst(of(Side::Buy, true), of(Side::Sell, true));
    let (buys, sells) = (of(Side::Buy, false), of(Side::Sell, false));
    let after = match order.side {
        Side::Buy => worst(buys.plus(released.adds()), sells),
        Side::Sell => worst(buys, sells.plus(released.adds())),
    };
    if after <= limit || after <= before || released.reduces(checker) {
        return Ok(());
    }
    Err(format!("worst case {after} of instrument {} above {limit}", order.instrument.get()))
}

/// Quantity and lot of a released order.
pub(super) fn order_within_size(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Some(Released { order, .. }) = released(checker, envelope) else { return Ok(()) };
    let limits = checker.replica.limits().instrument(order.instrument);
    let Some(instrument) = checker.instrument(order.instrument) else {
        return Err("an order of an unknown instrument was released".to_owned());
    };
    let whole = order.qty.raw().rem_euclid(instrument.lot.raw().max(1)) == 0 && !order.qty.is_zero();
    let on_tick =
        |price: Price| price.raw().rem_euclid(instrument.tick.raw().max(1)) == 0 && price > Price::ZERO;
    let priced = order.kind.limit_price().is_none_or(on_tick) && order.kind.trigger().is_none_or(on_tick);
    if whole && priced && order.qty <= limits.max_order_qty {
        return Ok(());
    }
    Err(format!("an order of {} at {:?} was released", order.qty, order.kind))
}

/// New orders in any second leave the reserve to cancels.
pub(super) fn rate_is_kept(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Some(released) = released(checker, envelope) else { return Ok(()) };
    let limits = checker.replica.limits();
    let reserve = if is_ours(checker, &released) { 0 } else { limits.cancel_reserve };
    let allowed = limits.messages_per_s.saturating_sub(reserve);
    let second = crate::model::Span::from_secs(1);
    let sent = checker.sent_at.iter().filter(|at| envelope.at.since(**at) < second).count();
    if u32::try_from(sent).is_ok_and(|sent| sent < allowed) {
        return Ok(());
    }
    Err(format!("{sent} orders left within a second, {allowed} are allowed"))
}

/// No new risk is priced off a market that is silent or quarantined.
pub(super) fn reference_is_good(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Some(released) = released(checker, envelope) else { return Ok(()) };
    let order = &released.order;
    if released.reduces(checker) {
        return Ok(());
    }
    let Some(instrument) = checker.instrument(order.instrument) else { return Ok(()) };
    let market = checker.replica.market(order.instrument);
    let trusted = market.is_some_and(|market| market.trust == crate::state::Trust::Good);
    let told = checker.quoted_at.get(order.instrument.index()).copied().flatten();
    let age = told.map(|at| envelope.at.since(at));
    if trusted && age.is_some_and(|age| age <= instrument.stale_after) {
        return Ok(());
    }
    Err(format!("an order was priced off a quote {age:?} old, trusted: {trusted}"))
}

/// No order may trade further from the market than the collar, on the side that costs.
pub(super) fn within_collar(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Some(released) = released(checker, envelope) else { return Ok(()) };
    let order = released.order;
    let OrderKind::Limit { price } = order.kind else { return Ok(()) };
    let Some(mark) = checker.replica.market(order.instrument).and_then(crate::state::InstrumentMarket::mark)
    else {
        return Ok(());
    };
    let costs = match order.side {
        Side::Buy => price > mark,
        Side::Sell => price < mark,
    };
    let limit = i64::from(checker.replica.limits().instrument(order.instrument).collar_bps);
    let beyond = price.distance_bps(mark).unwrap_or(i64::MAX);
    if is_ours(checker, &released) || !costs || beyond <= limit {
        return Ok(());
    }
    Err(format!("a limit of {price} is {beyond} bps from the mark {mark}"))
}

/// One mode for a run; an order's owner is who asked, and is armed or only reduces.
pub(super) fn mode_owner_armed(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    // A change has the owner its order has, and any human may make it.
    let Some(Released { id, order, actor, .. }) =
        released(checker, envelope).filter(|released| released.done.is_none())
    else {
        return Ok(());
    };
    if order.mode != Mode::Analyze {
        return Err("an order of another mode was released".to_owned());
    }
    if only_reduces(checker, id, &order) {
        return Ok(());
    }
    let armed = checker.replica.control.is_armed(order.strategy);
    let owned = match actor {
        Actor::Strategy(id) => id == order.strategy && armed,
        Actor::Operator | Actor::Cli => order.strategy == StrategyId::MANUAL,
        Actor::Signal | Actor::File | Actor::Watchdog | Actor::Supervisor => false,
    };
    if owned { Ok(()) } else { Err(format!("{actor:?} opened risk for strategy {}", order.strategy.get())) }
}
