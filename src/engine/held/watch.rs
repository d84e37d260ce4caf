//! The market's way to held orders: trailing stops follow it, and what it reaches is released.
//!
//! Stops are woken by `InstrumentMarket::wakes_at`. While an instrument's data is not trusted nothing moves.

use super::release;
use crate::engine::core::Core;
use crate::model::{
    Envelope, Event, Instrument, InstrumentId, NewOrder, Order, OrderEvent, OrderId, OrderKind, Price,
    PriceDelta, Quote, Round, Side, Span,
};
use crate::state::Trust;

/// A trailing stop tells that it moved at most once in this time (and always before it triggers). In between, where it
/// stands is kept in `Core`: a trend would otherwise write an event for every print.
const TRAIL_EVERY: Span = Span::from_millis(100);

/// What the market shows to held orders.
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    instrument: &'a Instrument,
    last: Price,
    quote: Option<Quote>,
}

/// What becomes of a held order now.
#[derive(Debug, Clone, Copy)]
struct Move {
    id: OrderId,
    /// Where the trigger of a trailing stop stands now, if it has moved since it was told.
    trigger: Option<Price>,
    reached: bool,
}

/// Looks at the held orders of an instrument. Costs nothing where none are, and the count of them where some are.
#[inline]
pub(in crate::engine) fn watch(core: &mut Core, instrument: InstrumentId, out: &mut Vec<Envelope>) {
    if !core.state.orders.held_on(instrument).is_empty() {
        look(core, instrument, out);
    }
}

fn look(core: &mut Core, instrument: InstrumentId, out: &mut Vec<Envelope>) {
    let Some(seen) = Seen::of(core, instrument) else { return };
    let orders = core.state.orders.held_on(instrument).iter();
    let orders = orders.filter_map(|one| core.state.orders.get(one.id)).filter(|order| !order.triggered);
    // Nothing moves at most prices, so that no group is looked for, and an empty list takes no memory.
    let moves = orders.filter_map(|order| seen.moves(core, order).filter(|_| is_awake(core, order.id)));
    let moves: Vec<Move> = moves.collect();
    for one in moves {
        if let Some(trigger) = one.trigger {
            follow(core, one, trigger, out);
        }
        if one.reached {
            trigger(core, one.id, out);
            release::attempt(core, one.id, out);
        }
    }
}

/// Whether a stop that only reduces is due before it has left: the venue would refuse it as one that triggers at once,
/// and an exit must never be impossible. The engine takes it and releases it as what it becomes.
pub(in crate::engine) fn is_due(core: &Core, order: &NewOrder) -> bool {
    let Some(trigger) = order.kind.trigger().filter(|_| order.reduce_only) else { return false };
    Seen::of(core, order.instrument).is_some_and(|seen| order.side.reaches(trigger, seen.last))
}

/// Whether an order looks at the market: with something to close, where it waits for an entry.
fn is_awake(core: &Core, id: OrderId) -> bool {
    !core.state.groups.of(id).is_some_and(|one| one.entry != Some(id) && one.is_asleep())
}

/// Makes it a fact that a held order's condition has come true.
pub(super) fn trigger(core: &mut Core, id: OrderId, out: &mut Vec<Envelope>) {
    let Some(cause) = core.state.orders.get(id).map(|order| order.cause) else { return };
    let triggered = OrderEvent::Triggered { id, venue_time: core.now };
    core.emit(cause, Event::Order(triggered), out);
}

fn follow(core: &mut Core, one: Move, trigger: Price, out: &mut Vec<Envelope>) {
    let Some(order) = core.state.orders.get(one.id) else { return };
    if !one.reached && core.now.since(order.updated_at) < TRAIL_EVERY {
        core.trails.insert(one.id, trigger);
        return;
    }
    core.trails.remove(&one.id);
    let cause = order.cause;
    core.emit(cause, Event::Order(OrderEvent::Trailed { id: one.id, trigger }), out);
}

impl<'a> Seen<'a> {
    fn of(core: &'a Core, id: InstrumentId) -> Option<Self> {
        let instrument = core.state.genesis().instrument(id)?;
        let market = core.state.market(id).filter(|market| market.trust == Trust::Good)?;
        let last = market.wakes_at(instrument, core.now)?;
        let quote = market.quote.filter(|_| market.is_usable(instrument, core.now));
        Some(Self { instrument, last, quote })
    }

    /// What the market makes of an order; `None` where nothing changes.
    fn moves(&self, core: &Core, order: &Order) -> Option<Move> {
        let (id, side) = (order.id, order.request.side);
        let one = |reached: bool| reached.then_some(Move { id, trigger: None, reached });
        match order.request.kind {
            OrderKind::Stop { trigger } | OrderKind::StopLimit { trigger, .. } => {
                one(side.reaches(trigger, self.last))
            }
            OrderKind::Limit { price } => one(self.touches(side, price)),
            OrderKind::TrailingStop { trigger: told, trail } => {
                let kept = core.trails.get(&id).copied().unwrap_or(told);
                let stands = self.trailed(side, kept, trail);
                let reached = side.reaches(stands, self.last);
                let due = reached || core.now.since(order.updated_at) >= TRAIL_EVERY;
                let trigger = (stands != told && (due || stands != kept)).then_some(stands);
                (reached || trigger.is_some()).then_some(Move { id, trigger, reached })
            }
            OrderKind::Market => one(true),
        }
    }

    /// Whether a resting order at this price would have somebody to trade with.
    fn touches(&self, side: Side, price: Price) -> bool {
        let best = self.quote.map(|quote| quote.opposite(side));
        match side {
            Side::Buy => self.last <= price || best.is_some_and(|ask| ask <= price),
            Side::Sell => self.last >= price || best.is_some_and(|bid| bid >= price),
        }
    }

    /// Where a trailing stop's trigger stands at this price: a sell's follows the highs, a buy's the lows, on the tick
    /// grid and never back.
    fn trailed(&self, side: Side, stands: Price, trail: Price) -> Price {
        let distance = trail - Price::ZERO;
        let away: PriceDelta = if side == Side::Sell { -distance } else { distance };
        let Some(follows) = self.last.shifted(away) else { return stands };
        match side {
            Side::Sell => self.instrument.round_price(follows, Round::Down).max(stands),
            Side::Buy => self.instrument.round_price(follows, Round::Up).min(stands),
        }
    }
}

/// Forgets where trailing stops stand that are not held any more.
pub(super) fn forget(core: &mut Core) {
    let orders = &core.state.orders;
    core.trails.retain(|id, _| orders.get(*id).is_some_and(Order::is_held));
}
