//! The gate itself: the list of rules and the one place an `Approved` is made.

use super::proposal::Proposal;
use super::rule::Rule;
use super::{
    armed, changes, collar, duplicate, filters, journal, kill, loss, margin, mode, open_orders, open_value,
    order_size, permission, position, rate, reduce_only, reference, self_trade, session, spread,
    strategy_count, strategy_size, strategy_time, trigger, unknown,
};
use crate::model::{Actor, Denial, NewOrder, OrderKind, RuleId, Timestamp};
use crate::state::{Foreseen, Plain, State};

/// What a rule says that has no short answer.
#[cold]
#[inline(never)]
fn long_answer(rule: &dyn Rule, proposal: &Proposal<'_>) -> Option<Denial> {
    rule.check(proposal).denial().filter(|denial| !proposal.state.planted.forgets(denial.rule))
}

/// Writes the list of rules three times: as data, as one short answer after another, and as all short answers at once.
macro_rules! rules {
    ($($rule:expr,)*) => {
        /// All rules, in the order they are asked. The first that fails names the denial.
        pub const RULES: &[&dyn Rule] = &[$(&$rule,)*];

        /// How many.
        const ALL: u64 = 0 $(+ { let _rule = stringify!($rule); 1 })*;

        /// Asks the rules in their order, and says how many passed, or the first denial.
        fn ask(proposal: &Proposal<'_>) -> Result<u64, Denial> {
            let mut rules = 0;
            $(
                let clears = $rule.clears(proposal);
                debug_assert!(!clears || $rule.check(proposal).pass, "a rule that clears an order also passes it");
                if !clears && let Some(denial) = long_answer(&$rule, proposal) {
                    return Err(denial);
                }
                rules += 1;
            )*
            Ok(rules)
        }

        /// Whether every rule clears the order by its short answer. There is one way out for all that do not, and nothing
        /// is handed to it: so the proposal never has to lie in memory.
        /// Always inlined: what the proposal holds is then at hand and not read again.
        #[inline(always)]
        fn all_clear(proposal: &Proposal<'_>) -> bool {
            $(
                if !$rule.clears(proposal) {
                    return false;
                }
                debug_assert!($rule.check(proposal).pass, "a rule that clears an order also passes it");
            )*
            true
        }
    };
}

rules![
    mode::Mode,
    journal::Journal,
    kill::Kill,
    armed::Armed,
    filters::Filters,
    permission::Permission,
    session::Session,
    reference::Reference,
    reduce_only::ReduceOnly,
    order_size::OrderQty,
    order_size::OrderValue,
    collar::Collar,
    trigger::Trigger,
    duplicate::Duplicate,
    unknown::Unknown,
    rate::Rate,
    changes::Changes,
    self_trade::SelfTrade,
    open_orders::OpenOrders,
    open_value::OpenValue,
    position::PerInstrument,
    position::PerStrategy,
    position::PerAccount,
    margin::Margin,
    loss::PerStrategy,
    loss::PerAccount,
    strategy_size::StrategyQty,
    strategy_size::StrategyOrders,
    strategy_count::DailyTrades,
    strategy_count::Entries,
    strategy_count::Losers,
    strategy_time::Cooldown,
    strategy_time::Hours,
    spread::Spread,
];

/// An order that has passed every rule. Nothing outside this file can make one, and only one can be released.
#[derive(Debug)]
pub struct Approved<'a> {
    /// Where it was written: it is read there once more, when it leaves.
    order: &'a NewOrder,
    passed: Passed,
}

/// What the gate found of an order that has passed.
#[derive(Debug, Clone, Copy)]
pub struct Passed {
    /// How many rules it passed.
    pub rules: u64,
    /// What its fold asks again.
    pub foreseen: Foreseen,
}

impl<'a> Approved<'a> {
    /// The order.
    pub const fn order(&self) -> &'a NewOrder {
        self.order
    }

    /// What was found of it.
    pub const fn passed(&self) -> Passed {
        self.passed
    }
}

