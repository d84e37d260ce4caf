//! What an event is about, in names: its topic and kind, whose it is, which order, who did it, which mode's log it belongs to.

use crate::model::{
    AccountEvent, Actor, BatchEvent, ClientOrderId, Command, ControlEvent, DisplayText, Envelope, Event,
    InstrumentId, LinkEvent, MarketEvent, Mode, NewOrder, OrderEvent, OrderId, Qty, RiskEvent, RunId, Scope,
    SmartOrder, SplitOrder, StrategyId, Topic,
};
use crate::state::Genesis;
use std::collections::{BTreeMap, VecDeque};

/// Ended orders whose owner is still known: a venue may speak of an order long after it ended.
const ENDED_KEPT: usize = 10_000;

/// The names of a run, and whose each order is.
#[derive(Debug)]
pub(super) struct Roster {
    book: RunId,
    mode: Mode,
    strategies: Vec<DisplayText>,
    instruments: Vec<DisplayText>,
    orders: BTreeMap<OrderId, Owner>,
    ended: VecDeque<OrderId>,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    strategy: StrategyId,
    instrument: InstrumentId,
    mode: Mode,
    leaves: Qty,
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

/// The ids an event speaks of, before they are names.
#[derive(Debug, Clone, Copy, Default)]
struct Ids {
    strategy: Option<StrategyId>,
    instrument: Option<InstrumentId>,
    order: Option<OrderId>,
    client_id: Option<ClientOrderId>,
    mode: Option<Mode>,
    actor: Option<Actor>,
}

impl Roster {
    /// The names of a run before its first event.
    pub(super) fn new(genesis: &Genesis) -> Self {
        Self {
            book: genesis.book,
            mode: genesis.mode,
            strategies: genesis.strategies.iter().map(|info| info.name.clone()).collect(),
            instruments: genesis.instruments.iter().map(|one| one.symbol.clone()).collect(),
            orders: BTreeMap::new(),
            ended: VecDeque::new(),
        }
    }

    /// A strategy's name.
    pub(super) fn strategy(&self, id: StrategyId) -> Option<&DisplayText> {
        self.strategies.get(id.index())
    }

