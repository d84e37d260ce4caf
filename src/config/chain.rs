//! `[chain]`: an index, its futures and its options from one table, written out as the `[[instrument]]` entries they are.

use super::bounds::{IN_ACCOUNT, MONEY, POSITIVE};
use super::entries::absent;
use super::origin::Origin;
use super::reader::{Log, Section};
use super::tree::{Node, Table, Value};
use crate::model::{Currency, InstrumentLimits, Price, Qty, Rate, Timestamp};
use chrono::{DateTime, Days, NaiveDate};
use std::collections::BTreeMap;

/// What the table may leave out.
const ABSENT: &[(&str, &str)] = &[
    ("venue", "synthetic"),
    ("size", "1"),
    ("futures", "true"),
    ("freeze_qty", "0"),
    ("maker_fee", "0"),
    ("taker_fee", "0"),
    ("roll_days", "3"),
];

/// Most expiries, and most strikes on either side of the money.
const MOST_EXPIRIES: usize = 6;
const MOST_STRIKES: u32 = 40;

/// `[chain]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The index's symbol, with which all the others begin.
    pub index: String,
    pub venue: String,
    pub currency: Currency,
    /// Where the index starts: it stays between half and double.
    pub spot: Price,
    pub tick: Price,
    /// Units of the index per contract.
    pub size: Qty,
    pub lot: Qty,
    /// Between two strikes, and how many there are on either side of the money.
    pub step: Price,
    pub strikes: u32,
    /// Days from the start to each expiry, in order.
    pub expiries_days: Vec<u32>,
    /// Whether each expiry has a future.
    pub futures: bool,
    pub freeze_qty: Qty,
    pub maker_fee: Rate,
    pub taker_fee: Rate,
    pub initial_margin: Rate,
    pub roll_days: u32,
    pub calendar: Option<String>,
    pub future_limits: InstrumentLimits,
    pub option_limits: InstrumentLimits,
    /// How many instruments it made: the last ones of the run.
    pub made: usize,
}

/// Reads the table, if there is one, and appends what it makes to the list of instruments.
pub(super) fn expand(tree: &mut Table, now: Timestamp, log: &mut Log) -> Option<Chain> {
    let origin = tree.get("chain")?.origin.clone();
    let Some(Node { value: Value::Table(table), .. }) = tree.get_mut("chain") else {
        let problem = "is not a table".to_owned();
        log.fault(&origin, "chain", problem, "[chain]".to_owned());
        return None;
    };
    for (key, value) in ABSENT {
        table.entry((*key).to_owned()).or_insert_with(|| absent(value));
    }
    let table = table.clone();
    let before = log.faults.len();
    let mut chain = read(Section::new(&table, &origin, "chain".to_owned(), log));
    if log.faults.len() > before {
        return None;
    }
    let made = chain.as_ref().map(|chain| Maker { chain, table: &table, origin: &origin, now }.all());
    let made = made.unwrap_or_default();
    if let Some(chain) = &mut chain {
        chain.made = made.len();
    }
    let list = tree.entry("instrument".to_owned()).or_insert_with(|| Node {
        value: Value::List(Vec::new()),
        origin: origin.clone(),
        key: origin.clone(),
    });
    if let Value::List(items) = &mut list.value {
        items.extend(made);
    }
    chain
}

fn read(mut section: Section<'_, '_>) -> Option<Chain> {
    let symbol = "1 to 12 letters and digits";
    let quote = " in quote currency";
    let expiries_days = expiries(&mut section);
    let calendar = section.optional("calendar").and_then(|node| {
        section.text_at("calendar", node, |name| !name.is_empty(), "the name of a [[calendar]]")
    });
    let chain = Chain {
        index: section.text("index", is_index, symbol),
        venue: section.text("venue", |venue| !venue.is_empty(), "a venue"),
        currency: section.currency("currency")?,
        spot: section.decimal("spot", ("1", "10000000"), quote),
        tick: section.decimal("tick", ("0.0001", "1000"), quote),
        size: section.decimal("size", ("0.00000001", "1000000"), ""),
        lot: section.decimal("lot", POSITIVE, " units"),
        step: section.decimal("step", ("0.01", "1000000"), quote),
        strikes: section.count("strikes", 0..=MOST_STRIKES, " strikes on either side"),
        expiries_days,
        futures: section.flag("futures"),
        freeze_qty: section.decimal("freeze_qty", ("0", "1000000000"), " units"),
        maker_fee: section.decimal("maker_fee", ("-0.01", "0.05"), " of notional"),
        taker_fee: section.decimal("taker_fee", ("-0.01", "0.05"), " of notional"),
        initial_margin: section.decimal("initial_margin", ("0.001", "1"), " of notional"),
        roll_days: section.count("roll_days", 0..=365, " days"),
        calendar,
        future_limits: limits(section.table("future_limits")),
        option_limits: limits(section.table("option_limits")),
        made: 0,
    };
    fits(&mut section, &chain);
    section.finish();
    Some(chain)
}

