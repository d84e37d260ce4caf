//! One large order in children: none larger than asked for or than the venue takes at once, one after the other.

use super::accept::{self, off_lot, too_many};
use crate::engine::core::Core;
use crate::engine::submit::Origin;
use crate::model::{
    BatchEvent, BatchKind, Denial, Envelope, Event, Instrument, NewBatch, NewOrder, OnFailure, Qty, Refusal,
    SplitOrder,
};
use std::sync::Arc;

/// Cuts an order and takes it as a batch. A child that would be off the lot, or more children than a batch may have, is
/// a denial: nothing is sent.
pub(in crate::engine) fn take(
    core: &mut Core,
    split: SplitOrder,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    let SplitOrder { parent, each } = split;
    let instrument = core.state.genesis().instrument(parent.instrument).ok_or(Refusal::UnknownInstrument)?;
    if each.is_zero() || parent.qty.is_zero() {
        return Err(Refusal::Malformed);
    }
    match children(instrument, parent.qty, each) {
        Ok(sizes) => {
            let legs = sizes.into_iter().map(|qty| NewOrder { qty, ..parent }).collect();
            accept::take(core, &Arc::new(as_batch(&parent, legs)), origin, out)
        }
        Err(denial) => {
            let batch = Arc::new(as_batch(&parent, vec![parent]));
            let (actor, request) = (origin.actor, origin.request);
            let denied = BatchEvent::Denied { batch, actor, request, leg: 0, denial: Box::new(denial) };
            core.emit(origin.cause, Event::Batch(denied), out);
            Ok(())
        }
    }
}

fn as_batch(parent: &NewOrder, legs: Vec<NewOrder>) -> NewBatch {
    NewBatch {
        kind: BatchKind::Split,
        strategy: parent.strategy,
        mode: parent.mode,
        legs,
        on_failure: OnFailure::Hold,
        label: parent.label,
    }
}

/// The children's sizes: equal ones, and what is left over.
fn children(instrument: &Instrument, whole: Qty, each: Qty) -> Result<Vec<Qty>, Denial> {
    let freeze = instrument.listing.freeze_qty;
    let each = if freeze.is_zero() { each } else { each.min(instrument.round_qty(freeze)) };
    if each.is_zero() || instrument.round_qty(each) != each {
        return Err(off_lot(each, instrument.lot));
    }
    let count = whole.raw().div_euclid(each.raw()) + i64::from(whole.raw().rem_euclid(each.raw()) > 0);
    let most = i64::try_from(NewBatch::MOST_LEGS).unwrap_or(i64::MAX);
    if count > most {
        return Err(too_many(u32::try_from(count).unwrap_or(u32::MAX)));
    }
    let mut left = whole;
    let mut sizes = Vec::new();
    while !left.is_zero() {
        let size = left.min(each);
        left = left.minus(size);
        sizes.push(size);
    }
    Ok(sizes)
}
