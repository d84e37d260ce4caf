//! Rule: messages to a venue in any second, minute and day (RTS 6 Art. 15(1)(d)). New orders may not use the cancels'
//! reserve; cancels are counted and never refused. A minute's and a day's budget never hold back an exit.

use super::proposal::Proposal;
use super::rule::{Rule, measured};
use crate::model::{Finding, Measure, RuleId, Scope};

pub(super) struct Rate;

impl Rule for Rate {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let (limits, budget) = (proposal.limits, &proposal.state.budget);
        let (venue, now) = (proposal.order.instrument, proposal.now);
        let sent = budget.in_last_second(venue, now).saturating_add(1);
        // Closing orders may use the reserve, as cancels do: they take risk away.
        let allowed = if proposal.closes_for_us() {
            limits.exit_messages()
        } else {
            limits.messages_per_s.saturating_sub(limits.cancel_reserve)
        };
        let detail = if allowed == 0 { "limit is 0" } else { "" };
        let numbers = (Measure::Count(sent), Measure::Count(allowed));
        if sent > allowed || proposal.exits() {
            return measured(RuleId::Rate, Scope::All, sent <= allowed, numbers, detail);
        }
        let longer = [
            (budget.in_last_minute(venue, now), limits.messages_per_min, "a minute"),
            (budget.today(venue, now), limits.messages_per_day, "a day"),
        ];
        match longer.into_iter().find(|(sent, most, _)| sent >= most) {
            Some((sent, most, window)) => {
                let detail = if most == 0 { "limit is 0" } else { window };
                let numbers = (Measure::Count(sent.saturating_add(1)), Measure::Count(most));
                measured(RuleId::Rate, Scope::All, false, numbers, detail)
            }
            None => measured(RuleId::Rate, Scope::All, true, numbers, ""),
        }
    }

    /// What was counted at the last message is no less than what is left of it now.
    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        let limits = proposal.limits;
        let allowed = limits.messages_per_s.saturating_sub(limits.cancel_reserve);
        let (second, minute, day) = proposal.state.budget.at_most(proposal.order.instrument);
        // What closes for us has an allowance of its own, and only what reduces can.
        !proposal.order.reduce_only
            && second < allowed
            && minute < limits.messages_per_min
            && day < limits.messages_per_day
    }
}
