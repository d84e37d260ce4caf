//! What a strategy may ask for beyond a single order: targets, baskets, splits, options, changes, and the way out.

use super::strategy::{Desk, Intent, OrderSpec};
use crate::model::{
    BatchKind, Command, InstrumentId, Label, NetQty, NewBatch, OnFailure, OptionLeg, OptionsOrder, OrderKind,
    Qty, Scope, SmartOrder, SplitOrder, TimeInForce,
};
use std::sync::Arc;

/// A target position as a strategy asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmartSpec {
    pub instrument: InstrumentId,
    /// Signed: below zero is short.
    pub target: NetQty,
    pub kind: OrderKind,
    pub tif: TimeInForce,
    /// The signal in a word.
    pub label: Label,
}

/// Orders that are judged as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasketSpec {
    /// In the order they are sent.
    pub legs: Vec<OrderSpec>,
    pub on_failure: OnFailure,
    pub label: Label,
}

/// Options by their offsets from the money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionsSpec {
    pub underlying: InstrumentId,
    pub legs: Vec<OptionLeg>,
    pub tif: TimeInForce,
    pub on_failure: OnFailure,
    pub label: Label,
}

/// Every command here is answered by one event the strategy hears: carried out, denied or refused.
impl Desk<'_> {
    /// Asks for its position in an instrument to become a target.
    pub fn smart(&mut self, spec: SmartSpec) {
        let SmartSpec { instrument, target, kind, tif, label } = spec;
        let (strategy, mode) = (self.me, self.state.control.mode);
        let order = SmartOrder { strategy, instrument, target, kind, tif, mode, label };
        self.command(Command::Smart { order });
    }

    /// Asks for orders that are judged as a whole before the first leaves.
    pub fn basket(&mut self, spec: BasketSpec) {
        let BasketSpec { legs, on_failure, label } = spec;
        let legs = legs.into_iter().map(|leg| self.order_of(leg)).collect();
        let (kind, strategy, mode) = (BatchKind::Basket, self.me, self.state.control.mode);
        let batch = NewBatch { kind, strategy, mode, legs, on_failure, label };
        self.command(Command::Basket { batch: Arc::new(batch) });
    }

    /// Asks for one large order in children of at most `each`.
    pub fn split(&mut self, spec: OrderSpec, each: Qty) {
        let parent = self.order_of(spec);
        self.command(Command::Split { order: SplitOrder { parent, each } });
    }

    /// Asks for one or several options by their offsets from the money.
    pub fn options(&mut self, spec: OptionsSpec) {
        let OptionsSpec { underlying, legs, tif, on_failure, label } = spec;
        let (strategy, mode) = (self.me, self.state.control.mode);
        let order = OptionsOrder { strategy, underlying, legs, tif, mode, on_failure, label };
        self.command(Command::Options { order: Arc::new(order) });
    }

    /// Asks for all its own orders to be canceled.
    pub fn cancel_all(&mut self) {
        self.command(Command::CancelAll { scope: Scope::Strategy(self.me) });
    }

    /// Asks for its position in an instrument to be closed.
    pub fn close(&mut self, instrument: InstrumentId) {
        self.command(Command::Close { strategy: self.me, instrument });
    }

    fn command(&mut self, command: Command) {
        self.write(|| Intent::Ask(command));
    }
}