/// What must hold between its values.
fn fits(section: &mut Section<'_, '_>, chain: &Chain) {
    let path = |key: &str| section.path_of(key);
    let (step, tick, spot, strikes) = (path("step"), path("tick"), path("spot"), path("strikes"));
    let off_tick = chain.tick.raw() > 0 && chain.step.raw().rem_euclid(chain.tick.raw()) != 0;
    let reach = chain.step.raw().saturating_mul(i64::from(chain.strikes) + 1);
    let log = &mut *section.log;
    if off_tick {
        let expected = format!("a multiple of tick, which is {}", chain.tick);
        log.fault_between(&step, &[&tick], format!("{} is off tick", chain.step), expected);
    }
    if reach > chain.spot.raw().div_euclid(2) {
        let problem = format!("{} of {} reach below half the spot", chain.strikes, chain.step);
        let expected = "fewer, or closer together".to_owned();
        log.fault_between(&strikes, &[&step, &spot], problem, expected);
    }
}

fn limits(mut section: Section<'_, '_>) -> InstrumentLimits {
    let limits = InstrumentLimits {
        max_order_qty: section.decimal("max_order_qty", POSITIVE, " units"),
        max_order_value: section.decimal("max_order_value", MONEY, IN_ACCOUNT),
        max_position: section.decimal("max_position", POSITIVE, " units"),
        collar_bps: section.count("collar_bps", 0..=5000, " bp"),
    };
    section.finish();
    limits
}

/// A list of whole numbers, rising.
fn expiries(section: &mut Section<'_, '_>) -> Vec<u32> {
    let expected = format!("a list of 1 to {MOST_EXPIRIES} rising numbers of days from 1 to 365: [7, 35]");
    let Some(node) = section.optional("expiries_days") else {
        let (path, origin) = (section.path_of("expiries_days"), section.origin().clone());
        section.log.fault(&origin, &path, "missing".to_owned(), expected);
        return Vec::new();
    };
    let day = |item: &Node| match &item.value {
        Value::Integer(days) => u32::try_from(*days).ok().filter(|days| (1..=365).contains(days)),
        Value::Text(_)
        | Value::HugeInteger
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Datetime
        | Value::List(_)
        | Value::Table(_) => None,
    };
    let days: Option<Vec<u32>> = match &node.value {
        Value::List(items) => items.iter().map(day).collect(),
        Value::Text(_)
        | Value::Integer(_)
        | Value::HugeInteger
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Datetime
        | Value::Table(_) => None,
    };
    let fits = |days: &Vec<u32>| {
        let rising = days.iter().zip(days.iter().skip(1)).all(|(one, next)| one < next);
        (1..=MOST_EXPIRIES).contains(&days.len()) && rising
    };
    let days = days.filter(fits);
    if days.is_none() {
        section.refuse("expiries_days", node, format!("is {}", node.value.describe()), expected);
    }
    days.unwrap_or_default()
}

/// Writes a chain out.
struct Maker<'a> {
    chain: &'a Chain,
    table: &'a Table,
    origin: &'a Origin,
    now: Timestamp,
}

