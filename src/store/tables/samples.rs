//! Samples of positions and equity: every so often of the engine's time, where something changed, and at both ends.

use super::hot::{EquityRow, Hot, PositionRow};
use super::registry::RATES;
use super::table::{Cell, Typed};
use crate::model::{InstrumentId, Money, Span, StrategyId, Timestamp};
use crate::state::{InstrumentMarket, Pnl, Position, State, Valuation};
use std::collections::BTreeMap;

/// The time between two samples, where nothing else is asked for.
const EVERY: Span = Span::from_secs(1);

/// When the next sample is due, and what the last ones said: what has not changed is not written again.
#[derive(Debug)]
pub(in crate::store) struct Sampler {
    every: Span,
    next: Option<Timestamp>,
    positions: BTreeMap<(StrategyId, InstrumentId), PositionRow>,
    equity: BTreeMap<Option<StrategyId>, EquityRow>,
    rates: BTreeMap<InstrumentId, Vec<Cell>>,
}

impl Sampler {
    pub(in crate::store) const fn new() -> Self {
        Self {
            every: EVERY,
            next: None,
            positions: BTreeMap::new(),
            equity: BTreeMap::new(),
            rates: BTreeMap::new(),
        }
    }

    /// Samples this often from now on.
    pub(in crate::store) const fn set_every(&mut self, every: Span) {
        self.every = every;
    }

    /// Whether a sample is due. The first is at once.
    #[inline]
    pub(in crate::store) fn is_due(&self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    /// What a state comes to, as rows: all that changed since the last sample, or everything.
    pub(in crate::store) fn sample(
        &mut self,
        state: &State,
        everything: bool,
        rows: &mut Vec<Hot>,
        typed: &mut Vec<Typed>,
    ) {
        let at = state.now;
        // The first says where everybody begins.
        let everything = everything || self.next.is_none();
        self.next = Some(at.after(self.every));
        if everything {
            self.positions.clear();
            self.equity.clear();
            self.rates.clear();
        }
        // The account before its strategies: rows are written in the order of their names.
        if let Some(pnl) = state.account_pnl() {
            self.equity(at, equity(None, &pnl, state.equity()), rows);
        }
        for strategy in state.genesis().strategy_ids() {
            let Some(own) = state.ledger.holdings_of(strategy) else { continue };
            for (id, held) in own.touched().filter(|(_, held)| held.is_touched()) {
                self.position(at, position(state, strategy, id, held), rows);
            }
            if let Some(pnl) = state.strategy_pnl(strategy)
                && (own.touched().next().is_some() || everything)
            {
                self.equity(at, equity(Some(strategy), &pnl, None), rows);
            }
        }
        self.rates(state, typed);
    }

    /// A row, unless it says what the last one said. The mark and what it makes of the position are no news: quotes, bars and
    /// the strategy's equity tell them.
    fn position(&mut self, at: Timestamp, row: PositionRow, rows: &mut Vec<Hot>) {
        let news = PositionRow { mark: None, unrealised: None, ..row };
        if self.positions.insert((row.strategy, row.instrument), news) != Some(news) {
            rows.push(Hot::Position { at, row });
        }
    }

    fn equity(&mut self, at: Timestamp, row: EquityRow, rows: &mut Vec<Hot>) {
        if self.equity.insert(row.strategy, row) != Some(row) {
            rows.push(Hot::Equity { at, row });
        }
    }

    /// What the settlement currencies of what was traded are worth, where that is not one for one.
    fn rates(&mut self, state: &State, rows: &mut Vec<Typed>) {
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
                let cells = std::iter::once(Cell::at(state.now)).chain(news.iter().cloned()).collect();
                rows.push(Typed { table: &RATES, cells });
                self.rates.insert(instrument.id, news);
            }
        }
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

fn equity(strategy: Option<StrategyId>, pnl: &Pnl, equity: Option<Money>) -> EquityRow {
    let Pnl { realised, unrealised, fees, funding, net, .. } = *pnl;
    EquityRow { strategy, realised, unrealised, fees, funding, net, equity }
}
