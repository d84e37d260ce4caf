//! Reads `[[instrument]]`: each entry into a model instrument with its limits, checked alone and against itself.

use super::origin::Origin;
use super::reader::{IN_ACCOUNT, Log, MONEY, Section};
use super::settings::InstrumentSettings;
use super::tree::{Node, Table, Value};
use crate::model::{Contract, Currency, Instrument, InstrumentId, InstrumentLimits, Listing, NetQty};

/// What an entry may leave out.
pub(super) const ABSENT: &[(&str, &str)] = &[
    ("size", "1"),
    ("unit", "units"),
    ("min_notional", "0"),
    ("stale_after_ms", "5000"),
    ("max_jump_bps", "300"),
];

/// Above zero, up to what a quantity or price may be.
const POSITIVE: (&str, &str) = ("0.00000001", "1000000000");
const QTY: (&str, &str) = ("0", "1000000000");
const FEE: (&str, &str) = ("-0.01", "0.05");

/// Writes into each entry of a list what it leaves out.
pub(super) fn fill(tree: &mut Table, list: &str, absent: &[(&str, &str)]) {
    let Some(Node { value: Value::List(items), .. }) = tree.get_mut(list) else {
        return;
    };
    for item in items {
        if let Value::Table(table) = &mut item.value {
            for (key, value) in absent {
                table.entry((*key).to_owned()).or_insert_with(|| Node {
                    value: Value::Text((*value).to_owned()),
                    origin: Origin::Default,
                    key: Origin::Default,
                });
            }
        }
    }
}

/// The name of each entry for paths and references: its own where it has a good one that no entry before it has,
/// else empty, which no reference can mean.
pub(super) fn names(entries: &[(&Table, &Origin)], key: &str, fits: fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (table, _) in entries {
        let own = match table.get(key).map(|node| &node.value) {
            Some(Value::Text(name)) if fits(name) && !names.contains(name) => name.clone(),
            Some(_) | None => String::new(),
        };
        names.push(own);
    }
    names
}

/// Opens an entry as `list.NAME`, or `list[3]`, counted from 1, where it has no name to go by.
pub(super) fn open<'a, 'l>(
    (list, name, index): (&str, &str, usize),
    (table, origin): (&'a Table, &'a Origin),
    log: &'l mut Log,
) -> Section<'a, 'l> {
    let path = if name.is_empty() { format!("{list}[{}]", index + 1) } else { format!("{list}.{name}") };
    Section::new(table, origin, path, log)
}

/// Reads all entries. `symbols` are their names in order.
pub(super) fn instruments(
    entries: &[(&Table, &Origin)],
    symbols: &[String],
    log: &mut Log,
) -> Vec<InstrumentSettings> {
    let mut all = Vec::new();
    for (index, (entry, symbol)) in entries.iter().zip(symbols).enumerate() {
        let mut section = open(("instrument", symbol, index), *entry, log);
        let text = section.text("symbol", is_symbol, SYMBOL);
        if symbol.is_empty() && is_symbol(&text) {
            let path = section.path_of("symbol");
            let problem = format!("\"{text}\" is the symbol of an earlier instrument");
            section.log.fault_between(&path, &[], problem, "a symbol of its own".to_owned());
        }
        let id = InstrumentId::new(u16::try_from(index).unwrap_or(u16::MAX));
        all.extend(
            instrument(&mut section, id, &text)
                .zip(Some(limits(section.table("limits"))))
                .map(|(instrument, limits)| InstrumentSettings { instrument, limits }),
        );
        consistent(&mut section, all.last().filter(|last| last.instrument.id == id));
        section.finish();
    }
    all
}

