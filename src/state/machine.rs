//! The published state machine of an order: what each event does in each status. The fold uses nothing else.

use crate::model::OrderStatus::{
    Canceled, Expired, Filled, Held, PartiallyFilled, PendingCancel, PendingReplace, Rejected, Submitted,
    Unknown, Working,
};
use crate::model::{CancelStand, Order, OrderEvent, OrderStatus};
use Move::{BackOr, Impossible, Proven, Reopen, Stay, To};

/// What happens to an order, as far as its status is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Released to the broker: a held order whose time has come, or one sent again where the venue allows it.
    Submitted,
    /// Taken and kept. It begins a life, so no order that has one meets it.
    Held,
    Trailed,
    Accepted,
    Rejected,
    Triggered,
    /// Something is left to fill.
    FilledPart,
    /// Nothing is left to fill.
    FilledWhole,
    CancelRequested,
    CancelRejected,
    Canceled,
    Expired,
    Unknown,
    ReplaceRequested,
    Replaced,
    ReplaceRejected,
    Queried,
    NotFound,
    /// Lost: it was never there.
    LostAbsent,
    /// Lost: it was there and is gone.
    LostGone,
    Vouched,
    Busted,
}

/// What a step makes of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// This status.
    To(OrderStatus),
    /// What is proven of it: filled whole, part filled or working, or what is on its way for it (`standing`).
    Proven,
    /// As `Proven` if the broker has ever proven that it has the order, else this status.
    BackOr(OrderStatus),
    /// As `Proven` if it ended without the broker's own word or was seen there since, else no change: a late report of an
    /// ended order.
    Reopen,
    /// The facts are taken, the status stays.
    Stay,
    /// Cannot be. The event is kept and counted, the order stays as it is, nothing is released.
    Impossible,
}

impl Step {
    /// All of them, in the order of the printed table.
    pub const ALL: [Self; 22] = [
        Self::Submitted,
        Self::Held,
        Self::Trailed,
        Self::Accepted,
        Self::Rejected,
        Self::Triggered,
        Self::FilledPart,
        Self::FilledWhole,
        Self::CancelRequested,
        Self::CancelRejected,
        Self::Canceled,
        Self::Expired,
        Self::Unknown,
        Self::ReplaceRequested,
        Self::Replaced,
        Self::ReplaceRejected,
        Self::Queried,
        Self::NotFound,
        Self::LostAbsent,
        Self::LostGone,
        Self::Vouched,
        Self::Busted,
    ];

    /// The step an event is. A fill's depends on what it leaves, so it is told apart by `left`.
    pub fn of(event: &OrderEvent, left: bool) -> Option<Self> {
        Some(match event {
            OrderEvent::Submitted { .. } => Self::Submitted,
            OrderEvent::Held { .. } => Self::Held,
            OrderEvent::Trailed { .. } => Self::Trailed,
            OrderEvent::Accepted { .. } => Self::Accepted,
            OrderEvent::Rejected { .. } => Self::Rejected,
            OrderEvent::Triggered { .. } => Self::Triggered,
            OrderEvent::Filled { .. } if left => Self::FilledPart,
            OrderEvent::Filled { .. } => Self::FilledWhole,
            OrderEvent::CancelRequested { .. } => Self::CancelRequested,
            OrderEvent::CancelRejected { .. } => Self::CancelRejected,
            OrderEvent::Canceled { .. } => Self::Canceled,
            OrderEvent::Expired { .. } => Self::Expired,
            OrderEvent::Unknown { .. } => Self::Unknown,
            OrderEvent::ReplaceRequested { .. } => Self::ReplaceRequested,
            OrderEvent::Replaced { .. } => Self::Replaced,
            OrderEvent::ReplaceRejected { .. } => Self::ReplaceRejected,
            OrderEvent::Queried { .. } => Self::Queried,
            OrderEvent::NotFound { .. } => Self::NotFound,
            OrderEvent::Lost { canceled: false, .. } => Self::LostAbsent,
            OrderEvent::Lost { canceled: true, .. } => Self::LostGone,
            OrderEvent::Vouched { .. } => Self::Vouched,
            OrderEvent::Busted { .. } => Self::Busted,
            OrderEvent::Unmatched { .. } | OrderEvent::SetAside { .. } => return None,
        })
    }
}

