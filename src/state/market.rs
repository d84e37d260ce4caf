//! What is known of one instrument's market, and whether it may be believed.

use super::bars::{self, BARS_KEPT, Bar};
use super::ring::Ring;
use crate::model::{Depth, Fault, Instrument, MarketEvent, Price, Quote, Span, Timestamp, Trade};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Trades kept for the tape panel.
const TRADES_KEPT: usize = 200;

/// A print older than this is no price of now.
const TRADES_LATELY: Span = Span::from_secs(60);

/// Whether an instrument's data is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    Good,
    /// Marks stay at the last good quote and new risk is blocked.
    Quarantined {
        fault: Fault,
        since: Timestamp,
    },
}

/// One instrument's market.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstrumentMarket {
    /// The last good quote: the source of the mark.
    pub quote: Option<Quote>,
    pub depth: Option<Arc<Depth>>,
    pub last_trade: Option<Trade>,
    pub trades: Ring<Trade>,
    pub bars: Ring<Bar>,
    pub trust: Trust,
    /// Set while no data came for longer than the instrument's limit.
    pub stale: bool,
    /// When anything last came, by our clock.
    pub heard_at: Option<Timestamp>,
    /// The smallest `local − venue` time seen: the offset between the two clocks plus the fastest way.
    pub clock_offset: Option<Span>,
    /// `local − venue` of the newest quote above that offset: how much slower than the fastest it came.
    pub lag: Span,
    /// Messages counted since the start.
    pub quotes: u64,
    pub prints: u64,
    pub faults: u64,
    /// Passes of a recording begun, 0 in the first.
    pub pass: u32,
}

impl InstrumentMarket {
    pub(super) fn new() -> Self {
        Self {
            quote: None,
            depth: None,
            last_trade: None,
            trades: Ring::new(TRADES_KEPT),
            bars: Ring::new(BARS_KEPT),
            trust: Trust::Good,
            stale: false,
            heard_at: None,
            clock_offset: None,
            lag: Span::ZERO,
            quotes: 0,
            prints: 0,
            faults: 0,
            pass: 0,
        }
    }

    /// The price positions are valued at: the middle of the last good quote.
    pub fn mark(&self) -> Option<Price> {
        self.quote.as_ref().map(Quote::mid)
    }

    /// The price stops look at: the last trade, as the paper venue's do. Where nobody has traded for a minute it is the
    /// middle of the quote, and so it is where a print lies further from the quote than the instrument may jump: a fat
    /// print must not pull a trailing stop along and then trigger it.
    pub fn wakes_at(&self, instrument: &Instrument, now: Timestamp) -> Option<Price> {
        let mark = self.mark();
        let jump = i64::from(instrument.max_jump_bps);
        let is_near =
            |price: &Price| mark.is_none_or(|mark| price.distance_bps(mark).is_some_and(|bps| bps <= jump));
        let print = self.last_trade.filter(|trade| now.since(trade.local_time) < TRADES_LATELY);
        print.map(|trade| trade.price).filter(is_near).or(mark)
    }

    /// How old the last good quote is, by our clock.
    pub fn age(&self, now: Timestamp) -> Option<Span> {
        self.quote.as_ref().map(|quote| now.since(quote.local_time))
    }

    /// Whether new risk may be priced off it: a quote that is young enough and trusted.
    pub fn is_usable(&self, instrument: &Instrument, now: Timestamp) -> bool {
        !self.stale
            && self.trust == Trust::Good
            && self.age(now).is_some_and(|age| age <= instrument.stale_after)
    }

    pub(super) fn apply(&mut self, event: &MarketEvent, at: Timestamp) {
        match event {
            MarketEvent::Quote(quote) => self.take_quote(quote, at),
            MarketEvent::Trade(trade) => {
                self.heard_at = Some(at);
                self.prints += 1;
                self.last_trade = Some(*trade);
                self.trades.push(*trade);
                bars::add(&mut self.bars, trade);
            }
            MarketEvent::Depth(depth) => {
                self.heard_at = Some(at);
                self.depth = Some(Arc::clone(depth));
            }
            MarketEvent::Bar(bar) => self.take_quote(&bar.closing_quote(), at),
            MarketEvent::Quarantined { fault, .. } => {
                self.faults += 1;
                self.trust = Trust::Quarantined { fault: *fault, since: at };
            }
            MarketEvent::Trusted { .. } => self.trust = Trust::Good,
            MarketEvent::Stale { .. } => self.stale = true,
            MarketEvent::Fresh { .. } => self.stale = false,
            MarketEvent::Dropped { .. } => {}
            MarketEvent::Looped { pass, .. } => {
                self.pass = *pass;
                self.clock_offset = None;
            }
        }
    }

    #[inline]
    pub(super) fn take_quote(&mut self, quote: &Quote, at: Timestamp) {
        self.heard_at = Some(at);
        self.quotes += 1;
        self.quote = Some(*quote);
        let offset = quote.local_time.since(quote.venue_time);
        let least = self.clock_offset.map_or(offset, |least| least.min(offset));
        self.clock_offset = Some(least);
        self.lag = offset - least;
    }
}
