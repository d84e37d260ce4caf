//! The stage of a simulated world: three instruments, a few strategies, limits that bite now and then.

use crate::model::{
    Contract, Currency, IdempotencyClass, Instrument, InstrumentId, InstrumentLimits, Limits, Listing, Mode,
    Money, NumberError, Price, Qty, Rate, RunId, Span, StrategyLimits, Timestamp, VenueTraits, Watchdog,
};
use crate::sim::Rng;
use crate::state::{Conversion, Genesis, StrategyInfo};

/// 2024-08-08 09:00:00 UTC: far enough from midnight that no day turns by itself.
pub(super) const START: Timestamp = Timestamp::from_nanos(1_723_107_600_000_000_000);

/// Where each instrument's market starts.
pub(super) fn start_price(id: InstrumentId) -> Price {
    let text = match id.get() {
        0 => "100",
        1 => "2000",
        _ => "25",
    };
    text.parse().unwrap_or_default()
}

/// The genesis of a world. Limits are wide where no fault is to come, so that only a fault can raise a kill.
pub(super) fn genesis(seed: u64, faulty: bool) -> Genesis {
    build(seed, faulty).unwrap_or_else(|_| unreachable!("the stage's own numbers are numbers"))
}

fn build(seed: u64, faulty: bool) -> Result<Genesis, NumberError> {
    let mut rng = Rng::stream(seed, 2);
    let instruments = vec![linear(0, "LIN", "0.1")?, inverse()?, linear(2, "LOW", "0.01")?];
    let ids: Vec<InstrumentId> = instruments.iter().map(|one| one.id).collect();
    let count = rng.between(2, 4);
    let hired = (0..count).map(|number| format!("chaos-{number}"));
    let strategies = ["manual".to_owned(), "external".to_owned()].into_iter().chain(hired);
    let strategies: Vec<StrategyInfo> = strategies
        .map(|name| StrategyInfo {
            armed: name != "external",
            name: name.as_str().into(),
            kind: "-".into(),
            instruments: ids.clone(),
        })
        .collect();
    Ok(Genesis {
        accounts: crate::state::Accounts::default(),
        run: RunId::new(u128::from(seed).wrapping_add(1)),
        book: RunId::new(u128::from(seed).wrapping_add(1)),
        mode: Mode::Analyze,
        currency: code("USDT"),
        capital: vec![(code("USDT"), Money::units(1_000_000)), (code("ETH"), Money::units(1_000))],
        conversions: vec![(code("ETH"), Conversion::At(InstrumentId::new(1)))],
        limits: limits(&mut rng, strategies.len(), faulty)?,
        instruments,
        strategies,
        order_answer: Span::from_secs(3),
        link_silent: Span::from_secs(5),
        live_unavailable: Some("simulated".into()),
        live: None,
        standing: Vec::new(),
        halted_by: None,
        retired: std::collections::BTreeSet::new(),
        hours: crate::model::TradingHours::default(),
        watchdog: Watchdog {
            venue_k2: Span::from_secs(12),
            feed_green: Span::from_secs(3),
            broker_k2: Span::from_secs(6),
            unknown_hold: Span::from_secs(8),
            reconcile_every: Span::from_secs(12),
            ..Watchdog::default()
        },
        venue: VenueTraits {
            idempotency: if rng.one_in(2) { IdempotencyClass::UniqueForever } else { IdempotencyClass::None },
            holds_stops: rng.one_in(2),
            ..VenueTraits::PAPER
        },
    })
}

fn limits(rng: &mut Rng, strategies: usize, faulty: bool) -> Result<Limits, NumberError> {
    let tight = faulty && rng.one_in(4);
    let one = |order: &str, position: &str| -> Result<InstrumentLimits, NumberError> {
        Ok(InstrumentLimits {
            max_order_qty: order.parse()?,
            max_order_value: Money::units(20_000),
            max_position: position.parse()?,
            collar_bps: 300,
        })
    };
    let daily_loss = if tight { Money::units(200) } else { Money::units(500_000) };
    let each = StrategyLimits { max_position_value: Money::units(60_000), daily_loss };
    Ok(Limits {
        max_gross: Money::units(150_000),
        max_batch_value: Money::units(60_000),
        daily_loss: Money::units(500_000),
        messages_per_s: u32::try_from(rng.between(15, 40)).unwrap_or(20),
        cancel_reserve: 5,
        max_open_orders: u32::try_from(rng.between(10, 40)).unwrap_or(20),
        duplicate_window: Span::from_millis(rng.between(0, 300)),
        messages_per_min: 2_000,
        messages_per_day: 1_000_000,
        order_changes: 100,
        max_open_value: Money::units(150_000),
        identical_orders: 64,
        margin_use_bps: 9_000,
        account_age: Span::from_secs(60),
        self_trade_blocks: if faulty { 3 } else { 1_000 },
        self_trade_window: Span::from_secs(10),
        loosen_delay: Span::from_secs(3),
        instruments: vec![one("40", "120")?, one("400", "1200")?, one("160", "480")?],
        strategies: vec![each; strategies],
        rules: Vec::new(),
    })
}

fn linear(id: u16, symbol: &str, tick: &str) -> Result<Instrument, NumberError> {
    Ok(Instrument {
        id: InstrumentId::new(id),
        symbol: symbol.into(),
        venue: "sim".into(),
        contract: Contract::Linear,
        size: Qty::ONE,
        quote: code("USDT"),
        settle: code("USDT"),
        unit: symbol.into(),
        tick: tick.parse()?,
        min_price: "1".parse()?,
        max_price: "100000".parse()?,
        lot: "0.001".parse()?,
        min_qty: "0.001".parse()?,
        min_notional: Money::units(5),
        maker_fee: "-0.0001".parse::<Rate>()?,
        taker_fee: "0.0004".parse::<Rate>()?,
        initial_margin: "0.1".parse()?,
        stale_after: Span::from_secs(2),
        max_jump_bps: 1_000,
        listing: Listing::default(),
    })
}

fn inverse() -> Result<Instrument, NumberError> {
    Ok(Instrument {
        contract: Contract::Inverse,
        size: "10".parse()?,
        quote: code("USD"),
        settle: code("ETH"),
        unit: "contracts".into(),
        lot: "1".parse()?,
        min_qty: "1".parse()?,
        min_notional: Money::ZERO,
        ..linear(1, "INV", "0.05")?
    })
}

fn code(text: &str) -> Currency {
    Currency::new(text).unwrap_or_else(|| unreachable!("a code of letters"))
}
