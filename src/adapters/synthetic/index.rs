//! An invented index: a number that moves with the moods of a market and is quoted, never traded.

use super::options::SyntheticOptions;
use super::regime::Regime;
use crate::model::{Instrument, Level, Price, Qty, Span, Timestamp};
use crate::sim::{RawBody, RawMessage, Rng};

/// One move is the index divided by this: a quarter of a basis point, at least a tick.
const UNITS: i64 = 40_000;

/// An index that stands still is said again after this long.
const SAY_AGAIN: Span = Span::from_secs(1);

/// The delay between the venue's clock and ours.
const DELAY: Span = Span::from_millis(5);

/// An invented index.
#[derive(Debug)]
pub(super) struct Index {
    instrument: Instrument,
    rng: Rng,
    /// Where it began and where it stands, in ticks.
    anchor: i64,
    value: i64,
    regime: Regime,
    regime_until: Timestamp,
    at: Timestamp,
    said: Option<(i64, Timestamp)>,
    update_id: u64,
    waiting: Option<RawMessage>,
}

impl Index {
    pub(super) fn new(instrument: Instrument, start: Price, options: SyntheticOptions) -> Self {
        let mut rng = Rng::stream(options.seed, u64::from(instrument.id.get()));
        let (regime, lasts) = Regime::draw(&mut rng);
        let anchor = start.raw().div_euclid(instrument.tick.raw()).max(4);
        Self {
            rng,
            anchor,
            value: anchor,
            regime,
            regime_until: options.start.after(lasts),
            at: options.start,
            said: None,
            update_id: 0,
            waiting: None,
            instrument,
        }
    }

    /// When its next message reaches us.
    pub(super) fn next_time(&mut self) -> Timestamp {
        loop {
            if let Some(message) = &self.waiting {
                return message.local_time;
            }
            self.step();
        }
    }

    /// Its next message.
    pub(super) fn next_message(&mut self) -> Option<RawMessage> {
        self.next_time();
        self.waiting.take()
    }

    fn step(&mut self) {
        if self.at >= self.regime_until {
            let (regime, lasts) = Regime::draw(&mut self.rng);
            (self.regime, self.regime_until) = (regime, self.at.after(lasts));
        }
        let units = self.regime.draw_move(&mut self.rng);
        let (low, high) = (self.anchor.div_euclid(2), self.anchor.saturating_mul(2));
        let inwards = match self.value {
            value if value <= low + 1 => units.abs(),
            value if value >= high - 2 => -units.abs(),
            _ => units,
        };
        self.value = (self.value + inwards * self.anchor.div_euclid(UNITS).max(1)).clamp(low + 1, high - 2);
        let known = self.said.filter(|(value, _)| *value == self.value);
        if known.is_none_or(|(_, said)| self.at.since(said) >= SAY_AGAIN) {
            self.say();
        }
        self.at = self.at.after(self.regime.draw_wait(&mut self.rng));
    }

    /// Quotes it a tick around: an index has no book, and a quote two sides.
    fn say(&mut self) {
        let level = |ticks: i64| {
            let raw = ticks.checked_mul(self.instrument.tick.raw())?;
            Some(Level { price: Price::from_raw(raw).ok()?, qty: Qty::ONE })
        };
        let (Some(bid), Some(ask)) = (level(self.value - 1), level(self.value + 1)) else { return };
        self.said = Some((self.value, self.at));
        self.update_id += 1;
        self.waiting = Some(RawMessage {
            instrument: self.instrument.id,
            venue_time: self.at.after(Span::ZERO - DELAY),
            local_time: self.at,
            body: RawBody::Bbo { update_id: self.update_id, bid, ask },
        });
    }
}
