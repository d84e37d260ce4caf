//! Rules: no new risk once the day's loss has reached its limit, per strategy and account. What cannot be valued counts
//! as reached.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, Money, RuleId, Scope};
use crate::state::Pnl;

/// The strategy's day.
pub(super) struct PerStrategy;

/// The account's day.
pub(super) struct PerAccount;

impl Rule for PerStrategy {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let strategy = proposal.order.strategy;
        let limit = proposal.limits().strategy(strategy).daily_loss;
        let pnl = proposal.state.strategy_pnl(strategy);
        compare(proposal, (RuleId::LossStrategy, Scope::Strategy(strategy)), pnl, limit)
    }
}

impl Rule for PerAccount {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let limit = proposal.limits().daily_loss;
        compare(proposal, (RuleId::LossAccount, Scope::All), proposal.state.account_pnl(), limit)
    }
}

fn compare(
    proposal: &Proposal<'_>,
    (rule, scope): (RuleId, Scope),
    pnl: Option<Pnl>,
    limit: Money,
) -> Finding {
    let exits = proposal.exits();
    let Some(pnl) = pnl else {
        return plain(rule, scope, exits, "cannot be valued");
    };
    let loss = Money::ZERO.max(-pnl.day);
    let pass = loss < limit || exits;
    let detail = if limit.is_zero() { "no limit set" } else { "" };
    measured(rule, scope, pass, (Measure::Money(loss), Measure::Money(limit)), detail)
}
