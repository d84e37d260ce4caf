//! Samples of positions and equity. The books are looked at whenever a mark of something held has moved, and every look
//! counts: for the highest and the lowest of an interval, and for the deepest fall of the run. A look becomes rows once its
//! moment is over: where a position changed, and where an interval ends. In between nothing is written, and nothing lost.

use super::hot::{EquityRow, EquitySample, Hot, PositionRow};
use super::registry::RATES;
use super::table::{Cell, Typed};
use crate::analytics::{Falls, period_of};
use crate::model::{InstrumentId, Money, Span, StrategyId, Timestamp};
use crate::state::{InstrumentMarket, Pnl, Position, State, Valuation};
use std::collections::BTreeMap;

/// The time between two samples, where nothing else is asked for.
const EVERY: Span = Span::from_secs(1);

/// Looks at the books, and remembers what was seen since the last rows.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub(in crate::store) struct Sampler {
    every: Span,
    /// The first event: intervals are counted from here.
    began: Option<Timestamp>,
    /// The end of the interval.
    next: Timestamp,
    /// The last look.
    looked: Timestamp,
    /// Whether anything is held, so that a mark that moves moves a curve; and always where amounts are converted.
    holds: bool,
    converts: bool,
    /// Whether, since the last look, a fact was heard, and a mark of what is held.
    booked: bool,
    moved: bool,
    /// Whether the last look found a position changed: it becomes rows.
    turned: bool,
    positions: BTreeMap<(StrategyId, InstrumentId), PositionRow>,
    found: Vec<PositionRow>,
    /// The account's, then each strategy's.
    curves: Vec<Option<Curve>>,
    rates: BTreeMap<InstrumentId, Vec<Cell>>,
}

/// The P&L of one.
#[derive(Debug, Clone)]
struct Curve {
    /// At the last look, and as last written.
    stands: EquityRow,
    written: Option<(Timestamp, EquityRow)>,
    /// Since it was last written.
    extremes: Option<(Money, Money)>,
    falls: Falls,
    turned: bool,
}

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Those of whose positions have changed.
    Turned,
    /// Those that have changed at all.
    Changed,
    All,
}

impl Sampler {
    pub(in crate::store) const fn new() -> Self {
        Self {
            every: EVERY,
            began: None,
            next: Timestamp::EPOCH,
            looked: Timestamp::EPOCH,
            holds: false,
            converts: false,
            booked: false,
            moved: false,
            turned: false,
            positions: BTreeMap::new(),
            found: Vec::new(),
            curves: Vec::new(),
            rates: BTreeMap::new(),
        }
    }

    /// Samples this often from now on.
    pub(in crate::store) const fn set_every(&mut self, every: Span) {
        self.every = every;
    }

    /// An event is about to change the state. What marks have made of the books is looked at before a fact changes them: a
    /// fill at the open of a bar is not valued at the close before it, but at the next mark.
    #[inline]
    pub(in crate::store) fn before(
        &mut self,
        (at, is_data): (Timestamp, bool),
        state: &State,
        rows: &mut Vec<Hot>,
        typed: &mut Vec<Typed>,
    ) {
        if self.moved && (!is_data || at > state.now) {
            self.look(state, false);
        }
        if at > self.looked && (self.turned || at > self.next) {
            self.passed(at, state, rows, typed);
        }
    }

    /// The state is the one after an event. The first is written at once: it says where everybody begins.
    #[inline]
    pub(in crate::store) fn after(
        &mut self,
        is_data: bool,
        state: &State,
        rows: &mut Vec<Hot>,
        typed: &mut Vec<Typed>,
    ) {
        if is_data {
            self.moved |= self.booked || self.holds;
        } else {
            self.booked = true;
        }
        if self.began.is_none() {
            let genesis = state.genesis();
            self.converts = genesis.instruments.iter().any(|one| one.settle != genesis.currency);
            (self.began, self.next, self.booked) = (Some(state.now), state.now, true);
            self.look(state, true);
            self.write((Which::All, state.now), state, rows, typed);
        }
    }

