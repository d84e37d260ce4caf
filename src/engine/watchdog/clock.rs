//! Clocks: a process that stood still must assume that everything has changed; a broker's clock far from ours makes
//! every age wrong.

use super::guard::{Demand, Guard, at_once};
use crate::engine::core::Core;
use crate::model::{KillLevel, Label, Mode, Scope, Span, Trigger};

pub(super) const GAP: Guard = Guard { triggers: &[Trigger::ClockGap], demands: gap, has_healed: at_once };
pub(super) const SKEW: Guard = Guard { triggers: &[Trigger::ClockSkew], demands: skew, has_healed: at_once };

/// Holds until the books have been compared and found equal after the gap.
fn gap(core: &Core) -> Vec<Demand> {
    let Some((at, gap)) = core.state.watch.gap else { return Vec::new() };
    if core.state.reconciliation.is_clean_since(at) {
        return Vec::new();
    }
    vec![Demand {
        trigger: Trigger::ClockGap,
        subject: Label::new("process"),
        level: KillLevel::K1,
        scopes: vec![Scope::All],
        held: core.now.since(at),
        detail: format!("stood still for {gap}"),
    }]
}

/// The fastest report tells the distance of the clocks. Sandboxes answer by our own clock, so only live orders count.
fn skew(core: &Core) -> Vec<Demand> {
    let limits = &core.state.genesis().watchdog;
    let Some(offset) = core.state.watch.broker_offset() else { return Vec::new() };
    let distance = if offset < Span::ZERO { Span::ZERO - offset } else { offset };
    if core.state.control.mode != Mode::Live || distance < limits.skew_alert {
        return Vec::new();
    }
    let kills = distance >= limits.skew_kill;
    vec![Demand {
        trigger: Trigger::ClockSkew,
        subject: Label::new("broker"),
        level: if kills { KillLevel::K1 } else { KillLevel::K0 },
        scopes: if kills { vec![Scope::All] } else { Vec::new() },
        held: Span::ZERO,
        detail: format!("our clock is {offset} ahead of the broker's"),
    }]
}
