//! Numbers as a trader types them, strictly: what is not plainly one number is none, and the words say why.

use crate::model::{FilterError, Instrument, NetQty, NumberError, Price, Qty};

/// A quantity this instrument takes.
pub(in crate::ui::overlays) fn qty(text: &str, instrument: &Instrument) -> Result<Qty, String> {
    let unit = instrument.unit.as_str();
    unambiguous(text, instrument.qty_places())?;
    let qty: Qty = text.trim().parse().map_err(|error| number(text, error))?;
    instrument.check_qty(qty).map_err(|error| filter(error, unit))?;
    Ok(qty)
}

/// A price this instrument takes.
pub(super) fn price(text: &str, instrument: &Instrument) -> Result<Price, String> {
    unambiguous(text, instrument.price_places())?;
    let price: Price = text.trim().parse().map_err(|error| number(text, error))?;
    instrument.check_price(price).map_err(|error| filter(error, instrument.quote.as_str()))?;
    Ok(price)
}

/// A distance between prices: whole ticks, above zero.
pub(super) fn distance(text: &str, instrument: &Instrument) -> Result<Price, String> {
    unambiguous(text, instrument.price_places())?;
    let distance: Price = text.trim().parse().map_err(|error| number(text, error))?;
    if distance.raw() <= 0 || distance.raw() % instrument.tick.raw().max(1) != 0 {
        let (tick, quote) = (instrument.tick, instrument.quote);
        return Err(format!("a distance: a multiple of {tick} {quote}, above zero"));
    }
    Ok(distance)
}

/// A signed position; its size is judged with the order that leads there.
pub(super) fn position(text: &str, instrument: &Instrument) -> Result<NetQty, String> {
    unambiguous(text, instrument.qty_places())?;
    text.trim().parse().map_err(|error| number(text, error))
}

/// `1.000` where three places mean nothing may be a thousand to whoever typed it: it is asked, never decided.
fn unambiguous(text: &str, places: usize) -> Result<(), String> {
    let Some((whole, fraction)) = text.trim().split_once('.') else { return Ok(()) };
    if places < 3 && fraction == "000" && !whole.is_empty() && whole.len() <= 3 {
        return Err(format!("{text} may mean {whole} or {whole}000: write it without the point"));
    }
    Ok(())
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

/// Why an instrument does not take a number, in the words of its grid.
pub(super) fn filter(error: FilterError, unit: &str) -> String {
    match error {
        FilterError::Tick(tick) => format!("off the tick: a multiple of {tick} {unit}"),
        FilterError::PriceRange(bound) => format!("outside the price range: bound {bound} {unit}"),
        FilterError::Lot(lot) => format!("off the lot: a multiple of {lot} {unit}"),
        FilterError::MinQty(least) => format!("too small: at least {least} {unit}"),
        FilterError::MinNotional(least) => format!("too small: worth at least {least:.2}"),
    }
}
