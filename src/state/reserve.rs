//! What open orders reserve: by strategy and instrument, in the step that opens, changes or ends one.

use super::exposure::Exposure;
use crate::model::{InstrumentId, NewOrder, Order, OrderSnapshot, OrderStatus, Qty, Side, StrategyId};
use serde::{Deserialize, Serialize};

/// The open quantity of all orders at the broker, ours and those that are not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Reserve {
    instruments: usize,
    /// Strategy × instrument.
    exposures: Vec<Exposure>,
    /// By instrument, all strategies.
    totals: Vec<Exposure>,
    /// In how many instruments a strategy has anything open, and in how many anybody has.
    busy: Vec<u32>,
    busy_total: u32,
    /// Open orders of unproven fate, by instrument.
    unknown: Vec<u32>,
    /// What is open at the broker and not ours, as it counts in risk: a sum an instrument and side.
    external: Vec<(InstrumentId, Side, Qty)>,
}

/// What an open order reserves, and whether its fate is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reserved {
    side: Side,
    qty: Qty,
    unknown: bool,
}

impl Reserved {
    /// `None` for an order that is not at the broker.
    pub(super) fn of(order: &Order) -> Option<Self> {
        let unknown = order.status == OrderStatus::Unknown;
        order.is_at_broker().then(|| Self { side: order.request.side, qty: order.reserved(), unknown })
    }
}

impl Reserve {
    pub(super) fn new(strategies: usize, instruments: usize) -> Self {
        Self {
            instruments,
            exposures: vec![Exposure::default(); strategies * instruments],
            totals: vec![Exposure::default(); instruments],
            busy: vec![0; strategies],
            busy_total: 0,
            unknown: vec![0; instruments],
            external: Vec::new(),
        }
    }

    /// Makes room for further strategies and instruments.
    pub(super) fn grow(&mut self, strategies: usize, instruments: usize) {
        let mut wide = Vec::with_capacity(strategies * instruments);
        for row in self.exposures.chunks(self.instruments.max(1)) {
            wide.extend_from_slice(row);
            wide.resize(wide.len() + instruments.saturating_sub(row.len()), Exposure::default());
        }
        wide.resize(strategies * instruments, Exposure::default());
        self.exposures = wide;
        self.totals.resize(instruments, Exposure::default());
        self.busy.resize(strategies, 0);
        self.unknown.resize(instruments, 0);
        self.instruments = instruments;
    }

    /// Of a strategy in an instrument.
    #[inline]
    pub(super) fn of(&self, strategy: StrategyId, instrument: InstrumentId) -> Exposure {
        self.cell(strategy, instrument).and_then(|cell| self.exposures.get(cell)).copied().unwrap_or_default()
    }

    /// Of all strategies in an instrument.
    #[inline]
    pub(super) fn total(&self, instrument: InstrumentId) -> Exposure {
        self.totals.get(instrument.index()).copied().unwrap_or_default()
    }

    /// Of a strategy, by instrument; empty for one that is not on the roster.
    #[inline]
    pub(super) fn of_strategy(&self, strategy: StrategyId) -> &[Exposure] {
        let start = strategy.index() * self.instruments;
        self.exposures.get(start..start + self.instruments).unwrap_or_default()
    }

    /// Of all strategies, by instrument.
    #[inline]
    pub(super) fn totals(&self) -> &[Exposure] {
        &self.totals
    }

    /// Whether a strategy has anything open in an instrument beside the one in which it has this open.
    #[inline]
    pub(super) fn is_open_beside(&self, strategy: StrategyId, here: &Exposure) -> bool {
        let busy = self.busy.get(strategy.index()).copied().unwrap_or_default();
        busy > u32::from(!here.is_idle())
    }

    /// Whether anybody has anything open in an instrument beside the one in which all of them have this open.
    #[inline]
    pub(super) fn is_any_open_beside(&self, here: &Exposure) -> bool {
        self.busy_total > u32::from(!here.is_idle())
    }

    /// Whether nothing at all is open.
    #[inline]
    pub(super) const fn is_idle(&self) -> bool {
        self.busy_total == 0
    }

