//! A question: what will happen, Enter does it, Esc does not.

use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Overlay, Place};
use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A question with one deed behind it.
#[derive(Debug)]
pub(crate) struct Confirm {
    title: String,
    lines: Vec<String>,
    /// What Enter is called.
    yes: String,
    effect: Option<Effect>,
}

impl Confirm {
    /// A question. `lines` say what will happen, in the operator's words.
    pub(crate) fn new(title: &str, lines: Vec<String>, yes: &str, effect: Effect) -> Self {
        Self { title: title.to_owned(), lines, yes: yes.to_owned(), effect: Some(effect) }
    }

    /// The question as an effect that asks it.
    pub(crate) fn ask(self) -> Effect {
        Effect::Show(Box::new(self))
    }
}

impl Overlay for Confirm {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, _view: &View<'_>) -> String {
        self.title.clone()
    }

    fn place(&self, _view: &View<'_>) -> Place {
        let widest = self.lines.iter().map(|line| display_width(line)).max().unwrap_or(0);
        let rows = u16::try_from(self.lines.len()).unwrap_or(u16::MAX).min(60);
        Place::Centre { width: widest.max(44).saturating_add(6), height: rows + 6 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        for (row, line) in (1..).zip(&self.lines) {
            Pen::new(buf, area, row).skip(2).put(line, view.theme.style(Role::Text));
        }
        let last = area.height.saturating_sub(2);
        let mut pen = Pen::new(buf, area, last);
        pen.skip(2).put("[Enter] ", view.theme.style(Role::Accent));
        pen.put(&self.yes, view.theme.style(Role::Strong)).skip(3);
        pen.put("[Esc] ", view.theme.style(Role::Accent)).put("back", view.theme.style(Role::Text));
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Accept => self.effect.take().map(|effect| Effect::CloseThen(Box::new(effect))),
            _ => None,
        }
    }
}
