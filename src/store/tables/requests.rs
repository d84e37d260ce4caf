//! What was asked of the broker about an order it has: cancels and changes.

use super::table::{Cell, Seen, kind_cells};
use crate::model::{Event, OrderEvent};

/// One row a cancel.
pub(super) fn cancels(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    if let Event::Order(OrderEvent::CancelRequested { .. }) = &seen.envelope.event {
        rows.push(asked(seen));
    }
}

/// One row a change.
pub(super) fn modifies(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    if let Event::Order(OrderEvent::ReplaceRequested { change, .. }) = &seen.envelope.event {
        let mut cells = asked(seen);
        let [kind, prices @ ..] = kind_cells(&change.kind);
        cells.extend([kind, Cell::text(change.qty)]);
        cells.extend(prices);
        rows.push(cells);
    }
}

fn asked(seen: &Seen<'_>) -> Vec<Cell> {
    let mut cells = seen.head();
    cells.extend(seen.whose());
    cells.extend(seen.asked_by());
    cells
}
