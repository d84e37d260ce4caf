//! Which contract an offset names now: the engine decides again when the order arrives.

use crate::model::{Instrument, InstrumentId, OptionLeg};
use crate::ui::view::View;

/// The contract a leg names at the underlying's present mark; `None` where there is none.
pub(super) fn contract<'a>(
    view: &View<'a>,
    underlying: InstrumentId,
    leg: &OptionLeg,
) -> Option<&'a Instrument> {
    let mark = view.state.market(underlying)?.mark()?;
    let id = view.state.option_of(underlying, leg, (mark, view.now)).ok()?;
    view.state.genesis().instrument(id)
}
