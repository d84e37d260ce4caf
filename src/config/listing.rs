//! Reads what an `[[instrument]]` says for the contract master, and checks families against each other.

use super::calendars::CalendarSettings;
use super::fault::quoted;
use super::hours::date;
use super::reader::{Log, Section};
use super::sections::instrument as reference;
use super::settings::{InstrumentSettings, Settings};
use super::tree::{Node, Table, Value};
use crate::model::{Class, Instrument, InstrumentId, Listing, Mode, Price, Qty, Right, Span, Timestamp};
use chrono::{DateTime, NaiveTime};
use std::collections::BTreeMap;

/// What an index may leave out: it is quoted and never traded.
const OF_AN_INDEX: &[(&str, &str)] = &[
    ("contract", "linear"),
    ("lot", "1"),
    ("min_qty", "1"),
    ("maker_fee", "0"),
    ("taker_fee", "0"),
    ("initial_margin", "1"),
];

/// A class as the file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Perpetual,
    Index,
    Future,
    Option,
}

/// What may be referred to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Master<'m> {
    pub(super) symbols: &'m [String],
    pub(super) calendars: &'m [CalendarSettings],
}

/// Writes into each index what it leaves out.
pub(super) fn fill_indexes(tree: &mut Table) {
    let Some(Node { value: Value::List(items), .. }) = tree.get_mut("instrument") else { return };
    for item in items {
        let Value::Table(table) = &mut item.value else { continue };
        if table.get("class").and_then(|node| node.value.as_text()) != Some("index") {
            continue;
        }
        let settle = table.get("quote").cloned();
        table
            .extend(settle.filter(|_| !table.contains_key("settle")).map(|node| ("settle".to_owned(), node)));
        for (key, value) in OF_AN_INDEX {
            table.entry((*key).to_owned()).or_insert_with(|| super::entries::absent(value));
        }
    }
}

/// The class alone: what else is mandatory depends on it.
pub(super) fn kind(section: &mut Section<'_, '_>) -> Kind {
    let words = [
        ("perpetual", Kind::Perpetual),
        ("index", Kind::Index),
        ("future", Kind::Future),
        ("option", Kind::Option),
    ];
    section.choice("class", &words).unwrap_or(Kind::Perpetual)
}

/// The contract master's line.
pub(super) fn listing(section: &mut Section<'_, '_>, kind: Kind, master: Master<'_>) -> Listing {
    let calendar = calendar(section, master.calendars);
    let hours = calendar.and_then(|number| master.calendars.get(usize::from(number)));
    let derived = matches!(kind, Kind::Future | Kind::Option);
    let underlying = given(section, "underlying", derived)
        .and_then(|()| reference(section, "underlying", master.symbols))
        .unwrap_or(InstrumentId::new(0));
    let expiry = expiry(section, derived, hours);
    let strike = given(section, "strike", kind == Kind::Option)
        .map(|()| section.decimal("strike", super::bounds::POSITIVE, " in quote currency"));
    let right = given(section, "right", kind == Kind::Option)
        .and_then(|()| section.choice("right", &[("call", Right::Call), ("put", Right::Put)]));
    let class = match kind {
        Kind::Perpetual => Class::Perpetual,
        Kind::Index => Class::Index,
        Kind::Future => Class::Future { underlying, expiry },
        Kind::Option => {
            let (strike, right) = (strike.unwrap_or(Price::ZERO), right.unwrap_or(Right::Call));
            Class::Option { underlying, expiry, strike, right }
        }
    };
    let days = i64::from(section.count("roll_days", 0..=365, " days"));
    let freeze_qty: Qty = section.decimal("freeze_qty", ("0", "1000000000"), " units");
    let generation = section.count("generation", 0..=1_000_000, "");
    let roll_before = if kind == Kind::Future { Span::from_secs(days * 86_400) } else { Span::ZERO };
    Listing { class, freeze_qty, calendar, generation, superseded: false, roll_before }
}

/// Whether a key is there that must be, or one that must not. A fault either way; `Some` where it is to be read.
fn given<'a>(section: &mut Section<'a, '_>, key: &'a str, wanted: bool) -> Option<()> {
    let node = section.optional(key);
    match (node, wanted) {
        (None, false) => None,
        (Some(_) | None, true) => Some(()),
        (Some(node), false) => {
            let expected = "only with a class that has one".to_owned();
            section.refuse(key, node, "does not belong to this class".to_owned(), expected);
            None
        }
    }
}

