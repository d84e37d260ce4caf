//! A broker is disconnected or silent: no new risk at once, entries canceled when it lasts. The cancels are asked for
//! again until the broker confirms them, so they wait for the reconnect by themselves. Of several accounts the others trade
//! on: what is stopped is what is traded there.

use super::guard::{Demand, Guard};
use crate::engine::core::Core;
use crate::model::{AccountId, KillLevel, Label, Scope, Trigger};
use crate::state::{Alarm, Link};

pub(super) const GUARD: Guard = Guard { triggers: &[Trigger::BrokerDown], demands, has_healed };

/// Whether a link is a broker's.
pub(in crate::engine) fn is_brokers(core: &Core, link: Label) -> bool {
    core.state.genesis().accounts.of_link(link.as_str()).is_some()
}

/// An account's broker's link, if it is known and not up.
pub(super) fn down(core: &Core, account: AccountId) -> Option<&Link> {
    core.state.links.broker(&core.state.genesis().accounts, account).filter(|link| !link.is_well())
}

/// Whether no broker is there to answer.
pub(super) fn all_down(core: &Core) -> bool {
    core.state.genesis().accounts.active().all(|account| down(core, account).is_some())
}

fn demands(core: &Core) -> Vec<Demand> {
    let accounts = &core.state.genesis().accounts;
    accounts.active().filter_map(|account| demand(core, account)).collect()
}

fn demand(core: &Core, account: AccountId) -> Option<Demand> {
    let (genesis, link) = (core.state.genesis(), down(core, account)?);
    let held = core.now.since(link.since);
    let lasts = held >= genesis.watchdog.broker_k2;
    let detail = link.detail.as_ref().map_or_else(|| link.state.to_string(), ToString::to_string);
    let there = || genesis.instruments_at(account).map(|one| Scope::Instrument(one.id)).collect();
    Some(Demand {
        trigger: Trigger::BrokerDown,
        subject: link.name,
        level: if lasts { KillLevel::K2 } else { KillLevel::K1 },
        scopes: if genesis.accounts.is_alone() { vec![Scope::All] } else { there() },
        held,
        detail: format!("{}{detail}", genesis.accounts.prefix(account)),
    })
}

/// Whether a demand is only of what lies at accounts that are lost, of several: the others can be resumed all the same, and
/// what it asks for is stopped again in the same step.
pub(super) fn is_partial(core: &Core, demand: &Demand) -> bool {
    let lies_there = |scope: &Scope| match scope {
        Scope::All => false,
        Scope::Instrument(id) => core.state.is_cut_off(*id),
        // Who has too much of unknown fate there.
        Scope::Strategy(_) => demand.trigger == Trigger::OutcomeUnknown,
    };
    let is_scoped = matches!(demand.trigger, Trigger::FeedOutage | Trigger::OutcomeUnknown);
    is_of_lost(core, demand.trigger, demand.subject) || (is_scoped && demand.scopes.iter().all(lies_there))
}

/// Whether an alarm is named by a lost account of several: its link, or a venue of its.
pub(super) fn is_of_lost(core: &Core, trigger: Trigger, subject: Label) -> bool {
    let genesis = core.state.genesis();
    let is_venue = |account: AccountId| {
        genesis
            .instruments_at(account)
            .any(|one| genesis.accounts.link(account, one.venue.as_str()) == subject)
    };
    let lost = || genesis.accounts.active().filter(|account| core.state.is_lost(*account));
    match genesis.accounts.of_link(subject.as_str()) {
        Some(account) if trigger == Trigger::BrokerDown => core.state.is_lost(account),
        Some(_) | None => trigger == Trigger::FeedOutage && lost().any(is_venue),
    }
}

/// Back, and everything compared since; or the configuration has the account no more, so that nobody will be back.
fn has_healed(core: &Core, alarm: &Alarm) -> bool {
    let accounts = &core.state.genesis().accounts;
    let account = accounts.of_link(alarm.subject.as_str()).unwrap_or_default();
    let compared = |over| core.state.reconciliation.is_clean_since(account, over);
    alarm.over_at.is_some_and(|over| !accounts.is_active(account) || compared(over))
}
