//! Alerts: what a human has to look at, as objects with an age and an owner until somebody has taken them as seen.

use crate::model::{
    Actor, BatchId, DisplayText, InstrumentId, Label, LimitKey, OrderId, Scope, Seq, Span, StrategyId,
    StrategyRule, Timestamp, Trigger,
};
use serde::{Deserialize, Serialize};

/// Alerts kept. Those seen and over go first, then those over, then the mildest seen; what had to go unseen is counted.
const ALERTS_KEPT: usize = 200;

/// So many denials of a strategy within this time are a storm.
const STORM: u32 = 10;
const STORM_WINDOW: Span = Span::from_secs(10);

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Worth knowing.
    Notice,
    /// To be looked at.
    Warning,
    /// To be looked at now.
    Critical,
}

/// What an alert is about: events of one key are one alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertKey {
    /// A kill of a scope that no alarm explains.
    Kill(Scope),
    /// A condition of the watchdog about a subject.
    Alarm(Trigger, Label),
    /// A line on which the books differ.
    Difference(u32),
    /// A strategy was closed out by a rule of its own.
    RiskExit(StrategyId),
    /// A rule of the account tripped.
    Tripped(StrategyRule, Scope),
    /// Somebody wants a limit looser.
    Loosening(LimitKey),
    /// A batch stopped or ended incomplete.
    Batch(BatchId),
    /// An order of unknown fate.
    Unknown(OrderId),
    /// Fills that could not be booked.
    SetAside,
    /// Reports about what we did not send.
    Unmatched,
    /// Fills of orders that had ended.
    LateFill(StrategyId),
    /// A connection or a subscriber is not well.
    Link(Label),
    /// The venue refused orders of a strategy.
    Rejects(StrategyId),
    /// The gate refused many orders of a strategy.
    Denials(StrategyId),
    /// A strategy panicked.
    Failed(StrategyId),
    /// A position that is to be closed cannot be.
    Held(StrategyId, InstrumentId),
    /// A position that somebody else has closed at the broker, or a part of it.
    Against(StrategyId, InstrumentId),
    /// A position is without the exit that protects it.
    Unprotected(StrategyId, InstrumentId),
    /// Orders of which one's fill ends the other filled too much together.
    Overfilled(StrategyId),
    /// A position of an intraday strategy was open shortly before its market closed.
    Late(StrategyId, InstrumentId),
    /// A future that is held is to be rolled.
    Roll(StrategyId, InstrumentId),
    /// The wall clock was moved.
    ClockJump,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its number in this run.
    pub id: u32,
    pub key: AlertKey,
    pub severity: Severity,
    /// What happened last, in a sentence.
    pub text: DisplayText,
    /// First and last time, by our clock, and how often.
    pub first: Timestamp,
    pub last: Timestamp,
    pub count: u32,
    /// The last event that speaks of it.
    pub evidence: Seq,
    /// Who has taken it as seen, and when by our clock.
    pub seen_by: Option<(Actor, Timestamp)>,
    /// When what it speaks of ended, by our clock.
    pub over_at: Option<Timestamp>,
}

/// All of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Alerts {
    list: Vec<Alert>,
    last_id: u32,
    /// By strategy that was denied lately: since when and how often.
    denials: Vec<(StrategyId, Timestamp, u32)>,
    /// Alerts that nobody had seen and that had to make room, and how many of them were critical.
    pub lost: u32,
    pub lost_critical: u32,
}

impl Severity {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl AlertKey {
    /// What kind it is, in a word or two: also the key of the runbook.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Kill(_) => "kill",
            Self::Alarm(trigger, _) => trigger.as_str(),
            Self::Difference(_) => "books differ",
            Self::RiskExit(_) => "risk exit",
            Self::Tripped(..) => "limit tripped",
            Self::Loosening(_) => "limit loosening",
            Self::Batch(_) => "batch",
            Self::Unknown(_) => "order unknown",
            Self::SetAside => "fill set aside",
            Self::Unmatched => "not ours",
            Self::LateFill(_) => "late fill",
            Self::Link(_) => "link",
            Self::Rejects(_) => "venue rejects",
            Self::Denials(_) => "denials",
            Self::Failed(_) => "strategy failed",
            Self::Held(..) => "cannot close",
            Self::Against(..) => "closed elsewhere",
            Self::Unprotected(..) => "unprotected",
            Self::Overfilled(_) => "overfilled",
            Self::Late(..) => "still open at the close",
            Self::Roll(..) => "roll due",
            Self::ClockJump => "clock moved",
        }
    }
}

