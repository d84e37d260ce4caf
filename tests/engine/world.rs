//! What stands on the bench: a linear and an inverse instrument, generous limits, strategies `a` and `b`.

use flightdeck::model::{
    Contract, Currency, Instrument, InstrumentId, InstrumentLimits, Limits, Mode, Money, Price, Qty, Rate,
    RunId, Span, StrategyId, StrategyLimits, Watchdog,
};
use flightdeck::state::{Conversion, Genesis, StrategyInfo};

/// Linear, in USDT, around 100: tick 0.1, lot 0.001.
pub(crate) const LIN: InstrumentId = InstrumentId::new(0);
/// Inverse, 10 USD a contract, settled in ETH, around 2000: tick 0.01, lot 1.
pub(crate) const INV: InstrumentId = InstrumentId::new(1);
pub(crate) const A: StrategyId = StrategyId::new(2);
pub(crate) const B: StrategyId = StrategyId::new(3);

pub(crate) fn price(text: &str) -> Price {
    text.parse().expect("a test's price")
}

pub(crate) fn qty(text: &str) -> Qty {
    text.parse().expect("a test's quantity")
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().expect("a test's amount")
}

pub(crate) fn currency(code: &str) -> Currency {
    Currency::new(code).expect("a test's currency")
}

/// The bench's genesis, to be tightened by a scenario.
pub(crate) fn genesis() -> Genesis {
    let info = |name: &str| StrategyInfo {
        name: name.into(),
        kind: "-".into(),
        armed: name != "external",
        // Those a scenario adds included.
        instruments: (0..64).map(InstrumentId::new).collect(),
    };
    Genesis {
        accounts: flightdeck::state::Accounts::default(),
        run: RunId::new(7),
        book: RunId::new(7),
        mode: Mode::Analyze,
        currency: currency("USDT"),
        capital: vec![(currency("USDT"), Money::units(1_000_000)), (currency("ETH"), Money::units(1_000))],
        conversions: vec![(currency("ETH"), Conversion::At(INV))],
        instruments: vec![linear(), inverse()],
        strategies: ["manual", "external", "a", "b"].map(info).into(),
        limits: limits(),
        order_answer: Span::from_secs(3),
        link_silent: Span::from_secs(5),
        venue: flightdeck::model::VenueTraits::PAPER,
        watchdog: Watchdog::OFF,
        live_unavailable: Some("no live broker".into()),
        live: None,
        standing: Vec::new(),
        halted_by: None,
        retired: std::collections::BTreeSet::new(),
        hours: flightdeck::model::TradingHours::default(),
    }
}

fn limits() -> Limits {
    let one = |order: &str, position: &str| InstrumentLimits {
        max_order_qty: qty(order),
        max_order_value: Money::units(50_000),
        max_position: qty(position),
        collar_bps: 500,
    };
    let wide =
        StrategyLimits { max_position_value: Money::units(200_000), daily_loss: Money::units(100_000) };
    Limits {
        max_gross: Money::units(1_000_000),
        max_batch_value: Money::units(100_000),
        daily_loss: Money::units(100_000),
        messages_per_s: 100,
        cancel_reserve: 5,
        messages_per_min: 10_000,
        messages_per_day: 100_000,
        order_changes: 100,
        max_open_orders: 50,
        max_open_value: Money::units(1_000_000),
        duplicate_window: Span::ZERO,
        identical_orders: 1_000_000,
        margin_use_bps: 9_000,
        account_age: Span::from_secs(60),
        self_trade_blocks: 3,
        self_trade_window: Span::from_secs(60),
        loosen_delay: Span::from_secs(60),
        instruments: vec![one("100", "500"), one("1000", "5000")],
        strategies: vec![wide, StrategyLimits::default(), wide, wide],
        rules: Vec::new(),
    }
}

fn linear() -> Instrument {
    Instrument {
        id: LIN,
        symbol: "LIN".into(),
        venue: "bench".into(),
        contract: Contract::Linear,
        size: Qty::ONE,
        quote: currency("USDT"),
        settle: currency("USDT"),
        unit: "LIN".into(),
        tick: price("0.1"),
        min_price: price("1"),
        max_price: price("100000"),
        lot: qty("0.001"),
        min_qty: qty("0.001"),
        min_notional: Money::units(5),
        maker_fee: Rate::ZERO,
        taker_fee: Rate::ZERO,
        initial_margin: "0.1".parse().expect("a rate"),
        stale_after: Span::from_secs(2),
        max_jump_bps: 1_000,
        listing: flightdeck::model::Listing::default(),
    }
}

fn inverse() -> Instrument {
    Instrument {
        id: INV,
        symbol: "INV".into(),
        contract: Contract::Inverse,
        size: qty("10"),
        quote: currency("USD"),
        settle: currency("ETH"),
        unit: "contracts".into(),
        tick: price("0.01"),
        lot: qty("1"),
        min_qty: qty("1"),
        min_notional: Money::ZERO,
        ..linear()
    }
}
