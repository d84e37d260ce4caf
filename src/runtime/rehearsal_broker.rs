//! Rehearsals at the broker: what it says is lost, or it tells of things that are not ours. Wrapped around an adapter.

use super::clock::monotonic_nanos;
use crate::adapters::{Abilities, Adapter, AdapterError, Ends, Running};
use crate::bus::{Inbox, LaneFull, ReportSender, Taken};
use crate::model::{
    AccountSnapshot, BrokerPosition, BrokerReport, ClientOrderId, Instrument, NetQty, OrderId, OrderKind,
    OrderSnapshot, OrderStatus, OrdersSnapshot, RunId, Side, Timestamp, VenueOrderId,
};
use crate::wire::Ask;
use std::collections::VecDeque;
use std::time::Duration;

/// How long every word about the struck order is lost: longer than an answer may take by default, shorter than it takes
/// until an unknown order stops new risk.
const LOST_NANOS: u64 = 25_000_000_000;

/// How often the relay is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Reports kept back: more than one order makes in that time.
const KEPT_BACK: usize = 4_096;

/// When each fault is due, by the monotonic clock; `None` where it is not rehearsed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BrokerFaults {
    pub(super) lost_ack: Option<u64>,
    pub(super) books: Option<u64>,
    pub(super) foreign_order: Option<u64>,
}

impl BrokerFaults {
    pub(super) const fn is_none(self) -> bool {
        self.lost_ack.is_none() && self.books.is_none() && self.foreign_order.is_none()
    }
}

/// An adapter whose reports pass through the faults.
pub(super) struct FaultyAdapter {
    inner: Box<dyn Adapter>,
    broker: FaultyBroker,
}

impl FaultyAdapter {
    /// The faults strike what is told about this instrument.
    pub(super) fn new(inner: Box<dyn Adapter>, faults: BrokerFaults, on: Instrument) -> Self {
        Self { inner, broker: FaultyBroker { faults, on, struck: None, kept_back: VecDeque::new() } }
    }
}

impl Adapter for FaultyAdapter {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn abilities(&self) -> Abilities {
        self.inner.abilities()
    }

    fn run(self: Box<Self>, ends: Ends) -> Running {
        let Self { inner, broker } = *self;
        Box::pin(relayed(inner, broker, ends))
    }
}

/// The adapter at work, its reports heard through the faults.
async fn relayed(inner: Box<dyn Adapter>, mut broker: FaultyBroker, ends: Ends) -> Result<(), AdapterError> {
    let (mut relay, relay_ends) = Inbox::<Ask>::new();
    let Ends { requests, reports, market, clock, stop } = ends;
    let mut running = inner.run(Ends { requests, reports: relay_ends.reports, market, clock, stop });
    let mut unsent = VecDeque::new();
    loop {
        let ended = tokio::select! {
            biased;
            ended = &mut running => Some(ended),
            () = tokio::time::sleep(LOOK_EVERY) => None,
        };
        pass_on(&mut relay, &mut broker, &mut unsent, &reports);
        if let Some(ended) = ended {
            return ended;
        }
    }
}

/// What the adapter has said, as far as the faults let it through and the lane has room.
fn pass_on(
    relay: &mut Inbox<Ask>,
    broker: &mut FaultyBroker,
    unsent: &mut VecDeque<BrokerReport>,
    reports: &ReportSender<Ask>,
) {
    let now = monotonic_nanos();
    unsent.extend(broker.found_again(now));
    while unsent.is_empty()
        && let Some(taken) = relay.urgent()
    {
        match taken {
            Taken::Link(news) => {
                reports.link(news);
            }
            Taken::Report(report) => unsent.extend(broker.hear(report, now)),
            Taken::Control(_) | Taken::Market(_) => {}
        }
        send(unsent, reports);
    }
    send(unsent, reports);
}

fn send(unsent: &mut VecDeque<BrokerReport>, reports: &ReportSender<Ask>) {
    while let Some(report) = unsent.pop_front() {
        if let Err(LaneFull(report)) = reports.report(report) {
            return unsent.push_front(report);
        }
    }
}

/// A broker with faults in what it says.
#[derive(Debug)]
struct FaultyBroker {
    faults: BrokerFaults,
    on: Instrument,
    /// The order nothing is heard of, and until when.
    struck: Option<(ClientOrderId, u64)>,
    /// What was said of it since, and of the account once it has filled, in order.
    kept_back: VecDeque<BrokerReport>,
}

