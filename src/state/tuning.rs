//! The limits as they hold now, and the looser ones that wait for their confirmation.

use crate::model::{Actor, LimitKey, Limits, Measure, RiskEvent, Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long after its delay a looser limit may still be confirmed, at least and as a multiple of the delay (which is
/// stretched where the market's clock runs faster than ours); then it has to be asked for again.
const LAPSES_AFTER: Span = Span::from_secs(600);
const LAPSES_AFTER_DELAYS: i64 = 10;

/// A limit that somebody wants looser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loosening {
    pub key: LimitKey,
    pub from: Measure,
    pub to: Measure,
    /// Who asked for it.
    pub actor: Actor,
    /// From when on it may be confirmed, by our clock.
    pub ready: Timestamp,
    /// How long from then on.
    lasts: Span,
}

/// The limits in force. They begin as the configuration's, which stay their ceiling.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tuning {
    limits: Arc<Limits>,
    /// At most one a limit.
    waiting: Vec<Loosening>,
}

impl Tuning {
    pub(super) fn new(ceiling: &Limits) -> Self {
        Self { limits: Arc::new(ceiling.clone()), waiting: Vec::new() }
    }

    #[inline]
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn waiting(&self) -> &[Loosening] {
        &self.waiting
    }

    pub(super) fn apply(&mut self, event: &RiskEvent) {
        match *event {
            RiskEvent::LimitSet { key, to, .. } => {
                Arc::make_mut(&mut self.limits).set(key, to);
                self.waiting.retain(|one| one.key != key);
            }
            RiskEvent::LoosenAsked { key, from, to, actor, ready, .. } => {
                self.waiting.retain(|one| one.key != key);
                let delays = self.limits.loosen_delay.nanos().saturating_mul(LAPSES_AFTER_DELAYS);
                let lasts = LAPSES_AFTER.max(Span::from_nanos(delays));
                self.waiting.push(Loosening { key, from, to, actor, ready, lasts });
            }
            RiskEvent::Exit { .. }
            | RiskEvent::Stage { .. }
            | RiskEvent::Tripped { .. }
            | RiskEvent::Unprotected { .. }
            | RiskEvent::Overfilled { .. }
            | RiskEvent::DayBase { .. }
            | RiskEvent::ArmedBase { .. } => {}
        }
    }
}

impl Loosening {
    /// Until when it may be confirmed, by our clock.
    pub const fn lapses(&self) -> Timestamp {
        self.ready.after(self.lasts)
    }
}
