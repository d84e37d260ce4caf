//! The core's inbox: three lanes, control before reports before market, each with its own answer to "what when full".

use super::gauge::Gauge;
use crate::model::{BrokerReport, LinkReport, MarketEvent};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;

/// Requests waiting. When full the sender is told and shows it; the kill switch does not need this lane.
const CONTROL_BOUND: usize = 1_024;
/// Reports waiting. When full the adapter waits: a report is never dropped.
const REPORT_BOUND: usize = 8_192;
/// Market events waiting. When full the feed keeps the newest quote and depth per instrument and a bounded number of
/// trades, and counts what was replaced.
const MARKET_BOUND: usize = 16_384;

/// What a broker or feed adapter says.
#[derive(Debug)]
pub enum Taken<C> {
    Control(C),
    Report(BrokerReport),
    Link(LinkReport),
    Market(MarketEvent),
}

/// The lane is full; holds what could not be sent.
#[derive(Debug)]
pub struct LaneFull<T>(pub T);

/// Wakes the core when it sleeps on an empty inbox.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<OnceLock<Thread>>);

impl Wake {
    /// Names the calling thread as the one to wake. The first caller counts.
    pub fn register(&self) {
        self.0.get_or_init(std::thread::current);
    }

    /// Wakes it.
    pub fn wake(&self) {
        if let Some(thread) = self.0.get() {
            thread.unpark();
        }
    }
}

/// The core's end.
#[derive(Debug)]
pub struct Inbox<C> {
    control: Receiver<C>,
    reports: Receiver<Taken<C>>,
    market: rtrb::Consumer<MarketEvent>,
    /// Of the feeds of further accounts.
    further: Vec<rtrb::Consumer<MarketEvent>>,
    pub wake: Wake,
    control_gauge: Arc<Gauge>,
    report_gauge: Arc<Gauge>,
    market_gauge: Arc<Gauge>,
}

/// The other ends.
#[derive(Debug)]
pub struct InboxEnds<C> {
    pub control: ControlSender<C>,
    pub reports: ReportSender<C>,
    pub market: MarketSender,
    /// For the feeds of further accounts.
    pub further: Vec<MarketSender>,
    pub gauges: Vec<Arc<Gauge>>,
}

/// Sends requests. Any number of clones.
#[derive(Debug)]
pub struct ControlSender<C> {
    lane: SyncSender<C>,
    wake: Wake,
    gauge: Arc<Gauge>,
}

/// Sends reports and link news. Any number of clones.
#[derive(Debug)]
pub struct ReportSender<C> {
    lane: SyncSender<Taken<C>>,
    wake: Wake,
    gauge: Arc<Gauge>,
}

/// Sends market data. One feed task owns it.
#[derive(Debug)]
pub struct MarketSender {
    lane: rtrb::Producer<MarketEvent>,
    wake: Wake,
    gauge: Arc<Gauge>,
}

impl<C> Inbox<C> {
    /// An empty inbox and its ends, for one feed.
    pub fn new() -> (Self, InboxEnds<C>) {
        Self::with_feeds(1)
    }

    /// For so many feeds, at least one, each with a market lane of its own.
    pub fn with_feeds(feeds: usize) -> (Self, InboxEnds<C>) {
        let (control, control_end) = sync_channel(CONTROL_BOUND);
        let (reports, report_end) = sync_channel(REPORT_BOUND);
        let (market, market_end) = rtrb::RingBuffer::new(MARKET_BOUND);
        let wake = Wake::default();
        let control_gauge = Gauge::new("inbox control", CONTROL_BOUND);
        let report_gauge = Gauge::new("inbox reports", REPORT_BOUND);
        let market_gauge = Gauge::new("inbox market", MARKET_BOUND * feeds.max(1));
        let (mut further, mut further_ends) = (Vec::new(), Vec::new());
        for _feed in 1..feeds {
            let (lane, end) = rtrb::RingBuffer::new(MARKET_BOUND);
            further.push(MarketSender { lane, wake: wake.clone(), gauge: Arc::clone(&market_gauge) });
            further_ends.push(end);
        }
        let ends = InboxEnds {
            control: ControlSender { lane: control, wake: wake.clone(), gauge: Arc::clone(&control_gauge) },
            reports: ReportSender { lane: reports, wake: wake.clone(), gauge: Arc::clone(&report_gauge) },
            market: MarketSender { lane: market, wake: wake.clone(), gauge: Arc::clone(&market_gauge) },
            further,
            gauges: vec![Arc::clone(&control_gauge), Arc::clone(&report_gauge), Arc::clone(&market_gauge)],
        };
        let inbox = Self {
            control: control_end,
            reports: report_end,
            market: market_end,
            further: further_ends,
            wake,
            control_gauge,
            report_gauge,
            market_gauge,
        };
        (inbox, ends)
    }