/// The table.
pub const fn next(from: OrderStatus, step: Step) -> Move {
    match step {
        Step::Submitted => submitted(from),
        Step::Held => Move::Impossible,
        Step::Trailed => only_held(from),
        Step::Accepted => accepted(from),
        Step::Triggered => triggered(from),
        Step::FilledPart => filled_part(from),
        Step::FilledWhole => filled_whole(from),
        Step::Rejected => ended(from, Rejected),
        Step::Canceled => ended(from, Canceled),
        Step::Expired => ended(from, Expired),
        Step::CancelRequested => cancel_requested(from),
        Step::CancelRejected => cancel_rejected(from),
        Step::Unknown => unknown(from),
        Step::ReplaceRequested => replace_requested(from),
        Step::Replaced => replaced(from),
        Step::ReplaceRejected => replace_rejected(from),
        Step::Queried | Step::NotFound => asked(from),
        Step::LostAbsent => lost_absent(from),
        Step::LostGone => lost_gone(from),
        Step::Vouched => vouched(from),
        Step::Busted => busted(from),
    }
}

/// Released, or released again.
const fn submitted(from: OrderStatus) -> Move {
    match from {
        Held => To(Submitted),
        Unknown => Stay,
        Submitted | Working | PartiallyFilled | PendingReplace | PendingCancel | Filled | Canceled
        | Rejected | Expired => Impossible,
    }
}

/// The broker says that it has it.
const fn accepted(from: OrderStatus) -> Move {
    match from {
        Submitted | Unknown => Proven,
        Working | PartiallyFilled | PendingReplace | PendingCancel => Stay,
        Filled | Canceled | Rejected | Expired => Reopen,
        Held => Impossible,
    }
}

/// A stop woke up: the broker has it.
const fn triggered(from: OrderStatus) -> Move {
    match from {
        Submitted | Unknown => Proven,
        Held | Working | PartiallyFilled | PendingReplace | PendingCancel | Filled | Canceled | Rejected
        | Expired => Stay,
    }
}

/// Fills are always applied.
const fn filled_part(from: OrderStatus) -> Move {
    match from {
        Held | Submitted | Unknown | Working | PartiallyFilled | PendingReplace | PendingCancel => Proven,
        Canceled | Rejected | Expired => Reopen,
        Filled => Stay,
    }
}

/// Nothing is left of it.
const fn filled_whole(from: OrderStatus) -> Move {
    match from {
        Filled => Stay,
        Held | Submitted | Unknown | Working | PartiallyFilled | PendingReplace | PendingCancel
        | Canceled | Rejected | Expired => To(Filled),
    }
}

/// A cancel was released.
const fn cancel_requested(from: OrderStatus) -> Move {
    match from {
        Submitted | Working | PartiallyFilled | PendingReplace | PendingCancel => To(PendingCancel),
        // Ended here, and the broker goes on showing it: told by its name to go.
        Unknown | Filled | Canceled | Rejected | Expired => Stay,
        Held => Impossible,
    }
}

/// The broker refused the cancel.
const fn cancel_rejected(from: OrderStatus) -> Move {
    match from {
        PendingCancel => BackOr(Unknown),
        Submitted | Unknown | Working | PartiallyFilled | PendingReplace | Filled | Canceled | Rejected
        | Expired => Stay,
        Held => Impossible,
    }
}

/// Nothing is proven any more.
const fn unknown(from: OrderStatus) -> Move {
    match from {
        Submitted | Working | PartiallyFilled | PendingReplace | PendingCancel => To(Unknown),
        Unknown => Stay,
        Held | Filled | Canceled | Rejected | Expired => Impossible,
    }
}

/// A change was released.
const fn replace_requested(from: OrderStatus) -> Move {
    match from {
        Submitted | Working | PartiallyFilled => To(PendingReplace),
        Held | Unknown | PendingReplace | PendingCancel | Filled | Canceled | Rejected | Expired => {
            Impossible
        }
    }
}

/// The change was made.
const fn replaced(from: OrderStatus) -> Move {
    match from {
        Submitted | Unknown | Working | PartiallyFilled | PendingReplace | PendingCancel => Proven,
        Filled | Canceled | Rejected | Expired => Reopen,
        Held => Stay,
    }
}

/// The change was refused.
const fn replace_rejected(from: OrderStatus) -> Move {
    match from {
        PendingReplace => BackOr(Submitted),
        Submitted | Unknown | Working | PartiallyFilled | PendingCancel | Filled | Canceled | Rejected
        | Expired => Stay,
        Held => Impossible,
    }
}

