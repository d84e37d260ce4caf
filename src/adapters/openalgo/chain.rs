//! The options of one expiry as the server quotes them, strike by strike.

use super::fields::{decimal, text};
use super::inquiry::{Inquiry, InquiryError, texts, unreadable};
use crate::model::{Price, Qty, Timestamp};
use serde_json::{Map, Value};

/// What options are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainAsk {
    pub underlying: String,
    /// Where the underlying is quoted: `NSE_INDEX`, `NSE`, `MCX`, …
    pub exchange: String,
    /// `24NOV26`, as requests have it (wire spec §2).
    pub expiry: String,
    /// Strikes on either side of the money, 1 to 100.
    pub strikes: u32,
}

/// An option's market. What has no quote has none: a server says zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainSide {
    pub symbol: String,
    /// `ATM`, `ITM3`, `OTM12`.
    pub label: String,
    pub bid: Option<Price>,
    pub ask: Option<Price>,
    pub last: Option<Price>,
    /// Contracts open, where it is told.
    pub interest: Option<Qty>,
    pub volume: Option<Qty>,
}

/// A strike; a side that does not trade is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRow {
    pub strike: Price,
    pub call: Option<ChainSide>,
    pub put: Option<ChainSide>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    pub underlying: String,
    pub expiry: String,
    pub spot: Option<Price>,
    /// The strike nearest to it.
    pub money: Option<Price>,
    /// By the server's clock.
    pub told_at: Option<Timestamp>,
    pub rows: Vec<ChainRow>,
    /// Rows that cannot be read.
    pub unread: usize,
}

impl Inquiry {
    /// The options of an expiry around the money.
    pub async fn chain(&mut self, ask: &ChainAsk) -> Result<Chain, InquiryError> {
        let ChainAsk { underlying, exchange, expiry, strikes } = ask;
        let what = format!("options on {underlying} of {exchange}, {expiry}");
        let mut body: Map<String, Value> =
            texts(&[("underlying", underlying), ("exchange", exchange), ("expiry_date", expiry)]);
        body.insert("strike_count".to_owned(), Value::from(*strikes));
        let told = self.ask(("optionchain", &what), &body).await?;
        let chain = chain(&told).ok_or_else(|| unreadable(&what, "no chain where it belongs"))?;
        let same = |told: &str, asked: &str| told.eq_ignore_ascii_case(asked);
        if same(&chain.underlying, underlying) && same(&chain.expiry, expiry) {
            return Ok(chain);
        }
        Err(unreadable(&what, format!("it is about {} {}", chain.underlying, chain.expiry)))
    }
}

/// The chain of an answer; `None` where it has none.
pub fn chain(body: &Value) -> Option<Chain> {
    let all = body.get("chain")?.as_array()?;
    let rows: Vec<ChainRow> = all.iter().filter_map(row).collect();
    let seconds = text(body, "server_ts").and_then(|text| text.parse::<i64>().ok());
    Some(Chain {
        underlying: text(body, "underlying")?,
        expiry: text(body, "expiry_date")?,
        spot: quoted(body, "underlying_ltp"),
        money: quoted(body, "atm_strike"),
        told_at: seconds.and_then(|at| at.checked_mul(1_000_000_000)).map(Timestamp::from_nanos),
        unread: all.len() - rows.len(),
        rows,
    })
}

fn row(row: &Value) -> Option<ChainRow> {
    let strike = quoted(row, "strike")?;
    let side = |name: &str| match row.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(told) => side(told).map(Some),
    };
    Some(ChainRow { strike, call: side("ce")?, put: side("pe")? })
}

fn side(told: &Value) -> Option<ChainSide> {
    Some(ChainSide {
        symbol: text(told, "symbol").filter(|symbol| !symbol.is_empty())?,
        label: text(told, "label").unwrap_or_default(),
        bid: quoted(told, "bid"),
        ask: quoted(told, "ask"),
        last: quoted(told, "ltp"),
        interest: decimal(told, "oi"),
        volume: decimal(told, "volume"),
    })
}

/// A price above zero: what a server does not have it tells as zero.
fn quoted(row: &Value, field: &str) -> Option<Price> {
    decimal::<Price>(row, field).filter(|price| *price > Price::ZERO)
}

#[cfg(test)]
mod tests {
    use super::chain;
    use serde_json::json;

    #[test]
    fn what_is_not_quoted_is_none_and_a_row_without_a_strike_is_counted_and_left_out() {
        let side = json!({"symbol": "NIFTY24NOV2624000CE", "label": "ATM", "ltp": 150.1, "bid": 0, "ask": "150.15",
            "oi": 1_250_000});
        let body = json!({"status": "success", "underlying": "NIFTY", "expiry_date": "24NOV26", "underlying_ltp": 23976.1,
            "server_ts": 1_795_238_843, "atm_strike": 24000.0, "chain": [
                {"strike": 24000.0, "ce": side, "pe": null},
                {"strike": null, "ce": side, "pe": null},
                {"strike": 24050.0, "ce": {"label": "OTM1"}, "pe": null}]});
        let told = chain(&body).unwrap();
        assert_eq!((told.rows.len(), told.unread), (1, 2));
        let call = told.rows[0].call.as_ref().unwrap();
        assert_eq!((call.bid, call.ask.map(|ask| ask.to_string())), (None, Some("150.15".to_owned())));
        assert_eq!(call.interest.map(|oi| oi.to_string()), Some("1250000".to_owned()));
        assert!(told.rows[0].put.is_none() && call.volume.is_none());
        for none in [json!({}), json!({"chain": {}}), json!({"chain": []}), json!([])] {
            assert!(chain(&none).is_none(), "{none}");
        }
    }
}
