//! The history's venue: takes requests, keeps orders, and fills them when the next price comes.

use super::account::Account;
use super::fate::{self, Fate};
use super::rules::BarRules;
use super::working::Working;
use crate::model::{
    AccountId, Bar, BrokerReport, BrokerRequest, ClientOrderId, DisplayText, FillId, FillReport, Instrument,
    InstrumentId, Liquidity, OrderChange, OrderRequest, OrderSnapshot, OrderStatus, OrdersSnapshot, Price,
    Qty, Quote, TimeInForce, Timestamp, VenueOrderId,
};
use crate::state::Genesis;
use std::collections::VecDeque;

/// Orders that may work in one instrument at once; more are rejected.
const WORKING_MAX: usize = 10_000;

/// Ended orders remembered for those who ask.
const ENDED_KEPT: usize = 256;

const DAY: i64 = 86_400_000_000_000;

/// How an order ended.
#[derive(Debug, Clone, Copy)]
struct Ended {
    order: Working,
    filled: Qty,
    status: OrderStatus,
}

/// One instrument's orders and what it is quoted at.
#[derive(Debug, Default)]
struct Lane {
    working: Vec<Working>,
    /// The standing quote, where quotes are told; bars leave none.
    quote: Option<Quote>,
}

/// A venue that fills against a history. It answers at once and holds nothing back; see the rules of this room.
#[derive(Debug)]
pub struct HistoryVenue {
    rules: BarRules,
    instruments: Vec<Instrument>,
    lanes: Vec<Lane>,
    account: Account,
    ended: VecDeque<Ended>,
    /// Orders taken so far.
    orders: u64,
    /// Orders that work now, over all instruments.
    waiting: usize,
}

impl HistoryVenue {
    /// A venue for the instruments of a genesis, with its capital.
    pub fn new(genesis: &Genesis, rules: BarRules) -> Self {
        Self {
            rules,
            instruments: genesis.instruments.clone(),
            lanes: genesis.instruments.iter().map(|_| Lane::default()).collect(),
            account: Account::new(&genesis.capital, genesis.instruments.len()),
            ended: VecDeque::with_capacity(ENDED_KEPT),
            orders: 0,
            waiting: 0,
        }
    }

    /// Whether no order works anywhere.
    pub const fn is_idle(&self) -> bool {
        self.waiting == 0
    }

    /// Whether no order works in an instrument.
    #[inline]
    pub fn is_quiet(&self, instrument: InstrumentId) -> bool {
        self.waiting == 0 || self.lanes.get(instrument.index()).is_none_or(|lane| lane.working.is_empty())
    }

    /// Orders taken so far: what comes later has a number from here on.
    pub(super) const fn mark(&self) -> u64 {
        self.orders
    }

    /// Takes a request at this time of the market's clock and appends the answer.
    pub fn request(&mut self, now: Timestamp, request: &BrokerRequest, out: &mut Vec<BrokerReport>) {
        match *request {
            BrokerRequest::Submit(request) => self.submit(now, request, out),
            BrokerRequest::Cancel { order } => self.cancel(now, order, out),
            BrokerRequest::CancelAll => {
                let all: Vec<ClientOrderId> = self.working().map(|one| one.request.order).collect();
                for order in all {
                    self.cancel(now, order, out);
                }
            }
            BrokerRequest::Replace { order, change } => self.replace(now, order, change, out),
            BrokerRequest::QueryAccount => {
                let snapshot = self.account.snapshot(&self.instruments, now);
                out.push(BrokerReport::Account(Box::new(snapshot)));
            }
            BrokerRequest::QueryOrder { order } => out.push(match self.snapshot_of(order, now) {
                Some(snapshot) => BrokerReport::Order(Box::new(snapshot)),
                None => BrokerReport::NotFound { order, at: now },
            }),
            BrokerRequest::QueryOrders => {
                let open =
                    self.working().map(|one| snapshot(one, Qty::ZERO, OrderStatus::Working, now)).collect();
                let told =
                    OrdersSnapshot { open, fills: self.account.fills, at: now, account: AccountId::FIRST };
                out.push(BrokerReport::Orders(Box::new(told)));
            }
        }
    }

    /// The open of a bar: asks the next order that stood before it. `false` when there is none left. Orders numbered from
    /// `mark` on came because of this open and wait.
    pub(super) fn open(&mut self, bar: &Bar, mark: u64, out: &mut Vec<BrokerReport>) -> bool {
        let at = bar.open_time;
        let rules = self.rules;
        let next = self.lane(bar.instrument).and_then(|lane| {
            lane.working
                .iter()
                .find(|one| one.number < mark && one.since <= at && one.asked != Some(at))
                .copied()
        });
        let Some(order) = next else { return false };
        let late = order.request.tif == TimeInForce::Day
            && at.nanos().div_euclid(DAY) != order.since.nanos().div_euclid(DAY);
        if late {
            self.expire(&order, at, out);
            return true;
        }
        self.make(&order, fate::at_open(&order, bar.open, rules), (at, at), out);
        true
    }

