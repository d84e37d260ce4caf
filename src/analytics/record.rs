//! What is known of a run: all that the figures are made of.

use super::fall::Fall;
use crate::model::{
    Currency, Instrument, InstrumentId, Money, NetQty, OrderId, Price, StrategyId, Timestamp, TradeRow,
};
use std::collections::BTreeMap;

/// A run as it was recorded. Ids are places in `strategies` and `instruments`.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub strategies: Vec<String>,
    pub instruments: Vec<Instrument>,
    /// Of the account; `None` where it is not known: then all amounts count one for one.
    pub currency: Option<Currency>,
    /// What a unit of another settlement currency is worth in the account's, at last.
    pub rates: BTreeMap<Currency, Price>,
    /// The first and the last moment of the run, by the engine's clock.
    pub from: Timestamp,
    pub to: Timestamp,
    /// What was held when the run began.
    pub openings: Vec<Opening>,
    /// Everything that moved a position, in order.
    pub movements: Vec<Movement>,
    /// Every order that was released, in order.
    pub decisions: Vec<Decision>,
    /// Whose orders the gate refused.
    pub denied: Vec<StrategyId>,
    pub funding: Vec<Funding>,
    /// What instruments were worth, by time: the resolution of excursions.
    pub marks: Vec<Mark>,
    /// The last price of each instrument, where one is known.
    pub last_marks: BTreeMap<InstrumentId, Price>,
    /// Samples of P&L, by time.
    pub equity: Vec<EquityPoint>,
    /// The deepest fall of each curve, those between two samples too, where it was looked for while the run went on.
    pub falls: BTreeMap<Option<StrategyId>, Option<Fall>>,
}

/// A position that was there before the run, at its average price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    pub net: NetQty,
    pub price: Price,
}

/// Something that moved a position: a fill, with what kind of one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub kind: MovementKind,
    pub row: TradeRow,
}

/// Why a position moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    /// An order of ours filled.
    Fill,
    /// Somebody else traded on the account.
    Foreign,
    /// A fill was taken back: its opposite is booked.
    Bust,
    /// It passed from one row of the books to another.
    Claim,
    /// A contract ended.
    Settlement,
}

/// An order that was released, and the middle of the market it was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub order: OrderId,
    pub strategy: StrategyId,
    pub mid: Option<Price>,
}

/// Funding received, negative where paid; in settlement currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Funding {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    pub amount: Money,
}

/// Between which prices an instrument was at a time: the middle of a quote twice, or a bar's low and high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub at: Timestamp,
    pub instrument: InstrumentId,
    pub low: Price,
    pub high: Price,
}

/// Net P&L at a time, in account currency; of the account where no strategy is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EquityPoint {
    pub at: Timestamp,
    pub strategy: Option<StrategyId>,
    pub net: Money,
    /// The highest and the lowest since the sample before; `net` itself where only that is known.
    pub high: Money,
    pub low: Money,
}

impl MovementKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fill => "fill",
            Self::Foreign => "foreign",
            Self::Bust => "bust",
            Self::Claim => "claim",
            Self::Settlement => "settlement",
        }
    }

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Fill, Self::Foreign, Self::Bust, Self::Claim, Self::Settlement]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

impl Record {
    /// An amount in an instrument's settlement currency as the account's; `None` where its rate is not known.
    pub fn in_account(&self, instrument: &Instrument, amount: Money) -> Option<Money> {
        match self.currency {
            Some(currency) if currency != instrument.settle => {
                self.rates.get(&instrument.settle).map(|rate| amount.converted(*rate))
            }
            Some(_) | None => Some(amount),
        }
    }

    /// An instrument by its id.
    pub fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.instruments.get(id.index())
    }

    /// The ids of all strategies.
    pub fn strategy_ids(&self) -> impl Iterator<Item = StrategyId> + use<> {
        (0..u16::try_from(self.strategies.len()).unwrap_or(u16::MAX)).map(StrategyId::new)
    }
}
