//! What is on its way and what the venue has: an order leaves once, is acknowledged, doubted, found, or given up.

use super::known::{Known, KnownOrder};
use super::mode::Expect;
use super::names::{Named, named, placement};
use super::rows::{OrderLine, TradeLine};
use super::tracked::{Sent, Stage, Tracked, alike};
use super::untraded::Untraded;
use crate::model::{
    AccountId, BrokerReport, ClientOrderId, DisplayText, FillId, OrderChange, OrderRequest, Span, StrategyId,
    Timestamp, Unsent, VenueOrderId,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// When an order of unknown outcome is looked for, counted from the moment it became so (wire spec §13). After the last
/// look it is the engine that decides.
pub(super) const LOOKS: [Span; 5] = [
    Span::from_millis(500),
    Span::from_millis(1_000),
    Span::from_millis(2_000),
    Span::from_millis(5_000),
    Span::from_millis(10_000),
];

/// Venue ids remembered of orders that have ended.
const REMEMBERED: usize = 50_000;

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
#[expect(clippy::struct_excessive_bools, reason = "what a reading found, each of it by itself")]
pub(super) struct Desk {
    /// Which of the run's accounts it is.
    pub(super) account: AccountId,
    pub(super) expect: Expect,
    pub(super) names: Vec<Named>,
    /// The exchange's ids of the algorithms.
    pub(super) algo_ids: BTreeMap<StrategyId, String>,
    pub(super) orders: BTreeMap<ClientOrderId, Tracked>,
    pub(super) by_venue: BTreeMap<String, ClientOrderId>,
    /// Rows that bear the name of an order that has another id.
    pub(super) doubles: BTreeSet<String>,
    pub(super) told: BTreeSet<(ClientOrderId, FillId)>,
    /// Whether trades older than any told one may have been booked all the same.
    pub(super) forgot: bool,
    /// Since when every fill is known by name; `None` where none is forgotten.
    pub(super) named_since: Option<Timestamp>,
    /// Names of ours that have stood in a book: as many as the book has rows.
    pub(super) used: BTreeSet<ClientOrderId>,
    /// Readings so far, and in which of them each row was seen first: what stood there before an order left is not it.
    pub(super) readings: u64,
    pub(super) seen: BTreeMap<String, u64>,
    /// How far the server's written times are ahead of UTC, once one of our orders has shown it.
    pub(super) zone: Option<Span>,
    /// Trades of the last reading that say the same as another of it, and whether one of them waits to be told again.
    pub(super) echoes: BTreeSet<String>,
    pub(super) echoing: bool,
    /// What was booked by an average alone, by venue id: trades that turn up later are of it.
    pub(super) untraded: Untraded,
    /// Orders the stream has ended, and when: a book behind it does not open them again.
    pub(super) gone: BTreeMap<String, Timestamp>,
    /// Whether the last reading held back trades that may be those of an order on its way.
    pub(super) held_back: bool,
    /// Fills the broker has made, counted as the engine counts them.
    pub(super) fills: u64,
    pub(super) out: Vec<BrokerReport>,
}

impl Desk {
    /// A desk that goes on with what is known.
    pub(super) fn new(names: Vec<Named>, expect: Expect, known: Known, now: Timestamp) -> Self {
        let forgot = known.has_forgotten();
        let Known { open, ended, fills, averages, named_since, booked, account, tag: _ } = known;
        let ended = ended.into_iter().map(|(id, order, _)| (id.0.as_str().to_owned(), order));
        let mut desk = Self {
            account,
            expect,
            names,
            algo_ids: BTreeMap::new(),
            orders: BTreeMap::new(),
            by_venue: ended.collect(),
            doubles: BTreeSet::new(),
            told: fills,
            forgot,
            named_since,
            used: BTreeSet::new(),
            readings: 0,
            seen: BTreeMap::new(),
            zone: None,
            echoes: BTreeSet::new(),
            echoing: false,
            untraded: Untraded::default(),
            gone: BTreeMap::new(),
            held_back: false,
            fills: booked,
            out: Vec::new(),
        };
        for (venue_id, booked) in averages {
            desk.untraded.grant(&venue_id, booked);
        }
        for one in open {
            desk.go_on(one, now);
        }
        desk
    }

    fn go_on(&mut self, one: KnownOrder, now: Timestamp) {
        let KnownOrder { request, venue_id, filled, cost, triggered, change, sent_at } = one;
        let venue_id = venue_id.map(|id| id.0.as_str().to_owned());
        self.by_venue.extend(venue_id.clone().map(|venue_id| (venue_id, request.order)));
        let stage = if venue_id.is_some() { Stage::Live } else { Stage::Unknown { since: now, looks: 0 } };
        let tracked = Tracked {
            venue_id,
            stage,
            filled,
            cost,
            sleeping: request.kind.trigger().is_some() && !triggered,
            change: change.map(|change| (change, now, None)),
            ..Tracked::new(request, Sent { at: sent_at, reading: None })
        };
        self.orders.insert(request.order, tracked);
    }

    /// Whether an order that looks the same is on its way without an answer: then this one has to wait, or nobody could
    /// tell the two apart (wire spec §13).
    pub(super) fn has_look_alike(&self, request: &OrderRequest) -> bool {
        let unsure = |one: &&Tracked| one.stage != Stage::Live && one.request.order != request.order;
        self.orders.values().filter(unsure).any(|one| alike(&one.request, request, self.expect))
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

    /// Whether the outcome of an order is not proven: it is on its way, or was never answered.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.orders.values().any(|one| matches!(one.stage, Stage::Sending | Stage::Unknown { .. }))
    }

    /// An order leaves.
    pub(super) fn sending(&mut self, request: OrderRequest, now: Timestamp) {
        let sent = Sent { at: now, reading: Some(self.readings) };
        self.orders.insert(request.order, Tracked::new(request, sent));
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
    pub(super) fn doubt(&mut self, order: ClientOrderId, why: &str, at: Timestamp) {
        self.unsure(order, Stage::Unknown { since: at, looks: 0 }, why, at);
    }

    /// It waits for a human at the server and may go on to the broker at any time (semi-auto).
    pub(super) fn waits(&mut self, order: ClientOrderId, why: &str, at: Timestamp) {
        self.unsure(order, Stage::Waiting, why, at);
    }

    fn unsure(&mut self, order: ClientOrderId, stage: Stage, why: &str, at: Timestamp) {
        let sending = |one: &&mut Tracked| one.stage == Stage::Sending;
        let Some(tracked) = self.orders.get_mut(&order).filter(sending) else { return };
        tracked.stage = stage;
        tracked.word = DisplayText::new(why);
        let why = tracked.word.clone();
        self.out.push(BrokerReport::Doubted { order, why, at });
    }

    /// When the next look for an order of unknown outcome is due.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        let due = |one: &Tracked| match one.stage {
            Stage::Unknown { since, looks } => Some(since.after(*LOOKS.get(looks)?)),
            Stage::Sending | Stage::Waiting | Stage::Torn | Stage::Live => None,
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

    /// Everything of ours is to be canceled, what is on its way or without an answer as soon as it has an id; again for so
    /// many books as still show it open.
    pub(super) fn want_nothing(&mut self, books: u32) {
        for tracked in self.orders.values_mut() {
            tracked.unwanted = tracked.venue_id.is_none();
            tracked.doomed = books;
        }
    }

    /// Whether an open row is an order of ours that is to be canceled once more.
    pub(super) fn is_doomed(&mut self, line: &OrderLine) -> bool {
        let order = self.by_venue.get(&line.orderid);
        let Some(tracked) = order.and_then(|order| self.orders.get_mut(order)) else { return false };
        let doomed = tracked.doomed > 0;
        tracked.doomed = tracked.doomed.saturating_sub(1);
        doomed
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

    /// Whether a row of this id stood in the book before an order left.
    pub(super) fn stood_before(&self, order: ClientOrderId, venue_id: &str) -> bool {
        let left = self.orders.get(&order).and_then(|one| one.sent.reading);
        left.zip(self.seen.get(venue_id)).is_some_and(|(left, first)| *first <= left)
    }

    /// The instrument rows speak of, if we trade it.
    pub(super) fn instrument(&self, symbol: &str, exchange: &str, product: &str) -> Option<&Named> {
        self.names.iter().find(|one| one.is(symbol, exchange, product))
    }

    /// Forgets an order that the venue has not; whether there was one.
    fn give_up(&mut self, order: ClientOrderId) -> bool {
        let never = self.orders.get(&order).is_some_and(|one| one.venue_id.is_none());
        if never {
            self.orders.remove(&order);
        }
        never
    }

    pub(super) fn remember(&mut self, venue_id: &str, order: ClientOrderId) {
        if self.by_venue.len() >= REMEMBERED {
            let open: BTreeSet<&String> =
                self.orders.values().filter_map(|one| one.venue_id.as_ref()).collect();
            self.by_venue.retain(|id, _| open.contains(id));
        }
        self.by_venue.entry(venue_id.to_owned()).or_insert(order);
    }

    /// The body of a placement, or of a change, without the key; `None` for what the venue has not.
    pub(super) fn body_of(&self, request: &OrderRequest) -> Option<Map<String, Value>> {
        let algo_id = self.algo_ids.get(&request.strategy).map(String::as_str);
        placement(self.named(request)?, request, algo_id)
    }

    /// The instrument of an order.
    pub(super) fn named(&self, request: &OrderRequest) -> Option<&Named> {
        named(&self.names, request.instrument)
    }
}

/// A venue's name for an order, made harmless.
pub(super) fn name(venue_id: &str) -> VenueOrderId {
    VenueOrderId(DisplayText::new(venue_id))
}
