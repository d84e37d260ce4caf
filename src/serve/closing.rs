//! Positions that are being closed while somebody waits: which they are, whether they rest, and which orders went for it.

use crate::model::{
    Cause, Command, ControlEvent, Envelope, Event, InstrumentId, OrderEvent, OrderId, Reason, Scope,
    StrategyId, Timestamp,
};
use crate::state::State;
use crate::wire::OrderRow;
use std::collections::BTreeSet;

/// Which positions a close covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Covers {
    One(StrategyId, InstrumentId),
    Of(Scope),
}

/// A close that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) covers: Covers,
    /// How many positions it began to close.
    pub(super) count: u32,
    /// The chain of events it began.
    pub(super) began: Cause,
    /// Why one of them was last held.
    pub(super) held: Option<Reason>,
}

impl Covers {
    /// Of a command, where it closes positions.
    pub(super) fn of(command: &Command) -> Option<Self> {
        if let Command::Close { strategy, instrument } = *command {
            return Some(Self::One(strategy, instrument));
        }
        if let Command::CloseAll { scope } = *command { Some(Self::Of(scope)) } else { None }
    }

    fn has(self, strategy: StrategyId, instrument: InstrumentId) -> bool {
        match self {
            Self::One(one, other) => (one, other) == (strategy, instrument),
            Self::Of(scope) => scope.covers(strategy, instrument),
        }
    }

    /// Why a position under it cannot be closed for now, where this event says so.
    pub(super) fn held_by(self, event: &Event) -> Option<Reason> {
        match event {
            Event::Control(
                ControlEvent::FlattenHeld { strategy, instrument, why }
                | ControlEvent::CloseEnded { strategy, instrument, why },
            ) if self.has(*strategy, *instrument) => Some(*why),
            Event::Control(_)
            | Event::Order(_)
            | Event::Denied { .. }
            | Event::Market(_)
            | Event::Account(_)
            | Event::Link(_)
            | Event::Batch(_)
            | Event::Risk(_) => None,
        }
    }

    /// Whether nothing more comes of it by itself: every position is flat, given up or held.
    pub(super) fn rests(self, state: &State) -> bool {
        state.closing.iter().all(|one| one.held || !self.has(one.strategy, one.instrument))
    }

    /// Positions under it that are still held, and whether they are still tried.
    pub(super) fn left(self, state: &State) -> (u32, bool) {
        let genesis = state.genesis();
        let pairs = genesis
            .strategy_ids()
            .flat_map(|strategy| genesis.instrument_ids().map(move |instrument| (strategy, instrument)));
        let open = pairs.filter(|(strategy, instrument)| {
            self.has(*strategy, *instrument) && !state.ledger.position(*strategy, *instrument).net.is_zero()
        });
        let tried = state.closing.iter().any(|one| self.has(one.strategy, one.instrument));
        (u32::try_from(open.count()).unwrap_or(u32::MAX), tried)
    }
}

impl Closing {
    /// What was asked to go so that it could leave: a working exit reserves all there is to reduce. Each as it stands now.
    pub(super) fn made_way(self, state: &State, now: Timestamp) -> Vec<OrderRow> {
        let log = || state.history.log.iter();
        let begins = |one: &&Envelope| {
            let is_one = matches!(one.event, Event::Control(ControlEvent::CloseBegan { .. }));
            is_one && one.cause == self.began
        };
        let began: BTreeSet<Cause> = log().filter(begins).map(|one| Cause(one.seq)).collect();
        let ids: BTreeSet<OrderId> =
            log().filter(|one| began.contains(&one.cause)).filter_map(|one| withdrawn(&one.event)).collect();
        let orders = ids.into_iter().filter_map(|id| state.orders.get(id));
        // What is left of an order that closes ends by itself.
        let others = orders.filter(|order| !order.request.is_closing());
        others.map(|order| OrderRow::of(state, order, now)).collect()
    }
}

/// The order that an event asks to go, or that the engine held and let go.
const fn withdrawn(event: &Event) -> Option<OrderId> {
    match event {
        Event::Order(OrderEvent::CancelRequested { id, .. } | OrderEvent::Canceled { id, .. }) => Some(*id),
        Event::Order(_)
        | Event::Control(_)
        | Event::Denied { .. }
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    }
}
