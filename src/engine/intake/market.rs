//! Market data at the door: what no market has is quarantined before it can become a mark.

use crate::engine::core::Core;
use crate::engine::held;
use crate::model::{
    Class, DisplayText, Envelope, Event, Fault, Instrument, InstrumentId, MarketEvent, Price, Qty, Quote,
    Span, Timestamp, Trade,
};
use crate::state::{Bug, Trust};

/// Good quotes in a row that end a quarantine.
const GOOD_QUOTES: u8 = 3;

/// A venue time further than this from the newest one is a fault of a clock and says nothing about order.
const OUT_OF_TIME: Span = Span::from_secs(60);

/// So many of them in a row are how the venue's clock is now.
const NEW_CLOCK: u8 = 3;

/// What intake remembers of an instrument between messages.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::engine) struct Probation {
    /// Good quotes in a row since the quarantine began, and the middle of the last of them.
    good: u8,
    last: Option<Price>,
    /// The recording starts again: the next quote may lie anywhere.
    restarted: bool,
    /// The newest venue time of a quote, and how many quotes in a row were far from it.
    newest: Option<Timestamp>,
    odd: u8,
    /// A price that was found to be on the grid; the one next to it is then found to be by a small division.
    on_grid: Price,
}

impl Probation {
    /// Whether a quote is older than one that has come already: repeated, overtaken, replayed after a reconnect.
    fn is_overtaken(&mut self, venue_time: Timestamp) -> bool {
        let Some(newest) = self.newest.filter(|_| !self.restarted) else {
            self.newest = Some(venue_time);
            return false;
        };
        let ahead = venue_time.since(newest);
        // Nearly always it is a little newer.
        if ahead > Span::ZERO && ahead <= OUT_OF_TIME {
            (self.newest, self.odd) = (Some(venue_time), 0);
            return false;
        }
        let within = ahead <= OUT_OF_TIME && Span::ZERO - ahead <= OUT_OF_TIME;
        // After one whose time said nothing, the newest that had a sound time coming again is older than the last.
        let again = ahead == Span::ZERO && self.odd > 0;
        if within && (ahead < Span::ZERO || again) {
            return true;
        }
        self.odd = if within { 0 } else { self.odd.saturating_add(1) };
        if within || self.odd >= NEW_CLOCK {
            self.newest = Some(venue_time);
            self.odd = 0;
        }
        false
    }

    /// Counts a good quote; true when enough have come.
    fn passes(&mut self, mid: Price) -> bool {
        self.good += 1;
        self.last = Some(mid);
        self.restarted = false;
        self.good >= GOOD_QUOTES
    }

    /// After a quote that is believed only the order of the venue's times matters.
    fn forget_all_but_time(&mut self) {
        (self.good, self.last, self.restarted) = (0, None, false);
    }
}

/// Takes one market event.
pub(in crate::engine) fn take(core: &mut Core, event: MarketEvent, out: &mut Vec<Envelope>) {
    let id = event.instrument();
    if core.state.genesis().instrument(id).is_none() {
        return;
    }
    match event {
        MarketEvent::Quote(quote) => take_quote(core, &quote, out),
        MarketEvent::Trade(trade) => {
            take_trade(core, trade, out);
            held::watch(core, id, out);
        }
        MarketEvent::Bar(bar) => {
            super::bar::take(core, bar, out);
            held::watch(core, id, out);
        }
        MarketEvent::Depth(depth) => core.emit_root(Event::Market(MarketEvent::Depth(depth)), out),
        MarketEvent::Quarantined { fault, detail, .. } => quarantine(core, id, fault, &detail, out),
        MarketEvent::Looped { pass, .. } => {
            if let Some(probation) = core.intake.get_mut(id.index()) {
                probation.restarted = true;
            }
            core.emit_root(Event::Market(MarketEvent::Looped { instrument: id, pass }), out);
        }
        MarketEvent::Dropped { trades, .. } => {
            core.emit_root(Event::Market(MarketEvent::Dropped { instrument: id, trades }), out);
        }
        // The engine alone decides on these.
        MarketEvent::Trusted { .. } | MarketEvent::Stale { .. } | MarketEvent::Fresh { .. } => {}
    }
}

/// Takes one quote, and lets the orders the engine holds look at the market.
#[inline]
pub(in crate::engine) fn take_quote(core: &mut Core, quote: &Quote, out: &mut Vec<Envelope>) {
    judge_quote(core, quote, out);
    if core.state.orders.is_holding() {
        held::watch(core, quote.instrument, out);
    }
}

/// A quote that is wrong, or that a quarantine still holds back, is taken no further.
#[inline]
fn judge_quote(core: &mut Core, quote: &Quote, out: &mut Vec<Envelope>) {
    let id = quote.instrument;
    let (known, planted) = (&core.state, core.state.planted);
    let (Some(memory), Some(market)) = (core.intake.get_mut(id.index()), known.market(id)) else { return };
    let Some(instrument) = known.genesis().instrument(id) else { return };
    if memory.is_overtaken(quote.venue_time) && !planted.has(Bug::OldQuoteIsMark) {
        return;
    }
    // The very same quote told again, venue time and all, is no sign of life: it must not make an old price young.
    if market.quote.as_ref().is_some_and(|last| is_repeat(last, quote)) {
        return;
    }
    let (trusted, stale) = (market.trust == Trust::Good, market.stale);
    let before = if trusted { market.mark() } else { memory.last };
    // Silence explains no price: only a recording that starts again may begin anywhere.
    let anywhere = memory.restarted || planted.has(Bug::SpikeIsMark);
    if let Some(fault) = fault_of(instrument, quote, (before.filter(|_| !anywhere), memory.on_grid)) {
        return distrust(core, quote, fault, out);
    }
    memory.on_grid = quote.bid;
    if !trusted && !memory.passes(quote.mid()) {
        return;
    }
    memory.forget_all_but_time();
    if !trusted || stale {
        tell_return(core, id, (trusted, stale), out);
    }
    core.emit_quote(quote, out);
}

