//! Entries as bytes: market data by its differences from the data before it, everything else as named `MessagePack`.
//!
//! An entry is a tag, the time since the entry before, the number of events, and what was taken. Differences begin anew in
//! each block, so a block can be read by itself.

use super::entry::{Act, Entry};
use crate::model::{
    Depth, Input, InstrumentId, Level, MarketEvent, Price, Qty, Quote, Side, Timestamp, Trade,
};
use crate::store::varint::{Column, Cursor};
use std::collections::BTreeMap;
use std::sync::Arc;

const START: u64 = 0;
const TICK: u64 = 1;
const QUOTE: u64 = 2;
const BUY: u64 = 3;
const SELL: u64 = 4;
const DEPTH: u64 = 5;
const OTHER: u64 = 6;

/// Levels of a side a depth may have.
const LEVELS_MAX: u64 = 1_024;

/// What differences are taken from.
#[derive(Debug, Default)]
struct Before {
    now: i64,
    /// By instrument: bid, bid quantity, ask quantity, last trade price, as raw numbers.
    seen: BTreeMap<u16, [i64; 4]>,
}

/// Entries on their way into a block.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    before: Before,
    column: Column,
    pub(super) entries: u32,
    pub(super) events: u64,
    pub(super) first_now: i64,
}

impl Encoder {
    /// Bytes so far.
    pub(super) const fn len(&self) -> usize {
        self.column.0.len()
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.column.0
    }

    /// Forgets everything: the next block begins.
    pub(super) fn clear(&mut self) {
        self.column.0.clear();
        self.before = Before::default();
        (self.entries, self.events, self.first_now) = (0, 0, 0);
    }

