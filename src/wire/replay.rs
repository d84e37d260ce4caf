//! A recorded session as a screen is told of it: where the cursor stands, what lies around it, and how it is moved.

use crate::model::{DisplayText, Seq, Span, Timestamp};
use chrono::{DateTime, NaiveTime, Timelike as _};
use std::sync::Arc;

/// What is worth a jump; the later of two hides the earlier where both stand in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// Something was decided by a human or the engine.
    Control,
    /// An order left for the broker or was taken to be held.
    Order,
    /// A batch came further.
    Batch,
    /// A fill.
    Trade,
    /// The gate said no.
    Denial,
    /// An alert began.
    Alert,
    Kill,
}

/// An event worth a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub seq: Seq,
    /// By the engine's clock of then.
    pub at: Timestamp,
    pub kind: MarkKind,
}

/// How the cursor is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wind {
    /// Plays, or pauses.
    Toggle,
    Faster,
    Slower,
    By(Span),
    /// One event on, and one back.
    StepOn,
    StepBack,
    Next(MarkKind),
    Previous(MarkKind),
    Start,
    End,
    To(Timestamp),
    ToEvent(Seq),
}

/// A part of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    pub events: u32,
    /// What weighs most in it.
    pub mark: Option<MarkKind>,
}

/// What stays the same while a session is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The run's id.
    pub session: DisplayText,
    /// Its first and last instant, by the engine's clock of then.
    pub first: Timestamp,
    pub last: Timestamp,
    /// The numbers of its first and last event.
    pub first_seq: Seq,
    pub last_seq: Seq,
    /// How long each of the parts is, and the parts from the first instant on.
    pub part: Span,
    pub parts: Vec<Part>,
    /// What was found of tape and journal when they were read.
    pub checked: DisplayText,
    /// Whether that is nothing to worry about: both are whole and end in order.
    pub is_whole: bool,
}

/// Where a session's showing stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayStanding {
    pub track: Arc<Track>,
    /// The instant that is shown, by the engine's clock of then, and the last event before it.
    pub at: Timestamp,
    pub seq: Seq,
    pub playing: bool,
    /// Thousandths of the session's own speed.
    pub speed: u32,
    /// The nearest marks of a trade, denial, alert or kill.
    pub before: Option<Mark>,
    pub after: Option<Mark>,
}

impl MarkKind {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Order => "order",
            Self::Batch => "batch",
            Self::Trade => "trade",
            Self::Denial => "denied",
            Self::Alert => "alert",
            Self::Kill => "kill",
        }
    }
}

impl ReplayStanding {
    /// `x20`, `x0.5`.
    pub fn speed_words(&self) -> String {
        let text = format!("x{}.{:03}", self.speed.div_euclid(1_000), self.speed.rem_euclid(1_000));
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// How much of the session lies before the cursor, in thousandths.
    pub fn permille(&self) -> u32 {
        let whole = self.track.last.since(self.track.first).nanos().max(1);
        let gone = self.at.since(self.track.first).nanos().clamp(0, whole);
        let permille = i128::from(gone) * 1_000 / i128::from(whole);
        u32::try_from(permille).unwrap_or_default()
    }
}

impl Wind {
    /// `13:37:02.5`, `13:37`, `2026-08-22T13:37:02Z`, `#4711`. A time of day is the first one in a session that began at
    /// `first`; `zone` is what the clock it is read from is ahead of UTC.
    pub fn to_words(text: &str, first: Timestamp, zone: Span) -> Result<Self, String> {
        let text = text.trim();
        if let Some(number) = text.strip_prefix('#') {
            let seq = number.parse().map_err(|_no_number| format!("{text}: expected #NUMBER of an event"))?;
            return Ok(Self::ToEvent(Seq::new(seq)));
        }
        if let Some(nanos) = DateTime::parse_from_rfc3339(text).ok().and_then(|one| one.timestamp_nanos_opt())
        {
            return Ok(Self::To(Timestamp::from_nanos(nanos)));
        }
        let formats = ["%H:%M:%S%.f", "%H:%M"];
        let time = formats.iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok());
        let time = time.ok_or_else(|| {
            format!(
                "{text}: expected a time as in 13:37:02.5 or 2026-08-22T13:37:02Z, or an event as in #4711"
            )
        })?;
        let of_day =
            i64::from(time.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(time.nanosecond());
        let local = first.after(zone).nanos();
        let mut nanos = local - local.rem_euclid(DAY) + of_day;
        // A minute's grace: who types the minute a session began in means its beginning.
        if nanos < local - 60_000_000_000 {
            nanos += DAY;
        }
        Ok(Self::To(Timestamp::from_nanos(nanos).after(Span::ZERO - zone)))
    }

