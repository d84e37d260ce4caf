//! Reads the sections that stand once in the file.

use super::bounds::{IN_ACCOUNT, MONEY};
use super::fault::quoted;
use super::hint::nearest;
use super::reader::{CURRENCY, Section};
use super::rules::rules;
use super::settings::{
    Account, Feed, FeedSource, LogLevel, Palette, Paper, QueueModel, Regime, Risk, Run, Screen, Speed,
};
use super::tree::Value;
use crate::model::{Currency, InstrumentId, Mode, Money, StrategyLimits, StrategyRules};
use std::collections::{BTreeMap, BTreeSet};

/// The longest waiting time anybody sets on purpose.
const LONGEST_MS: i64 = 600_000;

/// A terabyte.
const TAPES_MB_MAX: i64 = 1_048_576;

/// `[run]`
pub(super) fn run(mut section: Section<'_, '_>) -> (Run, Option<Mode>) {
    let mode = section.choice("mode", &[("analyze", Mode::Analyze), ("live", Mode::Live)]);
    if mode == Some(Mode::Live) {
        let path = section.path_of("mode");
        let problem =
            "\"live\" is refused: every start is in analyze; [live] and the key M lead on".to_owned();
        section.log.fault_between(&path, &[], problem, "\"analyze\"".to_owned());
    }
    let data_dir = section.optional("data_dir").and_then(|node| {
        section.text_at("data_dir", node, is_path, "a path: 1 to 4096 characters, no control characters")
    });
    let run = Run {
        mode: Mode::Analyze,
        data_dir,
        regime: section.maybe("regime", |section, key| section.choice(key, Regime::WORDS)).flatten(),
        static_ip: section
            .maybe("static_ip", |section, key| section.text(key, is_address, "an IP address in quotes")),
        log: section.choice("log", LogLevel::WORDS).unwrap_or(LogLevel::Info),
        seed: u64::try_from(section.whole("seed", 0..=i64::MAX, "")).unwrap_or_default(),
        tapes_mb: u64::try_from(section.whole("tapes_mb", 0..=TAPES_MB_MAX, " MiB")).unwrap_or_default(),
    };
    section.finish();
    (run, mode)
}

/// `[feed]`
pub(super) fn feed(mut section: Section<'_, '_>) -> Feed {
    let source = section.parsed("source", "\"demo\", \"tape:PATH\", \"synthetic\" or \"synthetic:SEED\"");
    let speed = section.parsed("speed", "\"max\" or a decimal in quotes from 0.1 to 1000");
    let feed = Feed {
        source: source.unwrap_or(FeedSource::Demo),
        speed: speed.unwrap_or(Speed::Max),
        repeat: section.flag("loop"),
        link_silent_after: section.millis("link_silent_after_ms", 100..=LONGEST_MS),
    };
    section.finish();
    feed
}

/// `[account]`; `symbols` are the instruments' in order.
pub(super) fn account(mut section: Section<'_, '_>, symbols: &[String]) -> Account {
    let currency = section.currency("currency").or_else(|| Currency::new("USDT"));
    let account = Account {
        currency: currency.expect("USDT is a currency code"),
        par: par(&mut section),
        capital: capital(section.table("capital")),
        convert: convert(section.table("convert"), symbols),
    };
    section.finish();
    account
}

/// A list of currencies; in the environment and in flags separated by commas.
fn par(section: &mut Section<'_, '_>) -> BTreeSet<Currency> {
    let expected = "a list of currencies: [\"USD\"]";
    let Some(node) = section.optional("par") else {
        return BTreeSet::new();
    };
    let codes: Vec<Option<&str>> = match &node.value {
        Value::List(items) => items.iter().map(|item| item.value.as_text()).collect(),
        Value::Text(codes) => {
            codes.split(',').map(str::trim).filter(|code| !code.is_empty()).map(Some).collect()
        }
        Value::Integer(_)
        | Value::HugeInteger
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Datetime
        | Value::Table(_) => vec![None],
    };
    let read: Vec<Option<Currency>> = codes.into_iter().map(|code| code.and_then(Currency::new)).collect();
    if read.contains(&None) {
        section.refuse("par", node, format!("is {}", node.value.describe()), expected.to_owned());
    }
    read.into_iter().flatten().collect()
}

fn capital(mut section: Section<'_, '_>) -> BTreeMap<Currency, Money> {
    let mut capital = BTreeMap::new();
    for (code, _) in section.entries() {
        let amount = section.decimal(code, MONEY, "");
        currency_key(&mut section, code).map(|currency| capital.insert(currency, amount));
    }
    capital
}

fn convert(mut section: Section<'_, '_>, symbols: &[String]) -> BTreeMap<Currency, InstrumentId> {
    let mut convert = BTreeMap::new();
    for (code, _) in section.entries() {
        let instrument = instrument(&mut section, code, symbols);
        let currency = currency_key(&mut section, code);
        convert.extend(currency.zip(instrument));
    }
    convert
}

/// A key that must be a currency code.
fn currency_key<'a>(section: &mut Section<'a, '_>, code: &'a str) -> Option<Currency> {
    let currency = Currency::new(code);
    if currency.is_none()
        && let Some(node) = section.optional(code)
    {
        section.log.fault(
            &node.key,
            &section.path_of(code),
            "not a currency code".to_owned(),
            CURRENCY.to_owned(),
        );
    }
    currency
}

