//! What is on its way and what the venue says of it: books in, reports out, each thing told once.

use super::known::Known;
use super::names::{Named, foreign, named, ours};
use super::rows::{OrderLine, RowStatus, TradeLine};
use crate::model::{
    BrokerReport, ClientOrderId, DisplayText, FillId, FillReport, Liquidity, Money, OrderChange,
    OrderRequest, OrderSnapshot, OrderStatus, OrdersSnapshot, Qty, Span, Timestamp, Unsent, VenueOrderId,
};
use std::collections::{BTreeMap, BTreeSet};

/// When an order of unknown outcome is looked for, counted from the moment it became so (wire spec §13). After the last
/// look it is the engine that decides.
const LOOKS: [Span; 5] = [
    Span::from_millis(500),
    Span::from_millis(1_000),
    Span::from_millis(2_000),
    Span::from_millis(5_000),
    Span::from_millis(10_000),
];

/// Venue ids remembered of orders that have ended.
const REMEMBERED: usize = 50_000;

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The message is on its way and has no answer yet.
    Sending,
    /// There was no definite answer.
    Unknown { since: Timestamp, looks: usize },
    /// The venue has it.
    Live,
}

/// An order that has not ended.
#[derive(Debug, Clone)]
struct Tracked {
    request: OrderRequest,
    venue_id: Option<String>,
    stage: Stage,
    /// What we have told of its fills.
    filled: Qty,
    sleeping: bool,
    /// The change on its way, since when, and how many books have not shown it since it was accepted.
    change: Option<(OrderChange, Timestamp, Option<u32>)>,
    /// Somebody wants it gone as soon as its venue id is known.
    unwanted: bool,
    /// Why a cancel of it was refused, until a book shows what it is.
    refused: Option<String>,
}

/// One reading of both books; the trades were read after the orders.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    pub(super) orders: Vec<OrderLine>,
    pub(super) trades: Vec<TradeLine>,
}

/// What is to be canceled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// By this id.
    Id(String),
    /// As soon as its id is known.
    Later,
    /// Nothing is known of it: the book has to say.
    Stranger,
}

/// The desk.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) names: Vec<Named>,
    orders: BTreeMap<ClientOrderId, Tracked>,
    by_venue: BTreeMap<String, ClientOrderId>,
    /// Rows that bear the name of an order that has another id.
    doubles: BTreeSet<String>,
    told: BTreeSet<(ClientOrderId, FillId)>,
    /// Names of ours that have stood in a book: as many as the book has rows.
    used: BTreeSet<ClientOrderId>,
    /// Fills the broker has made, counted as the engine counts them.
    pub(super) fills: u64,
    pub(super) out: Vec<BrokerReport>,
}

impl Desk {
    /// A desk that goes on with what is known.
    pub(super) fn new(names: Vec<Named>, known: Known, now: Timestamp) -> Self {
        let mut desk = Self {
            names,
            orders: BTreeMap::new(),
            by_venue: BTreeMap::new(),
            doubles: BTreeSet::new(),
            told: known.fills,
            used: BTreeSet::new(),
            fills: known.booked,
            out: Vec::new(),
        };
        for one in known.open {
            let venue_id = one.venue_id.map(|id| id.0.as_str().to_owned());
            let (id, order) = (one.request.order, one.order);
            desk.by_venue.extend(venue_id.clone().map(|venue_id| (venue_id, id)));
            let stage =
                if venue_id.is_some() { Stage::Live } else { Stage::Unknown { since: now, looks: 0 } };
            let sleeping = order.request.kind.trigger().is_some() && !order.triggered;
            let change = order.replace.map(|(change, _)| (change, now, None));
            desk.orders.insert(
                id,
                Tracked {
                    request: one.request,
                    venue_id,
                    stage,
                    filled: order.executed(),
                    sleeping,
                    change,
                    unwanted: false,
                    refused: None,
                },
            );
        }
        desk
    }

    /// Whether an order that looks the same is on its way without an answer: then this one has to wait, or nobody could
    /// tell the two apart (wire spec §13).
    pub(super) fn has_look_alike(&self, request: &OrderRequest) -> bool {
        self.orders.values().any(|one| {
            one.stage != Stage::Live
                && one.request.instrument == request.instrument
                && one.request.side == request.side
                && one.request.qty == request.qty
                && one.request.kind == request.kind
        })
    }

