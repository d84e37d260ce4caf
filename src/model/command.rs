//! Commands: the kind of input that may be refused, and who gives it.

use super::{
    Arming, BatchDecision, BatchId, InstrumentId, KillLevel, LimitKey, Measure, Mode, Moneyness, NetQty,
    NewBatch, NewOrder, OptionsOrder, OrderChange, OrderId, Price, Reason, Right, Scope, SmartOrder,
    SplitOrder, StrategyId, Trigger,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Names a request of a session, so that its answer can be told from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "actor", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A human at the screen.
    Operator,
    /// A human or script at the control socket.
    Cli,
    /// A signal to the process.
    Signal,
    /// The `KILL` file in the data directory.
    File,
    Strategy(StrategyId),
    /// The engine's own rules: loss limits, kill follow-up, strategy quarantine.
    Watchdog,
    /// The stopwatch and dead-man thread around the core.
    Supervisor,
}

/// An imperative. Everything that can be asked of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    Submit {
        order: NewOrder,
    },
    Cancel {
        order: OrderId,
    },
    CancelAll {
        scope: Scope,
    },
    /// Close a strategy's position in an instrument: reduce-only, at market.
    Close {
        strategy: StrategyId,
        instrument: InstrumentId,
    },
    Kill {
        level: KillLevel,
        scope: Scope,
        reason: Reason,
    },
    /// Lower every kill to K0. Human only, with a reason, refused while something is unproven.
    Resume {
        reason: Reason,
    },
    Arm {
        strategy: StrategyId,
    },
    Disarm {
        strategy: StrategyId,
        reason: Reason,
    },
    /// Leave the mode for another. Up to live only an arming leads.
    SetMode {
        mode: Mode,
    },
    /// Go live, or stay there for another while.
    ArmLive {
        arming: Arc<Arming>,
    },
    /// Change a working order's quantity, price or trigger.
    Replace {
        order: OrderId,
        change: OrderChange,
    },
    /// Bring a strategy's position to a target.
    Smart {
        order: SmartOrder,
    },
    Basket {
        batch: Arc<NewBatch>,
    },
    Split {
        order: SplitOrder,
    },
    /// One or several options by their offsets from the money.
    Options {
        order: Arc<OptionsOrder>,
    },
    /// Settle a batch that has stopped.
    Decide {
        batch: BatchId,
        decision: BatchDecision,
    },
    /// An entry with the exits that protect it once it fills: a stop, and a target if wanted. One exit's fill cancels
    /// the other.
    Bracket {
        entry: NewOrder,
        stop: Price,
        target: Option<Price>,
    },
    /// Two orders of which the first to fill cancels the other.
    Oco {
        one: NewOrder,
        other: NewOrder,
    },
    /// Close every position of a scope.
    CloseAll {
        scope: Scope,
    },
    /// Say what became of an order whose fate the broker will not prove. Human only, with a reason.
    Resolve {
        order: OrderId,
        verdict: Verdict,
        reason: Reason,
    },
    /// Attribute a part of what `external` holds to a strategy. Human only.
    Claim {
        strategy: StrategyId,
        instrument: InstrumentId,
        qty: NetQty,
    },
    /// Change a limit: tighter at once, looser only by `ConfirmLimit` after the delay. Human only.
    SetLimit {
        key: LimitKey,
        to: Measure,
    },
    /// Confirm a loosening whose delay has passed. Human only.
    ConfirmLimit {
        key: LimitKey,
    },
    /// Take an alert as seen. Human only.
    Acknowledge {
        alert: u32,
    },
    /// Compare our books with the broker's now.
    Reconcile,
    /// Take a line on which the books differ as it is, so that it no longer stands in the way. Human only, with a
    /// reason.
    AcceptDifference {
        line: u32,
        reason: Reason,
    },
}

/// What a human says became of an order nobody can prove anything about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It never reached the broker.
    Absent,
    /// It is at the broker and works.
    Working,
    /// It was canceled there.
    Canceled,
}

/// A command with its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: RequestId,
    pub actor: Actor,
    pub command: Command,
}

