//! What is begun when it is due: the greeting, cancels, the contract check, readings, quotes.

use super::done::Done;
use super::errand::Errand;
use super::names::symbol_body;
use super::reading::{QUESTIONS, ask_plain, read};
use super::work::{BEAT, Work};
use crate::model::{InstrumentId, Span, Timestamp};
use serde_json::Map;
use std::sync::Arc;

/// Quotes are asked for where the stream has given none for so many of their intervals.
const STREAM_MUTE: i64 = 4;

impl Work {
    /// Begins what is due.
    pub(super) fn begin(&mut self) {
        let now = (self.clock)();
        if self.stream_up {
            self.beat("stream", now);
        }
        if self.ending.is_some() {
            return self.begin_cancels(now);
        }
        if !self.opened {
            // Cancels never wait for a server that was there and is asked again which mode it is in.
            if self.asks_mode {
                self.begin_cancels(now);
            }
            return self.greet(now);
        }
        self.begin_cancels(now);
        self.begin_listing(now);
        self.begin_reading(now);
        self.begin_quotes(now);
        self.begin_hours(now);
    }

    /// Asks which world the server trades.
    fn greet(&mut self, now: Timestamp) {
        if !self.opening && now >= self.next_read {
            self.opening = true;
            let http = Arc::clone(&self.http);
            let task = async move { Done::Opened(ask_plain(&http, "analyzer", Map::new()).await) };
            self.errands.send(Errand::Greeting, task);
        }
    }

    /// Asks for the contract of each instrument, once, and what the server makes of client ids.
    fn begin_listing(&mut self, now: Timestamp) {
        while self.reads.has(1, now)
            && let Some(id) = self.master.next()
        {
            let Some(named) = self.desk.names.iter().find(|one| one.instrument.id == id) else { continue };
            let body = symbol_body(named);
            self.reads.take(1, now);
            let http = Arc::clone(&self.http);
            let task = async move { Done::Listed(id, http.post("symbol", body).await) };
            self.errands.send(Errand::Listing(id), task);
        }
        if self.orders.has(1, now)
            && let Some(body) = self.master.take_probe()
        {
            self.orders.take(1, now);
            let http = Arc::clone(&self.http);
            let task = async move { Done::Probed(http.probe(body).await) };
            self.errands.send(Errand::Probing, task);
        }
    }

    /// Asks when the exchanges trade; behind everything that is about money.
    fn begin_hours(&mut self, now: Timestamp) {
        while self.reads.has(1, now)
            && let Some(question) = self.hours.next(now)
        {
            self.reads.take(1, now);
            let http = Arc::clone(&self.http);
            let task =
                async move { Done::Hours(question, http.post(question.endpoint(), question.body()).await) };
            self.errands.send(Errand::Hours(question), task);
        }
    }

    fn begin_reading(&mut self, now: Timestamp) {
        let looked = self.desk.next_look().is_some_and(|due| due <= now);
        let due = now >= self.next_read || looked || !self.questions.is_none();
        // While nothing answers, only its own pace asks again.
        if self.reading || !due || (self.failures > 0 && now < self.next_read) {
            return;
        }
        let with_account = self.questions.account || now >= self.next_account;
        let count = if with_account { QUESTIONS.1 } else { QUESTIONS.0 };
        if !self.reads.has(count, now) {
            return;
        }
        self.reads.take(count, now);
        self.reading = true;
        self.next_read = now.after(if self.desk.is_busy() { self.pace.poll } else { self.pace.idle });
        let questions = std::mem::take(&mut self.questions);
        let (http, expect, errand) = (Arc::clone(&self.http), self.expect, questions.clone());
        let task = async move {
            Done::Read { began: now, questions, result: read(&http, expect, with_account).await }
        };
        self.errands.send(Errand::Reading(errand), task);
    }

    fn begin_quotes(&mut self, now: Timestamp) {
        let mute = Span::from_nanos(self.pace.quotes.nanos().saturating_mul(STREAM_MUTE)).max(BEAT);
        let due: Vec<InstrumentId> = self
            .quotes
            .iter()
            .filter(|(id, due)| **due <= now && !self.quoting.contains(id))
            .filter(|(id, _)| self.prices.streamed_at(**id).is_none_or(|at| now.since(at) >= mute))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if !self.reads.has(1, now) {
                return;
            }
            let Some(named) = self.desk.names.iter().find(|one| one.instrument.id == id) else { continue };
            let body = symbol_body(named);
            self.reads.take(1, now);
            self.quoting.insert(id);
            self.quotes.insert(id, now.after(self.pace.quotes));
            let http = Arc::clone(&self.http);
            let task = async move { Done::Quoted(id, ask_plain(&http, "depth", body).await) };
            self.errands.send(Errand::Quoting(id), task);
        }
    }
}
