//! The invented market of a simulated world: a walk in ticks that stays near where it began.

use super::setup::start_price;
use crate::model::{Instrument, InstrumentId, Price, Qty, Quote, Side, Span, Timestamp, Trade};
use crate::sim::Rng;

/// One instrument's walk.
#[derive(Debug)]
struct Walk {
    id: InstrumentId,
    tick: Price,
    /// Distance from the start, in ticks.
    at: i64,
    rng: Rng,
}

/// All walks.
#[derive(Debug)]
pub(super) struct Market {
    walks: Vec<Walk>,
}

impl Market {
    pub(super) fn new(instruments: &[Instrument], seed: u64) -> Self {
        let walk = |one: &Instrument| Walk {
            id: one.id,
            tick: one.tick,
            at: 0,
            rng: Rng::stream(seed, 100 + u64::from(one.id.get())),
        };
        Self { walks: instruments.iter().map(walk).collect() }
    }

    /// Takes a step and gives the new best prices, and how long until the next.
    pub(super) fn step(&mut self, id: InstrumentId) -> Option<(Price, Price, Span)> {
        let walk = self.walks.get_mut(id.index())?;
        let pull = -walk.at.signum() * i64::from(walk.rng.below(60) < walk.at.unsigned_abs());
        walk.at += walk.rng.between(-3, 3) + pull;
        let spread = walk.rng.between(1, 3);
        let bid = walk.price(walk.at)?;
        let ask = walk.price(walk.at + spread)?;
        Some((bid, ask, Span::from_millis(walk.rng.between(120, 420))))
    }

    /// A price some ticks from where the walk is.
    pub(super) fn near(&self, id: InstrumentId, ticks: i64) -> Option<Price> {
        let walk = self.walks.get(id.index())?;
        walk.price(walk.at.saturating_add(ticks))
    }

    /// Sometimes a print beside the quote.
    pub(super) fn print(
        &mut self,
        id: InstrumentId,
        (bid, ask): (Price, Price),
        at: Timestamp,
    ) -> Option<Trade> {
        let walk = self.walks.get_mut(id.index())?;
        if !walk.rng.one_in(4) {
            return None;
        }
        let aggressor = if walk.rng.one_in(2) { Side::Buy } else { Side::Sell };
        let price = if aggressor == Side::Buy { ask } else { bid };
        Some(Trade { instrument: id, price, qty: Qty::ONE, aggressor, venue_time: at, local_time: at })
    }
}

impl Walk {
    fn price(&self, ticks: i64) -> Option<Price> {
        let start = start_price(self.id).raw();
        Price::from_raw(start.checked_add(ticks.checked_mul(self.tick.raw())?)?).ok()
    }
}

/// A quote of these prices.
pub(super) fn quote(id: InstrumentId, (bid, ask): (Price, Price), at: Timestamp) -> Quote {
    let qty = Qty::from_raw(Qty::ONE.raw().saturating_mul(50)).unwrap_or_default();
    Quote { instrument: id, bid, bid_qty: qty, ask, ask_qty: qty, venue_time: at, local_time: at }
}
