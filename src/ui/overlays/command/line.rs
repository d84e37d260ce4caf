//! The line itself: typing, Tab, history, Enter.

use super::complete::{candidates, replaced};
use super::parse::parse;
use super::words::row;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::overlays::field::Field;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The command line.
#[derive(Debug)]
pub(in crate::ui::overlays) struct CommandLine {
    text: Field,
    /// Why the last Enter did nothing.
    note: String,
    /// The line Tab was first pressed on, and how often since.
    tabbed: Option<(String, usize)>,
    /// How far back in the history it stands.
    back: usize,
}

impl CommandLine {
    /// An empty line.
    pub(in crate::ui::overlays) fn new() -> Self {
        Self { text: Field::new("", 120), note: String::new(), tabbed: None, back: 0 }
    }

    /// A line with words in it, to be gone on with.
    pub(in crate::ui::overlays) fn holding(text: &str) -> Self {
        let mut line = Self::new();
        line.text.set(text);
        line
    }

    fn tab(&mut self, view: &View<'_>) {
        let (base, count) = match self.tabbed.take() {
            Some((base, count)) => (base, count + 1),
            None => (self.text.value().to_owned(), 0),
        };
        let all = candidates(&base, view);
        let Some(word) = all.get(count % all.len().max(1)) else { return };
        let space = if all.len() == 1 { " " } else { "" };
        self.text.set(&format!("{}{space}", replaced(&base, word)));
        self.tabbed = (all.len() > 1).then_some((base, count));
    }

    fn recall(&mut self, older: bool, view: &View<'_>) {
        let most = view.history.len();
        self.back = if older { (self.back + 1).min(most) } else { self.back.saturating_sub(1) };
        let line = view.history.len().checked_sub(self.back).and_then(|at| view.history.get(at));
        self.text.set(line.map_or("", String::as_str));
    }

    fn enter(&mut self, view: &View<'_>) -> Option<Effect> {
        let text = self.text.value().trim().to_owned();
        match parse(&text, view) {
            Ok(_) if text.is_empty() => Some(Effect::Close),
            Ok(effect) => {
                let remember = Effect::Remember(text);
                let both = Effect::Both(Box::new(remember), Box::new(effect));
                Some(Effect::CloseThen(Box::new(both)))
            }
            Err(words) => {
                self.note = words;
                None
            }
        }
    }

    /// What is said behind the text: why not, what Tab would give, how it is written.
    fn hint(&self, view: &View<'_>) -> (String, Role) {
        if !self.note.is_empty() {
            return (format!("!! {}", self.note), Role::Warn);
        }
        let text = self.text.value();
        let base = self.tabbed.as_ref().map_or(text, |(base, _)| base.as_str());
        let all = candidates(base, view);
        let word = text.split_whitespace().next().and_then(row);
        match (all.as_slice(), word) {
            ([] | [_], Some(row)) => (format!("{} - {}", row.args, row.help), Role::Dim),
            (_, _) => (all.join(" "), Role::Dim),
        }
    }
}

impl Overlay for CommandLine {
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
        let (hint, role) = self.hint(view);
        let mut pen = Pen::new(buf, area, 0);
        pen.put(" :", view.theme.style(Role::Accent));
        let typed = crate::ui::pen::display_width(self.text.value()).saturating_add(1);
        let room = pen.space();
        self.text.draw(&mut pen, typed.clamp(1, (room / 2).max(1)), true, view.theme);
        pen.put("  ", view.theme.style(Role::Text)).words(&hint, view.theme.style(role));
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn on_key(&mut self, key: KeyEvent, view: &View<'_>) -> Answer {
        match key.code {
            KeyCode::Tab => self.tab(view),
            KeyCode::Up => self.recall(true, view),
            KeyCode::Down => self.recall(false, view),
            KeyCode::Backspace if self.text.value().is_empty() => return Answer::Do(Effect::Close),
            _ if self.text.on_key(key) => self.tabbed = None,
            _ => return Answer::Pass,
        }
        self.note.clear();
        Answer::Taken
    }

    fn on_paste(&mut self, text: &str) {
        self.text.paste(text);
        self.tabbed = None;
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        if action == Action::Accept { self.enter(view) } else { None }
    }
}
