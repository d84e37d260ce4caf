//! The gate itself: the list of rules and the one place an `Approved` is made.

use super::proposal::Proposal;
use super::rule::Rule;
use super::{
    armed, changes, collar, duplicate, filters, journal, kill, loss, margin, mode, open_orders, open_value,
    order_size, permission, position, rate, reduce_only, reference, self_trade, session, spread,
    strategy_count, strategy_size, strategy_time, trigger, unknown,
};
use crate::model::{Actor, Denial, NewOrder, RuleId, Timestamp};
use crate::state::State;

/// What a rule says that has no short answer. Out of line and cold: the way of an order that all rules clear is then one
/// comparison after another, without the registers that findings would take.
#[cold]
#[inline(never)]
fn long_answer(rule: &dyn Rule, proposal: &Proposal<'_>) -> Option<Denial> {
    rule.check(proposal).denial().filter(|denial| !proposal.state.planted.forgets(denial.rule))
}

/// Writes the list of rules twice: as data, and as one short answer after another.
macro_rules! rules {
    ($($rule:expr,)*) => {
        /// All rules, in the order they are asked. The first that fails names the denial.
        pub const RULES: &[&dyn Rule] = &[$(&$rule,)*];

        /// Asks the rules in their order, and says how many passed, or the first denial.
        /// Always inlined: what the proposal holds is then at hand and not read again.
        #[inline(always)]
        fn ask(proposal: &Proposal<'_>) -> Result<u32, Denial> {
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
pub struct Approved {
    order: NewOrder,
    rules: u32,
}

impl Approved {
    /// The order.
    pub const fn order(&self) -> &NewOrder {
        &self.order
    }

    /// How many rules it passed.
    pub const fn rules(&self) -> u32 {
        self.rules
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

/// Asks every rule; the first failure denies.
pub fn judge(proposal: &Proposal<'_>) -> Result<Approved, Denial> {
    let rules = ask(proposal)?;
    Ok(Approved { order: *proposal.order, rules })
}

/// The same of a new order as it stands, which is what nearly every order is. Inlined, so that the order is not copied
/// into its answer only to be copied out of it into the event.
#[inline]
pub fn judge_new(order: &NewOrder, actor: Actor, state: &State, now: Timestamp) -> Result<Approved, Denial> {
    let rules = ask_new(order, actor, state, now)?;
    Ok(Approved { order: *order, rules })
}

/// The proposal is made and asked in one function: what is found for it is compared while it is at hand.
#[inline(never)]
fn ask_new(order: &NewOrder, actor: Actor, state: &State, now: Timestamp) -> Result<u32, Denial> {
    ask(&Proposal::at_hand(order, actor, state, now))
}
