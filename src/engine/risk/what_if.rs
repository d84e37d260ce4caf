//! The ticket's what-if: the gate's own findings and what the order would do to book and margin right now.

use super::gate::RULES;
use super::margin::{margin_except, option_here};
use super::proposal::{Proposal, Stage};
use super::trigger;
use crate::model::{Assessment, Instrument, Level, Money, OrderKind, Price, Qty, Rate, Side};

/// Asks every rule, also after one has failed, and estimates fills against the visible book.
pub fn assess(proposal: &Proposal<'_>) -> Assessment {
    // What the engine would hold is judged as that.
    let holds = proposal.state.genesis().engine_holds(&proposal.order.kind);
    let proposal = &if holds { proposal.at(Stage::Hold) } else { *proposal };
    let findings = RULES.iter().map(|rule| rule.check(proposal)).collect();
    let (fills_now, cost) = sweep(proposal);
    let average = proposal.instrument.and_then(|instrument| instrument.average_price(cost, fills_now));
    let notional = proposal.value_of(proposal.order.qty).unwrap_or_default();
    let (fee, margin_after) = proposal.instrument.map_or((Money::ZERO, Money::ZERO), |instrument| {
        (fee(proposal, instrument, fills_now, cost), margin_after(proposal, instrument))
    });
    Assessment { findings, fills_now, average, fee, notional, margin_after }
}

/// What the visible book would fill at once: quantity and its unsigned worth.
fn sweep(proposal: &Proposal<'_>) -> (Qty, Money) {
    let order = proposal.order;
    let bound = match order.kind {
        OrderKind::Market => None,
        // An exit that is due leaves as what it becomes.
        OrderKind::Stop { .. } | OrderKind::TrailingStop { .. } if trigger::leaves_at_once(proposal) => None,
        OrderKind::StopLimit { price, .. } if trigger::leaves_at_once(proposal) => Some(price),
        OrderKind::Limit { price } if !order.post_only => Some(price),
        OrderKind::Limit { .. }
        | OrderKind::Stop { .. }
        | OrderKind::StopLimit { .. }
        | OrderKind::TrailingStop { .. } => {
            return (Qty::ZERO, Money::ZERO);
        }
    };
    let (Some(instrument), Some(levels)) = (proposal.instrument, levels(proposal)) else {
        return (Qty::ZERO, Money::ZERO);
    };
    let mut filled = Qty::ZERO;
    let mut cost = Money::ZERO;
    for level in levels.iter().filter(|level| is_within(order.side, level.price, bound)) {
        let take = level.qty.min(order.qty.minus(filled));
        filled = filled.plus(take);
        cost += instrument.notional(level.price, take);
    }
    (filled, cost)
}

fn levels<'a>(proposal: &Proposal<'a>) -> Option<&'a [Level]> {
    let depth = proposal.market?.depth.as_deref()?;
    Some(match proposal.order.side {
        Side::Buy => depth.asks.as_slice(),
        Side::Sell => depth.bids.as_slice(),
    })
}

fn is_within(side: Side, price: Price, bound: Option<Price>) -> bool {
    bound.is_none_or(|bound| match side {
        Side::Buy => price <= bound,
        Side::Sell => price >= bound,
    })
}

/// Taker fee on what fills now, maker fee on what would rest.
fn fee(proposal: &Proposal<'_>, instrument: &Instrument, filled: Qty, cost: Money) -> Money {
    let rests = proposal.order.qty.minus(filled);
    let price = proposal.worst_price().unwrap_or_default();
    let rest_rate = match proposal.order.kind {
        OrderKind::Limit { .. } | OrderKind::StopLimit { .. } => instrument.maker_fee,
        OrderKind::Market => Rate::ZERO,
        OrderKind::Stop { .. } | OrderKind::TrailingStop { .. } => instrument.taker_fee,
    };
    cost.at_rate(instrument.taker_fee) + instrument.notional(price, rests).at_rate(rest_rate)
}

/// Equity of the settlement currency less all margin, with the order's worst case.
fn margin_after(proposal: &Proposal<'_>, instrument: &Instrument) -> Money {
    let equity = proposal.state.equity_in(instrument.settle).unwrap_or_default();
    let others = margin_except(proposal.state, instrument.settle, instrument.id).unwrap_or_default();
    if instrument.listing.class.is_option() {
        return equity - others - option_here(proposal, instrument).0.unwrap_or_default();
    }
    let worst = proposal.account_worst_after();
    let price = proposal.mark().unwrap_or_default();
    equity - others - instrument.notional(price, worst).at_rate(instrument.initial_margin)
}