/// A reference to an instrument by its symbol.
pub(super) fn instrument<'a>(
    section: &mut Section<'a, '_>,
    key: &'a str,
    symbols: &[String],
) -> Option<InstrumentId> {
    let symbol = section.text(key, |symbol| !symbol.is_empty(), "the symbol of an [[instrument]]");
    if symbol.is_empty() {
        return None;
    }
    let index = symbols.iter().position(|known| *known == symbol);
    if index.is_none() {
        let hint = nearest(&symbol, symbols.iter().map(String::as_str));
        let hint = hint.map(|near| format!(", did you mean {}?", quoted(near))).unwrap_or_default();
        let known: Vec<String> = symbols.iter().take(20).map(|known| quoted(known)).collect();
        let problem = format!("there is no instrument {}{hint}", quoted(&symbol));
        let path = section.path_of(key);
        section.log.fault_between(&path, &[], problem, format!("one of {}", known.join(", ")));
    }
    index.and_then(|index| u16::try_from(index).ok()).map(InstrumentId::new)
}

/// `[paper]`
pub(super) fn paper(mut section: Section<'_, '_>) -> Paper {
    let paper = Paper {
        order_latency: section.millis("order_latency_ms", 0..=60_000),
        report_latency: section.millis("report_latency_ms", 0..=60_000),
        jitter: section.millis("jitter_ms", 0..=60_000),
        queue: section.choice("queue", QueueModel::WORDS).unwrap_or(QueueModel::Trades),
    };
    section.finish();
    paper
}

/// `[risk]`
pub(super) fn risk(mut section: Section<'_, '_>) -> Risk {
    let risk = Risk {
        max_gross: section.decimal("max_gross", MONEY, IN_ACCOUNT),
        max_batch_value: section.decimal("max_batch_value", MONEY, IN_ACCOUNT),
        daily_loss: section.decimal("daily_loss", MONEY, IN_ACCOUNT),
        messages_per_s: section.count("messages_per_s", 1..=1000, " messages"),
        cancel_reserve: section.count("cancel_reserve", 0..=999, " messages"),
        messages_per_min: section.count("messages_per_min", 0..=60_000, " messages"),
        messages_per_day: section.count("messages_per_day", 0..=100_000_000, " messages"),
        order_changes: section.count("order_changes", 0..=10_000, " changes"),
        max_open_orders: section.count("max_open_orders", 0..=10_000, " orders"),
        max_open_value: section.decimal("max_open_value", MONEY, IN_ACCOUNT),
        duplicate_window: section.millis("duplicate_window_ms", 0..=60_000),
        identical_orders: section.count("identical_orders", 0..=256, " orders"),
        margin_use_bps: section.count("margin_use_bps", 0..=10_000, " bp"),
        account_age: section.millis("account_age_ms", 1_000..=3_600_000),
        self_trade_blocks: section.count("self_trade_blocks", 1..=64, " orders"),
        self_trade_window: section.millis("self_trade_window_ms", 1_000..=3_600_000),
        self_trade_across: section.maybe("self_trade_across", Section::flag).unwrap_or_default(),
        loosen_delay: section.millis("loosen_delay_ms", 1_000..=86_400_000),
        order_answer: section.millis("order_answer_ms", 100..=LONGEST_MS),
    };
    if risk.cancel_reserve >= risk.messages_per_s {
        let problem = format!("{} leaves new orders no message", risk.cancel_reserve);
        let (reserve, all) = (section.path_of("cancel_reserve"), section.path_of("messages_per_s"));
        let expected = format!("less than messages_per_s, which is {}", risk.messages_per_s);
        section.log.fault_between(&reserve, &[&all], problem, expected);
    }
    section.finish();
    risk
}

/// `[manual]`
pub(super) fn manual(mut section: Section<'_, '_>) -> (StrategyLimits, StrategyRules) {
    let limits = strategy_limits(section.table("limits"));
    let rules = rules(section.table("rules"));
    section.finish();
    (limits, rules)
}

/// `limits` of a strategy or of the operator.
pub(super) fn strategy_limits(mut section: Section<'_, '_>) -> StrategyLimits {
    let limits = StrategyLimits {
        max_position_value: section.decimal("max_position_value", MONEY, IN_ACCOUNT),
        daily_loss: section.decimal("daily_loss", MONEY, IN_ACCOUNT),
    };
    section.finish();
    limits
}

/// `[screen]`
pub(super) fn screen(mut section: Section<'_, '_>) -> Screen {
    let screen = Screen {
        max_fps: section.count("max_fps", 1..=30, " frames per second"),
        palette: section.choice("palette", Palette::WORDS).unwrap_or(Palette::Default),
        ascii: section.flag("ascii"),
        utc: section.flag("utc"),
    };
    section.finish();
    screen
}

fn is_path(text: &str) -> bool {
    (1..=4096).contains(&text.chars().count()) && !text.contains(char::is_control)
}

/// Whether a text looks like an IPv4 or IPv6 address; the live adapter compares it whole.
fn is_address(text: &str) -> bool {
    (2..=45).contains(&text.len())
        && text.contains(['.', ':'])
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:".contains(&byte))
}
