//! Numbers as a trader types them, strictly: what is not plainly one number is none, and the words say why.

use crate::model::{FilterError, Instrument, NumberError, Price, Qty};

/// A quantity this instrument takes.
pub(super) fn qty(text: &str, instrument: &Instrument) -> Result<Qty, String> {
    let unit = instrument.unit.as_str();
    let qty: Qty = text.trim().parse().map_err(|error| number(text, error))?;
    instrument.check_qty(qty).map_err(|error| filter(error, unit))?;
    Ok(qty)
}

/// A price this instrument takes.
pub(super) fn price(text: &str, instrument: &Instrument) -> Result<Price, String> {
    let price: Price = text.trim().parse().map_err(|error| number(text, error))?;
    instrument.check_price(price).map_err(|error| filter(error, instrument.quote.as_str()))?;
    Ok(price)
}

fn number(text: &str, error: NumberError) -> String {
    match error {
        NumberError::Empty => "empty: type a number".to_owned(),
        NumberError::NotDecimal if text.contains(',') => "no commas: 1000, not 1,000".to_owned(),
        NumberError::NotDecimal => "not a plain number: digits and one point only".to_owned(),
        NumberError::TooPrecise(places) => format!("too precise: more than {places} decimal places"),
        NumberError::OutOfRange(limit) => format!("out of range: limit {limit}"),
    }
}

fn filter(error: FilterError, unit: &str) -> String {
    match error {
        FilterError::Tick(tick) => format!("off the tick: a multiple of {tick} {unit}"),
        FilterError::PriceRange(bound) => format!("outside the price range: bound {bound} {unit}"),
        FilterError::Lot(lot) => format!("off the lot: a multiple of {lot} {unit}"),
        FilterError::MinQty(least) => format!("too small: at least {least} {unit}"),
        FilterError::MinNotional(least) => format!("too small: worth at least {least:.2}"),
    }
}