/// Quarantines the instrument of a quote that no market has.
#[cold]
fn distrust(core: &mut Core, quote: &Quote, fault: Fault, out: &mut Vec<Envelope>) {
    let id = quote.instrument;
    forget(core, id, (fault == Fault::Jump).then(|| quote.mid()));
    let detail = DisplayText::new(&format!("bid {} ask {}", quote.bid, quote.ask));
    quarantine(core, id, fault, &detail, out);
}

/// Says that an instrument's data is back, before the quote that shows it.
#[cold]
fn tell_return(core: &mut Core, id: InstrumentId, (trusted, stale): (bool, bool), out: &mut Vec<Envelope>) {
    if !trusted {
        core.emit_root(Event::Market(MarketEvent::Trusted { instrument: id }), out);
    }
    if stale {
        let silence = core.state.market(id).and_then(|market| market.age(core.now)).unwrap_or_default();
        let fresh = MarketEvent::Fresh { instrument: id, silence };
        core.emit_root(Event::Market(fresh), out);
    }
}

/// Whether a quote says what the last one said, of the same moment at the venue.
fn is_repeat(last: &Quote, quote: &Quote) -> bool {
    last.venue_time == quote.venue_time && Quote { local_time: last.local_time, ..*quote } == *last
}

/// What is wrong with a quote, if anything. `before` is the last middle it should be near, `on_grid` a price on the grid.
fn fault_of(
    instrument: &Instrument,
    quote: &Quote,
    (before, on_grid): (Option<Price>, Price),
) -> Option<Fault> {
    if quote.bid <= Price::ZERO || quote.ask <= Price::ZERO {
        return Some(Fault::NotPositive);
    }
    if quote.bid_qty == Qty::ZERO || quote.ask_qty == Qty::ZERO {
        return Some(Fault::NotPositive);
    }
    if quote.bid < instrument.min_price || quote.ask > instrument.max_price {
        return Some(Fault::OutOfRange);
    }
    if quote.bid > quote.ask {
        return Some(Fault::Crossed);
    }
    if quote.bid == quote.ask {
        return Some(Fault::Locked);
    }
    // A price is on the grid where its distance from one that is on it is: a number so small that dividing it costs
    // little. So the bid is looked at from the last one that was, the ask from the bid.
    if !instrument.is_whole_ticks(quote.bid - on_grid) || !instrument.is_whole_ticks(quote.ask - quote.bid) {
        return Some(Fault::OffTick);
    }
    let jumped = before.is_some_and(|before| is_jump(instrument, before, quote.mid()));
    jumped.then_some(Fault::Jump)
}

/// Whether two prices are further apart than the instrument may move between two messages. A cheap option doubles with
/// every breath of its underlying, so its move is measured against the strike.
fn is_jump(instrument: &Instrument, before: Price, now: Price) -> bool {
    let base = match instrument.listing.class {
        Class::Option { strike, .. } => strike,
        Class::Perpetual | Class::Index | Class::Future { .. } => before,
    };
    let gap = i128::from(before.raw().abs_diff(now.raw())) * 10_000;
    gap > i128::from(base.raw()) * i128::from(instrument.max_jump_bps)
}

/// Starts the count of good quotes again; after a jump the new price is what the next ones must agree with.
fn forget(core: &mut Core, id: InstrumentId, last: Option<Price>) {
    if let Some(probation) = core.intake.get_mut(id.index()) {
        probation.good = 0;
        probation.last = last;
        probation.restarted = false;
    }
}

fn take_trade(core: &mut Core, trade: Trade, out: &mut Vec<Envelope>) {
    let Some(instrument) = core.state.genesis().instrument(trade.instrument) else { return };
    let fault = if trade.price <= Price::ZERO || trade.qty.is_zero() {
        Some(Fault::NotPositive)
    } else if trade.price < instrument.min_price || trade.price > instrument.max_price {
        Some(Fault::OutOfRange)
    } else {
        None
    };
    match fault {
        Some(fault) => {
            let detail = DisplayText::new(&format!("trade {} x {}", trade.price, trade.qty));
            forget(core, trade.instrument, None);
            quarantine(core, trade.instrument, fault, &detail, out);
        }
        None => core.emit_root(Event::Market(MarketEvent::Trade(trade)), out),
    }
}

/// Quarantines an instrument; one event for a fault that repeats.
fn quarantine(
    core: &mut Core,
    id: InstrumentId,
    fault: Fault,
    detail: &DisplayText,
    out: &mut Vec<Envelope>,
) {
    if fault == Fault::SequenceGap || fault == Fault::Unreadable {
        forget(core, id, None);
    }
    super::quarantine::begin(core, id, fault, detail, out);
}
