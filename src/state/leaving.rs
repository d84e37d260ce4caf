//! An order on its way from the gate into the fold, and what both ask of it.

use crate::model::NewOrder;

/// What is asked of an order that leaves both at the gate and in its fold: found once, since in between nothing happens
/// that it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// Its `mark_of`.
    mark: u8,
    /// Whether it can do more than reduce.
    enters: bool,
}

/// An order that leaves: where it was written before it was an event, and what is foreseen of it.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    pub order: &'a NewOrder,
    pub foreseen: Foreseen,
}

impl Foreseen {
    /// Of an order with this mark; `reduces` where it can only shrink its strategy's position.
    #[inline]
    pub(crate) const fn new(order: &NewOrder, mark: u8, reduces: bool) -> Self {
        Self { mark, enters: !order.reduce_only && !reduces }
    }

    pub(super) const fn mark(self) -> u8 {
        self.mark
    }

    pub(super) const fn enters(self) -> bool {
        self.enters
    }
}
