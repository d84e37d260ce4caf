//! Looks at every condition: what holds long enough raises its alarm and its kills, what has ended is told.

use super::guard::{Demand, Guard};
use super::{broker, clock, deadman, feed, quarantine, reconcile, schedule, unknown};
use crate::engine::core::Core;
use crate::engine::kill;
use crate::model::{
    Actor, Cause, ControlEvent, DisplayText, Envelope, Event, KillLevel, Label, Reason, Refusal, Scope,
    Trigger,
};
use crate::state::Alarm;

/// Every condition there is.
const GUARDS: &[Guard] = &[
    feed::GUARD,
    broker::GUARD,
    unknown::GUARD,
    reconcile::GUARD,
    schedule::GUARD,
    clock::GAP,
    clock::SKEW,
    deadman::GUARD,
    quarantine::GUARD,
];

/// Looks. Called at every tick and after what may change a condition at once.
pub(in crate::engine) fn look(core: &mut Core, out: &mut Vec<Envelope>) {
    if !core.state.genesis().watchdog.is_on() {
        return;
    }
    let demands = demanded(core);
    let over: Vec<(Trigger, Label)> = core
        .state
        .watch
        .alarms()
        .iter()
        .filter(|alarm| alarm.over_at.is_none())
        .map(|alarm| (alarm.trigger, alarm.subject))
        .filter(|name| !demands.iter().any(|demand| (demand.trigger, demand.subject) == *name))
        .collect();
    for (trigger, subject) in over {
        core.emit_root(Event::Control(ControlEvent::AlarmOver { trigger, subject }), out);
    }
    let mut killed = false;
    for demand in demands {
        killed |= answer(core, &demand, out);
    }
    if killed {
        kill::pursue(core, out);
    }
}

fn demanded(core: &Core) -> Vec<Demand> {
    GUARDS.iter().flat_map(|guard| (guard.demands)(core)).collect()
}

/// Raises what a demand asks for and does not stand yet. True when it killed.
fn answer(core: &mut Core, demand: &Demand, out: &mut Vec<Envelope>) -> bool {
    let standing = core.state.watch.alarm(demand.trigger, demand.subject);
    let told = standing.filter(|alarm| alarm.over_at.is_none() && alarm.level >= demand.level);
    let missing: Vec<Scope> =
        demand.scopes.iter().copied().filter(|scope| level_of(core, *scope) < demand.level).collect();
    if told.is_some() && missing.is_empty() {
        return false;
    }
    let cause = core.root();
    if told.is_none() {
        let alarm = ControlEvent::Alarm {
            trigger: demand.trigger,
            subject: demand.subject,
            level: demand.level,
            held: demand.held,
            detail: DisplayText::new(&demand.detail),
        };
        core.emit(cause, Event::Control(alarm), out);
    }
    for scope in &missing {
        raise(core, (demand.level, *scope), demand, cause, out);
    }
    !missing.is_empty()
}

/// The level that holds in a scope: what covers everything covers it.
fn level_of(core: &Core, scope: Scope) -> KillLevel {
    core.state.control.global.max(core.state.control.kill_at(scope))
}

fn raise(
    core: &mut Core,
    (level, scope): (KillLevel, Scope),
    demand: &Demand,
    cause: Cause,
    out: &mut Vec<Envelope>,
) {
    let reason = Reason::new(&format!("{}: {}", demand.trigger, demand.detail));
    let raised = ControlEvent::KillRaised { level, scope, actor: Actor::Watchdog, reason, request: None };
    core.emit(cause, Event::Control(raised), out);
}

/// Why a human may not resume yet: a condition that kills holds, or has not been healed for long enough.
pub(in crate::engine) fn refusal(core: &Core) -> Option<Refusal> {
    if !core.state.genesis().watchdog.is_on() {
        return None;
    }
    // What lies at a lost account of several is no reason at the others.
    let (aside, held): (Vec<Demand>, Vec<Demand>) = demanded(core)
        .into_iter()
        .filter(|demand| demand.level > KillLevel::K0)
        .partition(|demand| broker::is_partial(core, demand));
    if let Some(demand) = held.first() {
        return Some(Refusal::NotHealed { trigger: demand.trigger });
    }
    let is_aside = |alarm: &Alarm| {
        let of_demand = |one: &Demand| (one.trigger, one.subject) == (alarm.trigger, alarm.subject);
        aside.iter().any(of_demand) || broker::is_of_lost(core, alarm.trigger, alarm.subject)
    };
    let is_ill = |alarm: &&Alarm| alarm.level > KillLevel::K0 && !healed(core, alarm) && !is_aside(alarm);
    let ill = core.state.watch.alarms().iter().find(is_ill);
    ill.map(|alarm| Refusal::NotHealed { trigger: alarm.trigger })
}

fn healed(core: &Core, alarm: &Alarm) -> bool {
    let guard = GUARDS.iter().find(|guard| guard.triggers.contains(&alarm.trigger));
    alarm.over_at.is_some() && guard.is_none_or(|guard| (guard.has_healed)(core, alarm))
}
