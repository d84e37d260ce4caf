//! One invented instrument: its venue's full book, its moods, and the messages they make.

use super::options::SyntheticOptions;
use super::regime::Regime;
use crate::model::{Instrument, Level, Price, Qty, Side, Span, Timestamp};
use crate::sim::{Book, Change, RawBody, RawMessage, Rng};
use std::collections::VecDeque;

/// Levels a side at the start and at most.
const FIRST_LEVELS: i64 = 300;
const MOST_LEVELS: usize = 600;

/// How far from the best price the book changes, in price units.
const ACTIVE_UNITS: u64 = 60;

/// The largest quantity of a level, in lots.
const MOST_LOTS: u64 = 2_000;

/// One price unit is the mid divided by this (a quarter of a basis point), at least a tick.
const UNITS: i64 = 40_000;

/// The delay between the venue's clock and ours, at least and at most.
const DELAY_MS: (i64, i64) = (4, 9);

/// An invented market.
#[derive(Debug)]
pub(super) struct Market {
    instrument: Instrument,
    options: SyntheticOptions,
    rng: Rng,
    /// The venue's book, always whole.
    book: Book,
    update_id: u64,
    /// The starting mid, in ticks: the market stays between half and double.
    anchor: i64,
    bid: i64,
    ask: i64,
    regime: Regime,
    regime_until: Timestamp,
    /// The next step, by our clock.
    at: Timestamp,
    venue_time: Timestamp,
    burst: u32,
    quoted: Option<(Level, Level)>,
    silence_at: Option<Timestamp>,
    gap_at: Option<Timestamp>,
    cross_at: Option<Timestamp>,
    snapshot_at: Option<Timestamp>,
    out: VecDeque<RawMessage>,
}

impl Market {
    /// A market that opens with a snapshot at the start of the options.
    pub(super) fn new(instrument: Instrument, start_price: Price, options: SyntheticOptions) -> Self {
        let mut rng = Rng::stream(options.seed, u64::from(instrument.id.get()));
        let (regime, lasts) = Regime::draw(&mut rng);
        let anchor = start_price.raw().div_euclid(instrument.tick.raw()).max(2);
        let mut market = Self {
            book: Book::new(),
            update_id: 1_000,
            anchor,
            bid: anchor,
            ask: anchor + 1,
            regime,
            regime_until: options.start.after(lasts),
            at: options.start,
            venue_time: options.start.after(Span::from_millis(-DELAY_MS.1)),
            burst: 0,
            quoted: None,
            silence_at: due(options.silence_every, options.start, &mut rng),
            gap_at: due(options.gap_every, options.start, &mut rng),
            cross_at: due(options.cross_every, options.start, &mut rng),
            snapshot_at: None,
            out: VecDeque::new(),
            instrument,
            options,
            rng,
        };
        market.open();
        market
    }

    /// When its next message reaches us.
    pub(super) fn next_time(&mut self) -> Option<Timestamp> {
        while self.out.is_empty() {
            self.step();
        }
        self.out.front().map(|message| message.local_time)
    }

    /// Its next message.
    pub(super) fn next_message(&mut self) -> Option<RawMessage> {
        self.next_time();
        self.out.pop_front()
    }

    fn open(&mut self) {
        let unit = self.unit();
        let bids = (0..FIRST_LEVELS).filter_map(|place| self.level(self.bid - place * unit)).collect();
        let asks = (0..FIRST_LEVELS).filter_map(|place| self.level(self.ask + place * unit)).collect();
        self.say(0, RawBody::Snapshot { last_update_id: self.update_id, bids, asks });
        self.at = self.at.after(Span::from_millis(2));
    }

    /// One moment of the market: trades, then the book's changes, then the new best prices.
    fn step(&mut self) {
        if self.at >= self.regime_until {
            let (regime, lasts) = Regime::draw(&mut self.rng);
            (self.regime, self.regime_until) = (regime, self.at.after(lasts));
        }
        let units = self.draw_move();
        let mut changes = self.trade(units);
        self.shift(units, &mut changes);
        self.refresh(&mut changes);
        self.prune(&mut changes);
        self.change(changes);
        self.quote();
        self.heal();
        self.advance();
    }

