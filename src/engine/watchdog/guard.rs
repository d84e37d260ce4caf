//! What a condition of the kill matrix is: what it asks for while it holds, and when what it killed for has healed.

use crate::engine::core::Core;
use crate::model::{KillLevel, Label, Scope, Span, Trigger};
use crate::state::Alarm;

/// What a condition asks for as long as it holds.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    pub(super) trigger: Trigger,
    /// What it is about; together with the trigger it names the alarm.
    pub(super) subject: Label,
    pub(super) level: KillLevel,
    pub(super) scopes: Vec<Scope>,
    /// How long it has held.
    pub(super) held: Span,
    pub(super) detail: String,
}

/// One condition: what it asks for now, and whether what it once killed for has healed for long enough.
pub(super) struct Guard {
    pub(super) triggers: &'static [Trigger],
    pub(super) demands: fn(&Core) -> Vec<Demand>,
    /// Of an alarm that is over.
    pub(super) has_healed: fn(&Core, &Alarm) -> bool,
}

/// Healed as soon as it is over.
pub(super) const fn at_once(_core: &Core, _alarm: &Alarm) -> bool {
    true
}
