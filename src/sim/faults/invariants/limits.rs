//! Invariants of limits that change while the engine runs.

use super::super::checker::{Checker, Heard, Moment};
use super::super::operator::limit_keys;
use crate::model::{Command, Envelope, Event, Measure, RiskEvent};

/// A limit is tightened by a human at once, and loosened only by a human's confirmation after the delay.
pub(super) fn changed_by_a_human(checker: &Checker, envelope: &Envelope) -> Result<(), String> {
    let Event::Risk(RiskEvent::LimitSet { key, to, .. }) = &envelope.event else { return Ok(()) };
    let Heard::Command(request) = &checker.heard else { return Err(format!("nobody asked for {key:?}")) };
    if !request.actor.is_human() {
        return Err(format!("{:?} changed {key:?}", request.actor));
    }
    let now = checker.replica.limits().get(*key);
    let tighter = now.is_some_and(|now| within(*to, now));
    let fine = if let Command::SetLimit { key: asked, to: wanted } = &request.command {
        asked == key && wanted == to && tighter
    } else if let Command::ConfirmLimit { key: asked } = &request.command {
        let waiting = checker.replica.loosenings().iter().find(|one| one.key == *key);
        asked == key && waiting.is_some_and(|one| one.to == *to && envelope.at >= one.ready)
    } else {
        false
    };
    if fine { Ok(()) } else { Err(format!("{key:?} went from {now:?} to {to:?} by {:?}", request.command)) }
}

/// No limit is above the configuration's.
pub(super) fn below_the_ceiling(_checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let set = |envelope: &Envelope| matches!(envelope.event, Event::Risk(RiskEvent::LimitSet { .. }));
    if !moment.events.iter().any(set) {
        return Ok(());
    }
    for key in limit_keys(moment.state) {
        let (now, ceiling) = (moment.state.limits().get(key), moment.state.genesis().limits.get(key));
        if now.zip(ceiling).is_none_or(|(now, ceiling)| !within(now, ceiling)) {
            return Err(format!("{key:?} is {now:?}, the ceiling is {ceiling:?}"));
        }
    }
    Ok(())
}

fn within(one: Measure, most: Measure) -> bool {
    match (one, most) {
        (Measure::Money(one), Measure::Money(most)) => one <= most,
        (Measure::Qty(one), Measure::Qty(most)) => one <= most,
        (Measure::Count(one), Measure::Count(most)) => one <= most,
        (Measure::Bps(one), Measure::Bps(most)) => one <= most,
        _other => false,
    }
}
