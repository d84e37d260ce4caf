//! The adapter at work: one task that sends, reads, and tells; every request it makes is a task of its own.

use super::bucket::Bucket;
use super::desk::Desk;
use super::errand::Errands;
use super::hours_check::HoursCheck;
use super::http::Http;
use super::known::Known;
use super::lines::Lines;
use super::master::Master;
use super::mode::Expect;
use super::names::Named;
use super::questions::Questions;
use super::quotes::Prices;
use super::setup::{Pace, Setup};
use super::stream::News;
use crate::adapters::conflate::MarketPost;
use crate::adapters::port::{AdapterError, Clock};
use crate::adapters::requests::Requests;
use crate::bus::{LaneFull, MarketSender, ReportSender};
use crate::model::{BrokerReport, ClientOrderId, Currency, InstrumentId, Label, LinkReport, Span, Timestamp};
use crate::sim::Rng;
use crate::wire::Ask;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

/// The longest sleep, and how often links are said to be alive at most.
pub(super) const BEAT: Span = Span::from_millis(250);

/// How soon a book is read again when something has moved.
const SOON: Span = Span::from_millis(40);

/// The adapter at work.
#[expect(clippy::struct_excessive_bools, reason = "facts about a connection that do not exclude each other")]
pub(super) struct Work {
    pub(super) http: Arc<Http>,
    pub(super) lines: Lines,
    /// What the names of its links end with.
    pub(super) tag: String,
    pub(super) expect: Expect,
    pub(super) currency: Currency,
    pub(super) pace: Pace,
    pub(super) desk: Desk,
    pub(super) master: Master,
    pub(super) hours: HoursCheck,
    pub(super) prices: Prices,
    pub(super) post: MarketPost,
    pub(super) reports: ReportSender<Ask>,
    /// Reports the lane had no room for. Never dropped: bounded by what the books hold.
    pub(super) unsent: VecDeque<BrokerReport>,
    pub(super) clock: Clock,
    pub(super) rng: Rng,
    pub(super) orders: Bucket,
    pub(super) cancels: Bucket,
    pub(super) reads: Bucket,
    pub(super) errands: Errands,
    /// What the stream says, where there is one, and whether it is up.
    pub(super) news: Option<Receiver<News>>,
    pub(super) stream_up: bool,
    /// Venue ids to be canceled, in the order they were asked for.
    pub(super) waiting: VecDeque<String>,
    pub(super) canceling: BTreeSet<String>,
    /// Orders that wait here because one that looks the same has no answer, and since when.
    pub(super) held: BTreeMap<ClientOrderId, Timestamp>,
    pub(super) questions: Questions,
    pub(super) opened: bool,
    /// Whether it is not opened only because a server that was is asked again which mode it is in.
    pub(super) asks_mode: bool,
    /// Why nothing can be sent, as long as it is not opened.
    pub(super) away: String,
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
    /// Why it ends, and until when what is on its way is waited for.
    pub(super) ending: Option<(String, Timestamp)>,
    /// Orders done in the other mode, and what became of their cancels.
    pub(super) astray: BTreeMap<String, String>,
}

impl Work {
    pub(super) fn new(
        (http, names, known): (Http, Vec<Named>, Known),
        setup: Setup,
        (reports, market): (ReportSender<Ask>, MarketSender),
        (clock, news): (Clock, Option<Receiver<News>>),
    ) -> Self {
        let now = clock();
        let tag = known.tag.clone();
        let Setup { expect, pace, currency, probe, calendars, algo_ids } = setup;
        let quotes = names.iter().map(|one| (one.instrument.id, now)).collect();
        Self {
            http: Arc::new(http),
            lines: Lines::default(),
            tag,
            expect,
            currency,
            pace,
            master: Master::new(&names, probe),
            hours: HoursCheck::new(&names, &calendars),
            desk: Desk { algo_ids, ..Desk::new(names, expect, known, now) },
            prices: Prices::default(),
            post: MarketPost::new(market),
            reports,
            unsent: VecDeque::new(),
            clock,
            rng: Rng::new(u64::try_from(now.nanos()).unwrap_or_default()),
            orders: Bucket::new(pace.orders_per_s),
            cancels: Bucket::new(pace.cancels_per_s),
            reads: Bucket::new(pace.reads_per_s),
            errands: Errands::default(),
            news,
            stream_up: false,
            waiting: VecDeque::new(),
            canceling: BTreeSet::new(),
            held: BTreeMap::new(),
            questions: Questions::default(),
            opened: false,
            asks_mode: false,
            away: "the broker is not connected".to_owned(),
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
            ending: None,
            astray: BTreeMap::new(),
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
            if let Some(why) = self.has_ended() {
                return Err(AdapterError::Venue(why));
            }
            let nap = self.nap(blocked);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(joined) = self.errands.next(), if !self.errands.is_empty() => self.joined(joined),
                Some(news) = heard(&mut self.news) => self.hear(news),
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
        while let Ok(Some(joined)) =
            tokio::time::timeout(Duration::from_millis(500), self.errands.next()).await
        {
            self.joined(joined);
        }
        self.deliver();
    }

    pub(super) fn soon(&mut self, now: Timestamp) {
        self.next_read = self.next_read.min(now.after(SOON));
    }

    pub(super) fn beat(&mut self, link: &'static str, now: Timestamp) {
        let last = self.beats.entry(link).or_insert(Timestamp::EPOCH);
        if now.since(*last) >= BEAT {
            *last = now;
            self.reports.link(LinkReport::Alive { name: self.link(link) });
        }
    }

    /// The name of one of its links.
    pub(super) fn link(&self, kind: &str) -> Label {
        Label::new(&format!("{kind}{}", self.tag))
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

/// The next word of the stream; never, where there is none.
async fn heard(news: &mut Option<Receiver<News>>) -> Option<News> {
    match news {
        Some(news) => news.recv().await,
        None => std::future::pending().await,
    }
}
