//! Rule: no new risk in an instrument while the fate of an order in it is unknown: nobody knows what is held there. Nor
//! at an account, after a start that continues a book or moves real money, before its books have been compared with the
//! broker's.

use super::proposal::Proposal;
use super::rule::{Rule, measured};
use crate::model::{Finding, Measure, RuleId, Scope};
use crate::state::Plain;

pub(super) struct Unknown;

impl Rule for Unknown {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let instrument = proposal.order.instrument;
        let unknown = proposal.state.orders.unknown_in(instrument);
        let home = proposal.state.genesis().accounts.of(instrument);
        let recovering = proposal.state.is_recovering(home);
        let pass = (unknown == 0 && !recovering) || proposal.exits();
        let detail = match (unknown, recovering) {
            (0, false) => "",
            (0, true) => "the books are not compared since the start",
            (_, _) => "an order's fate is not proven",
        };
        let numbers = (Measure::Count(unknown), Measure::Count(0));
        measured(RuleId::Unknown, Scope::Instrument(instrument), pass, numbers, detail)
    }

    #[expect(clippy::inline_always, reason = "as `Proposal::at_hand`")]
    #[inline(always)]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::UNKNOWN) && proposal.state.orders.unknown_in(proposal.order.instrument) == 0
    }
}
