//! What a rule is, and how it says what it found.

use super::proposal::Proposal;
use crate::model::{Finding, Measure, RuleId, Scope};

/// One check of the gate. It has no memory: everything it needs is in the proposal, and equal proposals give equal
/// findings.
///
/// ```
/// use flightdeck::engine::risk::{Proposal, Rule};
/// use flightdeck::model::{Finding, Measure, RuleId, Scope};
///
/// /// Lets nothing pass on a day without a market.
/// struct HasMarket;
///
/// impl Rule for HasMarket {
///     fn check(&self, proposal: &Proposal<'_>) -> Finding {
///         Finding {
///             rule: RuleId::Reference,
///             scope: Scope::Instrument(proposal.order.instrument),
///             pass: proposal.mark().is_some(),
///             value: Measure::None,
///             limit: Measure::None,
///             detail: "no market",
///         }
///     }
/// }
/// # let _rule: &dyn Rule = &HasMarket;
/// ```
pub trait Rule: Sync {
    /// Measures the order against the rule's limit.
    fn check(&self, proposal: &Proposal<'_>) -> Finding;

    /// The short way: true only where `check` is sure to pass, for less work. What it leaves open is checked.
    fn clears(&self, _proposal: &Proposal<'_>) -> bool {
        false
    }
}

/// A finding without numbers.
pub(super) const fn plain(rule: RuleId, scope: Scope, pass: bool, detail: &'static str) -> Finding {
    Finding { rule, scope, pass, value: Measure::None, limit: Measure::None, detail }
}

/// A finding with numbers; passes when `pass`.
pub(super) const fn measured(
    rule: RuleId,
    scope: Scope,
    pass: bool,
    (value, limit): (Measure, Measure),
    detail: &'static str,
) -> Finding {
    Finding { rule, scope, pass, value, limit, detail }
}
