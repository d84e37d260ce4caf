//! What a backtest comes to: fills, round trips, equity and its deepest fall, counted beside the books as it goes.

use crate::model::{
    Envelope, Event, Fill, Instrument, InstrumentId, Money, NetQty, OrderEvent, Price, Qty, Quote,
    StrategyId, Timestamp,
};
use crate::state::{Genesis, Ring};
use std::sync::Arc;

/// Fills told by name at either end of a result.
const ENDS: usize = 3;

/// A fill in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillLine {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    /// By the venue's clock.
    pub at: Timestamp,
    pub signed: NetQty,
    pub price: Price,
}

/// Round trips of one strategy in one instrument: from flat to flat. A fill through zero ends one and begins the next.
#[derive(Debug, Clone, Copy, Default)]
struct Trip {
    net: NetQty,
    /// What its fills have moved, fees included.
    cash: Money,
}

/// One instrument of the account.
#[derive(Debug, Clone, Copy, Default)]
struct Holding {
    net: NetQty,
    value: Money,
    /// Filled since its last mark: what an exit came to counts at the next one, though nothing is held any more.
    filled: bool,
}

/// The counts. Money is in the settlement currency of the instruments, which must be one: `is_plain`.
#[derive(Debug)]
pub struct Tally {
    instruments: Arc<[Instrument]>,
    trips_open: Vec<Trip>,
    holdings: Vec<Holding>,
    /// Cash moved by all fills and fees.
    cash: Money,
    /// The sum of what is held at its marks.
    value: Money,
    peak: Money,
    pub max_drawdown: Money,
    pub bars: u64,
    pub quotes: u64,
    pub trades: u64,
    pub orders: u64,
    pub denied: u64,
    pub rejected: u64,
    pub fills: u64,
    pub units: Money,
    pub round_trips: u64,
    /// Round trips that made money after fees.
    pub wins: u64,
    pub first_fills: Vec<FillLine>,
    pub last_fills: Ring<FillLine>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(genesis: &Genesis) -> Self {
        let (strategies, instruments) = (genesis.strategies.len(), genesis.instruments.len());
        Self {
            instruments: genesis.instruments.as_slice().into(),
            trips_open: vec![Trip::default(); strategies * instruments],
            holdings: vec![Holding::default(); instruments],
            cash: Money::ZERO,
            value: Money::ZERO,
            peak: Money::ZERO,
            max_drawdown: Money::ZERO,
            bars: 0,
            quotes: 0,
            trades: 0,
            orders: 0,
            denied: 0,
            rejected: 0,
            fills: 0,
            units: Money::ZERO,
            round_trips: 0,
            wins: 0,
            first_fills: Vec::with_capacity(ENDS),
            last_fills: Ring::new(ENDS),
        }
    }

    /// Counts an event that is not mere market data.
    pub fn hear(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::Order(OrderEvent::Submitted { .. }) => self.orders += 1,
            Event::Order(OrderEvent::Rejected { .. }) => self.rejected += 1,
            Event::Order(OrderEvent::Filled { fill, .. }) => self.fill(fill),
            Event::Denied { .. } => self.denied += 1,
            Event::Order(_)
            | Event::Market(_)
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => {}
        }
    }

    /// Counts a quote and takes its middle as the mark.
    #[inline]
    pub fn quoted(&mut self, quote: &Quote) {
        self.quotes += 1;
        self.mark(quote.instrument, quote.mid());
    }

    /// An instrument's mark after a row: the account's value and its fall below its high, the high beginning at nothing.
    #[inline]
    pub(super) fn mark(&mut self, instrument: InstrumentId, price: Price) {
        let index = instrument.index();
        let Some(holding) = self.holdings.get_mut(index) else { return };
        if holding.net.is_zero() && !holding.filled {
            return;
        }
        holding.filled = false;
        let Some(one) = self.instruments.get(index) else { return };
        let value = one.value(holding.net, price);
        self.value += value - holding.value;
        holding.value = value;
        let equity = self.cash + self.value;
        self.peak = self.peak.max(equity);
        self.max_drawdown = self.max_drawdown.max(self.peak - equity);
    }

    fn fill(&mut self, fill: &Fill) {
        let index = fill.instrument.index();
        let instruments = Arc::clone(&self.instruments);
        let Some(one) = instruments.get(index) else { return };
        let signed = fill.qty.signed(fill.side);
        self.fills += 1;
        self.units += Money::from_raw(i128::from(fill.qty.raw()) * 100_000_000);
        let line = FillLine {
            strategy: fill.strategy,
            instrument: fill.instrument,
            at: fill.venue_time,
            signed,
            price: fill.price,
        };
        if self.first_fills.len() < ENDS {
            self.first_fills.push(line);
        }
        self.last_fills.push(line);
        self.cash -= one.flow(signed, fill.price) + fill.fee;
        if let Some(holding) = self.holdings.get_mut(index) {
            // Until the row's own mark comes, it is worth what it was bought for.
            holding.net += signed;
            let value = one.value(holding.net, fill.price);
            self.value += value - holding.value;
            (holding.value, holding.filled) = (value, true);
        }
        self.trip(one, fill, signed);
    }

    fn trip(&mut self, one: &Instrument, fill: &Fill, signed: NetQty) {
        let cell = fill.strategy.index() * self.instruments.len() + fill.instrument.index();
        let Some(trip) = self.trips_open.get_mut(cell) else { return };
        let against = trip.net.side().is_some_and(|side| side == fill.side.opposite());
        let closes = if against { fill.qty.min(trip.net.magnitude()) } else { Qty::ZERO };
        let opens = fill.qty.minus(closes);
        let fee = fill.fee.part(closes, fill.qty);
        if !closes.is_zero() {
            let part = closes.signed(fill.side);
            trip.cash -= one.flow(part, fill.price) + fee;
            trip.net += part;
            if trip.net.is_zero() {
                self.round_trips += 1;
                self.wins += u64::from(trip.cash > Money::ZERO);
                *trip = Trip::default();
            }
        }
        if !opens.is_zero() {
            trip.cash -= one.flow(opens.signed(fill.side), fill.price) + (fill.fee - fee);
            trip.net += signed - closes.signed(fill.side);
        }
    }
}
