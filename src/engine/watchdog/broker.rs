//! The broker is disconnected or silent: no new risk at once, entries canceled when it lasts. The cancels are asked for
//! again until the broker confirms them, so they wait for the reconnect by themselves.

use super::guard::{Demand, Guard};
use crate::engine::core::Core;
use crate::model::{KillLevel, Label, Scope, Trigger};
use crate::state::{Alarm, Link};

/// The name of the broker's link.
pub(in crate::engine) const LINK: &str = "broker";

pub(super) const GUARD: Guard = Guard { triggers: &[Trigger::BrokerDown], demands, has_healed };

/// The broker's link, if it is known and not up.
pub(super) fn down(core: &Core) -> Option<&Link> {
    core.state.links.named(LINK).filter(|link| link.state.as_str() != "up")
}

fn demands(core: &Core) -> Vec<Demand> {
    let Some(link) = down(core) else { return Vec::new() };
    let held = core.now.since(link.since);
    let lasts = held >= core.state.genesis().watchdog.broker_k2;
    let detail = link.detail.as_ref().map_or_else(|| link.state.to_string(), ToString::to_string);
    vec![Demand {
        trigger: Trigger::BrokerDown,
        subject: Label::new(LINK),
        level: if lasts { KillLevel::K2 } else { KillLevel::K1 },
        scopes: vec![Scope::All],
        held,
        detail,
    }]
}

/// Back, and everything compared since.
fn has_healed(core: &Core, alarm: &Alarm) -> bool {
    alarm.over_at.is_some_and(|over| core.state.reconciliation.is_clean_since(over))
}
