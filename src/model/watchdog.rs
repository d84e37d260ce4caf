//! The watchdog's words: what it watches, how long it holds before it acts, and what the shell tells it of the clocks.

use super::{Money, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How long each condition of the kill matrix must last before it acts. Times are the market's clock except where said
/// otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchdog {
    /// At least `venue_share` of a venue's instruments mute (beyond each one's own age limit) for this long: no new risk
    /// in any of them.
    pub venue_k1: Span,
    /// The same for this long: their entries are canceled.
    pub venue_k2: Span,
    /// Percent of a venue's instruments that must be mute, 1 to 100.
    pub venue_share: u32,
    /// How long a feed must have been back before a human may resume.
    pub feed_green: Span,
    /// A broker that says nothing for this long is taken as disconnected.
    pub broker_silent: Span,
    /// A broker disconnected for this long: entries are canceled, which waits for the reconnect.
    pub broker_k2: Span,
    /// More orders than this of unknown fate for `unknown_hold` stop their strategy, or everything when they belong to
    /// several.
    pub unknown_orders: u32,
    /// How long an order must be of unknown fate before it counts.
    pub unknown_hold: Span,
    /// The same when their worth is more than this many percent of the strategy's position limit.
    pub unknown_percent: u32,
    /// How often our books are compared with the broker's.
    pub reconcile_every: Span,
    /// An instrument with activity of ours within this time, or with an order on its way, is not settled: what differs
    /// there is no mismatch yet.
    pub reconcile_quiet: Span,
    /// Cash may differ by this much, in its own currency: the broker's rounding.
    pub cash_tolerance: Money,
    /// Nothing of the process ran for this long, by our clock: it was stopped or the machine slept.
    pub clock_gap: Span,
    /// The broker's clock and ours this far apart are told.
    pub skew_alert: Span,
    /// The broker's clock and ours this far apart stop new risk. Live only.
    pub skew_kill: Span,
    /// An instrument quarantined for this long is told.
    pub quarantine: Span,
    /// So many resting orders canceled within `deadman_window` without anybody having asked, and none left: the
    /// broker's dead-man's switch has fired.
    pub deadman_orders: u32,
    pub deadman_window: Span,
}

impl Watchdog {
    /// Watches nothing: for scenarios that are about something else.
    pub const OFF: Self = Self {
        venue_k1: Span::MAX,
        venue_k2: Span::MAX,
        venue_share: 100,
        feed_green: Span::ZERO,
        broker_silent: Span::from_secs(5),
        broker_k2: Span::MAX,
        unknown_orders: u32::MAX,
        unknown_hold: Span::MAX,
        unknown_percent: u32::MAX,
        reconcile_every: Span::MAX,
        reconcile_quiet: Span::from_secs(5),
        cash_tolerance: Money::ZERO,
        clock_gap: Span::MAX,
        skew_alert: Span::MAX,
        skew_kill: Span::MAX,
        quarantine: Span::MAX,
        deadman_orders: u32::MAX,
        deadman_window: Span::ZERO,
    };

    /// The same under a market clock that runs this many thousandths of ours. What waits for a sign of life of threads
    /// and machines waits as long by our clock as at speed 1, and what asks the broker asks as often: at 1000 times the
    /// speed five seconds of the market are over before a thread has been scheduled.
    #[must_use]
    pub fn at_speed(self, permille: u32) -> Self {
        let stretch = |hold: Span| hold.at_speed(permille);
        Self {
            venue_k1: stretch(self.venue_k1),
            venue_k2: stretch(self.venue_k2),
            broker_silent: stretch(self.broker_silent),
            broker_k2: stretch(self.broker_k2),
            unknown_hold: stretch(self.unknown_hold),
            reconcile_every: stretch(self.reconcile_every),
            ..self
        }
    }

    /// Whether it watches at all.
    pub fn is_on(&self) -> bool {
        *self != Self::OFF
    }
}

impl Default for Watchdog {
    fn default() -> Self {
        Self {
            venue_k1: Span::from_secs(5),
            venue_k2: Span::from_secs(30),
            venue_share: 50,
            feed_green: Span::from_secs(30),
            broker_silent: Span::from_secs(5),
            broker_k2: Span::from_secs(15),
            unknown_orders: 2,
            unknown_hold: Span::from_secs(30),
            unknown_percent: 25,
            reconcile_every: Span::from_secs(300),
            reconcile_quiet: Span::from_secs(5),
            cash_tolerance: Money::ZERO,
            clock_gap: Span::from_secs(2),
            skew_alert: Span::from_millis(500),
            skew_kill: Span::from_secs(1),
            quarantine: Span::from_secs(10),
            deadman_orders: 2,
            deadman_window: Span::from_secs(2),
        }
    }
}

/// A condition of the kill matrix, as the watchdog names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Most of a venue's instruments are mute.
    FeedOutage,
    /// The broker is disconnected or silent.
    BrokerDown,
    /// Too many orders of unknown fate for too long.
    OutcomeUnknown,
    /// Our books and the broker's differ.
    Mismatch,
    /// A question about the account has no answer.
    Unanswered,
    /// The process stood still.
    ClockGap,
    /// The broker's clock and ours disagree.
    ClockSkew,
    /// The broker holds an order of ours that this run did not send.
    SecondEngine,
    /// Resting orders were canceled and nobody had asked.
    DeadMan,
    /// An instrument is quarantined and does not recover.
    Quarantine,
}

impl Trigger {
    /// The words of a screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FeedOutage => "feed outage",
            Self::BrokerDown => "broker down",
            Self::OutcomeUnknown => "outcome unknown",
            Self::Mismatch => "books differ",
            Self::Unanswered => "broker does not answer",
            Self::ClockGap => "clock gap",
            Self::ClockSkew => "clock skew",
            Self::SecondEngine => "second engine",
            Self::DeadMan => "orders canceled unasked",
            Self::Quarantine => "quarantine",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the shell measured of its clocks since it last looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockReport {
    /// The loop did not run for this long, counting the time the machine slept.
    Gap { gap: Span },
    /// The wall clock moved by this much against the steady one; negative is back.
    Jump { by: Span },
}

/// A fact about clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "clock", rename_all = "snake_case")]
pub enum ClockFact {
    /// The process stood still for this long: everything may have changed.
    Gap { gap: Span },
    /// The wall clock was moved by this much.
    Jump { by: Span },
}

#[cfg(test)]
mod tests {
    use super::Watchdog;
    use crate::model::Span;

    #[test]
    fn signs_of_life_are_waited_for_as_long_at_any_speed() {
        let fast = Watchdog::default().at_speed(1_000_000);
        assert_eq!(fast.broker_silent, Span::from_secs(5_000));
        assert_eq!(fast.clock_gap, Watchdog::default().clock_gap, "by our own clock anyway");
        assert_eq!(Watchdog::default().at_speed(100), Watchdog::default(), "never shorter than it says");
    }
}
