//! Shows the door's answer and makes an exit code of it.

use super::exit::Exit;
use super::output;
use crate::model::Refusal;
use crate::serve::DoorReply;
use crate::wire::{OrderRow, PositionRow, Standing};
use std::fmt::Write as _;

/// Shows an answer: as JSON, or `done` when it was done and the reason when it was not.
pub(super) fn show(reply: &DoorReply, json: bool, done: &str) -> anyhow::Result<Exit> {
    if json {
        output::json(reply)?;
    } else if reply.ok {
        output::text(format!("{done}{}", standing(reply.standing.as_ref())))?;
    } else {
        let why = reply.error.as_ref().map_or("not done", |error| error.as_str());
        output::complain(format!("{why}{}", standing(reply.standing.as_ref())));
    }
    Ok(exit_of(reply))
}

/// What a script learns: what is already so is done, what would be unsafe is told apart from what failed.
pub(super) fn exit_of(reply: &DoorReply) -> Exit {
    match reply.refusal {
        _done if reply.ok => Exit::Done,
        _unread if reply.malformed => Exit::Usage,
        Some(Refusal::NothingToDo) => Exit::Done,
        Some(refusal) if refusal.is_unsafe() => Exit::Unsafe,
        Some(_) | None if reply.gate_closed => Exit::Unsafe,
        Some(_) | None => Exit::Failed,
    }
}

/// What is open, line by line; empty where nothing was told.
fn standing(standing: Option<&Standing>) -> String {
    let mut text = String::new();
    let Some(standing) = standing else { return text };
    if standing.is_empty() {
        text.push_str("\nno order is open and no position is held there");
    }
    orders(&mut text, "canceling, may still fill until the venue confirms", &standing.canceling);
    orders(&mut text, "open", &standing.open);
    if !standing.positions.is_empty() {
        line(&mut text, &format!("\npositions held: {}", standing.positions.len()));
    }
    for row in &standing.positions {
        line(&mut text, &format!("\n  {}", position_line(row)));
    }
    for difference in &standing.differences {
        line(&mut text, &format!("\nour books and the broker's differ: {difference}"));
    }
    text
}

fn orders(text: &mut String, what: &str, rows: &[OrderRow]) {
    if !rows.is_empty() {
        line(text, &format!("\norders {what}: {}", rows.len()));
    }
    for row in rows {
        line(text, &format!("\n  {}", order_line(row)));
    }
}

fn line(text: &mut String, line: &str) {
    let written = text.write_str(line);
    debug_assert!(written.is_ok(), "writing to a text never fails");
}

/// An order in a line.
pub(super) fn order_line(row: &OrderRow) -> String {
    let OrderRow { id, strategy, instrument, side, qty, filled, kind, status, .. } = row;
    let word = kind.as_str();
    let price = kind.limit_price().map(|price| format!(" @ {price}")).unwrap_or_default();
    let trigger = kind.trigger().map(|trigger| format!(" trigger {trigger}")).unwrap_or_default();
    format!("{id} {strategy} {instrument} {side} {qty} {word}{price}{trigger}, filled {filled}, {status}")
}

/// A position in a line.
pub(super) fn position_line(row: &PositionRow) -> String {
    let PositionRow { strategy, instrument, net, average, mark, currency, unrealised, .. } = row;
    let price = |price: Option<crate::model::Price>| price.map_or("-".to_owned(), |price| price.to_string());
    let gain = unrealised.map_or("-".to_owned(), |gain| format!("{gain:+.4} {currency}"));
    let (average, mark) = (price(*average), price(*mark));
    format!("{strategy} {instrument} {net} @ {average}, mark {mark}, unrealised {gain}")
}
