//! Groups of orders whose fills act on each other.
//!
//! A group is an entry with its exits (bracket), two orders of which one ends the other (OCO), or one held exit by
//! itself. Its arithmetic is two sums, what was entered and what has been exited; what is held is sized by their
//! difference in the same fold, so that no moment exists in which an exit is larger than what it protects.

use super::ledger::Ledger;
use super::orders::Orders;
use crate::model::{
    Fill, InstrumentId, LinkRole, NewOrder, Order, OrderChange, OrderEvent, OrderId, OrderKind, Price, Qty,
    StrategyId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// An exit of a group: the order that stands for it now, and the order as it was first held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    pub order: OrderId,
    /// For a trailing stop with the trigger where it last stood.
    pub plan: NewOrder,
    /// When it took the place of one that failed, by our clock.
    pub again: Option<Timestamp>,
    /// Whether it has a successor should it fail: not after somebody wanted it gone. Its late fills count all the same.
    pub wanted: bool,
}

/// Orders whose fills act on each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The first order of the group.
    pub id: OrderId,
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    /// The order whose fills wake the exits; `None` where they are awake from the start.
    pub entry: Option<OrderId>,
    /// What the exits are there to close: what the entry has filled, or what was intended.
    pub entered: Qty,
    /// What the exits have filled.
    pub exited: Qty,
    /// Two at most that are wanted.
    pub exits: Vec<Exit>,
    /// Whether it was told that more came out than was to.
    pub told: bool,
}

/// The groups that have not ended. Bounded by the limit of open orders: each has an open order or a position to close.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Groups {
    list: Vec<Group>,
}

impl Group {
    /// What is left to exit.
    pub fn remaining(&self) -> Qty {
        self.entered.minus(self.exited)
    }

    /// Whether its exits have nothing to do: nothing has been entered, or all of it is out again.
    pub fn is_asleep(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Whether its exits only ever reduce.
    pub fn protects(&self) -> bool {
        self.exits.iter().all(|exit| exit.plan.reduce_only)
    }

    /// Whether more came out than was to, and nobody has been told.
    pub fn is_to_be_told(&self) -> bool {
        self.exited > self.entered && !self.told
    }

    /// Whether its entry may still fill.
    pub fn is_entering(&self, orders: &Orders) -> bool {
        self.entry.is_some_and(|id| is_open(orders, id))
    }

    /// Makes what is held as large as what is left.
    fn size(&self, orders: &mut Orders) {
        let left = self.remaining();
        if !left.is_zero() {
            for exit in &self.exits {
                orders.resize_held(exit.order, left);
            }
        }
    }

    fn has(&self, id: OrderId) -> bool {
        self.id == id || self.entry == Some(id) || self.exits.iter().any(|exit| exit.order == id)
    }

    /// Whether anything can still come of it.
    fn is_over(&self, orders: &Orders, ledger: &Ledger) -> bool {
        // What was overfilled stays until that has been told.
        let open = |exit: &Exit| is_open(orders, exit.order);
        if self.is_to_be_told() || self.is_entering(orders) || self.exits.iter().any(open) {
            return false;
        }
        let held = ledger.position(self.strategy, self.instrument).net.side();
        let closes =
            |exit: &Exit| exit.wanted && exit.plan.reduce_only && held == Some(exit.plan.side.opposite());
        self.is_asleep() || !self.exits.iter().any(closes)
    }

    /// Takes an order in as an exit: in the place of the one it follows, or as another one.
    fn join(&mut self, id: OrderId, plan: NewOrder, orders: &Orders, at: Timestamp) {
        let ended =
            |exit: &&mut Exit| exit.wanted && exit.plan.kind == plan.kind && !is_open(orders, exit.order);
        match self.exits.iter_mut().find(ended) {
            Some(exit) => *exit = Exit { order: id, plan, again: Some(at), wanted: true },
            None => self.exits.push(Exit { order: id, plan, again: None, wanted: true }),
        }
    }
}

impl Groups {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, oldest first.
    pub fn all(&self) -> &[Group] {
        &self.list
    }

    /// The group an order belongs to, if it has not ended.
    pub fn of(&self, id: OrderId) -> Option<&Group> {
        self.list.iter().find(|group| group.has(id))
    }

    fn of_mut(&mut self, id: OrderId) -> Option<&mut Group> {
        self.list.iter_mut().find(|group| group.has(id))
    }

    /// Before an order ends: an exit that somebody wanted gone has no successor.
    pub(super) fn ends(&mut self, event: &OrderEvent, orders: &Orders) {
        let (OrderEvent::Canceled { id, .. }
        | OrderEvent::Rejected { id, .. }
        | OrderEvent::Expired { id, .. }
        | OrderEvent::Lost { id, .. }) = event
        else {
            return;
        };
        let unwanted =
            orders.get(*id).is_some_and(|order| order.is_held() || order.cancel_requested_at.is_some());
        if unwanted && let Some(group) = self.of_mut(*id) {
            let exit = group.exits.iter_mut().find(|exit| exit.order == *id);
            if let Some(exit) = exit {
                exit.wanted = false;
            }
        }
    }

