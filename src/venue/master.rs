//! The contract master: symbols, expiries, option chains (wire spec §6, §7).

use super::ask::{Answer, Name, WhichOption};
use super::books::Books;
use super::parts::Listed;
use super::prices;
use super::replies::{ist, number, quantity};
use crate::model::{Class, InstrumentId, Price, Right, Timestamp};
use serde_json::{Value, json};

/// Most rows of a search.
const MOST_ROWS: usize = 500;

/// `24-NOV-26`, as answers have it.
fn dashed(at: Timestamp) -> String {
    ist(at).format("%d-%b-%y").to_string().to_uppercase()
}

/// `24NOV26`, as requests and symbols have it.
fn packed(at: Timestamp) -> String {
    ist(at).format("%d%b%y").to_string().to_uppercase()
}

/// The server's word for what it is.
fn kind(listed: &Listed) -> &'static str {
    match listed.instrument.listing.class {
        Class::Perpetual => "EQ",
        Class::Index => "INDEX",
        Class::Future { .. } => "FUT",
        Class::Option { right, .. } => right.as_str(),
    }
}

/// The symbol it is derived from, or its own.
fn base<'b>(books: &'b Books, listed: &'b Listed) -> &'b str {
    match listed.instrument.listing.class.underlying() {
        Some(underlying) => books.names(underlying).0,
        None => &listed.symbol,
    }
}

fn strike(listed: &Listed) -> Option<Price> {
    match listed.instrument.listing.class {
        Class::Option { strike, .. } => Some(strike),
        Class::Perpetual | Class::Index | Class::Future { .. } => None,
    }
}

fn row(books: &Books, (at, listed): (usize, &Listed)) -> Value {
    let Listed { instrument, symbol, exchange } = listed;
    let expiry = instrument.listing.class.expiry().map(dashed).unwrap_or_default();
    let strike = strike(listed).map_or_else(|| json!(-1.0), number);
    json!({"symbol": symbol, "brsymbol": symbol, "name": base(books, listed), "exchange": exchange,
        "brexchange": exchange, "token": (1_000 + at).to_string(), "expiry": expiry, "strike": strike,
        "lotsize": quantity(instrument.lot), "instrumenttype": kind(listed),
        "tick_size": number(instrument.tick), "freeze_qty": quantity(instrument.listing.freeze_qty)})
}

/// One symbol; unknown ones are 404 here (wire spec §6).
pub(super) fn symbol(books: &Books, name: &Name) -> Answer {
    let found = books.listed.iter().enumerate().find(|(_, one)| {
        (one.symbol.as_str(), one.exchange.as_str()) == (name.symbol.as_str(), name.exchange.as_str())
    });
    let Some(found) = found else {
        let text = format!("Symbol '{}' not found in exchange '{}'", name.symbol, name.exchange);
        return Answer::error(404, &text);
    };
    let mut told = row(books, found);
    told["id"] = json!(found.0 + 1);
    Answer::plain(json!({ "data": told }))
}

/// What has every word in its symbol, name, expiry or strike.
pub(super) fn search(books: &Books, query: &str, exchange: &str) -> Answer {
    let words: Vec<String> = query.split_whitespace().map(str::to_uppercase).collect();
    let fits = |listed: &Listed| {
        let expiry = listed.instrument.listing.class.expiry().map(dashed).unwrap_or_default();
        let strike = strike(listed).map(|strike| strike.to_string()).unwrap_or_default();
        let texts = [listed.symbol.to_uppercase(), base(books, listed).to_uppercase(), expiry];
        let here = exchange.is_empty() || listed.exchange == exchange;
        here && words.iter().all(|word| texts.iter().any(|text| text.contains(word)) || strike == *word)
    };
    let found = books.listed.iter().enumerate().filter(|(_, listed)| fits(listed)).take(MOST_ROWS);
    let rows: Vec<Value> = found.map(|one| row(books, one)).collect();
    let message = match rows.len() {
        0 => "No matching symbols found".to_owned(),
        count => format!("Found {count} matching symbols"),
    };
    Answer::plain(json!({"data": rows, "message": message}))
}

