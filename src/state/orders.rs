//! The order table: open orders at hand, ended ones on a bounded list that no per-event work touches.

use super::exposure::Exposure;
use super::facts::{adopt, facts, go};
use super::fills::Fills;
use super::kept::{Kept, Watched};
use super::machine::{self, Move, Step};
use super::names::Names;
use super::planted::{Bug, Planted};
use super::reserve::{Reserve, Reserved};
use super::ring::Ring;
use crate::model::{
    Actor, CancelStand, ClientOrderId, DisplayText, Fill, FillId, Found, InstrumentId, Money, NewOrder,
    Order, OrderEvent, OrderId, OrderSnapshot, Qty, RunId, StrategyId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Ended orders kept for the screens.
const CLOSED_KEPT: usize = 1_000;

/// Order numbers left out after a crash: more exits than leave in the moments an exit waits for the disk.
const CRASH_GAP: u32 = 256;

/// All orders of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Orders {
    run: RunId,
    /// Ascending by id.
    open: Vec<Order>,
    closed: Ring<Order>,
    next: u32,
    reserve: Reserve,
    /// Orders ever submitted, by strategy.
    submitted: Vec<u64>,
    fills: Fills,
    /// Events that met an order in a status in which they cannot be.
    anomalies: u64,
    kept: Kept,
    #[serde(default, skip_serializing_if = "Names::is_plain")]
    names: Names,
    /// A name as they are given now, from which the others differ by their number alone: made once, not at every order.
    #[serde(skip)]
    given: Option<ClientOrderId>,
    pub(super) planted: Planted,
}

impl Orders {
    pub(super) fn new(run: RunId, strategies: usize, instruments: usize) -> Self {
        Self {
            run,
            open: Vec::with_capacity(256),
            closed: Ring::new(CLOSED_KEPT),
            next: 1,
            reserve: Reserve::new(strategies, instruments),
            submitted: vec![0; strategies],
            fills: Fills::new(),
            anomalies: 0,
            kept: Kept::new(instruments),
            names: Names::default(),
            given: Some(ClientOrderId::derive(run, OrderId::new(1))),
            planted: Planted::default(),
        }
    }

    /// Makes room for further strategies and instruments.
    pub(super) fn grow(&mut self, strategies: usize, instruments: usize) {
        self.reserve.grow(strategies, instruments);
        self.submitted.resize(strategies, 0);
        self.kept.grow(instruments);
        self.given = Some(self.name_of(OrderId::new(self.next)));
    }

    /// Forgets the name that was made beforehand: it follows from the rest.
    pub(super) const fn forget_given(&mut self) {
        self.given = None;
    }

    /// The number the next order gets, and its name towards venues.
    pub fn next_id(&self) -> (OrderId, ClientOrderId) {
        let id = OrderId::new(self.next);
        let name = self.given.map_or_else(|| self.name_of(id), |given| given.of_number(id));
        debug_assert_eq!(
            name,
            self.name_of(id),
            "the next order is called as those after the last start are"
        );
        (id, name)
    }

    /// What an order of this number is called towards venues.
    pub fn name_of(&self, id: OrderId) -> ClientOrderId {
        self.names.name(self.run, id)
    }

    /// The number of the order that is called so, given or to come; `None` for a name that no order of ours has.
    pub fn number_of(&self, name: ClientOrderId) -> Option<OrderId> {
        self.names.number(self.run, name)
    }

    /// Whether a name is of this book, also where no order here has it: a start that was cut off may have given it, or
    /// another engine runs under our names.
    pub fn is_of_this_book(&self, name: ClientOrderId) -> bool {
        self.names.are_of(self.run, name)
    }

