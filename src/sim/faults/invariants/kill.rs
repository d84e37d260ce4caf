//! Invariants of kills and of what they allow.

use super::super::checker::{Checker, Heard, Moment, levels};
use super::risk::only_reduces;
use crate::model::{
    Actor, Command, ControlEvent, Envelope, Event, KillLevel, Money, NetQty, NewOrder, OrderEvent, OrderId,
    OrderKind, OrderStatus, RiskEvent, Scope, Side, StrategyId,
};

/// A flatten sends no order for what a strategy and `EXTERNAL` hold against each other: it would open the account.
pub(super) fn flatten_opens_nothing(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Order(OrderEvent::Submitted { id, order, .. }) = &envelope.event else { return Ok(()) };
    if !order.is_flattening() {
        return Ok(());
    }
    let net =
        |strategy| checker.rows.get(&(strategy, order.instrument)).map(|row| row.net).unwrap_or_default();
    let least = checker.genesis.instrument(order.instrument).map(|spec| spec.lot).unwrap_or_default();
    let is_whole = |one: NetQty| one.magnitude() >= least;
    let against = |strategy: StrategyId| {
        let (ours, theirs) = (net(strategy), net(StrategyId::EXTERNAL));
        let is_flattened = checker.replica.control.kill_for(strategy, order.instrument) == KillLevel::K4;
        is_flattened && is_whole(ours) && is_whole(theirs) && ours.side() == theirs.side().map(Side::opposite)
    };
    let mut pairs = checker.genesis.strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
    let asked = |one: &StrategyId| order.strategy == StrategyId::EXTERNAL || order.strategy == *one;
    match pairs.find(|one| asked(one) && against(*one)) {
        Some(one) => {
            Err(format!("flatten {} closes what strategy {} holds the other way", id.get(), one.get()))
        }
        None => Ok(()),
    }
}

/// Under a kill only what reduces is released.
pub(super) fn no_risk_under_a_kill(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Order(OrderEvent::Submitted { id, order, .. }) = &envelope.event else { return Ok(()) };
    let level = checker.replica.control.kill_for(order.strategy, order.instrument);
    if level == KillLevel::K0 || only_reduces(checker, *id, order) {
        return Ok(());
    }
    Err(format!("order {} adds risk under {level:?}", id.get()))
}

/// A kill is lowered by the command of a human who gives a reason.
pub(super) fn lowered_by_a_human(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Control(ControlEvent::Resumed { actor, reason, .. }) = &envelope.event else { return Ok(()) };
    let asked = matches!(&checker.heard, Heard::Command(request)
        if matches!(request.command, Command::Resume { .. }) && request.actor == *actor);
    if !asked || !actor.is_human() || reason.as_str().trim().is_empty() {
        return Err(format!("{actor:?} lowered the kill"));
    }
    let unproven = checker.replica.orders.open().iter().find(|order| order.status == OrderStatus::Unknown);
    match unproven {
        Some(order) => Err(format!("resumed while order {} is UNKNOWN", order.id.get())),
        None => Ok(()),
    }
}

/// The order that this event takes away although it protects under a K2, by the watchdog's own will.
pub(in crate::sim::faults) fn protection_taken(checker: &Checker, event: &OrderEvent) -> Option<OrderId> {
    let OrderEvent::CancelRequested { id, actor: Actor::Watchdog, .. } = event else { return None };
    let order = checker.replica.orders.get(*id)?;
    let level = checker.replica.control.kill_for(order.request.strategy, order.request.instrument);
    // Asked for before, or one that turned up after it had been taken for ended: that is another rule's work.
    // So is an exit that goes because its sibling leaves for the market.
    let sibling = order.link.is_some() && matches!(checker.heard, Heard::Market);
    let other = sibling || order.cancel_requested_at.is_some() || matches!(checker.heard, Heard::Report(_));
    (level == KillLevel::K2 && !other && checker.replica.is_protective(order)).then_some(*id)
}

/// Below K3 the watchdog leaves alone what can only protect, unless an exit of ours leaves in the same step that would
/// trade with it.
pub(super) fn k2_keeps_protection(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    match checker.protection_taken.iter().find(|id| !made_way(moment, **id)) {
        None => Ok(()),
        Some(id) => Err(format!("order {} protects and was canceled under K2", id.get())),
    }
}

