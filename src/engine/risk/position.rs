//! Rules: the largest position in the worst case of everything open, per instrument, strategy and account.
//!
//! An order that does not make the worst case worse passes even above the limit: the way down is never blocked.

use super::proposal::{Proposal, WorstCase};
use super::rule::{Rule, measured, plain};
use crate::model::{Finding, Instrument, InstrumentId, Measure, Money, Qty, RuleId, Scope};
use crate::state::State;

/// The account's net position in the instrument, in units.
pub(super) struct PerInstrument;

/// The strategy's gross notional over its instruments, in account currency.
pub(super) struct PerStrategy;

/// The account's gross notional over all instruments, in account currency.
pub(super) struct PerAccount;

impl Rule for PerInstrument {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let order = proposal.order;
        let limit = proposal.limits().instrument(order.instrument).max_position;
        let WorstCase { before, after } = proposal.account_worst;
        let pass = after <= limit || after <= before || proposal.exits();
        let detail = if limit.is_zero() { "no limit set" } else { "" };
        let scope = Scope::Instrument(order.instrument);
        measured(RuleId::PositionInstrument, scope, pass, (Measure::Qty(after), Measure::Qty(limit)), detail)
    }
}

impl Rule for PerStrategy {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let strategy = proposal.order.strategy;
        let limit = proposal.limits().strategy(strategy).max_position_value;
        let worst = |instrument: &Instrument| {
            let net = proposal.state.ledger.position(strategy, instrument.id).net;
            proposal.state.orders.exposure(strategy, instrument.id).worst(net)
        };
        let scope = Scope::Strategy(strategy);
        compare(proposal, (RuleId::PositionStrategy, scope), limit, (worst, proposal.worst))
    }
}

impl Rule for PerAccount {
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let limit = proposal.limits().max_gross;
        let worst = |instrument: &Instrument| {
            let net = proposal.state.ledger.account(instrument.id).net;
            proposal.state.orders.total(instrument.id).worst(net)
        };
        compare(proposal, (RuleId::PositionAccount, Scope::All), limit, (worst, proposal.account_worst))
    }
}

/// Compares gross notional with the order against a limit. `worst` gives the worst case of the other instruments,
/// `here` that of the order's own.
fn compare(
    proposal: &Proposal<'_>,
    (rule, scope): (RuleId, Scope),
    limit: Money,
    (worst, here): (impl Fn(&Instrument) -> Qty, WorstCase),
) -> Finding {
    if proposal.instrument.is_none() {
        return plain(rule, scope, false, "unknown instrument");
    }
    let others = gross_except(proposal.state, proposal.order.instrument, worst);
    let value = others.zip(proposal.value_of(here.after)).map(|(others, here)| others + here);
    let Some(value) = value else {
        return plain(rule, scope, proposal.exits(), "cannot be valued");
    };
    let pass = value <= limit || here.after <= here.before || proposal.exits();
    let detail = if limit.is_zero() { "no limit set" } else { "" };
    measured(rule, scope, pass, (Measure::Money(value), Measure::Money(limit)), detail)
}

/// Worst-case gross notional of all instruments but one, at their marks.
fn gross_except(state: &State, except: InstrumentId, worst: impl Fn(&Instrument) -> Qty) -> Option<Money> {
    let others = state.genesis().instruments.iter().filter(|one| one.id != except);
    others.map(|one| state.notional_at_mark(one, worst(one))).sum()
}