/// All there is on an exchange, or at all.
pub(super) fn instruments(books: &Books, exchange: &str, csv: bool) -> Answer {
    let here = |listed: &Listed| exchange.is_empty() || listed.exchange == exchange;
    let found = books.listed.iter().enumerate().filter(|(_, listed)| here(listed));
    let rows: Vec<Value> = found.map(|one| row(books, one)).collect();
    if !csv {
        return Answer::plain(json!({ "data": rows }));
    }
    let columns = [
        "symbol",
        "brsymbol",
        "name",
        "exchange",
        "brexchange",
        "token",
        "expiry",
        "strike",
        "lotsize",
        "instrumenttype",
        "tick_size",
        "freeze_qty",
    ];
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |row: &Value| columns.map(|column| cell(&row[column])).join(",");
    let lines: Vec<String> = std::iter::once(columns.join(",")).chain(rows.iter().map(line)).collect();
    Answer::ok(Value::String(lines.join("\n")))
}

/// The days on which what is derived from a symbol ends, in order.
pub(super) fn expiry(books: &Books, name: &Name, options: bool) -> Answer {
    let kind = if options { "options" } else { "futures" };
    let fits = |listed: &&Listed| {
        let derived = listed.instrument.listing.class.underlying().is_some();
        let wanted = listed.instrument.listing.class.is_option() == options;
        derived && wanted && listed.exchange == name.exchange && base(books, listed) == name.symbol
    };
    let found = books.listed.iter().filter(fits);
    let mut ends: Vec<Timestamp> = found.filter_map(|one| one.instrument.listing.class.expiry()).collect();
    ends.sort_unstable();
    let mut days: Vec<String> = ends.into_iter().map(dashed).collect();
    days.dedup();
    if days.is_empty() {
        let text = format!("No expiry dates found for {} {kind} in {}", name.symbol, name.exchange);
        return Answer::plain(json!({"data": [], "message": text}));
    }
    let text = format!("Found {} expiry dates for {} {kind} in {}", days.len(), name.symbol, name.exchange);
    Answer::plain(json!({"data": days, "message": text}))
}

/// The options of one expiry.
struct Chain<'b> {
    books: &'b Books,
    spot: Price,
    ends: Timestamp,
    /// With their strikes.
    options: Vec<(Price, Right, &'b Listed)>,
    strikes: Vec<Price>,
    /// Where in `strikes` the money is.
    money: usize,
}

impl<'b> Chain<'b> {
    /// Finds it; `expiry` empty: the next one.
    fn find(books: &'b Books, underlying: &Name, expiry: &str) -> Result<Self, Answer> {
        let lacks = |text: String| Answer::error(404, &text);
        let listed = books
            .find(underlying)
            .ok_or_else(|| lacks(format!("{} not found on {}", underlying.symbol, underlying.exchange)))?;
        let spot = prices::find(books, underlying)?.last;
        let all = options_on(books, listed.instrument.id);
        let wanted = expiry.to_uppercase();
        let ends =
            all.iter().map(|(ends, ..)| *ends).filter(|ends| wanted.is_empty() || packed(*ends) == wanted);
        let ends = ends.min().ok_or_else(|| {
            lacks(format!("No options of {} expire on {}", underlying.symbol, expiry.to_uppercase()))
        })?;
        let here = all.into_iter().filter(|(end, ..)| *end == ends);
        let options: Vec<(Price, Right, &Listed)> =
            here.map(|(_, strike, right, listed)| (strike, right, listed)).collect();
        let mut strikes: Vec<Price> = options.iter().map(|(strike, ..)| *strike).collect();
        strikes.sort_unstable();
        strikes.dedup();
        let away = |strike: &Price| strike.raw().abs_diff(spot.raw());
        let nearest = strikes.iter().enumerate().min_by_key(|(_, strike)| away(strike));
        let money = nearest.map_or(0, |(at, _)| at);
        Ok(Self { books, spot, ends, options, strikes, money })
    }

