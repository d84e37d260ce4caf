//! What a group still needs: exits that are done with are ended, exits that failed have a successor, and fills beyond
//! what was intended are told.

use super::{release, take, watch};
use crate::engine::core::Core;
use crate::engine::submit::{self, Origin};
use crate::model::{
    Actor, Cause, Envelope, Event, InstrumentId, KillLevel, Link, LinkRole, NewOrder, Order, OrderEvent,
    OrderId, OrderKind, OrderStatus, Qty, RiskEvent, StrategyId,
};
use crate::state::{Exit, Group};

/// Does what the events since `start` have made necessary; called after every report and command.
pub(in crate::engine) fn settle(core: &mut Core, start: usize, out: &mut Vec<Envelope>) {
    if out.len() == start {
        return;
    }
    overfills(core, start, out);
    if !core.state.groups.is_empty() || core.state.orders.is_holding() {
        pursue(core, out);
    }
}

/// Does what time alone makes necessary.
pub(in crate::engine) fn tick(core: &mut Core, out: &mut Vec<Envelope>) {
    if !core.state.groups.is_empty() || core.state.orders.is_holding() {
        pursue(core, out);
        watch::forget(core);
    }
}

fn pursue(core: &mut Core, out: &mut Vec<Envelope>) {
    let busy = |group: &&Group| has_work(core, group);
    let groups: Vec<Group> = core.state.groups.all().iter().filter(busy).cloned().collect();
    for group in groups {
        if group.is_to_be_told() {
            taken_back(core, &group, out);
        }
        finish(core, &group, out);
        cut(core, &group, out);
        revive(core, &group, out);
    }
    let waiting: Vec<OrderId> = core
        .state
        .orders
        .held()
        .filter(|one| core.state.orders.get(one.id).is_some_and(|order| order.triggered))
        .map(|one| one.id)
        .collect();
    for id in waiting {
        release::attempt(core, id, out);
    }
    // A fill may have woken an exit whose price the market has passed already.
    let instruments = || core.state.genesis().instrument_ids();
    let watched = instruments().filter(|id| !core.state.orders.held_on(*id).is_empty());
    let watched: Vec<InstrumentId> = watched.collect();
    for instrument in watched {
        watch::watch(core, instrument, out);
    }
}

/// Whether anything may have to be done about a group: most only wait for their price.
fn has_work(core: &Core, group: &Group) -> bool {
    let orders = &core.state.orders;
    let waits = |exit: &Exit| orders.get(exit.order).is_some_and(|order| order.is_held() && !order.triggered);
    group.is_to_be_told()
        || (group.is_asleep() && !group.is_entering(orders))
        || !group.exits.iter().all(waits)
}

/// What a venue takes back of an entry that is out already leaves more out than was in.
fn taken_back(core: &mut Core, group: &Group, out: &mut Vec<Envelope>) {
    let (strategy, instrument, order) = (group.strategy, group.instrument, group.id);
    let (filled, intended) = (group.exited, group.entered);
    let cause = core.state.orders.get(order).map_or_else(|| core.root(), |order| order.cause);
    let told = RiskEvent::Overfilled { strategy, instrument, order, filled, intended };
    core.emit(cause, Event::Risk(told), out);
}

/// Ends the exits of a group that have nothing to do and never will: the entry has ended, and what it filled is out.
fn finish(core: &mut Core, group: &Group, out: &mut Vec<Envelope>) {
    if !group.is_asleep() || group.is_entering(&core.state.orders) {
        return;
    }
    let entered = !group.entered.is_zero();
    let why = if entered { "its group is done" } else { "the entry ended without a fill" };
    for exit in &group.exits {
        let Some(order) = core.state.orders.get(exit.order).filter(|order| order.is_open()) else { continue };
        let (cause, held) = (order.cause, order.is_held());
        if held {
            release::end(core, exit.order, why, cause, out);
        } else if submit::may_ask(core, order) {
            let origin = Origin { actor: Actor::Watchdog, request: None, cause };
            submit::cancel(core, exit.order, origin, out);
        }
    }
}

