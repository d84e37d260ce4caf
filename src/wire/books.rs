//! The comparison of our books with the broker's, as doors tell it.

use crate::model::{AccountId, DisplayText, KillLevel, Label, Reason, Span, Timestamp};
use crate::state::{BROKER_LINK, Line, State, Told};
use serde::{Deserialize, Serialize};

/// How the books stand against each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Books {
    /// How long ago the broker was asked, the accounts were compared and the orders were, by our clock.
    pub asked_age_ms: Option<i64>,
    pub account_age_ms: Option<i64>,
    pub orders_age_ms: Option<i64>,
    /// The accounts whose books were never compared in this run: whether they agree nobody knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<Label>,
    /// How many accounts were.
    #[serde(default)]
    pub compared: usize,
    /// Those that have not answered since they were last asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<Label>,
    /// Those whose books may differ from ours now without a line: who does not answer, or has not since it was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unproven: Vec<UnprovenRow>,
    /// How many accounts are compared since they were last asked.
    #[serde(default)]
    pub proven: usize,
    /// Orders at the broker that are not ours.
    pub external_orders: usize,
    /// Where they differ, oldest first.
    pub lines: Vec<LineRow>,
    /// Lines that did not fit.
    pub omitted: u32,
}

/// A line on which they differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of its own about the line")]
pub struct LineRow {
    /// By which it is accepted.
    pub line: u32,
    /// What it is about, and the two sides.
    pub subject: DisplayText,
    pub detail: DisplayText,
    /// Who may have moved it.
    pub guess: DisplayText,
    pub age_ms: i64,
    pub seen: u32,
    /// Whether something of ours moves there, so that it may still be a race.
    pub settled: bool,
    pub confirmed: bool,
    /// What it has stopped or would stop.
    pub level: KillLevel,
    /// Whether it is told and stops nothing: cash at a venue that does not tell its fees.
    #[serde(default)]
    pub told_only: bool,
    /// Why a human took it as it is.
    pub accepted: Option<Reason>,
}

/// An account of which nobody knows whether its books are ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnprovenRow {
    /// Its name; `broker` where there is one only.
    pub account: Label,
    /// Its broker's link: `up`, `down`, `silent`, or `unknown` before the first word.
    pub link: Label,
    /// What is amiss, to follow its name: `is down for 40s (cable), last compared 55s ago`.
    pub why: DisplayText,
}

impl Books {
    /// How they stand at an instant of our clock.
    pub fn of(state: &State, now: Timestamp) -> Self {
        let told = &state.reconciliation;
        let accounts = &state.genesis().accounts;
        let unproven: Vec<_> = accounts.active().filter_map(|id| UnprovenRow::of(state, id, now)).collect();
        let age = |at: Option<Timestamp>| at.map(|at| now.since(at).millis());
        Self {
            asked_age_ms: age(told.asked_at),
            account_age_ms: age(state.checked_at()),
            orders_age_ms: age(state.orders_checked_at()),
            never: named(state, |one| one.checked_at.is_none()),
            compared: named(state, |one| one.checked_at.is_some()).len(),
            silent: named(state, |one| one.checked_at < told.asked_at),
            proven: accounts.active().count().saturating_sub(unproven.len()),
            unproven,
            external_orders: told
                .external
                .len()
                .saturating_add(usize::try_from(told.external_omitted()).unwrap_or_default()),
            lines: told.lines.iter().map(|line| LineRow::of(state, line, now)).collect(),
            omitted: told.omitted,
        }
    }

    /// How they stand, in a sentence: of whom nobody knows it is never among those that agree.
    pub fn verdict(&self) -> String {
        let age = |millis: Option<i64>| {
            millis.map_or("never".to_owned(), |millis| format!("{} ago", Span::from_millis(millis)))
        };
        let compared =
            format!("account compared {}, orders {}", age(self.account_age_ms), age(self.orders_age_ms));
        let apart = || self.unproven.iter().map(|row| format!("{}, which {}", row.account, row.why));
        let alone = || self.unproven.iter().map(UnprovenRow::sentence);
        let list = |words: Vec<String>| words.join("; ");
        match (self.is_clean(), self.unproven.is_empty(), self.proven) {
            (false, true, _) => format!("BOOKS DIFFER: {compared}"),
            (false, false, _) => format!("BOOKS DIFFER; not known of {}", list(apart().collect())),
            (true, true, _) => format!("books agree: {compared}"),
            (true, false, 0) => format!("BOOKS NOT KNOWN TO AGREE: {}", list(alone().collect())),
            (true, false, _) => format!("BOOKS AGREE BUT FOR {}", list(apart().collect())),
        }
    }