    fn option(&self, strike: Price, right: Right) -> Option<&'b Listed> {
        let mut options = self.options.iter();
        options.find(|(at, kind, _)| (*at, *kind) == (strike, right)).map(|(_, _, listed)| *listed)
    }

    /// How far a strike is in or out of the money.
    fn label(&self, at: usize, right: Right) -> String {
        let steps = at.abs_diff(self.money);
        let above = at > self.money;
        match (steps, right, above) {
            (0, ..) => "ATM".to_owned(),
            (_, Right::Call, true) | (_, Right::Put, false) => format!("OTM{steps}"),
            (_, Right::Call, false) | (_, Right::Put, true) => format!("ITM{steps}"),
        }
    }

    fn side(&self, at: usize, strike: Price, right: Right) -> Value {
        let Some(listed) = self.option(strike, right) else { return Value::Null };
        let top = self.books.top(listed.instrument.id).cloned().unwrap_or_default();
        let (bid, ask) = top.quote.map(|quote| (quote.bid, quote.ask)).unwrap_or_default();
        let sizes = top.quote.map(|quote| (quote.bid_qty, quote.ask_qty)).unwrap_or_default();
        json!({"symbol": listed.symbol, "label": self.label(at, right), "ltp": number(top.last),
            "bid": number(bid), "ask": number(ask), "bid_qty": quantity(sizes.0), "ask_qty": quantity(sizes.1),
            "open": number(top.open), "high": number(top.high), "low": number(top.low),
            "prev_close": number(top.open), "volume": quantity(top.volume), "oi": 0,
            "lotsize": quantity(listed.instrument.lot), "tick_size": number(listed.instrument.tick)})
    }
}

fn options_on(books: &Books, id: InstrumentId) -> Vec<(Timestamp, Price, Right, &Listed)> {
    let mut found = Vec::new();
    for listed in &books.listed {
        if let Class::Option { underlying, expiry, strike, right } = listed.instrument.listing.class
            && underlying == id
        {
            found.push((expiry, strike, right, listed));
        }
    }
    found
}

/// The option so far from the money.
pub(super) fn option_symbol(books: &Books, which: &WhichOption) -> Answer {
    let chain = match Chain::find(books, &which.underlying, &which.expiry) {
        Ok(chain) => chain,
        Err(answer) => return answer,
    };
    let labels = (0..).zip(&chain.strikes);
    let mut labels = labels.map(|(at, strike)| (chain.label(at, which.right), *strike));
    let wanted = which.offset.to_uppercase();
    let strike = labels.find(|(label, _)| *label == wanted).map(|(_, strike)| strike);
    let Some(listed) = strike.and_then(|strike| chain.option(strike, which.right)) else {
        return Answer::error(404, &format!("No strike {wanted} of {}", which.underlying.symbol));
    };
    let instrument = &listed.instrument;
    Answer::plain(json!({"symbol": listed.symbol, "exchange": listed.exchange,
        "lotsize": quantity(instrument.lot), "tick_size": number(instrument.tick),
        "freeze_qty": quantity(instrument.listing.freeze_qty), "underlying_ltp": number(chain.spot)}))
}

/// So many strikes on either side of the money, all without a number.
pub(super) fn option_chain(
    books: &Books,
    (underlying, expiry): (&Name, &str),
    strikes: Option<usize>,
    now: Timestamp,
) -> Answer {
    let chain = match Chain::find(books, underlying, expiry) {
        Ok(chain) => chain,
        Err(answer) => return answer,
    };
    let reach = strikes.unwrap_or(usize::MAX);
    let near = (0..).zip(&chain.strikes).filter(|(at, _)| chain.money.abs_diff(*at) <= reach);
    let rows: Vec<Value> = near
        .map(|(at, strike)| {
            json!({"strike": number(strike), "ce": chain.side(at, *strike, Right::Call),
                "pe": chain.side(at, *strike, Right::Put)})
        })
        .collect();
    let top = books.find(underlying).and_then(|one| books.top(one.instrument.id));
    let seconds = |at: Timestamp| at.nanos().div_euclid(1_000_000_000);
    Answer::plain(json!({"underlying": underlying.symbol, "underlying_symbol": underlying.symbol,
        "underlying_exchange": underlying.exchange, "underlying_ltp": number(chain.spot),
        "underlying_prev_close": number(top.map(|top| top.open).unwrap_or_default()),
        "expiry_date": packed(chain.ends), "expiry_ts": seconds(chain.ends), "server_ts": seconds(now),
        "atm_strike": chain.strikes.get(chain.money).map_or(Value::Null, number), "quotes_included": true,
        "greeks_included": false, "forward_price": null, "chain": rows}))
}