    /// Whether an order of this name is at the venue, or was. A run that was cut off may have sent one whose fact was not
    /// durable yet (an exit waits for the journal a moment only); the next run then gives its number again.
    pub(super) fn is_used(&self, order: ClientOrderId) -> bool {
        self.used.contains(&order)
    }

    /// Whether an order is open or on its way.
    pub(super) fn is_busy(&self) -> bool {
        !self.orders.is_empty()
    }

    /// An order leaves.
    pub(super) fn sending(&mut self, request: OrderRequest) {
        let tracked = Tracked {
            request,
            venue_id: None,
            stage: Stage::Sending,
            filled: Qty::ZERO,
            sleeping: request.kind.trigger().is_some(),
            change: None,
            unwanted: false,
            refused: None,
        };
        self.orders.insert(request.order, tracked);
    }

    /// The venue has it. Gives the id to cancel where somebody wants it gone.
    pub(super) fn accepted(&mut self, order: ClientOrderId, venue_id: &str, at: Timestamp) -> Option<String> {
        self.remember(venue_id, order);
        let tracked = self.orders.get_mut(&order).filter(|one| one.venue_id.is_none())?;
        tracked.venue_id = Some(venue_id.to_owned());
        tracked.stage = Stage::Live;
        let unwanted = std::mem::take(&mut tracked.unwanted);
        let venue_id = venue_id.to_owned();
        self.out.push(BrokerReport::Accepted { order, venue_id: name(&venue_id), at });
        unwanted.then_some(venue_id)
    }

    /// The venue has definitely refused it.
    pub(super) fn refused(&mut self, order: ClientOrderId, reason: &str, at: Timestamp) {
        if self.give_up(order) {
            self.out.push(BrokerReport::Rejected { order, reason: DisplayText::new(reason), at });
        }
    }

    /// It never left.
    pub(super) fn not_sent(&mut self, order: ClientOrderId, message: Unsent, why: &str, at: Timestamp) {
        let gone = message != Unsent::Order || self.give_up(order) || !self.orders.contains_key(&order);
        if message == Unsent::Change
            && let Some(tracked) = self.orders.get_mut(&order)
        {
            tracked.change = None;
        }
        if gone {
            let reason = DisplayText::new(&format!("not sent: {why}"));
            self.out.push(BrokerReport::NotSent { order, message, reason, at });
        }
    }

    /// Nobody knows whether the venue has it. The engine is told at once, so that it counts the worst case and asks.
    pub(super) fn doubt(&mut self, order: ClientOrderId, at: Timestamp) {
        let Some(tracked) = self.orders.get_mut(&order).filter(|one| one.stage == Stage::Sending) else {
            return;
        };
        tracked.stage = Stage::Unknown { since: at, looks: 0 };
        let request = tracked.request;
        let snapshot = OrderSnapshot {
            order,
            venue_id: name(""),
            instrument: request.instrument,
            side: request.side,
            qty: request.qty,
            filled: Qty::ZERO,
            kind: request.kind,
            status: OrderStatus::Unknown,
            at,
        };
        self.out.push(BrokerReport::Order(Box::new(snapshot)));
    }

