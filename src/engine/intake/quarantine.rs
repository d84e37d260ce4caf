//! The word that an instrument's data is not to be trusted.

use crate::engine::core::Core;
use crate::model::{DisplayText, Envelope, Event, Fault, InstrumentId, MarketEvent};
use crate::state::Trust;

/// Quarantines an instrument; one event for a fault that repeats.
pub(super) fn begin(
    core: &mut Core,
    id: InstrumentId,
    fault: Fault,
    detail: &DisplayText,
    out: &mut Vec<Envelope>,
) {
    let same = core.state.market(id).is_some_and(|market| match market.trust {
        Trust::Good => false,
        Trust::Quarantined { fault: known, .. } => known == fault,
    });
    if !same {
        let event = MarketEvent::Quarantined { instrument: id, fault, detail: detail.clone() };
        core.emit_root(Event::Market(event), out);
    }
}
