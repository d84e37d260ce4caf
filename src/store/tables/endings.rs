//! How orders ended that did not fill: by their time, or canceled.

use super::table::{Cell, Seen};
use crate::model::{Event, OrderEvent};

/// One row an order that expired.
pub(super) fn expirations(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    if let Event::Order(OrderEvent::Expired { venue_time, .. }) = &seen.envelope.event {
        let mut cells = seen.head();
        cells.extend(seen.whose());
        cells.push(Cell::at(*venue_time));
        rows.push(cells);
    }
}

/// One row an order that was canceled, or proven not to be at the broker.
pub(super) fn cancels(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    let Event::Order(event) = &seen.envelope.event else { return };
    let said = if let OrderEvent::Canceled { reason, venue_time, .. } = event {
        [Cell::Word("canceled"), Cell::text(reason), Cell::at(*venue_time)]
    } else if let OrderEvent::Lost { reason, .. } = event {
        [Cell::Word("lost"), Cell::text(reason), Cell::Null]
    } else {
        return;
    };
    let mut cells = seen.head();
    cells.extend(seen.whose());
    cells.extend(said);
    rows.push(cells);
}
