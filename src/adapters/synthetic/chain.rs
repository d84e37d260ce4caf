//! Everything derived from one underlying: futures at their cost of carry, options by Black-76 on them, all quoted with
//! depth by one patient market maker who looks eight times a second.

use super::options::SyntheticOptions;
use super::pricing::{INTEREST, Terms, exp, years};
use crate::model::{Class, Instrument, InstrumentId, Level, Price, Qty, Side, Span, Timestamp};
use crate::sim::{RawBody, RawMessage, Rng};
use std::collections::VecDeque;

/// How often he looks; at futures each time, at options every second time.
const LOOK_EVERY: Span = Span::from_millis(125);

/// A quote that has not changed is said again after this long.
const SAY_AGAIN: Span = Span::from_secs(2);

/// Levels a side.
const LEVELS: i64 = 5;

/// The least and the most lots of a level.
const LOTS: (i64, i64) = (4, 120);

/// Prints tried at each look.
const PRINTS: u32 = 2;

/// The delay between the venue's clock and ours.
const DELAY: Span = Span::from_millis(5);

/// Tells the chain's chance from its underlying's.
const STREAM: u64 = 0x4348_4149_4e00;

/// The derivatives of one underlying.
#[derive(Debug)]
pub(super) struct Chain {
    underlying: InstrumentId,
    spot: f64,
    curves: Vec<Curve>,
    rng: Rng,
    /// The next look, by our clock, and how many there were.
    at: Timestamp,
    looks: u64,
    update_id: u64,
    out: VecDeque<RawMessage>,
}

/// One expiry: its future, if there is one, and its options by strike.
#[derive(Debug)]
struct Curve {
    expiry: Timestamp,
    /// How far the future stands from its fair price, in its ticks: noise that comes back.
    basis: f64,
    future: Option<Contract>,
    options: Vec<Contract>,
    /// What the options were last priced on, and when.
    priced: Option<(f64, Timestamp)>,
}

/// One instrument and what was last said of it.
#[derive(Debug)]
struct Contract {
    instrument: Instrument,
    /// Bid and ask in ticks, and when.
    said: Option<(i64, i64, Timestamp)>,
}

impl Chain {
    /// The futures and options on an underlying that starts at a price; `None` where there are none.
    pub(super) fn new(
        underlying: InstrumentId,
        start: Price,
        derived: Vec<Instrument>,
        options: SyntheticOptions,
    ) -> Option<Self> {
        let mut curves: Vec<Curve> = Vec::new();
        for instrument in derived {
            let expiry = instrument.listing.class.expiry()?;
            let index = curves.iter().position(|curve| curve.expiry == expiry).unwrap_or_else(|| {
                curves.push(Curve::new(expiry));
                curves.len() - 1
            });
            curves.get_mut(index)?.take(instrument);
        }
        curves.sort_by_key(|curve| curve.expiry);
        (!curves.is_empty()).then(|| Self {
            underlying,
            spot: start.to_f64(),
            curves,
            rng: Rng::stream(options.seed, STREAM + u64::from(underlying.get())),
            at: options.start.after(Span::from_millis(1)),
            looks: 0,
            update_id: 0,
            out: VecDeque::new(),
        })
    }

    /// What its underlying is quoted at now.
    pub(super) fn hear(&mut self, message: &RawMessage) {
        if let RawBody::Bbo { bid, ask, .. } = &message.body
            && message.instrument == self.underlying
            && bid.price < ask.price
        {
            self.spot = bid.price.midpoint(ask.price).to_f64();
        }
    }

    /// When it next has something to say or looks whether it has; `None` once every contract has ended.
    pub(super) fn next_time(&self) -> Option<Timestamp> {
        let alive = self.curves.last().is_some_and(|curve| curve.expiry > self.at);
        let look = alive.then_some(self.at);
        self.out.front().map(|message| message.local_time).or(look)
    }

    /// Its next message; `None` where a look found nothing new.
    pub(super) fn next_message(&mut self) -> Option<RawMessage> {
        if self.out.is_empty() {
            self.look();
        }
        self.out.pop_front()
    }

    fn look(&mut self) {
        let with_options = self.looks.is_multiple_of(2);
        let mut curves = std::mem::take(&mut self.curves);
        let now = self.at;
        for curve in curves.iter_mut().filter(|curve| curve.expiry > now) {
            self.look_at(curve, with_options);
        }
        for _ in 0..PRINTS {
            self.print(&curves);
        }
        self.curves = curves;
        self.looks += 1;
        self.at = self.at.after(LOOK_EVERY);
    }

    fn look_at(&mut self, curve: &mut Curve, with_options: bool) {
        let left = years(curve.expiry.since(self.at).nanos());
        let fair = self.spot * exp(INTEREST * left);
        let mut forward = fair;
        if let Some(future) = &mut curve.future {
            curve.basis = curve.basis * 0.97 + small(self.rng.between(-100, 100)) / 250.0;
            let tick = future.instrument.tick.to_f64();
            let bid = whole((fair / tick + curve.basis).floor());
            forward = small(2 * bid + 1) / 2.0 * tick;
            self.quote(future, bid, bid + 1);
        }
        let repeats = curve.priced.is_some_and(|(on, at)| {
            let tick = curve.options.first().map_or(0.0, |one| one.instrument.tick.to_f64());
            (on - forward).abs() < tick && self.at.since(at) < SAY_AGAIN
        });
        if !with_options || repeats {
            return;
        }
        curve.priced = Some((forward, self.at));
        for option in &mut curve.options {
            let (bid, ask) = option_quote(&option.instrument, forward, left);
            self.quote(option, bid, ask);
        }
    }

