//! What the adapter does with what its tasks come back with.

use super::account::account;
use super::answer::{Bad, Outcome, Verdict, text};
use super::desk::{Books, is_open};
use super::reading::Reading;
use super::work::{Done, Questions, Work};
use crate::adapters::port::AdapterError;
use crate::model::{
    BrokerReport, ClientOrderId, DisplayText, InstrumentId, Label, LinkReport, Span, Timestamp, Unsent,
};
use serde_json::Value;

/// Failed readings in a row after which the broker counts as away.
const FAILURES: u32 = 3;

/// The longest pause between attempts to reach a server that does not answer.
const LONGEST_PAUSE: Span = Span::from_secs(5);

impl Work {
    /// Takes what a task has come back with. An error ends the adapter.
    pub(super) fn take(&mut self, done: Done) -> Result<(), AdapterError> {
        let now = (self.clock)();
        match done {
            Done::Opened(result) => self.greeted(result, now)?,
            Done::Placed(order, outcome) => self.placed(order, &outcome, now)?,
            Done::Changed(order, outcome) => self.changed(order, &outcome, now)?,
            Done::Canceled(id, outcome) => self.canceled(&id, &outcome, now)?,
            Done::Swept => self.soon(now),
            Done::Read { began, questions, result } => match result {
                Ok(reading) => self.read(reading, questions, (began, now)),
                Err(bad) => {
                    self.reading = false;
                    self.questions.join(questions);
                    self.failed(bad, now)?;
                }
            },
            Done::Quoted(id, result) => {
                self.quoting.remove(&id);
                self.quoted(id, result, now)?;
            }
        }
        Ok(())
    }

    fn quoted(
        &mut self,
        id: InstrumentId,
        result: Result<Value, Bad>,
        now: Timestamp,
    ) -> Result<(), AdapterError> {
        let body = match result {
            Ok(body) => body,
            Err(Bad::WrongMode) => return Err(wrong_mode()),
            Err(Bad::Failed(why)) => {
                tracing::debug!(why, "a quote was not read");
                return Ok(());
            }
        };
        for event in self.prices.read(id, &body, now) {
            self.post.send(event);
        }
        self.post.flush();
        self.beat("feed", now);
        Ok(())
    }

    /// The server must be one that trades a sandbox.
    fn greeted(&mut self, result: Result<Value, Bad>, now: Timestamp) -> Result<(), AdapterError> {
        self.opening = false;
        match result {
            Ok(body) => {
                let data = body.get("data");
                let says = data.and_then(|data| text(data, "mode"));
                let flag = data.and_then(|data| data.get("analyze_mode")).and_then(Value::as_bool);
                if says.as_deref() != Some("analyze") || flag == Some(false) {
                    return Err(wrong_mode());
                }
                self.opened = true;
                self.failures = 0;
                self.next_read = now;
                self.next_account = now;
                self.beat("broker", now);
            }
            Err(bad) => self.failed(bad, now)?,
        }
        Ok(())
    }

    fn placed(
        &mut self,
        order: ClientOrderId,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), AdapterError> {
        match outcome.verdict() {
            Verdict::Accepted(id) => {
                if let Some(unwanted) = self.desk.accepted(order, &id, now) {
                    self.cancel(unwanted);
                }
            }
            Verdict::Refused { reason, .. } => self.desk.refused(order, &reason, now),
            Verdict::NotSent(why) => {
                self.slow_down(&why, now);
                self.desk.not_sent(order, Unsent::Order, &why, now);
            }
            Verdict::Unknown(why) => {
                tracing::warn!(%order, why = %DisplayText::new(&why), "the outcome of an order is unknown");
                self.desk.doubt(order, now);
            }
            Verdict::WrongMode => return Err(wrong_mode()),
        }
        self.soon(now);
        Ok(())
    }

    fn changed(
        &mut self,
        order: ClientOrderId,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), AdapterError> {
        match outcome.verdict() {
            Verdict::Accepted(_) => self.desk.change_taken(order),
            Verdict::Refused { reason, .. } => self.desk.change_refused(order, &reason, now),
            Verdict::NotSent(why) => {
                self.slow_down(&why, now);
                self.desk.not_sent(order, Unsent::Change, &why, now);
            }
            // The book will show whether it was made.
            Verdict::Unknown(why) => tracing::warn!(%order, why = %DisplayText::new(&why), "a change"),
            Verdict::WrongMode => return Err(wrong_mode()),
        }
        self.soon(now);
        Ok(())
    }