impl Alert {
    /// Who has to look: the operator until somebody has taken it.
    pub fn owner(&self) -> Actor {
        self.seen_by.map_or(Actor::Operator, |(actor, _)| actor)
    }

    /// How long ago it began, by our clock.
    pub const fn age(&self, now: Timestamp) -> Span {
        now.since(self.first)
    }

    /// Whether nobody has taken it as seen.
    pub const fn is_unseen(&self) -> bool {
        self.seen_by.is_none()
    }
}

/// What is raised.
#[derive(Debug, Clone)]
pub(super) struct Raise {
    pub(super) key: AlertKey,
    pub(super) severity: Severity,
    pub(super) text: String,
    /// Whether it is over as soon as it has happened.
    pub(super) momentary: bool,
}

impl Alerts {
    /// All of them, oldest first.
    pub fn list(&self) -> &[Alert] {
        &self.list
    }

    /// The one of a number.
    pub fn get(&self, id: u32) -> Option<&Alert> {
        self.list.iter().find(|alert| alert.id == id)
    }

    /// How many nobody has taken as seen.
    pub fn unseen(&self) -> usize {
        self.list.iter().filter(|alert| alert.is_unseen()).count()
    }

    /// The worst that nobody has taken as seen.
    pub fn worst_unseen(&self) -> Option<&Alert> {
        self.list.iter().filter(|alert| alert.is_unseen()).max_by_key(|alert| (alert.severity, alert.id))
    }

    pub(super) fn raise(&mut self, raise: Raise, evidence: Seq, at: Timestamp) {
        let Raise { key, severity, text, momentary } = raise;
        let over_at = momentary.then_some(at);
        // What was seen and is over has been dealt with: it happening again is new.
        let dealt_with = |alert: &Alert| alert.over_at.is_some() && !alert.is_unseen();
        let known = self.list.iter_mut().find(|alert| alert.key == key && !dealt_with(alert));
        if let Some(alert) = known {
            // What got worse has to be looked at again.
            if severity > alert.severity {
                alert.seen_by = None;
            }
            alert.severity = alert.severity.max(severity);
            alert.text = DisplayText::new(&text);
            alert.last = at;
            alert.count = alert.count.saturating_add(1);
            alert.evidence = evidence;
            alert.over_at = over_at;
            return;
        }
        self.make_room();
        self.last_id = self.last_id.saturating_add(1);
        self.list.push(Alert {
            id: self.last_id,
            key,
            severity,
            text: DisplayText::new(&text),
            first: at,
            last: at,
            count: 1,
            evidence,
            seen_by: None,
            over_at,
        });
    }

    fn make_room(&mut self) {
        if self.list.len() < ALERTS_KEPT {
            return;
        }
        let rank = |alert: &Alert| {
            let unseen = alert.is_unseen();
            (unseen && alert.severity == Severity::Critical, unseen, alert.over_at.is_none(), alert.severity)
        };
        let least = self.list.iter().enumerate().min_by_key(|(_, alert)| rank(alert));
        if let Some(index) = least.map(|(index, _)| index) {
            let gone = self.list.remove(index);
            self.lost = self.lost.saturating_add(u32::from(gone.is_unseen()));
            let critical = gone.is_unseen() && gone.severity == Severity::Critical;
            self.lost_critical = self.lost_critical.saturating_add(u32::from(critical));
        }
    }

    /// What alerts that fit speak of has ended.
    pub(super) fn end(&mut self, at: Timestamp, fits: impl Fn(&AlertKey) -> bool) {
        for alert in self.list.iter_mut().filter(|alert| alert.over_at.is_none() && fits(&alert.key)) {
            alert.over_at = Some(at);
        }
    }

    /// Counts a denial; the number of this storm, if it is one.
    pub(super) fn deny(&mut self, strategy: StrategyId, at: Timestamp) -> Option<u32> {
        let Some(storm) = self.denials.iter_mut().find(|(id, ..)| *id == strategy) else {
            self.denials.push((strategy, at, 1));
            return None;
        };
        *storm = if at.since(storm.1) > STORM_WINDOW {
            (strategy, at, 1)
        } else {
            (strategy, storm.1, storm.2 + 1)
        };
        (storm.2 >= STORM).then_some(storm.2)
    }

    /// Whether an event of this number is what an alert speaks of already.
    pub(super) fn speaks_of(&self, evidence: Seq) -> bool {
        self.list.iter().any(|alert| alert.evidence == evidence)
    }

    pub(super) fn seen(&mut self, id: u32, actor: Actor, at: Timestamp) {
        if let Some(alert) = self.list.iter_mut().find(|alert| alert.id == id) {
            alert.seen_by = Some((actor, at));
        }
    }
}
