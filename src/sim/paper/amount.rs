//! How much money a trade or a position is worth, refused or capped where a hostile price would overflow it.

use crate::model::{Contract, Instrument, Money, NetQty, OptionWorst, Price, Qty};

/// The largest amount the venue computes with, 10¹² units: small enough that rates and sums of it cannot overflow.
const LIMIT: i128 = 10_i128.pow(28);

/// Whether a price of the market is taken seriously: positive and inside the instrument's range.
pub(super) fn is_believed(instrument: &Instrument, price: Price) -> bool {
    price > Price::ZERO && price >= instrument.min_price && price <= instrument.max_price
}

/// The value of a signed quantity at a price, `None` beyond the limit.
pub(super) fn value(instrument: &Instrument, net: NetQty, price: Price) -> Option<Money> {
    if instrument.contract == Contract::Inverse && price <= Price::ZERO {
        return None;
    }
    let product = instrument.worth(price).raw().checked_mul(i128::from(net.raw()))?;
    let bound = LIMIT.checked_mul(i128::from(Qty::ONE.raw()))?;
    (product.unsigned_abs() <= bound.unsigned_abs()).then(|| instrument.value(net, price))
}

/// The unsigned notional of a quantity at a price, `None` beyond the limit.
pub(super) fn notional(instrument: &Instrument, qty: Qty, price: Price) -> Option<Money> {
    NetQty::from_raw(qty.raw()).ok().and_then(|net| value(instrument, net, price)).map(Money::abs)
}

/// As `value`, held at the limit.
pub(super) fn capped_value(instrument: &Instrument, net: NetQty, price: Price) -> Money {
    let cap = if net.raw() < 0 { Money::from_raw(-LIMIT) } else { Money::from_raw(LIMIT) };
    value(instrument, net, price).unwrap_or(cap)
}

/// The margin that a quantity needs at a price, from the capped notional.
pub(super) fn margin(instrument: &Instrument, qty: Qty, price: Price) -> Money {
    let held = notional(instrument, qty, price).unwrap_or(Money::from_raw(LIMIT));
    held.at_rate(instrument.initial_margin).max(Money::ZERO)
}

/// The margin of an option's worst case, `None` beyond the limit.
pub(super) fn option_margin(
    instrument: &Instrument,
    worst: OptionWorst,
    premium: Price,
    underlying: Price,
) -> Option<Money> {
    instrument.option_margin(worst, premium, underlying).filter(|margin| margin.raw() <= LIMIT)
}

/// A starting balance the venue can count with: at most 10¹⁸ units.
pub(super) fn capital(amount: Money) -> Money {
    let most = Money::from_raw(10_i128.pow(34));
    amount.clamp(-most, most)
}