impl Maker<'_> {
    /// The index, then by expiry its future and its options by strike.
    fn all(&self) -> Vec<Node> {
        let mut made = vec![self.index()];
        let dates: Vec<NaiveDate> = self.dates();
        for (number, date) in (1..).zip(dates) {
            if self.chain.futures {
                made.push(self.future(number, date));
            }
            for strike in self.strikes() {
                made.extend(["call", "put"].map(|right| self.option((number, date), strike, right)));
            }
        }
        made
    }

    fn dates(&self) -> Vec<NaiveDate> {
        let today = DateTime::from_timestamp_nanos(self.now.nanos()).date_naive();
        let days = self.chain.expiries_days.iter();
        days.filter_map(|days| today.checked_add_days(Days::new(u64::from(*days)))).collect()
    }

    /// The strikes around the money, rising.
    fn strikes(&self) -> Vec<Price> {
        let step = self.chain.step.raw();
        let money = (self.chain.spot.raw() + step.div_euclid(2)).div_euclid(step);
        let reach = i64::from(self.chain.strikes);
        (money - reach..=money + reach)
            .filter_map(|place| Price::from_raw(place.checked_mul(step)?).ok())
            .collect()
    }

    fn index(&self) -> Node {
        let Chain { index, venue, currency, tick, .. } = self.chain;
        let (low, high) = self.range(2, 2);
        self.entry(
            &[
                ("class", "index".to_owned()),
                ("symbol", index.clone()),
                ("venue", venue.clone()),
                ("quote", currency.to_string()),
                ("tick", tick.to_string()),
                ("min_price", low.to_string()),
                ("max_price", high.to_string()),
                ("unit", "points".to_owned()),
            ],
            None,
        )
    }

    fn future(&self, number: u32, date: NaiveDate) -> Node {
        let (low, high) = self.range(4, 4);
        let mut values = self.derived("future", format!("{}-F{number}", self.chain.index), date);
        values.extend([
            ("min_price", low.to_string()),
            ("max_price", high.to_string()),
            ("roll_days", self.chain.roll_days.to_string()),
        ]);
        self.entry(&values, Some("future_limits"))
    }

    fn option(&self, (number, date): (u32, NaiveDate), strike: Price, right: &str) -> Node {
        let letters = if right == "call" { "CE" } else { "PE" };
        let symbol = format!("{}-O{number}-{strike}{letters}", self.chain.index);
        let (_, high) = self.range(4, 4);
        let mut values = self.derived("option", symbol, date);
        values.extend([
            ("min_price", self.chain.tick.to_string()),
            ("max_price", high.to_string()),
            ("strike", strike.to_string()),
            ("right", right.to_owned()),
        ]);
        self.entry(&values, Some("option_limits"))
    }

    /// What futures and options have in common.
    fn derived(&self, class: &str, symbol: String, date: NaiveDate) -> Vec<(&'static str, String)> {
        let Chain { index, venue, currency, tick, size, lot, .. } = self.chain;
        let mut values = vec![
            ("class", class.to_owned()),
            ("symbol", symbol),
            ("underlying", index.clone()),
            ("expiry", date.to_string()),
            ("venue", venue.clone()),
            ("contract", "linear".to_owned()),
            ("quote", currency.to_string()),
            ("settle", currency.to_string()),
            ("unit", "contracts".to_owned()),
            ("tick", tick.to_string()),
            ("size", size.to_string()),
            ("lot", lot.to_string()),
            ("min_qty", lot.to_string()),
            ("freeze_qty", self.chain.freeze_qty.to_string()),
            ("maker_fee", self.chain.maker_fee.to_string()),
            ("taker_fee", self.chain.taker_fee.to_string()),
            ("initial_margin", self.chain.initial_margin.to_string()),
        ];
        values.extend(self.chain.calendar.as_ref().map(|name| ("calendar", name.clone())));
        values
    }

    /// From a part of the spot to a multiple of it, on the tick.
    fn range(&self, part: i64, times: i64) -> (Price, Price) {
        let Chain { spot, tick, .. } = self.chain;
        let on_tick = |raw: i64| {
            let down = raw - raw.rem_euclid(tick.raw());
            Price::from_raw(down).unwrap_or(*spot).max(*tick)
        };
        (on_tick(spot.raw().div_euclid(part)), on_tick(spot.raw().saturating_mul(times)))
    }

    /// An entry of the list: its values stand where the chain stands.
    fn entry(&self, values: &[(&'static str, String)], limits: Option<&str>) -> Node {
        let node = |value: Value| Node { value, origin: self.origin.clone(), key: self.origin.clone() };
        // What is a whole number in a file may be a text only where all is text.
        let counts = ["roll_days"];
        let value = |(key, text): &(&'static str, String)| {
            let number = counts.contains(key).then(|| text.parse().ok()).flatten();
            ((*key).to_owned(), node(number.map_or_else(|| Value::Text(text.clone()), Value::Integer)))
        };
        let mut entry: BTreeMap<String, Node> = values.iter().map(value).collect();
        let given = limits.and_then(|key| self.table.get(key)).cloned();
        entry.extend(given.map(|limits| ("limits".to_owned(), limits)));
        node(Value::Table(entry))
    }
}

fn is_index(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Limits as the file writes them.
pub(super) fn limit_rows(limits: &InstrumentLimits) -> [(&'static str, String); 4] {
    [
        ("max_order_qty", format!("\"{}\"", limits.max_order_qty)),
        ("max_order_value", format!("\"{}\"", limits.max_order_value)),
        ("max_position", format!("\"{}\"", limits.max_position)),
        ("collar_bps", limits.collar_bps.to_string()),
    ]
}
