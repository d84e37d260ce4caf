//! The order table: open orders at hand, ended ones on a bounded list that no per-event work touches.

use super::exposure::Exposure;
use super::held::{self, Watch, Watched};
use super::ring::Ring;
use crate::model::{
    Actor, ClientOrderId, DisplayText, Fill, FillId, InstrumentId, Money, Order, OrderEvent, OrderId,
    OrderStatus, Qty, RunId, StrategyId, Timestamp,
};
use std::collections::BTreeSet;

/// Ended orders kept for the screens.
const CLOSED_KEPT: usize = 1_000;

/// Fill ids kept to recognise a repeated report.
const FILLS_KEPT: usize = 8_192;

/// All orders of a run.
#[derive(Debug, Clone)]
pub struct Orders {
    run: RunId,
    /// Ascending by id.
    open: Vec<Order>,
    closed: Ring<Order>,
    next: u32,
    instruments: usize,
    /// Strategy × instrument.
    exposures: Vec<Exposure>,
    /// By instrument, all strategies.
    totals: Vec<Exposure>,
    /// Orders ever submitted, by strategy.
    submitted: Vec<u64>,
    seen: BTreeSet<(OrderId, FillId)>,
    seen_order: Ring<(OrderId, FillId)>,
    watch: Watch,
}

impl Orders {
    pub(super) fn new(run: RunId, strategies: usize, instruments: usize) -> Self {
        Self {
            run,
            open: Vec::with_capacity(256),
            closed: Ring::new(CLOSED_KEPT),
            next: 1,
            instruments,
            exposures: vec![Exposure::default(); strategies * instruments],
            totals: vec![Exposure::default(); instruments],
            submitted: vec![0; strategies],
            seen: BTreeSet::new(),
            seen_order: Ring::new(FILLS_KEPT),
            watch: Watch::new(instruments),
        }
    }

    /// The number the next order gets, and its name towards venues.
    pub fn next_id(&self) -> (OrderId, ClientOrderId) {
        let id = OrderId::new(self.next);
        (id, ClientOrderId::derive(self.run, id))
    }

    /// Open orders, oldest first.
    pub fn open(&self) -> &[Order] {
        &self.open
    }

    /// Ended orders, in the order they ended.
    pub fn closed(&self) -> &Ring<Order> {
        &self.closed
    }

    /// An order that is open or still on the list of ended ones.
    pub fn get(&self, id: OrderId) -> Option<&Order> {
        match self.open.binary_search_by_key(&id, |order| order.id) {
            Ok(index) => self.open.get(index),
            Err(_) => self.closed.iter().rev().find(|order| order.id == id),
        }
    }

    /// Whether a number was ever given in this run.
    pub fn was_issued(&self, id: OrderId) -> bool {
        (1..self.next).contains(&id.get())
    }

    /// Whether this fill has been applied.
    pub fn has_fill(&self, id: OrderId, fill: &FillId) -> bool {
        self.seen.contains(&(id, fill.clone()))
    }

    /// Open quantity of a strategy in an instrument.
    pub fn exposure(&self, strategy: StrategyId, instrument: InstrumentId) -> Exposure {
        self.cell(strategy, instrument).and_then(|cell| self.exposures.get(cell)).copied().unwrap_or_default()
    }

    /// Open quantity of all strategies in an instrument.
    pub fn total(&self, instrument: InstrumentId) -> Exposure {
        self.totals.get(instrument.index()).copied().unwrap_or_default()
    }

    /// Open quantity of a strategy, by instrument; empty for one that is not on the roster.
    pub fn exposures_of(&self, strategy: StrategyId) -> &[Exposure] {
        let start = strategy.index() * self.instruments;
        self.exposures.get(start..start + self.instruments).unwrap_or_default()
    }

    /// Open quantity of all strategies, by instrument.
    pub fn totals(&self) -> &[Exposure] {
        &self.totals
    }

    /// Orders ever submitted by a strategy.
    pub fn submitted_by(&self, strategy: StrategyId) -> u64 {
        self.submitted.get(strategy.index()).copied().unwrap_or_default()
    }

    /// Orders ever submitted.
    pub fn issued(&self) -> u32 {
        self.next - 1
    }

    /// The orders the engine holds on an instrument, oldest first.
    #[inline]
    pub fn held_on(&self, instrument: InstrumentId) -> &[Watched] {
        self.watch.on(instrument)
    }

