//! Commands: each is carried out, denied by the gate, or refused with the reason.

use super::human;
use crate::engine::batch;
use crate::engine::close;
use crate::engine::core::Core;
use crate::engine::held::{self, Bracket};
use crate::engine::kill;
use crate::engine::limits;
use crate::engine::live;
use crate::engine::options;
use crate::engine::replace;
use crate::engine::smart;
use crate::engine::submit::{self, Origin};
use crate::engine::watchdog;
use crate::model::{
    Actor, Command, ControlEvent, Envelope, Event, InstrumentId, KillLevel, NewOrder, Order, OrderId, Reason,
    Refusal, Request, Scope, StrategyId,
};
use crate::state::Bug;

/// Takes one command.
pub(in crate::engine) fn take(core: &mut Core, request: &Request, out: &mut Vec<Envelope>) {
    let start = out.len();
    let outcome = match &request.command {
        _ if super::repeat::is_repeat(core, request) => Err(Refusal::Repeated),
        // A screen that lags orders in the mode it still shows: the gate denies what is of another mode.
        Command::Submit { order } => {
            submit::order(core, order, origin(core, request), out);
            Ok(())
        }
        Command::Cancel { order } => cancel(core, *order, request, out),
        Command::CancelAll { scope } => cancel_all(core, *scope, request, out),
        Command::Close { strategy, instrument } => close_one(core, (*strategy, *instrument), request, out),
        Command::CloseAll { scope } => close_all(core, *scope, request, out),
        Command::Smart { order } => smart::take(core, *order, (request, origin(core, request)), out),
        Command::Basket { batch } => batch::basket(core, batch, origin(core, request), out),
        Command::Split { order } => batch::split(core, *order, origin(core, request), out),
        Command::Options { order } => options::take(core, order, origin(core, request), out),
        Command::Decide { batch, decision } => {
            batch::decide(core, (*batch, *decision), origin(core, request), out)
        }
        Command::Kill { level, scope, reason } => raise(core, (*level, *scope, *reason), request, out),
        Command::Resume { reason } => resume(core, *reason, request, out),
        Command::Arm { strategy } => arm(core, *strategy, request, out),
        Command::Disarm { strategy, reason } => disarm(core, *strategy, *reason, request, out),
        Command::SetMode { mode } => live::set_mode(core, *mode, request, out),
        Command::ArmLive { arming } => live::arm(core, arming, request, out),
        Command::Bracket { entry, stop, target } => {
            let bracket = Bracket { entry: *entry, stop: *stop, target: *target };
            held::bracket(core, &bracket, origin(core, request), out);
            Ok(())
        }
        Command::Oco { one, other } => {
            held::oco(core, [*one, *other], origin(core, request), out);
            Ok(())
        }
        Command::Replace { order, change } => {
            replace::replace(core, *order, *change, origin(core, request), out)
        }
        Command::Resolve { order, verdict, reason } => {
            human::resolve(core, (*order, *verdict, *reason), request, out)
        }
        Command::Claim { strategy, instrument, qty } => {
            human::claim(core, (*strategy, *instrument, *qty), request, out)
        }
        Command::Acknowledge { alert } => watchdog::acknowledge(core, *alert, request, out),
        Command::Reconcile => {
            watchdog::reconcile(core, Reason::new("asked"), (request.actor, Some(request.id)), out);
            Ok(())
        }
        Command::AcceptDifference { line, reason } => watchdog::accept(core, (*line, *reason), request, out),
        Command::SetLimit { key, to } => limits::set(core, (*key, *to), request, out),
        Command::ConfirmLimit { key } => limits::confirm(core, *key, request, out),
    };
    if let Err(refusal) = outcome {
        core.emit_root(
            Event::Control(ControlEvent::Refused { request: Box::new(request.clone()), refusal }),
            out,
        );
    }
    held::settle(core, start, out);
}

fn origin(core: &Core, request: &Request) -> Origin {
    // What a strategy asks for is no request of a session: nobody waits for its number.
    let request_id = (!matches!(request.actor, Actor::Strategy(_))).then_some(request.id);
    Origin { actor: request.actor, request: request_id, cause: core.root() }
}

fn cancel(core: &mut Core, id: OrderId, request: &Request, out: &mut Vec<Envelope>) -> Result<(), Refusal> {
    if let Some(refusal) = submit::cancel_refusal(core, id) {
        return Err(refusal);
    }
    let busy = core.state.budget.everywhere(core.now) >= 4;
    if core.state.planted.has(Bug::CancelWaits) && busy {
        return Err(Refusal::CancelPending);
    }
    let origin = origin(core, request);
    let held = core.state.orders.get(id).is_some_and(Order::is_held);
    submit::cancel(core, id, origin, out);
    // A held order is canceled without a word to the broker, and its end names no request.
    if held {
        let done = ControlEvent::Done { request: request.id, actor: request.actor, orders: 1 };
        core.emit(origin.cause, Event::Control(done), out);
    }
    Ok(())
}

