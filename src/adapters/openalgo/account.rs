//! Positions and funds as an account.

use super::fields::{decimal, text};
use super::names::Named;
use super::rows::TradeLine;
use crate::model::{AccountId, AccountSnapshot, Balance, BrokerPosition, Currency, Money, NetQty, Timestamp};
use serde_json::Value;

/// What was read of the account between two equal readings of the trades.
#[derive(Debug, Clone)]
pub(super) struct AccountRead {
    pub(super) positions: Value,
    pub(super) funds: Value,
}

/// The account in our terms; `None` where a number is missing: unknown is never zero.
///
/// The server tells what can be used and what is held, both with the gains of closed positions in them. Our cash is what
/// the account began with plus the cash of every trade, so that is what is told: what it began with is available plus
/// held less realised, to the hundredth, as the server rounds each by itself. What was booked without a trade is `untraded`.
pub(super) fn account(
    read: &AccountRead,
    (names, trades, untraded): (&[Named], &[TradeLine], Money),
    (account, currency, fills): (AccountId, Currency, u64),
    at: Timestamp,
) -> Option<AccountSnapshot> {
    let positions = positions(&read.positions, names)?;
    let funds = read.funds.get("data")?;
    let free: Money = decimal(funds, "availablecash")?;
    let margin: Money = decimal(funds, "utiliseddebits")?;
    let realized: Money = decimal(funds, "total_realized_pnl").or_else(|| decimal(funds, "m2mrealized"))?;
    let began = to_hundredths(free + margin - realized);
    let flows: Money = trades.iter().filter_map(|trade| flow(trade, names)).sum();
    let balance = Balance { currency, cash: began + flows + untraded, margin, free };
    Some(AccountSnapshot { balances: vec![balance], positions, fills, venue_time: at, account })
}

/// What a trade does to our cash.
pub(super) fn flow(trade: &TradeLine, names: &[Named]) -> Option<Money> {
    let traded = names.iter().find(|one| one.is(&trade.symbol, &trade.exchange, &trade.product))?;
    Some(-traded.instrument.flow(trade.qty.signed(trade.side), trade.price))
}

/// Net quantities by instrument; a row that cannot be read makes all of them unknown.
fn positions(body: &Value, names: &[Named]) -> Option<Vec<BrokerPosition>> {
    let mut found: Vec<BrokerPosition> = Vec::new();
    for row in body.get("data")?.as_array()? {
        let (symbol, exchange) = (text(row, "symbol")?, text(row, "exchange")?);
        let product = text(row, "product")?;
        let net: NetQty = decimal(row, "quantity")?;
        let Some(held) = names.iter().find(|one| one.is(&symbol, &exchange, &product)) else { continue };
        let known = found.iter().any(|one| one.instrument == held.instrument.id);
        if !known && !net.is_zero() {
            found.push(BrokerPosition { instrument: held.instrument.id, net });
        }
    }
    Some(found)
}

/// Rounded to the nearest hundredth.
fn to_hundredths(money: Money) -> Money {
    let step = Money::units(1).raw() / 100;
    let half = step / 2;
    Money::from_raw((money.raw() + half).div_euclid(step) * step)
}
