//! Rule: tick, lot, least quantity and notional, price range, and flags that fit together. Never rounded, refused.

use super::proposal::{Proposal, Stage};
use super::rule::{Rule, measured, plain};
use crate::model::{FilterError, Finding, Instrument, Measure, OrderKind, Price, RuleId, Scope, TimeInForce};

pub(super) struct Filters;

impl Rule for Filters {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let scope = Scope::Instrument(proposal.order.instrument);
        let Some(instrument) = proposal.instrument else {
            return plain(RuleId::Filters, scope, false, "unknown instrument");
        };
        if let Some(detail) = contradiction(proposal) {
            return plain(RuleId::Filters, scope, false, detail);
        }
        let freeze = instrument.listing.freeze_qty;
        if !freeze.is_zero() && proposal.order.qty > freeze {
            let numbers = (Measure::Qty(proposal.order.qty), Measure::Qty(freeze));
            return measured(RuleId::Filters, scope, false, numbers, "above freeze quantity");
        }
        match check(proposal, instrument) {
            Ok(()) => plain(RuleId::Filters, scope, true, ""),
            Err((error, price)) => refusal(proposal, scope, error, price),
        }
    }

    /// A plain limit or market order on the instrument's grid.
    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let order = proposal.order;
        let price = match order.kind {
            OrderKind::Limit { price } => Some(price),
            OrderKind::Market => None,
            OrderKind::Stop { .. } | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. } => {
                return false;
            }
        };
        let (Some(one), Some(worst)) = (proposal.instrument, proposal.worst_price()) else { return false };
        let freeze = one.listing.freeze_qty;
        if order.post_only || (order.qty > freeze && !freeze.is_zero()) {
            return false;
        }
        if price.is_some_and(|price| one.check_price(price).is_err()) || one.check_qty(order.qty).is_err() {
            return false;
        }
        proposal.reduces || worst <= Price::ZERO || one.check_notional(worst, order.qty).is_ok()
    }
}

/// Flags that cannot both be meant.
fn contradiction(proposal: &Proposal<'_>) -> Option<&'static str> {
    let order = proposal.order;
    if order.post_only {
        return match (order.kind, order.tif) {
            (OrderKind::Limit { .. }, TimeInForce::Day | TimeInForce::Gtc) => None,
            (OrderKind::Limit { .. }, TimeInForce::Ioc) => Some("post-only cannot be IOC"),
            (
                OrderKind::Market
                | OrderKind::Stop { .. }
                | OrderKind::StopLimit { .. }
                | OrderKind::TrailingStop { .. },
                _,
            ) => Some("post-only needs a limit order"),
        };
    }
    if order.kind.trigger().is_some() && order.tif == TimeInForce::Ioc {
        return Some("a stop cannot be IOC");
    }
    unholdable(proposal)
}

/// What only the engine can hold must not leave for the broker.
fn unholdable(proposal: &Proposal<'_>) -> Option<&'static str> {
    let sent = matches!(proposal.stage, Stage::Send | Stage::Exit);
    let held = proposal.state.genesis().engine_holds(&proposal.order.kind);
    (sent && held).then_some("the venue has no such order")
}

/// The distance of a trailing stop: whole ticks, at least one.
fn check_trail(kind: OrderKind, instrument: &Instrument) -> Result<(), (FilterError, Price)> {
    let OrderKind::TrailingStop { trail, .. } = kind else { return Ok(()) };
    let whole = trail.raw().rem_euclid(instrument.tick.raw()) == 0;
    let fits = whole && trail >= instrument.tick && trail < instrument.max_price;
    if fits { Ok(()) } else { Err((FilterError::Tick(instrument.tick), trail)) }
}

fn check(proposal: &Proposal<'_>, instrument: &Instrument) -> Result<(), (FilterError, Price)> {
    let order = proposal.order;
    let at = |price: Price| move |error| (error, price);
    for price in [order.kind.limit_price(), order.kind.trigger()].into_iter().flatten() {
        instrument.check_price(price).map_err(at(price))?;
    }
    check_trail(order.kind, instrument)?;
    let reference = proposal.worst_price().or_else(|| proposal.mark()).unwrap_or(Price::ZERO);
    instrument.check_qty(order.qty).map_err(at(reference))?;
    // What closes a position may be as small as what is left of it.
    if !proposal.reduces && reference > Price::ZERO {
        instrument.check_notional(reference, order.qty).map_err(at(reference))?;
    }
    Ok(())
}

fn refusal(proposal: &Proposal<'_>, scope: Scope, error: FilterError, price: Price) -> Finding {
    let (value, limit, detail) = match error {
        FilterError::Tick(tick) => (Measure::Price(price), Measure::Price(tick), "off tick"),
        FilterError::PriceRange(bound) => {
            (Measure::Price(price), Measure::Price(bound), "price out of range")
        }
        FilterError::Lot(lot) => (Measure::Qty(proposal.order.qty), Measure::Qty(lot), "off lot"),
        FilterError::MinQty(least) => {
            (Measure::Qty(proposal.order.qty), Measure::Qty(least), "below least quantity")
        }
        FilterError::MinNotional(least) => {
            let notional =
                proposal.instrument.map(|one| one.notional(price, proposal.order.qty)).unwrap_or_default();
            (Measure::Money(notional), Measure::Money(least), "below least notional")
        }
    };
    measured(RuleId::Filters, scope, false, (value, limit), detail)
}
