//! A line on which the books differ and that no race explains stops new risk where it lies; confirmed, everywhere.

use super::guard::{Demand, Guard, at_once};
use crate::engine::core::Core;
use crate::model::{Label, Trigger};
use crate::state::Difference;

pub(super) const GUARD: Guard =
    Guard { triggers: &[Trigger::Mismatch, Trigger::SecondEngine], demands, has_healed: at_once };

fn demands(core: &Core) -> Vec<Demand> {
    let wanted = core.state.reconciliation.lines.iter().filter_map(|line| {
        let (level, scope) = line.wants()?;
        let other = matches!(line.what, Difference::OtherEngine { .. });
        let (subject, sides) = line.what.words(core.state.genesis());
        Some(Demand {
            trigger: if other { Trigger::SecondEngine } else { Trigger::Mismatch },
            subject: Label::new(&format!("line {}", line.id)),
            level,
            scopes: vec![scope],
            held: core.now.since(line.since),
            detail: format!("{subject}: {sides}"),
        })
    });
    wanted.collect()
}
