//! `options`: the options of one expiry as an `OpenAlgo` server quotes them.

use super::exit::{Exit, UsageError};
use super::instance::inquiry;
use super::output;
use super::place::PlaceArgs;
use super::settings::{Environment, find};
use crate::adapters::openalgo::{Chain, ChainAsk, ChainRow, ChainSide};
use crate::config::StrategyKind;
use crate::model::DisplayText;
use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, SecondsFormat};
use clap::Args;
use serde_json::{Value, json};
use std::fmt::{Display, Write as _};

/// The options of one expiry, strike by strike, as the `OpenAlgo` server quotes them: bid, ask, last, open interest
///
/// Asked of the server of [broker], or of [live] where only that is one. Nothing is traded by it; orders are made with
/// `order options` or in the cockpit.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck options NIFTY 24NOV26
  flightdeck options NIFTY 2026-11-24 --strikes 3 --json
  flightdeck options RELIANCE 24NOV26 --exchange NSE

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.")]
pub struct OptionsArgs {
    /// What they are on, as the server calls it
    #[arg(value_name = "UNDERLYING")]
    pub underlying: String,
    /// The day they end: 24NOV26 or 2026-11-24
    #[arg(value_name = "EXPIRY")]
    pub expiry: String,
    /// Where the underlying is quoted
    #[arg(long, value_name = "EXCHANGE", default_value = "NSE_INDEX")]
    pub exchange: String,
    /// Strikes on either side of the money
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub strikes: u32,
    /// Ask the server of [live], though [broker] has one
    #[arg(long)]
    pub live: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Asks and prints.
pub(super) fn options(args: &OptionsArgs, place: &PlaceArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let expiry = expiry(&args.expiry)?;
    let found = find(place, &[], kinds, &Environment::of_process())?;
    let mut server = inquiry(&found.loaded.settings, args.live, "options")?;
    let ask = ChainAsk {
        underlying: args.underlying.clone(),
        exchange: args.exchange.clone(),
        expiry,
        strikes: args.strikes,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the async runtime")?;
    let chain = runtime.block_on(server.chain(&ask))?;
    if args.json {
        output::json(&document(&chain))?;
    } else {
        output::text(table(&chain))?;
    }
    Ok(Exit::Done)
}

/// As requests have it: `24NOV26`.
fn expiry(text: &str) -> Result<String, UsageError> {
    let day = ["%Y-%m-%d", "%d%b%y", "%d-%b-%y"];
    let day = day.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    let day =
        day.ok_or_else(|| UsageError(format!("{text:?}: expected a day as in 24NOV26 or 2026-11-24")))?;
    Ok(day.format("%d%b%y").to_string().to_uppercase())
}

fn or_dashes(value: Option<impl Display>) -> String {
    value.map_or_else(|| "--".to_owned(), |value| value.to_string())
}

fn table(chain: &Chain) -> String {
    let spot = or_dashes(chain.spot);
    let at = chain
        .told_at
        .map(|at| DateTime::from_timestamp_nanos(at.nanos()).format(" at %H:%M:%S UTC").to_string());
    let mut text = format!(
        "{} {}  underlying {spot}{}\n{:>10} {:>10} {:>10} {:>10}  {:>10}  {:<10} {:<10} {:<10} {:<10}\n",
        DisplayText::new(&chain.underlying),
        DisplayText::new(&chain.expiry),
        at.unwrap_or_default(),
        "call oi",
        "last",
        "bid",
        "ask",
        "STRIKE",
        "put bid",
        "ask",
        "last",
        "oi"
    );
    for ChainRow { strike, call, put } in &chain.rows {
        let of = |side: &Option<ChainSide>| match side {
            Some(side) => {
                [or_dashes(side.interest), or_dashes(side.last), or_dashes(side.bid), or_dashes(side.ask)]
            }
            None => ["", "", "", ""].map(str::to_owned),
        };
        let ([call_oi, call_last, call_bid, call_ask], [put_oi, put_last, put_bid, put_ask]) =
            (of(call), of(put));
        let mark = if chain.money == Some(*strike) { '*' } else { ' ' };
        let strike = strike.to_string();
        // A text takes every line.
        let _written = writeln!(
            text,
            "{call_oi:>10} {call_last:>10} {call_bid:>10} {call_ask:>10}  {strike:>9}{mark}  {put_bid:<10} {put_ask:<10} {put_last:<10} {put_oi:<10}"
        );
    }
    if chain.unread > 0 {
        let _written = writeln!(text, "{} rows of the answer cannot be read", chain.unread);
    }
    text
}

fn document(chain: &Chain) -> Value {
    let text = |value: Option<String>| value.map_or(Value::Null, Value::from);
    let side = |side: &Option<ChainSide>| match side {
        None => Value::Null,
        Some(side) => json!({
            "symbol": DisplayText::new(&side.symbol).as_str(),
            "label": DisplayText::new(&side.label).as_str(),
            "bid": text(side.bid.map(|price| price.to_string())),
            "ask": text(side.ask.map(|price| price.to_string())),
            "last": text(side.last.map(|price| price.to_string())),
            "open_interest": text(side.interest.map(|qty| qty.to_string())),
            "volume": text(side.volume.map(|qty| qty.to_string())),
        }),
    };
    let rows: Vec<Value> = chain
        .rows
        .iter()
        .map(|row| json!({"strike": row.strike.to_string(), "call": side(&row.call), "put": side(&row.put)}))
        .collect();
    let at = chain
        .told_at
        .map(|at| DateTime::from_timestamp_nanos(at.nanos()).to_rfc3339_opts(SecondsFormat::Secs, true));
    json!({
        "underlying": DisplayText::new(&chain.underlying).as_str(),
        "expiry": DisplayText::new(&chain.expiry).as_str(),
        "underlying_last": text(chain.spot.map(|price| price.to_string())),
        "at_the_money": text(chain.money.map(|price| price.to_string())),
        "told_at": text(at),
        "chain": rows,
        "unread_rows": chain.unread,
    })
}

#[cfg(test)]
mod tests {
    use super::expiry;

    #[test]
    fn a_day_is_asked_for_as_the_server_writes_it_however_it_was_typed() {
        for text in ["2026-11-24", "24NOV26", "24nov26", "24-NOV-26"] {
            assert_eq!(expiry(text).unwrap(), "24NOV26", "{text}");
        }
        for text in ["", "NOV26", "24-11-2026x", "31NOV26"] {
            assert!(expiry(text).is_err(), "{text}");
        }
    }
}