    fn canceled(&mut self, id: &str, outcome: &Outcome, now: Timestamp) -> Result<(), AdapterError> {
        self.canceling.remove(id);
        match outcome.verdict() {
            // Done is what the book shows.
            Verdict::Accepted(_) => {}
            Verdict::Refused { reason, .. } => self.desk.cancel_refused(id, &reason, now),
            Verdict::NotSent(why) => {
                if why.starts_with("429") {
                    self.cancels.drain(now);
                }
                match self.desk.order_of(id) {
                    Some(order) => self.desk.not_sent(order, Unsent::Cancel, &why, now),
                    None => self.waiting.push_back(id.to_owned()),
                }
            }
            Verdict::Unknown(why) => tracing::warn!(id, why = %DisplayText::new(&why), "a cancel"),
            Verdict::WrongMode => return Err(wrong_mode()),
        }
        self.soon(now);
        Ok(())
    }

    fn slow_down(&mut self, why: &str, now: Timestamp) {
        if why.starts_with("429") {
            self.orders.drain(now);
        }
    }

    /// A whole reading: told in the order in which it can have happened.
    fn read(&mut self, reading: Reading, questions: Questions, (began, now): (Timestamp, Timestamp)) {
        self.reading = false;
        let Reading { books, account: told } = reading;
        // Empty all of a sudden: perhaps an answer without its rows. Believed when it is told twice.
        if books.orders.is_empty() && self.desk.is_busy() && !std::mem::replace(&mut self.emptied, true) {
            self.questions.join(questions);
            return self.soon(now);
        }
        self.emptied = books.orders.is_empty();
        self.failures = 0;
        self.looked = true;
        self.beat("broker", now);
        let before = self.desk.fills;
        for id in self.desk.take(&books, began, now) {
            self.cancel(id);
        }
        for order in &questions.strangers {
            self.cancel_stranger(*order, &books, now);
        }
        for order in &questions.about {
            self.desk.tell(*order, &books, now);
        }
        if questions.orders {
            self.desk.tell_all(&books, now);
        }
        self.pursue(&books);
        let names = (self.desk.names.as_slice(), books.trades.as_slice());
        let snapshot = told.and_then(|told| account(&told, names, (self.currency, self.desk.fills), now));
        match snapshot {
            Some(snapshot) => {
                self.next_account = now.after(self.idle());
                self.desk.out.push(BrokerReport::Account(Box::new(snapshot)));
            }
            // Asked for and moving, or not readable: asked again.
            None => self.questions.account |= questions.account,
        }
        if self.desk.fills > before {
            self.next_account = now;
            self.soon(now);
        }
    }

    /// A cancel of an order we do not follow: by what the book says of it.
    fn cancel_stranger(&mut self, order: ClientOrderId, books: &Books, now: Timestamp) {
        let line = books.orders.iter().find(|line| self.desk.owner(line) == order);
        match line {
            Some(line) if is_open(line.status) => self.cancel(line.orderid.clone()),
            Some(_) => self.desk.tell(order, books, now),
            None => {
                let reason = DisplayText::new("unknown order");
                self.desk.out.push(BrokerReport::CancelRejected { order, reason, at: now });
            }
        }
    }

    /// Cancels what a cancel-all has left, until a book shows nothing open.
    fn pursue(&mut self, books: &Books) {
        if self.sweeps == 0 {
            return;
        }
        let open: Vec<String> = books
            .orders
            .iter()
            .filter(|line| is_open(line.status) && !self.canceling.contains(&line.orderid))
            .map(|line| line.orderid.clone())
            .collect();
        self.sweeps = if open.is_empty() && self.canceling.is_empty() { 0 } else { self.sweeps - 1 };
        for id in open {
            self.cancel(id);
        }
        self.soon((self.clock)());
    }

    fn failed(&mut self, bad: Bad, now: Timestamp) -> Result<(), AdapterError> {
        let why = match bad {
            Bad::WrongMode => return Err(wrong_mode()),
            Bad::Failed(why) => why,
        };
        self.failures = self.failures.saturating_add(1);
        let doublings = self.failures.min(10);
        let pause = Span::from_millis(25 << doublings).min(LONGEST_PAUSE);
        self.next_read = now.after(pause);
        if why.starts_with("429") {
            self.reads.drain(now);
        }
        if self.failures >= FAILURES {
            let text = if why.starts_with("403") {
                format!("{why}: wrong key, or nobody has logged in to the broker today")
            } else {
                why
            };
            self.reports
                .link(LinkReport::Down { name: Label::new("broker"), reason: DisplayText::new(&text) });
        }
        Ok(())
    }
}

fn wrong_mode() -> AdapterError {
    AdapterError::Venue(
        "the OpenAlgo server is in live mode: this version trades its analyze mode only; switch the server to analyze"
            .to_owned(),
    )
}