    /// Whether nobody, this strategy included, has anything open in any instrument.
    #[inline]
    pub(super) fn is_idle_for(&self, strategy: StrategyId) -> bool {
        self.busy_total == 0 && self.busy.get(strategy.index()).is_none_or(|busy| *busy == 0)
    }

    /// Open orders in an instrument whose fate is not proven.
    #[inline]
    pub(super) fn unknown_in(&self, instrument: InstrumentId) -> u32 {
        self.unknown.get(instrument.index()).copied().unwrap_or_default()
    }

    /// Counts what is open at a broker and not ours, in place of what was counted before in the instruments it has.
    pub(super) fn adopt<'a>(
        &mut self,
        told: impl Iterator<Item = &'a OrderSnapshot>,
        is_there: impl Fn(InstrumentId) -> bool,
    ) {
        let counted = std::mem::take(&mut self.external).into_iter();
        let (gone, kept): (Vec<_>, Vec<_>) = counted.partition(|(instrument, ..)| is_there(*instrument));
        self.external = kept;
        for (instrument, side, qty) in gone {
            self.expose((StrategyId::EXTERNAL, instrument), |exposure| exposure.remove(side, qty));
        }
        for one in told {
            let open = one.qty.minus(one.filled);
            self.expose((StrategyId::EXTERNAL, one.instrument), |exposure| exposure.add(one.side, open));
            let same = |(instrument, side, _): &&mut (InstrumentId, Side, Qty)| {
                (*instrument, *side) == (one.instrument, one.side)
            };
            match self.external.iter_mut().find(same) {
                Some((_, _, sum)) => *sum = sum.plus(open),
                None => self.external.push((one.instrument, one.side, open)),
            }
        }
    }

    /// A new order is at the broker, with its whole quantity: the short way of `moved`, since nothing was reserved before.
    #[inline]
    pub(super) fn opened(&mut self, request: &NewOrder) {
        let cell = self.cell(request.strategy, request.instrument);
        let cell = cell.and_then(|cell| self.exposures.get_mut(cell));
        if let (Some(cell), Some(busy)) = (cell, self.busy.get_mut(request.strategy.index())) {
            *busy += cell.open(request.side, request.qty);
        }
        if let Some(total) = self.totals.get_mut(request.instrument.index()) {
            self.busy_total += total.open(request.side, request.qty);
        }
    }

    /// Moves what an order of this pair reserves.
    #[inline]
    pub(super) fn moved(&mut self, request: &NewOrder, before: Option<Reserved>, after: Option<Reserved>) {
        self.expose((request.strategy, request.instrument), |exposure| {
            if let Some(before) = before {
                exposure.remove(before.side, before.qty);
                exposure.orders = exposure.orders.saturating_sub(1);
            }
            if let Some(after) = after {
                exposure.add(after.side, after.qty);
                exposure.orders += 1;
            }
        });
        if let Some(unknown) = self.unknown.get_mut(request.instrument.index()) {
            let is_unknown = |one: Option<Reserved>| u32::from(one.is_some_and(|one| one.unknown));
            *unknown = unknown.saturating_sub(is_unknown(before)) + is_unknown(after);
        }
    }

    /// Changes what a pair has open, and with it the instrument's total.
    #[inline]
    fn expose(&mut self, (strategy, instrument): (StrategyId, InstrumentId), change: impl Fn(&mut Exposure)) {
        let cell = self.cell(strategy, instrument).and_then(|cell| self.exposures.get_mut(cell));
        if let (Some(cell), Some(busy)) = (cell, self.busy.get_mut(strategy.index())) {
            let before = u32::from(!cell.is_idle());
            change(cell);
            *busy = *busy - before + u32::from(!cell.is_idle());
        }
        if let Some(total) = self.totals.get_mut(instrument.index()) {
            let before = u32::from(!total.is_idle());
            change(total);
            self.busy_total = self.busy_total - before + u32::from(!total.is_idle());
        }
    }

    fn cell(&self, strategy: StrategyId, instrument: InstrumentId) -> Option<usize> {
        let inside = instrument.index() < self.instruments;
        inside.then(|| strategy.index() * self.instruments + instrument.index())
    }
}
