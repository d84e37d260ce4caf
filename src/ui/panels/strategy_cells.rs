//! What the rows of strategies and of accounts have in common: their columns' names, and how amounts stand in them.

use crate::model::{Mode, Money};
use crate::ui::figure;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::style::Style;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    Name,
    State,
    Mode,
    Instrument,
    Position,
    Average,
    Unrealised,
    Realised,
    Fees,
    Day,
    Orders,
    Sent,
    Limit,
    Note,
}

/// A mode, in four letters.
pub(super) const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "LIVE",
        Mode::Analyze => "ANLZ",
    }
}

/// An amount, coloured by its sign, with what stands before it where it is not certain; in words where it cannot be known.
pub(super) fn amount((view, tilde): (&View<'_>, &str), amount: Option<Money>, width: u16) -> (String, Style) {
    let Some(amount) = amount else { return ("no mark".to_owned(), view.theme.style(Role::Warn)) };
    let style = view.theme.signed(figure::sign_of(amount));
    (figure::fitted(amount, width, tilde).to_string(), style)
}

/// The same without colour: a fee is no loss to be alarmed by.
pub(super) fn plain_amount(
    (view, tilde): (&View<'_>, &str),
    value: Option<Money>,
    width: u16,
) -> (String, Style) {
    let (text, style) = amount((view, tilde), value, width);
    (text, if value.is_some() { view.theme.style(Role::Text) } else { style })
}