    /// How far the mid moves, in units; back inwards at half and double the starting price.
    fn draw_move(&mut self) -> i64 {
        let units = self.regime.draw_move(&mut self.rng);
        let (low, high) = (self.anchor.div_euclid(2).max(2), self.anchor.saturating_mul(2));
        if self.bid <= low {
            units.abs()
        } else if self.ask >= high {
            -units.abs()
        } else {
            units
        }
    }

    /// Prints against the best level of a side and what they take from it.
    fn trade(&mut self, units: i64) -> Vec<Change> {
        let mut changes = Vec::new();
        let percent = if self.burst > 0 { 90 } else { self.regime.trade_percent() };
        if units == 0 && !self.rng.percent(percent) {
            return changes;
        }
        let buys = if units == 0 { self.rng.percent(50) } else { units > 0 };
        let (aggressor, resting) = if buys { (Side::Buy, Side::Sell) } else { (Side::Sell, Side::Buy) };
        let Some(mut best) = self.book.best(resting) else { return changes };
        for print in 0..self.rng.between(1, 4) {
            let wanted = self.draw_qty();
            // The last lot stays: whether a level goes is decided by the move.
            let qty = wanted.min(best.qty.minus(self.instrument.lot));
            if qty.is_zero() {
                break;
            }
            best.qty = best.qty.minus(qty);
            self.say(print * 20, RawBody::Trade { price: best.price, qty, aggressor });
        }
        changes.push(Change { side: resting, price: best.price, qty: best.qty });
        changes
    }

    /// Moves the best prices: what lies between the new ones goes, and both get a level.
    fn shift(&mut self, units: i64, changes: &mut Vec<Change>) {
        let gap = self.regime.draw_gap(&mut self.rng) * self.unit();
        if units == 0 && gap == self.ask - self.bid - 1 {
            return;
        }
        if units == 0 && !self.rng.one_in(10) {
            return;
        }
        self.bid = (self.bid + units * self.unit()).max(1);
        self.ask = self.bid + 1 + gap;
        for side in [Side::Buy, Side::Sell] {
            let inside = |level: &Level| self.is_inside(side, self.ticks(level.price));
            let gone: Vec<Price> =
                self.book.levels(side).take_while(inside).map(|level| level.price).collect();
            changes.extend(gone.into_iter().map(|price| Change { side, price, qty: Qty::ZERO }));
            changes.extend(self.level(self.outwards(side, 0)).map(|level| as_change(side, level)));
        }
    }

    /// New quantities at some levels near the best prices; the best ones themselves never go.
    fn refresh(&mut self, changes: &mut Vec<Change>) {
        for side in [Side::Buy, Side::Sell] {
            for _ in 0..self.rng.between(1, 6) {
                changes.extend(self.draw_change(side));
            }
        }
    }

    fn draw_change(&mut self, side: Side) -> Option<Change> {
        let reach = self.rng.below(ACTIVE_UNITS) + 1;
        let units = i64::try_from(self.rng.below(reach)).unwrap_or_default();
        let gone = units > 0 && self.rng.percent(30);
        let Level { price, qty } = self.level(self.outwards(side, units))?;
        Some(Change { side, price, qty: if gone { Qty::ZERO } else { qty } })
    }

    /// Deletes the farthest levels beyond the most a side may have.
    fn prune(&self, changes: &mut Vec<Change>) {
        for side in [Side::Buy, Side::Sell] {
            if self.book.level_count(side) > MOST_LEVELS {
                let far = self.book.levels(side).skip(MOST_LEVELS);
                changes.extend(far.map(|level| Change { side, price: level.price, qty: Qty::ZERO }));
            }
        }
    }

    /// The venue's book changes; we hear of it unless this is the message that gets lost.
    fn change(&mut self, changes: Vec<Change>) {
        let previous_id = self.update_id;
        self.update_id += self.rng.below(8) + 1;
        let body =
            RawBody::Depth { first_id: previous_id + 1, final_id: self.update_id, previous_id, changes };
        self.say(200, body);
        if self.gap_at.is_some_and(|due| self.at >= due) {
            self.out.pop_back();
            self.gap_at = due(self.options.gap_every, self.at, &mut self.rng);
            self.snapshot_at = Some(self.at.after(Span::from_millis(self.rng.between(800, 2_500))));
        }
    }

