//! Samples of positions and equity: every so often of the engine's time, where something changed, and at both ends.

use super::registry::{EQUITY_SAMPLES, POSITION_SAMPLES, RATES};
use super::table::{Cell, Table, Typed};
use crate::model::{InstrumentId, Span, StrategyId, Timestamp};
use crate::state::{InstrumentMarket, Pnl, Position, State, Valuation};
use std::collections::BTreeMap;

/// The time between two samples, where nothing else is asked for.
const EVERY: Span = Span::from_secs(1);

/// When the next sample is due, and what the last ones said: what has not changed is not written again.
#[derive(Debug)]
pub(in crate::store) struct Sampler {
    every: Span,
    next: Option<Timestamp>,
    last: BTreeMap<(StrategyId, Option<InstrumentId>), Vec<Cell>>,
}

impl Sampler {
    pub(in crate::store) const fn new() -> Self {
        Self { every: EVERY, next: None, last: BTreeMap::new() }
    }

    /// Samples this often from now on.
    pub(in crate::store) const fn set_every(&mut self, every: Span) {
        self.every = every;
    }

    /// Whether a sample is due. The first is at once.
    pub(in crate::store) fn is_due(&self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    /// What a state comes to, as rows: all that changed since the last sample, or everything.
    pub(in crate::store) fn sample(&mut self, state: &State, everything: bool) -> Vec<Typed> {
        let at = state.now;
        // The first says where everybody begins.
        let everything = everything || self.next.is_none();
        self.next = Some(at.after(self.every));
        if everything {
            self.last.clear();
        }
        let mut rows = Vec::new();
        for strategy in state.genesis().strategy_ids() {
            let Some(own) = state.ledger.holdings_of(strategy) else { continue };
            let touched = own.touched().filter(|(_, held)| held.is_touched());
            for (id, held) in touched {
                let cells = position(state, strategy, id, held);
                self.push((strategy, Some(id)), (&POSITION_SAMPLES, at), cells, &mut rows);
            }
            if let Some(pnl) = state.strategy_pnl(strategy)
                && (own.touched().next().is_some() || everything)
            {
                let name = state.genesis().strategy(strategy).map(|info| info.name.to_string());
                let cells = equity(name.unwrap_or_default(), &pnl, Cell::Null);
                self.push((strategy, None), (&EQUITY_SAMPLES, at), cells, &mut rows);
            }
        }
        if let Some(pnl) = state.account_pnl() {
            let cells = equity(String::new(), &pnl, Cell::maybe(state.equity()));
            self.push((StrategyId::new(u16::MAX), None), (&EQUITY_SAMPLES, at), cells, &mut rows);
        }
        self.rates(state, &mut rows);
        rows
    }

    /// A row, unless it says what the last one said. The mark of what is not held is no news.
    fn push(
        &mut self,
        whose: (StrategyId, Option<InstrumentId>),
        (table, at): (&'static Table, Timestamp),
        cells: Vec<Cell>,
        rows: &mut Vec<Typed>,
    ) {
        let mut news = cells.clone();
        if whose.1.is_some()
            && let Some(mark) = news.get_mut(4)
        {
            *mark = Cell::Null;
        }
        if self.last.get(&whose) == Some(&news) {
            return;
        }
        self.last.insert(whose, news);
        let cells = std::iter::once(Cell::at(at)).chain(cells).collect();
        rows.push(Typed { table, cells });
    }

    /// What the settlement currencies of what was traded are worth, where that is not one for one.
    fn rates(&mut self, state: &State, rows: &mut Vec<Typed>) {
        for instrument in &state.genesis().instruments {
            let traded = state.ledger.account(instrument.id).is_touched();
            if !traded || instrument.settle == state.genesis().currency {
                continue;
            }
            let rate = match state.rate_of(instrument) {
                Some(Valuation::At(price)) => Cell::text(price),
                Some(Valuation::Par) => Cell::Word("1"),
                None => continue,
            };
            let key = (StrategyId::new(u16::MAX), Some(instrument.id));
            let cells = vec![Cell::text(instrument.settle), rate];
            self.push(key, (&RATES, state.now), cells, rows);
        }
    }
}

fn position(state: &State, strategy: StrategyId, id: InstrumentId, held: &Position) -> Vec<Cell> {
    let mark = state.market(id).and_then(InstrumentMarket::mark);
    let name = state.genesis().strategy(strategy).map(|info| info.name.to_string());
    let instrument = state.genesis().instrument(id);
    let gain = |mark| instrument.map(|one| held.unrealised(one, mark));
    vec![
        Cell::Text(name.unwrap_or_default()),
        Cell::Text(instrument.map(|one| one.symbol.to_string()).unwrap_or_default()),
        Cell::text(held.net),
        Cell::maybe(instrument.and_then(|one| held.average(one))),
        Cell::maybe(mark),
        Cell::text(held.realised),
        Cell::maybe(mark.and_then(gain)),
        Cell::text(held.fees),
        Cell::text(held.funding),
        Cell::text(held.traded),
        Cell::count(held.fills),
    ]
}

fn equity(strategy: String, pnl: &Pnl, equity: Cell) -> Vec<Cell> {
    vec![
        Cell::Text(strategy),
        Cell::text(pnl.realised),
        Cell::text(pnl.unrealised),
        Cell::text(pnl.fees),
        Cell::text(pnl.funding),
        Cell::text(pnl.net),
        equity,
    ]
}
