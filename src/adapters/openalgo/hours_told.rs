//! Says what the server's hours are against the calendars here.

use super::answer::Outcome;
use super::hours_check::HoursQuestion;
use super::work::Work;
use crate::model::{DisplayText, LinkReport, MARKET_HOURS, Timestamp};

impl Work {
    /// The server's word on its hours.
    pub(super) fn hours_told(&mut self, question: HoursQuestion, outcome: Outcome, now: Timestamp) {
        let told = self.hours.answered(question, outcome, now);
        self.tell_hours(told);
    }

    pub(super) fn tell_hours(&self, told: Option<(&'static str, String)>) {
        let Some((state, detail)) = told else { return };
        let (name, detail) = (self.link(MARKET_HOURS), DisplayText::new(&detail));
        self.reports.link(LinkReport::Subscriber { name, state, detail });
    }
}