    /// Between open and close of a bar: lets the worst thing that can happen next happen, and says to the order of
    /// which number. `None` when nothing more does. Orders numbered from `mark` on came because of a fill in this bar: they
    /// wait unless this is `chained`.
    pub(super) fn within(
        &mut self,
        bar: &Bar,
        mark: u64,
        chained: bool,
        out: &mut Vec<BrokerReport>,
    ) -> Option<u64> {
        let (at, rules) = (bar.close_time, self.rules);
        let lane = self.lane(bar.instrument)?;
        let stood = |one: &&Working| one.number < mark && one.since <= bar.open_time;
        let stops = lane.working.iter().filter(|one| fate::is_stop(&one.request.kind));
        let stops = stops.filter(|one| stood(one) || (chained && one.number >= mark));
        let limits = lane.working.iter().filter(stood);
        let happens = |fate: Fate| fate != Fate::Waits;
        let found = stops
            .map(|one| (*one, fate::stop_within(one, bar, rules)))
            .find(|(_, fate)| happens(*fate))
            .or_else(|| {
                limits.map(|one| (*one, fate::limit_within(one, bar, rules))).find(|(_, fate)| happens(*fate))
            });
        let (order, fate) = found?;
        self.make(&order, fate, (at, bar.open_time), out);
        Some(order.number)
    }

    /// A new quote: what has arrived since the last one meets that one first, then everything meets the new one.
    pub(super) fn quote(&mut self, quote: &Quote, out: &mut Vec<BrokerReport>) {
        let Some(lane) = self.lanes.get_mut(quote.instrument.index()) else { return };
        if lane.working.is_empty() {
            lane.quote = Some(*quote);
            return;
        }
        let before = lane.quote.replace(*quote);
        if let Some(before) = before {
            let arrived = |one: &Working| one.asked.is_none() && one.since < quote.local_time;
            self.meet(&before, arrived, out);
        }
        self.meet(quote, |one| one.since <= quote.local_time, out);
    }

    /// A print: resting limits beyond which somebody traded are filled.
    pub(super) fn print(
        &mut self,
        instrument: InstrumentId,
        price: Price,
        at: Timestamp,
        out: &mut Vec<BrokerReport>,
    ) {
        let rules = self.rules;
        let Some(lane) = self.lane(instrument) else { return };
        let orders: Vec<Working> = lane.working.iter().filter(|one| one.since <= at).copied().collect();
        for order in orders {
            self.make(&order, fate::limit_at_print(&order, price, rules), (at, at), out);
        }
    }

    fn meet(&mut self, quote: &Quote, which: impl Fn(&Working) -> bool, out: &mut Vec<BrokerReport>) {
        let rules = self.rules;
        let Some(lane) = self.lane(quote.instrument) else { return };
        let orders: Vec<Working> = lane.working.iter().filter(|one| which(one)).copied().collect();
        for order in orders {
            let at = quote.local_time.max(order.since);
            self.make(&order, fate::at_quote(&order, quote, rules), (at, quote.local_time), out);
        }
    }

    fn submit(&mut self, now: Timestamp, request: OrderRequest, out: &mut Vec<BrokerReport>) {
        let (order, number) = (request.order, self.orders);
        let Some(lane) = self.lanes.get_mut(request.instrument.index()) else {
            out.push(BrokerReport::Rejected { order, reason: "unknown instrument".into(), at: now });
            return;
        };
        if lane.working.len() >= WORKING_MAX {
            out.push(BrokerReport::Rejected { order, reason: "too many working orders".into(), at: now });
            return;
        }
        let since = if lane.quote.is_some() { now.after(self.rules.latency) } else { now };
        let working = Working { request, number, since, triggered: false, asked: None };
        lane.working.push(working);
        let standing = lane.quote.filter(|_| since <= now);
        self.orders += 1;
        self.waiting += 1;
        out.push(BrokerReport::Accepted { order, venue_id: venue_id(&working), at: now });
        if let Some(quote) = standing {
            self.make(&working, fate::at_quote(&working, &quote, self.rules), (now, quote.local_time), out);
        }
    }

    fn cancel(&mut self, now: Timestamp, order: ClientOrderId, out: &mut Vec<BrokerReport>) {
        let Some(working) = self.working().find(|one| one.request.order == order).copied() else {
            out.push(BrokerReport::CancelRejected { order, reason: "no such open order".into(), at: now });
            return;
        };
        self.remove(&working, Qty::ZERO, OrderStatus::Canceled);
        out.push(BrokerReport::Canceled { order, reason: "canceled on request".into(), at: now });
    }

    /// A change keeps the order's place; it meets the market anew.
    fn replace(
        &mut self,
        now: Timestamp,
        order: ClientOrderId,
        change: OrderChange,
        out: &mut Vec<BrokerReport>,
    ) {
        let found =
            self.lanes.iter_mut().flat_map(|lane| &mut lane.working).find(|one| one.request.order == order);
        let refused = match found {
            None => Some("no such open order"),
            Some(one) if !change.kind.is_same_class(&one.request.kind) => {
                Some("a change keeps the kind of order")
            }
            Some(one) => {
                (one.request.qty, one.request.kind) = (change.qty, change.kind);
                (one.since, one.asked) = (now, None);
                None
            }
        };
        out.push(match refused {
            Some(why) => BrokerReport::ReplaceRejected { order, reason: why.into(), at: now },
            None => BrokerReport::Replaced { order, change, at: now },
        });
    }

