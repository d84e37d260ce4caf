//! The adapter at work: one task that sends, reads, and tells; every request it makes is a task of its own.

use super::answer::{Bad, Outcome};
use super::bucket::Bucket;
use super::desk::{Desk, Target};
use super::http::Http;
use super::known::Known;
use super::names::{Named, kind_words, our_text, placement};
use super::quotes::Prices;
use super::reading::{QUESTIONS, Reading, ask, read};
use crate::adapters::conflate::MarketPost;
use crate::adapters::port::{AdapterError, Clock};
use crate::adapters::requests::{Outgoing, Requests};
use crate::bus::{LaneFull, MarketSender, ReportSender};
use crate::model::{
    BrokerReport, BrokerRequest, ClientOrderId, Currency, InstrumentId, Label, LinkReport, OrderChange,
    OrderRequest, Span, Timestamp, Unsent,
};
use crate::wire::Ask;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The longest sleep, and how often links are said to be alive at most.
const BEAT: Span = Span::from_millis(250);

/// How soon a book is read again when something has moved.
const SOON: Span = Span::from_millis(40);

/// Readings a cancel-all is pursued for.
const SWEEPS: u32 = 40;

/// Cancels waiting for their lane; the engine never has more open.
const CANCELS: usize = 10_000;

/// How fast it may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) orders_per_s: u32,
    pub(super) cancels_per_s: u32,
    pub(super) reads_per_s: u32,
    pub(super) poll: Span,
    pub(super) quotes: Span,
}

/// What a task of ours has come back with.
#[derive(Debug)]
pub(super) enum Done {
    Opened(Result<Value, Bad>),
    Placed(ClientOrderId, Outcome),
    Changed(ClientOrderId, Outcome),
    Canceled(String, Outcome),
    Swept,
    Read { began: Timestamp, questions: Questions, result: Result<Reading, Bad> },
    Quoted(InstrumentId, Result<Value, Bad>),
}

/// What the core wants to know.
#[derive(Debug, Clone, Default)]
pub(super) struct Questions {
    pub(super) account: bool,
    pub(super) orders: bool,
    pub(super) about: Vec<ClientOrderId>,
    /// Orders to be canceled of which only the book can say what they are.
    pub(super) strangers: Vec<ClientOrderId>,
}

impl Questions {
    fn is_none(&self) -> bool {
        !self.account && !self.orders && self.about.is_empty() && self.strangers.is_empty()
    }

    pub(super) fn join(&mut self, other: Self) {
        self.account |= other.account;
        self.orders |= other.orders;
        self.about.extend(other.about);
        self.strangers.extend(other.strangers);
    }
}

/// The adapter at work.
#[expect(clippy::struct_excessive_bools, reason = "facts about a connection that do not exclude each other")]
pub(super) struct Work {
    pub(super) http: Arc<Http>,
    pub(super) currency: Currency,
    pub(super) pace: Pace,
    pub(super) desk: Desk,
    pub(super) prices: Prices,
    pub(super) post: MarketPost,
    pub(super) reports: ReportSender<Ask>,
    /// Reports the lane had no room for. Never dropped: bounded by what the books hold.
    pub(super) unsent: VecDeque<BrokerReport>,
    pub(super) clock: Clock,
    pub(super) orders: Bucket,
    pub(super) cancels: Bucket,
    pub(super) reads: Bucket,
    pub(super) tasks: JoinSet<Done>,
    /// Venue ids to be canceled, in the order they were asked for.
    pub(super) waiting: VecDeque<String>,
    pub(super) canceling: BTreeSet<String>,
    pub(super) questions: Questions,
    pub(super) opened: bool,
    /// Whether the books have been read: only then is it known which names are used.
    pub(super) looked: bool,
    pub(super) opening: bool,
    pub(super) reading: bool,
    pub(super) next_read: Timestamp,
    pub(super) next_account: Timestamp,
    pub(super) quotes: BTreeMap<InstrumentId, Timestamp>,
    pub(super) quoting: BTreeSet<InstrumentId>,
    pub(super) failures: u32,
    pub(super) emptied: bool,
    pub(super) sweeps: u32,
    pub(super) beats: BTreeMap<&'static str, Timestamp>,
}