fn instrument(section: &mut Section<'_, '_>, id: InstrumentId, symbol: &str) -> Option<Instrument> {
    let venue = section.text("venue", is_symbol, SYMBOL);
    let contract =
        section.choice("contract", &[("linear", Contract::Linear), ("inverse", Contract::Inverse)]);
    let (quote, settle) = (section.currency("quote"), section.currency("settle"));
    let unit = section.text("unit", is_unit, "1 to 12 printable characters");
    let somewhere = Currency::new("USDT");
    Some(Instrument {
        id,
        symbol: symbol.into(),
        venue: venue.as_str().into(),
        contract: contract.unwrap_or(Contract::Linear),
        size: section.decimal("size", ("0.00000001", "1000000"), ""),
        quote: quote.or(somewhere)?,
        settle: settle.or(somewhere)?,
        unit: unit.as_str().into(),
        tick: section.decimal("tick", POSITIVE, " in quote currency"),
        min_price: section.decimal("min_price", POSITIVE, " in quote currency"),
        max_price: section.decimal("max_price", POSITIVE, " in quote currency"),
        lot: section.decimal("lot", POSITIVE, " units"),
        min_qty: section.decimal("min_qty", POSITIVE, " units"),
        min_notional: section.decimal("min_notional", MONEY, " in settlement currency"),
        maker_fee: section.decimal("maker_fee", FEE, " of notional"),
        taker_fee: section.decimal("taker_fee", FEE, " of notional"),
        initial_margin: section.decimal("initial_margin", ("0.001", "1"), " of notional"),
        stale_after: section.millis("stale_after_ms", 10..=600_000),
        max_jump_bps: section.count("max_jump_bps", 1..=10_000, " bp"),
        listing: Listing::default(),
    })
}

fn limits(mut section: Section<'_, '_>) -> InstrumentLimits {
    let limits = InstrumentLimits {
        max_order_qty: section.decimal("max_order_qty", QTY, " units"),
        max_order_value: section.decimal("max_order_value", MONEY, IN_ACCOUNT),
        max_position: section.decimal("max_position", QTY, " units"),
        collar_bps: section.count("collar_bps", 0..=5000, " bp"),
    };
    section.finish();
    limits
}

/// What must hold between the values of one instrument.
fn consistent(section: &mut Section<'_, '_>, entry: Option<&InstrumentSettings>) {
    let Some(InstrumentSettings { instrument, .. }) = entry else {
        return;
    };
    let path = |key: &str| section.path_of(key);
    let (min_price, max_price, min_qty, lot) =
        (path("min_price"), path("max_price"), path("min_qty"), path("lot"));
    let (quote, settle, contract) = (path("quote"), path("settle"), path("contract"));
    let log = &mut *section.log;
    if instrument.max_price <= instrument.min_price {
        let expected = format!("more than min_price, which is {}", instrument.min_price);
        log.fault_between(
            &max_price,
            &[&min_price],
            format!("{} leaves no price", instrument.max_price),
            expected,
        );
    }
    let lots = NetQty::from_raw(instrument.min_qty.raw()).ok().filter(|_| !instrument.lot.is_zero());
    if lots.is_some_and(|qty| qty.raw().rem_euclid(instrument.lot.raw()) != 0) {
        let problem = format!("{} is not a whole number of lots", instrument.min_qty);
        log.fault_between(
            &min_qty,
            &[&lot],
            problem,
            format!("a multiple of lot, which is {}", instrument.lot),
        );
    }
    let same = instrument.quote == instrument.settle;
    let (problem, expected) = match instrument.contract {
        Contract::Linear if !same => {
            ("a linear contract settles in its quote currency", instrument.quote.to_string())
        }
        Contract::Inverse if same => {
            ("an inverse contract settles in the coin", "another currency".to_owned())
        }
        Contract::Linear | Contract::Inverse => return,
    };
    log.fault_between(&settle, &[&quote, &contract], problem.to_owned(), expected);
}

/// A symbol, in words.
const SYMBOL: &str = "1 to 32 letters, digits, - _ . or /";

/// Whether a text can be a symbol or a venue.
pub(super) fn is_symbol(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
}

fn is_unit(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
