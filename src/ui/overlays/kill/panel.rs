//! The panel `^K` opens once the latch is closed: further rungs, their scope and reason, and the halt report.

use super::face;
use super::resume::REASON_LETTERS;
use crate::model::{KillLevel, Label, Scope};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, OverlayKind, Place};
use crate::ui::overlays::field::Field;
use crate::ui::overlays::line::draw;
use crate::ui::overlays::{Help, fits_large};
use crate::ui::view::View;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

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

    fn raise(&mut self, level: KillLevel, view: &View<'_>) -> Option<Effect> {
        if self.standing(view) >= level {
            self.note = format!("K{} stands already: {}", level.number(), level.meaning());
            return None;
        }
        let reason = self.reason.value().trim();
        let reason = Label::new(if reason.is_empty() { "kill panel" } else { reason });
        self.note.clear();
        Some(Effect::Kill { level, scope: self.scope, reason })
    }

    fn narrow(&mut self, scope: Scope, view: &View<'_>) {
        self.scope = scope;
        self.note = match scope {
            Scope::All => "further rungs are for all".to_owned(),
            Scope::Strategy(_) | Scope::Instrument(_) => {
                format!("further rungs only for {}; what is latched stays latched", view.scope_name(scope))
            }
        };
    }

    /// One letter of `FLAT`; the last one raises K4.
    fn flat(&mut self, letter: char, typed: usize, view: &View<'_>) -> Option<Effect> {
        if FLAT.chars().nth(typed) != Some(letter) {
            self.typing = Typing::Flat(0);
            self.note = format!("'{letter}' is not the next letter of FLAT: start again, or Esc");
            return None;
        }
        self.note.clear();
        if typed + 1 < FLAT.len() {
            self.typing = Typing::Flat(typed + 1);
            return None;
        }
        self.typing = Typing::Nothing;
        self.raise(KillLevel::K4, view)
    }
}

impl Overlay for KillPanel {
    fn context(&self) -> Context {
        Context::Kill
    }

    fn title(&self, view: &View<'_>) -> String {
        format!("KILL SWITCH  {}", view.mode().as_str().to_uppercase())
    }

    fn place(&self, view: &View<'_>) -> Place {
        if fits_large(view) {
            Place::Centre { width: 96, height: 34 }
        } else {
            Place::Centre { width: 70, height: 18 }
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        draw(&face::lines(self, view, area), 0, view.theme, area, buf);
    }

    fn takes_text(&self) -> bool {
        self.typing != Typing::Nothing
    }

    fn on_key(&mut self, key: KeyEvent, view: &View<'_>) -> Answer {
        match (self.typing, key.code) {
            (Typing::Nothing, _) => Answer::Pass,
            (_, KeyCode::Esc) | (Typing::Reason, KeyCode::Enter) => {
                self.typing = Typing::Nothing;
                self.note.clear();
                Answer::Taken
            }
            (Typing::Reason, _) => {
                if self.reason.on_key(key) {
                    Answer::Taken
                } else {
                    Answer::Pass
                }
            }
            (Typing::Flat(typed), KeyCode::Char(letter)) => {
                self.flat(letter, typed, view).map_or(Answer::Taken, Answer::Do)
            }
            (Typing::Flat(_), _) => Answer::Taken,
        }
    }

    fn on_paste(&mut self, text: &str) {
        // A pasted word never flattens.
        if self.typing == Typing::Reason {
            self.reason.paste(text);
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let lines = view.state.halt.as_ref().map_or(0, |halt| halt.lines.len());
        match action {
            Action::KillRaise => return self.raise(KillLevel::K2, view),
            Action::KillAll => return self.raise(KillLevel::K3, view),
            Action::Resume => return Some(Effect::Open(OverlayKind::Resume)),
            Action::Help => return Some(Effect::Show(Box::new(Help::new(Context::Kill)))),
            Action::KillFlatten => {
                self.typing = Typing::Flat(0);
                self.note.clear();
            }
            Action::KillReason => {
                self.typing = Typing::Reason;
                self.reason.set("");
            }
            Action::KillScopeStrategy => self.narrow(Scope::Strategy(view.selection.strategy), view),
            Action::KillScopeInstrument => self.narrow(Scope::Instrument(view.selection.instrument), view),
            Action::KillScopeAll => self.narrow(Scope::All, view),
            Action::Down => self.scroll = (self.scroll + 1).min(lines),
            Action::Up => self.scroll = self.scroll.saturating_sub(1),
            _ => {}
        }
        None
    }
}
