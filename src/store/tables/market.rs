//! Market data that becomes rows by itself: bars always; of instruments that are held what they were quoted at; every quote
//! and trade where all of it is to be recorded.

use super::hot::Hot;
use crate::model::{Envelope, MarketEvent, Quote};
use crate::state::State;

/// The rows of market data. Without a state, after events were missed, nobody knows what is held.
pub(in crate::store) fn market_rows(
    envelope: &Envelope,
    market: &MarketEvent,
    state: Option<&State>,
    everything: bool,
    rows: &mut Vec<Hot>,
) {
    let (seq, at) = (i64::try_from(envelope.seq.get()).unwrap_or(i64::MAX), envelope.at);
    match market {
        MarketEvent::Bar(bar) => rows.push(Hot::Bar { seq, at, bar: *bar }),
        MarketEvent::Quote(quote) => {
            if everything {
                rows.push(Hot::Quote { seq, at, quote: *quote });
            }
            if state.is_some_and(|state| is_held(state, quote)) {
                let Quote { instrument, bid, ask, .. } = *quote;
                rows.push(Hot::Mark { seq, at, instrument, bid, ask });
            }
        }
        MarketEvent::Trade(trade) if everything => rows.push(Hot::Trade { seq, at, trade: *trade }),
        MarketEvent::Trade(_)
        | MarketEvent::Depth(_)
        | MarketEvent::Quarantined { .. }
        | MarketEvent::Trusted { .. }
        | MarketEvent::Stale { .. }
        | MarketEvent::Fresh { .. }
        | MarketEvent::Dropped { .. }
        | MarketEvent::Looped { .. } => {}
    }
}

/// Whether anything is held of the instrument, by a strategy or by the account.
fn is_held(state: &State, quote: &Quote) -> bool {
    let held = |id| !state.ledger.net(id, quote.instrument).is_zero();
    state.genesis().strategy_ids().any(held)
}
