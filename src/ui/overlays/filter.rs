//! The filter line: rows are narrowed while the words are typed.

use super::field::Field;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The line.
#[derive(Debug)]
pub(super) struct Filter {
    words: Field,
    /// Set by a paste, which may not act: the next frame applies it.
    pasted: bool,
}

impl Filter {
    /// The line with the present words.
    pub(super) fn new(view: &View<'_>) -> Self {
        Self { words: Field::new(&view.selection.filter, 80), pasted: false }
    }
}

impl Overlay for Filter {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, _view: &View<'_>) -> String {
        String::new()
    }

    fn place(&self, _view: &View<'_>) -> Place {
        Place::Line
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let mut pen = Pen::new(buf, area, 0);
        pen.put(" /", view.theme.style(Role::Accent));
        let room = pen.space().saturating_sub(2);
        self.words.draw(&mut pen, room.min(28), true, view.theme);
        pen.words("  Enter keeps  Esc clears  strat: inst: cid: state: kind:", view.theme.style(Role::Dim));
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        if self.words.on_key(key) {
            Answer::Do(Effect::Filter(self.words.value().to_owned()))
        } else {
            Answer::Pass
        }
    }

    fn on_paste(&mut self, text: &str) {
        self.words.paste(text);
        self.pasted = true;
    }

    fn on_frame(&mut self, _view: &View<'_>) -> Option<Effect> {
        std::mem::take(&mut self.pasted).then(|| Effect::Filter(self.words.value().to_owned()))
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Accept => Some(Effect::Close),
            Action::Back => Some(Effect::CloseThen(Box::new(Effect::Filter(String::new())))),
            _ => None,
        }
    }
}
