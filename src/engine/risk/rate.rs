//! Rule: messages a second (RTS 6 Art. 15(1)(d)). New orders may not use the cancels' reserve; cancels are counted and
//! never refused.

use super::proposal::Proposal;
use super::rule::{Rule, measured};
use crate::model::{Finding, Measure, RuleId, Scope};

pub(super) struct Rate;

impl Rule for Rate {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let limits = proposal.limits();
        let sent = proposal.state.pace.in_last_second(proposal.now).saturating_add(1);
        // Closing orders may use the reserve, as cancels do: they take risk away.
        let reserve = if proposal.closes_for_us() { 0 } else { limits.cancel_reserve };
        let allowed = limits.messages_per_s.saturating_sub(reserve);
        let detail = if allowed == 0 { "no limit set" } else { "" };
        let numbers = (Measure::Count(sent), Measure::Count(allowed));
        measured(RuleId::Rate, Scope::All, sent <= allowed, numbers, detail)
    }
}