fn calendar(section: &mut Section<'_, '_>, calendars: &[CalendarSettings]) -> Option<u8> {
    let node = section.optional("calendar")?;
    let name = section.text_at("calendar", node, |name| !name.is_empty(), "the name of a [[calendar]]")?;
    let index = calendars.iter().position(|calendar| calendar.name == name);
    if index.is_none() {
        let known: Vec<String> = calendars.iter().map(|known| quoted(&known.name)).collect();
        let expected = format!("one of {}", known.join(", "));
        section.refuse("calendar", node, format!("there is no calendar {}", quoted(&name)), expected);
    }
    index.and_then(|index| u8::try_from(index).ok())
}

/// An instant, or a date: then the close of its calendar on that day, or the day's end in UTC where it has none.
fn expiry(section: &mut Section<'_, '_>, wanted: bool, hours: Option<&CalendarSettings>) -> Timestamp {
    const EXPECTED: &str = "\"2026-12-24T10:00:00Z\" or \"2026-12-24\", in quotes";
    if given(section, "expiry", wanted).is_none() {
        return Timestamp::EPOCH;
    }
    let text = section.text("expiry", |text| !text.is_empty(), EXPECTED);
    if text.is_empty() {
        return Timestamp::EPOCH;
    }
    let instant = DateTime::parse_from_rfc3339(&text).ok().and_then(|at| at.timestamp_nanos_opt());
    let read = instant.map(Timestamp::from_nanos).or_else(|| {
        let day = date(&text)?;
        let close = hours.and_then(|calendar| calendar.close_on(day));
        close.or_else(|| {
            let end = day.succ_opt()?.and_time(NaiveTime::MIN).and_utc();
            end.timestamp_nanos_opt().map(Timestamp::from_nanos)
        })
    });
    if read.is_none() {
        let path = section.path_of("expiry");
        let problem = format!("{} is neither a time nor a date", quoted(&text));
        section.log.fault_between(&path, &[], problem, EXPECTED.to_owned());
    }
    read.unwrap_or(Timestamp::EPOCH)
}

/// A contract where it is traded: the number of its further account in analyze and in live, `None` at the first. The same
/// contract at another account is an instrument of its own with generations of its own.
type Traded = (String, [Option<usize>; 2]);

/// What must hold between instruments: what others are derived from is not derived itself, and of equal contracts at one
/// account the later generation holds.
pub(super) fn families(settings: &mut Settings, log: &mut Log) {
    let traded: Vec<Option<Traded>> = settings.instruments.iter().map(|one| traded(settings, one)).collect();
    let all = &mut settings.instruments;
    let classes: Vec<(Class, String)> = all
        .iter()
        .map(|entry| (entry.instrument.listing.class, entry.instrument.symbol.to_string()))
        .collect();
    let mut newest: BTreeMap<&Traded, (u32, InstrumentId)> = BTreeMap::new();
    for (entry, key) in all.iter().zip(&traded) {
        let Instrument { id, symbol, listing, .. } = &entry.instrument;
        let (Some(underlying), Some(key)) = (listing.class.underlying(), key) else { continue };
        let path = format!("instrument.{symbol}.underlying");
        if let Some((class, name)) = classes.get(underlying.index())
            && class.underlying().is_some()
        {
            let problem = format!("{name} is itself derived");
            log.fault_between(&path, &[], problem, "a perpetual or an index".to_owned());
        }
        let same = newest.entry(key).or_insert((listing.generation, *id));
        if same.1 != *id && same.0 == listing.generation {
            let path = format!("instrument.{symbol}.generation");
            let other = classes.get(same.1.index()).map_or("", |(_, name)| name.as_str());
            let problem = format!("{other} is the same contract of the same generation");
            log.fault_between(&path, &[], problem, "a generation of its own".to_owned());
        }
        if listing.generation > same.0 {
            *same = (listing.generation, *id);
        }
    }
    for (entry, key) in all.iter_mut().zip(&traded) {
        let listing = &mut entry.instrument.listing;
        let newest = key.as_ref().and_then(|key| newest.get(key));
        listing.superseded = newest.is_some_and(|(generation, _)| *generation > listing.generation);
    }
}

/// `None` of what is derived from nothing: it has no generations.
fn traded(settings: &Settings, entry: &InstrumentSettings) -> Option<Traded> {
    let Instrument { id, listing, .. } = &entry.instrument;
    listing.class.underlying()?;
    let home = |mode| settings.further(mode).iter().position(|one| one.instruments.contains(id));
    Some((format!("{:?}", listing.class), [home(Mode::Analyze), home(Mode::Live)]))
}