    /// Nothing happens at present: what was booked since the last mark is looked at as it is.
    pub(in crate::store) fn rest(&mut self, state: &State, rows: &mut Vec<Hot>, typed: &mut Vec<Typed>) {
        if self.began.is_none() {
            return;
        }
        if self.moved || self.booked {
            self.look(state, false);
        }
        if self.turned {
            self.write((Which::Turned, self.looked), state, rows, typed);
        }
    }

    /// Everything once more, at the end of the run.
    pub(in crate::store) fn last(&mut self, state: &State, rows: &mut Vec<Hot>, typed: &mut Vec<Typed>) {
        self.booked = true;
        self.positions.clear();
        self.rates.clear();
        self.look(state, true);
        self.write((Which::All, state.now), state, rows, typed);
    }

    /// The moment of the last look is over.
    #[inline(never)]
    fn passed(&mut self, at: Timestamp, state: &State, rows: &mut Vec<Hot>, typed: &mut Vec<Typed>) {
        let ends = at > self.next;
        let which = if ends { Which::Changed } else { Which::Turned };
        self.write((which, self.looked), state, rows, typed);
        if ends {
            self.next = self.end_of_interval(at);
        }
    }

    /// Where the interval of this instant ends: what stands there is a sample. Intervals also end where the periods of a
    /// run of this length do, so that its ratios do not depend on how often it was sampled.
    fn end_of_interval(&self, at: Timestamp) -> Timestamp {
        let began = self.began.unwrap_or(at);
        let length = at.since(began);
        let up = |step: Span| {
            let step = step.nanos().max(1);
            let steps = length.nanos().saturating_add(step - 1).div_euclid(step);
            began.after(Span::from_nanos(steps.saturating_mul(step)))
        };
        up(self.every).min(up(period_of(length)))
    }

    /// Looks at the state as it is.
    fn look(&mut self, state: &State, at_everybody: bool) {
        let (at, strategies) = (state.now, state.genesis().strategies.len());
        if self.curves.len() <= strategies {
            self.curves.resize(strategies + 1, None);
        }
        if self.booked {
            self.holds = self.converts || state.genesis().strategy_ids().any(|id| state.ledger.holds(id));
            self.find_positions(state);
        }
        let mut curves = self.curves.iter_mut();
        if let (Some(account), Some(pnl)) = (curves.next(), state.account_pnl()) {
            let equity = state.capital_worth().map(|capital| capital + pnl.net);
            see(account, at, row(None, &pnl, equity));
        }
        for (strategy, curve) in state.genesis().strategy_ids().zip(curves) {
            let is_touched =
                state.ledger.holdings_of(strategy).is_some_and(|own| own.touched().next().is_some());
            if (is_touched || at_everybody)
                && let Some(pnl) = state.strategy_pnl(strategy)
            {
                see(curve, at, row(Some(strategy), &pnl, None));
            }
        }
        (self.looked, self.booked, self.moved) = (at, false, false);
    }

    /// Positions that are not what they were. The mark and what it makes of a position are no news: quotes, bars and the
    /// strategy's equity tell them.
    fn find_positions(&mut self, state: &State) {
        for strategy in state.genesis().strategy_ids() {
            let Some(own) = state.ledger.holdings_of(strategy) else { continue };
            for (id, held) in own.touched().filter(|(_, held)| held.is_touched()) {
                self.found(position(state, strategy, id, held));
            }
        }
    }

    fn found(&mut self, row: PositionRow) {
        let whose = (row.strategy, row.instrument);
        let news = PositionRow { mark: None, unrealised: None, ..row };
        if self.positions.insert(whose, news) == Some(news) {
            return;
        }
        self.found.retain(|one| (one.strategy, one.instrument) != whose);
        self.found.push(row);
        self.turned = true;
        for place in [0, row.strategy.index() + 1] {
            if let Some(Some(curve)) = self.curves.get_mut(place) {
                curve.turned = true;
            }
        }
    }

