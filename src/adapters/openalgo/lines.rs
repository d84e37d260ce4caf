//! The connections orders are answered on: an answer that came twice must not be taken for that of the next order.
//!
//! An acceptance names its order, so one that came twice shows. A refusal names none: two of them on one connection may be one
//! that was told twice. So the next order leaves by another connection, and where one was on its way there already its refusal
//! is doubted.

use super::answer::{Outcome, Verdict};
use super::http::End;
use std::collections::BTreeSet;

/// Why an order is of unknown outcome whose answer was that of another.
pub(super) const ANOTHERS: &str = "it was answered with the id of another order";

/// The same, of one that came over connections where such an answer came since.
const CONFUSED: &str = "it was answered over connections that had mixed up their answers";

/// The same, where a refusal may be that of another.
const REPEATED: &str = "its answer names no order and may be one that was told twice";

/// Connections remembered that have told something that names no order.
const REMEMBERED: usize = 1_024;

/// How an answer came: in which conversation its message was sent, on which connection it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    pub(super) talk: u64,
    pub(super) end: End,
}

/// What the connections for orders have told.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Counts the conversations: each has connections of its own.
    talk: u64,
    /// Answers of conversations before this one may be another's.
    clear_since: u64,
    /// Connections that have told something that names no order.
    nameless: BTreeSet<Way>,
    worn: bool,
}

impl Lines {
    /// Which conversation it is.
    pub(super) const fn talk(&self) -> u64 {
        self.talk
    }

    /// Whether the next order needs new connections.
    pub(super) const fn is_worn(&self) -> bool {
        self.worn
    }

    /// There are new connections.
    pub(super) const fn renewed(&mut self) {
        self.talk += 1;
        self.worn = false;
    }

    /// An answer was that of another message: all others of this conversation may be.
    pub(super) const fn confused(&mut self) {
        self.clear_since = self.talk + 1;
        self.worn = true;
    }

    /// Why an answer may be another order's, if it may. What was never sent, or not answered, is no answer.
    pub(super) fn doubt(&mut self, way: Way, outcome: &Outcome, verdict: &Verdict) -> Option<&'static str> {
        if !matches!(outcome, Outcome::Answer { .. }) {
            return None;
        }
        let named = match verdict {
            Verdict::Accepted(_) => true,
            Verdict::OtherMode(id) => !id.is_empty(),
            Verdict::Refused { .. } | Verdict::NotSent(_) | Verdict::Unknown(_) | Verdict::Waiting(_) => {
                false
            }
        };
        let told_before = !named && !self.tell_nameless(way);
        if way.talk < self.clear_since {
            return Some(CONFUSED);
        }
        told_before.then_some(REPEATED)
    }

    /// Whether it is the first on its connection.
    fn tell_nameless(&mut self, way: Way) -> bool {
        self.worn |= way.talk == self.talk;
        let first = self.nameless.insert(way);
        if self.nameless.len() > REMEMBERED {
            self.nameless.pop_first();
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Way};
    use crate::adapters::openalgo::answer::{Outcome, Verdict};
    use crate::adapters::openalgo::mode::Expect;
    use serde_json::{Value, json};

    fn way(talk: u64, port: u16) -> Way {
        Way { talk, end: Some(([127, 0, 0, 1], port).into()) }
    }

    fn doubt(lines: &mut Lines, way: Way, status: u16, body: Value) -> Option<&'static str> {
        let outcome = Outcome::Answer { status, body: Some(body) };
        let verdict: Verdict = outcome.verdict(Expect::Live);
        lines.doubt(way, &outcome, &verdict)
    }

    #[test]
    fn a_second_answer_without_a_name_on_one_connection_is_doubted_and_on_another_is_not() {
        let no = || json!({"status": "error", "message": "RMS: margin"});
        let done = |id: &str| json!({"status": "success", "orderid": id});
        for (status, body) in [(400, no()), (429, json!({"message": "10 per 1 second"})), (200, no())] {
            let mut lines = Lines::default();
            assert_eq!(doubt(&mut lines, way(0, 1), 200, done("1")), None);
            assert!(!lines.is_worn(), "an acceptance names its order");
            assert_eq!(doubt(&mut lines, way(0, 1), status, body.clone()), None, "the first is its own");
            assert!(lines.is_worn(), "the next order leaves by another");
            assert_eq!(doubt(&mut lines, way(0, 2), 400, no()), None, "another was on its way already");
            assert!(doubt(&mut lines, way(0, 1), status, body).is_some_and(|why| why.contains("twice")));
            assert_eq!(doubt(&mut lines, way(0, 1), 200, done("2")), None, "its name tells");
            lines.renewed();
            assert!(!lines.is_worn() && lines.talk() == 1);
            // The same port, of a new connection.
            assert_eq!(doubt(&mut lines, way(1, 1), 400, no()), None);
        }
    }

    #[test]
    fn what_is_answered_over_confused_connections_is_doubted_good_or_bad() {
        let mut lines = Lines::default();
        lines.confused();
        lines.renewed();
        for (status, body) in [(200, json!({"status": "success", "orderid": "1"})), (400, json!({}))] {
            assert!(doubt(&mut lines, way(0, 1), status, body).is_some_and(|why| why.contains("mixed up")));
        }
        assert_eq!(doubt(&mut lines, way(1, 1), 400, json!({})), None);
        // What got no answer at all has an outcome of its own.
        let outcome = Outcome::NotSent("refused".to_owned());
        let verdict = outcome.verdict(Expect::Live);
        assert_eq!(lines.doubt(way(0, 1), &outcome, &verdict), None);
    }
}
