//! Options by their offset from the money: resolved against the contract master and the underlying's mark when asked for.

use super::batch;
use super::core::Core;
use super::submit::Origin;
use crate::model::{
    BatchKind, Envelope, InstrumentId, NewBatch, NewOrder, OptionLeg, OptionsOrder, OrderKind, Refusal, Side,
};
use std::sync::Arc;

/// Resolves every leg, then takes them as a batch: what is bought before what is sold, so that nothing stands uncovered.
/// Each leg goes at market; the gate's collar bounds what that may cost.
pub(super) fn take(
    core: &mut Core,
    order: &OptionsOrder,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    let batch = resolve(core, order)?;
    batch::basket(core, &Arc::new(batch), origin, out)
}

fn resolve(core: &Core, order: &OptionsOrder) -> Result<NewBatch, Refusal> {
    let state = &core.state;
    let underlying = state.genesis().instrument(order.underlying).ok_or(Refusal::UnknownInstrument)?;
    if order.legs.is_empty() {
        return Err(Refusal::Malformed);
    }
    let market = state.market(order.underlying).filter(|market| market.is_usable(underlying, core.now));
    let mark = market.and_then(crate::state::InstrumentMarket::mark).ok_or(Refusal::NoPrice)?;
    let resolved =
        |(number, leg): (u16, &OptionLeg)| match state.option_of(order.underlying, leg, (mark, core.now)) {
            Ok(id) => Ok(as_order(order, leg, id)),
            Err(strikes) => {
                Err(Refusal::NoContract { leg: number, offset: leg.offset, right: leg.right, strikes })
            }
        };
    let legs: Vec<NewOrder> = (0_u16..).zip(&order.legs).map(resolved).collect::<Result<_, _>>()?;
    let (bought, sold): (Vec<_>, Vec<_>) = legs.into_iter().partition(|leg| leg.side == Side::Buy);
    Ok(NewBatch {
        kind: if order.legs.len() == 1 { BatchKind::Options } else { BatchKind::Multileg },
        strategy: order.strategy,
        mode: order.mode,
        legs: bought.into_iter().chain(sold).collect(),
        on_failure: order.on_failure,
        label: order.label,
    })
}

fn as_order(order: &OptionsOrder, leg: &OptionLeg, instrument: InstrumentId) -> NewOrder {
    NewOrder {
        strategy: order.strategy,
        instrument,
        side: leg.side,
        qty: leg.qty,
        kind: OrderKind::Market,
        tif: order.tif,
        post_only: false,
        reduce_only: false,
        mode: order.mode,
        label: order.label,
    }
}
