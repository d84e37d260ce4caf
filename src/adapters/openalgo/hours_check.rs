//! Asks the server once a day when its exchanges trade, and says what differs from the calendars here. Nothing of it is taken
//! over: the calendars are the operator's.

use super::answer::{Bad, Outcome};
use super::hours::{DayOff, Here, Timing, compare, day_of, days_off, here, timings};
use super::names::Named;
use crate::model::{Calendar, DisplayText, Span, Timestamp};
use chrono::{Datelike as _, NaiveDate};
use serde_json::{Map, Value};
use std::collections::VecDeque;

/// How often a question is asked that gets no answer, and the first pause before it is asked again.
const TRIES: u32 = 5;
const PAUSE: Span = Span::from_secs(2);

/// Differences told one by one; more are counted.
const TOLD: usize = 3;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HoursQuestion {
    Timings(NaiveDate),
    Holidays(i32),
}

/// How far the asking has come.
#[derive(Debug)]
pub(super) struct HoursCheck {
    here: Vec<Here>,
    /// The day that was asked about last.
    day: Option<NaiveDate>,
    ask: VecDeque<HoursQuestion>,
    timings: Option<Vec<Timing>>,
    off: Option<Vec<DayOff>>,
    tries: u32,
    due: Timestamp,
}

impl HoursQuestion {
    pub(super) const fn endpoint(self) -> &'static str {
        match self {
            Self::Timings(_) => "market/timings",
            Self::Holidays(_) => "market/holidays",
        }
    }

    pub(super) fn body(self) -> Map<String, Value> {
        let (name, value) = match self {
            Self::Timings(day) => ("date", Value::from(day.to_string())),
            Self::Holidays(year) => ("year", Value::from(year)),
        };
        [(name.to_owned(), value)].into_iter().collect()
    }
}

impl HoursCheck {
    pub(super) fn new(names: &[Named], calendars: &[Calendar]) -> Self {
        Self {
            here: here(names, calendars),
            day: None,
            ask: VecDeque::new(),
            timings: None,
            off: None,
            tries: 0,
            due: Timestamp::EPOCH,
        }
    }

    /// The next question that is due; each day has its own.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<HoursQuestion> {
        let today = day_of(now);
        if self.day != Some(today) {
            self.day = Some(today);
            self.ask = [HoursQuestion::Timings(today), HoursQuestion::Holidays(today.year())].into();
            (self.timings, self.off, self.tries) = (None, None, 0);
        }
        if self.here.is_empty() || now < self.due { None } else { self.ask.pop_front() }
    }

    /// Takes an answer; gives the word to be told and its detail, once there is one.
    pub(super) fn answered(
        &mut self,
        question: HoursQuestion,
        outcome: Outcome,
        now: Timestamp,
    ) -> Option<(&'static str, String)> {
        let why = match outcome.good(None) {
            Ok(body) if self.take(question, &body) => None,
            Ok(_) => Some("the answer cannot be read".to_owned()),
            Err(Bad::Failed(why) | Bad::Login(why)) => Some(why),
            Err(Bad::OtherMode) => Some("an answer of the other mode".to_owned()),
        };
        match why {
            None => self.told(),
            Some(why) => self.unread(question, &why, now),
        }
    }

    /// Whether an answer can be read.
    fn take(&mut self, question: HoursQuestion, body: &Value) -> bool {
        match question {
            HoursQuestion::Timings(_) => {
                self.timings = timings(body);
                self.timings.is_some()
            }
            // A server without any has none yet of this year.
            HoursQuestion::Holidays(_) => {
                self.off = days_off(body).filter(|days| !days.is_empty());
                self.off.is_some()
            }
        }
    }

    /// It was not answered: asked again a few times.
    pub(super) fn unread(
        &mut self,
        question: HoursQuestion,
        why: &str,
        now: Timestamp,
    ) -> Option<(&'static str, String)> {
        self.tries += 1;
        if self.tries < TRIES {
            self.due = now.after(Span::from_nanos(PAUSE.nanos().saturating_mul(i64::from(self.tries))));
            self.ask.push_back(question);
            return None;
        }
        Some(("unread", format!("{}: {why}; the calendars here hold", question.endpoint())))
    }

    /// What is to be told once everything is answered.
    fn told(&self) -> Option<(&'static str, String)> {
        let (timings, off, day) = (self.timings.as_ref()?, self.off.as_ref()?, self.day?);
        let compared = compare(&self.here, day, timings, off);
        let count = compared.differences.len();
        if count > 0 {
            for difference in &compared.differences {
                tracing::warn!(difference = %DisplayText::new(difference), "market hours");
            }
            let mut words: Vec<String> = compared.differences.into_iter().take(TOLD).collect();
            if count > TOLD {
                words.push(format!("and {} more (in the log)", count - TOLD));
            }
            return Some(("differs", words.join("; ")));
        }
        let detail = if compared.shifted {
            "as the server has them, which writes India's hours as if they were UTC's"
        } else {
            "as the server has them"
        };
        Some(("ok", detail.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{HoursCheck, HoursQuestion, Outcome, TRIES};
    use crate::adapters::openalgo::scene::{START, at, names};
    use serde_json::json;

    fn answer(body: serde_json::Value) -> Outcome {
        Outcome::Answer { status: 200, body: Some(body) }
    }

    #[test]
    fn each_day_is_asked_about_once_and_a_server_without_an_answer_a_few_times() {
        let mut check = HoursCheck::new(&names(), &[]);
        let day = |check: &mut HoursCheck, now| [check.next(now), check.next(now), check.next(now)];
        let [Some(timings), Some(holidays), None] = day(&mut check, START) else { panic!("two questions") };
        assert_eq!((timings.endpoint(), holidays.endpoint()), ("market/timings", "market/holidays"));
        let none = json!({"status": "success", "data": []});
        assert_eq!(check.answered(timings, answer(none.clone()), START), None, "the days off are missing");
        // An empty year is no answer.
        let mut now = START;
        for tried in 1..TRIES {
            assert_eq!(check.answered(holidays, answer(none.clone()), now), None, "{tried}");
            assert_eq!(check.next(now), None, "not at once");
            now = now.after(crate::model::Span::from_secs(60));
            assert_eq!(check.next(now), Some(holidays));
        }
        let told = check.answered(holidays, answer(none), now).unwrap();
        assert!(told.0 == "unread" && told.1.contains("market/holidays"), "{told:?}");
        assert_eq!(check.next(now), None, "enough for a day");
        let tomorrow = at(86_400_000);
        assert!(matches!(check.next(tomorrow), Some(HoursQuestion::Timings(_))));
    }

    #[test]
    fn nothing_is_asked_where_nothing_is_traded() {
        assert_eq!(HoursCheck::new(&[], &[]).next(START), None);
    }
}
