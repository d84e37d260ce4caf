//! The state without what is only seen: what two folds of the same facts agree on, however much market they saw.

use super::fold::State;
use super::history::History;
use super::market::InstrumentMarket;
use super::plain::PlainFacts;

impl State {
    /// The state less markets and equity samples, which are not facts and not recovered.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        for market in &mut self.markets {
            *market = InstrumentMarket::new();
        }
        // These follow from the rest, the first from markets too.
        self.plain = PlainFacts::default();
        self.orders.forget_given();
        let log = std::mem::replace(&mut self.history, History::new());
        self.history.log = log.log;
        self.history.trades = log.trades;
        self
    }
}