    /// All orders the engine holds, by instrument.
    pub fn held(&self) -> impl Iterator<Item = Watched> + '_ {
        self.watch.all()
    }

    /// Whether the engine holds any order.
    pub fn is_holding(&self) -> bool {
        !self.watch.is_empty()
    }

    fn cell(&self, strategy: StrategyId, instrument: InstrumentId) -> Option<usize> {
        let inside = instrument.index() < self.instruments;
        inside.then(|| strategy.index() * self.instruments + instrument.index())
    }

    fn reserve(&mut self, order: &Order, change: fn(&mut Exposure, &Order)) {
        let (strategy, instrument) = (order.request.strategy, order.request.instrument);
        if let Some(cell) = self.cell(strategy, instrument).and_then(|cell| self.exposures.get_mut(cell)) {
            change(cell, order);
        }
        if let Some(total) = self.totals.get_mut(instrument.index()) {
            change(total, order);
        }
    }

    #[inline]
    pub(super) fn insert(&mut self, mut order: Order) {
        let known = self.open.last().is_some_and(|last| order.id <= last.id);
        if known && let Ok(index) = self.open.binary_search_by_key(&order.id, |one| one.id) {
            let held = self.open.remove(index);
            self.watch.remove(held.request.instrument, held.id);
            order.triggered = held.triggered;
            order.cause = held.cause;
        }
        self.next = self.next.max(order.id.get().saturating_add(1));
        if let Some(count) = self.submitted.get_mut(order.request.strategy.index()) {
            *count += 1;
        }
        self.reserve(&order, |exposure, order| {
            exposure.add(order.request.side, order.leaves());
            exposure.orders += 1;
        });
        // All but a held order that is released come last.
        let place = if known { self.open.partition_point(|one| one.id < order.id) } else { self.open.len() };
        self.open.insert(place, order);
    }

    /// Takes an order the engine holds: it stands in the table, is watched, and reserves nothing.
    pub(super) fn hold(&mut self, order: Order, actor: Actor) {
        self.next = self.next.max(order.id.get().saturating_add(1));
        self.watch.add(order.request.instrument, Watched { id: order.id, actor });
        let place = self.open.partition_point(|one| one.id < order.id);
        self.open.insert(place, order);
    }

    /// Writes why a held order cannot leave.
    pub(super) fn note(&mut self, id: OrderId, why: &str, at: Timestamp) {
        self.change(id, at, |order| order.note = Some(DisplayText::new(why)));
    }

    /// Gives a held order another quantity.
    pub(super) fn resize_held(&mut self, id: OrderId, qty: Qty) {
        if let Ok(index) = self.open.binary_search_by_key(&id, |order| order.id)
            && let Some(order) = self.open.get_mut(index)
            && order.is_held()
        {
            order.request.qty = qty;
        }
    }

    /// Takes an open order out, releases what it reserved, changes it, and puts it back where it now belongs. A fill
    /// of an order that has ended finds it on the closed list.
    fn change(&mut self, id: OrderId, at: Timestamp, edit: impl FnOnce(&mut Order)) {
        let Ok(index) = self.open.binary_search_by_key(&id, |order| order.id) else {
            if let Some(order) = self.closed.find_mut(|order| order.id == id) {
                order.updated_at = at;
                edit(order);
            }
            return;
        };
        let Some(order) = self.open.get_mut(index) else { return };
        let (held, before) = (order.is_held(), (order.request.side, order.leaves()));
        order.updated_at = at;
        edit(order);
        let (after, open) = (order.leaves(), order.is_open());
        let (strategy, instrument) = (order.request.strategy, order.request.instrument);
        if held {
            // It reserved nothing. A fill of it, which no broker should send, ends its being held.
            if !order.is_held() {
                self.watch.remove(instrument, id);
            }
            if order.is_at_broker() {
                let order = order.clone();
                self.reserve(&order, |exposure, order| {
                    exposure.add(order.request.side, order.leaves());
                    exposure.orders += 1;
                });
            }
        } else {
            self.release(strategy, instrument, before, if open { Some(after) } else { None });
        }
        if !open {
            let order = self.open.remove(index);
            self.closed.push(order);
        }
    }

    /// Replaces the reserved quantity of one order by what is left of it; `None` when it ended.
    fn release(
        &mut self,
        strategy: StrategyId,
        instrument: InstrumentId,
        before: (crate::model::Side, Qty),
        left: Option<Qty>,
    ) {
        let apply = |exposure: &mut Exposure| {
            exposure.remove(before.0, before.1);
            match left {
                Some(qty) => exposure.add(before.0, qty),
                None => exposure.orders = exposure.orders.saturating_sub(1),
            }
        };
        if let Some(cell) = self.cell(strategy, instrument).and_then(|cell| self.exposures.get_mut(cell)) {
            apply(cell);
        }
        if let Some(total) = self.totals.get_mut(instrument.index()) {
            apply(total);
        }
    }

    pub(super) fn fill(&mut self, id: OrderId, fill: &Fill, worth: Money, at: Timestamp) {
        let key = (id, fill.fill_id.clone());
        if self.seen_order.len() == FILLS_KEPT
            && let Some(oldest) = self.seen_order.get(0)
        {
            self.seen.remove(oldest);
        }
        self.seen_order.push(key.clone());
        self.seen.insert(key);
        let (qty, fee) = (fill.qty, fill.fee);
        self.change(id, at, |order| {
            order.late_fill |= order.status.is_terminal();
            order.filled = order.filled.plus(qty);
            order.cost += worth;
            order.fees += fee;
            order.acknowledged_at = order.acknowledged_at.or(Some(at));
            order.status = if order.leaves().is_zero() {
                OrderStatus::Filled
            } else if order.status.is_terminal() || order.status == OrderStatus::PendingCancel {
                order.status
            } else {
                OrderStatus::PartiallyFilled
            };
        });
    }

    pub(super) fn apply(&mut self, event: &OrderEvent, at: Timestamp) {
        match event {
            OrderEvent::Submitted { .. }
            | OrderEvent::Filled { .. }
            | OrderEvent::Unmatched { .. }
            | OrderEvent::SetAside { .. }
            | OrderEvent::Held { .. }
            | OrderEvent::ReplaceRequested { .. }
            | OrderEvent::Replaced { .. }
            | OrderEvent::ReplaceRejected { .. }
            | OrderEvent::Queried { .. }
            | OrderEvent::NotFound { .. }
            | OrderEvent::Lost { .. }
            | OrderEvent::Vouched { .. }
            | OrderEvent::Busted { .. } => {}
            OrderEvent::Accepted { id, venue_id, .. } => self.change(*id, at, |order| {
                order.venue_id = Some(venue_id.clone());
                order.acknowledged_at = order.acknowledged_at.or(Some(at));
                if matches!(order.status, OrderStatus::Submitted | OrderStatus::Unknown) {
                    order.status = working(order);
                }
            }),
            OrderEvent::Trailed { id, trigger } => self.change(*id, at, |order| {
                order.request.kind = held::trailed(order.request.kind, *trigger);
            }),
            OrderEvent::Triggered { id, .. } => self.change(*id, at, |order| {
                order.triggered = true;
                if order.is_held() {
                    return;
                }
                order.acknowledged_at = order.acknowledged_at.or(Some(at));
                if order.status == OrderStatus::Unknown {
                    order.status = working(order);
                }
            }),
            OrderEvent::Rejected { id, reason, .. } => self.end(*id, at, OrderStatus::Rejected, Some(reason)),
            OrderEvent::Canceled { id, reason, .. } => self.end(*id, at, OrderStatus::Canceled, Some(reason)),
            OrderEvent::Expired { id, .. } => self.end(*id, at, OrderStatus::Expired, None),
            OrderEvent::CancelRequested { id, .. } => self.change(*id, at, |order| {
                order.cancel_requested_at = Some(at);
                // A cancel proves nothing about an order whose fate is unknown.
                if order.status != OrderStatus::Unknown {
                    order.status = OrderStatus::PendingCancel;
                }
            }),
            OrderEvent::CancelRejected { id, reason, .. } => self.change(*id, at, |order| {
                order.note = Some(reason.clone());
                if order.status == OrderStatus::PendingCancel {
                    order.status = as_proven(order);
                }
            }),
            OrderEvent::Unknown { id, .. } => {
                self.change(*id, at, |order| order.status = OrderStatus::Unknown);
            }
        }
    }

    fn end(&mut self, id: OrderId, at: Timestamp, status: OrderStatus, note: Option<&DisplayText>) {
        self.change(id, at, |order| {
            if order.status.is_terminal() {
                return;
            }
            order.status = status;
            if let Some(note) = note {
                order.note = Some(note.clone());
            }
        });
    }
}

/// What an order is after its cancel was refused: at work, if that was ever proven.
fn as_proven(order: &Order) -> OrderStatus {
    if order.is_proven() { working(order) } else { OrderStatus::Unknown }
}

/// The status of an order that is at work, by its fills.
fn working(order: &Order) -> OrderStatus {
    if order.filled.is_zero() { OrderStatus::Working } else { OrderStatus::PartiallyFilled }
}
