//! What a book says that is not so.

use serde_json::{Value, json};

/// Numbers that no market has: nothing, less than nothing, no number, and more than any book can hold.
const NO_NUMBERS: [&str; 5] = ["0", "-1", "NaN", "1e300", "99999999999999999999999999999999"];

/// Every row twice.
pub(super) fn twice(body: &mut Value) {
    if let Some(rows) = rows(body) {
        rows.extend(rows.clone());
    }
}

/// No row.
pub(super) fn empty(body: &mut Value) {
    if let Some(rows) = rows(body) {
        rows.clear();
    }
}

/// Every quantity so many times as large: a float, which is what the server has it as, without the noise of the product: that
/// would be a number nobody can read, which is another lie.
pub(super) fn scale(body: &mut Value, many: f64) {
    const DIGITS: f64 = 1e8;
    for quantity in each(body, "quantity") {
        if let Some(number) = quantity.as_f64() {
            *quantity = json!((number * many * DIGITS).round() / DIGITS);
        }
    }
}

/// Every trade under the name of the one that is told last: where the newest comes first, the oldest, so that it stays.
pub(super) fn same_id(body: &mut Value) {
    let Some(name) = each(body, "tradeid").last().map(|id| id.clone()) else { return };
    for id in each(body, "tradeid") {
        *id = name.clone();
    }
}

/// Every order in a state that nobody knows.
pub(super) fn strange(body: &mut Value) {
    for status in each(body, "order_status") {
        *status = json!("amo req received");
    }
}

/// Each row again with each of the numbers no market has, as its quantity and as its prices, each as a trade of its own.
pub(super) fn absurd(body: &mut Value) {
    if let Some(rows) = rows(body) {
        let more: Vec<Value> = rows.iter().flat_map(absurdities).collect();
        rows.extend(more);
    }
}

/// The rows of a book.
fn rows(body: &mut Value) -> Option<&mut Vec<Value>> {
    let data = body.get_mut("data")?;
    if data.is_array() { data.as_array_mut() } else { data.get_mut("orders")?.as_array_mut() }
}

/// A field of each row that has it.
fn each<'a>(body: &'a mut Value, field: &'a str) -> impl Iterator<Item = &'a mut Value> {
    rows(body).into_iter().flatten().filter_map(move |row| row.get_mut(field))
}

fn absurdities(row: &Value) -> Vec<Value> {
    let fields: [&[&str]; 2] = [&["quantity"], &["price", "average_price"]];
    let lies = fields.into_iter().flat_map(|fields| NO_NUMBERS.map(|number| (fields, number)));
    lies.map(|(fields, number)| {
        let mut lie = row.clone();
        for field in fields {
            if let Some(told) = lie.get_mut(field) {
                *told = json!(number);
            }
        }
        if let Some(id) = lie.get_mut("tradeid") {
            *id = json!(format!("ABSURD-{}-{number}", fields.join("-")));
        }
        lie
    })
    .collect()
}
