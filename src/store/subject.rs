//! What an event is about, in names: its topic and kind, whose it is, which order, who did it, which mode's log it belongs to.

use super::event_kind::{kind, topic};
use super::subject_ids::ids;
use super::tables::Names;
use crate::model::{
    Actor, ClientOrderId, ControlEvent, DisplayText, Envelope, Event, Instrument, InstrumentId, Mode,
    NewOrder, OrderEvent, OrderId, Qty, RunId, StrategyId,
};
use crate::state::{Genesis, State};
use std::collections::{BTreeMap, VecDeque};

/// Ended orders whose owner is still known: a venue may speak of an order long after it ended.
const ENDED_KEPT: usize = 10_000;

/// The names of a run, and whose each order is.
#[derive(Debug)]
pub(super) struct Roster {
    book: RunId,
    mode: Mode,
    strategies: Vec<DisplayText>,
    instruments: Vec<Instrument>,
    orders: BTreeMap<OrderId, Owner>,
    ended: VecDeque<OrderId>,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    strategy: StrategyId,
    instrument: InstrumentId,
    mode: Mode,
    leaves: Qty,
    client_id: ClientOrderId,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) topic: &'static str,
    pub(super) kind: &'static str,
    /// The log it belongs to. What is no order's belongs to the mode the run is in after it.
    pub(super) mode: Mode,
    pub(super) strategy: Option<DisplayText>,
    pub(super) instrument: Option<DisplayText>,
    pub(super) order: Option<OrderId>,
    pub(super) client_id: Option<ClientOrderId>,
    /// Who asked: `operator`, `watchdog`, `strategy:NAME` …
    pub(super) actor: Option<String>,
}

impl Roster {
    /// The names of a run before its first event.
    pub(super) fn new(genesis: &Genesis) -> Self {
        Self {
            book: genesis.book,
            mode: genesis.mode,
            strategies: genesis.strategies.iter().map(|info| info.name.clone()).collect(),
            instruments: genesis.instruments.clone(),
            orders: BTreeMap::new(),
            ended: VecDeque::new(),
        }
    }

    /// All names, for who writes rows elsewhere.
    pub(super) fn names(&self) -> Names {
        Names {
            strategies: self.strategies.clone(),
            instruments: self.instruments.iter().map(|one| one.symbol.clone()).collect(),
        }
    }

    /// Knows the orders of the book that the run continues.
    #[must_use]
    pub(super) fn on(mut self, state: &State) -> Self {
        for order in state.orders.closed().iter().chain(state.orders.open()) {
            let NewOrder { strategy, instrument, mode, .. } = order.request;
            let (leaves, client_id) = (order.leaves(), order.client_id);
            self.orders.insert(order.id, Owner { strategy, instrument, mode, leaves, client_id });
        }
        self.ended.extend(state.orders.closed().iter().map(|order| order.id));
        self
    }

    /// A strategy's name.
    pub(super) fn strategy(&self, id: StrategyId) -> Option<&DisplayText> {
        self.strategies.get(id.index())
    }

    /// An instrument's symbol.
    pub(super) fn instrument(&self, id: InstrumentId) -> Option<&DisplayText> {
        self.traded(id).map(|one| &one.symbol)
    }

    /// An instrument's contract.
    pub(super) fn traded(&self, id: InstrumentId) -> Option<&Instrument> {
        self.instruments.get(id.index())
    }

    /// Learns what later events leave out.
    pub(super) fn learn(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::Control(ControlEvent::Started { mode, .. } | ControlEvent::ModeSet { mode, .. }) => {
                self.mode = *mode;
            }
            Event::Order(order) => self.learn_order(order),
            Event::Control(_)
            | Event::Market(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Batch(_)
            | Event::Risk(_) => {}
        }
    }

    fn learn_order(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::Submitted { id, client_id, order, .. }
            | OrderEvent::Held { id, client_id, order, .. } => {
                let NewOrder { strategy, instrument, mode, qty, .. } = *order;
                self.orders
                    .insert(*id, Owner { strategy, instrument, mode, leaves: qty, client_id: *client_id });
            }
            OrderEvent::Filled { id, fill } => {
                let Some(owner) = self.orders.get_mut(id).filter(|owner| !owner.leaves.is_zero()) else {
                    return;
                };
                owner.leaves = owner.leaves.minus(fill.qty);
                if owner.leaves.is_zero() {
                    self.end(*id);
                }
            }
            OrderEvent::Rejected { id, .. }
            | OrderEvent::Canceled { id, .. }
            | OrderEvent::Expired { id, .. }
            | OrderEvent::Lost { id, .. } => self.end(*id),
            OrderEvent::Accepted { .. }
            | OrderEvent::Triggered { .. }
            | OrderEvent::CancelRequested { .. }
            | OrderEvent::CancelRejected { .. }
            | OrderEvent::Unknown { .. }
            | OrderEvent::SetAside { .. }
            | OrderEvent::Unmatched { .. }
            | OrderEvent::Trailed { .. }
            | OrderEvent::ReplaceRequested { .. }
            | OrderEvent::Replaced { .. }
            | OrderEvent::ReplaceRejected { .. }
            | OrderEvent::Queried { .. }
            | OrderEvent::NotFound { .. }
            | OrderEvent::Vouched { .. }
            | OrderEvent::Busted { .. } => {}
        }
    }

    fn end(&mut self, id: OrderId) {
        self.ended.push_back(id);
        if self.ended.len() > ENDED_KEPT
            && let Some(oldest) = self.ended.pop_front()
        {
            self.orders.remove(&oldest);
        }
    }

    /// What an event is about.
    pub(super) fn subject(&self, event: &Event) -> Subject {
        let mut ids = ids(event);
        let owner = ids.order.and_then(|order| self.orders.get(&order));
        if let Some(owner) = owner {
            ids.strategy = ids.strategy.or(Some(owner.strategy));
            ids.instrument = ids.instrument.or(Some(owner.instrument));
            ids.mode = ids.mode.or(Some(owner.mode));
        }
        let named = owner.map(|owner| owner.client_id);
        let derived = named.or_else(|| ids.order.map(|order| ClientOrderId::derive(self.book, order)));
        Subject {
            topic: topic(event.topic()),
            kind: kind(event),
            mode: ids.mode.unwrap_or(self.mode),
            strategy: ids.strategy.and_then(|id| self.strategy(id)).cloned(),
            instrument: ids.instrument.and_then(|id| self.instrument(id)).cloned(),
            order: ids.order,
            client_id: ids.client_id.or(derived),
            actor: ids.actor.map(|actor| self.actor(actor)),
        }
    }

    /// Who, in a word.
    pub(super) fn actor(&self, actor: Actor) -> String {
        match actor {
            Actor::Strategy(id) => match self.strategy(id) {
                Some(name) => format!("strategy:{name}"),
                None => format!("strategy:{}", id.get()),
            },
            Actor::Operator
            | Actor::Cli
            | Actor::Signal
            | Actor::File
            | Actor::Watchdog
            | Actor::Supervisor => actor.as_str().to_owned(),
        }
    }
}
