//! What the broker says orders would need, before any of them is sent.

use super::fields::decimal;
use super::inquiry::{Inquiry, InquiryError, texts, unreadable};
use super::names::{Named, kind_words};
use crate::model::{Money, OrderKind, Qty, Side};
use serde_json::{Map, Value};

/// The most orders a server is asked about at once (wire spec §3).
const MOST: usize = 50;

/// An order that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct MarginOrder<'a> {
    pub named: &'a Named,
    pub side: Side,
    pub qty: Qty,
    pub kind: OrderKind,
}

/// What the broker would hold, in the account's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerMargin {
    pub total: Money,
    /// The parts of it, where the broker tells them.
    pub span: Option<Money>,
    pub exposure: Option<Money>,
}

impl Inquiry {
    /// What these orders would need together.
    pub async fn margin(&mut self, orders: &[MarginOrder<'_>]) -> Result<BrokerMargin, InquiryError> {
        let what = "margin";
        if orders.is_empty() || orders.len() > MOST {
            let why = format!("{} orders at once, it takes 1 to {MOST}", orders.len());
            return Err(InquiryError::Unsupported { what: what.to_owned(), why });
        }
        let rows: Vec<Value> = orders.iter().map(|order| Value::Object(row(order))).collect();
        let body = [("positions".to_owned(), Value::from(rows))].into_iter().collect();
        let body = self.ask(("margin", what), &body).await?;
        broker_margin(&body).ok_or_else(|| unreadable(what, "no total"))
    }
}

/// Numbers go as texts (wire spec §1). A stop that the engine holds is asked about as the order it becomes.
fn row(order: &MarginOrder<'_>) -> Map<String, Value> {
    let MarginOrder { named, side, qty, kind } = order;
    let (kind, price, trigger) =
        kind_words(kind).unwrap_or_else(|| ("MARKET", "0".to_owned(), "0".to_owned()));
    texts(&[
        ("symbol", &named.symbol),
        ("exchange", &named.exchange),
        ("action", side.as_str()),
        ("quantity", &qty.to_string()),
        ("product", &named.product),
        ("pricetype", kind),
        ("price", &price),
        ("trigger_price", &trigger),
    ])
}

/// The margin of an answer; `None` where it tells no total, or one that cannot be.
pub fn broker_margin(body: &Value) -> Option<BrokerMargin> {
    let data = body.get("data")?;
    let money = |field: &str| decimal::<Money>(data, field);
    let total = money("total_margin_required").filter(|total| *total >= Money::ZERO)?;
    Some(BrokerMargin { total, span: money("span_margin"), exposure: money("exposure_margin") })
}

#[cfg(test)]
mod tests {
    use super::{MarginOrder, broker_margin, row};
    use crate::adapters::openalgo::scene::names;
    use crate::model::{Money, OrderKind, Side};
    use serde_json::json;

    #[test]
    fn a_margin_without_a_total_is_none_and_never_zero() {
        let told =
            json!({"status": "success", "data": {"total_margin_required": 1600.0, "span_margin": "1280.0"}});
        let margin = broker_margin(&told).unwrap();
        assert_eq!(
            (margin.total, margin.span, margin.exposure),
            (Money::units(1_600), Some(Money::units(1_280)), None)
        );
        for bad in [
            json!({"data": {}}),
            json!({"data": {"total_margin_required": null}}),
            json!({"data": {"total_margin_required": "n/a"}}),
            json!({"data": {"total_margin_required": -1}}),
            json!({"data": []}),
            json!({}),
        ] {
            assert_eq!(broker_margin(&bad), None, "{bad}");
        }
    }

    #[test]
    fn an_order_is_asked_about_in_texts_and_without_a_field_the_server_would_refuse() {
        let all = names();
        let (named, qty) = (&all[0], "10".parse().unwrap());
        let kind = OrderKind::Limit { price: "800".parse().unwrap() };
        let told = row(&MarginOrder { named, side: Side::Buy, qty, kind });
        assert_eq!(
            serde_json::Value::Object(told),
            json!({"symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": "10", "product": "MIS",
                "pricetype": "LIMIT", "price": "800", "trigger_price": "0"})
        );
    }
}
