//! What a price, a bar or a quote makes of one order: pure rules, no state.

use super::rules::{BarRules, LimitFill};
use super::working::{Working, betters, reaches};
use crate::model::{Bar, OrderKind, Price, Quote, Side, TimeInForce};

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Waits,
    /// It trades at this price.
    Fills(Price),
    /// A stop limit woke and now waits as a limit order.
    Wakes,
    /// It ends without having traded.
    Ends(&'static str),
}

/// Why immediate orders end.
const NOT_AT_ONCE: &str = "immediate-or-cancel: could not trade at once";
const WOULD_TAKE: &str = "post-only would take liquidity";

/// At the open of a bar.
pub(super) fn at_open(order: &Working, open: Price, rules: BarRules) -> Fate {
    at_price(order, open, rules, rules.limit == LimitFill::Touch)
}

/// At a standing quote: a limit order at the other side's price trades.
pub(super) fn at_quote(order: &Working, quote: &Quote, rules: BarRules) -> Fate {
    at_price(order, quote.opposite(order.request.side), rules, true)
}

/// At a price that trades now; `at_limit` says whether a limit at that very price does.
fn at_price(order: &Working, price: Price, rules: BarRules, at_limit: bool) -> Fate {
    let request = &order.request;
    let side = request.side;
    if let Some(trigger) = order.trigger() {
        return match (reaches(side, price, trigger), request.kind.limit_price()) {
            (false, _) => Fate::Waits,
            (true, None) => Fate::Fills(slipped(side, price, rules)),
            (true, Some(limit)) if price == limit || betters(side, price, limit) => {
                Fate::Fills(bounded(side, slipped(side, price, rules), limit))
            }
            (true, Some(_)) => Fate::Wakes,
        };
    }
    let Some(limit) = request.kind.limit_price() else { return Fate::Fills(slipped(side, price, rules)) };
    let trades = betters(side, price, limit) || (at_limit && price == limit);
    match (trades, order.asked.is_some(), request.tif) {
        (true, false, _) if request.post_only => Fate::Ends(WOULD_TAKE),
        (true, ..) => Fate::Fills(price),
        (false, _, TimeInForce::Ioc) => Fate::Ends(NOT_AT_ONCE),
        (false, _, TimeInForce::Day | TimeInForce::Gtc) => Fate::Waits,
    }
}

/// A stop within a bar whose open it has outlived.
pub(super) fn stop_within(order: &Working, bar: &Bar, rules: BarRules) -> Fate {
    let side = order.request.side;
    let Some(trigger) = order.trigger().filter(|trigger| reaches(side, extreme(bar, side), *trigger)) else {
        return Fate::Waits;
    };
    // One that came within the bar may stand beyond the open already: it wakes at once, not at its trigger.
    let price = if reaches(side, bar.open, trigger) && order.asked.is_none() { bar.close } else { trigger };
    let price = worse(side, price, trigger);
    match order.request.kind.limit_price() {
        None => Fate::Fills(slipped(side, price, rules)),
        Some(limit) if price == limit || betters(side, price, limit) => {
            Fate::Fills(bounded(side, slipped(side, price, rules), limit))
        }
        Some(_) => Fate::Wakes,
    }
}

/// A resting limit order within a bar whose open it has outlived.
pub(super) fn limit_within(order: &Working, bar: &Bar, rules: BarRules) -> Fate {
    let waits = order.trigger().is_none();
    let Some(limit) = order.request.kind.limit_price().filter(|_| waits) else { return Fate::Waits };
    let best = extreme(bar, order.request.side.opposite());
    let trades =
        betters(order.request.side, best, limit) || (rules.limit == LimitFill::Touch && best == limit);
    if trades { Fate::Fills(limit) } else { Fate::Waits }
}

/// A resting limit order when somebody trades at a price: filled where that was beyond its own.
pub(super) fn limit_at_print(order: &Working, price: Price, rules: BarRules) -> Fate {
    let rests = order.trigger().is_none() && order.asked.is_some();
    let Some(limit) = order.request.kind.limit_price().filter(|_| rests) else { return Fate::Waits };
    let at = rules.limit == LimitFill::Touch && price == limit;
    if at || betters(order.request.side, price, limit) { Fate::Fills(limit) } else { Fate::Waits }
}

/// Whether a stop's kind is one.
pub(super) const fn is_stop(kind: &OrderKind) -> bool {
    kind.trigger().is_some()
}

/// The furthest a bar went towards the trigger of a stop of this side.
const fn extreme(bar: &Bar, side: Side) -> Price {
    match side {
        Side::Buy => bar.high,
        Side::Sell => bar.low,
    }
}

/// Whichever of two prices is worse for this side.
fn worse(side: Side, one: Price, other: Price) -> Price {
    match side {
        Side::Buy => one.max(other),
        Side::Sell => one.min(other),
    }
}

/// A price made worse by the slippage; never below the smallest price there is.
fn slipped(side: Side, price: Price, rules: BarRules) -> Price {
    if rules.slippage_bps == 0 {
        return price;
    }
    let shift = i128::from(price.raw()) * i128::from(rules.slippage_bps);
    let shift = i64::try_from(shift.div_euclid(10_000)).unwrap_or(i64::MAX);
    let raw = match side {
        Side::Buy => price.raw().saturating_add(shift),
        Side::Sell => price.raw().saturating_sub(shift).max(1),
    };
    Price::from_raw(raw).unwrap_or(price)
}

/// Never beyond the limit.
fn bounded(side: Side, price: Price, limit: Price) -> Price {
    match side {
        Side::Buy => price.min(limit),
        Side::Sell => price.max(limit),
    }
}
