//! The honest venue: the one model of truth. It knows every order, fill and position, and answers what it is asked.

use crate::model::{
    AccountId, AccountSnapshot, Balance, BrokerPosition, BrokerReport, BrokerRequest, ClientOrderId,
    Currency, DisplayText, FillId, FillReport, Instrument, InstrumentId, Money, NetQty, OrderChange,
    OrderKind, OrderRequest, OrderSnapshot, OrderStatus, OrdersSnapshot, Price, Qty, Side, TimeInForce,
    Timestamp, VenueOrderId,
};
use crate::sim::Rng;
use crate::state::Genesis;
use std::collections::BTreeMap;

/// Something the venue says, and which deal it tells of.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) report: BrokerReport,
    pub(super) deal: Option<usize>,
}

/// One execution as it really was.
#[derive(Debug, Clone)]
pub(super) struct Deal {
    pub(super) report: FillReport,
    pub(super) busted: bool,
}

/// An order at the venue.
#[derive(Debug, Clone)]
pub(super) struct Resting {
    pub(super) request: OrderRequest,
    pub(super) venue_id: VenueOrderId,
    pub(super) filled: Qty,
    pub(super) status: OrderStatus,
    /// What it trades as: a stop that has triggered is a market or limit order.
    pub(super) works_as: OrderKind,
}

/// The truth.
#[derive(Debug)]
pub(super) struct Venue {
    pub(super) instruments: Vec<Instrument>,
    capital: Vec<(Currency, Money)>,
    pub(super) touch: Vec<Option<(Price, Price)>>,
    pub(super) live: BTreeMap<ClientOrderId, Resting>,
    pub(super) ended: BTreeMap<ClientOrderId, Resting>,
    /// Orders it has lost: it knows nothing of them any more.
    pub(super) forgotten: BTreeMap<ClientOrderId, Resting>,
    /// By instrument: the account's net position, and its cash flow less fees.
    pub(super) net: Vec<NetQty>,
    pub(super) flow: Vec<Money>,
    pub(super) deals: Vec<Deal>,
    pub(super) fills: u64,
    pub(super) rng: Rng,
    serial: u64,
    out: Vec<Told>,
}

impl Resting {
    pub(super) fn leaves(&self) -> Qty {
        self.request.qty.minus(self.filled)
    }
}

impl Venue {
    pub(super) fn new(genesis: &Genesis, seed: u64) -> Self {
        let count = genesis.instruments.len();
        Self {
            instruments: genesis.instruments.clone(),
            capital: genesis.capital.clone(),
            touch: vec![None; count],
            live: BTreeMap::new(),
            ended: BTreeMap::new(),
            forgotten: BTreeMap::new(),
            net: vec![NetQty::ZERO; count],
            flow: vec![Money::ZERO; count],
            deals: Vec::new(),
            fills: 0,
            rng: Rng::stream(seed, 3),
            serial: 0,
            out: Vec::new(),
        }
    }

