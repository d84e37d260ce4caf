//! `instruments`: the contract master, and whether each instrument trades now.

use super::door_client::place_of;
use super::exit::Exit;
use super::output;
use super::place::PlaceArgs;
use super::settings::{Environment, find};
use crate::config::StrategyKind;
use crate::model::{Class, DisplayText, Hours, Instrument, RunId, Timestamp};
use crate::runtime::{genesis, wall_now};
use crate::state::Genesis;
use crate::store::{DataDir, FoundContract, Master};
use chrono::{DateTime, SecondsFormat};
use clap::Args;
use serde::Serialize;

/// Every instrument of the configuration: class, expiry, strike, tick, lot, and whether it trades now; with a text, what
/// the security master knows by it
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck instruments
  flightdeck instruments --profile options --json
  flightdeck instruments centralbk         the security master (`flightdeck import` fills it)")]
pub struct InstrumentsArgs {
    /// A part of a symbol or description, or a whole token: looked for in the security master
    #[arg(value_name = "SEARCH")]
    pub search: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print them as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// A line of the contract master.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Row {
    symbol: String,
    class: &'static str,
    underlying: Option<String>,
    /// RFC 3339.
    expiry: Option<String>,
    strike: Option<String>,
    right: Option<&'static str>,
    size: String,
    lot: String,
    tick: String,
    freeze_qty: String,
    generation: u32,
    calendar: Option<String>,
    /// `open`, `closed` or `ended`.
    state: &'static str,
    /// When it closes, opens or has ended, RFC 3339; absent where it always trades.
    until: Option<String>,
    /// Whether it is the front month of its underlying.
    front: bool,
}

/// Prints them.
pub(super) fn instruments(args: &InstrumentsArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    if let Some(text) = &args.search {
        return search(args, text, kinds);
    }
    let found = find(&args.place, &[], kinds, &Environment::of_process())?;
    let genesis = genesis(&found.loaded.settings, RunId::new(0), Vec::new());
    let now = wall_now();
    let rows: Vec<Row> = genesis.instruments.iter().map(|one| Row::of(one, &genesis, now)).collect();
    if args.json {
        output::json(&rows)?;
    } else {
        output::text(page(&rows))?;
    }
    Ok(Exit::Done)
}

/// Lines of the security master told at most.
const FOUND_MAX: u32 = 200;

fn search(args: &InstrumentsArgs, text: &str, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let paths = DataDir::peek(&place_of(&args.place, kinds)?)?;
    let found = Master::open_to_read(&paths)?.search(text, FOUND_MAX)?;
    if args.json {
        output::json(&found)?;
    } else if found.is_empty() {
        output::text(format!("nothing in {} is called {text}", paths.secmaster().display()))?;
    } else {
        output::text(found.iter().map(line).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(if found.is_empty() { Exit::Failed } else { Exit::Done })
}

/// An instrument of the master in a line: what it is, and how much history there is of it.
fn line(one: &FoundContract) -> String {
    let FoundContract { venue, symbol, class, bars, quotes, trades, .. } = one;
    let terms = [
        ("tick", &one.tick),
        ("lot", &one.lot),
        ("x", &one.multiplier),
        ("strike", &one.strike),
        ("", &one.right),
        ("expires", &one.expiry),
        ("in", &one.currency),
        ("-", &one.description),
    ];
    let told = terms.iter().filter_map(|(word, term)| term.as_ref().map(|term| format!("{word} {term}")));
    let told = told.collect::<Vec<_>>().join(" ");
    let history = [(bars, "bars"), (quotes, "quotes"), (trades, "trades")];
    let history =
        history.iter().filter(|(count, _)| **count > 0).map(|(count, what)| format!("{count} {what}"));
    let history = history.collect::<Vec<_>>().join(", ");
    let history = if history.is_empty() { history } else { format!(" [{history}]") };
    DisplayText::new(&format!("{venue:<8} {symbol:<24} {class:<9} {told}{history}")).to_string()
}

impl Row {
    fn of(instrument: &Instrument, genesis: &Genesis, now: Timestamp) -> Self {
        let listing = &instrument.listing;
        let underlying = listing.class.underlying();
        let (strike, right) = match listing.class {
            Class::Option { strike, right, .. } => (Some(strike.to_string()), Some(right.as_str())),
            Class::Perpetual | Class::Index | Class::Future { .. } => (None, None),
        };
        let (state, until) = match genesis.hours_of(instrument, now) {
            Hours::Always => ("open", None),
            Hours::Open { day_close, .. } => ("open", Some(day_close)),
            Hours::Closed { opens } => ("closed", opens),
            Hours::Expired { at } => ("ended", Some(at)),
        };
        let calendar = listing.calendar.and_then(|number| genesis.hours.calendars.get(usize::from(number)));
        let front = underlying.and_then(|id| genesis.front(id, now));
        Self {
            symbol: instrument.symbol.to_string(),
            class: listing.class.as_str(),
            underlying: underlying.and_then(|id| genesis.instrument(id)).map(|one| one.symbol.to_string()),
            expiry: listing.class.expiry().map(told),
            strike,
            right,
            size: instrument.size.to_string(),
            lot: instrument.lot.to_string(),
            tick: instrument.tick.to_string(),
            freeze_qty: listing.freeze_qty.to_string(),
            generation: listing.generation,
            calendar: calendar.map(|calendar| calendar.name.to_string()),
            state,
            until: until.map(told),
            front: front == Some(instrument.id),
        }
    }
}

/// An instant as RFC 3339.
fn told(at: Timestamp) -> String {
    DateTime::from_timestamp_nanos(at.nanos()).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn page(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.symbol.len()).max().unwrap_or_default().max(6);
    let header = format!(
        "{:<width$} {:<9} {:<20} {:>9} {:<2} {:>8} {:>8} {:>8} {:<10} state",
        "symbol", "class", "expiry", "strike", "", "tick", "lot", "freeze", "calendar"
    );
    let line = |row: &Row| {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let until = row.until.as_ref().map(|until| match row.state {
            "open" => format!(" until {until}"),
            "closed" => format!(", opens {until}"),
            _ => format!(" {until}"),
        });
        let (until, front) = (until.unwrap_or_default(), if row.front { ", front month" } else { "" });
        format!(
            "{:<width$} {:<9} {:<20} {:>9} {:<2} {:>8} {:>8} {:>8} {:<10} {}{until}{front}",
            row.symbol,
            row.class,
            or_dash(&row.expiry),
            or_dash(&row.strike),
            row.right.unwrap_or(""),
            row.tick,
            row.lot,
            row.freeze_qty,
            or_dash(&row.calendar),
            row.state
        )
    };
    [header].into_iter().chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n")
}