/// Asks every rule about an order that is not released now: what passes is judged again when it leaves.
pub fn would_pass(proposal: &Proposal<'_>) -> Result<(), Denial> {
    RULES.iter().find_map(|rule| rule.check(proposal).denial()).map_or(Ok(()), Err)
}

/// Asks every rule but that of the message rate, for a leg of a batch that is judged as a whole: legs beyond the rate
/// wait for it. What passes here is judged again when it leaves.
pub fn judge_unpaced(proposal: &Proposal<'_>) -> Result<(), Denial> {
    let findings = RULES.iter().map(|rule| rule.check(proposal));
    let failed = findings.filter(|finding| finding.rule != RuleId::Rate).find_map(|finding| finding.denial());
    failed.map_or(Ok(()), Err)
}

/// Whether the message rate leaves room for an order now; `Err` where it never will.
pub fn has_room(proposal: &Proposal<'_>) -> Result<bool, Denial> {
    let limits = proposal.limits;
    let denial = rate::Rate.check(proposal).denial();
    match denial {
        Some(denial) if limits.messages_per_s <= limits.cancel_reserve => Err(denial),
        Some(_) => Ok(false),
        None => Ok(true),
    }
}

/// Asks the filters only: for a change that takes risk away, which no other rule may stop.
pub fn check_filters(proposal: &Proposal<'_>) -> Result<(), Denial> {
    filters::Filters.check(proposal).denial().map_or(Ok(()), Err)
}

/// Asks every rule, and says how many passed; the first failure denies.
pub fn judge(proposal: &Proposal<'_>) -> Result<u64, Denial> {
    ask(proposal)
}

/// The same of an order as `propose` puts it, which may leave if it passes.
pub fn approve<'a>(
    order: &'a NewOrder,
    state: &State,
    propose: impl for<'p> FnOnce(&'p NewOrder, &'p State) -> Proposal<'p>,
) -> Result<Approved<'a>, Denial> {
    let rules = ask(&propose(order, state))?;
    Ok(Approved { order, passed: Passed { rules, foreseen: state.foresee(order) } })
}

/// The same of a new order as it stands, where every rule clears it by its short answer, which is what nearly every order
/// is; `None` where a rule has more to say, and `approve_at_length` has to be asked. What the two find is never put in one
/// place: it would be read back before it is written, and that waits.
#[inline]
pub fn approve_new<'a>(
    order: &'a NewOrder,
    actor: Actor,
    state: &State,
    now: Timestamp,
) -> Option<Approved<'a>> {
    let foreseen = short_answer(order, actor, state, now)?;
    Some(Approved { order, passed: Passed { rules: ALL, foreseen } })
}

/// What is foreseen of an order that every rule clears; `None` where a rule has more to say. The proposal is made and asked
/// in one function: what is found for it is compared while it is at hand, and nothing of it has to lie in memory, since
/// nothing is handed on where a rule does not clear it.
#[inline(never)]
fn short_answer(order: &NewOrder, actor: Actor, state: &State, now: Timestamp) -> Option<Foreseen> {
    // First what is quickly seen, and what some rule is sure to have more to say about.
    let plain = state.plain(order.strategy, order.instrument) == Plain::ALL;
    if !plain
        || order.reduce_only
        || !state.orders.is_idle_for(order.strategy)
        || state.account_told.is_some()
    {
        return None;
    }
    // Known to be there from here on, so that nobody has to carry along whether it is.
    state.genesis().instrument(order.instrument)?;
    state.market(order.instrument)?.quote?;
    if !matches!(order.kind, OrderKind::Limit { .. } | OrderKind::Market) {
        return None;
    }
    let mut proposal = Proposal::at_hand(order, actor, state, now);
    proposal.plain = Plain::ALL;
    all_clear(&proposal).then(|| Foreseen::new(order, proposal.alike, proposal.reduces))
}

/// As `approve_new`, of what some rule has more to say about.
pub fn approve_at_length<'a>(
    order: &'a NewOrder,
    actor: Actor,
    state: &State,
    now: Timestamp,
) -> Result<Approved<'a>, Denial> {
    let rules = ask(&Proposal::new(order, actor, state, now))?;
    Ok(Approved { order, passed: Passed { rules, foreseen: state.foresee(order) } })
}