    /// Says a quote and the depth behind it, if it is another one or has not been said for a while.
    fn quote(&mut self, contract: &mut Contract, bid: i64, ask: i64) {
        let known = contract.said.filter(|said| (said.0, said.1) == (bid, ask));
        if bid < 1 || known.is_some_and(|said| self.at.since(said.2) < SAY_AGAIN) {
            return;
        }
        contract.said = Some((bid, ask, self.at));
        let instrument = &contract.instrument;
        let bids: Vec<Level> = (0..LEVELS).filter_map(|place| self.level(instrument, bid - place)).collect();
        let asks: Vec<Level> = (0..LEVELS).filter_map(|place| self.level(instrument, ask + place)).collect();
        let (Some(best_bid), Some(best_ask)) = (bids.first().copied(), asks.first().copied()) else { return };
        self.update_id += 1;
        let update_id = self.update_id;
        self.say(instrument.id, RawBody::Snapshot { last_update_id: update_id, bids, asks });
        self.say(instrument.id, RawBody::Bbo { update_id, bid: best_bid, ask: best_ask });
    }

    /// A level with a drawn quantity; `None` where there is no such price.
    fn level(&mut self, instrument: &Instrument, ticks: i64) -> Option<Level> {
        let lots = self.rng.between(LOTS.0, LOTS.1);
        let price = Price::from_raw(ticks.checked_mul(instrument.tick.raw())?).ok()?;
        let qty = Qty::from_raw(instrument.lot.raw().checked_mul(lots)?).ok()?;
        (price >= instrument.min_price && price <= instrument.max_price).then_some(Level { price, qty })
    }

    /// Somebody trades somewhere, a lot or some at the best price.
    fn print(&mut self, curves: &[Curve]) {
        let pick = |rng: &mut Rng, count: usize| {
            usize::try_from(rng.below(u64::try_from(count).unwrap_or_default())).unwrap_or_default()
        };
        let Some(curve) = curves.get(pick(&mut self.rng, curves.len())) else { return };
        let place = pick(&mut self.rng, curve.options.len() + 3);
        let Some(contract) = curve.options.get(place).or(curve.future.as_ref()) else { return };
        let buys = self.rng.percent(50);
        let lots = self.rng.between(1, LOTS.0 - 1);
        let Some((bid, ask, _)) = contract.said.filter(|_| curve.expiry > self.at) else { return };
        let (ticks, aggressor) = if buys { (ask, Side::Buy) } else { (bid, Side::Sell) };
        let instrument = &contract.instrument;
        let price = ticks.checked_mul(instrument.tick.raw()).and_then(|raw| Price::from_raw(raw).ok());
        let qty = instrument.lot.raw().checked_mul(lots).and_then(|raw| Qty::from_raw(raw).ok());
        if let (Some(price), Some(qty)) = (price, qty) {
            self.say(instrument.id, RawBody::Trade { price, qty, aggressor });
        }
    }

    fn say(&mut self, instrument: InstrumentId, body: RawBody) {
        let local_time = self.at;
        let venue_time = local_time.after(Span::ZERO - DELAY);
        self.out.push_back(RawMessage { instrument, venue_time, local_time, body });
    }
}

impl Curve {
    const fn new(expiry: Timestamp) -> Self {
        Self { expiry, basis: 0.0, future: None, options: Vec::new(), priced: None }
    }

    fn take(&mut self, instrument: Instrument) {
        let is_option = instrument.listing.class.is_option();
        let contract = Contract { instrument, said: None };
        if is_option {
            self.options.push(contract);
        } else {
            self.future = Some(contract);
        }
    }
}

/// Bid and ask of an option in ticks: its worth and a spread that grows with it. Never below what exercising it would
/// bring, and never free.
fn option_quote(instrument: &Instrument, future: f64, years: f64) -> (i64, i64) {
    let Class::Option { strike, right, .. } = instrument.listing.class else { return (0, 0) };
    let tick = instrument.tick.to_f64();
    let terms = Terms { future, strike: strike.to_f64(), years, right };
    let (worth, exercised) = (terms.worth() / tick, terms.intrinsic() / tick);
    let half = (worth * 0.006).max(1.0);
    let bid = whole((worth - half).floor().max((exercised - 1.0).ceil())).max(1);
    let ask = whole((worth + half).ceil()).max(bid + 1);
    (bid, ask)
}

/// A count as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "ticks of an invented market")]
const fn small(count: i64) -> f64 {
    count as f64
}

/// A whole number of ticks.
#[expect(clippy::cast_possible_truncation, reason = "whole, and held where it would not fit")]
const fn whole(ticks: f64) -> i64 {
    ticks as i64
}
