//! What the broker said to an order, a cancel or a change.

use super::table::{Cell, Seen};
use crate::model::{DisplayText, Event, OrderEvent, Timestamp};

/// One row an order or a change that was taken.
pub(super) fn acceptances(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    let Event::Order(event) = &seen.envelope.event else { return };
    let (what, venue_id, venue_time) = if let OrderEvent::Accepted { venue_id, venue_time, .. } = event {
        ("submit", Some(&venue_id.0), *venue_time)
    } else if let OrderEvent::Replaced { venue_time, .. } = event {
        ("modify", None, *venue_time)
    } else {
        return;
    };
    let mut cells = seen.head();
    cells.extend(seen.whose());
    cells.extend([Cell::Word(what), Cell::maybe(venue_id), Cell::at(venue_time)]);
    rows.push(cells);
}

/// One row an order, a cancel or a change that was refused.
pub(super) fn rejections(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    let Event::Order(event) = &seen.envelope.event else { return };
    let mut push = |what, sent, reason: &DisplayText, at: Timestamp| {
        let mut cells = seen.head();
        cells.extend(seen.whose());
        cells.extend([Cell::Word(what), Cell::flag(sent), Cell::text(reason), Cell::at(at)]);
        rows.push(cells);
    };
    if let OrderEvent::Rejected { reason, venue_time, .. } = event {
        push("submit", true, reason, *venue_time);
    } else if let OrderEvent::CancelRejected { reason, venue_time, not_sent, .. } = event {
        push("cancel", !*not_sent, reason, *venue_time);
    } else if let OrderEvent::ReplaceRejected { reason, venue_time, .. } = event {
        push("modify", true, reason, *venue_time);
    }
}
