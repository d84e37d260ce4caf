//! An instrument that stays quarantined: its block stands and lifts itself, and after a while somebody should know.

use super::guard::{Demand, Guard, at_once};
use crate::engine::core::Core;
use crate::model::{KillLevel, Label, Trigger};
use crate::state::Trust;

pub(super) const GUARD: Guard = Guard { triggers: &[Trigger::Quarantine], demands, has_healed: at_once };

fn demands(core: &Core) -> Vec<Demand> {
    let limit = core.state.genesis().watchdog.quarantine;
    let quarantined = core.state.genesis().instruments.iter().zip(core.state.markets()).filter_map(
        |(instrument, market)| match market.trust {
            Trust::Good => None,
            Trust::Quarantined { fault, since } => {
                let held = core.now.since(since);
                (held >= limit).then(|| Demand {
                    trigger: Trigger::Quarantine,
                    subject: Label::new(instrument.symbol.as_str()),
                    level: KillLevel::K0,
                    scopes: Vec::new(),
                    held,
                    detail: format!("{fault:?}, no new orders on it"),
                })
            }
        },
    );
    quarantined.collect()
}
