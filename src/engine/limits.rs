//! Limits changed while running: tighter at once, looser only to the configuration's ceiling, after a delay, confirmed.

use super::core::Core;
use crate::model::{Envelope, Event, LimitKey, Measure, Refusal, Request, RiskEvent};
use std::cmp::Ordering;

/// Asks for a limit. Every limit is the tighter the smaller it is.
pub(super) fn set(
    core: &mut Core,
    (key, to): (LimitKey, Measure),
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if !request.actor.is_human() {
        return Err(Refusal::HumanOnly);
    }
    let Some((from, ceiling)) = core.state.limits().get(key).zip(core.state.genesis().limits.get(key)) else {
        return Err(unknown(key));
    };
    let (actor, asked) = (request.actor, Some(request.id));
    match compare(to, from).ok_or(Refusal::Ceiling)? {
        Ordering::Equal => return Err(Refusal::NothingToDo),
        Ordering::Less => {
            let set = RiskEvent::LimitSet { key, from, to, actor, request: asked };
            core.emit_root(Event::Risk(set), out);
        }
        Ordering::Greater if compare(to, ceiling) == Some(Ordering::Greater) => return Err(Refusal::Ceiling),
        Ordering::Greater => {
            let ready = core.now.after(core.state.limits().loosen_delay);
            let asked = RiskEvent::LoosenAsked { key, from, to, actor, request: asked, ready };
            core.emit_root(Event::Risk(asked), out);
        }
    }
    Ok(())
}

/// Confirms what was asked for, once its delay has passed.
pub(super) fn confirm(
    core: &mut Core,
    key: LimitKey,
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if !request.actor.is_human() {
        return Err(Refusal::HumanOnly);
    }
    let waiting = core.state.loosenings().iter().find(|one| one.key == key);
    let Some(waiting) = waiting.filter(|one| core.now < one.lapses()) else {
        return Err(Refusal::NotAsked);
    };
    if core.now < waiting.ready {
        return Err(Refusal::TooEarly);
    }
    let to = waiting.to;
    let from = core.state.limits().get(key).ok_or(Refusal::NotAsked)?;
    let set = RiskEvent::LimitSet { key, from, to, actor: request.actor, request: Some(request.id) };
    core.emit_root(Event::Risk(set), out);
    Ok(())
}

const fn unknown(key: LimitKey) -> Refusal {
    match key {
        LimitKey::StrategyPosition { .. } | LimitKey::StrategyLoss { .. } => Refusal::UnknownStrategy,
        LimitKey::OrderQty { .. }
        | LimitKey::OrderValue { .. }
        | LimitKey::PositionQty { .. }
        | LimitKey::Collar { .. }
        | LimitKey::MaxGross
        | LimitKey::DailyLoss
        | LimitKey::MessagesPerS
        | LimitKey::MaxOpenOrders
        | LimitKey::MaxOpenValue
        | LimitKey::MaxBatchValue => Refusal::UnknownInstrument,
    }
}

/// How two values of a limit stand; `None` where the unit does not fit or a value is below zero.
fn compare(one: Measure, other: Measure) -> Option<Ordering> {
    match (one, other) {
        (Measure::Money(one), Measure::Money(other)) => (!one.is_negative()).then(|| one.cmp(&other)),
        (Measure::Qty(one), Measure::Qty(other)) => Some(one.cmp(&other)),
        (Measure::Count(one), Measure::Count(other)) => Some(one.cmp(&other)),
        (Measure::Bps(one), Measure::Bps(other)) => (one >= 0).then(|| one.cmp(&other)),
        (
            Measure::None
            | Measure::Money(_)
            | Measure::Qty(_)
            | Measure::Price(_)
            | Measure::Bps(_)
            | Measure::Count(_)
            | Measure::Age(_),
            _,
        ) => None,
    }
}
