//! The one way an order or a cancel leaves: through the gate, as an event.

use super::core::Core;
use super::held;
use super::risk::{self, Approved, Passed, Proposal, Stage};
use crate::model::{
    Actor, Cause, ClientOrderId, ControlEvent, Denial, Envelope, Event, InstrumentId, LegOf, Link, Mode,
    NewOrder, Order, OrderChange, OrderEvent, OrderId, OrderStatus, Reason, Refusal, RequestId, RiskEvent,
    Span, StrategyId,
};
use crate::state::{Bug, Leaving};

/// A cancel without an answer may be asked for again after this long; a failed flatten is tried again.
pub(super) const ASK_AGAIN: Span = Span::from_secs(2);

/// The longest time between two cancels of an order whose cancels are refused.
pub(super) const CANCEL_PAUSE: Span = Span::from_secs(30);

/// Who asks, for what request, because of what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) actor: Actor,
    pub(super) request: Option<RequestId>,
    pub(super) cause: Cause,
}

/// Where a released order stands in the table: its number, and what it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) id: OrderId,
    pub(super) client_id: ClientOrderId,
    pub(super) leg: Option<LegOf>,
    pub(super) link: Option<Link>,
}

impl Place {
    /// The next number, belonging to nothing.
    pub(super) fn next(core: &Core) -> Self {
        let (id, client_id) = core.state.orders.next_id();
        Self { id, client_id, leg: None, link: None }
    }
}

/// An exit that would trade with orders of our own has them canceled first: their cancels leave before it. Where one of
/// them is an exit too, its position is told to be without it.
#[inline]
pub(super) fn clear_the_way(core: &mut Core, exit: &NewOrder, origin: Origin, out: &mut Vec<Envelope>) {
    if exit.reduce_only {
        cancel_met(core, exit, origin, out);
    }
}

/// Cancels the orders of ours that an exit would trade with.
#[inline(never)]
fn cancel_met(core: &mut Core, exit: &NewOrder, origin: Origin, out: &mut Vec<Envelope>) {
    let proposal = Proposal::new(exit, origin.actor, &core.state, core.now);
    let met: Vec<(OrderId, Option<RiskEvent>)> = risk::met(&proposal)
        .map(|(order, _)| order)
        .filter(|order| may_ask(core, order))
        .map(|order| (order.id, core.state.is_protective(order).then(|| taken_away(order))))
        .collect();
    for (id, told) in met {
        cancel(core, id, Origin { actor: Actor::Watchdog, ..origin }, out);
        if let Some(told) = told {
            core.emit(origin.cause, Event::Risk(told), out);
        }
    }
}

/// The word about an exit that had to make way.
fn taken_away(order: &Order) -> RiskEvent {
    let NewOrder { strategy, instrument, .. } = order.request;
    let why = Reason::new("canceled: it would have traded with another exit of ours");
    RiskEvent::Unprotected { strategy, instrument, order: order.id, qty: order.leaves(), why }
}

/// Judges an order: `Submitted`, `Held` or `Denied`, exactly one of them.
pub(super) fn order(core: &mut Core, order: &NewOrder, origin: Origin, out: &mut Vec<Envelope>) {
    // Only what sleeps is ever held.
    let sleeps = order.kind.trigger().is_some();
    if sleeps && (held::is_ours(core, order) || held::is_due(core, order)) {
        return held::take(core, *order, origin, out);
    }
    if let Err(denial) = try_order(core, order, origin, out) {
        deny(core, *order, denial, origin, out);
    }
}

/// Says that an order was denied.
pub(super) fn deny(
    core: &mut Core,
    order: NewOrder,
    denial: Denial,
    origin: Origin,
    out: &mut Vec<Envelope>,
) {
    let denied =
        Event::Denied { order, actor: origin.actor, request: origin.request, denial: Box::new(denial) };
    core.emit(origin.cause, denied, out);
}

