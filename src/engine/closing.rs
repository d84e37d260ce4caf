//! How a position is closed: one reduce-only market order at a time, never without a usable price.

use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{
    Denial, Envelope, InstrumentId, Label, NewOrder, OrderKind, OrderStatus, Qty, Reason, StrategyId,
    TimeInForce,
};
use crate::state::{Bug, State};

/// A strategy's position in an instrument.
pub(super) type Pair = (StrategyId, InstrumentId);

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// An order was released, or orders of the pair are still open, or the last one failed a moment ago.
    UnderWay,
    /// The gate would deny the order.
    Denied(Denial),
    /// Quotes are stale or not trusted: closing now would be closing blind.
    NoPrice,
    /// What is left is below the least quantity of an order.
    TooSmall,
}

/// Tries to close a position, or the largest permitted part of it.
pub(super) fn attempt(
    core: &mut Core,
    pair: Pair,
    label: &str,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Attempt {
    if core.state.planted.has(Bug::FlattenGivesUp)
        || core.state.orders.exposure(pair.0, pair.1).orders > 0
        || has_failed_lately(core, pair, label)
    {
        return Attempt::UnderWay;
    }
    let Some(order) = closing_order(&core.state, pair, label) else { return Attempt::TooSmall };
    if !is_priced(core, pair.1) {
        return Attempt::NoPrice;
    }
    match submit::try_order(core, order, origin, out) {
        Ok(()) => Attempt::UnderWay,
        Err(denial) => Attempt::Denied(denial),
    }
}

impl Attempt {
    /// Why the position stays open for now, in words; `None` while something is under way.
    pub(super) fn held(self) -> Option<Reason> {
        match self {
            Self::UnderWay => None,
            Self::Denied(denial) => Some(Reason::new(&denial.to_string())),
            Self::NoPrice => Some(Reason::new("no usable price")),
            Self::TooSmall => Some(Reason::new("below least quantity")),
        }
    }
}

/// The order that closes a position or the largest permitted part of it; `None` when flat or below the least quantity.
fn closing_order(state: &State, (strategy, instrument): Pair, label: &str) -> Option<NewOrder> {
    let spec = state.genesis().instrument(instrument)?;
    let net = state.ledger.position(strategy, instrument).net;
    let side = net.side()?.opposite();
    let working = state.orders.exposure(strategy, instrument);
    let freeze = spec.listing.freeze_qty;
    let allowed = state.limits().instrument(instrument).max_order_qty;
    let largest = if freeze.is_zero() { allowed } else { allowed.min(freeze) };
    let qty: Qty = spec.round_qty(working.reducible(net, side).min(largest));
    (qty >= spec.min_qty && !qty.is_zero()).then_some(NewOrder {
        strategy,
        instrument,
        side,
        qty,
        kind: OrderKind::Market,
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: true,
        mode: state.control.mode,
        label: Label::new(label),
    })
}

/// Whether an order could be priced now: quotes are fresh and trusted.
pub(super) fn is_priced(core: &Core, instrument: InstrumentId) -> bool {
    let market = core.state.market(instrument);
    let spec = core.state.genesis().instrument(instrument);
    market.zip(spec).is_some_and(|(market, spec)| market.is_usable(spec, core.now))
}

/// Whether the last attempt on a position ended unfilled a moment ago: no busy loop against a venue that refuses.
fn has_failed_lately(core: &Core, (strategy, instrument): Pair, label: &str) -> bool {
    let mut recent = core.state.orders.closed().iter().rev().take(64);
    recent.any(|order| {
        order.request.strategy == strategy
            && order.request.instrument == instrument
            && order.request.closes_as(label)
            && order.status != OrderStatus::Filled
            && order.filled.is_zero()
            && core.now.since(order.updated_at) < submit::ASK_AGAIN
    })
}
