//! What a market says: quotes, trades, the visible book, and what is wrong with them.

use super::{DisplayText, InstrumentId, Price, Qty, Side, Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Levels a side kept in a `Depth`.
pub const DEPTH_LEVELS: usize = 25;

/// The best bid and ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub instrument: InstrumentId,
    pub bid: Price,
    pub bid_qty: Qty,
    pub ask: Price,
    pub ask_qty: Qty,
    /// When the venue made it, by the venue's clock.
    pub venue_time: Timestamp,
    /// When it reached us, by our clock. May be before `venue_time`: clocks disagree.
    pub local_time: Timestamp,
}

impl Quote {
    /// Halfway between bid and ask.
    pub fn mid(&self) -> Price {
        self.bid.midpoint(self.ask)
    }

    /// The best price of the side an order of `side` trades against.
    pub const fn opposite(&self, side: Side) -> Price {
        match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        }
    }

    /// The best price of the side an order of `side` rests on.
    pub const fn own(&self, side: Side) -> Price {
        match side {
            Side::Buy => self.bid,
            Side::Sell => self.ask,
        }
    }
}

/// One print of the tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    pub instrument: InstrumentId,
    pub price: Price,
    pub qty: Qty,
    /// The side that took liquidity.
    pub aggressor: Side,
    /// When the venue matched it, by the venue's clock.
    pub venue_time: Timestamp,
    /// When it reached us, by our clock.
    pub local_time: Timestamp,
}

/// What an interval of trading came to, as a history tells it. It is heard when it is over, at its close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    pub instrument: InstrumentId,
    pub open: Price,
    pub high: Price,
    pub low: Price,
    pub close: Price,
    /// Quantity traded in it; zero where the source has none.
    pub volume: Qty,
    /// When the interval began and ended, by the venue's clock.
    pub open_time: Timestamp,
    pub close_time: Timestamp,
    /// When it reached us, by our clock.
    pub local_time: Timestamp,
}

impl Bar {
    /// The quote a bar leaves behind: its close on both sides, so that the mark is the close. There is no size in a
    /// history of bars; one unit stands for it.
    pub const fn closing_quote(&self) -> Quote {
        Quote {
            instrument: self.instrument,
            bid: self.close,
            bid_qty: Qty::ONE,
            ask: self.close,
            ask_qty: Qty::ONE,
            venue_time: self.close_time,
            local_time: self.local_time,
        }
    }
}

/// One price level of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    pub price: Price,
    pub qty: Qty,
}

/// The best levels of a book, each side from the best price outwards, at most `DEPTH_LEVELS` a side. Carries state,
/// not changes, so a newer one replaces an older one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Depth {
    pub instrument: InstrumentId,
    pub bids: Vec<Level>,
    pub asks: Vec<Level>,
    /// When the venue made the last change in it, by the venue's clock.
    pub venue_time: Timestamp,
    /// When that change reached us, by our clock.
    pub local_time: Timestamp,
}

/// Why market data is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Best bid above best ask.
    Crossed,
    /// Best bid equal to best ask.
    Locked,
    /// A zero or negative price or quantity.
    NotPositive,
    /// A price outside the instrument's configured range.
    OutOfRange,
    /// A jump from the last good price beyond the instrument's limit.
    Jump,
    /// A price off the instrument's tick.
    OffTick,
    /// A message of the feed's own sequence is missing.
    SequenceGap,
    /// A row or message that could not be read.
    Unreadable,
}

/// One fact about a market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MarketEvent {
    Quote(Quote),
    Trade(Trade),
    Depth(Arc<Depth>),
    /// An interval of a history that is over.
    Bar(Bar),
    /// Data of this instrument is not to be trusted until good quotes return: marks stay at the last good one and new
    /// risk is blocked.
    Quarantined {
        instrument: InstrumentId,
        fault: Fault,
        detail: DisplayText,
    },
    /// The quarantine ended after good quotes.
    Trusted {
        instrument: InstrumentId,
    },
    /// No data for longer than the instrument's limit, by our clock.
    Stale {
        instrument: InstrumentId,
        age: Span,
    },
    /// Data came again after this silence.
    Fresh {
        instrument: InstrumentId,
        silence: Span,
    },
    /// Trades were discarded because the market lane was full.
    Dropped {
        instrument: InstrumentId,
        trades: u32,
    },
    /// The recording ended and starts again: the book and the clocks of the venue restart with it.
    Looped {
        instrument: InstrumentId,
        pass: u32,
    },
}

impl MarketEvent {
    /// The instrument it speaks of.
    pub fn instrument(&self) -> InstrumentId {
        match self {
            Self::Quote(quote) => quote.instrument,
            Self::Trade(trade) => trade.instrument,
            Self::Depth(depth) => depth.instrument,
            Self::Bar(bar) => bar.instrument,
            Self::Quarantined { instrument, .. }
            | Self::Trusted { instrument }
            | Self::Stale { instrument, .. }
            | Self::Fresh { instrument, .. }
            | Self::Dropped { instrument, .. }
            | Self::Looped { instrument, .. } => *instrument,
        }
    }

    /// Whether it is data that comes many times a second, as opposed to a fact worth a line in the log.
    pub const fn is_data(&self) -> bool {
        matches!(self, Self::Quote(_) | Self::Trade(_) | Self::Depth(_) | Self::Bar(_))
    }
}