/// Why a command other than an order was not carried out. An order is *denied* instead, with its rule and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    UnknownOrder,
    /// The order has already ended.
    OrderClosed,
    /// A cancel for it is already on its way.
    CancelPending,
    UnknownStrategy,
    UnknownInstrument,
    /// There is no position to close.
    Flat,
    /// The strategy has none to close, somebody else has.
    OnlyExternal {
        net: NetQty,
    },
    /// A close for this position is already working.
    ClosePending,
    /// No live broker is configured.
    NoLiveBroker,
    /// Going live takes two steps on the screen.
    ArmingMissing,
    /// They are not the account's last four digits.
    WrongDigits,
    /// A check that real money asks for has not passed.
    ChecksFailed {
        checks: u32,
    },
    /// Already so.
    NothingToDo,
    /// Only a human may lower a kill.
    HumanOnly,
    /// A reason is mandatory.
    ReasonMissing,
    /// Orders are open that the kill wants gone.
    StillOpen {
        orders: u32,
    },
    /// Orders whose fate is not proven.
    StillUnknown {
        orders: u32,
    },
    /// The flattening has not finished.
    StillFlattening {
        positions: u32,
    },
    /// The books of strategies and broker differ.
    NotReconciled,
    /// Nothing differs as far as is known, but our last fills, or a book that goes on, have not been compared yet.
    NotCompared,
    /// A loss limit of the day is reached: the watchdog would kill again at once.
    LossLimit,
    /// The journal has failed: what is done now is not on record, and only a restart gives one again.
    JournalDead,
    /// A strategy cannot be armed while it is killed.
    Killed,
    /// The mode cannot change while orders of the one that is left are open.
    OrdersOpen {
        orders: u32,
    },
    /// The mode cannot change while positions of the one that is left are open.
    PositionsOpen {
        positions: u32,
    },
    UnknownBatch,
    /// The batch has not stopped, or has been decided already.
    BatchNotStopped,
    /// There is nothing to complete: all legs of the batch have left.
    NothingHeldBack,
    /// Too many batches have not ended: settle those that wait for a decision.
    TooManyBatches,
    /// A change to it is already on its way.
    ReplacePending,
    /// The order's fate is proven: there is nothing for a human to say.
    NotUnknown,
    /// No such option, expiry or strike stands in the contract master: the leg, counted from 0 as it was asked for,
    /// and how many strikes there are in the money and out of it; none where the expiry has none at all.
    NoContract {
        leg: u16,
        offset: Moneyness,
        right: Right,
        strikes: Option<(u16, u16)>,
    },
    /// The underlying has no fresh, trusted price to count strikes from.
    NoPrice,
    /// The position is not trusted: an order's fate is unknown, or the books differ.
    Untrusted,
    /// There is no such alert.
    UnknownAlert,
    /// The limit cannot be raised above what the configuration set, or the unit does not fit it.
    Ceiling,
    /// The delay of a loosening has not passed.
    TooEarly,
    /// Nobody has asked for that.
    NotAsked,
    /// The order is of no size, or its parts do not make sense together.
    Malformed,
    /// The venue cannot do that.
    Unsupported,
    /// More than is there to be claimed.
    NotHeld,
    /// The very same request was carried out already.
    Repeated,
    /// What the watchdog killed for still holds, or ended too short a time ago.
    NotHealed {
        trigger: Trigger,
    },
    /// The books do not differ on such a line.
    UnknownLine,
}

impl Refusal {
    /// Whether it says that going on would not be safe yet.
    pub const fn is_unsafe(self) -> bool {
        matches!(
            self,
            Self::StillOpen { .. }
                | Self::StillUnknown { .. }
                | Self::StillFlattening { .. }
                | Self::NotReconciled
                | Self::NotCompared
                | Self::LossLimit
                | Self::JournalDead
                | Self::Killed
                | Self::ChecksFailed { .. }
                | Self::NotHealed { .. }
        )
    }
}

impl Actor {
    /// Whether a human stands behind it at the machine.
    pub const fn is_human(self) -> bool {
        matches!(self, Self::Operator | Self::Cli)
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Cli => "cli",
            Self::Signal => "signal",
            Self::File => "kill file",
            Self::Strategy(_) => "strategy",
            Self::Watchdog => "watchdog",
            Self::Supervisor => "supervisor",
        }
    }
}

