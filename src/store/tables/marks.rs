//! What instruments that are held were quoted at, for the course of a trade.

use super::registry::MARKS;
use super::table::{Cell, Typed};
use crate::model::{Envelope, Event, MarketEvent};
use crate::state::State;
use crate::store::subject::Roster;

/// The row of a quote of an instrument in which anything is held, by a strategy or by the account.
pub(in crate::store) fn mark_row(envelope: &Envelope, roster: &Roster, state: &State) -> Option<Typed> {
    let Event::Market(MarketEvent::Quote(quote)) = &envelope.event else { return None };
    let held = |id| !state.ledger.net(id, quote.instrument).is_zero();
    if !state.genesis().strategy_ids().any(held) {
        return None;
    }
    let instrument = roster.instrument(quote.instrument)?;
    let cells = vec![
        Cell::count(envelope.seq.get()),
        Cell::at(envelope.at),
        Cell::text(instrument),
        Cell::text(quote.bid),
        Cell::text(quote.ask),
    ];
    Some(Typed { table: &MARKS, cells })
}