    /// After an event of an order has been folded.
    pub(super) fn apply(&mut self, event: &OrderEvent, orders: &mut Orders, at: Timestamp) {
        match event {
            OrderEvent::Submitted { id, order, link, .. } | OrderEvent::Held { id, order, link, .. } => {
                let alone = order.reduce_only && orders.get(*id).is_some_and(Order::is_held);
                match link {
                    Some(link) => self.enter((*id, order), (link.group, link.role), orders, at),
                    None if alone => self.enter((*id, order), (*id, LinkRole::Exit), orders, at),
                    None => {}
                }
            }
            OrderEvent::Trailed { id, trigger } => {
                let exits = self.list.iter_mut().flat_map(|group| &mut group.exits);
                for exit in exits.filter(|exit| exit.order == *id) {
                    exit.plan.kind = trailed(exit.plan.kind, *trigger);
                }
            }
            OrderEvent::Replaced { id, change, .. } => self.replace(*id, *change, orders),
            OrderEvent::Filled { id, fill } => self.fill(*id, fill, Qty::plus, orders),
            OrderEvent::Busted { id, fill, .. } => self.fill(*id, fill, Qty::minus, orders),
            OrderEvent::Accepted { .. }
            | OrderEvent::Rejected { .. }
            | OrderEvent::Triggered { .. }
            | OrderEvent::CancelRequested { .. }
            | OrderEvent::CancelRejected { .. }
            | OrderEvent::Canceled { .. }
            | OrderEvent::Expired { .. }
            | OrderEvent::Unknown { .. }
            | OrderEvent::Unmatched { .. }
            | OrderEvent::SetAside { .. }
            | OrderEvent::ReplaceRequested { .. }
            | OrderEvent::ReplaceRejected { .. }
            | OrderEvent::Queried { .. }
            | OrderEvent::NotFound { .. }
            | OrderEvent::Lost { .. }
            | OrderEvent::Vouched { .. } => {}
        }
    }

    /// It was told that an order's group filled too much.
    pub(super) fn tell(&mut self, id: OrderId, orders: &Orders, ledger: &Ledger) {
        if let Some(group) = self.of_mut(id) {
            group.told = true;
        }
        self.tidy(orders, ledger);
    }

    /// Forgets the groups nothing can come of.
    pub(super) fn tidy(&mut self, orders: &Orders, ledger: &Ledger) {
        self.list.retain(|group| !group.is_over(orders, ledger));
    }

    fn enter(
        &mut self,
        (id, order): (OrderId, &NewOrder),
        (first, role): (OrderId, LinkRole),
        orders: &Orders,
        at: Timestamp,
    ) {
        // A held order that is released is known already.
        if self.of(id).is_some() {
            return;
        }
        if !self.list.iter().any(|group| group.id == first) {
            let (entry, entered) = match role {
                LinkRole::Entry => (Some(id), Qty::ZERO),
                LinkRole::Exit => (None, order.qty),
            };
            let (strategy, instrument) = (order.strategy, order.instrument);
            let (exited, exits) = (Qty::ZERO, Vec::with_capacity(2));
            self.list.push(Group {
                id: first,
                strategy,
                instrument,
                entry,
                entered,
                exited,
                exits,
                told: false,
            });
        }
        if role == LinkRole::Exit
            && let Some(group) = self.list.iter_mut().find(|group| group.id == first)
        {
            group.join(id, *order, orders, at);
        }
    }

    /// Takes a change of an exit. The size of a bracket's exits follows its entry, whatever is asked for; else what is
    /// intended is what is asked for now.
    fn replace(&mut self, id: OrderId, change: OrderChange, orders: &mut Orders) {
        let Some(group) = self.of_mut(id) else { return };
        let Some(exit) = group.exits.iter_mut().find(|exit| exit.order == id) else { return };
        exit.plan.kind = change.kind;
        if group.entry.is_none() {
            let filled = orders.get(id).map_or(Qty::ZERO, |order| order.filled);
            group.entered = group.exited.plus(change.qty.minus(filled));
        }
        group.size(orders);
    }

    /// Counts a fill and sizes what is held to what is left.
    fn fill(&mut self, id: OrderId, fill: &Fill, count: fn(Qty, Qty) -> Qty, orders: &mut Orders) {
        let Some(group) = self.of_mut(id) else { return };
        if group.entry == Some(id) {
            group.entered = count(group.entered, fill.qty);
        } else {
            group.exited = count(group.exited, fill.qty);
        }
        group.size(orders);
    }
}

/// Whether an order is open, without a look at the long list of those that have ended.
fn is_open(orders: &Orders, id: OrderId) -> bool {
    orders.open().binary_search_by_key(&id, |order| order.id).is_ok()
}

/// What a held order's row says until something happens to it: nothing at the broker stands for it.
pub const HELD: &str = "held by the engine: it is watched while the engine runs";

/// A trailing stop with its trigger elsewhere.
const fn trailed(kind: OrderKind, to: Price) -> OrderKind {
    match kind {
        OrderKind::TrailingStop { trail, .. } => OrderKind::TrailingStop { trigger: to, trail },
        OrderKind::Market
        | OrderKind::Limit { .. }
        | OrderKind::Stop { .. }
        | OrderKind::StopLimit { .. } => kind,
    }
}