fn cancel_all(
    core: &mut Core,
    scope: Scope,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    let by_strategy = matches!(request.actor, Actor::Strategy(_));
    let ids: Vec<OrderId> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| scope.covers(order.request.strategy, order.request.instrument))
        // Only somebody outside may insist: a strategy that asks at every print would use up the venue's patience.
        .filter(|order| !by_strategy || submit::may_ask(core, order))
        .map(|order| order.id)
        .filter(|id| submit::cancel_refusal(core, *id).is_none())
        .collect();
    let origin = origin(core, request);
    let unwanted = |order: &NewOrder| scope.covers(order.strategy, order.instrument);
    let called_off = batch::call_off(core, unwanted, origin, out);
    if ids.is_empty() && called_off == 0 {
        return Err(Refusal::NothingToDo);
    }
    let orders = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    // The request has one answer, and that is the count.
    let each = Origin { request: None, ..origin };
    for id in ids {
        submit::cancel(core, id, each, out);
    }
    let done = ControlEvent::Done { request: request.id, actor: request.actor, orders };
    core.emit(origin.cause, Event::Control(done), out);
    batch::pursue(core, out);
    Ok(())
}

fn close_one(
    core: &mut Core,
    (strategy, instrument): (StrategyId, InstrumentId),
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    known_strategy(core, strategy)?;
    let origin = origin(core, request);
    close::begin(core, (strategy, instrument), request, out)?;
    let unwanted = |order: &NewOrder| (order.strategy, order.instrument) == (strategy, instrument);
    batch::call_off(core, unwanted, origin, out);
    batch::pursue(core, out);
    Ok(())
}

fn close_all(
    core: &mut Core,
    scope: Scope,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    known_scope(core, scope)?;
    let origin = origin(core, request);
    close::begin_all(core, scope, request, out)?;
    batch::call_off(core, |order| scope.covers(order.strategy, order.instrument), origin, out);
    batch::pursue(core, out);
    Ok(())
}

fn raise(
    core: &mut Core,
    (level, scope, reason): (KillLevel, Scope, Reason),
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    known_scope(core, scope)?;
    if level == KillLevel::K0 {
        return Err(Refusal::NothingToDo);
    }
    let raised =
        ControlEvent::KillRaised { level, scope, actor: request.actor, reason, request: Some(request.id) };
    core.emit_root(Event::Control(raised), out);
    kill::pursue(core, out);
    batch::pursue(core, out);
    Ok(())
}

fn resume(
    core: &mut Core,
    reason: Reason,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if !request.actor.is_human() && !core.state.planted.has(Bug::ResumeByScript) {
        return Err(Refusal::HumanOnly);
    }
    if reason.as_str().trim().is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    if let Some(refusal) = kill::resume_refusal(&core.state).or_else(|| watchdog::refusal(core)) {
        return Err(refusal);
    }
    let unfinished = kill::unfinished_away(&core.state);
    let resumed = ControlEvent::Resumed { actor: request.actor, reason, request: Some(request.id) };
    core.emit_root(Event::Control(resumed), out);
    // An account of several that is lost stays stopped, and what a kill has begun there goes on when it is back.
    for (level, instrument) in unfinished {
        let (scope, reason) = (Scope::Instrument(instrument), Reason::new(kill::UNFINISHED));
        let raised = ControlEvent::KillRaised { level, scope, actor: Actor::Watchdog, reason, request: None };
        core.emit_root(Event::Control(raised), out);
    }
    if !core.state.genesis().accounts.is_single() {
        watchdog::look(core, out);
    }
    Ok(())
}

fn arm(
    core: &mut Core,
    strategy: StrategyId,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    known_strategy(core, strategy)?;
    if strategy == StrategyId::EXTERNAL {
        return Err(Refusal::UnknownStrategy);
    }
    if !request.actor.is_human() {
        return Err(Refusal::HumanOnly);
    }
    if core.state.control.is_armed(strategy) {
        return Err(Refusal::NothingToDo);
    }
    let killed = core.state.control.global.max(core.state.control.kill_at(Scope::Strategy(strategy)));
    if killed > KillLevel::K0 {
        return Err(Refusal::Killed);
    }
    // What its rule is closing is closed first.
    let closing = core.state.closing.iter().filter(|one| one.strategy == strategy).count();
    if closing > 0 && core.state.conduct(strategy).is_some_and(|conduct| conduct.exit.is_some()) {
        return Err(Refusal::StillFlattening { positions: u32::try_from(closing).unwrap_or(u32::MAX) });
    }
    let armed = ControlEvent::Armed { strategy, actor: request.actor, request: Some(request.id) };
    core.emit_root(Event::Control(armed), out);
    Ok(())
}

fn disarm(
    core: &mut Core,
    strategy: StrategyId,
    reason: Reason,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    known_strategy(core, strategy)?;
    if !core.state.control.is_armed(strategy) {
        return Err(Refusal::NothingToDo);
    }
    let cause = core.root();
    let disarmed =
        ControlEvent::Disarmed { strategy, actor: request.actor, reason, request: Some(request.id) };
    core.emit(cause, Event::Control(disarmed), out);
    kill::cancel_entries(core, Scope::Strategy(strategy), cause, out);
    Ok(())
}

fn known_scope(core: &Core, scope: Scope) -> Result<(), Refusal> {
    match scope {
        Scope::All => Ok(()),
        Scope::Strategy(id) => known_strategy(core, id),
        Scope::Instrument(id) => {
            core.state.genesis().instrument(id).map(|_known| ()).ok_or(Refusal::UnknownInstrument)
        }
    }
}

fn known_strategy(core: &Core, strategy: StrategyId) -> Result<(), Refusal> {
    core.state.genesis().strategy(strategy).map(|_known| ()).ok_or(Refusal::UnknownStrategy)
}
