//! Which daily loss limits are reached, for the watchdog that kills and the resume that waits.

use crate::model::{Money, Scope, StrategyId};
use crate::state::State;

/// Whose loss of the day has reached its limit: the scope, the loss, the limit. What nobody of ours trades has no limit of its
/// own, nothing of it could be stopped here; it counts in the account's.
pub(super) fn reached(state: &State) -> Vec<(Scope, Money, Money)> {
    let limits = state.limits();
    let account = state.account_pnl().map(|pnl| (Scope::All, -pnl.day, limits.daily_loss));
    let ours = state.genesis().strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
    let strategies = ours.filter_map(|id| {
        let pnl = state.strategy_pnl(id)?;
        Some((Scope::Strategy(id), -pnl.day, limits.strategy(id).daily_loss))
    });
    let all = account.into_iter().chain(strategies);
    all.filter(|(_, loss, limit)| *loss > Money::ZERO && loss >= limit).collect()
}
