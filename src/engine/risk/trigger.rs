//! Rule: a stop that opens risk wakes later, not now: its trigger lies beyond the last trade and beyond the quote.
//!
//! A buy stop at or below the market is a market order by a slip of a digit, and no collar looks at a trigger; venues
//! refuse it ("order would immediately trigger"). An exit that is already due must not be impossible: it passes, and the
//! engine sends it as the market or limit order it would have become (`held::is_due`).

use super::proposal::{Proposal, Stage};
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, Order, Price, RuleId, Scope, Side};

pub(super) struct Trigger;

impl Rule for Trigger {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let scope = Scope::Instrument(proposal.order.instrument);
        match due(proposal) {
            Some((trigger, market)) => {
                let exits = leaves_at_once(proposal);
                let detail = if exits { "due: leaves at once" } else { "already reached" };
                let numbers = (Measure::Price(trigger), Measure::Price(market));
                measured(RuleId::Trigger, scope, exits, numbers, detail)
            }
            None => plain(RuleId::Trigger, scope, true, ""),
        }
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.order.kind.trigger().is_none()
    }
}

/// Whether it is an exit whose trigger is reached before it has left.
pub(super) fn leaves_at_once(proposal: &Proposal<'_>) -> bool {
    proposal.exits() && due(proposal).is_some()
}

/// The trigger and the price that has reached it, the further of last trade and quote; `None` where it waits, where there
/// is no price (another rule says so), and where it has triggered before.
fn due(proposal: &Proposal<'_>) -> Option<(Price, Price)> {
    let trigger = proposal.order.kind.trigger()?;
    let sleeps = match proposal.stage {
        Stage::Send | Stage::Hold => false,
        Stage::Guard | Stage::Exit => true,
    };
    let before = || proposal.replaces.and_then(|id| proposal.state.orders.get(id));
    if sleeps || before().is_some_and(|order: &Order| order.triggered) {
        return None;
    }
    let (instrument, market) = (proposal.instrument?, proposal.market?);
    let side = proposal.order.side;
    let quote = market.quote.map(|quote| quote.opposite(side));
    let last = market.wakes_at(instrument, proposal.now).or(quote)?;
    let market = match side {
        Side::Buy => quote.map_or(last, |ask| ask.max(last)),
        Side::Sell => quote.map_or(last, |bid| bid.min(last)),
    };
    side.reaches(trigger, market).then_some((trigger, market))
}
