//! The default settings in code, equal to `config/flightdeck.toml` by test.

use super::broker::{Broker, BrokerKind};
use super::live::Live;
use super::params::{ParamValue, Params};
use super::settings::{
    Account, Feed, FeedSource, InstrumentSettings, LogLevel, Palette, Paper, QueueModel, Risk, Run, Screen,
    Settings, Speed, StrategySettings,
};
use crate::model::{
    Contract, Currency, Instrument, InstrumentId, InstrumentLimits, Listing, Mode, Money, NetQty, Span,
    StrategyLimits, StrategyRules, Timestamp, Watchdog,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::str::FromStr;

const BTCUSDT: InstrumentId = InstrumentId::new(0);
const ETHUSD_PERP: InstrumentId = InstrumentId::new(1);

impl Default for Settings {
    fn default() -> Self {
        Self {
            run: Run {
                mode: Mode::Analyze,
                data_dir: None,
                log: LogLevel::Info,
                regime: None,
                static_ip: None,
                seed: 1,
                tapes_mb: 2_048,
            },
            feed: Feed {
                source: FeedSource::Demo,
                speed: Speed::Permille(1000),
                repeat: true,
                link_silent_after: Span::from_millis(5000),
            },
            account: Account {
                currency: coin("USDT"),
                par: BTreeSet::from([coin("USD")]),
                capital: BTreeMap::from([
                    (coin("USDT"), Money::units(100_000)),
                    (coin("ETH"), Money::units(20)),
                ]),
                convert: BTreeMap::from([(coin("ETH"), ETHUSD_PERP)]),
            },
            paper: Paper {
                order_latency: Span::from_millis(40),
                report_latency: Span::from_millis(40),
                jitter: Span::from_millis(20),
                queue: QueueModel::Proportional,
            },
            broker: broker(),
            live: Live::NONE,
            risk: Risk {
                max_gross: Money::units(250_000),
                max_batch_value: Money::units(100_000),
                daily_loss: Money::units(5000),
                messages_per_s: 20,
                cancel_reserve: 5,
                messages_per_min: 900,
                messages_per_day: 1_000_000,
                order_changes: 25,
                max_open_orders: 40,
                max_open_value: Money::units(200_000),
                duplicate_window: Span::from_millis(250),
                identical_orders: 8,
                margin_use_bps: 9_000,
                account_age: Span::from_millis(60_000),
                self_trade_blocks: 3,
                self_trade_window: Span::from_millis(10_000),
                self_trade_across: false,
                loosen_delay: Span::from_millis(60_000),
                order_answer: Span::from_millis(3000),
            },
            watchdog: Watchdog::default(),
            instruments: vec![btcusdt(), ethusd_perp()],
            strategies: strategies(),
            manual: limits(50_000, 2000),
            manual_rules: StrategyRules::NONE,
            screen: Screen { max_fps: 30, palette: Palette::Default, ascii: false, utc: true },
            chain: None,
            calendars: Vec::new(),
            start: Timestamp::EPOCH,
        }
    }
}

fn broker() -> Broker {
    Broker {
        kind: BrokerKind::Paper,
        url: "http://127.0.0.1:5000".to_owned(),
        ws_url: None,
        key_env: "OPENALGO_API_KEY".to_owned(),
        key_file: None,
        key_ring: None,
        orders_per_s: 8,
        cancels_per_s: 8,
        reads_per_s: 20,
        poll: Span::from_millis(1000),
        quotes: Span::from_millis(250),
        answer: Span::from_millis(5000),
        also: Vec::new(),
    }
}

fn btcusdt() -> InstrumentSettings {
    InstrumentSettings {
        instrument: Instrument {
            id: BTCUSDT,
            symbol: "BTCUSDT".into(),
            venue: "binance-usdm".into(),
            contract: Contract::Linear,
            size: number("1"),
            quote: coin("USDT"),
            settle: coin("USDT"),
            unit: "BTC".into(),
            tick: number("0.1"),
            min_price: number("1000"),
            max_price: number("1000000"),
            lot: number("0.001"),
            min_qty: number("0.001"),
            min_notional: Money::units(5),
            maker_fee: number("0.0002"),
            taker_fee: number("0.0005"),
            initial_margin: number("0.05"),
            stale_after: Span::from_millis(5000),
            max_jump_bps: 300,
            listing: Listing::default(),
        },
        limits: InstrumentLimits {
            max_order_qty: number("0.5"),
            max_order_value: Money::units(50_000),
            max_position: number("1"),
            collar_bps: 100,
        },
        openalgo: None,
    }
}

fn ethusd_perp() -> InstrumentSettings {
    InstrumentSettings {
        instrument: Instrument {
            id: ETHUSD_PERP,
            symbol: "ETHUSD_PERP".into(),
            venue: "binance-coinm".into(),
            contract: Contract::Inverse,
            size: number("10"),
            quote: coin("USD"),
            settle: coin("ETH"),
            unit: "contracts".into(),
            tick: number("0.01"),
            min_price: number("10"),
            max_price: number("100000"),
            lot: number("1"),
            min_qty: number("1"),
            min_notional: Money::ZERO,
            maker_fee: number("0.0001"),
            taker_fee: number("0.0005"),
            initial_margin: number("0.05"),
            stale_after: Span::from_millis(5000),
            max_jump_bps: 300,
            listing: Listing::default(),
        },
        limits: InstrumentLimits {
            max_order_qty: number("1000"),
            max_order_value: Money::units(20_000),
            max_position: number("4000"),
            collar_bps: 100,
        },
        openalgo: None,
    }
}

fn strategies() -> Vec<StrategySettings> {
    use ParamValue::{Choice, Int, Millis};
    let strategy = |name: &str, kind: &str, instrument, params, (limits, stop_loss)| StrategySettings {
        name: name.to_owned(),
        kind: kind.to_owned(),
        instrument,
        armed: true,
        intraday: false,
        params,
        limits,
        rules: StrategyRules {
            stop_loss: Some(Money::units(stop_loss)),
            rejects: Some(10),
            ..StrategyRules::NONE
        },
        algo_id: None,
    };
    let sma = Params::new([
        ("bar_ms", Millis(1000)),
        ("fast", Int(5)),
        ("slow", Int(20)),
        ("qty", decimal("0.010")),
        ("style", Choice("reverse".to_owned())),
    ]);
    let maker = Params::new([
        ("qty", decimal("0.010")),
        ("half_spread_ticks", Int(5)),
        ("max_position", decimal("0.050")),
        ("requote_ms", Millis(1000)),
    ]);
    let breakout =
        Params::new([("window_ms", Millis(20_000)), ("qty", decimal("20")), ("hold_ms", Millis(15_000))]);
    let reversion =
        Params::new([("window_ms", Millis(30_000)), ("entry_bps", Int(3)), ("qty", decimal("20"))]);
    vec![
        strategy("sma-btc", "sma_cross", BTCUSDT, sma, (limits(20_000, 500), 400)),
        strategy("mm-btc", "market_maker", BTCUSDT, maker, (limits(20_000, 500), 400)),
        strategy("brk-eth", "breakout", ETHUSD_PERP, breakout, (limits(10_000, 300), 250)),
        strategy("rev-eth", "mean_reversion", ETHUSD_PERP, reversion, (limits(10_000, 300), 250)),
    ]
}

fn limits(max_position_value: i64, daily_loss: i64) -> StrategyLimits {
    StrategyLimits {
        max_position_value: Money::units(max_position_value),
        daily_loss: Money::units(daily_loss),
    }
}

fn coin(code: &str) -> Currency {
    Currency::new(code).expect("a default's currency is upper case")
}

fn decimal(text: &str) -> ParamValue {
    ParamValue::Decimal(number::<NetQty>(text).raw())
}

fn number<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect("a default is a plain decimal within its type's range")
}
