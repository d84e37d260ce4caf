//! One order at a time, and not too often: what keeps a strategy from doubling up or asking in a loop.

use crate::engine::{Desk, OrderSpec};
use crate::model::{
    Envelope, Event, InstrumentId, OrderEvent, OrderId, OrderKind, Side, Span, TimeInForce, Timestamp,
};

/// Between two asks on one side: longer than any sensible duplicate window, so that a repeated ask is not a duplicate.
const ASK_EVERY: Span = Span::from_millis(1_100);

/// After the gate or the venue refused an entry.
const AFTER_REFUSAL: Span = Span::from_secs(5);

/// When a strategy may ask again in its instrument.
#[derive(Debug, Clone)]
pub(super) struct Pacer {
    instrument: InstrumentId,
    /// From when a side may be asked for again: only the same side can be a duplicate.
    buy_from: Timestamp,
    sell_from: Timestamp,
    /// From when an entry may follow a refusal, an exit another exit.
    enter_from: Timestamp,
    exit_from: Timestamp,
}

impl Pacer {
    pub(super) const fn new(instrument: InstrumentId) -> Self {
        let now = Timestamp::EPOCH;
        Self { instrument, buy_from: now, sell_from: now, enter_from: now, exit_from: now }
    }

    /// Hears of refusals: a denied entry or a rejected order waits longer.
    pub(super) fn hear(&mut self, event: &Envelope, now: Timestamp) {
        match &event.event {
            Event::Denied { order, .. } if !order.reduce_only => self.enter_from = now.after(AFTER_REFUSAL),
            Event::Order(OrderEvent::Rejected { .. } | OrderEvent::Lost { .. }) => {
                self.enter_from = now.after(AFTER_REFUSAL);
            }
            Event::Denied { .. }
            | Event::Order(_)
            | Event::Market(_)
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => {}
        }
    }

    /// Whether an entry on this side may be asked for: armed, nothing of its own at work, and long enough after the
    /// last one.
    pub(super) fn may_enter(&self, side: Side, desk: &Desk<'_>) -> bool {
        let side_from = match side {
            Side::Buy => self.buy_from,
            Side::Sell => self.sell_from,
        };
        desk.may_trade()
            && desk.now() >= self.enter_from.max(side_from)
            && desk.open_orders(self.instrument).next().is_none()
    }

    /// Asks for an entry.
    pub(super) fn enter(&mut self, desk: &mut Desk<'_>, spec: OrderSpec) {
        self.note(spec.side, desk.now());
        desk.submit(spec);
    }

    /// Whether an exit may be asked for: armed and long enough after the last one.
    pub(super) fn may_exit(&self, desk: &Desk<'_>) -> bool {
        desk.may_trade() && desk.now() >= self.exit_from
    }

    /// Asks for an order that takes risk away.
    pub(super) fn protect(&mut self, desk: &mut Desk<'_>, spec: OrderSpec) {
        self.exit_from = desk.now().after(ASK_EVERY);
        self.note(spec.side, desk.now());
        desk.submit(spec.reduce_only());
    }

    fn note(&mut self, side: Side, now: Timestamp) {
        let again = now.after(ASK_EVERY);
        match side {
            Side::Buy => self.buy_from = again,
            Side::Sell => self.sell_from = again,
        }
    }

    /// Closes the whole position at market. What rests goes first, since an exit beside a working stop would be more
    /// than there is to reduce; what trades at once is waited for. Call it until the position is gone.
    pub(super) fn close(&mut self, desk: &mut Desk<'_>, label: &str) {
        let resting: Vec<OrderId> = desk
            .open_orders(self.instrument)
            .filter(|order| rests(order.request.kind, order.request.tif))
            .map(|order| order.id)
            .collect();
        for id in resting {
            desk.cancel(id);
        }
        if desk.open_orders(self.instrument).next().is_some() || !self.may_exit(desk) {
            return;
        }
        let net = desk.position(self.instrument).net;
        let qty = desk.instrument(self.instrument).map(|one| one.round_qty(net.magnitude()));
        let (Some(held), Some(qty)) = (net.side(), qty.filter(|qty| !qty.is_zero())) else { return };
        self.protect(desk, OrderSpec::market(self.instrument, held.opposite(), qty, label));
    }
}

fn rests(kind: OrderKind, tif: TimeInForce) -> bool {
    match kind {
        OrderKind::Market => false,
        OrderKind::Limit { .. }
        | OrderKind::Stop { .. }
        | OrderKind::StopLimit { .. }
        | OrderKind::TrailingStop { .. } => tif != TimeInForce::Ioc,
    }
}
