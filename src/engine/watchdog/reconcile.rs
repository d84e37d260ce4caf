//! A line on which the books differ and that no race explains stops new risk where it lies; confirmed, everywhere.

use super::guard::{Demand, Guard, at_once};
use crate::engine::core::Core;
use crate::model::{KillLevel, Label, Scope, Trigger};
use crate::state::Difference;

pub(super) const GUARD: Guard =
    Guard { triggers: &[Trigger::Mismatch, Trigger::SecondEngine], demands, has_healed: at_once };

/// Cash and fills lie in no instrument: at first sight they stop what is traded at their account, of several.
fn scopes(core: &Core, (level, scope): (KillLevel, Scope), what: &Difference) -> Vec<Scope> {
    let genesis = core.state.genesis();
    let is_of_account = matches!(what, Difference::Cash { .. } | Difference::Fills { .. });
    if !is_of_account || level > KillLevel::K1 || genesis.accounts.is_alone() {
        return vec![scope];
    }
    genesis.instruments_at(what.account(genesis)).map(|one| Scope::Instrument(one.id)).collect()
}

fn demands(core: &Core) -> Vec<Demand> {
    let wanted = core.state.reconciliation.lines.iter().filter_map(|line| {
        let (level, scope) = line.wants()?;
        let other = matches!(line.what, Difference::OtherEngine { .. });
        let (subject, sides) = line.what.words(core.state.genesis());
        Some(Demand {
            trigger: if other { Trigger::SecondEngine } else { Trigger::Mismatch },
            subject: Label::new(&format!("line {}", line.id)),
            level,
            scopes: scopes(core, (level, scope), &line.what),
            held: core.now.since(line.since),
            detail: format!("{subject}: {sides}"),
        })
    });
    wanted.collect()
}
