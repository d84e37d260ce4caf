//! Fields of what a server says, read tolerantly: a number may be a text and a text a number.

use serde_json::Value;

/// The longest order id that is one.
const LONGEST_ID: usize = 128;

/// A field as text: a server may send a number or a text (wire spec §11). A number of up to fifteen digits is read back
/// exactly as it was written; no money has more.
pub(super) fn text(row: &Value, key: &str) -> Option<String> {
    match row.get(key)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(
            number
                .as_f64()
                .filter(|_| number.is_f64())
                .map_or_else(|| number.to_string(), |number| format!("{number}")),
        ),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A field as a decimal.
pub(super) fn decimal<T: std::str::FromStr>(row: &Value, key: &str) -> Option<T> {
    text(row, key)?.parse().ok()
}

/// The name of an order at the venue.
pub(super) fn order_id(row: &Value) -> Option<String> {
    text(row, "orderid").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
}
