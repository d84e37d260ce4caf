//! Fields of what a server says, read tolerantly: a number may be a text and a text a number.

use serde_json::Value;

/// The longest order id that is one.
const LONGEST_ID: usize = 128;

/// Digits that every float of 64 bits keeps.
const FLOAT_DIGITS: usize = 15;

/// Places of the smallest quantity, and how far from one of these the rest of a sum may lie.
const QTY_PLACES: usize = 8;
const NOISE: f64 = 1e-10;

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

/// A field as a decimal. Servers add up in floats: what a sum of these has beyond the digits that a float keeps is noise.
pub(super) fn decimal<T: std::str::FromStr>(row: &Value, key: &str) -> Option<T> {
    let text = text(row, key)?;
    text.parse().ok().or_else(|| without_noise(&text).into_iter().find_map(|text| text.parse().ok()))
}

/// A plain decimal of more digits than a float keeps, without what its arithmetic has left: rounded to those digits and, since
/// sums that cancel out leave the noise of what was summed, to the places of a quantity, where that changes next to nothing.
/// Empty for any other text.
fn without_noise(text: &str) -> Vec<String> {
    let Some(places) = kept_places(text) else { return Vec::new() };
    let Ok(number) = text.parse::<f64>() else { return Vec::new() };
    let at = |places: usize| {
        let rounded = format!("{number:.places$}");
        let short = rounded.trim_end_matches('0').trim_end_matches('.');
        (if rounded.contains('.') { short } else { rounded.as_str() }).to_owned()
    };
    let near = at(QTY_PLACES);
    let is_near = near.parse::<f64>().is_ok_and(|near| (number - near).abs() <= NOISE);
    [Some(at(places)), is_near.then_some(near)].into_iter().flatten().collect()
}

/// The places after the point that a float of this size keeps; `None` where the text has no more, or is no plain decimal.
fn kept_places(text: &str) -> Option<usize> {
    let (whole, part) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
    let digits = whole.trim_start_matches('0').len();
    let leading = if digits == 0 { part.len() - part.trim_start_matches('0').len() } else { 0 };
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(whole) || !is_plain(part) || digits + part.len() <= FLOAT_DIGITS + leading {
        return None;
    }
    (FLOAT_DIGITS + leading).checked_sub(digits)
}

/// The name of an order at the venue.
pub(super) fn order_id(row: &Value) -> Option<String> {
    text(row, "orderid").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
}

#[cfg(test)]
mod tests {
    use super::decimal;
    use crate::model::NetQty;
    use serde_json::{Value, json};

    #[test]
    fn a_sum_of_floats_reads_as_what_was_summed_and_what_is_no_noise_stays_unreadable() {
        let net = |value: Value| {
            decimal::<NetQty>(&json!({ "quantity": value }), "quantity").map(|net| net.to_string())
        };
        for (told, read) in [
            ("0.018000000000000002", "0.018"),
            ("-0.30000000000000004", "-0.3"),
            ("61733.799999999996", "61733.8"),
            ("0.00000012000000000000002", "0.00000012"),
            ("5.551115123125783e-17", "0"),
            ("-0.10000000000582077", "-0.1"),
        ] {
            let number: Value = serde_json::from_str(told).unwrap();
            let text = number.as_f64().map_or_else(String::new, |number| format!("{number}"));
            assert_eq!(net(number).as_deref(), Some(read));
            assert_eq!(net(json!(text)).as_deref(), Some(read), "as a text too");
        }
        for told in [
            json!("0.0180000001234"),
            json!("12.3.400000000000000001"),
            json!("1e-400"),
            json!("NaN"),
            json!("0.01234567890123456"),
        ] {
            assert_eq!(net(told.clone()), None, "{told}");
        }
    }
}