impl FaultyBroker {
    /// A report with the faults that are due in it; `None` while it is lost.
    fn hear(&mut self, report: BrokerReport, now: u64) -> Option<BrokerReport> {
        let has_come = |due: Option<u64>| due.is_some_and(|at| now >= at);
        if has_come(self.faults.lost_ack)
            && let BrokerReport::Accepted { order, .. } = &report
        {
            self.faults.lost_ack = None;
            self.struck = Some((*order, now.saturating_add(LOST_NANOS)));
        }
        if let Some((order, _)) = self.struck
            && self.kept_back.len() < KEPT_BACK
            && (is_about(&report, order) || self.would_tell(&report))
        {
            self.kept_back.push_back(report);
            return None;
        }
        let (books, foreign) = (has_come(self.faults.books), has_come(self.faults.foreign_order));
        Some(if let BrokerReport::Account(told) = report {
            let told = if books { with_more(*told, &self.on) } else { *told };
            BrokerReport::Account(Box::new(told))
        } else if let BrokerReport::Orders(told) = report {
            let told = if foreign { with_another(*told, &self.on) } else { *told };
            BrokerReport::Orders(Box::new(told))
        } else {
            report
        })
    }

    /// Whether the account would tell of a fill that was lost: that is another rehearsal.
    fn would_tell(&self, report: &BrokerReport) -> bool {
        let is_fill = |kept: &BrokerReport| matches!(kept, BrokerReport::Filled(_));
        matches!(report, BrokerReport::Account(_)) && self.kept_back.iter().any(is_fill)
    }

    /// What was lost comes after all, once its time is over.
    fn found_again(&mut self, now: u64) -> VecDeque<BrokerReport> {
        match self.struck {
            Some((_, until)) if now >= until => {
                self.struck = None;
                std::mem::take(&mut self.kept_back)
            }
            Some(_) | None => VecDeque::new(),
        }
    }
}

/// Whether a report tells of an order: its own, or of the account or the open orders, which would prove it.
fn is_about(report: &BrokerReport, ours: ClientOrderId) -> bool {
    match report {
        BrokerReport::Accepted { order, .. }
        | BrokerReport::Rejected { order, .. }
        | BrokerReport::Triggered { order, .. }
        | BrokerReport::Canceled { order, .. }
        | BrokerReport::Expired { order, .. }
        | BrokerReport::CancelRejected { order, .. }
        | BrokerReport::Replaced { order, .. }
        | BrokerReport::ReplaceRejected { order, .. }
        | BrokerReport::NotFound { order, .. }
        | BrokerReport::Busted { order, .. }
        | BrokerReport::NotSent { order, .. }
        | BrokerReport::Doubted { order, .. } => *order == ours,
        BrokerReport::Filled(fill) => fill.order == ours,
        BrokerReport::Order(told) => told.order == ours,
        BrokerReport::Orders(told) => told.open.iter().any(|one| one.order == ours),
        BrokerReport::Account(_) | BrokerReport::Settled { .. } | BrokerReport::Funding { .. } => false,
    }
}

/// The account with one smallest order more of the instrument than it holds.
fn with_more(mut told: AccountSnapshot, on: &Instrument) -> AccountSnapshot {
    let more = on.min_qty.max(on.lot).signed(Side::Buy);
    match told.positions.iter_mut().find(|one| one.instrument == on.id) {
        Some(held) => held.net += more,
        None => told.positions.push(BrokerPosition { instrument: on.id, net: NetQty::ZERO + more }),
    }
    told
}

/// The open orders with one of another engine on the same account.
fn with_another(mut told: OrdersSnapshot, on: &Instrument) -> OrdersSnapshot {
    let at: Timestamp = told.at;
    told.open.push(OrderSnapshot {
        order: ClientOrderId::derive(RunId::new(0x0f0f), OrderId::new(1)),
        venue_id: VenueOrderId("another-1".into()),
        instrument: on.id,
        side: Side::Buy,
        qty: on.min_qty.max(on.lot),
        filled: crate::model::Qty::ZERO,
        kind: OrderKind::Limit { price: on.min_price },
        status: OrderStatus::Working,
        at,
    });
    told
}