    /// The same, or why a session has no such place: what it does not hold cannot be shown. The minute it began in is its
    /// beginning. `zone` is the operator's clock against UTC.
    pub fn within(self, track: &Track, zone: Span) -> Result<Self, String> {
        let told = |at: Timestamp| {
            let at = DateTime::from_timestamp_nanos(at.after(zone).nanos());
            at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
        };
        let (first, last) = (track.first, track.last);
        match self {
            Self::To(at) if at > last || at < first.after(Span::from_secs(-60)) => {
                Err(format!("{}: the session goes from {} to {}", told(at), told(first), told(last)))
            }
            Self::ToEvent(seq) if seq > track.last_seq || seq < track.first_seq => Err(format!(
                "#{}: the session has the events #{} to #{}",
                seq.get(),
                track.first_seq.get(),
                track.last_seq.get()
            )),
            Self::Toggle
            | Self::Faster
            | Self::Slower
            | Self::By(_)
            | Self::StepOn
            | Self::StepBack
            | Self::Next(_)
            | Self::Previous(_)
            | Self::Start
            | Self::End
            | Self::To(_)
            | Self::ToEvent(_) => Ok(self),
        }
    }
}

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

#[cfg(test)]
mod tests {
    use super::{Track, Wind};
    use crate::model::{DisplayText, Seq, Span, Timestamp};

    #[test]
    fn a_time_of_day_is_the_first_one_of_the_session() {
        // 2026-08-22 23:50:00 UTC.
        let first = Timestamp::from_nanos(1_787_442_600_000_000_000);
        let to = |text| Wind::to_words(text, first, Span::ZERO).unwrap();
        assert_eq!(to("23:50:30"), Wind::To(first.after(Span::from_secs(30))));
        assert_eq!(to("00:10"), Wind::To(first.after(Span::from_secs(1_200))), "after midnight");
        assert_eq!(to("2026-08-22T23:50:00.5Z"), Wind::To(first.after(Span::from_millis(500))));
        assert_eq!(to("#17"), Wind::ToEvent(Seq::new(17)));
        let zone = Span::from_secs(7_200);
        assert_eq!(Wind::to_words("01:51", first, zone), Ok(Wind::To(first.after(Span::from_secs(60)))));
        assert!(Wind::to_words("noon", first, zone).unwrap_err().starts_with("noon: expected a time"));
    }

    #[test]
    fn what_lies_outside_a_session_is_told_with_its_ends() {
        let at = |seconds: i64| Timestamp::EPOCH.after(Span::from_secs(seconds));
        let track = Track {
            session: DisplayText::new("0199"),
            first: at(3_600),
            last: at(7_200),
            first_seq: Seq::new(1),
            last_seq: Seq::new(90),
            part: Span::from_secs(60),
            parts: Vec::new(),
            checked: DisplayText::new("whole"),
            is_whole: true,
        };
        let within = |wind: Wind| wind.within(&track, Span::ZERO);
        for good in [Wind::To(at(3_590)), Wind::To(at(7_200)), Wind::ToEvent(Seq::new(90)), Wind::End] {
            assert_eq!(within(good), Ok(good));
        }
        assert_eq!(
            within(Wind::To(at(7_201))).unwrap_err(),
            "1970-01-01 02:00:01.000: the session goes from 1970-01-01 01:00:00.000 to 1970-01-01 02:00:00.000"
        );
        assert!(within(Wind::To(at(60))).is_err(), "before it began");
        assert_eq!(
            within(Wind::ToEvent(Seq::new(91))).unwrap_err(),
            "#91: the session has the events #1 to #90"
        );
    }
}
