//! What a screen asks the broker itself while a human looks at an order: never through the engine, never on an order's way.

use crate::bus::{Aside, AsideDesk, aside};
use crate::model::{Currency, DisplayText, InstrumentId, Money, NewOrder, OrderKind, Qty, Side};

/// One order of those whose margin is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarginLeg {
    pub instrument: InstrumentId,
    pub side: Side,
    pub qty: Qty,
    pub kind: OrderKind,
}

/// What the broker says of them together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarginWord {
    Needs(Money, Currency),
    /// Why nobody knows: never a zero.
    Unknown(DisplayText),
}

/// An answer, with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarginReply {
    pub legs: Vec<MarginLeg>,
    pub word: MarginWord,
}

/// The asking end, of a screen.
pub type MarginAside = Aside<Vec<MarginLeg>, MarginReply>;

/// The answering end, of who can speak to the broker.
pub type MarginDesk = AsideDesk<Vec<MarginLeg>, MarginReply>;

/// Both ends.
pub fn margin_lane() -> (MarginAside, MarginDesk) {
    aside()
}

impl From<&NewOrder> for MarginLeg {
    fn from(order: &NewOrder) -> Self {
        let NewOrder { instrument, side, qty, kind, .. } = *order;
        Self { instrument, side, qty, kind }
    }
}