/// A question and its answer that it is not there prove nothing.
const fn asked(from: OrderStatus) -> Move {
    match from {
        Submitted | Unknown | Working | PartiallyFilled | PendingReplace | PendingCancel => Stay,
        Held | Filled | Canceled | Rejected | Expired => Impossible,
    }
}

/// Proven or said never to have been there.
const fn lost_absent(from: OrderStatus) -> Move {
    match from {
        Submitted | Unknown | PendingReplace | PendingCancel => To(Rejected),
        Held | Working | PartiallyFilled | Filled | Canceled | Rejected | Expired => Impossible,
    }
}

/// Proven or said to be there no more.
const fn lost_gone(from: OrderStatus) -> Move {
    match from {
        Submitted | Unknown | Working | PartiallyFilled | PendingReplace | PendingCancel => To(Canceled),
        Held | Filled | Canceled | Rejected | Expired => Impossible,
    }
}

/// A human says that it works.
const fn vouched(from: OrderStatus) -> Move {
    match from {
        Unknown => Proven,
        Held | Submitted | Working | PartiallyFilled | PendingReplace | PendingCancel | Filled | Canceled
        | Rejected | Expired => Impossible,
    }
}

/// The venue took a fill back.
const fn busted(from: OrderStatus) -> Move {
    match from {
        PartiallyFilled => Proven,
        Submitted | Unknown | Working | PendingReplace | PendingCancel | Filled | Canceled | Rejected
        | Expired => Stay,
        Held => Impossible,
    }
}

/// What the engine does with orders it keeps.
const fn only_held(from: OrderStatus) -> Move {
    match from {
        Held => Move::Stay,
        Submitted | Unknown | Working | PartiallyFilled | PendingReplace | PendingCancel | Filled
        | Canceled | Rejected | Expired => Move::Impossible,
    }
}

/// The broker's last word on an order: the first one holds.
const fn ended(from: OrderStatus, status: OrderStatus) -> Move {
    match from {
        Held | Submitted | Unknown | Working | PartiallyFilled | PendingReplace | PendingCancel => {
            Move::To(status)
        }
        Filled | Canceled | Rejected | Expired => Move::Stay,
    }
}

/// The status a move leads to, for an order whose facts are up to date; `None` where it cannot be.
pub(super) fn resolve(order: &Order, step: Step) -> Option<OrderStatus> {
    let status = match next(order.status, step) {
        Move::Proven => standing(order),
        Move::BackOr(_) if order.is_proven() => standing(order),
        Move::To(status) | Move::BackOr(status) => status,
        Move::Reopen if order.pursuit.presumed => standing(order),
        Move::Reopen | Move::Stay => order.status,
        Move::Impossible => return None,
    };
    // Where nothing is left to fill, nothing more can be on its way.
    let live = !status.is_terminal() && status != Held;
    let done = live && order.reserved().is_zero();
    Some(if done { Filled } else { status })
}

/// What an order is that the broker has: by its fills, and by what is on its way for it.
pub(super) fn standing(order: &Order) -> OrderStatus {
    if order.reserved().is_zero() {
        Filled
    } else if order.lacks_fills() {
        Unknown
    } else if order.pursuit.cancel == CancelStand::OnItsWay {
        PendingCancel
    } else if order.replace.is_some() {
        PendingReplace
    } else if order.filled.is_zero() {
        Working
    } else {
        PartiallyFilled
    }
}

/// The table as a page shows it: a row a step, a column a status.
pub fn page() -> String {
    let heads = OrderStatus::ALL.map(|status| format!(" {} |", status.as_str()));
    let mut text = format!("| event |{}\n|---|{}\n", heads.concat(), "---|".repeat(heads.len()));
    for step in Step::ALL {
        let cells = OrderStatus::ALL.map(|from| format!(" {} |", word(next(from, step))));
        text.extend([format!("| {step:?} |"), cells.concat(), "\n".to_owned()]);
    }
    text
}

fn word(step: Move) -> String {
    match step {
        Move::To(status) => status.as_str().to_owned(),
        Move::Proven => "proven".to_owned(),
        Move::BackOr(status) => format!("proven, else {}", status.as_str()),
        Move::Reopen => "reopen".to_owned(),
        Move::Stay => "·".to_owned(),
        Move::Impossible => "anomaly".to_owned(),
    }
}
