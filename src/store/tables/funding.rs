//! Funding paid and received.

use super::table::{Cell, Seen};
use crate::model::{AccountEvent, Event};

/// One row a share of a payment.
pub(super) fn rows(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    if let Event::Account(AccountEvent::Funding { strategy, instrument, amount, payment, venue_time }) =
        &seen.envelope.event
    {
        rows.push(vec![
            Cell::count(seen.envelope.seq.get()),
            Cell::at(seen.envelope.at),
            Cell::Text(seen.roster.strategy(*strategy).map(ToString::to_string).unwrap_or_default()),
            Cell::Text(seen.roster.instrument(*instrument).map(ToString::to_string).unwrap_or_default()),
            Cell::text(amount),
            Cell::text(&payment.0),
            Cell::at(*venue_time),
        ]);
    }
}
