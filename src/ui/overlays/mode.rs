//! The mode: down is one key, up says what stands in the way.

use super::field::Field;
use super::line::{Line, draw};
use crate::model::{Command, KillLevel, Mode};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The word going up asks for.
const WORD: &str = "LIVE";

/// The question.
#[derive(Debug)]
pub(super) struct ModePrompt {
    word: Field,
    note: &'static str,
    /// Whether a word has to be typed: only on the way up, and only where there is a way.
    asks: bool,
}

impl ModePrompt {
    /// The question for the present mode.
    pub(super) fn new(view: &View<'_>) -> Self {
        let asks = view.mode() == Mode::Analyze && view.state.genesis().live_unavailable.is_none();
        Self { word: Field::new("", 8), note: "", asks }
    }
}

/// Why live cannot be had, or how it can.
pub(super) fn live_answer(view: &View<'_>) -> String {
    match &view.state.genesis().live_unavailable {
        Some(why) => format!("LIVE is unavailable: {why}"),
        None => "LIVE asks for two steps: M, then the word".to_owned(),
    }
}

impl Overlay for ModePrompt {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, view: &View<'_>) -> String {
        format!("MODE   {} now", view.mode().as_str().to_uppercase())
    }

    fn place(&self, _view: &View<'_>) -> Place {
        Place::Centre { width: 70, height: 12 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let mut lines = vec![Line::new()];
        match (view.mode(), self.asks) {
            (Mode::Live, _) => {
                lines.push(Line::of(" Down to ANALYZE: nothing more reaches the venue."));
                lines.push(
                    Line::new()
                        .part(" Orders working at the venue stay there: cancel them first.", Role::Warn),
                );
                lines.push(Line::new());
                lines.push(
                    Line::new().key(" [Enter]").strong(" to ANALYZE").key("   [Esc]").text(" stay LIVE"),
                );
            }
            (Mode::Analyze, false) => {
                lines.push(Line::new().part(&format!(" {}", live_answer(view)), Role::Warn));
                lines.push(Line::of(" You are in ANALYZE. Nothing you do here reaches a venue."));
                lines.push(Line::new());
                lines.push(Line::new().key(" [Esc]").text(" stay in ANALYZE"));
            }
            (Mode::Analyze, true) => {
                let broker = view.vitals.map_or("the broker", |vitals| vitals.broker.as_str());
                lines.push(Line::new().strong(&format!(" You are about to trade REAL MONEY on {broker}.")));
                let unkilled = view.kill() == KillLevel::K0;
                lines.push(Line::of(if unkilled {
                    " [x] no kill stands"
                } else {
                    " [ ] a kill stands: resume first"
                }));
                let clean = view.state.reconciliation.is_clean();
                lines.push(Line::of(if clean {
                    " [x] books reconciled"
                } else {
                    " [ ] books and broker differ"
                }));
                lines.push(Line::new());
                lines.push(Line::new().part(&format!(" {}", self.note), Role::Bad));
            }
        }
        draw(&lines, 0, view.theme, area, buf);
        if self.asks && view.mode() == Mode::Analyze {
            let mut pen = Pen::new(buf, area, area.height.saturating_sub(1).min(7));
            pen.put(" type LIVE, then Enter: [ ", view.theme.style(Role::Text));
            self.word.draw(&mut pen, 8, true, view.theme);
            pen.put(" ]   [Esc] stay in ANALYZE", view.theme.style(Role::Text));
        }
    }

    fn takes_text(&self) -> bool {
        self.asks
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        self.note = "";
        if self.word.on_key(key) { Answer::Taken } else { Answer::Pass }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        if action != Action::Accept {
            return None;
        }
        let to = |mode| Some(Effect::CloseThen(Box::new(Effect::Send(Command::SetMode { mode }))));
        match (view.mode(), self.asks) {
            (Mode::Live, _) => to(Mode::Analyze),
            (Mode::Analyze, true) if self.word.value() == WORD => to(Mode::Live),
            (Mode::Analyze, true) => {
                self.note = "that is not LIVE, in capitals";
                None
            }
            (Mode::Analyze, false) => Some(Effect::Close),
        }
    }
}
