//! Going live and leaving it: one run has one mode, so both end this one, in order, for one in the other.

use super::core::Core;
use super::kill;
use crate::model::{
    Actor, Arming, ControlEvent, Envelope, Event, KillLevel, LiveTerms, Mode, Passed, Refusal, Request,
    Scope, Span,
};
use crate::state::{live_checks, live_unavailable};
use std::sync::Arc;

/// Flat for this long after the time is over, the run goes back to analyze by itself.
const IDLE: Span = Span::from_secs(60);

/// Leaves the mode for another. Nothing of the one that is left may be open (F-709).
pub(super) fn set_mode(
    core: &mut Core,
    mode: Mode,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if core.state.control.mode == mode || core.state.control.leaving.is_some() {
        return Err(Refusal::NothingToDo);
    }
    if mode == Mode::Live {
        return Err(terms(core).map_or(Refusal::NoLiveBroker, |_terms| Refusal::ArmingMissing));
    }
    nothing_open(core)?;
    emit(core, mode, (request, None), out);
    Ok(())
}

/// Goes live, or stays there for another while: only a human at the screen, with the account's digits, and only where every
/// check has passed.
pub(super) fn arm(
    core: &mut Core,
    arming: &Arc<Arming>,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if request.actor != Actor::Operator {
        return Err(Refusal::HumanOnly);
    }
    let digits = terms(core).ok_or(Refusal::NoLiveBroker)?.digits;
    if core.state.control.leaving.is_some() {
        return Err(Refusal::NothingToDo);
    }
    if arming.digits != digits || digits.as_str().len() < 4 {
        return Err(Refusal::WrongDigits);
    }
    // What is traded at an account that is lost stays stopped.
    let kill = core.state.highest_kill_there();
    if kill > KillLevel::K0 {
        return Err(Refusal::Killed);
    }
    let known = |id: &crate::model::StrategyId| core.state.genesis().strategy(*id).is_some();
    if !arming.strategies.iter().all(known) {
        return Err(Refusal::UnknownStrategy);
    }
    let failed = live_checks(&core.state, core.now).iter().filter(|check| check.passed == Passed::No).count();
    if failed > 0 {
        return Err(Refusal::ChecksFailed { checks: u32::try_from(failed).unwrap_or(u32::MAX) });
    }
    if core.state.control.mode == Mode::Analyze {
        nothing_open(core)?;
    }
    emit(core, Mode::Live, (request, Some(Arc::clone(arming))), out);
    Ok(())
}

/// The time box: once it is over entries are canceled and only what reduces passes; flat and idle the run goes back.
pub(super) fn look(core: &mut Core, out: &mut Vec<Envelope>) {
    let control = &core.state.control;
    let Some(until) = control.armed_until.filter(|_| control.mode == Mode::Live && control.leaving.is_none())
    else {
        return;
    };
    let cause = core.root();
    let set = |mode| ControlEvent::ModeSet { mode, actor: Actor::Watchdog, request: None, arming: None };
    if !control.is_over && core.now >= until {
        core.emit(cause, Event::Control(set(Mode::Live)), out);
        kill::cancel_entries(core, Scope::All, cause, out);
    } else if control.is_over && core.now >= until.after(IDLE) && nothing_open(core).is_ok() {
        core.emit(cause, Event::Control(set(Mode::Analyze)), out);
    }
}

fn terms(core: &Core) -> Option<&LiveTerms> {
    let genesis = core.state.genesis();
    genesis.live.as_ref().filter(|_| live_unavailable(&core.state).is_none())
}

/// An order or position of one mode would be closed in the other.
fn nothing_open(core: &Core) -> Result<(), Refusal> {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let open = core.state.orders.open().len();
    if open > 0 {
        return Err(Refusal::OrdersOpen { orders: count(open) });
    }
    let held = core.state.held_positions();
    if held > 0 {
        return Err(Refusal::PositionsOpen { positions: count(held) });
    }
    Ok(())
}

fn emit(
    core: &mut Core,
    mode: Mode,
    (request, arming): (&Request, Option<Arc<Arming>>),
    out: &mut Vec<Envelope>,
) {
    let set = ControlEvent::ModeSet { mode, actor: request.actor, request: Some(request.id), arming };
    core.emit_root(Event::Control(set), out);
}