/// Whether it had to make way: the flatten of one strategy may not trade with the resting exit of another, and may not wait
/// for it either, so the resting one goes (P9 of the reliability list). Only where it could have traded with what was
/// released after it in the same step, which itself reduces, and where it was told that a position is without it now.
fn made_way(moment: &Moment<'_>, id: OrderId) -> bool {
    let Some(taken) = moment.state.orders.get(id).map(|one| one.request) else { return false };
    let OrderKind::Limit { price } = taken.kind else { return false };
    let canceled = |one: &&Envelope| matches!(&one.event, Event::Order(OrderEvent::CancelRequested { id: of, .. }) if *of == id);
    let after = || moment.events.iter().skip_while(|one| !canceled(one));
    let told = after()
        .any(|one| matches!(&one.event, Event::Risk(RiskEvent::Unprotected { order, .. }) if *order == id));
    let met = after().filter_map(|one| left(moment, one)).any(|exit| {
        let meets = exit.kind.limit_price().is_none_or(|reach| match exit.side {
            Side::Buy => reach >= price,
            Side::Sell => reach <= price,
        });
        let other = (exit.instrument, exit.side) == (taken.instrument, taken.side.opposite());
        other && meets && exit.reduce_only && exit.kind.trigger().is_none()
    });
    told && met
}

/// The order that an event releases, or what it changes one into.
fn left(moment: &Moment<'_>, envelope: &Envelope) -> Option<NewOrder> {
    match &envelope.event {
        Event::Order(OrderEvent::Submitted { order, .. }) => Some(*order),
        Event::Order(OrderEvent::ReplaceRequested { id, change, .. }) => {
            let request = moment.state.orders.get(*id)?.request;
            Some(NewOrder { qty: change.qty, kind: change.kind, ..request })
        }
        Event::Order(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    }
}

/// A reduce-only order is no larger than what is left to reduce, whoever asks.
pub(super) fn exits_only_reduce(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Order(OrderEvent::Submitted { id, order, .. }) = &envelope.event else { return Ok(()) };
    if !order.reduce_only || only_reduces(checker, *id, order) {
        return Ok(());
    }
    Err(format!("exit {} of {} could flip the position", id.get(), order.qty))
}

/// Levels fall only where a human resumed in this step.
pub(super) fn only_rise(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let fell = checker.kills.iter().zip(levels(moment.state)).any(|(before, now)| now < *before);
    let resumed = moment
        .events
        .iter()
        .any(|envelope| matches!(envelope.event, Event::Control(ControlEvent::Resumed { .. })));
    if fell && !resumed { Err("a kill fell and nobody resumed".to_owned()) } else { Ok(()) }
}

/// What a kill wants gone is asked for in the step that raises it.
pub(super) fn cancels_at_once(_checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let raised = moment
        .events
        .iter()
        .any(|envelope| matches!(envelope.event, Event::Control(ControlEvent::KillRaised { .. })));
    if !raised {
        return Ok(());
    }
    let forgotten = moment.state.orders.open().iter().find(|order| {
        let request = &order.request;
        let level = moment.state.control.kill_for(request.strategy, request.instrument);
        let closes = request.is_closing() || request.is_flattening();
        let entry = !request.reduce_only && request.kind.trigger().is_none();
        let doomed = (level == KillLevel::K2 && entry) || (level >= KillLevel::K3 && !closes);
        doomed && order.cancel_requested_at.is_none()
    });
    match forgotten {
        None => Ok(()),
        Some(order) => Err(format!("order {} survives the kill without a cancel", order.id.get())),
    }
}

/// A fill that cannot be booked stops new risk where it belongs.
pub(super) fn set_aside_stops(_checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let aside = moment
        .events
        .iter()
        .any(|envelope| matches!(envelope.event, Event::Order(OrderEvent::SetAside { .. })));
    if aside && moment.state.control.highest_kill() == KillLevel::K0 {
        return Err("a fill was set aside and new risk goes on".to_owned());
    }
    Ok(())
}

/// After a tick no loss stands at its limit without a K2.
pub(super) fn loss_limit_kills(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    if !matches!(checker.heard, Heard::Tick) {
        return Ok(());
    }
    let limits = moment.state.limits();
    // What nobody of ours trades has no limit of its own.
    for id in checker.genesis.strategy_ids().filter(|id| *id != StrategyId::EXTERNAL) {
        let limit = limits.strategy(id).daily_loss;
        let Some(pnl) = moment.state.strategy_pnl(id) else { continue };
        let lost = pnl.day < Money::ZERO && -pnl.day >= limit;
        if lost && moment.state.control.kill_at(Scope::Strategy(id)) < KillLevel::K2 {
            return Err(format!("strategy {} lost {} of {limit} and trades", id.get(), -pnl.day));
        }
    }
    Ok(())
}
