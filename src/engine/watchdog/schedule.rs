//! When our books are compared with the broker's: at the start, every few minutes, after a reconnect or a gap, and again
//! soon while something does not add up.

use super::broker;
use super::guard::{Demand, Guard, at_once};
use crate::engine::core::Core;
use crate::model::{
    AccountEvent, AccountId, Actor, ControlEvent, Envelope, Event, KillLevel, Reason, RequestId, Span,
    Timestamp, Trigger,
};

/// A question without an answer for this long is told.
const PATIENCE: Span = Span::from_secs(30);

pub(super) const GUARD: Guard = Guard { triggers: &[Trigger::Unanswered], demands, has_healed: at_once };

/// Asks the broker for its orders and its account.
pub(in crate::engine) fn begin(
    core: &mut Core,
    why: Reason,
    (actor, request): (Actor, Option<RequestId>),
    out: &mut Vec<Envelope>,
) {
    let cause = core.root();
    let began = ControlEvent::ReconcileBegan { why, actor, request };
    core.emit(cause, Event::Control(began), out);
    core.emit(cause, Event::Account(AccountEvent::Asked), out);
}

/// Begins a comparison when one is due.
pub(in crate::engine) fn run(core: &mut Core, out: &mut Vec<Envelope>) {
    if core.state.genesis().watchdog.is_on()
        && let Some(why) = due(core)
    {
        begin(core, Reason::new(why), (Actor::Watchdog, None), out);
    }
}

fn due(core: &Core) -> Option<&'static str> {
    // Nobody is there to answer: the reconnect asks.
    if broker::all_down(core) {
        return None;
    }
    let told = &core.state.reconciliation;
    let Some(asked) = told.asked_at else { return Some("start") };
    let limits = &core.state.genesis().watchdog;
    if core.now.since(asked) >= limits.reconcile_every {
        return Some("every few minutes");
    }
    if core.now.since(asked) < limits.reconcile_quiet {
        return None;
    }
    if was_killed_since(core, asked) {
        return Some("after a kill");
    }
    let open = core.state.is_comparing()
        || !told.is_clean()
        || waits_for_others(core)
        || core.state.watch.alarms().iter().any(|alarm| wants_proof(core, alarm));
    open.then_some("not proven yet")
}

/// Whether a kill that takes something away has begun since the brokers were asked: what is there now, orders of somebody else
/// above all, is to be seen by whoever looks at it.
fn was_killed_since(core: &Core, asked: Timestamp) -> bool {
    let control = &core.state.control;
    let raised = control.last_kill.as_ref().is_some_and(|raised| raised.at >= asked);
    raised && control.highest_kill() >= KillLevel::K2
}

/// Whether a position cannot be closed because of orders that are not ours: whether they are there still is asked soon.
fn waits_for_others(core: &Core) -> bool {
    let external = &core.state.reconciliation.external;
    let blocked = |instrument| external.iter().any(|order| order.instrument == instrument);
    let held = core.state.closing.iter().filter(|one| one.held).map(|one| one.instrument);
    !external.is_empty()
        && held.chain(core.state.under_flatten().map(|(_, instrument)| instrument)).any(blocked)
}

/// Whether an alarm waits for a clean comparison.
fn wants_proof(core: &Core, alarm: &crate::state::Alarm) -> bool {
    let account = core.state.genesis().accounts.of_link(alarm.subject.as_str()).unwrap_or_default();
    let gone = !core.state.genesis().accounts.is_active(account);
    let clean_since = |at: Timestamp| gone || core.state.reconciliation.is_clean_since(account, at);
    match alarm.trigger {
        Trigger::ClockGap => alarm.over_at.is_none(),
        Trigger::BrokerDown => alarm.over_at.is_some_and(|over| !clean_since(over)),
        Trigger::FeedOutage
        | Trigger::OutcomeUnknown
        | Trigger::Mismatch
        | Trigger::Unanswered
        | Trigger::ClockSkew
        | Trigger::SecondEngine
        | Trigger::DeadMan
        | Trigger::Quarantine => false,
    }
}

/// A failed question is no empty account: nothing changes, and it is told. Asking again while unanswered does not start
/// the wait anew.
fn demands(core: &Core) -> Vec<Demand> {
    let accounts = &core.state.genesis().accounts;
    let unanswered = |account: AccountId| {
        let told = core.state.reconciliation.of(account);
        let since = told.unanswered_since.filter(|_| broker::down(core, account).is_none())?;
        let held = core.now.since(since);
        (held >= PATIENCE).then(|| Demand {
            trigger: Trigger::Unanswered,
            subject: accounts.link(account, "account"),
            level: KillLevel::K0,
            scopes: Vec::new(),
            held,
            detail: "asked what it holds; the books cannot be compared".to_owned(),
        })
    };
    accounts.active().filter_map(unanswered).collect()
}
