//! Clocks: a process that stood still must assume that everything has changed; a broker's clock far from ours makes
//! every age wrong.

use super::guard::{Demand, Guard, at_once};
use crate::engine::core::Core;
use crate::model::{AccountId, KillLevel, Label, Mode, Scope, Span, Timestamp, Trigger};
use crate::state::BROKER_LINK;

pub(super) const GAP: Guard = Guard { triggers: &[Trigger::ClockGap], demands: gap, has_healed: at_once };
pub(super) const SKEW: Guard = Guard { triggers: &[Trigger::ClockSkew], demands: skew, has_healed: at_once };

/// Holds until the books have been compared and found equal after the gap.
fn gap(core: &Core) -> Vec<Demand> {
    let Some((at, gap)) = core.state.watch.gap else { return Vec::new() };
    if compared_since(core, at) {
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

/// Whether the books of every account that is there were compared since and nothing differs. One that is lost is stopped by
/// its own condition until it is back and compared.
fn compared_since(core: &Core, at: Timestamp) -> bool {
    let told = |account| core.state.reconciliation.of(account);
    core.state.reconciliation.is_clean()
        && core.state.accounts_there().all(|account| told(account).is_compared_since(at))
}

/// The fastest report tells the distance of the clocks. Sandboxes answer by our own clock, so only live orders count.
fn skew(core: &Core) -> Vec<Demand> {
    core.state.genesis().accounts.active().filter_map(|account| skew_of(core, account)).collect()
}

fn skew_of(core: &Core, account: AccountId) -> Option<Demand> {
    let limits = &core.state.genesis().watchdog;
    let offset = core.state.watch.broker_offset(account)?;
    let distance = if offset < Span::ZERO { Span::ZERO - offset } else { offset };
    if core.state.control.mode != Mode::Live || distance < limits.skew_alert {
        return None;
    }
    let kills = distance >= limits.skew_kill;
    Some(Demand {
        trigger: Trigger::ClockSkew,
        subject: core.state.genesis().accounts.link(account, BROKER_LINK),
        level: if kills { KillLevel::K1 } else { KillLevel::K0 },
        scopes: if kills { vec![Scope::All] } else { Vec::new() },
        held: Span::ZERO,
        detail: format!("our clock is {offset} ahead of the broker's"),
    })
}
