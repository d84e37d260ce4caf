//! What is looked at before real money moves: one list, for the screen that shows it and the engine that holds to it.

use super::fold::State;
use super::links::Journal;
use crate::model::{
    DisplayText, KillLevel, LIVE_LINK, Label, LiveCheck, LiveTerms, MARKET_HOURS, Mode, Order, OrderStatus,
    Passed, Span, Timestamp,
};

/// Every check, in the order it is shown; empty where there is no way to live.
pub fn live_checks(state: &State, now: Timestamp) -> Vec<LiveCheck> {
    let Some(terms) = &state.genesis().live else { return Vec::new() };
    let mut checks = vec![
        kills(state),
        clock(state, terms),
        barrier(state),
        feed(state, terms, now),
        books(state),
        unknown(state),
        limits(state),
        hours(state),
    ];
    checks.extend(terms.checks.iter().map(|check| as_seen(state, check)));
    checks
}

/// Why nobody can go live, where nobody can: by what was seen last.
pub fn live_unavailable(state: &State) -> Option<&DisplayText> {
    match state.links.named(LIVE_LINK) {
        None => state.genesis().live_unavailable.as_ref(),
        Some(link) if link.state.as_str() == Passed::Yes.as_str() => None,
        Some(link) => link.detail.as_ref().or(state.genesis().live_unavailable.as_ref()),
    }
}

/// A check of the shell's as it was seen last.
fn as_seen(state: &State, check: &LiveCheck) -> LiveCheck {
    let Some(link) = state.links.named(Label::new(check.name.as_str()).as_str()) else {
        return check.clone();
    };
    let words = [Passed::Yes, Passed::Unsure];
    let passed = words.into_iter().find(|one| one.as_str() == link.state.as_str()).unwrap_or(Passed::No);
    LiveCheck { passed, detail: link.detail.clone().unwrap_or_default(), ..check.clone() }
}

fn check(name: &str, passed: bool, detail: &str) -> LiveCheck {
    let passed = if passed { Passed::Yes } else { Passed::No };
    LiveCheck { name: DisplayText::new(name), passed, detail: DisplayText::new(detail) }
}

fn kills(state: &State) -> LiveCheck {
    // What is traded at a lost account of several stays stopped, and is no reason for the others.
    let level = state.highest_kill_there();
    let none = level == KillLevel::K0;
    check(
        "no kill stands",
        none,
        &if none { String::new() } else { format!("K{}: resume first", level.number()) },
    )
}

fn clock(state: &State, terms: &LiveTerms) -> LiveCheck {
    let offsets = state.genesis().accounts.active().filter_map(|id| state.watch.broker_offset(id));
    match offsets.max_by_key(|offset| offset.nanos().saturating_abs()) {
        Some(offset) => {
            let nanos = offset.nanos().saturating_abs();
            let skew = Span::from_nanos(nanos);
            check("clock", skew <= terms.clock_skew, &format!("{} ms off", skew.millis()))
        }
        // A sandbox says nothing of a venue's clock; in live the watchdog kills for it.
        None => LiveCheck { passed: Passed::Unsure, ..check("clock", true, "not heard yet") },
    }
}

fn barrier(state: &State) -> LiveCheck {
    let journal = state.links.journal();
    let well = journal == Journal::Well;
    check("disk barrier", well, if well { "journal first" } else { journal.as_str() })
}

/// Of the market that was heard last: an instrument that is closed is no reason to wait.
fn feed(state: &State, terms: &LiveTerms, now: Timestamp) -> LiveCheck {
    let ages = state.genesis().instrument_ids().filter_map(|id| state.market(id)?.age(now));
    match ages.min() {
        Some(age) => check("feed", age <= terms.feed_age, &format!("{} ms old", age.millis())),
        None => check("feed", false, "no quote yet"),
    }
}

fn books(state: &State) -> LiveCheck {
    if !state.reconciliation.is_clean() {
        return check("books reconciled", false, "they differ, or are being compared");
    }
    // Never compared they are not known to agree; one that is lost is none of the others' reason.
    let never = |id| state.reconciliation.of(id).checked_at.is_none();
    if state.genesis().watchdog.is_on() && state.accounts_there().any(never) {
        return check("books reconciled", false, "not compared yet");
    }
    let accounts = &state.genesis().accounts;
    let lost: Vec<&str> =
        accounts.active().filter(|id| state.is_lost(*id)).map(|id| accounts.name(id)).collect();
    if lost.is_empty() {
        return check("books reconciled", true, "diff 0");
    }
    let detail = format!("diff 0 without {}", lost.join(", "));
    LiveCheck { passed: Passed::Unsure, ..check("books reconciled", true, &detail) }
}

fn unknown(state: &State) -> LiveCheck {
    let open = state.orders.open();
    let aside =
        |order: &Order| state.control.mode == Mode::Live && state.is_cut_off(order.request.instrument);
    let is_unknown = |order: &&Order| order.status == OrderStatus::Unknown && !aside(order);
    let count = open.iter().filter(is_unknown).count();
    check("orders of unknown fate", count == 0, &count.to_string())
}

/// Whether the calendars here are the server's. Which is right only the operator can know: it is shown, and stops nothing.
fn hours(state: &State) -> LiveCheck {
    let unsure = |detail: &str| LiveCheck { passed: Passed::Unsure, ..check(MARKET_HOURS, true, detail) };
    let accounts = &state.genesis().accounts;
    let said =
        |id| state.links.named(accounts.link(id, MARKET_HOURS).as_str()).map(|link| link.state.as_str());
    let words: Vec<Option<&str>> = accounts.active().map(said).collect();
    // Of several accounts the worst word counts. The alert has the words of both sides.
    match words.as_slice() {
        words if words.contains(&Some("differs")) => unsure("differ: see alerts"),
        words if words.iter().flatten().any(|word| *word != "ok") => unsure("unread: see alerts"),
        words if words.contains(&None) => unsure("not heard yet"),
        _all_ok => check(MARKET_HOURS, true, "the server's"),
    }
}

fn limits(state: &State) -> LiveCheck {
    let limits = &state.genesis().limits;
    let all = limits.instruments.len() == state.genesis().instruments.len();
    check("limits loaded", all, &format!("day {}", limits.daily_loss))
}