/// Calls back an order of a pair that is at the broker and larger than what is left: the other one filled after its end
/// had been proven. Exits are cut by what there is to reduce.
fn cut(core: &mut Core, group: &Group, out: &mut Vec<Envelope>) {
    let left = group.remaining();
    for exit in group.exits.iter().filter(|exit| !exit.plan.reduce_only) {
        let Some(order) = core.state.orders.get(exit.order) else { continue };
        if order.is_at_broker() && order.leaves() > left && submit::may_ask(core, order) {
            let origin = Origin { actor: Actor::Watchdog, request: None, cause: order.cause };
            submit::cancel(core, exit.order, origin, out);
        }
    }
}

/// Gives an exit that ended at the venue, unasked and with something left to close, a successor.
fn revive(core: &mut Core, group: &Group, out: &mut Vec<Envelope>) {
    let pair = (group.strategy, group.instrument);
    // A kill of everything wants exits gone too.
    let killed = core.state.control.kill_for(pair.0, pair.1) >= KillLevel::K3;
    if killed || group.is_asleep() || !group.protects() {
        return;
    }
    let net = core.state.ledger.position(pair.0, pair.1).net;
    for exit in group.exits.iter().filter(|exit| exit.wanted) {
        let ended = core.state.orders.get(exit.order).filter(|order| !order.is_open()).cloned();
        let Some(ended) = ended.filter(|_| net.side() == Some(exit.plan.side.opposite())) else { continue };
        follow(core, (group, exit), &ended, out);
    }
}

fn follow(core: &mut Core, (group, exit): (&Group, &Exit), ended: &Order, out: &mut Vec<Envelope>) {
    let plan = NewOrder { qty: group.remaining(), ..exit.plan };
    let link = Some(Link { group: group.id, role: LinkRole::Exit });
    let origin = Origin { actor: Actor::Watchdog, request: None, cause: ended.cause };
    let id = take::hold(core, plan, link, origin, out);
    if ended.status != OrderStatus::Filled {
        let why = ended.note.as_ref().map_or_else(String::new, |note| format!(": {note}"));
        let why = format!("{}{why}", ended.status.as_str());
        if let Some(order) = core.state.orders.get(id).cloned() {
            release::alarm(core, &order, &why, out);
        }
    }
    // A stop that was hit stays hit; a target waits for its price again.
    if ended.triggered && !matches!(exit.plan.kind, OrderKind::Limit { .. }) {
        watch::trigger(core, id, out);
    }
}

/// A fill of an order whose group had enough: both orders of a pair filled, or one filled after its end was proven. The
/// fill is truth and is booked; a human must look at what it made of the position.
fn overfills(core: &mut Core, start: usize, out: &mut Vec<Envelope>) {
    let fills = out.get(start..).unwrap_or_default().iter();
    let over: Vec<(Cause, RiskEvent)> = fills
        .filter_map(|envelope| match &envelope.event {
            Event::Order(OrderEvent::Filled { id, fill }) => {
                let told = overfill(core, *id, (fill.strategy, fill.instrument), fill.qty)?;
                Some((Cause(envelope.seq), told))
            }
            Event::Order(_)
            | Event::Market(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => None,
        })
        .collect();
    for (cause, event) in over {
        core.emit(cause, Event::Risk(event), out);
    }
}

fn overfill(
    core: &Core,
    id: OrderId,
    (strategy, instrument): (StrategyId, InstrumentId),
    qty: Qty,
) -> Option<RiskEvent> {
    let order = core.state.orders.get(id)?;
    let role = order.link?.role;
    match core.state.groups.of(id) {
        Some(group) if group.entry != Some(id) && group.exited > group.entered => {
            let (filled, intended) = (group.exited, group.entered);
            Some(RiskEvent::Overfilled { strategy, instrument, order: id, filled, intended })
        }
        Some(_) => None,
        None => match role {
            // Whether it had ended or turned up again: with its group its exits have gone.
            LinkRole::Entry => {
                let why = crate::model::Reason::new("a fill came after its exits had ended");
                Some(RiskEvent::Unprotected { strategy, instrument, order: id, qty, why })
            }
            LinkRole::Exit if !order.late_fill => None,
            LinkRole::Exit => {
                let intended = Qty::ZERO;
                Some(RiskEvent::Overfilled { strategy, instrument, order: id, filled: qty, intended })
            }
        },
    }
}
