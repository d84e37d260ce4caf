//! What the adapter does with what its tasks come back with.

use super::account::account;
use super::answer::{Bad, Outcome, Verdict};
use super::desk::Books;
use super::done::Done;
use super::errand::{Errand, Joined};
use super::fields::text;
use super::http::Http;
use super::lines::{ANOTHERS, Way};
use super::questions::Questions;
use super::reading::Reading;
use super::work::Work;
use crate::model::{BrokerReport, ClientOrderId, DisplayText, InstrumentId, Timestamp, Unsent};
use serde_json::Value;
use std::sync::Arc;

impl Work {
    /// Takes what a task has come back with.
    pub(super) fn joined(&mut self, joined: Joined) {
        let now = (self.clock)();
        match joined {
            Joined::Done(done) => self.take(done, now),
            Joined::Fell(errand) => self.fell(errand, now),
        }
    }

    fn take(&mut self, done: Done, now: Timestamp) {
        match done {
            Done::Opened(result) => self.greeted(result, now),
            Done::Placed(order, way, outcome) => self.placed((order, way), &outcome, now),
            Done::Changed(order, way, outcome) => self.changed((order, way), &outcome, now),
            Done::Canceled(id, outcome) => self.canceled(&id, &outcome, now),
            Done::Swept(outcome) => {
                if matches!(outcome, Outcome::Answer { status: 200, body: Some(body) } if !self.expect.admits(&body))
                {
                    self.acted_in_other_mode(now);
                }
                self.soon(now);
            }
            Done::Read { began, questions, result } => match result {
                Ok(reading) => self.read(reading, questions, (began, now)),
                Err(bad) => {
                    self.reading = false;
                    self.questions.join(questions);
                    self.failed(bad, now);
                }
            },
            Done::Quoted(id, result) => {
                self.quoting.remove(&id);
                self.quoted(id, result, now);
            }
            Done::Listed(id, outcome) => self.listed(id, &outcome, now),
            Done::Probed(outcome) => {
                self.master.probed(&outcome);
                self.tell_client_ids();
            }
            Done::Hours(question, outcome) => self.hours_told(question, outcome, now),
        }
    }

    /// A task has panicked: what it was about is not forgotten with it. Of an order message nobody knows what became.
    fn fell(&mut self, errand: Errand, now: Timestamp) {
        tracing::error!(?errand, "a task of the adapter has fallen");
        match errand {
            Errand::Placing(order) => self.desk.doubt(order, "the part that waited for its answer fell", now),
            // The book shows whether it was done.
            Errand::Changing | Errand::Sweeping | Errand::Probing => {}
            Errand::Canceling(id) => {
                self.canceling.remove(&id);
                self.cancel(id);
            }
            Errand::Reading(questions) => {
                self.reading = false;
                self.questions.join(questions);
                self.failed(Bad::Failed("the part that read the books fell".to_owned()), now);
            }
            Errand::Quoting(id) => {
                self.quoting.remove(&id);
            }
            Errand::Greeting => self.opening = false,
            Errand::Hours(question) => {
                let told = self.hours.unread(question, "the part that waited for its answer fell", now);
                self.tell_hours(told);
            }
            Errand::Listing(id) => {
                self.master.unread(id);
            }
        }
        self.soon(now);
    }

    fn quoted(&mut self, id: InstrumentId, result: Result<Value, Bad>, now: Timestamp) {
        match result {
            Ok(body) => {
                for event in self.prices.read(id, &body, now) {
                    self.post.send(event);
                }
                self.post.flush();
                self.beat("feed", now);
            }
            // A quote says nothing of the mode: should one, it is a question's answer like any other.
            Err(bad @ Bad::OtherMode) => self.failed(bad, now),
            Err(Bad::Failed(why) | Bad::Login(why)) => {
                tracing::debug!(why = %DisplayText::new(&why), "a quote was not read");
            }
        }
    }

