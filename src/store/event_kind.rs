//! The words of the log for topics and kinds of events: what a query names.

use crate::model::{
    AccountEvent, BatchEvent, ControlEvent, Event, LinkEvent, MarketEvent, OrderEvent, RiskEvent, Topic,
};

/// A topic's word.
pub(super) const fn topic(topic: Topic) -> &'static str {
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
#[expect(clippy::too_many_lines, reason = "one line an event")]
pub(super) const fn kind(event: &Event) -> &'static str {
    match event {
        Event::Market(market) => match market {
            MarketEvent::Quote(_) => "quote",
            MarketEvent::Bar(_) => "bar",
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
            AccountEvent::Opened { .. } => "opened",
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
