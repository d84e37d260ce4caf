//! Rules: no new risk once the day's loss has reached its limit, per strategy and account. What cannot be valued counts
//! as reached; what has a stale price is valued at the worse of the last mark and the collar around it.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Measure, Money, RuleId, Scope};
use crate::state::Pnl;

/// The strategy's day.
pub(super) struct PerStrategy;

/// The account's day.
pub(super) struct PerAccount;

impl Rule for PerStrategy {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let strategy = proposal.order.strategy;
        let limit = proposal.of_strategy.daily_loss;
        let pnl = proposal.state.strategy_pnl(strategy);
        let unseen = proposal.state.unseen_loss(Some(strategy));
        compare(proposal, (RuleId::LossStrategy, Scope::Strategy(strategy)), pnl.zip(unseen), limit)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let strategy = proposal.order.strategy;
        let limit = proposal.of_strategy.daily_loss;
        let (state, id) = (proposal.state, Some(strategy));
        let account = state.ledger.account_holdings();
        let net = state.ledger.holdings_of(strategy).and_then(|own| {
            // Who has paid as much as the account and holds the same, and nothing else, has its result.
            let here = proposal.alone.account && proposal.alone.strategy;
            let alike = here && proposal.net == proposal.account_net && own.paid() == account.paid();
            if alike { proposal.plain_net } else { state.plain_net(own) }
        });
        net.is_some_and(|net| state.plain_loss(id, net) < limit)
    }
}

impl Rule for PerAccount {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let limit = proposal.limits.daily_loss;
        let pnl = proposal.state.account_pnl().zip(proposal.state.unseen_loss(None));
        compare(proposal, (RuleId::LossAccount, Scope::All), pnl, limit)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let limit = proposal.limits.daily_loss;
        proposal.plain_net.is_some_and(|net| proposal.state.plain_loss(None, net) < limit)
    }
}

fn compare(
    proposal: &Proposal<'_>,
    (rule, scope): (RuleId, Scope),
    pnl: Option<(Pnl, Money)>,
    limit: Money,
) -> Finding {
    let exits = proposal.exits();
    let Some((pnl, unseen)) = pnl else {
        return plain(rule, scope, exits, "cannot be valued");
    };
    let loss = Money::ZERO.max(unseen - pnl.day);
    let pass = loss < limit || exits;
    let detail = if limit.is_zero() { "limit is 0" } else { "" };
    measured(rule, scope, pass, (Measure::Money(loss), Measure::Money(limit)), detail)
}