    /// The best prices where they differ from those said last; crossed where that fault is due.
    fn quote(&mut self) {
        let (Some(bid), Some(ask)) = (self.book.best(Side::Buy), self.book.best(Side::Sell)) else { return };
        let crossed = self.cross_at.is_some_and(|due| self.at >= due);
        if self.quoted == Some((bid, ask)) && !crossed {
            return;
        }
        self.quoted = (!crossed).then_some((bid, ask));
        let update_id = self.update_id;
        let (bid, ask) = if crossed {
            self.cross_at = due(self.options.cross_every, self.at, &mut self.rng);
            (Level { price: ask.price, ..bid }, Level { price: bid.price, ..ask })
        } else {
            (bid, ask)
        };
        self.say(300, RawBody::Bbo { update_id, bid, ask });
    }

    /// Some time after a lost message the whole book comes again.
    fn heal(&mut self) {
        if self.snapshot_at.is_none_or(|due| self.at < due) {
            return;
        }
        self.snapshot_at = None;
        let levels = |side| self.book.levels(side).collect();
        let (bids, asks) = (levels(Side::Buy), levels(Side::Sell));
        self.say(400, RawBody::Snapshot { last_update_id: self.update_id, bids, asks });
    }

    /// The time of the next step: soon in a burst, after some seconds where a silence is due.
    fn advance(&mut self) {
        if self.burst == 0 && self.rng.one_in(400) {
            self.burst = u32::try_from(self.rng.between(20, 80)).unwrap_or_default();
        }
        let mut wait = self.regime.draw_wait(&mut self.rng);
        if self.burst > 0 {
            self.burst -= 1;
            wait = Span::from_millis(self.rng.between(2, 6));
        }
        if self.silence_at.is_some_and(|due| self.at >= due) {
            self.silence_at = due(self.options.silence_every, self.at, &mut self.rng);
            wait = Span::from_millis(self.rng.between(4_000, 12_000));
        }
        self.at = self.at.after(wait);
    }

    /// Sends a body some microseconds into the step, and keeps the venue's own book by it.
    fn say(&mut self, micros: i64, body: RawBody) {
        let local_time = self.at.after(Span::from_nanos(micros * 1_000));
        let delay = Span::from_millis(-self.rng.between(DELAY_MS.0, DELAY_MS.1));
        self.venue_time = self.venue_time.max(local_time.after(delay));
        let instrument = self.instrument.id;
        let message = RawMessage { instrument, venue_time: self.venue_time, local_time, body };
        self.book.apply(&message);
        self.out.push_back(message);
    }

    /// A quarter of a basis point of the price, in ticks, at least one.
    fn unit(&self) -> i64 {
        self.anchor.div_euclid(UNITS).max(1)
    }

    /// The price some units outwards from the best of a side, in ticks.
    fn outwards(&self, side: Side, units: i64) -> i64 {
        match side {
            Side::Buy => self.bid - units * self.unit(),
            Side::Sell => self.ask + units * self.unit(),
        }
    }

    /// Whether a level of a side lies between the new best prices.
    const fn is_inside(&self, side: Side, ticks: i64) -> bool {
        match side {
            Side::Buy => ticks > self.bid,
            Side::Sell => ticks < self.ask,
        }
    }

    const fn ticks(&self, price: Price) -> i64 {
        price.raw().div_euclid(self.instrument.tick.raw())
    }

    /// A level with a drawn quantity; `None` outside what a price may be.
    fn level(&mut self, ticks: i64) -> Option<Level> {
        let raw = ticks.checked_mul(self.instrument.tick.raw())?;
        let price = Price::from_raw(raw).ok().filter(|price| *price > Price::ZERO)?;
        Some(Level { price, qty: self.draw_qty() })
    }

    /// A quantity, small ones more often, at least two lots.
    fn draw_qty(&mut self) -> Qty {
        let most = self.rng.below(MOST_LOTS) + 1;
        let lots = i64::try_from(self.rng.below(most)).unwrap_or_default() + 2;
        let raw = self.instrument.lot.raw().saturating_mul(lots);
        Qty::from_raw(raw).unwrap_or(self.instrument.lot)
    }
}

const fn as_change(side: Side, Level { price, qty }: Level) -> Change {
    Change { side, price, qty }
}

/// When something that comes every so often comes next: between half and one and a half times as long.
fn due(every: Option<Span>, now: Timestamp, rng: &mut Rng) -> Option<Timestamp> {
    let nanos = every?.nanos();
    Some(now.after(Span::from_nanos(rng.between(nanos.div_euclid(2), nanos.saturating_mul(3).div_euclid(2)))))
}
