//! One reading of the books, whole or not at all.

use super::account::AccountRead;
use super::answer::Bad;
use super::desk::Books;
use super::http::Http;
use super::mode::Expect;
use super::rows::{order_lines, trade_lines};
use serde_json::{Map, Value};

/// What came of a reading.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) books: Books,
    /// There where it was asked for and nothing traded meanwhile.
    pub(super) account: Option<AccountRead>,
}

/// Questions a reading asks, without and with the account.
pub(super) const QUESTIONS: (usize, usize) = (2, 5);

/// Reads the orders, then the trades, and if wanted the account between two readings of the trades.
pub(super) async fn read(http: &Http, expect: Expect, with_account: bool) -> Result<Reading, Bad> {
    let orders = ask(http, expect, "orderbook").await?;
    let (orders, strange) = order_lines(&orders).ok_or_else(|| unreadable("orderbook"))?;
    let trades_body = ask(http, expect, "tradebook").await?;
    let (mut trades, odd) = trade_lines(&trades_body).ok_or_else(|| unreadable("tradebook"))?;
    if strange + odd > 0 {
        // A row nobody can read may be one of ours: the reading proves nothing.
        return Err(Bad::Failed(format!("{} rows of the books cannot be read", strange + odd)));
    }
    let mut account = None;
    if with_account {
        let positions = ask(http, expect, "positionbook").await?;
        let funds = ask(http, expect, "funds").await?;
        let again = ask(http, expect, "tradebook").await?;
        let (again, odd) = trade_lines(&again).ok_or_else(|| unreadable("tradebook"))?;
        let steady = odd == 0 && again.len() == trades.len();
        if again.len() > trades.len() {
            trades = again;
        }
        account = steady.then_some(AccountRead { positions, funds });
    }
    Ok(Reading { books: Books { orders, trades }, account })
}

/// Asks a book once; the answer must be good and of the world that is expected.
async fn ask(http: &Http, expect: Expect, endpoint: &str) -> Result<Value, Bad> {
    http.post(endpoint, Map::new()).await.good(Some(expect))
}

/// Asks what is the same in both worlds: markets, contracts, which world it is.
pub(super) async fn ask_plain(http: &Http, endpoint: &str, body: Map<String, Value>) -> Result<Value, Bad> {
    http.post(endpoint, body).await.good(None)
}

fn unreadable(what: &str) -> Bad {
    Bad::Failed(format!("the {what} cannot be read"))
}