    /// What was last seen, as rows of this instant. No curve has two rows of one instant: the later one waits for the next.
    fn write(
        &mut self,
        (which, at): (Which, Timestamp),
        state: &State,
        rows: &mut Vec<Hot>,
        typed: &mut Vec<Typed>,
    ) {
        self.turned = false;
        rows.extend(self.found.drain(..).map(|row| Hot::Position { at, row: Box::new(row) }));
        for curve in self.curves.iter_mut().flatten() {
            rows.extend(curve.row(which, at).map(|row| Hot::Equity { at, row: Box::new(row) }));
            self.turned |= curve.turned;
        }
        if which != Which::Turned {
            self.rates(at, state, typed);
        }
    }

    /// What the settlement currencies of what was traded are worth, where that is not one for one.
    fn rates(&mut self, at: Timestamp, state: &State, rows: &mut Vec<Typed>) {
        for instrument in &state.genesis().instruments {
            if instrument.settle == state.genesis().currency
                || !state.ledger.account(instrument.id).is_touched()
            {
                continue;
            }
            let rate = match state.rate_of(instrument) {
                Some(Valuation::At(price)) => Cell::text(price),
                Some(Valuation::Par) => Cell::Word("1"),
                None => continue,
            };
            let news = vec![Cell::text(instrument.settle), rate];
            if self.rates.get(&instrument.id) != Some(&news) {
                let cells = std::iter::once(Cell::at(at)).chain(news.iter().cloned()).collect();
                rows.push(Typed { table: &RATES, cells });
                self.rates.insert(instrument.id, news);
            }
        }
    }
}

/// Goes on with a curve, or begins it.
#[inline]
fn see(curve: &mut Option<Curve>, at: Timestamp, row: EquityRow) {
    let Some(curve) = curve else {
        let (stands, falls) = (row, Falls::new(at, row.net));
        *curve = Some(Curve { stands, written: None, extremes: None, falls, turned: false });
        return;
    };
    let (high, low) = curve.extremes.unwrap_or((row.net, row.net));
    curve.extremes = Some((high.max(row.net), low.min(row.net)));
    curve.falls.next(at, row.net);
    curve.stands = row;
}

impl Curve {
    /// Its row of this instant, where it is to have one.
    fn row(&mut self, which: Which, at: Timestamp) -> Option<EquitySample> {
        let is_wanted = match which {
            Which::Turned => self.turned,
            Which::Changed => self.turned || self.written.is_none_or(|(_, row)| row != self.stands),
            Which::All => true,
        };
        if !is_wanted || self.written.is_some_and(|(before, _)| before >= at) {
            return None;
        }
        let row = self.stands;
        let (high, low) = self.extremes.take().unwrap_or((row.net, row.net));
        (self.written, self.turned) = (Some((at, row)), false);
        Some(EquitySample { row, high, low, fall: self.falls.deepest() })
    }
}

fn position(state: &State, strategy: StrategyId, id: InstrumentId, held: &Position) -> PositionRow {
    let mark = state.market(id).and_then(InstrumentMarket::mark);
    let instrument = state.genesis().instrument(id);
    let gain = |mark| instrument.map(|one| held.unrealised(one, mark));
    PositionRow {
        strategy,
        instrument: id,
        net: held.net,
        average: instrument.and_then(|one| held.average(one)),
        mark,
        realised: held.realised,
        unrealised: mark.and_then(gain),
        fees: held.fees,
        funding: held.funding,
        traded: held.traded,
        fills: held.fills,
    }
}

fn row(strategy: Option<StrategyId>, pnl: &Pnl, equity: Option<Money>) -> EquityRow {
    let Pnl { realised, unrealised, fees, funding, net, .. } = *pnl;
    EquityRow { strategy, realised, unrealised, fees, funding, net, equity }
}
