//! Rule: what cannot be written down is not begun: no new risk while the journal is behind, none after it has failed.

use super::proposal::Proposal;
use super::rule::{Rule, plain};
use crate::model::{Finding, RuleId, Scope};
use crate::state;

pub(super) struct Journal;

impl Rule for Journal {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let standing = proposal.state.links.journal();
        let pass = standing.takes_risk() || proposal.exits();
        let detail = match standing {
            state::Journal::Well | state::Journal::Slow => "",
            state::Journal::Behind => "the journal is behind",
            state::Journal::Dead => "the journal has failed",
        };
        plain(RuleId::Journal, Scope::All, pass, detail)
    }

    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(state::Plain::JOURNAL)
    }
}
