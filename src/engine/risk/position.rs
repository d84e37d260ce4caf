//! Rules: the largest position in the worst case of everything open, per instrument, strategy and account.
//!
//! An order that does not make the worst case worse passes even above the limit: the way down is never blocked.

use super::proposal::{Proposal, WorstCase};
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, Money, RuleId, Scope};
use crate::state::{Exposure, Position};

/// The account's net position in the instrument, in units.
pub(super) struct PerInstrument;

/// The strategy's gross notional over its instruments, in account currency.
pub(super) struct PerStrategy;

/// The account's gross notional over all instruments, in account currency.
pub(super) struct PerAccount;

impl Rule for PerInstrument {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let limit = proposal.of_instrument.max_position;
        let WorstCase { before, after } = proposal.account_worst();
        let pass = after <= limit || after <= before || proposal.exits();
        let detail = if limit.is_zero() { "limit is 0" } else { "" };
        let scope = Scope::Instrument(order.instrument);
        measured(RuleId::PositionInstrument, scope, pass, (Measure::Qty(after), Measure::Qty(limit)), detail)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let limit = proposal.of_instrument.max_position;
        proposal.account_worst_after() <= limit
    }
}

impl Rule for PerStrategy {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let strategy = proposal.order.strategy;
        let limit = proposal.of_strategy.max_position_value;
        let open = proposal.state.orders.exposures_of(strategy);
        let held = proposal.state.ledger.positions_of(strategy);
        let rule = (RuleId::PositionStrategy, Scope::Strategy(strategy));
        compare(proposal, rule, limit, (proposal.worst(), gross_of_others(proposal, open, held)))
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let limit = proposal.of_strategy.max_position_value;
        proposal.alone.strategy && proposal.worst_value().is_some_and(|worst| worst <= limit)
    }
}

impl Rule for PerAccount {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let limit = proposal.limits.max_gross;
        let open = proposal.state.orders.totals();
        let held = proposal.state.ledger.account_positions();
        let rule = (RuleId::PositionAccount, Scope::All);
        compare(proposal, rule, limit, (proposal.account_worst(), gross_of_others(proposal, open, held)))
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let limit = proposal.limits.max_gross;
        proposal.alone.account && proposal.account_worst_value().is_some_and(|worst| worst <= limit)
    }
}

/// Compares gross notional with the order against a limit: the worst case in the order's instrument, and that of the
/// others in money.
#[inline]
fn compare(
    proposal: &Proposal<'_>,
    (rule, scope): (RuleId, Scope),
    limit: Money,
    (here, others): (WorstCase, Option<Money>),
) -> Finding {
    if proposal.instrument.is_none() {
        return plain(rule, scope, false, "unknown instrument");
    }
    let (Some(others), Some(value)) = (others, proposal.value_of(here.after)) else {
        return plain(rule, scope, proposal.exits(), proposal.unvalued());
    };
    let value = others + value;
    let pass = value <= limit || here.after <= here.before || proposal.exits();
    let detail = if limit.is_zero() { "limit is 0" } else { "" };
    measured(rule, scope, pass, (Measure::Money(value), Measure::Money(limit)), detail)
}

/// Worst-case gross notional at the marks of all instruments but the order's. `open` and `held` are by instrument.
#[inline]
fn gross_of_others(proposal: &Proposal<'_>, open: &[Exposure], held: &[Position]) -> Option<Money> {
    let mut gross = Money::ZERO;
    for instrument in &proposal.state.genesis().instruments {
        let index = instrument.id.index();
        let (Some(open), Some(held)) = (open.get(index), held.get(index)) else { continue };
        if instrument.id == proposal.order.instrument || open.is_flat(held.net) {
            continue;
        }
        gross += proposal.state.notional_at_mark(instrument, open.worst(held.net))?;
    }
    Some(gross)
}
