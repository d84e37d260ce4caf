//! The loop of a backtest: one moment of history after the other through the venue and the engine.

use super::merge::{Datum, Merge};
use super::tally::Tally;
use super::venue::HistoryVenue;
use crate::engine::{Engine, NoProbe, effect};
use crate::model::{
    Bar, BrokerReport, Envelope, Input, InstrumentId, MarketEvent, Quote, Span, Timestamp, Trade,
};
use crate::sim::SourceError;

/// Orders sent because of a fill within a bar that the same bar may be asked of: what strategies answer to a fill with may
/// fill in it again. Later ones wait for the next open. What stood before the bar is always asked.
const CHAIN: usize = 64;

/// Hears every event of a backtest, in order, and nothing twice.
pub trait Listener {
    /// The events of one moment.
    fn hear(&mut self, events: &[Envelope]);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Listener for Silent {
    #[inline]
    fn hear(&mut self, _events: &[Envelope]) {}
}

/// A backtest. Equal engines, venues and histories give equal events, byte for byte.
#[derive(Debug)]
pub struct Backtest {
    engine: Engine,
    venue: HistoryVenue,
    tally: Tally,
    /// How often the engine is told that time passes, by the market's clock.
    tick: Span,
    next_tick: Option<Timestamp>,
    out: Vec<Envelope>,
    reports: Vec<BrokerReport>,
    spare: Vec<BrokerReport>,
}

impl Backtest {
    /// A backtest before its first moment. Time is told to the engine with the first moment that is `tick` later than the
    /// last time.
    pub fn new(mut engine: Engine, venue: HistoryVenue, tick: Span) -> Self {
        engine.unwatched();
        let tally = Tally::new(engine.state().genesis());
        Self {
            engine,
            venue,
            tally,
            tick,
            next_tick: None,
            out: Vec::with_capacity(64),
            reports: Vec::with_capacity(16),
            spare: Vec::with_capacity(16),
        }
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What it has come to so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Lets at most `moments` moments happen; `false` when the history has ended.
    pub fn run(
        &mut self,
        history: &mut Merge,
        moments: u64,
        listener: &mut impl Listener,
    ) -> Result<bool, SourceError> {
        let one = history.is_one();
        for _ in 0..moments {
            let Some(head) = history.earliest()? else { return Ok(false) };
            match &head.next {
                Some(Datum::Bar(bar)) => {
                    let (quiet, begun) = (self.venue.is_quiet(bar.instrument), head.begun);
                    (!begun && !quiet).then(|| self.opens(bar));
                    // Between the open of a bar and its close nothing of the same source happens.
                    let closes = begun || one;
                    closes.then(|| self.closes(bar));
                    head.begun = true;
                    closes.then(|| head.advance()).transpose()?;
                }
                Some(Datum::Quote(quote)) => {
                    self.quote(quote);
                    head.advance()?;
                }
                Some(Datum::Trade(trade)) => {
                    self.trade(trade);
                    head.advance()?;
                }
                None => return Ok(false),
            }
            if !self.out.is_empty() {
                listener.hear(&self.out);
                self.out.clear();
            }
        }
        Ok(true)
    }

    #[inline]
    fn closes(&mut self, bar: &Bar) {
        if !self.venue.is_quiet(bar.instrument) {
            self.passes(bar);
        }
        self.time(bar.close_time);
        self.market(bar.close_time, MarketEvent::Bar(*bar));
        self.tally.mark(bar.instrument, bar.close);
        self.tally.bars += 1;
    }

    #[inline]
    fn quote(&mut self, quote: &Quote) {
        let at = quote.local_time;
        self.venue.quote(quote, &mut self.reports);
        self.settle(at);
        self.time(at);
        self.begin(at);
        let start = self.out.len();
        self.engine.quote(at, quote, &mut self.out, &mut NoProbe);
        self.follow(at, start);
        self.settle(at);
        self.tally.quoted(quote);
    }

    fn trade(&mut self, trade: &Trade) {
        let at = trade.local_time;
        if !self.venue.is_quiet(trade.instrument) {
            self.venue.print(trade.instrument, trade.price, at, &mut self.reports);
            self.settle(at);
        }
        self.time(at);
        self.market(at, MarketEvent::Trade(*trade));
        self.tally.trades += 1;
    }

    /// The open of a bar meets the orders that waited for it, one after the other.
    fn opens(&mut self, bar: &Bar) {
        self.begin(bar.open_time);
        let mark = self.venue.mark();
        while self.venue.open(bar, mark, &mut self.reports) {
            self.settle(bar.open_time);
        }
    }

    /// What may have happened within a bar, the worst first.
    fn passes(&mut self, bar: &Bar) {
        let mark = self.venue.mark();
        let mut chained = 0;
        while let Some(number) = self.venue.within(bar, mark, chained < CHAIN, &mut self.reports) {
            chained += usize::from(number >= mark);
            self.settle(bar.close_time);
        }
    }

    #[inline]
    fn market(&mut self, at: Timestamp, event: MarketEvent) {
        self.begin(at);
        self.input(at, Input::Market(event));
        self.settle(at);
    }

    /// Begins the run at the first moment.
    #[inline]
    fn begin(&mut self, at: Timestamp) {
        if self.next_tick.is_none() {
            self.next_tick = Some(at.after(self.tick));
            self.engine.start(at, &mut self.out);
        }
    }

    /// Tells the engine that time passes, where that is due.
    #[inline]
    fn time(&mut self, at: Timestamp) {
        if self.next_tick.is_some_and(|due| at >= due) {
            self.next_tick = Some(at.after(self.tick));
            self.input(at, Input::Tick);
            self.settle(at);
        }
    }

    /// Hands the engine what the venue has said until it has nothing more to say.
    #[inline]
    fn settle(&mut self, at: Timestamp) {
        if !self.reports.is_empty() {
            self.tell(at);
        }
    }

    #[inline(never)]
    fn tell(&mut self, at: Timestamp) {
        while !self.reports.is_empty() {
            let mut told = std::mem::replace(&mut self.reports, std::mem::take(&mut self.spare));
            for report in told.drain(..) {
                self.input(at, Input::Report(report));
            }
            self.spare = told;
        }
    }

    /// One engine step; its effects reach the venue at once.
    #[inline]
    fn input(&mut self, at: Timestamp, input: Input) {
        let start = self.out.len();
        self.engine.step(at, input, &mut self.out, &mut NoProbe);
        self.follow(at, start);
    }

    /// What follows from the events of a step, which begin at `start`.
    #[inline]
    fn follow(&mut self, at: Timestamp, start: usize) {
        for envelope in self.out.iter().skip(start) {
            if envelope.event.is_replaceable() {
                continue;
            }
            self.tally.hear(envelope);
            if let Some(effect) = effect(&envelope.event) {
                self.venue.request(at, &effect.request, &mut self.reports);
            }
        }
    }

    /// The last mark of an instrument: the close of its last bar, the middle of its last quote.
    pub fn last_mark(&self, instrument: InstrumentId) -> Option<crate::model::Price> {
        self.engine.state().market(instrument).and_then(crate::state::InstrumentMarket::mark)
    }
}
