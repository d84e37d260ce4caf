//! One line on which our books and the broker's differ: what it is, how sure it is, and who may have moved it.

use super::genesis::Genesis;
use crate::model::{
    AccountId, Actor, ClientOrderId, Currency, InstrumentId, KillLevel, Money, NetQty, OrderId, Qty, Reason,
    Scope, Span, Timestamp,
};
use serde::{Deserialize, Serialize};

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Difference {
    Position {
        instrument: InstrumentId,
        ours: NetQty,
        broker: NetQty,
    },
    Cash {
        currency: Currency,
        ours: Money,
        broker: Money,
        #[serde(default, skip_serializing_if = "AccountId::is_first")]
        account: AccountId,
    },
    /// The numbers of fills booked, unequal for longer than a fill may be on its way.
    Fills {
        ours: u64,
        broker: u64,
        #[serde(default, skip_serializing_if = "AccountId::is_first")]
        account: AccountId,
    },
    /// We hold it open and the broker does not know it.
    MissingOrder {
        order: OrderId,
        instrument: InstrumentId,
    },
    /// We hold it ended and the broker holds it open.
    EndedOrder {
        order: OrderId,
        instrument: InstrumentId,
    },
    /// Both hold it open, with different fills.
    FilledQty {
        order: OrderId,
        instrument: InstrumentId,
        ours: Qty,
        broker: Qty,
    },
    /// The broker holds an order with a name of our kind that this run has not sent: a second engine, or one of an
    /// earlier run that still works.
    OtherEngine {
        order: ClientOrderId,
        instrument: InstrumentId,
    },
}

/// Who may have moved what differs: a guess for the one who has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Suspect {
    /// What this order of ours still has open would explain it: a fill we were not told.
    FillNotTold(OrderId),
    /// The reverse of this order's last fill would explain it: a fill taken back.
    FillTakenBack(OrderId),
    /// Nothing of ours explains it: somebody else at the account.
    Elsewhere,
}

/// A human took the line as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    pub actor: Actor,
    pub reason: Reason,
    /// By our clock.
    pub at: Timestamp,
}

/// A line with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number in this run, by which it is accepted.
    pub id: u32,
    pub what: Difference,
    /// First and last seen, by our clock.
    pub since: Timestamp,
    pub seen_at: Timestamp,
    /// Comparisons that have seen it.
    pub seen: u32,
    /// First seen while nothing of ours moved there, by our clock; `None` while that has not happened.
    pub settled_at: Option<Timestamp>,
    /// Seen again after the quiet time: no race explains it.
    pub confirmed: bool,
    pub suspect: Suspect,
    pub accepted: Option<Acceptance>,
    /// When the order it is about was last told to go, by our clock.
    pub withdrawn_at: Option<Timestamp>,
    /// Whether it is told and stops nothing: cash at a venue that does not tell its fees. Positions, orders and the number of
    /// fills, which are compared to the last digit, say whether a trade is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_only: bool,
}

impl Difference {
    /// Whether it only says that the venue takes what it does not tell.
    pub(super) const fn is_told_only(&self, genesis: &Genesis) -> bool {
        matches!(self, Self::Cash { .. }) && !genesis.venue.tells_fees
    }

    /// Whether it is one line with another one, told already: both sides may go on counting while the gap between them
    /// stays; where it is `told_only` it may grow, with every fee.
    pub fn is_same(&self, other: &Self, told_only: bool) -> bool {
        match (self, other) {
            (Self::Fills { account, .. }, Self::Fills { account: also, .. }) => account == also,
            (
                Self::Position { instrument, ours, broker },
                Self::Position { instrument: also, ours: before, broker: told },
            ) => instrument == also && *broker + -*ours == *told + -*before,
            (
                Self::Cash { currency, ours, broker, account },
                Self::Cash { currency: also, ours: before, broker: told, account: there },
            ) => (currency, account) == (also, there) && (told_only || *broker - *ours == *told - *before),
            (
                Self::Position { .. }
                | Self::Cash { .. }
                | Self::Fills { .. }
                | Self::MissingOrder { .. }
                | Self::EndedOrder { .. }
                | Self::FilledQty { .. }
                | Self::OtherEngine { .. },
                _,
            ) => self == other,
        }
    }

    /// Whether it is found by comparing accounts; otherwise by comparing orders.
    pub const fn is_of_account(&self) -> bool {
        matches!(self, Self::Position { .. } | Self::Cash { .. } | Self::Fills { .. })
    }

    /// The instrument it lies in; `None` for the account.
    pub const fn instrument(&self) -> Option<InstrumentId> {
        match self {
            Self::Position { instrument, .. }
            | Self::MissingOrder { instrument, .. }
            | Self::EndedOrder { instrument, .. }
            | Self::FilledQty { instrument, .. }
            | Self::OtherEngine { instrument, .. } => Some(*instrument),
            Self::Cash { .. } | Self::Fills { .. } => None,
        }
    }