    /// Adds an entry.
    pub(super) fn add(&mut self, entry: &Entry) -> Result<(), rmp_serde::encode::Error> {
        if self.entries == 0 {
            self.first_now = entry.now.nanos();
        }
        match &entry.act {
            Act::Start => self.head(START, entry),
            Act::Step(Input::Tick) => self.head(TICK, entry),
            Act::Step(Input::Market(MarketEvent::Quote(quote))) => {
                self.head(QUOTE, entry);
                self.quote(quote);
            }
            Act::Step(Input::Market(MarketEvent::Trade(trade))) => {
                self.head(if trade.aggressor == Side::Buy { BUY } else { SELL }, entry);
                self.trade(trade);
            }
            Act::Step(Input::Market(MarketEvent::Depth(depth))) => {
                self.head(DEPTH, entry);
                self.depth(depth);
            }
            Act::Step(other) => {
                let bytes = rmp_serde::to_vec_named(other)?;
                self.head(OTHER, entry);
                self.column.put(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                self.column.0.extend_from_slice(&bytes);
            }
        }
        self.entries += 1;
        self.events += u64::from(entry.events);
        Ok(())
    }

    fn head(&mut self, tag: u64, entry: &Entry) {
        let now = entry.now.nanos();
        self.column.put(tag);
        self.column.put_signed(now.wrapping_sub(self.before.now));
        self.column.put(u64::from(entry.events));
        self.before.now = now;
    }

    fn times(&mut self, venue: Timestamp, local: Timestamp) {
        self.column.put_signed(self.before.now.wrapping_sub(venue.nanos()));
        self.column.put_signed(self.before.now.wrapping_sub(local.nanos()));
    }

    fn instrument(&mut self, id: InstrumentId) -> &mut [i64; 4] {
        self.column.put(u64::from(id.get()));
        self.before.seen.entry(id.get()).or_default()
    }

    fn quote(&mut self, quote: &Quote) {
        let [bid, bid_qty, ask_qty, _] = *self.instrument(quote.instrument);
        self.column.put_signed(quote.bid.raw().wrapping_sub(bid));
        self.column.put_signed(quote.ask.raw().wrapping_sub(quote.bid.raw()));
        self.column.put_signed(quote.bid_qty.raw().wrapping_sub(bid_qty));
        self.column.put_signed(quote.ask_qty.raw().wrapping_sub(ask_qty));
        if let Some(seen) = self.before.seen.get_mut(&quote.instrument.get()) {
            (seen[0], seen[1], seen[2]) = (quote.bid.raw(), quote.bid_qty.raw(), quote.ask_qty.raw());
        }
        self.times(quote.venue_time, quote.local_time);
    }

    fn trade(&mut self, trade: &Trade) {
        let [.., price] = *self.instrument(trade.instrument);
        self.column.put_signed(trade.price.raw().wrapping_sub(price));
        self.column.put_signed(trade.qty.raw());
        if let Some(seen) = self.before.seen.get_mut(&trade.instrument.get()) {
            seen[3] = trade.price.raw();
        }
        self.times(trade.venue_time, trade.local_time);
    }

    fn depth(&mut self, depth: &Depth) {
        let [bid, ..] = *self.instrument(depth.instrument);
        let count = |levels: &[Level]| u64::try_from(levels.len()).unwrap_or(u64::MAX);
        self.column.put(count(&depth.bids));
        self.column.put(count(&depth.asks));
        let mut last = bid;
        for level in depth.bids.iter().chain(&depth.asks) {
            self.column.put_signed(level.price.raw().wrapping_sub(last));
            self.column.put_signed(level.qty.raw());
            last = level.price.raw();
        }
        self.times(depth.venue_time, depth.local_time);
    }
}

/// A block's entries on their way back.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    before: Before,
    cursor: Cursor<'a>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { before: Before::default(), cursor: Cursor::new(bytes) }
    }

    /// Whether everything has been read.
    pub(super) const fn is_empty(&self) -> bool {
        self.cursor.is_empty()
    }

    /// The next entry; `None` where the bytes are none.
    pub(super) fn next(&mut self) -> Option<Entry> {
        let tag = self.cursor.take()?;
        self.before.now = self.before.now.wrapping_add(self.cursor.take_signed()?);
        let now = Timestamp::from_nanos(self.before.now);
        let events = u32::try_from(self.cursor.take()?).ok()?;
        let market = |event| Act::Step(Input::Market(event));
        let act = match tag {
            START => Act::Start,
            TICK => Act::Step(Input::Tick),
            QUOTE => market(MarketEvent::Quote(self.quote()?)),
            BUY => market(MarketEvent::Trade(self.trade(Side::Buy)?)),
            SELL => market(MarketEvent::Trade(self.trade(Side::Sell)?)),
            DEPTH => market(MarketEvent::Depth(Arc::new(self.depth()?))),
            OTHER => {
                let length = self.cursor.take()?;
                let bytes = self.cursor.bytes(length)?;
                Act::Step(rmp_serde::from_slice(bytes).ok()?)
            }
            _ => return None,
        };
        Some(Entry { now, act, events })
    }

    fn times(&mut self) -> Option<(Timestamp, Timestamp)> {
        let mut time =
            || Some(Timestamp::from_nanos(self.before.now.wrapping_sub(self.cursor.take_signed()?)));
        Some((time()?, time()?))
    }

    fn instrument(&mut self) -> Option<InstrumentId> {
        u16::try_from(self.cursor.take()?).ok().map(InstrumentId::new)
    }

    fn by(&mut self, from: i64) -> Option<i64> {
        Some(from.wrapping_add(self.cursor.take_signed()?))
    }

    fn quote(&mut self) -> Option<Quote> {
        let instrument = self.instrument()?;
        let [bid, bid_qty, ask_qty, trade] =
            self.before.seen.get(&instrument.get()).copied().unwrap_or_default();
        let bid = self.by(bid)?;
        let ask = self.by(bid)?;
        let (bid_qty, ask_qty) = (self.by(bid_qty)?, self.by(ask_qty)?);
        self.before.seen.insert(instrument.get(), [bid, bid_qty, ask_qty, trade]);
        let (venue_time, local_time) = self.times()?;
        Some(Quote {
            instrument,
            bid: Price::from_raw(bid).ok()?,
            bid_qty: Qty::from_raw(bid_qty).ok()?,
            ask: Price::from_raw(ask).ok()?,
            ask_qty: Qty::from_raw(ask_qty).ok()?,
            venue_time,
            local_time,
        })
    }

    fn trade(&mut self, aggressor: Side) -> Option<Trade> {
        let instrument = self.instrument()?;
        let seen = self.before.seen.entry(instrument.get()).or_default();
        let price = seen[3].wrapping_add(self.cursor.take_signed()?);
        seen[3] = price;
        let qty = self.cursor.take_signed()?;
        let (venue_time, local_time) = self.times()?;
        let (price, qty) = (Price::from_raw(price).ok()?, Qty::from_raw(qty).ok()?);
        Some(Trade { instrument, price, qty, aggressor, venue_time, local_time })
    }

    fn depth(&mut self) -> Option<Depth> {
        let instrument = self.instrument()?;
        let [mut last, ..] = self.before.seen.get(&instrument.get()).copied().unwrap_or_default();
        let (bids, asks) = (self.cursor.take()?, self.cursor.take()?);
        let bids = self.levels(bids, &mut last)?;
        let asks = self.levels(asks, &mut last)?;
        let (venue_time, local_time) = self.times()?;
        Some(Depth { instrument, bids, asks, venue_time, local_time })
    }

    fn levels(&mut self, count: u64, last: &mut i64) -> Option<Vec<Level>> {
        if count > LEVELS_MAX {
            return None;
        }
        (0..count)
            .map(|_| {
                *last = self.by(*last)?;
                let qty = self.cursor.take_signed()?;
                Some(Level { price: Price::from_raw(*last).ok()?, qty: Qty::from_raw(qty).ok()? })
            })
            .collect()
    }
}