    /// Whether they are proven to agree, at every account.
    pub fn agree(&self) -> bool {
        self.is_clean() && self.unproven.is_empty()
    }

    /// Whether nothing differs that nobody has accepted and that is more than told.
    pub fn is_clean(&self) -> bool {
        self.lines.iter().all(|line| line.accepted.is_some() || line.told_only)
    }
}

/// The accounts that are so, by name.
fn named(state: &State, is_so: impl Fn(&Told) -> bool) -> Vec<Label> {
    let active = state.genesis().accounts.active();
    active.filter(|id| is_so(state.reconciliation.of(*id))).map(|id| name(state, id)).collect()
}

fn name(state: &State, id: AccountId) -> Label {
    let accounts = &state.genesis().accounts;
    Label::new(if accounts.is_single() { BROKER_LINK } else { accounts.name(id) })
}

impl UnprovenRow {
    /// `None` where the last comparison is younger than the last question and somebody answers.
    fn of(state: &State, id: AccountId, now: Timestamp) -> Option<Self> {
        let (accounts, told) = (&state.genesis().accounts, state.reconciliation.of(id));
        let asked = state.reconciliation.asked_at;
        let link = state.links.broker(accounts, id);
        let for_so_long = |since: Timestamp| format!("for {}", now.since(since));
        let why = match link {
            Some(link) if !link.is_well() => {
                let detail = link.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
                format!("is {} {}{detail}", link.state, for_so_long(link.since))
            }
            None if !accounts.is_single() => "has not been heard of yet".to_owned(),
            Some(_) | None => match asked {
                None if told.checked_at.is_none() => "was not asked yet".to_owned(),
                Some(_) if told.checked_at < asked && told.told_at >= asked => {
                    "has told other fills than are booked here".to_owned()
                }
                Some(at) if told.checked_at < asked => format!("has not answered {}", for_so_long(at)),
                _compared if state.is_outdated(id) => "is back and has not told yet what it holds".to_owned(),
                // Its account may agree where an order of ours is open there that nobody here knows of.
                _compared if told.orders_checked_at.is_none() => "has not told its open orders".to_owned(),
                Some(at) if !told.is_compared_since(at) => {
                    "has not told its open orders since it was asked".to_owned()
                }
                _compared => return None,
            },
        };
        let compared = told.checked_at.map_or("never compared in this run".to_owned(), |at| {
            format!("last compared {} ago", now.since(at))
        });
        Some(Self {
            account: name(state, id),
            link: link.map_or_else(|| Label::new("unknown"), |link| link.state),
            why: DisplayText::new(&format!("{why}, {compared}")),
        })
    }

    /// Whether it can answer: waiting for it makes sense.
    pub fn is_up(&self) -> bool {
        !matches!(self.link.as_str(), "down" | "silent" | "unknown")
    }

    fn sentence(&self) -> String {
        let Self { account, why, .. } = self;
        if account.as_str() == BROKER_LINK {
            format!("the broker {why}")
        } else {
            format!("account {account} {why}")
        }
    }
}

impl LineRow {
    fn of(state: &State, line: &Line, now: Timestamp) -> Self {
        let (subject, detail) = line.what.words(state.genesis());
        Self {
            line: line.id,
            subject: DisplayText::new(&subject),
            detail: DisplayText::new(&detail),
            guess: DisplayText::new(&line.suspect.words(state.genesis())),
            age_ms: now.since(line.since).millis(),
            seen: line.seen,
            settled: line.settled_at.is_some(),
            confirmed: line.confirmed,
            level: line.wants().map_or(KillLevel::K0, |(level, _)| level),
            told_only: line.told_only,
            accepted: line.accepted.map(|accepted| accepted.reason),
        }
    }
}
