//! The comparison of our books with the broker's, as doors tell it.

use crate::model::{DisplayText, KillLevel, Label, Reason, Timestamp};
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

impl Books {
    /// How they stand at an instant of our clock.
    pub fn of(state: &State, now: Timestamp) -> Self {
        let told = &state.reconciliation;
        let age = |at: Option<Timestamp>| at.map(|at| now.since(at).millis());
        Self {
            asked_age_ms: age(told.asked_at),
            account_age_ms: age(state.checked_at()),
            orders_age_ms: age(state.orders_checked_at()),
            never: named(state, |one| one.checked_at.is_none()),
            compared: named(state, |one| one.checked_at.is_some()).len(),
            silent: named(state, |one| one.checked_at < told.asked_at),
            external_orders: told
                .external
                .len()
                .saturating_add(usize::try_from(told.external_omitted()).unwrap_or_default()),
            lines: told.lines.iter().map(|line| LineRow::of(state, line, now)).collect(),
            omitted: told.omitted,
        }
    }

    /// Whether every account was compared in this run.
    pub fn is_whole(&self) -> bool {
        self.account_age_ms.is_some()
    }

    /// Whether some of several accounts were compared, and some were not.
    pub fn is_part(&self) -> bool {
        !self.is_whole() && self.compared > 0
    }

    /// Whether nothing differs that nobody has accepted and that is more than told.
    pub fn is_clean(&self) -> bool {
        self.lines.iter().all(|line| line.accepted.is_some() || line.told_only)
    }
}

/// The accounts that are so, by name.
fn named(state: &State, is_so: impl Fn(&Told) -> bool) -> Vec<Label> {
    let accounts = &state.genesis().accounts;
    let name =
        |id| if accounts.is_single() { Label::new(BROKER_LINK) } else { Label::new(accounts.name(id)) };
    accounts.active().filter(|id| is_so(state.reconciliation.of(*id))).map(name).collect()
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
