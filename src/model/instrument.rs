//! An instrument: its filters, its contract arithmetic and its fees. The only place that rounds to tick and lot.

use super::money::{inverse_price, inverse_unit};
use super::{
    Currency, DisplayText, InstrumentId, Listing, Money, NetQty, Price, PriceDelta, Qty, Rate, Span,
};
use serde::{Deserialize, Serialize};

/// How a contract's worth follows its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contract {
    /// Worth `price × qty × size` of the settlement currency: spot, shares, linear futures.
    Linear,
    /// `size` units of the quote currency per contract, settled in the coin: `n` long from `p0` to `p1` gain
    /// `n × size × (1/p0 − 1/p1)` coins (Binance COIN-M contract rules).
    Inverse,
}

/// Which way to round a price to the tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    Down,
    Up,
}

/// Why a price, quantity or notional does not pass the instrument's filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterError {
    /// Not a multiple of the tick, or outside the price range; holds the tick or the bound.
    Tick(Price),
    PriceRange(Price),
    /// Not a multiple of the lot, or below the least quantity; holds the lot or the bound.
    Lot(Qty),
    MinQty(Qty),
    /// Below the least notional, in settlement currency.
    MinNotional(Money),
}

/// The longest and the shortest position that could come of everything open, each without its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OptionWorst {
    pub long: Qty,
    pub short: Qty,
}

/// Everything the cockpit knows of an instrument. Loaded once, never changed while running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    pub id: InstrumentId,
    /// The venue's symbol, cleaned.
    pub symbol: DisplayText,
    /// Which venue or feed it belongs to.
    pub venue: DisplayText,
    pub contract: Contract,
    /// Units per contract (linear) or quote currency per contract (inverse).
    pub size: Qty,
    /// The currency of the price.
    pub quote: Currency,
    /// The currency of margin, fees and P&L.
    pub settle: Currency,
    /// The unit the quantity is counted in, for display: `BTC`, `contracts`.
    pub unit: DisplayText,
    /// Smallest price step; positive.
    pub tick: Price,
    /// Prices outside this range are not believed and not sent.
    pub min_price: Price,
    pub max_price: Price,
    /// Smallest quantity step and least quantity; positive.
    pub lot: Qty,
    pub min_qty: Qty,
    /// Least notional of an order, in settlement currency.
    pub min_notional: Money,
    /// Fee rates on notional; negative is a rebate.
    pub maker_fee: Rate,
    pub taker_fee: Rate,
    /// Share of notional to be held as margin.
    pub initial_margin: Rate,
    /// A quote older than this, by our clock, is stale.
    pub stale_after: Span,
    /// A quote whose mid jumps further than this from the last good one is quarantined, in basis points.
    pub max_jump_bps: u32,
    /// Its line in the contract master.
    pub listing: Listing,
}

impl Instrument {
    /// What one unit (one contract) is worth at a price, in settlement currency, signed so that a long position's
    /// value rises with the price: positive for linear, negative for inverse contracts.
    #[inline]
    pub fn worth(&self, price: Price) -> Money {
        match self.contract {
            Contract::Linear => price.times(self.size),
            Contract::Inverse => -inverse_unit(self.size, price),
        }
    }

    /// Whichever of two prices makes a unit worth more, the first where neither does.
    #[must_use]
    #[inline]
    pub fn dearer(&self, one: Price, other: Price) -> Price {
        match self.contract {
            Contract::Linear if one.min(other) >= Price::ZERO => one.max(other),
            Contract::Linear | Contract::Inverse => self.dearer_by_worth(one, other),
        }
    }

    #[inline(never)]
    fn dearer_by_worth(&self, one: Price, other: Price) -> Price {
        if self.worth(other).abs() > self.worth(one).abs() { other } else { one }
    }

    /// The unsigned notional of a quantity at a price, in settlement currency.
    #[inline]
    pub fn notional(&self, price: Price, qty: Qty) -> Money {
        // One unit per contract is the common case, and needs no division by the scale.
        if self.contract == Contract::Linear && self.size == Qty::ONE {
            return price.times(qty).abs();
        }
        self.notional_by_worth(price, qty)
    }

    /// The long way of `notional`, out of line so that the common one stays short.
    #[inline(never)]
    fn notional_by_worth(&self, price: Price, qty: Qty) -> Money {
        self.worth(price).abs().for_qty(qty)
    }

    /// As `notional`; `None` where it is too large to be held.
    #[inline]
    pub fn checked_notional(&self, price: Price, qty: Qty) -> Option<Money> {
        if self.contract == Contract::Linear && self.size == Qty::ONE {
            return Some(price.times(qty).abs());
        }
        self.checked_notional_by_worth(price, qty)
    }

    #[inline(never)]
    fn checked_notional_by_worth(&self, price: Price, qty: Qty) -> Option<Money> {
        self.worth(price).abs().checked_for_qty(qty)
    }

    /// The value of a position at a mark, in settlement currency. Together with the cash its fills moved
    /// (`−worth × signed qty` each) this is its P&L before fees.
    pub fn value(&self, net: NetQty, mark: Price) -> Money {
        self.flow(net, mark)
    }

    /// `worth × signed quantity`: what a fill costs (or a position is worth), exact for whole lots.
    #[inline]
    pub fn flow(&self, net: NetQty, price: Price) -> Money {
        if self.contract == Contract::Linear && self.size == Qty::ONE {
            return price.times_net(net);
        }
        self.flow_by_worth(price, net)
    }

