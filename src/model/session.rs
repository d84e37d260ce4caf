//! A market's hours as a plain table of UTC instants: no time zone is needed to read it.

use super::{DisplayText, Span, StrategyId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A time in which the market trades, by the venue's clock: from `open` up to but not including `close`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub open: Timestamp,
    pub close: Timestamp,
    /// Whether it is the last of its trading day: after a break for an auction or for lunch the day goes on.
    pub ends_day: bool,
}

/// How long before a day's last close what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leads {
    /// No order that adds risk from here on.
    pub no_entries: Span,
    /// Positions of intraday strategies are closed from here on, and they enter no more.
    pub flatten: Span,
    /// What is still open then is an alarm.
    pub alarm: Span,
}

/// The hours of a venue. Outside its table the market counts as closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// As the configuration names it.
    pub name: DisplayText,
    pub leads: Leads,
    /// In order of time, none empty, none overlapping.
    sessions: Vec<Session>,
}

/// What is to be known of trading hours before the first event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TradingHours {
    /// By `Listing::calendar`.
    pub calendars: Vec<Calendar>,
    /// The strategies that hold nothing over the end of a day.
    pub intraday: BTreeSet<StrategyId>,
}

/// Whether an instrument trades at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    /// It has no calendar: it always does.
    Always,
    /// It does since `since`, and its day ends at `day_close`.
    Open { since: Timestamp, day_close: Timestamp },
    /// It does not. `opens` is the next time it does, where the table reaches so far.
    Closed { opens: Option<Timestamp> },
    /// Its contract has ended.
    Expired { at: Timestamp },
}

impl Calendar {
    /// A calendar of these sessions. What is empty or begins before the one before it has ended is left out.
    pub fn new(name: DisplayText, leads: Leads, mut sessions: Vec<Session>) -> Self {
        sessions.sort_by_key(|session| (session.open, session.close));
        let mut until = Timestamp::from_nanos(i64::MIN);
        sessions.retain(|session| {
            let fits = session.open < session.close && session.open >= until;
            if fits {
                until = session.close;
            }
            fits
        });
        Self { name, leads, sessions }
    }

    /// The sessions, in order of time.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// The sessions that have not ended at an instant.
    fn rest(&self, now: Timestamp) -> &[Session] {
        let ended = self.sessions.partition_point(|session| session.close <= now);
        self.sessions.get(ended..).unwrap_or_default()
    }

    /// The session an instant lies in.
    pub fn session_at(&self, now: Timestamp) -> Option<Session> {
        self.rest(now).first().copied().filter(|session| session.open <= now)
    }

    /// When the market opens next, or has opened where it is open.
    pub fn next_open(&self, now: Timestamp) -> Option<Timestamp> {
        self.rest(now).first().map(|session| session.open)
    }

    /// When the trading day ends that an instant lies in or before.
    pub fn day_close(&self, now: Timestamp) -> Option<Timestamp> {
        self.rest(now).iter().find(|session| session.ends_day).map(|session| session.close)
    }

    /// Whether the market trades at an instant.
    pub fn hours(&self, now: Timestamp) -> Hours {
        match self.session_at(now) {
            Some(session) => {
                let day_close = self.day_close(now).unwrap_or(session.close);
                Hours::Open { since: session.open, day_close }
            }
            None => Hours::Closed { opens: self.next_open(now) },
        }
    }
}

impl Hours {
    /// Whether it trades.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Always | Self::Open { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::{Calendar, Hours, Leads, Session};
    use crate::model::{Span, Timestamp};

    fn at(secs: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::from_secs(secs))
    }

    fn calendar(sessions: &[(i64, i64, bool)]) -> Calendar {
        let leads = Leads { no_entries: Span::ZERO, flatten: Span::ZERO, alarm: Span::ZERO };
        let session = |&(open, close, ends_day): &_| Session { open: at(open), close: at(close), ends_day };
        Calendar::new("test".into(), leads, sessions.iter().map(session).collect())
    }

    #[test]
    fn a_break_does_not_end_the_day() {
        let calendar = calendar(&[(10, 20, false), (25, 40, true), (110, 140, true)]);
        assert_eq!(calendar.hours(at(9)), Hours::Closed { opens: Some(at(10)) });
        assert_eq!(calendar.hours(at(10)), Hours::Open { since: at(10), day_close: at(40) });
        assert_eq!(calendar.hours(at(20)), Hours::Closed { opens: Some(at(25)) });
        assert_eq!(calendar.day_close(at(22)), Some(at(40)));
        assert_eq!(calendar.hours(at(40)), Hours::Closed { opens: Some(at(110)) });
        assert_eq!(calendar.hours(at(140)), Hours::Closed { opens: None });
    }

    #[test]
    fn what_is_empty_or_overlaps_is_left_out() {
        let calendar = calendar(&[(10, 20, true), (15, 30, true), (40, 40, true), (20, 25, true)]);
        let opens: Vec<Timestamp> = calendar.sessions().iter().map(|session| session.open).collect();
        assert_eq!(opens, [at(10), at(20)]);
    }
}