    /// The server must be of the world that is expected. It is taken for up only once its books have been read.
    fn greeted(&mut self, result: Result<Value, Bad>, now: Timestamp) {
        self.opening = false;
        let body = match result {
            Ok(body) => body,
            Err(bad) => return self.failed(bad, now),
        };
        let data = body.get("data");
        let says = data.and_then(|data| text(data, "mode"));
        if !matches!(says.as_deref(), Some("analyze" | "live")) {
            return self.failed(Bad::Failed("the answer about its mode cannot be read".to_owned()), now);
        }
        let flag = data.and_then(|data| data.get("analyze_mode")).and_then(Value::as_bool);
        let analyzes = self.expect.word() == "analyze";
        if says.as_deref() != Some(self.expect.word()) || flag.is_some_and(|flag| flag != analyzes) {
            return self.other_mode(now);
        }
        (self.opened, self.asks_mode) = (true, false);
        self.next_read = now;
        self.next_account = now;
    }

    fn placed(&mut self, (order, way): (ClientOrderId, Way), outcome: &Outcome, now: Timestamp) {
        let verdict = outcome.verdict(self.expect);
        match (&verdict, self.lines.doubt(way, outcome, &verdict)) {
            (Verdict::Accepted(id), _) if self.is_anothers(order, id) => {
                self.talk_anew(id);
                self.desk.doubt(order, ANOTHERS, now);
                return self.soon(now);
            }
            // It went on to the other mode under a name: that is where it is.
            (Verdict::OtherMode(id), _) if !id.is_empty() => {}
            (_, Some(why)) => {
                self.desk.doubt(order, why, now);
                if matches!(verdict, Verdict::OtherMode(_)) {
                    self.acted_in_other_mode(now);
                }
                return self.soon(now);
            }
            (_, None) => {}
        }
        match verdict {
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
            Verdict::Unknown(why) => self.desk.doubt(order, &why, now),
            Verdict::Waiting(why) => {
                self.desk.waits(order, &why, now);
                if self.expect.word() == "analyze" {
                    // No sandbox asks a human: this is the way to real money.
                    self.acted_in_other_mode(now);
                }
            }
            Verdict::OtherMode(id) => self.placed_astray(order, &id, now),
        }
        self.soon(now);
    }

    /// An order was done in the other mode. With real money it is there and told with its id; in a sandbox no broker has it.
    fn placed_astray(&mut self, order: ClientOrderId, id: &str, now: Timestamp) {
        if self.expect.word() == "analyze" {
            self.desk.accepted(order, id, now);
            return self.done_astray(id, now);
        }
        let why = "the server was in analyze mode: it went to the sandbox, not to the broker";
        self.desk.not_sent(order, Unsent::Order, why, now);
        if !id.is_empty() {
            self.cancel_now(id.to_owned());
        }
        self.acted_in_other_mode(now);
    }

    fn changed(&mut self, (order, way): (ClientOrderId, Way), outcome: &Outcome, now: Timestamp) {
        let verdict = outcome.verdict(self.expect);
        let doubt = self.lines.doubt(way, outcome, &verdict);
        if let Verdict::Accepted(id) = &verdict
            && self.is_anothers(order, id)
        {
            // The book will show whether it was made.
            self.talk_anew(id);
            return self.soon(now);
        }
        if doubt.is_some() && !matches!(verdict, Verdict::OtherMode(_)) {
            // The book will show whether it was made.
            return self.soon(now);
        }
        match verdict {
            Verdict::Accepted(_) => self.desk.change_taken(order),
            Verdict::Refused { reason, .. } => self.desk.change_refused(order, &reason, now),
            Verdict::NotSent(why) => {
                self.slow_down(&why, now);
                self.desk.not_sent(order, Unsent::Change, &why, now);
            }
            // The book will show whether it was made.
            Verdict::Unknown(why) | Verdict::Waiting(why) => {
                tracing::warn!(%order, why = %DisplayText::new(&why), "a change");
            }
            Verdict::OtherMode(_) => self.acted_in_other_mode(now),
        }
        self.soon(now);
    }

