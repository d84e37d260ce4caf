//! Reads the entries of `[[calendar]]`, each a venue's week in its own time zone.

use super::calendars::{CalendarSettings, DAY_MINUTES, WeeklySession, minute};
use super::entries::{is_name, open};
use super::fault::quoted;
use super::origin::Origin;
use super::reader::{Log, Section};
use super::tree::{Node, Table, Value};
use crate::model::Leads;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

/// What an entry may leave out.
pub(super) const ABSENT: &[(&str, &str)] =
    &[("no_entries_before_ms", "300000"), ("flatten_before_ms", "600000"), ("alarm_before_ms", "180000")];

/// The longest of the leads, in milliseconds.
const LONGEST_MS: i64 = 14_400_000;

/// Most sessions of a week and most days out of line a calendar takes.
const MOST_SESSIONS: usize = 32;
const MOST_DAYS: usize = 1_000;

/// Reads all entries. `names` are theirs in order.
pub(super) fn calendars(
    entries: &[(&Table, &Origin)],
    names: &[String],
    log: &mut Log,
) -> Vec<CalendarSettings> {
    let mut all = Vec::new();
    for (index, (entry, name)) in entries.iter().zip(names).enumerate() {
        let mut section = open(("calendar", name, index), *entry, log);
        let text = section.text("name", is_name, "1 to 16 of a-z 0-9 and -");
        if name.is_empty() && is_name(&text) {
            let path = section.path_of("name");
            let problem = format!("\"{text}\" is the name of an earlier calendar");
            section.log.fault_between(&path, &[], problem, "a name of its own".to_owned());
        }
        let zone = section.parsed("zone", "a time zone of the tz database: \"America/New_York\"");
        let weekly = weekly(&mut section);
        all.push(CalendarSettings {
            name: text,
            zone: zone.unwrap_or(Tz::UTC),
            weekly,
            holidays: holidays(&mut section),
            half_days: half_days(&mut section),
            leads: leads(&mut section),
        });
        section.finish();
    }
    all
}

fn leads(section: &mut Section<'_, '_>) -> Leads {
    let leads = Leads {
        no_entries: section.millis("no_entries_before_ms", 0..=LONGEST_MS),
        flatten: section.millis("flatten_before_ms", 0..=LONGEST_MS),
        alarm: section.millis("alarm_before_ms", 0..=LONGEST_MS),
    };
    if leads.alarm > leads.flatten {
        let (alarm, flatten) = (section.path_of("alarm_before_ms"), section.path_of("flatten_before_ms"));
        let expected = format!("at most flatten_before_ms, which is {}", leads.flatten.millis());
        let problem = "the alarm would come before anything is closed".to_owned();
        section.log.fault_between(&alarm, &[&flatten], problem, expected);
    }
    leads
}

/// The sessions of a week, none over another.
fn weekly(section: &mut Section<'_, '_>) -> Vec<WeeklySession> {
    let expected = "a list of sessions: [\"mon-fri 09:30-16:00\"]";
    let mut weekly: Vec<WeeklySession> = Vec::new();
    let mut taken: Vec<(u32, u32)> = Vec::new();
    let texts = texts(section, "sessions", MOST_SESSIONS, expected);
    if texts.is_empty() && !section.log.faulty.contains(&section.path_of("sessions")) {
        let (path, origin) = (section.path_of("sessions"), section.origin().clone());
        section.log.fault(&origin, &path, "there is none".to_owned(), expected.to_owned());
    }
    for (text, node) in texts {
        let Ok(session) = text.parse::<WeeklySession>() else {
            section.refuse("sessions", node, format!("holds {}", quoted(&text)), expected.to_owned());
            continue;
        };
        let fresh = over_the_week(session);
        if fresh.iter().any(|one| taken.iter().any(|other| one.0 < other.1 && other.0 < one.1)) {
            let problem = format!("{} begins before an earlier one has ended", quoted(&text));
            section.refuse("sessions", node, problem, "sessions that do not overlap".to_owned());
        }
        taken.extend(fresh);
        weekly.push(session);
    }
    weekly
}

/// The minutes it takes, those beyond Sunday's end also as the next Monday's.
fn over_the_week(session: WeeklySession) -> Vec<(u32, u32)> {
    let week = 7 * u32::from(DAY_MINUTES);
    let minutes = session.minutes_of_week();
    let wrapped = minutes.iter().filter(|(_, close)| *close > week).map(|(_, close)| (0, close - week));
    minutes.iter().copied().chain(wrapped).collect()
}

fn holidays(section: &mut Section<'_, '_>) -> BTreeSet<NaiveDate> {
    let expected = "a list of dates: [\"2026-12-25\"]";
    let mut days = BTreeSet::new();
    for (text, node) in texts(section, "holidays", MOST_DAYS, expected) {
        match date(&text) {
            Some(day) => days.extend([day]),
            None => section.refuse("holidays", node, format!("holds {}", quoted(&text)), expected.to_owned()),
        }
    }
    days
}

fn half_days(section: &mut Section<'_, '_>) -> BTreeMap<NaiveDate, u16> {
    let expected = "a list of dates and closes: [\"2026-12-24 13:00\"]";
    let mut days = BTreeMap::new();
    for (text, node) in texts(section, "half_days", MOST_DAYS, expected) {
        let read = text.split_once(' ').and_then(|(day, close)| Some((date(day)?, minute(close).ok()?)));
        match read {
            Some((day, close)) => days.extend([(day, close)]),
            None => {
                section.refuse("half_days", node, format!("holds {}", quoted(&text)), expected.to_owned());
            }
        }
    }
    days
}

/// `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// The texts of a list; none where the key is absent. In the environment and in flags separated by commas.
pub(super) fn texts<'a>(
    section: &mut Section<'a, '_>,
    key: &'a str,
    most: usize,
    expected: &str,
) -> Vec<(String, &'a Node)> {
    let Some(node) = section.optional(key) else { return Vec::new() };
    let found: Vec<(Option<String>, &Node)> = match &node.value {
        Value::List(items) => {
            items.iter().map(|item| (item.value.as_text().map(str::to_owned), item)).collect()
        }
        Value::Text(all) if !matches!(node.origin, Origin::File { .. }) => {
            let parts = all.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(|part| (Some(part.to_owned()), node)).collect()
        }
        Value::Text(_)
        | Value::Integer(_)
        | Value::HugeInteger
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Datetime
        | Value::Table(_) => vec![(None, node)],
    };
    if found.len() > most {
        section.refuse(key, node, format!("holds {}", found.len()), format!("at most {most}"));
        return Vec::new();
    }
    let mut read = Vec::new();
    for (text, item) in found {
        match text {
            Some(text) => read.push((text, item)),
            None => section.refuse(key, item, format!("is {}", item.value.describe()), expected.to_owned()),
        }
    }
    read
}