    /// What it has said since the last call, in order.
    pub(super) fn said(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.out)
    }

    pub(super) fn say(&mut self, report: BrokerReport) {
        self.out.push(Told { report, deal: None });
    }

    /// Says something about a deal.
    pub(super) fn tell(&mut self, report: BrokerReport, deal: usize) {
        self.out.push(Told { report, deal: Some(deal) });
    }

    pub(super) fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.instruments.get(id.index())
    }

    pub(super) fn position(&self, id: InstrumentId) -> NetQty {
        self.net.get(id.index()).copied().unwrap_or(NetQty::ZERO)
    }

    /// A request arrives.
    pub(super) fn request(&mut self, now: Timestamp, request: &BrokerRequest) {
        let before = self.fills;
        match request {
            BrokerRequest::Submit(order) => self.submit(now, *order),
            BrokerRequest::Cancel { order } => self.cancel(now, *order),
            BrokerRequest::CancelAll => {
                for order in self.live.keys().copied().collect::<Vec<_>>() {
                    self.cancel(now, order);
                }
            }
            BrokerRequest::QueryAccount => self.tell_account(now),
            BrokerRequest::Replace { order, change } => self.replace(now, *order, *change),
            BrokerRequest::QueryOrder { order } => self.tell_order(now, *order),
            BrokerRequest::QueryOrders => self.tell_orders(now),
        }
        if self.fills != before {
            self.tell_account(now);
        }
    }

    fn submit(&mut self, now: Timestamp, request: OrderRequest) {
        let order = request.order;
        // A client id counts once: a second message of the same name is refused.
        if self.known(order).is_some() {
            return self.say(BrokerReport::Rejected { order, reason: "duplicate id".into(), at: now });
        }
        self.serial += 1;
        let venue_id = VenueOrderId(DisplayText::new(&format!("V-{}", self.serial)));
        let works_as = request.kind;
        let resting =
            Resting { request, venue_id, filled: Qty::ZERO, status: OrderStatus::Working, works_as };
        if let Some(reason) = self.refuses(&request) {
            self.ended.insert(order, Resting { status: OrderStatus::Rejected, ..resting });
            self.say(BrokerReport::Rejected { order, reason: reason.into(), at: now });
            return;
        }
        let venue_id = resting.venue_id.clone();
        self.live.insert(order, resting);
        self.say(BrokerReport::Accepted { order, venue_id, at: now });
        self.work(now, order, true);
    }

    fn refuses(&self, request: &OrderRequest) -> Option<&'static str> {
        let Some(touch) = self.touch.get(request.instrument.index()).copied().flatten() else {
            return Some("no such market");
        };
        if matches!(request.kind, OrderKind::TrailingStop { .. }) {
            return Some("no trailing stops here");
        }
        if request.reduce_only && self.position(request.instrument).side() != Some(request.side.opposite()) {
            return Some("would not reduce");
        }
        let takes = request.post_only && crosses(&request.kind, request.side, touch);
        takes.then_some("would take liquidity")
    }

    fn cancel(&mut self, now: Timestamp, order: ClientOrderId) {
        if self.live.contains_key(&order) {
            self.end(order, OrderStatus::Canceled);
            self.say(BrokerReport::Canceled { order, reason: "canceled on request".into(), at: now });
        } else {
            let reason = if self.ended.contains_key(&order) { "too late" } else { "unknown order" };
            self.say(BrokerReport::CancelRejected { order, reason: reason.into(), at: now });
        }
    }

    fn replace(&mut self, now: Timestamp, order: ClientOrderId, change: OrderChange) {
        let Some(resting) = self.live.get_mut(&order).filter(|resting| change.qty > resting.filled) else {
            return self.say(BrokerReport::ReplaceRejected { order, reason: "too late".into(), at: now });
        };
        resting.request.qty = change.qty;
        resting.request.kind = change.kind;
        resting.works_as = change.kind;
        self.say(BrokerReport::Replaced { order, change, at: now });
        self.work(now, order, true);
    }

    /// Takes an order off the book.
    pub(super) fn end(&mut self, order: ClientOrderId, status: OrderStatus) {
        if let Some(resting) = self.live.remove(&order) {
            self.ended.insert(order, Resting { status, ..resting });
        }
    }

    fn tell_order(&mut self, now: Timestamp, order: ClientOrderId) {
        let report = match self.live.get(&order).or_else(|| self.ended.get(&order)) {
            Some(resting) => BrokerReport::Order(Box::new(snapshot(resting, now))),
            None => BrokerReport::NotFound { order, at: now },
        };
        self.say(report);
    }

    pub(super) fn tell_orders(&mut self, now: Timestamp) {
        let open = self.live.values().map(|resting| snapshot(resting, now)).collect();
        let orders = OrdersSnapshot { open, fills: self.fills, at: now, account: AccountId::FIRST };
        self.say(BrokerReport::Orders(Box::new(orders)));
    }

    pub(super) fn tell_account(&mut self, now: Timestamp) {
        let balances = self.capital.iter().map(|(currency, _)| {
            let cash = self.cash(*currency);
            Balance { currency: *currency, cash, margin: Money::ZERO, free: cash }
        });
        let held = self.instruments.iter().zip(&self.net).filter(|(_, net)| !net.is_zero());
        let account = AccountSnapshot {
            account: AccountId::FIRST,
            balances: balances.collect(),
            positions: held.map(|(one, net)| BrokerPosition { instrument: one.id, net: *net }).collect(),
            fills: self.fills,
            venue_time: now,
        };
        self.say(BrokerReport::Account(Box::new(account)));
    }

    /// The account's cash in a currency.
    pub(super) fn cash(&self, currency: Currency) -> Money {
        let start: Money =
            self.capital.iter().filter(|(code, _)| *code == currency).map(|(_, amount)| *amount).sum();
        let flows = self.instruments.iter().zip(&self.flow).filter(|(one, _)| one.settle == currency);
        start + flows.map(|(_, flow)| *flow).sum()
    }

    /// Books an execution and tells it.
    pub(super) fn book(&mut self, fill: FillReport) {
        let index = fill.instrument.index();
        let signed = fill.qty.signed(fill.side);
        let Some(instrument) = self.instruments.get(index) else { return };
        let flow = instrument.flow(signed, fill.price) + fill.fee;
        if let Some(cash) = self.flow.get_mut(index) {
            *cash -= flow;
        }
        if let Some(net) = self.net.get_mut(index) {
            *net += signed;
        }
        self.fills += 1;
        self.deals.push(Deal { report: fill.clone(), busted: false });
        let deal = Some(self.deals.len().saturating_sub(1));
        self.out.push(Told { report: BrokerReport::Filled(fill), deal });
    }

    /// The name of the next fill: no two of this venue are equal.
    pub(super) fn next_fill_id(&mut self) -> FillId {
        self.serial += 1;
        FillId(DisplayText::new(&format!("T-{}", self.serial)))
    }

    /// Whether an order is to leave at once what it cannot trade.
    pub(super) fn is_immediate(resting: &Resting) -> bool {
        resting.request.tif == TimeInForce::Ioc || resting.works_as == OrderKind::Market
    }
}

/// Whether an order of this kind would trade at once.
pub(super) fn crosses(kind: &OrderKind, side: Side, (bid, ask): (Price, Price)) -> bool {
    match (kind, side) {
        (OrderKind::Market, _) => true,
        (OrderKind::Limit { price }, Side::Buy) => *price >= ask,
        (OrderKind::Limit { price }, Side::Sell) => *price <= bid,
        (OrderKind::Stop { .. } | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. }, _) => false,
    }
}

fn snapshot(resting: &Resting, at: Timestamp) -> OrderSnapshot {
    let part = resting.status == OrderStatus::Working && !resting.filled.is_zero();
    let status = if part { OrderStatus::PartiallyFilled } else { resting.status };
    OrderSnapshot {
        order: resting.request.order,
        venue_id: resting.venue_id.clone(),
        instrument: resting.request.instrument,
        side: resting.request.side,
        qty: resting.request.qty,
        filled: resting.filled,
        kind: resting.request.kind,
        status,
        at,
    }
}
