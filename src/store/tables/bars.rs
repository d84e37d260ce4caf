//! Bars of a history, as they were received and processed.

use super::table::{Cell, Seen};
use crate::model::{Event, MarketEvent};

/// One row a bar.
pub(super) fn rows(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    let Event::Market(MarketEvent::Bar(bar)) = &seen.envelope.event else { return };
    rows.push(vec![
        Cell::count(seen.envelope.seq.get()),
        Cell::at(seen.envelope.at),
        Cell::at(bar.local_time),
        Cell::maybe(seen.roster.instrument(bar.instrument)),
        Cell::at(bar.open_time),
        Cell::at(bar.close_time),
        Cell::text(bar.open),
        Cell::text(bar.high),
        Cell::text(bar.low),
        Cell::text(bar.close),
        Cell::text(bar.volume),
    ]);
}
