//! Further rungs of the ladder: their scope, their reason, and the word the last one asks for.

use super::resume::REASON_LETTERS;
use crate::model::{KillLevel, Reason, Scope};
use crate::ui::effect::Effect;
use crate::ui::overlays::field::Field;
use crate::ui::view::View;

/// The word K4 asks for.
const FLAT: &str = "FLAT";

/// The panel.
#[derive(Debug)]
pub(in crate::ui::overlays) struct KillPanel {
    /// Of further rungs. What is latched stays latched.
    pub(super) scope: Scope,
    pub(super) reason: Field,
    pub(super) typing: Typing,
    /// What the last key led to, where it led to nothing else.
    pub(super) note: String,
    /// Lines of the report scrolled away.
    pub(super) scroll: usize,
}

/// What letters mean now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typing {
    Nothing,
    Reason,
    /// The letters of `FLAT` typed so far.
    Flat(usize),
}

impl KillPanel {
    /// The panel with everything in scope.
    pub(in crate::ui::overlays) fn new() -> Self {
        let reason = Field::new("kill panel", REASON_LETTERS);
        Self { scope: Scope::All, reason, typing: Typing::Nothing, note: String::new(), scroll: 0 }
    }

    /// The level that stands for the scope of further rungs.
    pub(super) fn standing(&self, view: &View<'_>) -> KillLevel {
        view.gate.max(view.state.control.global).max(view.state.control.kill_at(self.scope))
    }

    /// The letters of `FLAT` typed so far.
    pub(super) fn flat_typed(&self) -> Option<&'static str> {
        match self.typing {
            Typing::Flat(typed) => FLAT.get(..typed),
            Typing::Nothing | Typing::Reason => None,
        }
    }

    /// Raises the scope to a level, unless that stands.
    pub(super) fn raise(&mut self, level: KillLevel, view: &View<'_>) -> Option<Effect> {
        if self.standing(view) >= level {
            self.note = format!("K{} stands already: {}", level.number(), view.kill_words(self.scope, level));
            return None;
        }
        let reason = self.reason.value().trim();
        let reason = Reason::new(if reason.is_empty() { "kill panel" } else { reason });
        self.note.clear();
        Some(Effect::Kill { level, scope: self.scope, reason })
    }

    /// Narrows or widens further rungs.
    pub(super) fn narrow(&mut self, scope: Scope, view: &View<'_>) {
        self.scope = scope;
        self.note = match scope {
            Scope::All => "further rungs are for all".to_owned(),
            Scope::Strategy(_) | Scope::Instrument(_) => {
                format!("further rungs only for {}; what is latched stays latched", view.scope_name(scope))
            }
        };
    }

    /// One letter of `FLAT`. The word alone does nothing: Enter does.
    pub(super) fn flat(&mut self, letter: char, typed: usize) {
        if FLAT.chars().nth(typed) != Some(letter) {
            self.typing = Typing::Flat(0);
            self.note = format!("'{letter}' is not the next letter of FLAT: start again, or Esc");
            return;
        }
        self.note.clear();
        self.typing = Typing::Flat(typed + 1);
    }

    /// Enter while `FLAT` is typed: raises K4 when the word is whole.
    pub(super) fn flatten(&mut self, typed: usize, view: &View<'_>) -> Option<Effect> {
        if typed < FLAT.len() {
            "type FLAT, all of it, then Enter; Esc goes back".clone_into(&mut self.note);
            return None;
        }
        self.typing = Typing::Nothing;
        self.raise(KillLevel::K4, view)
    }
}
