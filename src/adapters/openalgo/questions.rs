//! What the core wants to know of the books.

use crate::model::ClientOrderId;

/// What the core wants to know.
#[derive(Debug, Clone, Default)]
pub(super) struct Questions {
    pub(super) account: bool,
    pub(super) orders: bool,
    pub(super) about: Vec<ClientOrderId>,
    /// Orders to be canceled of which only the book can say what they are.
    pub(super) strangers: Vec<ClientOrderId>,
}

impl Questions {
    pub(super) fn is_none(&self) -> bool {
        !self.account && !self.orders && self.about.is_empty() && self.strangers.is_empty()
    }

    pub(super) fn join(&mut self, other: Self) {
        self.account |= other.account;
        self.orders |= other.orders;
        self.about.extend(other.about);
        self.strangers.extend(other.strangers);
    }
}