    /// The most urgent request or report, if any waits.
    pub fn urgent(&mut self) -> Option<Taken<C>> {
        if let Ok(request) = self.control.try_recv() {
            self.control_gauge.left(1);
            return Some(Taken::Control(request));
        }
        let report = self.reports.try_recv().ok()?;
        self.report_gauge.left(1);
        Some(report)
    }

    /// Moves up to `most` waiting market events of each feed into `batch`, oldest first.
    pub fn market(&mut self, batch: &mut Vec<MarketEvent>, most: usize) {
        for lane in std::iter::once(&mut self.market).chain(&mut self.further) {
            let waiting = lane.slots().min(most);
            if waiting == 0 {
                continue;
            }
            if let Ok(chunk) = lane.read_chunk(waiting) {
                batch.extend(chunk);
                self.market_gauge.left(waiting);
            }
        }
    }

    /// Counts market events replaced by newer ones while they waited.
    pub fn replaced(&self, count: u64) {
        self.market_gauge.lost(count);
    }
}

impl<C> Clone for ControlSender<C> {
    fn clone(&self) -> Self {
        Self { lane: self.lane.clone(), wake: self.wake.clone(), gauge: Arc::clone(&self.gauge) }
    }
}

impl<C> Clone for ReportSender<C> {
    fn clone(&self) -> Self {
        Self { lane: self.lane.clone(), wake: self.wake.clone(), gauge: Arc::clone(&self.gauge) }
    }
}

impl<C> ControlSender<C> {
    /// Sends a request, or gives it back when the lane is full or the core is gone.
    pub fn send(&self, request: C) -> Result<(), LaneFull<C>> {
        match self.lane.try_send(request) {
            Ok(()) => {
                self.gauge.entered();
                self.wake.wake();
                Ok(())
            }
            Err(TrySendError::Full(request) | TrySendError::Disconnected(request)) => {
                self.gauge.lost(1);
                Err(LaneFull(request))
            }
        }
    }
}

impl<C> ReportSender<C> {
    /// Sends a report, or gives it back: the adapter keeps it and tries again.
    pub fn report(&self, report: BrokerReport) -> Result<(), LaneFull<BrokerReport>> {
        self.send(Taken::Report(report)).map_err(|full| match full {
            LaneFull(Taken::Report(report)) => LaneFull(report),
            LaneFull(Taken::Control(_) | Taken::Link(_) | Taken::Market(_)) => {
                unreachable!("a lane gives back what it was given")
            }
        })
    }

    /// Sends link news; lost when the lane is full, since the next beat repeats it. Whether it was taken is for those who
    /// say what they say once.
    pub fn link(&self, news: LinkReport) -> bool {
        let taken = self.send(Taken::Link(news)).is_ok();
        if !taken {
            self.gauge.lost(1);
        }
        taken
    }

    fn send(&self, taken: Taken<C>) -> Result<(), LaneFull<Taken<C>>> {
        match self.lane.try_send(taken) {
            Ok(()) => {
                self.gauge.entered();
                self.wake.wake();
                Ok(())
            }
            Err(TrySendError::Full(taken) | TrySendError::Disconnected(taken)) => Err(LaneFull(taken)),
        }
    }
}

impl MarketSender {
    /// Sends a market event, or gives it back when the lane is full. Does not wake the core: call `flush` after a
    /// batch.
    pub fn push(&mut self, event: MarketEvent) -> Result<(), LaneFull<MarketEvent>> {
        match self.lane.push(event) {
            Ok(()) => {
                self.gauge.entered();
                Ok(())
            }
            Err(rtrb::PushError::Full(event)) => Err(LaneFull(event)),
        }
    }

    /// Counts events that were replaced or dropped on this side.
    pub fn lost(&self, count: u64) {
        self.gauge.lost(count);
    }

    /// Wakes the core.
    pub fn flush(&self) {
        self.wake.wake();
    }

    /// Whether the core is gone.
    pub fn is_closed(&self) -> bool {
        self.lane.is_abandoned()
    }
}
