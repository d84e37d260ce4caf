//! The menu on Space: waits, and shows its keys.

use super::line::{Line, draw};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::view::View;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The menu: a letter after Space, and the action it stands for.
pub(super) const LEADER: &[(char, Action)] = &[
    ('s', Action::View1),
    ('b', Action::View2),
    ('c', Action::View3),
    ('o', Action::View4),
    ('t', Action::View5),
    ('e', Action::View6),
    ('r', Action::View7),
    ('l', Action::View8),
    ('y', Action::View9),
    ('a', Action::Alerts),
    ('v', Action::Batches),
    ('u', Action::Unknown),
    ('d', Action::Books),
    ('h', Action::Chain),
    ('n', Action::BasketReview),
    ('x', Action::OptionsTicket),
    ('f', Action::Filter),
    ('m', Action::Mode),
    ('k', Action::Kill),
    ('q', Action::Leave),
];

/// The menu.
#[derive(Debug)]
pub(super) struct Menu;

/// A key and what it does: in full where there is room.
fn row((key, action): (char, Action), in_full: bool) -> Line {
    let row = action.row();
    let words = if in_full { row.map(|row| row.help) } else { row.map(|row| row.name) };
    Line::new().key(&format!(" {key} ")).text(words.unwrap_or_default())
}

impl Overlay for Menu {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, _view: &View<'_>) -> String {
        "MENU".to_owned()
    }

    fn place(&self, _view: &View<'_>) -> Place {
        let rows = u16::try_from(LEADER.len()).unwrap_or(u16::MAX);
        Place::Centre { width: 68, height: rows + 2 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let rows = usize::from(area.height).max(1);
        let columns = u16::try_from(LEADER.len().div_ceil(rows)).unwrap_or(1).max(1);
        let width = area.width / columns;
        for (column, entries) in (0..columns).zip(LEADER.chunks(rows)) {
            let lines: Vec<Line> = entries.iter().map(|one| row(*one, columns == 1)).collect();
            let place = Rect { x: area.x + column * width, width, ..area };
            draw(&lines, 0, view.theme, place, buf);
        }
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        let KeyCode::Char(letter) = key.code else { return Answer::Pass };
        let control = key.modifiers.contains(crossterm::event::KeyModifiers::CONTROL);
        match LEADER.iter().find(|(key, _)| *key == letter && !control) {
            Some((_, action)) => Answer::Do(Effect::CloseThen(Box::new(Effect::Act(*action)))),
            None => Answer::Do(Effect::Close),
        }
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        (action == Action::Accept).then_some(Effect::Close)
    }
}
