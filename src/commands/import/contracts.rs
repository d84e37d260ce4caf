//! A contract master as CSV: one line a contract, columns by name, whoever made it.

use super::told::Told;
use crate::store::{Contract, Intake};
use anyhow::Context as _;
use csv::{ReaderBuilder, StringRecord};
use std::path::Path;

/// Bad rows told one by one; more are counted.
const BAD_TOLD: usize = 100;

/// A term of a contract, and the names its column has in the files of this world, the better first.
const COLUMNS: &[(Term, &[&str])] = &[
    (Term::Venue, &["venue", "exchange"]),
    (Term::Symbol, &["symbol", "tradingsymbol"]),
    (Term::Class, &["type", "kind", "instrument_type"]),
    (Term::Description, &["description", "name"]),
    (Term::Currency, &["quote_currency", "currency"]),
    (Term::Tick, &["tick_size"]),
    (Term::Lot, &["lot_size"]),
    (Term::Multiplier, &["contract_multiplier", "contract_size"]),
    (Term::MinOrder, &["min_order_size"]),
    (Term::Right, &["right"]),
    (Term::Strike, &["strike"]),
    (Term::ExpiryNanos, &["expiry_ns"]),
    (Term::Expiry, &["expiry"]),
    (Term::Zone, &["session_tz"]),
    (Term::Hours, &["session_hours_local"]),
    (Term::Token("instrument_token"), &["instrument_token"]),
    (Term::Token("exchange_token"), &["exchange_token"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Term {
    Venue,
    Symbol,
    Class,
    Description,
    Currency,
    Tick,
    Lot,
    Multiplier,
    MinOrder,
    Right,
    Strike,
    ExpiryNanos,
    Expiry,
    Zone,
    Hours,
    Token(&'static str),
}

/// Whether a file is a contract master: it has a symbol and a tick size a line. A file that is no text is not.
pub(super) fn is_master(path: &Path) -> anyhow::Result<bool> {
    let file = std::fs::File::open(path).with_context(|| format!("{}: opening it", path.display()))?;
    let mut reader = ReaderBuilder::new().from_reader(file);
    let Ok(header) = reader.headers() else { return Ok(false) };
    let has = |names: &[&str]| header.iter().any(|column| names.contains(&clean(column)));
    Ok(has(&["symbol", "tradingsymbol"]) && has(&["tick_size"]))
}

/// Takes it in; on any error nothing of it stays.
pub(super) fn contracts(path: &Path, mut intake: Intake<'_>, skip_bad: bool) -> anyhow::Result<Told> {
    let name = path.display().to_string();
    let mut reader =
        ReaderBuilder::new().flexible(true).from_path(path).with_context(|| format!("{name}: opening it"))?;
    let header = reader.headers().with_context(|| format!("{name}:1: the header"))?.clone();
    let columns: Vec<(Term, usize)> = COLUMNS
        .iter()
        .filter_map(|(term, names)| {
            let at = names.iter().find_map(|name| header.iter().position(|column| clean(column) == *name))?;
            Some((*term, at))
        })
        .collect();
    let (mut bad, mut bad_rows) = (0, Vec::new());
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        let read = reader.read_record(&mut record).map_err(|error| (line, "row", error.to_string()));
        let contract = match read {
            Ok(false) => break,
            Ok(true) => contract(&record, &columns, header.len()).map_err(|(field, problem)| {
                (record.position().map_or(line, csv::Position::line), field, problem)
            }),
            Err(error) => Err(error),
        };
        match contract {
            Ok(contract) => intake.contract(&contract)?,
            Err((line, field, problem)) => {
                let told = format!("{name}:{line}: {field}: {problem}");
                anyhow::ensure!(skip_bad, told);
                bad += 1;
                if bad_rows.len() < BAD_TOLD {
                    bad_rows.push(told);
                }
            }
        }
    }
    let imported = intake.finish(bad, 0, 0)?;
    Ok(Told {
        file: name,
        kind: "contracts",
        instrument: None,
        bar: None,
        imported,
        bad_rows,
        longest_gap_s: 0,
        unfinished: 0,
    })
}

/// A name without the mark some programs put before the first.
fn clean(column: &str) -> &str {
    column.trim_start_matches('\u{feff}').trim()
}

type Bad = (&'static str, String);

fn contract(record: &StringRecord, columns: &[(Term, usize)], width: usize) -> Result<Contract, Bad> {
    if record.len() != width {
        return Err(("row", format!("{} fields, the header has {width}", record.len())));
    }
    let mut contract = Contract::default();
    for (term, at) in columns {
        let text = record.get(*at).unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        take(&mut contract, *term, text)?;
    }
    if contract.symbol.is_empty() {
        return Err(("symbol", "empty".to_owned()));
    }
    Ok(contract)
}

fn take(contract: &mut Contract, term: Term, text: &str) -> Result<(), Bad> {
    let own = || Some(text.to_owned());
    match term {
        Term::Venue => text.clone_into(&mut contract.venue),
        Term::Symbol => text.clone_into(&mut contract.symbol),
        Term::Class => text.clone_into(&mut contract.class),
        Term::Description => contract.description = own(),
        Term::Currency => contract.currency = own(),
        Term::Tick => contract.tick = Some(decimal("tick_size", text)?),
        Term::Lot => contract.lot = Some(decimal("lot_size", text)?),
        Term::Multiplier => contract.multiplier = Some(decimal("multiplier", text)?),
        Term::MinOrder => contract.min_order = Some(decimal("min_order_size", text)?),
        Term::Right => contract.right = own(),
        Term::Strike => contract.strike = Some(decimal("strike", text)?).filter(|strike| strike != "0"),
        Term::ExpiryNanos => {
            let nanos = text
                .parse::<i64>()
                .map_err(|_unread| ("expiry_ns", format!("{text:?} is no whole number")))?;
            let at = chrono::DateTime::from_timestamp_nanos(nanos);
            contract.expiry = Some(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
        }
        Term::Expiry => {
            let date: Result<chrono::NaiveDate, _> = text.parse();
            date.map_err(|_unread| ("expiry", format!("{text:?} is no date as in 2017-06-29")))?;
            contract.expiry = own();
        }
        Term::Zone => contract.session_zone = own(),
        Term::Hours => contract.session_hours = own(),
        Term::Token(scheme) => contract.names.push((scheme, text.to_owned())),
    }
    Ok(())
}

/// A decimal that is not negative, without needless zeros.
fn decimal(field: &'static str, text: &str) -> Result<String, Bad> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || text.len() > 40 {
        return Err((field, format!("{text:?} is no decimal number of zero or more")));
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}
