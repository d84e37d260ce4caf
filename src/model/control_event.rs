//! Control events: what humans, watchdogs and the engine decided.

use super::{
    Actor, Arming, ClockFact, DisplayText, InstrumentId, KillLevel, Label, Mode, Money, NetQty, Reason,
    Recovery, Refusal, Request, RequestId, Scope, Span, StrategyId, Timestamp, Trigger,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What humans, watchdogs and the engine decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ControlEvent {
    /// The run began.
    Started {
        mode: Mode,
        halted: bool,
        /// What was found of the book it continues; `None` where it begins one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recovered: Option<Box<Recovery>>,
    },
    KillRaised {
        level: KillLevel,
        scope: Scope,
        actor: Actor,
        reason: Reason,
        request: Option<RequestId>,
    },
    Resumed {
        actor: Actor,
        reason: Reason,
        request: Option<RequestId>,
    },
    Armed {
        strategy: StrategyId,
        actor: Actor,
        request: Option<RequestId>,
    },
    Disarmed {
        strategy: StrategyId,
        actor: Actor,
        reason: Reason,
        request: Option<RequestId>,
    },
    /// A strategy panicked: it is disarmed and its orders are canceled.
    StrategyFailed {
        strategy: StrategyId,
        message: DisplayText,
    },
    /// The run ends for one in another mode; or, in the mode it is in: a human has armed it again, or, without an arming,
    /// its time is over and it only reduces.
    ModeSet {
        mode: Mode,
        actor: Actor,
        request: Option<RequestId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arming: Option<Arc<Arming>>,
    },
    Refused {
        /// Boxed: it is rare and long, and every event in the log has the size of the longest.
        request: Box<Request>,
        refusal: Refusal,
    },
    /// A loss limit was reached.
    LossLimit {
        scope: Scope,
        loss: Money,
        limit: Money,
    },
    /// The broker's account and ours differ, line by line, after both had booked the same fills.
    Mismatch {
        instrument: Option<InstrumentId>,
        detail: DisplayText,
        /// Its line's number in this run.
        #[serde(default)]
        line: u32,
    },
    /// The comparison of our books with the broker's begins: it is asked for its open orders and its account.
    ReconcileBegan {
        why: Reason,
        actor: Actor,
        request: Option<RequestId>,
    },
    /// A human takes a line on which the books differ as it is.
    DifferenceAccepted {
        line: u32,
        actor: Actor,
        reason: Reason,
        request: Option<RequestId>,
    },
    /// A condition the watchdog watches has lasted long enough to act: K0 only tells. The kills it raises carry its
    /// number as their cause.
    Alarm {
        trigger: Trigger,
        /// What it is about: a venue, a link, an instrument; together with the trigger it names the alarm.
        subject: Label,
        level: KillLevel,
        /// How long the condition has lasted.
        held: Span,
        detail: DisplayText,
    },
    /// The condition no longer holds. What was killed stays killed until a human resumes.
    AlarmOver {
        trigger: Trigger,
        subject: Label,
    },
    /// Something was wrong with the clocks.
    Clock {
        what: ClockFact,
    },
    /// A position that is to be closed cannot be yet, and why; it is tried again.
    FlattenHeld {
        strategy: StrategyId,
        instrument: InstrumentId,
        why: Reason,
    },
    /// A position is being closed: its orders are canceled, then it is closed at market until it is flat.
    CloseBegan {
        strategy: StrategyId,
        instrument: InstrumentId,
        actor: Actor,
        request: Option<RequestId>,
    },
    /// A close was given up: what is left cannot be closed by an order.
    CloseEnded {
        strategy: StrategyId,
        instrument: InstrumentId,
        why: Reason,
    },
    /// An instrument's day ends at `close`: the entries of intraday strategies in it are canceled and their positions
    /// closed. Said once a day, where there is something to do.
    SessionEnd {
        instrument: InstrumentId,
        /// By the venue's clock.
        close: Timestamp,
    },
    /// A position of an intraday strategy is still open shortly before the close.
    SessionLate {
        strategy: StrategyId,
        instrument: InstrumentId,
        close: Timestamp,
        net: NetQty,
    },
    /// A future that a strategy holds ends soon; `into` is the one to roll into, where the master has one. Said once a
    /// day.
    RollDue {
        strategy: StrategyId,
        instrument: InstrumentId,
        /// By the venue's clock.
        expiry: Timestamp,
        into: Option<InstrumentId>,
    },
    /// A human has seen an alert.
    Acknowledged {
        alert: u32,
        actor: Actor,
        request: Option<RequestId>,
    },
    /// A command to several orders or positions was carried out.
    Done {
        request: RequestId,
        actor: Actor,
        orders: u32,
    },
}