    fn canceled(&mut self, id: &str, outcome: &Outcome, now: Timestamp) {
        self.canceling.remove(id);
        let verdict = outcome.verdict(self.expect);
        if let Some(fate) = self.astray.get_mut(id) {
            *fate = match &verdict {
                Verdict::Accepted(_) | Verdict::OtherMode(_) => "its cancel was accepted".to_owned(),
                Verdict::Refused { reason, .. } => {
                    format!("its cancel was refused ({}): look at the broker", DisplayText::new(reason))
                }
                Verdict::NotSent(_) | Verdict::Unknown(_) | Verdict::Waiting(_) => {
                    "its cancel has no answer: look at the broker".to_owned()
                }
            };
            return;
        }
        if let (Verdict::Accepted(said), Some(order)) = (&verdict, self.desk.order_of(id))
            && self.is_anothers(order, said)
        {
            self.talk_anew(said);
        }
        match verdict {
            // Done is what the book shows.
            Verdict::Accepted(_) => {}
            // Ended meanwhile, and told so: nobody has asked for this one, or nobody waits for it any more.
            Verdict::Refused { .. } if self.desk.is_gone(id, now) => {}
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
            Verdict::Unknown(why) | Verdict::Waiting(why) => {
                tracing::warn!(id = %DisplayText::new(id), why = %DisplayText::new(&why), "a cancel");
            }
            Verdict::OtherMode(_) => self.acted_in_other_mode(now),
        }
        self.soon(now);
    }

    /// Whether a venue's id in the answer about an order is that of another order: the answer of an earlier message, told
    /// twice.
    fn is_anothers(&self, order: ClientOrderId, id: &str) -> bool {
        self.desk.order_of(id).is_some_and(|owner| owner != order) || self.desk.stood_before(order, id)
    }

    /// Drops the connections orders leave by: what has an answer of before on it may have more of them.
    fn talk_anew(&mut self, id: &str) {
        tracing::error!(id = %DisplayText::new(id), "an answer was that of another message: its connection is dropped");
        self.lines.confused();
        self.reconnect(true);
    }

    /// The connections the next order leaves by, and which conversation it is: new ones where one of those there have told
    /// something that names no order, for that may come a second time.
    pub(super) fn order_line(&mut self) -> (Arc<Http>, u64) {
        if self.lines.is_worn() {
            self.reconnect(false);
        }
        (Arc::clone(&self.http), self.lines.talk())
    }

    fn reconnect(&mut self, cancels: bool) {
        match self.http.reconnected(cancels) {
            Ok(http) => {
                self.http = Arc::new(http);
                self.lines.renewed();
            }
            Err(error) => tracing::error!(error = %error.without_url(), "no new connections"),
        }
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
        let books = self.desk.without_echoes(books);
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
        let names =
            (self.desk.names.as_slice(), books.trades.as_slice(), self.desk.untraded.cash(&books.orders));
        let snapshot = told
            .and_then(|told| account(&told, names, (self.desk.account, self.currency, self.desk.fills), now));
        // Trades that are held back are in its positions and not in its number of fills.
        match snapshot.filter(|_| !self.desk.held_back && !self.desk.echoing) {
            Some(snapshot) => {
                self.next_account = now.after(self.pace.idle);
                self.desk.out.push(BrokerReport::Account(Box::new(snapshot)));
            }
            // Asked for and moving, or not readable: asked again.
            None => self.questions.account |= questions.account,
        }
        if self.desk.echoing {
            self.soon(now);
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
            Some(line) if line.status.is_open() => self.cancel(line.orderid.clone()),
            Some(_) => self.desk.tell(order, books, now),
            None => {
                let reason = DisplayText::new("unknown order");
                self.desk.out.push(BrokerReport::CancelRejected { order, reason, at: now });
            }
        }
    }

    /// Cancels what a cancel-all has left, until a book shows nothing open; of what is ours also what turns up later.
    fn pursue(&mut self, books: &Books) {
        let all = self.sweeps > 0;
        let mut open = Vec::new();
        for line in &books.orders {
            let works = line.status.is_open() && !self.canceling.contains(&line.orderid);
            if works && (self.desk.is_doomed(line) || all) {
                open.push(line.orderid.clone());
            }
        }
        if all {
            self.sweeps = if open.is_empty() && self.canceling.is_empty() { 0 } else { self.sweeps - 1 };
        }
        if all || !open.is_empty() {
            self.soon((self.clock)());
        }
        for id in open {
            self.cancel(id);
        }
    }
}
