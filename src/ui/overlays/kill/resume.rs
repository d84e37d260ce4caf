//! Lowering every kill: what is still in the way, and the reason a human must give.

use super::checklist::{self, Stand};
use crate::model::{Command, KillLevel, Reason};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::overlays::field::Field;
use crate::ui::overlays::line::{Line, draw};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The letters of a reason: what a `Reason` keeps.
pub(in crate::ui::overlays) const REASON_LETTERS: usize = Reason::CAPACITY;

/// Why a resume is not even asked of the engine.
pub(in crate::ui::overlays) const REASON_MISSING: &str =
    "a reason is needed: what was wrong, and why it is right now";

/// The command that lowers every kill; in words why not, when there is no reason.
pub(in crate::ui::overlays) fn resume(reason: &str) -> Result<Effect, &'static str> {
    if reason.trim().is_empty() {
        return Err(REASON_MISSING);
    }
    Ok(Effect::Send(Command::Resume { reason: Reason::new(reason.trim()) }))
}

/// The question for the reason.
#[derive(Debug)]
pub(in crate::ui::overlays) struct Resume {
    reason: Field,
    note: &'static str,
}

impl Resume {
    /// An empty question.
    pub(in crate::ui::overlays) fn new() -> Self {
        Self { reason: Field::new("", REASON_LETTERS), note: "" }
    }
}

impl Overlay for Resume {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, _view: &View<'_>) -> String {
        "RESUME".to_owned()
    }

    fn place(&self, _view: &View<'_>) -> Place {
        Place::Centre { width: 70, height: 18 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let is_small = area.height < 8;
        let mut lines = if is_small { Vec::new() } else { in_the_way(view) };
        let row = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        lines.push(Line::new());
        if !self.note.is_empty() {
            lines.push(Line::new().part(&format!(" {}", self.note), Role::Bad));
        } else if is_small {
            let open = checklist::checks(view).iter().filter(|check| check.stand == Stand::Waits).count();
            let role = if open > 0 { Role::Warn } else { Role::Text };
            lines.push(Line::new().part(&format!(" {open} things still in the way"), role));
        }
        lines.push(Line::new().key(" [Enter]").strong(" resume").key("   [Esc]").text(" stay killed"));
        draw(&lines, 0, view.theme, area, buf);
        let mut pen = Pen::new(buf, area, row);
        pen.put(" reason [ ", view.theme.style(Role::Text));
        self.reason.draw(&mut pen, 24, true, view.theme);
        pen.put(" ]", view.theme.style(Role::Text));
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        self.note = "";
        if self.reason.on_key(key) { Answer::Taken } else { Answer::Pass }
    }

    fn on_paste(&mut self, text: &str) {
        self.reason.paste(text);
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        if action != Action::Accept {
            return None;
        }
        match resume(self.reason.value()) {
            Ok(effect) => Some(Effect::CloseThen(Box::new(effect))),
            Err(words) => {
                self.note = words;
                None
            }
        }
    }
}

fn in_the_way(view: &View<'_>) -> Vec<Line> {
    let mut lines = vec![Line::of(" Lowers EVERY kill. Strategies stay paused until armed, one by one.")];
    if view.kill() == KillLevel::K0 {
        lines.push(Line::new().strong(" no kill stands"));
    }
    let checks = checklist::checks(view);
    let open = checks.iter().any(|check| check.stand == Stand::Waits);
    lines.push(Line::rule(if open { "still in the way" } else { "nothing is in the way" }));
    for check in checks {
        let (mark, role) = check.stand.mark();
        lines.push(Line::new().part(&format!(" {mark:<4} {}", check.words), role));
    }
    lines.push(Line::rule("why is it right to trade again"));
    lines
}
