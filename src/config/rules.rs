//! Reads `rules` of a strategy or of the operator: every key may be left out, and what belongs together comes together.

use super::bounds::{IN_ACCOUNT, MONEY};
use super::reader::Section;
use crate::model::{Entries, EntryHours, Lock, Money, Span, StrategyRules, Trail};
use std::str::FromStr;

/// A week: the longest time a rule looks back or waits.
const LONGEST_MS: i64 = 604_800_000;

/// `rules`; an empty table holds the strategy to none.
pub(super) fn rules(mut section: Section<'_, '_>) -> StrategyRules {
    let money = |section: &mut Section<'_, '_>, key: &'static str| -> Option<Money> {
        section.maybe(key, |section, key| section.decimal(key, MONEY, IN_ACCOUNT))
    };
    let count = |section: &mut Section<'_, '_>, key: &'static str, most: u32, unit: &str| {
        section.maybe(key, |section, key| section.count(key, 1..=most, unit))
    };
    let millis = |section: &mut Section<'_, '_>, key: &'static str| {
        section.maybe(key, |section, key| section.millis(key, 1..=LONGEST_MS))
    };
    let rules = StrategyRules {
        capital: money(&mut section, "capital"),
        stop_loss: money(&mut section, "stop_loss"),
        target_bps: count(&mut section, "target_bps", 1_000_000, " bp"),
        trail: both(money(&mut section, "trail_from"), money(&mut section, "trail_by"))
            .map(|(from, by)| Trail { from, by }),
        breakeven: money(&mut section, "breakeven_at"),
        lock: lock(&mut section, money),
        max_position: section
            .maybe("max_position", |section, key| section.decimal(key, ("0", "1000000000"), " units")),
        max_open_orders: count(&mut section, "max_open_orders", 10_000, " orders"),
        daily_trades: count(&mut section, "daily_trades", 1_000_000, " trades"),
        cooldown_loss: millis(&mut section, "cooldown_loss_ms"),
        cooldown_exit: millis(&mut section, "cooldown_exit_ms"),
        losers: count(&mut section, "losers", 10_000, " round trips"),
        max_spread_bps: count(&mut section, "max_spread_bps", 10_000, " bp"),
        max_spread_ticks: count(&mut section, "max_spread_ticks", 1_000_000, " ticks"),
        session: session(&mut section),
        entries: both(count(&mut section, "entries", 64, " entries"), millis(&mut section, "entries_ms"))
            .map(|(count, within)| Entries { count, within }),
        entries_day: count(&mut section, "entries_day", 1_000_000, " entries"),
        rejects: count(&mut section, "rejects", 10_000, " rejects"),
        order_ratio: count(&mut section, "order_ratio", 10_000, " times"),
    };
    together(&mut section, &rules);
    section.finish();
    rules
}

fn both<A, B>(one: Option<A>, other: Option<B>) -> Option<(A, B)> {
    one.zip(other)
}

fn lock<'a>(
    section: &mut Section<'a, '_>,
    money: impl Fn(&mut Section<'a, '_>, &'static str) -> Option<Money>,
) -> Option<Lock> {
    let (at, floor) = (money(section, "lock_at"), money(section, "lock_floor"));
    let step = money(section, "lock_step").filter(|step| !step.is_zero());
    both(at, floor).map(|(at, floor)| Lock { at, floor, step })
}

fn session(section: &mut Section<'_, '_>) -> Option<EntryHours> {
    let clock = |section: &mut Section<'_, '_>, key: &'static str| {
        section.maybe(key, |section, key| section.parsed::<TimeOfDay>(key, TIME)).flatten()
    };
    let (from, to) = (clock(section, "session_from"), clock(section, "session_to"));
    let flatten = section.maybe("session_flatten", Section::flag).unwrap_or_default();
    both(from, to).map(|(from, to)| EntryHours { from: from.0, to: to.0, flatten })
}

/// What must come together, and what a value must be beside another.
fn together(section: &mut Section<'_, '_>, rules: &StrategyRules) {
    const PAIRS: [(&str, &str); 7] = [
        ("trail_from", "trail_by"),
        ("lock_at", "lock_floor"),
        ("session_from", "session_to"),
        ("entries", "entries_ms"),
        ("target_bps", "capital"),
        ("session_flatten", "session_from"),
        ("lock_step", "lock_at"),
    ];
    for (key, needs) in PAIRS {
        lonely(section, key, needs);
    }
    for (key, needs) in PAIRS.into_iter().take(4) {
        lonely(section, needs, key);
    }
    if let Some(lock) = rules.lock.filter(|lock| lock.floor >= lock.at) {
        let (floor, at) = (section.path_of("lock_floor"), section.path_of("lock_at"));
        let expected = format!("less than lock_at, which is {}", lock.at);
        section.log.fault_between(&floor, &[&at], format!("{} would end it at once", lock.floor), expected);
    }
    if rules.trail.is_some_and(|trail| trail.by.is_zero()) {
        let by = section.path_of("trail_by");
        section.log.fault_between(&by, &[], "0 would end it at once".to_owned(), "more than 0".to_owned());
    }
}

fn lonely(section: &mut Section<'_, '_>, key: &str, needs: &str) {
    let (path, other) = (section.path_of(key), section.path_of(needs));
    let missing = section.log.origins.get(&other).is_none();
    if section.log.origins.get(&path).is_some() && missing {
        let problem = format!("means nothing without {needs}");
        section.log.fault_between(&path, &[&other], problem, format!("{needs} beside it"));
    }
}

const TIME: &str = "a time of day in UTC, \"HH:MM\" from \"00:00\" to \"23:59\"";

/// A time of day, since midnight.
struct TimeOfDay(Span);

/// A text that is no time of day.
#[derive(Debug, thiserror::Error)]
#[error("not a time of day")]
struct NoTimeOfDay;

impl FromStr for TimeOfDay {
    type Err = NoTimeOfDay;
    fn from_str(text: &str) -> Result<Self, NoTimeOfDay> {
        let two = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            if plain { digits.parse::<i64>().ok() } else { None }
        };
        let (hours, minutes) = text.split_once(':').ok_or(NoTimeOfDay)?;
        match (two(hours), two(minutes)) {
            (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => {
                Ok(Self(Span::from_secs((hours * 60 + minutes) * 60)))
            }
            (_, _) => Err(NoTimeOfDay),
        }
    }
}
