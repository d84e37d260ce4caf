//! The genesis of a backtest without a configuration: instruments of any price and size, and limits that are there but far.

use crate::model::{
    Contract, Currency, Instrument, InstrumentId, InstrumentLimits, Limits, Listing, Mode, Money, Price, Qty,
    Rate, RunId, Span, StrategyLimits, TradingHours, VenueTraits, Watchdog,
};
use crate::state::{Genesis, StrategyInfo};

/// What a generated genesis is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub run: RunId,
    /// Names the orders: equal books give equal events.
    pub book: RunId,
    pub symbols: Vec<String>,
    /// What prices, fees and P&L are counted in.
    pub currency: Currency,
    pub capital: Money,
    /// Of notional, for every instrument.
    pub maker_fee: Rate,
    pub taker_fee: Rate,
    /// Name, kind and instruments of each strategy.
    pub strategies: Vec<(String, String, Vec<InstrumentId>)>,
}

/// Why there is no such genesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// An id counts instruments and strategies in 16 bits.
    #[error("too many instruments or strategies")]
    TooMany,
}

/// More than any instrument has and any account holds, so that the rules are asked and say yes.
const UNITS: i64 = 1_000_000_000;
const AMOUNT: i64 = 1_000_000_000_000_000;
const MESSAGES: u32 = 1_000_000_000;

/// The genesis: analyze mode, every rule of the gate at work with limits that are far, nothing watched that waits for a
/// live connection.
pub fn stage(stage: &Stage) -> Result<Genesis, StageError> {
    let instruments: Vec<Instrument> = (0..u16::MAX)
        .map(InstrumentId::new)
        .zip(&stage.symbols)
        .map(|(id, symbol)| instrument(stage, id, symbol))
        .collect();
    let own = [("manual", true), ("external", false)]
        .map(|(name, armed)| (name.to_owned(), "-".to_owned(), armed, Vec::new()));
    let hired =
        stage.strategies.iter().map(|(name, kind, on)| (name.clone(), kind.clone(), true, on.clone()));
    let strategies: Vec<StrategyInfo> = own
        .into_iter()
        .chain(hired)
        .map(|(name, kind, armed, instruments)| StrategyInfo {
            name: name.as_str().into(),
            kind: kind.as_str().into(),
            armed,
            instruments,
        })
        .collect();
    if instruments.len() != stage.symbols.len() || u16::try_from(strategies.len()).is_err() {
        return Err(StageError::TooMany);
    }
    Ok(Genesis {
        accounts: crate::state::Accounts::default(),
        run: stage.run,
        book: stage.book,
        mode: Mode::Analyze,
        currency: stage.currency,
        capital: vec![(stage.currency, stage.capital)],
        conversions: Vec::new(),
        limits: limits(instruments.len(), strategies.len()),
        instruments,
        strategies,
        order_answer: Span::MAX,
        link_silent: Span::MAX,
        venue: VenueTraits::PAPER,
        watchdog: Watchdog::OFF,
        live_unavailable: Some("a backtest".into()),
        live: None,
        standing: Vec::new(),
        halted_by: None,
        retired: std::collections::BTreeSet::new(),
        hours: TradingHours::default(),
    })
}

fn instrument(stage: &Stage, id: InstrumentId, symbol: &str) -> Instrument {
    let smallest =
        |raw: i64| (Price::from_raw(raw).unwrap_or_default(), Qty::from_raw(raw).unwrap_or_default());
    let (tick, lot) = smallest(1);
    Instrument {
        id,
        symbol: symbol.into(),
        venue: "history".into(),
        contract: Contract::Linear,
        size: Qty::ONE,
        quote: stage.currency,
        settle: stage.currency,
        unit: symbol.into(),
        tick,
        min_price: tick,
        max_price: Price::from_raw(UNITS.saturating_mul(100_000_000)).unwrap_or_default(),
        lot,
        min_qty: lot,
        min_notional: Money::ZERO,
        maker_fee: stage.maker_fee,
        taker_fee: stage.taker_fee,
        initial_margin: Rate::ZERO,
        stale_after: Span::MAX,
        max_jump_bps: u32::MAX,
        listing: Listing::default(),
    }
}

fn limits(instruments: usize, strategies: usize) -> Limits {
    let most = Money::units(AMOUNT);
    let qty = Qty::from_raw(UNITS.saturating_mul(100_000_000)).unwrap_or_default();
    let one = InstrumentLimits {
        max_order_qty: qty,
        max_order_value: most,
        max_position: qty,
        collar_bps: 1_000_000,
    };
    Limits {
        max_gross: most,
        max_batch_value: most,
        daily_loss: most,
        messages_per_s: MESSAGES,
        cancel_reserve: 1,
        messages_per_min: MESSAGES,
        messages_per_day: MESSAGES,
        order_changes: MESSAGES,
        max_open_orders: MESSAGES,
        max_open_value: most,
        duplicate_window: Span::ZERO,
        identical_orders: MESSAGES,
        margin_use_bps: 10_000,
        account_age: Span::MAX,
        self_trade_blocks: MESSAGES,
        self_trade_window: Span::ZERO,
        loosen_delay: Span::ZERO,
        instruments: vec![one; instruments],
        strategies: vec![StrategyLimits { max_position_value: most, daily_loss: most }; strategies],
        rules: Vec::new(),
    }
}
