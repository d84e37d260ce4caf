//! Reads `[[instrument]]`: each entry into a model instrument with its limits, checked alone and against itself.

use super::bounds::{IN_ACCOUNT, MONEY, POSITIVE};
use super::broker;
use super::entries::open;
use super::listing::{self, Kind, Master};
use super::origin::Origin;
use super::reader::{Log, Section};
use super::settings::InstrumentSettings;
use super::tree::Table;
use crate::model::{Contract, Currency, Instrument, InstrumentId, InstrumentLimits, Listing, NetQty};

/// What an entry may leave out.
pub(super) const ABSENT: &[(&str, &str)] = &[
    ("size", "1"),
    ("unit", "units"),
    ("min_notional", "0"),
    ("stale_after_ms", "5000"),
    ("max_jump_bps", "300"),
    ("class", "perpetual"),
    ("freeze_qty", "0"),
    ("generation", "0"),
    ("roll_days", "3"),
];

const QTY: (&str, &str) = ("0", "1000000000");
const FEE: (&str, &str) = ("-0.01", "0.05");

/// Reads all entries. The master's symbols are their names in order.
pub(super) fn instruments(
    entries: &[(&Table, &Origin)],
    master: Master<'_>,
    log: &mut Log,
) -> Vec<InstrumentSettings> {
    let mut all = Vec::new();
    for (index, (entry, symbol)) in entries.iter().zip(master.symbols).enumerate() {
        let mut section = open(("instrument", symbol, index), *entry, log);
        let text = section.text("symbol", is_symbol, SYMBOL);
        if symbol.is_empty() && is_symbol(&text) {
            let path = section.path_of("symbol");
            let problem = format!("\"{text}\" is the symbol of an earlier instrument");
            section.log.fault_between(&path, &[], problem, "a symbol of its own".to_owned());
        }
        let id = InstrumentId::new(u16::try_from(index).unwrap_or(u16::MAX));
        let kind = listing::kind(&mut section);
        let instrument = instrument(&mut section, id, &text);
        let listing = listing::listing(&mut section, kind, master);
        let limits =
            if kind == Kind::Index { no_limits(&mut section) } else { limits(section.table("limits")) };
        let openalgo = broker::name(&mut section);
        all.extend(instrument.map(|instrument| InstrumentSettings {
            instrument: Instrument { listing, ..instrument },
            limits,
            openalgo,
        }));
        consistent(&mut section, all.last().filter(|last| last.instrument.id == id));
        section.finish();
    }
    all
}

/// An index is never traded: all its limits are zero, and nobody may believe that they are others.
fn no_limits(section: &mut Section<'_, '_>) -> InstrumentLimits {
    if let Some(node) = section.optional("limits") {
        let problem = "an index has no limits: it is never traded".to_owned();
        section.refuse("limits", node, problem, "no such key".to_owned());
    }
    InstrumentLimits::default()
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