    #[inline(never)]
    fn flow_by_worth(&self, price: Price, net: NetQty) -> Money {
        self.worth(price).for_net(net)
    }

    /// The margin of an option's worst case: what is bought costs its premium and no more; what is sold is held against
    /// its underlying at the initial rate, a plain stand-in for the scenarios of a clearing house. Of the two that may
    /// come of open orders, the larger. `None` where it is too large to be held.
    pub fn option_margin(&self, worst: OptionWorst, premium: Price, underlying: Price) -> Option<Money> {
        let bought = self.checked_notional(premium, worst.long)?;
        let sold = self.checked_notional(underlying, worst.short)?.at_rate(self.initial_margin);
        Some(bought.max(sold))
    }

    /// The average entry price of `qty` units that cost `cost` (sum of unsigned worths). `None` when flat.
    pub fn average_price(&self, cost: Money, qty: Qty) -> Option<Price> {
        if qty.is_zero() {
            return None;
        }
        let unit = cost.part(Qty::ONE, qty);
        match self.contract {
            Contract::Linear => unit.per(self.size),
            Contract::Inverse => inverse_price(self.size, unit),
        }
    }

    /// A price moved to the tick grid.
    pub fn round_price(&self, price: Price, round: Round) -> Price {
        let tick = self.tick.raw();
        let rest = price.raw().rem_euclid(tick);
        let down = price.raw() - rest;
        let raw = match round {
            Round::Up if rest > 0 => down.saturating_add(tick),
            Round::Up | Round::Down => down,
        };
        Price::from_raw(raw).unwrap_or(price)
    }

    /// A quantity at a price between two ticks as what was traded on the ticks beside it: it cost the same, as far as lots
    /// allow. The second part is nothing where the price is on a tick.
    pub fn on_ticks(&self, price: Price, qty: Qty) -> [(Price, Qty); 2] {
        let (low, high) = (self.round_price(price, Round::Down), self.round_price(price, Round::Up));
        let above = i128::from((price - low).raw()) * i128::from(qty.raw());
        let half_a_lot = i128::from(self.lot.raw()).div_euclid(2);
        let upper = above.div_euclid(i128::from(self.tick.raw())).saturating_add(half_a_lot);
        let upper = i64::try_from(upper).ok().and_then(|raw| Qty::from_raw(raw).ok()).unwrap_or(qty);
        let upper = if low == high { Qty::ZERO } else { self.round_qty(upper).min(qty) };
        [(low, qty.minus(upper)), (high, upper)]
    }

    /// A price moved by whole ticks, `None` outside the range a price may hold.
    pub fn step_price(&self, price: Price, ticks: i64) -> Option<Price> {
        let step = PriceDelta::from_raw(self.tick.raw()).ok()?.scaled(ticks)?;
        price.shifted(step)
    }

    /// A quantity rounded down to the lot grid.
    pub fn round_qty(&self, qty: Qty) -> Qty {
        let raw = qty.raw() - qty.raw().rem_euclid(self.lot.raw());
        Qty::from_raw(raw).unwrap_or(Qty::ZERO)
    }

    /// Whether two prices this far apart are both on the tick grid if one of them is.
    #[inline]
    pub const fn is_whole_ticks(&self, distance: PriceDelta) -> bool {
        is_whole(distance.raw(), self.tick.raw())
    }

    /// Whether a price is on the tick grid and inside the price range.
    #[inline]
    pub fn check_price(&self, price: Price) -> Result<(), FilterError> {
        if price < self.min_price {
            return Err(FilterError::PriceRange(self.min_price));
        }
        if price > self.max_price {
            return Err(FilterError::PriceRange(self.max_price));
        }
        if !is_whole(price.raw(), self.tick.raw()) {
            return Err(FilterError::Tick(self.tick));
        }
        Ok(())
    }

    /// Whether a quantity is on the lot grid and not below the least.
    #[inline]
    pub fn check_qty(&self, qty: Qty) -> Result<(), FilterError> {
        if qty < self.min_qty || qty.is_zero() {
            return Err(FilterError::MinQty(self.min_qty));
        }
        if !is_whole(qty.raw(), self.lot.raw()) {
            return Err(FilterError::Lot(self.lot));
        }
        Ok(())
    }

    /// Whether an order's notional at a price reaches the least.
    #[inline]
    pub fn check_notional(&self, price: Price, qty: Qty) -> Result<(), FilterError> {
        if self.notional(price, qty) < self.min_notional {
            return Err(FilterError::MinNotional(self.min_notional));
        }
        Ok(())
    }

    /// Decimal places a screen needs for this instrument's prices.
    pub fn price_places(&self) -> usize {
        places(self.tick.raw())
    }

    /// Decimal places a screen needs for this instrument's quantities.
    pub fn qty_places(&self) -> usize {
        places(self.lot.raw())
    }
}

/// Whether a number is a whole count of steps. Without their signs, which say nothing of that and take longer to divide.
#[inline]
const fn is_whole(number: i64, step: i64) -> bool {
    matches!(number.unsigned_abs().checked_rem(step.unsigned_abs()), Some(0))
}

/// Decimal places of a step scaled by 10⁸.
fn places(step: i64) -> usize {
    let mut rest = step;
    let mut count = 8;
    while count > 0 && rest != 0 && rest.rem_euclid(10) == 0 {
        rest = rest.div_euclid(10);
        count -= 1;
    }
    count
}