    /// Leaves numbers out after a crash: an exit that did not wait for the disk may have left under the next ones, and it is
    /// withdrawn by them. Beyond, however many have left while the journal was dead, names are of this start alone: its
    /// epoch was on the disk before anything could leave, so no name is ever given twice.
    pub(super) fn leave_gap_after(&mut self, found: Found) {
        if !found.crashed {
            return;
        }
        self.next = self.next.saturating_add(CRASH_GAP);
        if found.names {
            self.names.begin(self.next, found.epoch);
        }
        self.given = Some(self.name_of(OrderId::new(self.next)));
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

    /// Every fill remembered, oldest first, under the names of its order and its own: what an adapter need not tell again.
    pub fn fills(&self) -> impl Iterator<Item = (&(ClientOrderId, FillId), &Fill)> {
        self.fills.all()
    }

    /// Since when, by the venue's clock, every fill is remembered; `None` where none is forgotten.
    pub fn fills_since(&self) -> Option<Timestamp> {
        self.fills.since()
    }

    /// Whether this fill of an order of this name, ours or not, has been applied.
    pub fn has_fill(&self, client_id: ClientOrderId, fill: &FillId) -> bool {
        if self.planted.has(Bug::FillsByIdAlone) {
            return self.fills.has_anywhere(fill);
        }
        self.fills.has(client_id, fill) && !self.planted.has(Bug::FillByReport)
    }

    /// Whether the venue has taken this fill back, before or after we heard of it.
    pub fn has_bust(&self, client_id: ClientOrderId, fill: &FillId) -> bool {
        self.fills.has_bust(client_id, fill)
    }

    /// A fill that was applied and can still be found.
    pub fn fill_named(&self, client_id: ClientOrderId, fill: &FillId) -> Option<&Fill> {
        self.fills.named(client_id, fill)
    }

    /// Open orders in an instrument whose fate is not proven.
    pub fn unknown_in(&self, instrument: InstrumentId) -> u32 {
        self.reserve.unknown_in(instrument)
    }

    /// Events that met an order in a status in which they cannot be: zero unless the program is wrong.
    pub const fn anomalies(&self) -> u64 {
        self.anomalies
    }

    /// Open quantity of a strategy in an instrument.
    pub fn exposure(&self, strategy: StrategyId, instrument: InstrumentId) -> Exposure {
        self.reserve.of(strategy, instrument)
    }

    /// Open quantity of all strategies in an instrument.
    pub fn total(&self, instrument: InstrumentId) -> Exposure {
        self.reserve.total(instrument)
    }

    /// Open quantity of a strategy, by instrument; empty for one that is not on the roster.
    pub fn exposures_of(&self, strategy: StrategyId) -> &[Exposure] {
        self.reserve.of_strategy(strategy)
    }

    /// Open quantity of all strategies, by instrument.
    pub fn totals(&self) -> &[Exposure] {
        self.reserve.totals()
    }

    /// Whether a strategy has anything open in an instrument beside the one in which it has this open.
    #[inline]
    pub fn is_open_beside(&self, strategy: StrategyId, here: &Exposure) -> bool {
        self.reserve.is_open_beside(strategy, here)
    }

    /// Whether anybody has anything open in an instrument beside the one in which all of them have this open.
    #[inline]
    pub fn is_any_open_beside(&self, here: &Exposure) -> bool {
        self.reserve.is_any_open_beside(here)
    }

    /// Whether nothing at all is open.
    #[inline]
    pub const fn is_idle(&self) -> bool {
        self.reserve.is_idle()
    }

    /// Whether nobody, this strategy included, has anything open in any instrument.
    #[inline]
    pub fn is_idle_for(&self, strategy: StrategyId) -> bool {
        self.reserve.is_idle_for(strategy)
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
        self.kept.on(instrument)
    }

    /// All orders the engine holds, by instrument.
    pub fn held(&self) -> impl Iterator<Item = Watched> + '_ {
        self.kept.all()
    }

    /// Whether the engine holds any order.
    pub fn is_holding(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Counts what is open at the broker and not ours in the worst case, in place of what was counted before.
    pub(super) fn adopt<'a>(
        &mut self,
        told: impl Iterator<Item = &'a OrderSnapshot>,
        is_there: impl Fn(InstrumentId) -> bool,
    ) {
        self.reserve.adopt(told, is_there);
    }