    /// The account on whose side it was found.
    pub fn account(&self, genesis: &Genesis) -> AccountId {
        match self {
            Self::Cash { account, .. } | Self::Fills { account, .. } => *account,
            Self::Position { instrument, .. }
            | Self::MissingOrder { instrument, .. }
            | Self::EndedOrder { instrument, .. }
            | Self::FilledQty { instrument, .. }
            | Self::OtherEngine { instrument, .. } => genesis.accounts.of(*instrument),
        }
    }

    /// The order of ours that it is about, if it is about one.
    pub const fn order(&self) -> Option<OrderId> {
        match self {
            Self::MissingOrder { order, .. }
            | Self::EndedOrder { order, .. }
            | Self::FilledQty { order, .. } => Some(*order),
            Self::Position { .. } | Self::Cash { .. } | Self::Fills { .. } | Self::OtherEngine { .. } => None,
        }
    }

    /// What it is about and the two sides of it, in words.
    pub fn words(&self, genesis: &Genesis) -> (String, String) {
        let symbol = |id: InstrumentId| {
            genesis.instrument(id).map_or_else(|| "?".to_owned(), |one| one.symbol.to_string())
        };
        let name = |order: OrderId| format!("{}-{}", genesis.mode.letter(), order.get());
        match self {
            Self::Position { instrument, ours, broker } => {
                (format!("{} position", symbol(*instrument)), format!("ours {ours}, broker {broker}"))
            }
            Self::Cash { currency, ours, broker, account } => {
                let subject = format!("{}{currency} cash", genesis.accounts.prefix(*account));
                (subject, format!("ours {ours}, broker {broker}"))
            }
            Self::Fills { ours, broker, account } => {
                let subject = format!("{}fills", genesis.accounts.prefix(*account));
                (subject, format!("ours {ours}, broker {broker}"))
            }
            Self::MissingOrder { order, instrument } => (
                format!("{} order {}", symbol(*instrument), name(*order)),
                "ours open, broker does not know it".to_owned(),
            ),
            Self::EndedOrder { order, instrument } => (
                format!("{} order {}", symbol(*instrument), name(*order)),
                "ours ended, broker open".to_owned(),
            ),
            Self::FilledQty { order, instrument, ours, broker } => (
                format!("{} order {} filled", symbol(*instrument), name(*order)),
                format!("ours {ours}, broker {broker}"),
            ),
            Self::OtherEngine { order, instrument } => (
                format!("{} order {order}", symbol(*instrument)),
                "of our kind and not of this run: a second engine?".to_owned(),
            ),
        }
    }
}

impl Line {
    /// How much is to be stopped because of it, and where; K0 where it is only told, `None` for one that is accepted or not settled yet.
    pub fn wants(&self) -> Option<(KillLevel, Scope)> {
        if self.accepted.is_some() || self.settled_at.is_none() {
            return None;
        }
        if self.told_only {
            return Some((KillLevel::K0, Scope::All));
        }
        if self.confirmed {
            return Some((KillLevel::K2, Scope::All));
        }
        let everywhere = matches!(self.what, Difference::OtherEngine { .. });
        let scope = self.what.instrument().filter(|_| !everywhere).map_or(Scope::All, Scope::Instrument);
        Some((KillLevel::K1, scope))
    }

    /// The order whose end here it disproves: shown open again after the quiet time, and nobody has taken it so.
    pub fn disproves(&self) -> Option<OrderId> {
        match self.what {
            Difference::EndedOrder { order, .. } if self.confirmed && self.accepted.is_none() => Some(order),
            Difference::EndedOrder { .. }
            | Difference::Position { .. }
            | Difference::Cash { .. }
            | Difference::Fills { .. }
            | Difference::MissingOrder { .. }
            | Difference::FilledQty { .. }
            | Difference::OtherEngine { .. } => None,
        }
    }

    /// Takes another sighting of the same gap.
    pub(super) fn see(&mut self, what: Difference, settled: bool, at: Timestamp, quiet: Span) {
        self.what = what;
        self.seen += 1;
        self.seen_at = at;
        match self.settled_at {
            Some(first) if at.since(first) >= quiet && settled => self.confirmed = true,
            None if settled => self.settled_at = Some(at),
            Some(_) | None => {}
        }
    }
}

impl Suspect {
    /// The guess in words.
    pub fn words(&self, genesis: &Genesis) -> String {
        let name = |order: &OrderId| format!("{}-{}", genesis.mode.letter(), order.get());
        match self {
            Self::FillNotTold(order) => format!("perhaps a fill of {} we were not told", name(order)),
            Self::FillTakenBack(order) => format!("perhaps a fill of {} was taken back", name(order)),
            Self::Elsewhere => "nothing of ours explains it".to_owned(),
        }
    }
}
