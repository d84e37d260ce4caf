//! The panel `^K` opens once the latch is closed: further rungs, their scope and reason, and the halt report.

use super::face;
use super::rungs::{KillPanel, Typing};
use crate::model::{ControlEvent, Envelope, Event, KillLevel, Scope};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::overlays::fit::fits_large;
use crate::ui::overlays::line::draw;
use crate::ui::view::View;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

impl Overlay for KillPanel {
    fn context(&self) -> Context {
        Context::Kill
    }

    fn hinted(&self) -> Context {
        if self.takes_text() { Context::Question } else { Context::Kill }
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
            (Typing::Nothing, _) | (_, KeyCode::F(_)) => Answer::Pass,
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
                self.flat(letter, typed);
                Answer::Taken
            }
            (Typing::Flat(typed), KeyCode::Enter) => {
                self.flatten(typed, view).map_or(Answer::Taken, Answer::Do)
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

    fn on_event(&mut self, envelope: &Envelope) {
        // What was said of a kill that no longer stands is no longer so.
        if matches!(envelope.event, Event::Control(ControlEvent::Resumed { .. })) {
            self.note.clear();
            self.typing = Typing::Nothing;
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let lines = view.state.halt.as_ref().map_or(0, |halt| halt.lines.len());
        match action {
            Action::KillRaise => return self.raise(KillLevel::K2, view),
            Action::KillAll => return self.raise(KillLevel::K3, view),
            Action::Resume => return Some(Effect::Open(OverlayKind::Resume)),
            Action::Help => return Some(Effect::Open(OverlayKind::HelpOf(Context::Kill))),
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
