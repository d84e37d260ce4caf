//! The last four digits of every account as they are typed: what arming asks for.

use super::field::Field;
use crate::model::Label;
use crate::ui::overlay::Answer;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The digits of one account.
const DIGITS: usize = 4;

/// What was typed so far.
#[derive(Debug)]
pub(super) struct AccountDigits {
    typed: Field,
}

impl AccountDigits {
    /// An empty field as long as what is asked for.
    pub(super) fn new(view: &View<'_>) -> Self {
        Self { typed: Field::new("", letters(view)) }
    }

    /// Whether nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        self.typed.value().trim().is_empty()
    }

    /// Whether a letter is text here. Any other keeps what it means: `!` kills.
    pub(super) const fn types(letter: char) -> bool {
        letter.is_ascii_digit() || letter == ' '
    }

    /// Takes what is a digit or moves along them.
    pub(super) fn on_key(&mut self, key: KeyEvent) -> Answer {
        let is_chord = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_key = matches!(key.code, KeyCode::Char(letter) if !is_chord && !Self::types(letter));
        if !is_key && self.typed.on_key(key) { Answer::Taken } else { Answer::Pass }
    }

    /// The digits, where they are those of every account; in words why not.
    pub(super) fn answer(&self, view: &View<'_>) -> Result<Label, &'static str> {
        let typed = fours(self.typed.value());
        if typed == asked(view) {
            return Ok(Label::new(&typed));
        }
        Err(if is_of_several(view) {
            "these are not the last four digits of each account"
        } else {
            "these are not the last four digits of the account"
        })
    }

    /// Writes the field between its brackets.
    pub(super) fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let width = u16::try_from(letters(view)).unwrap_or(4);
        pen.put("[ ", view.theme.style(Role::Text));
        self.typed.draw(pen, width + 1, true, view.theme);
        pen.put(" ]", view.theme.style(Role::Text));
    }
}

/// What is to be typed, in words.
pub(super) fn question(view: &View<'_>) -> &'static str {
    if is_of_several(view) {
        "last four digits of every account, in this order"
    } else {
        "last four digits of the account"
    }
}

fn asked<'a>(view: &View<'a>) -> &'a str {
    view.state.genesis().live.as_ref().map_or("", |terms| terms.digits.as_str())
}

fn letters(view: &View<'_>) -> usize {
    asked(view).chars().count().max(DIGITS)
}

fn is_of_several(view: &View<'_>) -> bool {
    asked(view).len() > DIGITS
}

/// What was typed as the digits of one account after the other, however they were kept apart.
fn fours(typed: &str) -> String {
    let digits: Vec<char> = typed.chars().filter(|one| *one != ' ').collect();
    digits.chunks(DIGITS).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
