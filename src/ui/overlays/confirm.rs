//! A question: what will happen, Enter does it, Esc does not.

use super::beats::{Beat, Beats};
use crate::ui::action::{Action, Context};
use crate::ui::effect::{Effect, Question};
use crate::ui::overlay::{Overlay, Place};
use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A question with one deed behind it.
#[derive(Debug)]
pub(super) struct Confirm {
    title: String,
    lines: Vec<String>,
    yes: String,
    twice: Option<&'static str>,
    beats: Beats,
    effect: Option<Effect>,
}

impl Confirm {
    /// The question as an overlay.
    pub(super) fn new(question: Question) -> Self {
        let Question { title, lines, yes, twice, effect } = question;
        Self { title, lines, yes, twice, beats: Beats::default(), effect: Some(effect) }
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
        let above = u16::from(area.height > 5);
        for (row, line) in (above..).zip(&self.lines) {
            Pen::new(buf, area, row).skip(2).put(line, view.theme.style(Role::Text));
        }
        let last = area.height.saturating_sub(1 + above);
        let mut pen = Pen::new(buf, area, last);
        let (key, yes) = match (self.twice, self.beats.is_armed()) {
            (Some(second), true) => ("[Enter] again = ", second),
            (Some(_), false) | (None, _) => ("[Enter] ", self.yes.as_str()),
        };
        pen.skip(2).put(key, view.theme.style(Role::Accent)).put(yes, view.theme.style(Role::Strong)).skip(3);
        pen.put("[Esc] ", view.theme.style(Role::Accent)).put("back", view.theme.style(Role::Text));
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        if action != Action::Accept {
            return None;
        }
        if self.twice.is_some() && self.beats.enter(view.hand) != Beat::Go {
            return Some(Effect::Nothing);
        }
        self.effect.take().map(|effect| Effect::CloseThen(Box::new(effect)))
    }
}
