//! The order table: open orders at hand, ended ones on a bounded list that no per-event work touches.

use super::exposure::Exposure;
use super::fills::Fills;
use super::kept::{Kept, Watched};
use super::machine::{self, Move, Step};
use super::planted::{Bug, Planted};
use super::ring::Ring;
use crate::model::{
    Actor, CancelStand, ClientOrderId, DisplayText, Fill, FillId, InstrumentId, Money, NewOrder, Order,
    OrderChange, OrderEvent, OrderId, OrderKind, OrderSnapshot, OrderStatus, Price, Qty, RunId, Side,
    StrategyId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Ended orders kept for the screens.
const CLOSED_KEPT: usize = 1_000;

/// All orders of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Open orders of unproven fate, by instrument.
    unknown: Vec<u32>,
    fills: Fills,
    /// Events that met an order in a status in which they cannot be.
    anomalies: u64,
    kept: Kept,
    /// What is open at the broker and not ours, as it counts in risk.
    external: Vec<(InstrumentId, Side, Qty)>,
    pub(super) planted: Planted,
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
            unknown: vec![0; instruments],
            fills: Fills::new(),
            anomalies: 0,
            kept: Kept::new(instruments),
            external: Vec::new(),
            planted: Planted::default(),
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

    /// The order and the name of every fill remembered: what an adapter need not tell again.
    pub fn fill_names(&self) -> impl Iterator<Item = &(ClientOrderId, FillId)> {
        self.fills.names()
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
        self.unknown.get(instrument.index()).copied().unwrap_or_default()
    }

    /// Events that met an order in a status in which they cannot be: zero unless the program is wrong.
    pub const fn anomalies(&self) -> u64 {
        self.anomalies
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
    pub(super) fn adopt(&mut self, told: &[OrderSnapshot]) {
        for (instrument, side, qty) in std::mem::take(&mut self.external) {
            self.count_external(instrument, |exposure| exposure.remove(side, qty));
        }
        for one in told {
            let open = one.qty.minus(one.filled);
            self.count_external(one.instrument, |exposure| exposure.add(one.side, open));
            self.external.push((one.instrument, one.side, open));
        }
    }

    fn count_external(&mut self, instrument: InstrumentId, change: impl Fn(&mut Exposure)) {
        let cell = self.cell(StrategyId::EXTERNAL, instrument);
        if let Some(exposure) = cell.and_then(|cell| self.exposures.get_mut(cell)) {
            change(exposure);
        }
        if let Some(total) = self.totals.get_mut(instrument.index()) {
            change(total);
        }
    }

    fn cell(&self, strategy: StrategyId, instrument: InstrumentId) -> Option<usize> {
        let inside = instrument.index() < self.instruments;
        inside.then(|| strategy.index() * self.instruments + instrument.index())
    }

    /// Changes what an order's pair has open.
    fn expose(&mut self, request: &NewOrder, change: impl Fn(&mut Exposure)) {
        let (strategy, instrument) = (request.strategy, request.instrument);
        if let Some(cell) = self.cell(strategy, instrument).and_then(|cell| self.exposures.get_mut(cell)) {
            change(cell);
        }
        if let Some(total) = self.totals.get_mut(instrument.index()) {
            change(total);
        }
    }

    /// Takes a new order: submitted, or held by the engine. What is held reserves nothing.
    #[inline]
    pub(super) fn insert(&mut self, order: Order) {
        self.next = self.next.max(order.id.get().saturating_add(1));
        if order.status == OrderStatus::Submitted {
            self.count(order.request.strategy);
        }
        if order.is_at_broker() {
            let (side, qty) = (order.request.side, order.reserved());
            self.expose(&order.request, |exposure| {
                exposure.add(side, qty);
                exposure.orders += 1;
            });
        }
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
        if before == after || (self.planted.has(Bug::ExposureKept) && after.is_none()) {
            return;
        }
        self.expose(request, |exposure| {
            if let Some(before) = before {
                exposure.remove(before.side, before.qty);
                exposure.orders = exposure.orders.saturating_sub(1);
            }
            if let Some(after) = after {
                exposure.add(after.side, after.qty);
                exposure.orders += 1;
            }
        });
        if let Some(unknown) = self.unknown.get_mut(request.instrument.index()) {
            let is_unknown = |one: Option<Reserved>| u32::from(one.is_some_and(|one| one.unknown));
            *unknown = unknown.saturating_sub(is_unknown(before)) + is_unknown(after);
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

/// What an open order reserves, and whether its fate is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Reserved {
    side: Side,
    qty: Qty,
    unknown: bool,
}

impl Reserved {
    fn of(order: &Order) -> Option<Self> {
        let unknown = order.status == OrderStatus::Unknown;
        order.is_at_broker().then(|| Self { side: order.request.side, qty: order.reserved(), unknown })
    }
}

fn edit_at(order: &mut Order, at: Timestamp, edit: impl FnOnce(&mut Order) -> bool) -> bool {
    let possible = edit(order);
    if possible {
        order.updated_at = at;
    }
    possible
}

/// Makes the step; `false` where it cannot be.
fn go(order: &mut Order, step: Step) -> bool {
    let Some(status) = machine::resolve(order, step) else { return false };
    let reopened = order.status.is_terminal() && !status.is_terminal();
    order.status = status;
    if reopened {
        order.pursuit.presumed = false;
    }
    // Certain again: the next doubt is asked about at once.
    let doubtful = [OrderStatus::Unknown, OrderStatus::PendingCancel, OrderStatus::PendingReplace];
    if !doubtful.contains(&status) && !matches!(step, Step::Queried | Step::NotFound) {
        (order.pursuit.asked, order.pursuit.asked_at, order.pursuit.absent) = (0, None, 0);
    }
    if order.pursuit.told <= order.executed() {
        order.pursuit.told = Qty::ZERO;
    }
    true
}

/// What an event says of an order besides its status.
fn facts(order: &mut Order, event: &OrderEvent, at: Timestamp) {
    match event {
        OrderEvent::Accepted { venue_id, venue_time, .. } => {
            order.venue_id = Some(venue_id.clone());
            order.pursuit.shaped_at = order.pursuit.shaped_at.max(*venue_time);
            prove(order, at);
        }
        OrderEvent::Triggered { .. } => {
            order.triggered = true;
            if !order.is_held() {
                prove(order, at);
            }
        }
        OrderEvent::Rejected { reason, .. } => say(order, reason),
        OrderEvent::Canceled { reason, .. } => {
            // Some venues cancel and replace by canceling the old order: no last word while a change is on its way.
            // The same may come late, after the change, where nobody here has asked for a cancel.
            let late = order.pursuit.changed && order.cancel_requested_at.is_none();
            order.pursuit.presumed |= late || order.replace.is_some();
            say(order, reason);
        }
        OrderEvent::CancelRequested { .. } => {
            order.cancel_requested_at = Some(at);
            order.pursuit.cancel = CancelStand::OnItsWay;
        }
        OrderEvent::CancelRejected { reason, not_sent, .. } => {
            order.pursuit.cancel = if order.is_proven() { CancelStand::None } else { CancelStand::Due };
            order.pursuit.cancels_refused += u32::from(!not_sent);
            say(order, reason);
        }
        OrderEvent::Unknown { told, .. } => {
            order.pursuit.told = told.unwrap_or_default().max(order.pursuit.told);
        }
        OrderEvent::Trailed { trigger, .. } => trail(order, *trigger),
        OrderEvent::ReplaceRequested { change, .. } => order.replace = Some((*change, at)),
        OrderEvent::Replaced { change, venue_time, .. } => {
            match order.replace {
                Some((asked, _)) if asked != *change => adopt_another(order, change),
                Some(_) | None => adopt(order, change),
            }
            if order.status != OrderStatus::Held {
                order.pursuit.changed = true;
                order.pursuit.shaped_at = order.pursuit.shaped_at.max(*venue_time);
                prove(order, at);
            }
        }
        OrderEvent::ReplaceRejected { reason, .. } => {
            order.replace = None;
            say(order, reason);
        }
        OrderEvent::Queried { .. } => {
            order.pursuit.asked += 1;
            order.pursuit.asked_at = Some(at);
        }
        OrderEvent::NotFound { checks, .. } => order.pursuit.absent = *checks,
        OrderEvent::Lost { reason, .. } => {
            order.pursuit.presumed = true;
            say(order, &reason.as_str().into());
        }
        OrderEvent::Vouched { reason, .. } => {
            order.pursuit.told = Qty::ZERO;
            prove(order, at);
            say(order, &reason.as_str().into());
        }
        OrderEvent::Submitted { .. }
        | OrderEvent::Held { .. }
        | OrderEvent::Filled { .. }
        | OrderEvent::Busted { .. }
        | OrderEvent::Expired { .. }
        | OrderEvent::Unmatched { .. }
        | OrderEvent::SetAside { .. } => {}
    }
}

fn prove(order: &mut Order, at: Timestamp) {
    order.acknowledged_at = order.acknowledged_at.or(Some(at));
    order.pursuit.absent = 0;
}

fn say(order: &mut Order, note: &DisplayText) {
    order.note = Some(note.clone());
}

fn adopt(order: &mut Order, change: &OrderChange) {
    order.request.qty = change.qty;
    order.request.kind = change.kind;
    order.replace = None;
}

/// A change other than the one on its way was made: that one stays on its way, and the worse of all is reserved.
fn adopt_another(order: &mut Order, change: &OrderChange) {
    order.request.qty = order.request.qty.max(change.qty);
    order.request.kind = change.kind;
}

fn trail(order: &mut Order, to: Price) {
    if let OrderKind::TrailingStop { trigger, .. } = &mut order.request.kind {
        *trigger = to;
    }
}