/// The words every surface uses.
impl fmt::Display for Refusal {
    #[expect(clippy::too_many_lines, reason = "one line for each of them")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u32| if count == 1 { "" } else { "s" };
        match *self {
            Self::UnknownOrder => f.write_str("there is no such order"),
            Self::OrderClosed => f.write_str("the order has already ended"),
            Self::CancelPending => f.write_str("a cancel for the order is already on its way"),
            Self::UnknownStrategy => f.write_str("there is no such strategy to act on"),
            Self::UnknownInstrument => f.write_str("there is no such instrument"),
            Self::Flat => f.write_str("there is no position to close"),
            Self::OnlyExternal { net } => {
                write!(
                    f,
                    "it holds none to close; EXTERNAL holds {net} there: --strategy EXTERNAL closes that"
                )
            }
            Self::ClosePending => f.write_str("a close for the position is already working"),
            Self::NoLiveBroker => f.write_str("no live broker is configured"),
            Self::ArmingMissing => f.write_str("going live is asked for on the screen, in two steps: key M"),
            Self::WrongDigits => f.write_str("these are not the last four digits of the account"),
            Self::ChecksFailed { checks } => {
                write!(f, "{checks} check{} that real money asks for not passed", plural(checks))
            }
            Self::NothingToDo => f.write_str("nothing to do: it is already so"),
            Self::HumanOnly => f.write_str("only a human may do that"),
            Self::ReasonMissing => f.write_str("a reason is mandatory"),
            Self::StillOpen { orders } => {
                write!(f, "{orders} order{} still open that the kill wants gone", plural(orders))
            }
            Self::StillUnknown { orders } => {
                write!(f, "{orders} order{} whose fate at the broker is not proven", plural(orders))
            }
            Self::StillFlattening { positions } => {
                write!(f, "{positions} position{} still to be flattened", plural(positions))
            }
            Self::JournalDead => f.write_str("the journal has failed: reduce only until a restart"),
            Self::NotReconciled => f.write_str("our books and the broker's differ"),
            Self::NotCompared => {
                f.write_str("our books are being compared with the broker's: ask again in a moment")
            }
            Self::LossLimit => f.write_str("the day's loss has reached its limit"),
            Self::Killed => f.write_str("it is killed: resume first"),
            Self::OrdersOpen { orders } => {
                write!(f, "{orders} order{} still open: cancel first", plural(orders))
            }
            Self::PositionsOpen { positions } => {
                write!(f, "{positions} position{} still open: close first", plural(positions))
            }
            Self::UnknownBatch => f.write_str("there is no such batch"),
            Self::TooManyBatches => f.write_str("too many batches have not ended: settle those that wait"),
            Self::NoPrice => f.write_str("the underlying has no fresh, trusted price"),
            Self::BatchNotStopped => f.write_str("the batch is not waiting for a decision"),
            Self::NothingHeldBack => {
                f.write_str("all its legs have left, nothing is held back: unwind or leave it")
            }
            Self::ReplacePending => f.write_str("a change to the order is already on its way"),
            Self::NotUnknown => f.write_str("the order's fate is proven"),
            Self::NoContract { leg, right, strikes: None, .. } => {
                let right = right.as_str();
                write!(f, "leg {}: no {right} of that expiry stands in the contract master", leg + 1)
            }
            Self::NoContract { leg, offset, right, strikes: Some((itm, otm)) } => {
                let right = right.as_str();
                write!(f, "leg {}: no {offset} {right} stands in the contract master, which has ", leg + 1)?;
                write!(f, "{itm} strikes in the money (itm1 …), atm and {otm} out of it (otm1 …)")
            }
            Self::Untrusted => f.write_str("the position is not trusted"),
            Self::UnknownAlert => f.write_str("there is no such alert"),
            Self::Ceiling => f.write_str("it is above the ceiling of the configuration"),
            Self::TooEarly => f.write_str("the delay has not passed"),
            Self::NotAsked => f.write_str("nobody has asked for that"),
            Self::Malformed => f.write_str("its parts do not make sense together"),
            Self::Unsupported => f.write_str("the venue cannot do that"),
            Self::Repeated => f.write_str("the same request was carried out already"),
            Self::NotHeld => f.write_str("external does not hold that much"),
            Self::NotHealed { trigger } => {
                write!(f, "what the watchdog killed for has not healed: {trigger}")
            }
            Self::UnknownLine => f.write_str("the books do not differ on such a line"),
        }
    }
}