    /// When the next look for an order of unknown outcome is due.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        let due = |one: &Tracked| match one.stage {
            Stage::Unknown { since, looks } => Some(since.after(*LOOKS.get(looks)?)),
            Stage::Sending | Stage::Live => None,
        };
        self.orders.values().filter_map(due).min()
    }

    /// What a cancel of an order has to name.
    pub(super) fn target(&mut self, order: ClientOrderId) -> Target {
        let Some(tracked) = self.orders.get_mut(&order) else { return Target::Stranger };
        if let Some(id) = &tracked.venue_id {
            return Target::Id(id.clone());
        }
        tracked.unwanted = true;
        Target::Later
    }

    /// A cancel was refused: whether that is news depends on what the next book shows.
    pub(super) fn cancel_refused(&mut self, venue_id: &str, reason: &str, at: Timestamp) {
        let Some(order) = self.by_venue.get(venue_id).copied() else { return };
        if let Some(tracked) = self.orders.get_mut(&order) {
            tracked.refused = Some(reason.to_owned());
            return;
        }
        let reason = DisplayText::new(reason);
        self.out.push(BrokerReport::CancelRejected { order, reason, at });
    }

    /// The order a change is about, as its venue names it.
    pub(super) fn changing(
        &mut self,
        order: ClientOrderId,
        change: OrderChange,
        at: Timestamp,
    ) -> Option<(OrderRequest, String)> {
        let tracked = self.orders.get_mut(&order)?;
        let venue_id = tracked.venue_id.clone()?;
        tracked.change = Some((change, at, None));
        Some((OrderRequest { qty: change.qty, kind: change.kind, ..tracked.request }, venue_id))
    }

    /// The venue says it took a change: the book has to show it.
    pub(super) fn change_taken(&mut self, order: ClientOrderId) {
        if let Some((_, _, shown)) = self.orders.get_mut(&order).and_then(|one| one.change.as_mut()) {
            *shown = Some(0);
        }
    }

    /// The venue refused a change.
    pub(super) fn change_refused(&mut self, order: ClientOrderId, reason: &str, at: Timestamp) {
        let waited = self.orders.get_mut(&order).and_then(|one| one.change.take()).is_some();
        if waited || !self.orders.contains_key(&order) {
            let reason = DisplayText::new(reason);
            self.out.push(BrokerReport::ReplaceRejected { order, reason, at });
        }
    }

    /// The order a venue's id belongs to.
    pub(super) fn order_of(&self, venue_id: &str) -> Option<ClientOrderId> {
        self.by_venue.get(venue_id).copied()
    }

    /// The instrument rows speak of, if we trade it.
    pub(super) fn instrument(&self, symbol: &str, exchange: &str, product: &str) -> Option<&Named> {
        self.names.iter().find(|one| one.is(symbol, exchange, product))
    }

    /// Reads both books: acceptances, fills, ends, in an order in which they can have happened. Gives the ids that are to
    /// be canceled because somebody wanted it before they were known. `began` is when the reading began.
    pub(super) fn take(&mut self, books: &Books, began: Timestamp, at: Timestamp) -> Vec<String> {
        let mut unwanted = Vec::new();
        for line in &books.orders {
            self.used.extend(ours(&line.strategy));
            unwanted.extend(self.meet(line, at));
        }
        // A sandbox tells the newest first.
        for trade in books.trades.iter().rev() {
            unwanted.extend(self.trade(trade, at));
        }
        for line in &books.orders {
            self.follow(line, at);
        }
        self.look(began);
        unwanted
    }

    /// What an order is at the venue; `None` while its message is still on its way.
    pub(super) fn tell(&mut self, order: ClientOrderId, books: &Books, at: Timestamp) {
        let tracked = self.orders.get(&order);
        let id = tracked.and_then(|one| one.venue_id.clone());
        let is_it = |line: &&OrderLine| {
            id.as_ref().map_or_else(|| self.owner(line) == order, |id| line.orderid == *id)
        };
        let found = books.orders.iter().find(is_it).and_then(|line| self.snapshot(line, at));
        match found {
            Some(snapshot) => self.out.push(BrokerReport::Order(Box::new(snapshot))),
            // A message on its way may still arrive.
            None if tracked.is_some_and(|one| one.stage == Stage::Sending) => {}
            None => self.out.push(BrokerReport::NotFound { order, at }),
        }
    }

    /// Everything that is open there.
    pub(super) fn tell_all(&mut self, books: &Books, at: Timestamp) {
        let lines = books.orders.iter().filter(|line| is_open(line.status));
        let open = lines.filter_map(|line| self.snapshot(line, at)).collect();
        self.out.push(BrokerReport::Orders(Box::new(OrdersSnapshot { open, fills: self.fills, at })));
    }

    /// Whose row it is.
    pub(super) fn owner(&self, line: &OrderLine) -> ClientOrderId {
        let by_id = self.by_venue.get(&line.orderid).copied();
        by_id.or_else(|| ours(&line.strategy)).unwrap_or_else(|| foreign(&line.orderid))
    }

    /// A row's order becomes ours to follow, if it is not yet.
    fn meet(&mut self, line: &OrderLine, at: Timestamp) -> Option<String> {
        self.instrument(&line.symbol, &line.exchange, &line.product)?;
        let order = self.owner(line);
        match self.orders.get(&order) {
            Some(tracked) => match &tracked.venue_id {
                None => return self.accepted(order, &line.orderid, at),
                Some(id) if *id == line.orderid => {}
                // Two orders under one name: the engine must know of both.
                Some(_) if self.doubles.insert(line.orderid.clone()) => {
                    let venue_id = name(&line.orderid);
                    self.out.push(BrokerReport::Accepted { order, venue_id, at });
                }
                Some(_) => {}
            },
            // Taken for ended, or of an earlier life: the engine says what is to become of it.
            None if order.is_our_kind() && is_open(line.status) => self.adopt(order, line, at),
            None => {}
        }
        None
    }

    fn adopt(&mut self, order: ClientOrderId, line: &OrderLine, at: Timestamp) {
        let Some(snapshot) = self.snapshot(line, at) else { return };
        self.remember(&line.orderid, order);
        let request = OrderRequest {
            order,
            instrument: snapshot.instrument,
            side: snapshot.side,
            qty: snapshot.qty,
            kind: snapshot.kind,
            tif: crate::model::TimeInForce::Day,
            post_only: false,
            reduce_only: false,
        };
        let tracked = Tracked {
            request,
            venue_id: Some(line.orderid.clone()),
            stage: Stage::Live,
            filled: Qty::ZERO,
            sleeping: line.status == RowStatus::TriggerPending,
            change: None,
            unwanted: false,
            refused: None,
        };
        self.orders.insert(order, tracked);
        self.out.push(BrokerReport::Order(Box::new(snapshot)));
    }

    fn trade(&mut self, trade: &TradeLine, at: Timestamp) -> Option<String> {
        let instrument = self.instrument(&trade.symbol, &trade.exchange, &trade.product)?.instrument.id;
        let by_id = self.by_venue.get(&trade.orderid).copied();
        let order = by_id.or_else(|| ours(&trade.strategy)).unwrap_or_else(|| foreign(&trade.orderid));
        let fill_id = FillId(DisplayText::new(&trade.tradeid));
        if !self.told.insert((order, fill_id.clone())) {
            return None;
        }
        // Traded between the two readings: a fill proves that the venue has it.
        let unwanted = self.accepted(order, &trade.orderid, at);
        if let Some(tracked) = self.orders.get_mut(&order) {
            tracked.filled = tracked.filled.plus(trade.qty);
            if std::mem::take(&mut tracked.sleeping) {
                self.out.push(BrokerReport::Triggered { order, at });
            }
        }
        self.fills += 1;
        self.out.push(BrokerReport::Filled(FillReport {
            order,
            fill_id,
            instrument,
            side: trade.side,
            qty: trade.qty,
            price: trade.price,
            // The server does not say (wire spec §5).
            liquidity: Liquidity::Taker,
            fee: Money::ZERO,
            at,
        }));
        unwanted
    }

    /// What a row says of an order we follow.
    fn follow(&mut self, line: &OrderLine, at: Timestamp) {
        let order = self.owner(line);
        let Some(tracked) = self.orders.get_mut(&order) else { return };
        if tracked.venue_id.as_deref() != Some(line.orderid.as_str()) {
            return;
        }
        if tracked.sleeping && matches!(line.status, RowStatus::Open | RowStatus::Complete) {
            tracked.sleeping = false;
            self.out.push(BrokerReport::Triggered { order, at });
        }
        changed(tracked, line, at, &mut self.out);
        // Fills that the trades have not shown yet come first: it ends at a later reading.
        let level = line.filled.is_none_or(|filled| tracked.filled >= filled);
        let reason =
            DisplayText::new(if line.reason.is_empty() { "ended at the venue" } else { &line.reason });
        let end = match line.status {
            RowStatus::Complete if level && tracked.filled >= line.qty => None,
            RowStatus::Cancelled if level => Some(BrokerReport::Canceled { order, reason, at }),
            RowStatus::Rejected if level => Some(BrokerReport::Rejected { order, reason, at }),
            RowStatus::Expired if level => Some(BrokerReport::Expired { order, at }),
            RowStatus::Open | RowStatus::TriggerPending => {
                if let Some(reason) = tracked.refused.take() {
                    let reason = DisplayText::new(&reason);
                    self.out.push(BrokerReport::CancelRejected { order, reason, at });
                }
                return;
            }
            RowStatus::Complete
            | RowStatus::Cancelled
            | RowStatus::Rejected
            | RowStatus::Expired
            | RowStatus::Unknown => return,
        };
        self.orders.remove(&order);
        self.out.extend(end);
    }

    /// Counts a look for what is of unknown outcome; after the last one the way is free for others that look the same.
    fn look(&mut self, began: Timestamp) {
        self.orders.retain(|_, one| {
            let Stage::Unknown { since, looks } = &mut one.stage else { return true };
            while LOOKS.get(*looks).is_some_and(|pause| since.after(*pause) <= began) {
                *looks += 1;
            }
            *looks < LOOKS.len()
        });
    }

    fn snapshot(&self, line: &OrderLine, at: Timestamp) -> Option<OrderSnapshot> {
        let instrument = self.instrument(&line.symbol, &line.exchange, &line.product)?.instrument.id;
        let order = self.owner(line);
        let tracked = self.orders.get(&order);
        let kind = line.kind.or(tracked.map(|one| one.request.kind))?;
        let filled = line.filled.or(tracked.map(|one| one.filled)).unwrap_or_default();
        let status = match line.status {
            RowStatus::Open | RowStatus::TriggerPending if filled.is_zero() => OrderStatus::Working,
            RowStatus::Open | RowStatus::TriggerPending => OrderStatus::PartiallyFilled,
            RowStatus::Complete => OrderStatus::Filled,
            RowStatus::Rejected => OrderStatus::Rejected,
            RowStatus::Cancelled => OrderStatus::Canceled,
            RowStatus::Expired => OrderStatus::Expired,
            RowStatus::Unknown => OrderStatus::Unknown,
        };
        let (venue_id, side, qty) = (name(&line.orderid), line.side, line.qty);
        Some(OrderSnapshot { order, venue_id, instrument, side, qty, filled, kind, status, at })
    }

    /// Forgets an order that the venue has not; whether there was one.
    fn give_up(&mut self, order: ClientOrderId) -> bool {
        let never = self.orders.get(&order).is_some_and(|one| one.venue_id.is_none());
        if never {
            self.orders.remove(&order);
        }
        never
    }

    fn remember(&mut self, venue_id: &str, order: ClientOrderId) {
        if self.by_venue.len() >= REMEMBERED {
            let open: BTreeSet<&String> =
                self.orders.values().filter_map(|one| one.venue_id.as_ref()).collect();
            self.by_venue.retain(|id, _| open.contains(id));
        }
        self.by_venue.entry(venue_id.to_owned()).or_insert(order);
    }

    /// The instrument of an order.
    pub(super) fn named(&self, request: &OrderRequest) -> Option<&Named> {
        named(&self.names, request.instrument)
    }
}

/// Whether the change of an order has been made: only the book proves it.
fn changed(tracked: &mut Tracked, line: &OrderLine, at: Timestamp, out: &mut Vec<BrokerReport>) {
    let Some((change, since, shown)) = &mut tracked.change else { return };
    let (order, wanted) = (tracked.request.order, *change);
    if line.qty == wanted.qty && line.kind == Some(wanted.kind) {
        (tracked.request.qty, tracked.request.kind) = (wanted.qty, wanted.kind);
        tracked.change = None;
        out.push(BrokerReport::Replaced { order, change: wanted, at });
        return;
    }
    let late = match shown {
        Some(books) => {
            *books += 1;
            *books >= 2
        }
        None => LOOKS.last().is_some_and(|last| since.after(*last) <= at),
    };
    if late && is_open(line.status) {
        tracked.change = None;
        let reason = DisplayText::new("the book does not show the change");
        out.push(BrokerReport::ReplaceRejected { order, reason, at });
    }
}

fn name(venue_id: &str) -> VenueOrderId {
    VenueOrderId(DisplayText::new(venue_id))
}

pub(super) const fn is_open(status: RowStatus) -> bool {
    matches!(status, RowStatus::Open | RowStatus::TriggerPending)
}