    /// Takes a new order that leaves. It is made where it stays: an order is long, and on its way nothing is copied that
    /// need not be.
    #[inline]
    pub(super) fn send(&mut self, id: OrderId, request: &NewOrder, make: impl FnOnce() -> Order) {
        self.next = self.next.max(id.get().saturating_add(1));
        self.count(request.strategy);
        self.reserve.opened(request);
        self.open.extend(std::iter::once_with(make));
    }

    /// Takes a new order that the engine holds: it reserves nothing.
    pub(super) fn hold(&mut self, order: Order) {
        self.next = self.next.max(order.id.get().saturating_add(1));
        self.open.push(order);
    }

    /// Puts an order that is held on the market's way.
    pub(super) fn watch(&mut self, id: OrderId, actor: Actor) {
        if let Some(order) = self.get(id).filter(|order| order.is_held()) {
            let instrument = order.request.instrument;
            self.kept.add(instrument, Watched { id, actor });
        }
    }

    /// Writes why a held order cannot leave.
    pub(super) fn note(&mut self, id: OrderId, why: &str, at: Timestamp) {
        self.change(id, at, |order| {
            order.note = Some(DisplayText::new(why));
            true
        });
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

    fn count(&mut self, strategy: StrategyId) {
        if let Some(count) = self.submitted.get_mut(strategy.index()) {
            *count += 1;
        }
    }

    /// Changes an order and moves what it reserves in the same step: an ended order goes to the closed list, one that
    /// turns up again comes back from it.
    fn change(&mut self, id: OrderId, at: Timestamp, edit: impl FnOnce(&mut Order) -> bool) {
        if let Ok(index) = self.open.binary_search_by_key(&id, |order| order.id) {
            let Some(order) = self.open.get_mut(index) else { return };
            let (before, held) = (Reserved::of(order), order.is_held());
            self.anomalies += u64::from(!edit_at(order, at, edit));
            let (after, request) = (Reserved::of(order), order.request);
            let (left, ended) = (held && !order.is_held(), !order.is_open());
            if left {
                self.kept.remove(request.instrument, id);
            }
            if ended {
                let order = self.open.remove(index);
                self.closed.push(order);
            }
            self.moved(&request, before, after);
            return;
        }
        let Some(order) = self.closed.find_mut(|order| order.id == id) else { return };
        self.anomalies += u64::from(!edit_at(order, at, edit));
        if order.is_open()
            && let Some(order) = self.closed.take(|order| order.id == id)
        {
            let (after, request) = (Reserved::of(&order), order.request);
            let place = self.open.partition_point(|one| one.id < id);
            self.open.insert(place, order);
            self.moved(&request, None, after);
        }
    }

    fn moved(&mut self, request: &NewOrder, before: Option<Reserved>, after: Option<Reserved>) {
        if before != after && !(self.planted.has(Bug::ExposureKept) && after.is_none()) {
            self.reserve.moved(request, before, after);
        }
    }

    /// Remembers a fill and, where the order is known, what it makes of it.
    pub(super) fn fill(&mut self, client_id: ClientOrderId, fill: &Fill, worth: Money, at: Timestamp) {
        self.fills.applied(client_id, fill);
        self.change(fill.order, at, |order| {
            order.late_fill |= order.status.is_terminal();
            order.filled = order.filled.plus(fill.qty);
            order.cost += worth;
            order.fees += fill.fee;
            order.acknowledged_at = order.acknowledged_at.or(Some(at));
            order.pursuit.absent = 0;
            let step = if order.reserved().is_zero() { Step::FilledWhole } else { Step::FilledPart };
            go(order, step)
        });
    }

    /// Takes a fill back: `fill` is the reversal of the one named.
    pub(super) fn bust(&mut self, client_id: ClientOrderId, fill: &Fill, worth: Money, at: Timestamp) {
        if !self.planted.has(Bug::BustTwice) {
            self.fills.busted(client_id, &fill.fill_id);
        }
        self.change(fill.order, at, |order| {
            if machine::next(order.status, Step::Busted) == Move::Impossible {
                return false;
            }
            order.filled = order.filled.minus(fill.qty);
            order.busted = order.busted.plus(fill.qty);
            order.cost -= worth;
            order.fees += fill.fee;
            go(order, Step::Busted)
        });
    }

    /// Counts an event that cannot be.
    pub(super) const fn note_anomaly(&mut self) {
        self.anomalies += 1;
    }

    /// Remembers a fill that was taken back before we heard of it.
    pub(super) fn busted_unheard(&mut self, client_id: ClientOrderId, fill: &FillId) {
        self.fills.busted(client_id, fill);
    }

    /// A held order goes to the broker, or one is sent again under its old name.
    pub(super) fn release(&mut self, id: OrderId, request: &NewOrder, reduce_only: bool, at: Timestamp) {
        let mut first = false;
        self.change(id, at, |order| {
            if machine::next(order.status, Step::Submitted) == Move::Impossible {
                return false;
            }
            first = order.pursuit.sent == 0;
            order.request = *request;
            order.note = None;
            order.pursuit.sent += 1;
            // Whatever was proven of the first message is not proven of this one.
            (order.pursuit.asked, order.pursuit.asked_at, order.pursuit.absent) = (0, None, 0);
            order.pursuit.venue_reduce_only = reduce_only;
            order.submitted_at = at;
            go(order, Step::Submitted)
        });
        if first {
            self.count(request.strategy);
        }
    }

    /// The broker was seen to hold what has ended here: should it answer for it, it is open again, and whatever was
    /// to cancel it has not.
    pub(super) fn doubt_end(&mut self, id: OrderId) {
        if let Some(order) = self.closed.find_mut(|order| order.id == id) {
            (order.pursuit.presumed, order.pursuit.cancel) = (true, CancelStand::None);
        }
    }

    /// Takes every event but those that begin a life or carry a fill.
    pub(super) fn apply(&mut self, event: &OrderEvent, at: Timestamp) {
        let (Some(id), Some(mut step)) = (event.id(), Step::of(event, true)) else { return };
        let taken_for_done = (self.planted.has(Bug::CancelIsDone) && step == Step::CancelRequested)
            || (self.planted.has(Bug::RefusedCancelIsDone) && step == Step::CancelRejected);
        if taken_for_done {
            step = Step::Canceled;
        }
        if self.planted.has(Bug::ReplaceIsDone)
            && let OrderEvent::ReplaceRequested { change, .. } = event
        {
            return self.change(id, at, |order| {
                adopt(order, change);
                true
            });
        }
        if self.planted.has(Bug::SmallerAtOnce)
            && let OrderEvent::ReplaceRequested { change, .. } = event
        {
            self.change(id, at, |order| {
                order.request.qty = order.request.qty.min(change.qty);
                true
            });
        }
        match event {
            OrderEvent::Submitted { .. }
            | OrderEvent::Held { .. }
            | OrderEvent::Filled { .. }
            | OrderEvent::Busted { .. }
            | OrderEvent::Unmatched { .. }
            | OrderEvent::SetAside { .. } => {}
            OrderEvent::Accepted { .. }
            | OrderEvent::Rejected { .. }
            | OrderEvent::Triggered { .. }
            | OrderEvent::CancelRequested { .. }
            | OrderEvent::CancelRejected { .. }
            | OrderEvent::Canceled { .. }
            | OrderEvent::Expired { .. }
            | OrderEvent::Unknown { .. }
            | OrderEvent::Trailed { .. }
            | OrderEvent::ReplaceRequested { .. }
            | OrderEvent::Replaced { .. }
            | OrderEvent::ReplaceRejected { .. }
            | OrderEvent::Queried { .. }
            | OrderEvent::NotFound { .. }
            | OrderEvent::Lost { .. }
            | OrderEvent::Vouched { .. } => self.change(id, at, |order| {
                if machine::next(order.status, step) == Move::Impossible {
                    return false;
                }
                facts(order, event, at);
                go(order, step)
            }),
        }
    }
}

fn edit_at(order: &mut Order, at: Timestamp, edit: impl FnOnce(&mut Order) -> bool) -> bool {
    let possible = edit(order);
    if possible {
        order.updated_at = at;
    }
    possible
}
