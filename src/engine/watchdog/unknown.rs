//! Outcomes nobody knows: an order of unknown fate for too long stops its instrument; too many of them, or too much
//! worth, stop their strategy, and everything when they belong to several.

use super::guard::{Demand, Guard, at_once};
use crate::engine::core::Core;
use crate::model::{AccountId, KillLevel, Label, Money, Order, Scope, Span, StrategyId, Trigger};

pub(super) const GUARD: Guard = Guard { triggers: &[Trigger::OutcomeUnknown], demands, has_healed: at_once };

fn demands(core: &Core) -> Vec<Demand> {
    let limits = &core.state.genesis().watchdog;
    let lasting = |since: &crate::model::Timestamp| core.now.since(*since) >= limits.unknown_hold;
    let old: Vec<(&Order, Span)> = core
        .state
        .watch
        .unknown()
        .iter()
        .filter(|(_, since)| lasting(since))
        .filter_map(|(id, since)| Some((core.state.orders.get(*id)?, core.now.since(*since))))
        .collect();
    let Some(held) = old.iter().map(|(_, held)| *held).max() else { return Vec::new() };
    let mut scopes: Vec<Scope> =
        old.iter().map(|(order, _)| Scope::Instrument(order.request.instrument)).collect();
    scopes.extend(too_much(core, &old));
    scopes.sort_unstable();
    scopes.dedup();
    let detail = format!("{} orders without proof for {held}", old.len());
    let (trigger, subject, level) = (Trigger::OutcomeUnknown, Label::new("orders"), KillLevel::K1);
    vec![Demand { trigger, subject, level, scopes, held, detail }]
}

/// Who has too many or too much of unknown fate.
fn too_much(core: &Core, old: &[(&Order, Span)]) -> Vec<Scope> {
    let mut owners: Vec<StrategyId> = old.iter().map(|(order, _)| order.request.strategy).collect();
    owners.sort_unstable();
    owners.dedup();
    let most = usize::try_from(core.state.genesis().watchdog.unknown_orders).unwrap_or(usize::MAX);
    let heavy: Vec<StrategyId> = owners.iter().copied().filter(|id| is_heavy(core, old, *id)).collect();
    let crowded = old.len() > most;
    match (owners.as_slice(), heavy.as_slice()) {
        ([one], _) if crowded => vec![Scope::Strategy(*one)],
        ([_, _, ..], _) if crowded => everything(core, old),
        (_, [_, _, ..]) => everything(core, old),
        (_, [one]) => vec![Scope::Strategy(*one)],
        (_, []) => Vec::new(),
    }
}

/// Everything; of several accounts, what is traded at those where fates are unknown: the others answer.
fn everything(core: &Core, old: &[(&Order, Span)]) -> Vec<Scope> {
    let genesis = core.state.genesis();
    if genesis.accounts.is_alone() {
        return vec![Scope::All];
    }
    let homes: Vec<AccountId> =
        old.iter().map(|(order, _)| genesis.accounts.of(order.request.instrument)).collect();
    let there = genesis.instrument_ids().filter(|id| homes.contains(&genesis.accounts.of(*id)));
    there.map(Scope::Instrument).collect()
}

/// Whether what a strategy has of unknown fate is worth more than its share of the position limit.
fn is_heavy(core: &Core, old: &[(&Order, Span)], strategy: StrategyId) -> bool {
    let genesis = core.state.genesis();
    let own = old.iter().filter(|(order, _)| order.request.strategy == strategy);
    let worth: Money = own
        .filter_map(|(order, _)| {
            let instrument = genesis.instrument(order.request.instrument)?;
            core.state.notional_at_mark(instrument, order.leaves())
        })
        .sum();
    let limit = core.state.limits().strategy(strategy).max_position_value;
    !worth.is_zero() && worth.percent_of(limit) > genesis.watchdog.unknown_percent
}
