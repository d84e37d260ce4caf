//! Rule: tick, lot, least quantity and notional, price range, and flags that fit together. Never rounded, refused.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{FilterError, Finding, Instrument, Measure, OrderKind, Price, RuleId, Scope, TimeInForce};

pub(super) struct Filters;

impl Rule for Filters {
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
    (order.kind.trigger().is_some() && order.tif == TimeInForce::Ioc).then_some("a stop cannot be IOC")
}

fn check(proposal: &Proposal<'_>, instrument: &Instrument) -> Result<(), (FilterError, Price)> {
    let order = proposal.order;
    let at = |price: Price| move |error| (error, price);
    for price in [order.kind.limit_price(), order.kind.trigger()].into_iter().flatten() {
        instrument.check_price(price).map_err(at(price))?;
    }
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
