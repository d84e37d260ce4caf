//! The books: a position per strategy and instrument, and the account's own, folded apart so they can be compared.

use super::orders::widened;
use super::position::Position;
use super::ring::Ring;
use crate::model::{Fill, FillId, Instrument, InstrumentId, Money, NetQty, Price, StrategyId};
use serde::{Deserialize, Serialize};

/// Funding payments kept to recognise a repeated report.
const PAYMENTS_KEPT: usize = 1_024;

/// All positions of the run's mode.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ledger {
    /// Strategy × instrument.
    rows: Vec<Position>,
    /// By instrument: every fill, whoever's.
    account: Vec<Position>,
    instruments: usize,
    /// Fills booked.
    pub fills: u64,
    payments: Ring<(InstrumentId, FillId)>,
}

impl Ledger {
    pub(super) fn new(strategies: usize, instruments: usize) -> Self {
        Self {
            rows: vec![Position::default(); strategies * instruments],
            account: vec![Position::default(); instruments],
            instruments,
            fills: 0,
            payments: Ring::new(PAYMENTS_KEPT),
        }
    }

    /// Makes room for further strategies and instruments.
    pub(super) fn grow(&mut self, strategies: usize, instruments: usize) {
        self.rows = widened(&self.rows, self.instruments, (strategies, instruments));
        self.account.resize(instruments, Position::default());
        self.instruments = instruments;
    }

    /// A strategy's position in an instrument.
    pub fn position(&self, strategy: StrategyId, instrument: InstrumentId) -> Position {
        if instrument.index() >= self.instruments {
            return Position::default();
        }
        let cell = strategy.index() * self.instruments + instrument.index();
        self.rows.get(cell).copied().unwrap_or_default()
    }

    /// A strategy's positions, by instrument; empty for one that is not on the roster.
    pub fn positions_of(&self, strategy: StrategyId) -> &[Position] {
        let start = strategy.index() * self.instruments;
        self.rows.get(start..start + self.instruments).unwrap_or_default()
    }

    /// The account's positions, by instrument.
    pub fn account_positions(&self) -> &[Position] {
        &self.account
    }

    /// The account's position in an instrument.
    pub fn account(&self, instrument: InstrumentId) -> Position {
        self.account.get(instrument.index()).copied().unwrap_or_default()
    }

    /// The sum of all strategies less the account, in one instrument: quantity and money (cash less fees). Zero unless
    /// the program is wrong.
    pub fn difference(&self, instrument: InstrumentId) -> (NetQty, Money) {
        let rows = self.rows.iter().skip(instrument.index()).step_by(self.instruments.max(1));
        let account = self.account(instrument);
        let (net, cash) =
            rows.fold((NetQty::ZERO, Money::ZERO), |(net, cash), row| (net + row.net, cash + row.paid()));
        (net - account.net, cash - account.paid())
    }

    /// Whether a payment of funding has been booked.
    pub fn has_payment(&self, instrument: InstrumentId, payment: &FillId) -> bool {
        self.payments.iter().any(|(one, name)| *one == instrument && name == payment)
    }

    fn row_mut(&mut self, strategy: StrategyId, instrument: InstrumentId) -> Option<&mut Position> {
        let index = instrument.index();
        let inside = index < self.instruments;
        inside.then(|| strategy.index() * self.instruments + index).and_then(|cell| self.rows.get_mut(cell))
    }

    /// Books a strategy's share of a payment of funding.
    pub(super) fn fund(
        &mut self,
        (strategy, instrument): (StrategyId, InstrumentId),
        amount: Money,
        payment: &FillId,
    ) {
        if !self.has_payment(instrument, payment) {
            self.payments.push((instrument, payment.clone()));
        }
        if let Some(row) = self.row_mut(strategy, instrument) {
            row.funding += amount;
        }
        if let Some(total) = self.account.get_mut(instrument.index()) {
            total.funding += amount;
        }
    }

    /// Moves a part of what `external` holds to a strategy, at the basis it has there. The account does not notice.
    pub(super) fn claim(&mut self, strategy: StrategyId, instrument: InstrumentId, signed: NetQty) {
        let Some(basis) =
            self.row_mut(StrategyId::EXTERNAL, instrument).map(|external| external.give(signed))
        else {
            return;
        };
        if let Some(row) = self.row_mut(strategy, instrument) {
            row.receive(signed, basis);
        }
    }

    /// Takes a fill back. The number of fills stays: the broker made it and counts it.
    pub(super) fn reverse(&mut self, instrument: &Instrument, fill: &Fill) {
        let signed = fill.qty.signed(fill.side);
        if let Some(row) = self.row_mut(fill.strategy, instrument.id) {
            row.reverse(instrument, signed, fill.price, fill.fee);
        }
        if let Some(total) = self.account.get_mut(instrument.id.index()) {
            total.reverse(instrument, signed, fill.price, fill.fee);
        }
    }

    /// Closes all that is held of an instrument at a price, without fee, and says who held what. For the account it is
    /// one fill, as it is for the broker.
    pub(super) fn settle(&mut self, instrument: &Instrument, price: Price) -> Vec<(StrategyId, NetQty)> {
        let index = instrument.id.index();
        if index >= self.instruments {
            return Vec::new();
        }
        let mut closed = Vec::new();
        let rows = self.rows.iter_mut().skip(index).step_by(self.instruments.max(1));
        for (number, row) in (0..).zip(rows).filter(|(_, row)| !row.net.is_zero()) {
            closed.push((StrategyId::new(number), row.net));
            row.book(instrument, -row.net, price, Money::ZERO);
        }
        if let Some(total) = self.account.get_mut(index).filter(|total| !total.net.is_zero()) {
            total.book(instrument, -total.net, price, Money::ZERO);
            self.fills += 1;
        }
        closed
    }

    pub(super) fn book(&mut self, instrument: &Instrument, fill: &Fill) {
        let signed = fill.qty.signed(fill.side);
        let index = instrument.id.index();
        if index >= self.instruments {
            return;
        }
        let cell = fill.strategy.index() * self.instruments + index;
        if let Some(row) = self.rows.get_mut(cell) {
            row.book(instrument, signed, fill.price, fill.fee);
        }
        if let Some(total) = self.account.get_mut(index) {
            total.book(instrument, signed, fill.price, fill.fee);
        }
        self.fills += 1;
    }
}