impl Work {
    pub(super) fn new(
        (http, names, currency): (Http, Vec<Named>, Currency),
        (pace, known): (Pace, Known),
        (reports, market): (ReportSender<Ask>, MarketSender),
        clock: Clock,
    ) -> Self {
        let now = clock();
        let quotes = names.iter().map(|one| (one.instrument.id, now)).collect();
        Self {
            http: Arc::new(http),
            currency,
            pace,
            desk: Desk::new(names, known, now),
            prices: Prices::default(),
            post: MarketPost::new(market),
            reports,
            unsent: VecDeque::new(),
            clock,
            orders: Bucket::new(pace.orders_per_s),
            cancels: Bucket::new(pace.cancels_per_s),
            reads: Bucket::new(pace.reads_per_s),
            tasks: JoinSet::new(),
            waiting: VecDeque::new(),
            canceling: BTreeSet::new(),
            questions: Questions::default(),
            opened: false,
            looked: false,
            opening: false,
            reading: false,
            next_read: now,
            next_account: now,
            quotes,
            quoting: BTreeSet::new(),
            failures: 0,
            emptied: false,
            sweeps: 0,
            beats: BTreeMap::new(),
        }
    }

    /// Works until it is stopped or the server turns out to be another than it must be.
    pub(super) async fn run(
        mut self,
        mut requests: Requests,
        stop: CancellationToken,
    ) -> Result<(), AdapterError> {
        loop {
            let blocked = self.release(&mut requests);
            self.begin();
            self.deliver();
            if self.post.is_closed() {
                return Err(AdapterError::CoreGone);
            }
            let nap = self.nap(blocked);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    if let Ok(done) = done {
                        self.take(done)?;
                    }
                }
                more = requests.ready(), if !blocked => {
                    if !more {
                        break;
                    }
                }
                () = tokio::time::sleep(nap) => {}
            }
        }
        self.finish().await;
        Ok(())
    }

    /// What is on its way is waited for a moment: an answer known is better than one unknown.
    async fn finish(&mut self) {
        while let Ok(Some(done)) =
            tokio::time::timeout(Duration::from_millis(500), self.tasks.join_next()).await
        {
            if let Ok(done) = done
                && let Err(error) = self.take(done)
            {
                tracing::error!(%error, "the last answers");
            }
        }
        self.deliver();
    }

    /// Lets requests leave as far as lanes and look-alikes let them; whether one has to wait.
    fn release(&mut self, requests: &mut Requests) -> bool {
        loop {
            let now = (self.clock)();
            let room = self.orders.has(1, now);
            let room = room && self.looked;
            let (desk, opened) = (&self.desk, self.opened);
            let next = requests.next_when(now, |request| match request {
                _ if !opened => true,
                BrokerRequest::Submit(order) => room && !desk.has_look_alike(order),
                BrokerRequest::Replace { .. } => room,
                BrokerRequest::Cancel { .. }
                | BrokerRequest::CancelAll
                | BrokerRequest::QueryAccount
                | BrokerRequest::QueryOrder { .. }
                | BrokerRequest::QueryOrders => true,
            });
            match next {
                None => return requests.is_holding(),
                Some(Outgoing::Stopped(report)) => self.desk.out.push(report),
                Some(Outgoing::Send(request)) => self.send(&request, now),
            }
        }
    }

    fn send(&mut self, request: &BrokerRequest, now: Timestamp) {
        let away = "the broker is not connected";
        match *request {
            BrokerRequest::Submit(order) if !self.opened => {
                self.desk.not_sent(order.order, Unsent::Order, away, now);
            }
            BrokerRequest::Replace { order, .. } if !self.opened => {
                self.desk.not_sent(order, Unsent::Change, away, now);
            }
            BrokerRequest::Submit(order) => self.place(order, now),
            BrokerRequest::Replace { order, change } => self.change(order, change, now),
            BrokerRequest::Cancel { order } => match self.desk.target(order) {
                Target::Id(id) => self.cancel(id),
                Target::Later => {}
                Target::Stranger => self.questions.strangers.push(order),
            },
            BrokerRequest::CancelAll => self.sweep(),
            BrokerRequest::QueryAccount => self.questions.account = true,
            BrokerRequest::QueryOrder { order } => self.questions.about.push(order),
            BrokerRequest::QueryOrders => self.questions.orders = true,
        }
    }

    fn place(&mut self, order: OrderRequest, now: Timestamp) {
        let named = self.desk.named(&order);
        let body = match (named.and_then(|named| placement(named, &order)), cannot(&order)) {
            (Some(body), None) => body,
            (_, why) => {
                let why = why.unwrap_or("the venue has no such instrument or kind of order");
                return self.desk.not_sent(order.order, Unsent::Order, why, now);
            }
        };
        if self.desk.is_used(order.order) {
            // Told even where the other one is still followed under this name.
            let reason =
                crate::model::DisplayText::new("not sent: an order of this name is at the venue already");
            let (order, message) = (order.order, Unsent::Order);
            return self.desk.out.push(BrokerReport::NotSent { order, message, reason, at: now });
        }
        self.orders.take(1, now);
        self.desk.sending(order);
        let http = Arc::clone(&self.http);
        self.tasks.spawn(async move { Done::Placed(order.order, http.post("placeorder", body).await) });
    }

    fn change(&mut self, order: ClientOrderId, change: OrderChange, now: Timestamp) {
        let body = self.desk.changing(order, change, now).and_then(|(request, id)| {
            let mut body = placement(self.desk.named(&request)?, &request)?;
            body.insert("orderid".to_owned(), Value::from(id));
            kind_words(&change.kind).map(|_| body)
        });
        let Some(body) = body else {
            return self.desk.change_refused(order, "not open at the venue", now);
        };
        self.orders.take(1, now);
        let http = Arc::clone(&self.http);
        self.tasks.spawn(async move { Done::Changed(order, http.post("modifyorder", body).await) });
    }

    /// Puts a cancel into its lane, once.
    pub(super) fn cancel(&mut self, venue_id: String) {
        let known = self.canceling.contains(&venue_id) || self.waiting.contains(&venue_id);
        if !known && self.waiting.len() < CANCELS {
            self.waiting.push_back(venue_id);
        }
    }

    /// Cancels whatever works: the server's own cancel-all first, for it is one message, then, by the book, each that it
    /// has left (wire spec §15: it leaves stops).
    fn sweep(&mut self) {
        self.sweeps = SWEEPS;
        self.next_read = (self.clock)();
        let http = Arc::clone(&self.http);
        let body = strategy("flightdeck");
        self.tasks.spawn(async move {
            http.post("cancelallorder", body).await;
            Done::Swept
        });
    }

    /// Begins what is due: the greeting, cancels, readings, quotes.
    fn begin(&mut self) {
        let now = (self.clock)();
        if !self.opened {
            return self.greet(now);
        }
        while self.cancels.has(1, now)
            && let Some(id) = self.waiting.pop_front()
        {
            self.cancels.take(1, now);
            self.canceling.insert(id.clone());
            let body = self.cancellation(&id);
            let http = Arc::clone(&self.http);
            self.tasks.spawn(async move { Done::Canceled(id, http.post("cancelorder", body).await) });
        }
        self.begin_reading(now);
        self.begin_quotes(now);
    }

    /// Asks which world the server trades.
    fn greet(&mut self, now: Timestamp) {
        if !self.opening && now >= self.next_read {
            self.opening = true;
            let http = Arc::clone(&self.http);
            self.tasks.spawn(async move { Done::Opened(ask(&http, "analyzer", Map::new()).await) });
        }
    }

    fn cancellation(&self, venue_id: &str) -> Map<String, Value> {
        let order = self.desk.order_of(venue_id);
        let mut body = strategy(&order.map_or_else(|| "flightdeck".to_owned(), our_text));
        body.insert("orderid".to_owned(), Value::from(venue_id));
        body
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
        self.next_read = now.after(if self.desk.is_busy() { self.pace.poll } else { self.idle() });
        let questions = std::mem::take(&mut self.questions);
        let http = Arc::clone(&self.http);
        self.tasks.spawn(async move {
            Done::Read { began: now, questions, result: read(&http, with_account).await }
        });
    }

    /// How often the books are read while nothing is open.
    pub(super) fn idle(&self) -> Span {
        Span::from_nanos(self.pace.poll.nanos().saturating_mul(5))
    }

    fn begin_quotes(&mut self, now: Timestamp) {
        let due: Vec<InstrumentId> = self
            .quotes
            .iter()
            .filter(|(id, due)| **due <= now && !self.quoting.contains(id))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if !self.reads.has(1, now) {
                return;
            }
            let Some(named) = self.desk.names.iter().find(|one| one.instrument.id == id) else { continue };
            let body = [("symbol", &named.symbol), ("exchange", &named.exchange)];
            let body =
                body.into_iter().map(|(key, text)| (key.to_owned(), Value::from(text.as_str()))).collect();
            self.reads.take(1, now);
            self.quoting.insert(id);
            self.quotes.insert(id, now.after(self.pace.quotes));
            let http = Arc::clone(&self.http);
            self.tasks.spawn(async move { Done::Quoted(id, ask(&http, "depth", body).await) });
        }
    }

    pub(super) fn soon(&mut self, now: Timestamp) {
        self.next_read = self.next_read.min(now.after(SOON));
    }

    pub(super) fn beat(&mut self, link: &'static str, now: Timestamp) {
        let last = self.beats.entry(link).or_insert(Timestamp::EPOCH);
        if now.since(*last) >= BEAT {
            *last = now;
            self.reports.link(LinkReport::Alive { name: Label::new(link) });
        }
    }

    /// Hands everything to the core, in order; what does not fit waits.
    fn deliver(&mut self) {
        self.unsent.extend(self.desk.out.drain(..));
        while let Some(report) = self.unsent.pop_front() {
            if let Err(LaneFull(report)) = self.reports.report(report) {
                self.unsent.push_front(report);
                break;
            }
        }
        self.post.flush();
    }

    /// How long nothing will be due.
    fn nap(&self, blocked: bool) -> Duration {
        let now = (self.clock)();
        let mut due = vec![self.next_read];
        due.extend(self.desk.next_look());
        due.extend(self.quotes.iter().filter(|(id, _)| !self.quoting.contains(id)).map(|(_, due)| *due));
        let wait = due.into_iter().min().map_or(BEAT, |due| due.since(now)).min(BEAT);
        let busy = blocked || !self.waiting.is_empty() || !self.unsent.is_empty();
        let wait = if busy { wait.min(Span::from_millis(3)) } else { wait };
        Duration::from_nanos(u64::try_from(wait.nanos()).unwrap_or_default().max(1_000_000))
    }
}

/// What the venue cannot do for an order, if it is something. Reduce-only is no promise of the venue's but of the engine's.
fn cannot(order: &OrderRequest) -> Option<&'static str> {
    let limited = order.kind.limit_price().is_some();
    if order.post_only {
        Some("the venue has no post-only orders")
    } else if limited && order.tif == crate::model::TimeInForce::Ioc {
        Some("the venue has no immediate-or-cancel limits")
    } else {
        None
    }
}

fn strategy(text: &str) -> Map<String, Value> {
    [("strategy".to_owned(), Value::from(text))].into_iter().collect()
}
