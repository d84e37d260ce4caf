//! How a position is closed: one reduce-only market order at a time, never without a usable price.

use super::core::Core;
use super::risk::{self, Proposal, Stage};
use super::submit::{self, Origin};
use crate::model::{
    Actor, Denial, Envelope, Instrument, InstrumentId, Label, NewOrder, OrderKind, OrderStatus, Qty, Reason,
    Side, StrategyId, TimeInForce,
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
    /// What is held is below the least quantity of an order.
    TooSmall,
    /// Orders that are not ours to cancel reserve what there is to reduce: which, and the way out.
    Reserved(Reason),
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
    let net = core.state.ledger.position(pair.0, pair.1).net;
    let open = core.state.orders.exposure(pair.0, pair.1);
    let left = net.side().map_or(Qty::ZERO, |side| open.reducible(net, side.opposite()));
    let order = match ready(core, pair, (label, left)) {
        Ok(order) => order,
        Err(why) => return why,
    };
    match submit::try_order(core, &order, origin, out) {
        Ok(()) => Attempt::UnderWay,
        Err(denial) => Attempt::Denied(denial),
    }
}

/// What would come of an attempt were the other orders of the pair gone and so much of its position held: `UnderWay` where the
/// closing order would leave.
pub(super) fn trial(core: &Core, (pair, held): (Pair, Qty), label: &str, actor: Actor) -> Attempt {
    let order = match ready(core, pair, (label, held)) {
        Ok(order) => order,
        Err(why) => return why,
    };
    let proposal = Proposal::new(&order, actor, &core.state, core.now).at(Stage::Guard);
    risk::would_pass(&proposal).map_or_else(Attempt::Denied, |()| Attempt::UnderWay)
}

/// The order that closes as much of a position as is `left` to close and one order may, or why there is none now.
fn ready(core: &Core, pair: Pair, (label, left): (&str, Qty)) -> Result<NewOrder, Attempt> {
    if core.state.is_dust(pair.0, pair.1) {
        return Err(Attempt::TooSmall);
    }
    let reserved = || Attempt::Reserved(reserved_by(&core.state, pair));
    let order = closing_order(&core.state, pair, (label, left)).ok_or_else(reserved)?;
    if is_priced(core, pair.1) { Ok(order) } else { Err(Attempt::NoPrice) }
}

impl Attempt {
    /// Why the position stays open for now, in words; `None` while something is under way.
    pub(super) fn held(self) -> Option<Reason> {
        match self {
            Self::UnderWay => None,
            Self::Denied(denial) => Some(Reason::new(&denial.to_string())),
            Self::NoPrice => Some(Reason::new("no usable price")),
            Self::TooSmall => Some(Reason::new("below least quantity")),
            Self::Reserved(by) => Some(by),
        }
    }
}

/// Which orders of somebody else would close a position, so that one of ours on top would open it the other way round: the
/// operator cancels them where they were given, since we touch only what is ours.
fn reserved_by(state: &State, (strategy, instrument): Pair) -> Reason {
    let closes = state.ledger.position(strategy, instrument).net.side().map(Side::opposite);
    let mut others = state
        .reconciliation
        .external
        .iter()
        .filter(|order| order.instrument == instrument && Some(order.side) == closes);
    let Some(first) = others.next() else { return Reason::new("nothing left to reduce") };
    let open = first.qty.minus(first.filled);
    let more = match others.count() {
        0 => String::new(),
        more => format!(" +{more}"),
    };
    let (side, id) = (first.side, &first.venue_id);
    Reason::new(&format!("others' {side} {open} works, {id}{more}: cancel it there"))
}

/// The largest order that takes a position away: what the limit lets pass. A limit that lets no order pass at all cuts
/// nothing, for it would keep the position open: then the configuration's does, which is its ceiling. Never more than the
/// exchange takes in one order.
pub(super) fn slice(state: &State, spec: &Instrument) -> Qty {
    let (now, ceiling) = (state.limits().instrument(spec.id), state.genesis().limits.instrument(spec.id));
    let limits = [now.max_order_qty, ceiling.max_order_qty].into_iter().map(|limit| spec.round_qty(limit));
    let mut lets_pass = limits.filter(|limit| !limit.is_zero() && *limit >= spec.min_qty);
    let most = lets_pass.next().unwrap_or(spec.min_qty);
    let freeze = spec.listing.freeze_qty;
    if freeze.is_zero() { most } else { most.min(freeze) }
}

/// The order that closes what is left of a position or the largest permitted part of it; `None` when flat or below the
/// least quantity.
fn closing_order(
    state: &State,
    (strategy, instrument): Pair,
    (label, left): (&str, Qty),
) -> Option<NewOrder> {
    let spec = state.genesis().instrument(instrument)?;
    let net = state.ledger.position(strategy, instrument).net;
    let side = net.side()?.opposite();
    let qty: Qty = spec.round_qty(left.min(slice(state, spec)));
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
