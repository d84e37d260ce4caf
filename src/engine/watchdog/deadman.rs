//! The broker's dead-man's switch: all our resting orders canceled and nobody had asked. What protected positions is
//! gone with them, so new risk stops and a human looks.

use super::guard::{Demand, Guard, at_once};
use crate::engine::core::Core;
use crate::model::{AccountId, KillLevel, OrderStatus, Scope, TimeInForce, Timestamp, Trigger};

pub(super) const GUARD: Guard = Guard { triggers: &[Trigger::DeadMan], demands, has_healed: at_once };

fn demands(core: &Core) -> Vec<Demand> {
    core.state.genesis().accounts.active().filter_map(|account| demand(core, account)).collect()
}

fn demand(core: &Core, account: AccountId) -> Option<Demand> {
    let limits = &core.state.genesis().watchdog;
    let recent: Vec<Timestamp> = core
        .state
        .watch
        .unasked_cancels(account)
        .rev()
        .take_while(|at| core.now.since(*at) <= limits.deadman_window)
        .collect();
    let enough = u32::try_from(recent.len()).unwrap_or(u32::MAX) >= limits.deadman_orders;
    let first = recent.last().copied().filter(|_| enough)?;
    if rests_since_before(core, account, first) {
        return None;
    }
    Some(Demand {
        trigger: Trigger::DeadMan,
        subject: core.state.genesis().accounts.link(account, "account"),
        level: KillLevel::K1,
        scopes: vec![Scope::All],
        held: core.now.since(first),
        detail: format!("{} orders canceled and none asked for, none left", recent.len()),
    })
}

/// Whether an order that rested before the first of these cancels still does: then not all were canceled. What has been
/// sent since says nothing.
fn rests_since_before(core: &Core, account: AccountId, first: Timestamp) -> bool {
    let there = |instrument| core.state.genesis().accounts.of(instrument) == account;
    core.state.orders.open().iter().filter(|order| there(order.request.instrument)).any(|order| {
        let at_work = matches!(order.status, OrderStatus::Working | OrderStatus::PartiallyFilled);
        at_work && order.request.tif != TimeInForce::Ioc && order.submitted_at < first
    })
}
