//! Whom and what an event is about, in numbers: what it says itself, before names and what was learnt are added.

use crate::model::{
    AccountEvent, Actor, BatchEvent, ClientOrderId, Command, ControlEvent, Event, InstrumentId, Mode,
    NewOrder, OrderEvent, OrderId, RiskEvent, Scope, SmartOrder, SplitOrder, StrategyId,
};

/// The ids an event speaks of, before they are names.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ids {
    pub(super) strategy: Option<StrategyId>,
    pub(super) instrument: Option<InstrumentId>,
    pub(super) order: Option<OrderId>,
    pub(super) client_id: Option<ClientOrderId>,
    pub(super) mode: Option<Mode>,
    pub(super) actor: Option<Actor>,
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

/// Whom and what an event is about, as far as it says so itself.
pub(super) fn ids(event: &Event) -> Ids {
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
        AccountEvent::Snapshot { .. }
        | AccountEvent::Opened { .. }
        | AccountEvent::Asked
        | AccountEvent::Orders { .. } => Ids::default(),
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
        | Command::ArmLive { .. }
        | Command::Decide { .. }
        | Command::SetLimit { .. }
        | Command::ConfirmLimit { .. }
        | Command::Reconcile
        | Command::AcceptDifference { .. }
        | Command::Acknowledge { .. } => Ids::default(),
    }
}