/// Judges an order: `Submitted`, or the denial for one who goes on trying and must not flood the log with it.
pub(super) fn try_order(
    core: &mut Core,
    order: &NewOrder,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Denial> {
    let Some(approved) = risk::approve_new(order, origin.actor, &core.state, core.now) else {
        return try_at_length(core, order, origin, out);
    };
    clear_the_way(core, order, origin, out);
    release(core, &approved, Place::next(core), origin, out);
    Ok(())
}

/// The same of an order about which a rule has more to say.
#[inline(never)]
fn try_at_length(
    core: &mut Core,
    order: &NewOrder,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Denial> {
    let approved = risk::approve_at_length(order, origin.actor, &core.state, core.now)?;
    clear_the_way(core, order, origin, out);
    release(core, &approved, Place::next(core), origin, out);
    Ok(())
}

/// Judges an order that has its place already: an order of a group, or a held one whose time has come.
pub(super) fn try_at(
    core: &mut Core,
    (order, stage): (NewOrder, Stage),
    place: Place,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Denial> {
    let now = core.now;
    let approved = risk::approve(&order, &core.state, |order, state| {
        let mut proposal = Proposal::new(order, origin.actor, state, now).at(stage);
        // A leg that was held is meant beside its equals also when its time comes.
        proposal.batch = place.leg.map(|leg| leg.batch);
        proposal.waits = state.orders.was_issued(place.id);
        proposal
    })?;
    clear_the_way(core, &order, origin, out);
    release(core, &approved, place, origin, out);
    Ok(())
}

/// Judges a leg of a batch: `Submitted` or `Held`, or the denial for the batch to tell.
pub(super) fn try_leg(
    core: &mut Core,
    order: NewOrder,
    leg: LegOf,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Denial> {
    if held::is_ours(core, &order) || held::is_due(core, &order) {
        return held::leg(core, order, leg, origin, out);
    }
    let now = core.now;
    let approved = risk::approve(&order, &core.state, |order, state| {
        Proposal::new(order, origin.actor, state, now).of_batch(leg.batch)
    })?;
    clear_the_way(core, &order, origin, out);
    let place = Place { leg: Some(leg), ..Place::next(core) };
    release(core, &approved, place, origin, out);
    Ok(())
}

/// Sends a submit without an answer a second time under its old name, as it was, if the gate would let it leave as an exit
/// now. Its own reservation does not count against it. Whether it was sent.
pub(super) fn again(core: &mut Core, id: OrderId, out: &mut Vec<Envelope>) -> bool {
    let Some(order) = core.state.orders.get(id) else { return false };
    let request = order.request;
    let proposal =
        Proposal::replacing(&request, order, Actor::Watchdog, (&core.state, core.now)).at(Stage::Exit);
    let rules = match risk::judge(&proposal) {
        Ok(rules) => rules,
        Err(_) if core.state.planted.has(Bug::SentAgain) => 0,
        Err(_) => return false,
    };
    let passed = Passed { rules, foreseen: core.state.foresee(&request) };
    let place = Place { id, client_id: order.client_id, leg: order.leg, link: order.link };
    let origin = Origin { actor: Actor::Watchdog, request: None, cause: order.cause };
    let as_before = order.pursuit.venue_reduce_only;
    // What has come to rest in its way since it left the first time makes way as for any exit.
    clear_the_way(core, &request, origin, out);
    submitted(core, (&request, passed), (place, as_before), origin, out);
    true
}

/// Releases an approved order. Only the gate makes an `Approved`, so nothing else can get here.
#[expect(
    clippy::inline_always,
    reason = "what it is handed is at hand in `try_order`, on the way of every order"
)]
#[inline(always)]
fn release(core: &mut Core, approved: &Approved<'_>, place: Place, origin: Origin, out: &mut Vec<Envelope>) {
    let order = approved.order();
    if core.state.planted.has(Bug::OtherMode) && !order.reduce_only {
        let other = NewOrder { mode: Mode::Live, ..*order };
        return submitted(core, (&other, approved.passed()), (place, false), origin, out);
    }
    // Two strategies on opposite sides: the exit of one enlarges the account's net, and the broker, who sees only the
    // net, would refuse it as not reducing. The gate has judged the strategy's own position already.
    let reduces = || {
        let total = core.state.orders.total(order.instrument);
        total.reducible(core.state.ledger.account_holdings().net(order.instrument), order.side) >= order.qty
    };
    let venue_reduce_only = order.reduce_only && reduces();
    submitted(core, (order, approved.passed()), (place, venue_reduce_only), origin, out);
}

/// Makes it a fact that an order leaves.
#[expect(clippy::inline_always, reason = "as `release`")]
#[inline(always)]
fn submitted(
    core: &mut Core,
    (order, Passed { rules, foreseen }): (&NewOrder, Passed),
    (place, venue_reduce_only): (Place, bool),
    origin: Origin,
    out: &mut Vec<Envelope>,
) {
    let Place { id, client_id, leg, link } = place;
    let (seq, at) = (core.next_seq(), core.now);
    // Made when there is room for it, so that it is written where it stays and not moved there.
    out.extend(std::iter::once_with(|| Envelope {
        seq,
        at,
        cause: origin.cause,
        event: Event::Order(OrderEvent::Submitted {
            id,
            client_id,
            order: *order,
            actor: origin.actor,
            request: origin.request,
            venue_reduce_only,
            rules,
            leg,
            link,
        }),
    }));
    if let Some(envelope) = out.last() {
        core.state.apply_submitted((seq, at), Leaving { order, foreseen }, envelope);
    }
}

/// Whether a cancel of this order would be released, and why not. One that has had no answer for a while may be lost and
/// is released again: a cancel twice takes no more risk than once.
pub(super) fn cancel_refusal(core: &Core, id: OrderId) -> Option<Refusal> {
    match core.state.orders.get(id) {
        None => Some(Refusal::UnknownOrder),
        Some(order) if order.status.is_terminal() => Some(Refusal::OrderClosed),
        Some(order) if is_cancel_young(core, order) => Some(Refusal::CancelPending),
        Some(_) => None,
    }
}

/// Whether a cancel is on its way and not overdue.
fn is_cancel_young(core: &Core, order: &Order) -> bool {
    matches!(order.status, OrderStatus::PendingCancel | OrderStatus::Unknown)
        && order.cancel_requested_at.is_some_and(|asked| core.now.since(asked) < ASK_AGAIN)
}

/// Releases a cancel. Never judged by the gate: it takes risk away.
pub(super) fn cancel(core: &mut Core, id: OrderId, origin: Origin, out: &mut Vec<Envelope>) {
    let Some(order) = core.state.orders.get(id) else { return };
    let (client_id, actor, request) = (order.client_id, origin.actor, origin.request);
    // The broker has never seen it: there is nobody to ask.
    if order.is_held() {
        let why = format!("held, withdrawn by {}", actor.as_str());
        return held::end(core, id, &why, origin.cause, out);
    }
    let requested = OrderEvent::CancelRequested { id, client_id, actor, request };
    core.emit(origin.cause, Event::Order(requested), out);
}

/// Releases a change that the gate has passed or that only takes risk away. `risk` is whose risk it adds, if it does.
pub(super) fn change(
    core: &mut Core,
    id: OrderId,
    change: OrderChange,
    (origin, risk): (Origin, Option<(StrategyId, InstrumentId)>),
    out: &mut Vec<Envelope>,
) {
    let Some(order) = core.state.orders.get(id) else { return };
    let (client_id, actor, request) = (order.client_id, origin.actor, origin.request);
    if order.status == OrderStatus::Held {
        return change_held(core, id, change, origin, out);
    }
    let requested = OrderEvent::ReplaceRequested { id, client_id, change, actor, request, risk };
    core.emit(origin.cause, Event::Order(requested), out);
}

/// The change of an order the engine holds is made by the engine.
fn change_held(core: &mut Core, id: OrderId, change: OrderChange, origin: Origin, out: &mut Vec<Envelope>) {
    let replaced = OrderEvent::Replaced { id, change, venue_time: core.now };
    core.emit(origin.cause, Event::Order(replaced), out);
    // Where its trigger stood is no longer where it stands.
    core.trails.remove(&id);
    if let Some(request) = origin.request {
        let done = ControlEvent::Done { request, actor: origin.actor, orders: 1 };
        core.emit(origin.cause, Event::Control(done), out);
    }
}

/// A strategy's cancel: only of its own orders, and quietly nothing where the order has ended meanwhile.
pub(super) fn cancel_own(
    core: &mut Core,
    id: OrderId,
    strategy: StrategyId,
    origin: Origin,
    out: &mut Vec<Envelope>,
) {
    let mine = |order: &&Order| order.request.strategy == strategy && may_ask(core, order);
    let own = core.state.orders.get(id).as_ref().is_some_and(mine);
    if own && cancel_refusal(core, id).is_none() {
        cancel(core, id, origin, out);
    }
}

/// Whether a cancel may be asked for by a rule or a strategy now: not while one is young, after refusals ever more rarely,
/// and rarely where the account is lost and nobody hears it: it is asked for again soon once the account is back. Only a
/// human may insist.
pub(super) fn may_ask(core: &Core, order: &Order) -> bool {
    let doublings = order.pursuit.cancels_refused.saturating_sub(1).min(4);
    let lost = core.state.is_cut_off(order.request.instrument);
    let pause = if lost { CANCEL_PAUSE } else { Span::from_nanos(ASK_AGAIN.nanos() << doublings) };
    let pause = pause.min(CANCEL_PAUSE);
    order.cancel_requested_at.is_none_or(|asked| core.now.since(asked) >= pause)
}
