//! Alerts, as doors tell them.

use crate::model::{Actor, DisplayText, Timestamp};
use crate::state::{Alert, State};
use serde::{Deserialize, Serialize};

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRow {
    /// By which it is acknowledged.
    pub id: u32,
    /// `notice`, `warning` or `critical`.
    pub severity: DisplayText,
    /// What kind it is.
    pub kind: DisplayText,
    pub text: DisplayText,
    pub count: u32,
    /// Since it began, and since it last happened, by our clock.
    pub age_ms: i64,
    pub last_age_ms: i64,
    /// Who has to look, or who has.
    pub owner: DisplayText,
    pub acknowledged_age_ms: Option<i64>,
    /// Since what it speaks of ended.
    pub over_age_ms: Option<i64>,
    /// The last event that speaks of it.
    pub evidence: u64,
}

impl AlertRow {
    /// All of them, the unseen first, the worst of them first.
    pub(super) fn all(state: &State, now: Timestamp) -> Vec<Self> {
        let mut alerts: Vec<&Alert> = state.alerts().list().iter().collect();
        alerts.sort_by_key(|alert| {
            (!alert.is_unseen(), std::cmp::Reverse(alert.severity), std::cmp::Reverse(alert.id))
        });
        alerts.into_iter().map(|alert| Self::of(state, alert, now)).collect()
    }

    fn of(state: &State, alert: &Alert, now: Timestamp) -> Self {
        let owner = match alert.owner() {
            Actor::Strategy(id) => super::standing::strategy_name(state, id),
            actor @ (Actor::Operator
            | Actor::Cli
            | Actor::Signal
            | Actor::File
            | Actor::Watchdog
            | Actor::Supervisor) => DisplayText::new(actor.as_str()),
        };
        let age = |at: Timestamp| now.since(at).millis();
        Self {
            id: alert.id,
            severity: DisplayText::new(alert.severity.as_str()),
            kind: DisplayText::new(alert.key.as_str()),
            text: alert.text.clone(),
            count: alert.count,
            age_ms: age(alert.first),
            last_age_ms: age(alert.last),
            owner,
            acknowledged_age_ms: alert.seen_by.map(|(_, at)| age(at)),
            over_age_ms: alert.over_at.map(age),
            evidence: alert.evidence.get(),
        }
    }
}