    /// Carries out what a price makes of an order; `asked` is the moment it was asked at.
    fn make(
        &mut self,
        order: &Working,
        fate: Fate,
        (at, asked): (Timestamp, Timestamp),
        out: &mut Vec<BrokerReport>,
    ) {
        let id = order.request.order;
        match fate {
            Fate::Waits => self.edit(order, |one| one.asked = Some(asked)),
            Fate::Wakes => {
                self.edit(order, |one| (one.triggered, one.asked, one.since) = (true, Some(asked), at));
                out.push(BrokerReport::Triggered { order: id, at });
            }
            Fate::Ends(why) => {
                self.remove(order, Qty::ZERO, OrderStatus::Canceled);
                out.push(BrokerReport::Canceled { order: id, reason: why.into(), at });
            }
            Fate::Fills(price) => {
                if order.trigger().is_some() {
                    out.push(BrokerReport::Triggered { order: id, at });
                }
                self.fill(order, price, at, out);
            }
        }
    }

    /// Fills an order whole; a reduce-only one with what there is to reduce.
    fn fill(&mut self, order: &Working, price: Price, at: Timestamp, out: &mut Vec<BrokerReport>) {
        let OrderRequest { order: id, instrument, side, qty, reduce_only, .. } = order.request;
        let qty = if reduce_only { qty.min(self.account.reducible(instrument, side)) } else { qty };
        let Some(traded) = self.instruments.get(instrument.index()).filter(|_| !qty.is_zero()) else {
            self.remove(order, Qty::ZERO, OrderStatus::Canceled);
            out.push(BrokerReport::Canceled {
                order: id,
                reason: "reduce-only: no position to reduce".into(),
                at,
            });
            return;
        };
        let liquidity = order.liquidity();
        let rate = match liquidity {
            Liquidity::Maker => traded.maker_fee,
            Liquidity::Taker => traded.taker_fee,
        };
        let fee = traded.notional(price, qty).at_rate(rate);
        let fill_id = FillId(DisplayText::new(&format!("F-{}", self.account.fills + 1)));
        let fill = FillReport { order: id, fill_id, instrument, side, qty, price, liquidity, fee, at };
        self.account.book(traded, &fill);
        let whole = qty == order.request.qty;
        self.remove(order, qty, if whole { OrderStatus::Filled } else { OrderStatus::Canceled });
        out.push(BrokerReport::Filled(fill));
        if !whole {
            out.push(BrokerReport::Canceled {
                order: id,
                reason: "reduce-only: position is flat".into(),
                at,
            });
        }
    }

    fn expire(&mut self, order: &Working, at: Timestamp, out: &mut Vec<BrokerReport>) {
        self.remove(order, Qty::ZERO, OrderStatus::Expired);
        out.push(BrokerReport::Expired { order: order.request.order, at });
    }

    fn lane(&self, instrument: InstrumentId) -> Option<&Lane> {
        self.lanes.get(instrument.index())
    }

    fn working(&self) -> impl Iterator<Item = &Working> {
        self.lanes.iter().flat_map(|lane| &lane.working)
    }

    fn edit(&mut self, order: &Working, change: impl FnOnce(&mut Working)) {
        let lane = self.lanes.get_mut(order.request.instrument.index());
        if let Some(one) =
            lane.and_then(|lane| lane.working.iter_mut().find(|one| one.number == order.number))
        {
            change(one);
        }
    }

    fn remove(&mut self, order: &Working, filled: Qty, status: OrderStatus) {
        let Some(lane) = self.lanes.get_mut(order.request.instrument.index()) else { return };
        let before = lane.working.len();
        lane.working.retain(|one| one.number != order.number);
        self.waiting -= before - lane.working.len();
        if self.ended.len() == ENDED_KEPT {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended { order: *order, filled, status });
    }

    fn snapshot_of(&self, order: ClientOrderId, at: Timestamp) -> Option<OrderSnapshot> {
        let open = self.working().find(|one| one.request.order == order);
        if let Some(one) = open {
            return Some(snapshot(one, Qty::ZERO, OrderStatus::Working, at));
        }
        let ended = self.ended.iter().rev().find(|ended| ended.order.request.order == order)?;
        Some(snapshot(&ended.order, ended.filled, ended.status, at))
    }
}

fn venue_id(order: &Working) -> VenueOrderId {
    VenueOrderId(DisplayText::new(&format!("H-{}", order.number + 1)))
}

fn snapshot(one: &Working, filled: Qty, status: OrderStatus, at: Timestamp) -> OrderSnapshot {
    let OrderRequest { order, instrument, side, qty, kind, .. } = one.request;
    OrderSnapshot { order, venue_id: venue_id(one), instrument, side, qty, filled, kind, status, at }
}