    /// An instrument's symbol.
    pub(super) fn instrument(&self, id: InstrumentId) -> Option<&DisplayText> {
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
            OrderEvent::Submitted { id, order, .. } | OrderEvent::Held { id, order, .. } => {
                let NewOrder { strategy, instrument, mode, qty, .. } = *order;
                self.orders.insert(*id, Owner { strategy, instrument, mode, leaves: qty });
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
        if let Some(owner) = ids.order.and_then(|order| self.orders.get(&order)) {
            ids.strategy = ids.strategy.or(Some(owner.strategy));
            ids.instrument = ids.instrument.or(Some(owner.instrument));
            ids.mode = ids.mode.or(Some(owner.mode));
        }
        let derived = ids.order.map(|order| ClientOrderId::derive(self.book, order));
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

impl Ids {
    fn of_order(order: &NewOrder, actor: Actor) -> Self {
        Self {
            strategy: Some(order.strategy),
            instrument: Some(order.instrument),
            mode: Some(order.mode),
            actor: Some(actor),
            ..Self::default()
        }
    }

    fn of_scope(scope: Scope) -> Self {
        match scope {
            Scope::All => Self::default(),
            Scope::Strategy(id) => Self { strategy: Some(id), ..Self::default() },
            Scope::Instrument(id) => Self { instrument: Some(id), ..Self::default() },
        }
    }
}

fn ids(event: &Event) -> Ids {
    match event {
        Event::Market(market) => Ids { instrument: Some(market.instrument()), ..Ids::default() },
        Event::Order(order) => order_ids(order),
        Event::Denied { order, actor, .. } => Ids::of_order(order, *actor),
        Event::Account(account) => account_ids(account),
        Event::Link(_) => Ids::default(),
        Event::Control(control) => control_ids(control),
        Event::Batch(batch) => batch_ids(batch),
        Event::Risk(risk) => risk_ids(risk),
    }
}

fn account_ids(event: &AccountEvent) -> Ids {
    match event {
        AccountEvent::Snapshot { .. } | AccountEvent::Asked | AccountEvent::Orders { .. } => Ids::default(),
        AccountEvent::Funding { strategy, instrument, .. } => {
            Ids { strategy: Some(*strategy), instrument: Some(*instrument), ..Ids::default() }
        }
        AccountEvent::Settled { instrument, .. } => Ids { instrument: Some(*instrument), ..Ids::default() },
        AccountEvent::Claimed { strategy, instrument, actor, .. } => Ids {
            strategy: Some(*strategy),
            instrument: Some(*instrument),
            actor: Some(*actor),
            ..Ids::default()
        },
    }
}

fn batch_ids(event: &BatchEvent) -> Ids {
    match event {
        BatchEvent::Began { batch, actor, .. } | BatchEvent::Denied { batch, actor, .. } => Ids {
            strategy: Some(batch.strategy),
            mode: Some(batch.mode),
            actor: Some(*actor),
            ..Ids::default()
        },
        BatchEvent::Decided { actor, .. } => Ids { actor: Some(*actor), ..Ids::default() },
        BatchEvent::Stopped { .. } | BatchEvent::Completed { .. } => Ids::default(),
    }
}

fn risk_ids(event: &RiskEvent) -> Ids {
    match event {
        RiskEvent::Exit { strategy, instrument, .. } => {
            Ids { strategy: Some(*strategy), instrument: *instrument, ..Ids::default() }
        }
        RiskEvent::Stage { strategy, .. } | RiskEvent::ArmedBase { strategy, .. } => {
            Ids { strategy: Some(*strategy), ..Ids::default() }
        }
        RiskEvent::DayBase { strategy, .. } => Ids { strategy: *strategy, ..Ids::default() },
        RiskEvent::LimitSet { actor, .. } | RiskEvent::LoosenAsked { actor, .. } => {
            Ids { actor: Some(*actor), ..Ids::default() }
        }
        RiskEvent::Tripped { scope, .. } => Ids::of_scope(*scope),
        RiskEvent::Unprotected { strategy, instrument, order, .. }
        | RiskEvent::Overfilled { strategy, instrument, order, .. } => Ids {
            strategy: Some(*strategy),
            instrument: Some(*instrument),
            order: Some(*order),
            ..Ids::default()
        },
    }
}

fn order_ids(event: &OrderEvent) -> Ids {
    match event {
        OrderEvent::Submitted { id, client_id, order, actor, .. }
        | OrderEvent::Held { id, client_id, order, actor, .. } => {
            Ids { order: Some(*id), client_id: Some(*client_id), ..Ids::of_order(order, *actor) }
        }
        OrderEvent::Filled { id, fill } | OrderEvent::Busted { id, fill, .. } => Ids {
            order: Some(*id),
            strategy: Some(fill.strategy),
            instrument: Some(fill.instrument),
            mode: Some(fill.mode),
            ..Ids::default()
        },
        OrderEvent::CancelRequested { id, client_id, actor, .. }
        | OrderEvent::ReplaceRequested { id, client_id, actor, .. } => {
            Ids { order: Some(*id), client_id: Some(*client_id), actor: Some(*actor), ..Ids::default() }
        }
        OrderEvent::SetAside { client_id, .. } => Ids { client_id: Some(*client_id), ..Ids::default() },
        OrderEvent::Unmatched { client_id, .. } => {
            Ids { client_id: Some(*client_id), strategy: Some(StrategyId::EXTERNAL), ..Ids::default() }
        }
        OrderEvent::Accepted { .. }
        | OrderEvent::Rejected { .. }
        | OrderEvent::Triggered { .. }
        | OrderEvent::CancelRejected { .. }
        | OrderEvent::Canceled { .. }
        | OrderEvent::Expired { .. }
        | OrderEvent::Unknown { .. }
        | OrderEvent::Trailed { .. }
        | OrderEvent::Replaced { .. }
        | OrderEvent::ReplaceRejected { .. }
        | OrderEvent::Queried { .. }
        | OrderEvent::NotFound { .. } => Ids { order: event.id(), ..Ids::default() },
        OrderEvent::Lost { id, actor, .. } | OrderEvent::Vouched { id, actor, .. } => {
            Ids { order: Some(*id), actor: Some(*actor), ..Ids::default() }
        }
    }
}

fn control_ids(event: &ControlEvent) -> Ids {
    match event {
        ControlEvent::Started { .. }
        | ControlEvent::Alarm { .. }
        | ControlEvent::AlarmOver { .. }
        | ControlEvent::Clock { .. } => Ids::default(),
        ControlEvent::KillRaised { scope, actor, .. } => Ids { actor: Some(*actor), ..Ids::of_scope(*scope) },
        ControlEvent::Resumed { actor, .. }
        | ControlEvent::ModeSet { actor, .. }
        | ControlEvent::Acknowledged { actor, .. }
        | ControlEvent::ReconcileBegan { actor, .. }
        | ControlEvent::DifferenceAccepted { actor, .. }
        | ControlEvent::Done { actor, .. } => Ids { actor: Some(*actor), ..Ids::default() },
        ControlEvent::Armed { strategy, actor, .. } | ControlEvent::Disarmed { strategy, actor, .. } => {
            Ids { strategy: Some(*strategy), actor: Some(*actor), ..Ids::default() }
        }
        ControlEvent::StrategyFailed { strategy, .. } => Ids { strategy: Some(*strategy), ..Ids::default() },
        ControlEvent::Refused { request, .. } => {
            Ids { actor: Some(request.actor), ..command_ids(&request.command) }
        }
        ControlEvent::LossLimit { scope, .. } => Ids::of_scope(*scope),
        ControlEvent::Mismatch { instrument, .. } => Ids { instrument: *instrument, ..Ids::default() },
        ControlEvent::SessionEnd { instrument, .. } => {
            Ids { instrument: Some(*instrument), ..Ids::default() }
        }
        ControlEvent::FlattenHeld { strategy, instrument, .. }
        | ControlEvent::SessionLate { strategy, instrument, .. }
        | ControlEvent::RollDue { strategy, instrument, .. }
        | ControlEvent::CloseEnded { strategy, instrument, .. } => {
            Ids { strategy: Some(*strategy), instrument: Some(*instrument), ..Ids::default() }
        }
        ControlEvent::CloseBegan { strategy, instrument, actor, .. } => Ids {
            strategy: Some(*strategy),
            instrument: Some(*instrument),
            actor: Some(*actor),
            ..Ids::default()
        },
    }
}

fn command_ids(command: &Command) -> Ids {
    match command {
        Command::Submit { order } => Ids {
            strategy: Some(order.strategy),
            instrument: Some(order.instrument),
            mode: Some(order.mode),
            ..Ids::default()
        },
        Command::Cancel { order } | Command::Replace { order, .. } | Command::Resolve { order, .. } => {
            Ids { order: Some(*order), ..Ids::default() }
        }
        Command::CancelAll { scope } | Command::Kill { scope, .. } | Command::CloseAll { scope } => {
            Ids::of_scope(*scope)
        }
        Command::Smart { order: SmartOrder { strategy, instrument, mode, .. } }
        | Command::Split { order: SplitOrder { parent: NewOrder { strategy, instrument, mode, .. }, .. } }
        | Command::Bracket { entry: NewOrder { strategy, instrument, mode, .. }, .. }
        | Command::Oco { one: NewOrder { strategy, instrument, mode, .. }, .. } => Ids {
            strategy: Some(*strategy),
            instrument: Some(*instrument),
            mode: Some(*mode),
            ..Ids::default()
        },
        Command::Basket { batch } => {
            Ids { strategy: Some(batch.strategy), mode: Some(batch.mode), ..Ids::default() }
        }
        Command::Options { order } => Ids {
            strategy: Some(order.strategy),
            instrument: Some(order.underlying),
            mode: Some(order.mode),
            ..Ids::default()
        },
        Command::Close { strategy, instrument } | Command::Claim { strategy, instrument, .. } => {
            Ids { strategy: Some(*strategy), instrument: Some(*instrument), ..Ids::default() }
        }
        Command::Arm { strategy } | Command::Disarm { strategy, .. } => {
            Ids { strategy: Some(*strategy), ..Ids::default() }
        }
        Command::Resume { .. }
        | Command::SetMode { .. }
        | Command::Decide { .. }
        | Command::SetLimit { .. }
        | Command::ConfirmLimit { .. }
        | Command::Reconcile
        | Command::AcceptDifference { .. }
        | Command::Acknowledge { .. } => Ids::default(),
    }
}

/// A topic's word.
const fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Market => "market",
        Topic::Order => "order",
        Topic::Risk => "risk",
        Topic::Account => "account",
        Topic::Link => "link",
        Topic::Control => "control",
        Topic::Batch => "batch",
    }
}

/// An event's kind: the `kind` of its payload, `denied` for an order the gate refused.
const fn kind(event: &Event) -> &'static str {
    match event {
        Event::Market(market) => match market {
            MarketEvent::Quote(_) => "quote",
            MarketEvent::Trade(_) => "trade",
            MarketEvent::Depth(_) => "depth",
            MarketEvent::Quarantined { .. } => "quarantined",
            MarketEvent::Trusted { .. } => "trusted",
            MarketEvent::Stale { .. } => "stale",
            MarketEvent::Fresh { .. } => "fresh",
            MarketEvent::Dropped { .. } => "dropped",
            MarketEvent::Looped { .. } => "looped",
        },
        Event::Order(order) => match order {
            OrderEvent::Submitted { .. } => "submitted",
            OrderEvent::Accepted { .. } => "accepted",
            OrderEvent::Rejected { .. } => "rejected",
            OrderEvent::Triggered { .. } => "triggered",
            OrderEvent::Filled { .. } => "filled",
            OrderEvent::CancelRequested { .. } => "cancel_requested",
            OrderEvent::CancelRejected { .. } => "cancel_rejected",
            OrderEvent::Canceled { .. } => "canceled",
            OrderEvent::Expired { .. } => "expired",
            OrderEvent::Unknown { .. } => "unknown",
            OrderEvent::Unmatched { .. } => "unmatched",
            OrderEvent::SetAside { .. } => "set_aside",
            OrderEvent::Held { .. } => "held",
            OrderEvent::Trailed { .. } => "trailed",
            OrderEvent::ReplaceRequested { .. } => "replace_requested",
            OrderEvent::Replaced { .. } => "replaced",
            OrderEvent::ReplaceRejected { .. } => "replace_rejected",
            OrderEvent::Queried { .. } => "queried",
            OrderEvent::NotFound { .. } => "not_found",
            OrderEvent::Lost { .. } => "lost",
            OrderEvent::Vouched { .. } => "vouched",
            OrderEvent::Busted { .. } => "busted",
        },
        Event::Denied { .. } => "denied",
        Event::Account(account) => match account {
            AccountEvent::Snapshot { .. } => "snapshot",
            AccountEvent::Asked => "asked",
            AccountEvent::Orders { .. } => "orders",
            AccountEvent::Funding { .. } => "funding",
            AccountEvent::Claimed { .. } => "claimed",
            AccountEvent::Settled { .. } => "settled",
        },
        Event::Batch(batch) => match batch {
            BatchEvent::Began { .. } => "began",
            BatchEvent::Denied { .. } => "denied",
            BatchEvent::Stopped { .. } => "stopped",
            BatchEvent::Decided { .. } => "decided",
            BatchEvent::Completed { .. } => "completed",
        },
        Event::Risk(risk) => match risk {
            RiskEvent::Exit { .. } => "exit",
            RiskEvent::Stage { .. } => "stage",
            RiskEvent::LimitSet { .. } => "limit_set",
            RiskEvent::LoosenAsked { .. } => "loosen_asked",
            RiskEvent::Tripped { .. } => "tripped",
            RiskEvent::Unprotected { .. } => "unprotected",
            RiskEvent::Overfilled { .. } => "overfilled",
            RiskEvent::DayBase { .. } => "day_base",
            RiskEvent::ArmedBase { .. } => "armed_base",
        },
        Event::Link(link) => match link {
            LinkEvent::Up { .. } => "up",
            LinkEvent::Down { .. } => "down",
            LinkEvent::Silent { .. } => "silent",
            LinkEvent::Subscriber { .. } => "subscriber",
        },
        Event::Control(control) => control_kind(control),
    }
}

const fn control_kind(control: &ControlEvent) -> &'static str {
    match control {
        ControlEvent::Started { .. } => "started",
        ControlEvent::KillRaised { .. } => "kill_raised",
        ControlEvent::Resumed { .. } => "resumed",
        ControlEvent::Armed { .. } => "armed",
        ControlEvent::Disarmed { .. } => "disarmed",
        ControlEvent::StrategyFailed { .. } => "strategy_failed",
        ControlEvent::ModeSet { .. } => "mode_set",
        ControlEvent::Refused { .. } => "refused",
        ControlEvent::LossLimit { .. } => "loss_limit",
        ControlEvent::Mismatch { .. } => "mismatch",
        ControlEvent::ReconcileBegan { .. } => "reconcile_began",
        ControlEvent::DifferenceAccepted { .. } => "difference_accepted",
        ControlEvent::Alarm { .. } => "alarm",
        ControlEvent::AlarmOver { .. } => "alarm_over",
        ControlEvent::Clock { .. } => "clock",
        ControlEvent::FlattenHeld { .. } => "flatten_held",
        ControlEvent::CloseBegan { .. } => "close_began",
        ControlEvent::CloseEnded { .. } => "close_ended",
        ControlEvent::Done { .. } => "done",
        ControlEvent::Acknowledged { .. } => "acknowledged",
        ControlEvent::SessionEnd { .. } => "session_end",
        ControlEvent::SessionLate { .. } => "session_late",
        ControlEvent::RollDue { .. } => "roll_due",
    }
}
