//! What an independent observer keeps of a world: the orders that left, the deals that were told, and a state folded
//! from the events alone. The invariants are asked against it.

use super::invariants::{Check, INVARIANTS, SeenBatch, Verdict, protection_taken};
use super::venue::{Deal, Venue};
use crate::engine::Effect;
use crate::model::{
    AccountEvent, BatchEvent, BatchId, BrokerReport, BrokerRequest, ClientOrderId, Command, Envelope, Event,
    FillId, Instrument, InstrumentId, KillLevel, Money, NetQty, NewOrder, OrderEvent, OrderId, OrderStatus,
    Price, Qty, Quote, Request, RequestId, Scope, StrategyId, Timestamp,
};
use crate::state::{Genesis, State};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Genuine quotes remembered for the question whether a mark is one.
const QUOTES_KEPT: usize = 256;

/// What an invariant found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub seed: u64,
    /// Its number in the reliability list, and its name.
    pub invariant: &'static str,
    /// The engine input after which it was seen.
    pub step: u64,
    pub text: String,
}

/// What the step at hand was fed with.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    Start,
    Market,
    Report(Box<BrokerReport>),
    Command(Request),
    Tick,
    Link,
    Clock,
}

/// An order that was released.
#[derive(Debug, Clone)]
pub(super) struct Issued {
    pub(super) order: NewOrder,
    pub(super) client_id: ClientOrderId,
    /// After the last step.
    pub(super) status: OrderStatus,
    pub(super) cancel_asked: bool,
    /// What the deals told so far add up to.
    pub(super) filled: Qty,
    /// What of it the venue has taken back.
    pub(super) busted: Qty,
    pub(super) cost: Money,
    pub(super) fees: Money,
    /// How often the venue has said that it knows no such order.
    pub(super) not_found: u32,
}

/// One cell of the observer's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Row {
    pub(super) net: NetQty,
    /// Cash less fees, with funding.
    pub(super) flow: Money,
}

/// The observer.
#[derive(Debug)]
pub(super) struct Checker {
    pub(super) genesis: Arc<Genesis>,
    /// Folded from the envelopes; before an event while its invariants are asked.
    pub(super) replica: State,
    /// Folded from the facts among them, as a journal would after a crash.
    pub(super) facts: State,
    pub(super) issued: BTreeMap<OrderId, Issued>,
    pub(super) requests: BTreeSet<RequestId>,
    pub(super) rows: BTreeMap<(StrategyId, InstrumentId), Row>,
    pub(super) told: BTreeSet<usize>,
    /// Deals the venue has said it takes back.
    pub(super) busted: BTreeSet<usize>,
    /// Deals whose reversal is in the books.
    pub(super) reversed: BTreeSet<usize>,
    /// Payments of funding told, and what of the step's payment has been shared out.
    pub(super) payments: BTreeSet<FillId>,
    pub(super) funding_due: Money,
    pub(super) heard: Heard,
    /// By instrument: genuine quotes told lately, the newest last, and when the newest came by our clock.
    pub(super) quotes: Vec<VecDeque<(Price, Price, Timestamp)>>,
    /// By instrument: genuine quotes dropped from that list, and the place in all of them of the one that is the mark.
    pub(super) quotes_dropped: Vec<usize>,
    pub(super) marks: Vec<usize>,
    pub(super) quoted_at: Vec<Option<Timestamp>>,
    /// When orders left, within the last second.
    pub(super) sent_at: VecDeque<Timestamp>,
    pub(super) on_wire: BTreeMap<ClientOrderId, u32>,
    /// The kill levels after the last step: everything, then each strategy, then each instrument.
    pub(super) kills: Vec<KillLevel>,
    /// Orders the events of this step are about.
    pub(super) touched: BTreeSet<OrderId>,
    /// What protects under a K2 and was told to go in this step.
    pub(super) protection_taken: Vec<OrderId>,
    pub(super) batches: BTreeMap<BatchId, SeenBatch>,
    /// Kills raised by no human so far.
    pub(super) automatic_kills: u32,
}

/// What a step's invariants see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) state: &'a State,
    pub(super) events: &'a [Envelope],
    pub(super) venue: &'a Venue,
}

impl Checker {
    pub(super) fn new(genesis: &Arc<Genesis>) -> Self {
        let count = genesis.instruments.len();
        Self {
            genesis: Arc::clone(genesis),
            replica: State::new(Arc::clone(genesis)),
            facts: State::new(Arc::clone(genesis)),
            issued: BTreeMap::new(),
            requests: BTreeSet::new(),
            rows: BTreeMap::new(),
            told: BTreeSet::new(),
            busted: BTreeSet::new(),
            reversed: BTreeSet::new(),
            payments: BTreeSet::new(),
            funding_due: Money::ZERO,
            heard: Heard::Start,
            quotes: vec![VecDeque::new(); count],
            quotes_dropped: vec![0; count],
            marks: vec![0; count],
            quoted_at: vec![None; count],
            sent_at: VecDeque::new(),
            on_wire: BTreeMap::new(),
            kills: Vec::new(),
            touched: BTreeSet::new(),
            protection_taken: Vec::new(),
            batches: BTreeMap::new(),
            automatic_kills: 0,
        }
    }

    pub(super) fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.genesis.instrument(id)
    }

    /// The order of ours that a client id names, if it was released.
    pub(super) fn order_of(&self, client: ClientOrderId) -> Option<OrderId> {
        client.number_in(self.genesis.book).filter(|id| self.issued.contains_key(id))
    }

    /// Before a step: what will be fed, and which deal it tells of.
    pub(super) fn before(&mut self, heard: Heard, deal: Option<(usize, &Deal)>) {
        self.heard = heard;
        self.touched.clear();
        self.protection_taken.clear();
        self.funding_due = Money::ZERO;
        let Heard::Report(report) = &self.heard else { return };
        match report.as_ref().clone() {
            BrokerReport::Filled(_) => {
                if let Some((index, deal)) = deal
                    && self.told.insert(index)
                {
                    self.take_deal(deal, false);
                }
                // Taken back before it was told.
                if let Some((index, deal)) = deal
                    && self.busted.contains(&index)
                    && self.reversed.insert(index)
                {
                    self.take_deal(deal, true);
                }
            }
            BrokerReport::Busted { .. } => {
                if let Some((index, deal)) = deal
                    && self.busted.insert(index)
                    && self.told.contains(&index)
                {
                    self.reversed.insert(index);
                    self.take_deal(deal, true);
                }
            }
            BrokerReport::Funding { amount, payment, .. } => {
                let fresh = self.payments.insert(payment);
                self.funding_due = if fresh { amount } else { Money::ZERO };
            }
            BrokerReport::NotFound { order, .. } => {
                if let Some(issued) = self.order_of(order).and_then(|id| self.issued.get_mut(&id)) {
                    issued.not_found += 1;
                }
            }
            BrokerReport::Accepted { .. }
            | BrokerReport::Rejected { .. }
            | BrokerReport::Triggered { .. }
            | BrokerReport::Canceled { .. }
            | BrokerReport::Expired { .. }
            | BrokerReport::CancelRejected { .. }
            | BrokerReport::Replaced { .. }
            | BrokerReport::ReplaceRejected { .. }
            | BrokerReport::NotSent { .. }
            | BrokerReport::Doubted { .. }
            | BrokerReport::Order(_)
            | BrokerReport::Settled { .. }
            | BrokerReport::Account(_)
            | BrokerReport::Orders(_) => {}
        }
    }

    /// A genuine quote is about to be told.
    pub(super) fn before_quote(&mut self, quote: &Quote, at: Timestamp) {
        let index = quote.instrument.index();
        if let (Some(kept), Some(dropped)) = (self.quotes.get_mut(index), self.quotes_dropped.get_mut(index))
        {
            kept.push_back((quote.bid, quote.ask, quote.venue_time));
            if kept.len() > QUOTES_KEPT {
                kept.pop_front();
                *dropped += 1;
            }
        }
        if let Some(slot) = self.quoted_at.get_mut(index) {
            *slot = Some(at);
        }
    }

    /// The place of an instrument's mark in all genuine quotes of it; `None` where it is none of them.
    pub(super) fn place_of_mark(&self, state: &State, id: InstrumentId) -> Option<usize> {
        let quote = state.market(id)?.quote?;
        let kept = self.quotes.get(id.index())?;
        let nth = kept.iter().rposition(|one| *one == (quote.bid, quote.ask, quote.venue_time))?;
        Some(self.quotes_dropped.get(id.index())?.saturating_add(nth))
    }

    /// Whether the quote at one place is of an earlier moment at the venue than the one at another.
    pub(super) fn quoted_before(&self, id: InstrumentId, place: usize, other: usize) -> bool {
        let dropped = self.quotes_dropped.get(id.index()).copied().unwrap_or_default();
        let kept = self.quotes.get(id.index());
        let time = |place: usize| kept?.get(place.checked_sub(dropped)?).map(|quote| quote.2);
        time(place) != time(other)
    }

    /// Books a deal, or its reversal.
    fn take_deal(&mut self, deal: &Deal, back: bool) {
        let fill = &deal.report;
        let owner = self.order_of(fill.order);
        let Some(instrument) = self.genesis.instrument(fill.instrument) else { return };
        let worth = instrument.notional(fill.price, fill.qty);
        let strategy = match owner.and_then(|id| self.issued.get_mut(&id)) {
            Some(issued) => {
                let (worth, fee) = if back { (-worth, -fill.fee) } else { (worth, fill.fee) };
                issued.filled =
                    if back { issued.filled.minus(fill.qty) } else { issued.filled.plus(fill.qty) };
                issued.busted = if back { issued.busted.plus(fill.qty) } else { issued.busted };
                issued.cost += worth;
                issued.fees += fee;
                issued.order.strategy
            }
            None => StrategyId::EXTERNAL,
        };
        let signed = fill.qty.signed(fill.side);
        let row = self.rows.entry((strategy, fill.instrument)).or_default();
        let flow = instrument.flow(signed, fill.price) + fill.fee;
        row.net += if back { -signed } else { signed };
        row.flow += if back { flow } else { -flow };
        self.touched.extend(owner);
    }

    /// One event of the step: its invariants, then it is folded.
    pub(super) fn event(&mut self, envelope: &Envelope) -> Verdict {
        for invariant in INVARIANTS {
            if let Check::Event(check) = invariant.check {
                check(self, envelope).map_err(|text| (invariant.name, text))?;
            }
        }
        self.note(envelope);
        self.replica.apply(envelope);
        if !envelope.event.is_replaceable() {
            self.facts.apply(envelope);
        }
        if let Event::Account(AccountEvent::Claimed { strategy, instrument, qty, .. }) = &envelope.event {
            self.take_claim(*strategy, *instrument, *qty);
        }
        Ok(())
    }

    /// A claim moves quantity exactly; how much money goes with it is the ledger's to say, and none may be lost.
    fn take_claim(&mut self, strategy: StrategyId, instrument: InstrumentId, qty: NetQty) {
        let external = self.rows.entry((StrategyId::EXTERNAL, instrument)).or_default();
        let left = self.replica.ledger.position(StrategyId::EXTERNAL, instrument).paid();
        let moved = external.flow - left;
        external.net = external.net - qty;
        external.flow = left;
        let row = self.rows.entry((strategy, instrument)).or_default();
        row.net += qty;
        row.flow += moved;
    }

    fn note(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::Order(order) => {
                self.touched.extend(order.id());
                self.protection_taken.extend(protection_taken(self, order));
                self.note_order(order, envelope.at);
            }
            Event::Control(crate::model::ControlEvent::KillRaised { actor, .. }) if !actor.is_human() => {
                let asked = matches!(&self.heard, Heard::Command(request)
                    if matches!(request.command, Command::Kill { .. }));
                self.automatic_kills += u32::from(!asked);
            }
            Event::Account(AccountEvent::Funding { strategy, instrument, amount, .. }) => {
                self.rows.entry((*strategy, *instrument)).or_default().flow += *amount;
                self.funding_due -= *amount;
            }
            Event::Batch(event) => {
                if let BatchEvent::Began { id, batch, .. } = event {
                    self.batches.insert(*id, SeenBatch::new(batch));
                }
                if let Some(seen) = event.id().and_then(|id| self.batches.get_mut(&id)) {
                    seen.take(event);
                }
            }
            Event::Market(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Risk(_) => {}
        }
    }

    fn note_order(&mut self, event: &OrderEvent, at: Timestamp) {
        let (OrderEvent::Submitted { id, client_id, order, request, leg, .. }
        | OrderEvent::Held { id, client_id, order, request, leg, .. }) = event
        else {
            return;
        };
        if matches!(event, OrderEvent::Submitted { .. }) {
            self.sent_at.push_back(at);
            while self
                .sent_at
                .front()
                .is_some_and(|first| at.since(*first) >= crate::model::Span::from_secs(1))
            {
                self.sent_at.pop_front();
            }
        }
        self.requests.extend(*request);
        if let Some(leg) = leg
            && let Some(batch) = self.batches.get_mut(&leg.batch)
        {
            batch.sent(*leg, *id);
        }
        let held = matches!(event, OrderEvent::Held { .. });
        let fresh = Issued {
            order: *order,
            client_id: *client_id,
            status: if held { OrderStatus::Held } else { OrderStatus::Submitted },
            cancel_asked: false,
            filled: Qty::ZERO,
            busted: Qty::ZERO,
            cost: Money::ZERO,
            fees: Money::ZERO,
            not_found: 0,
        };
        self.issued.entry(*id).or_insert(fresh);
    }

    /// After a step.
    pub(super) fn step(&mut self, moment: Moment<'_>) -> Verdict {
        for invariant in INVARIANTS {
            if let Check::Step(check) = invariant.check {
                check(self, &moment).map_err(|text| (invariant.name, text))?;
            }
        }
        for id in &self.touched {
            if let Some(order) = moment.state.orders.get(*id)
                && let Some(issued) = self.issued.get_mut(id)
            {
                issued.status = order.status;
                issued.cancel_asked = order.cancel_requested_at.is_some();
            }
        }
        self.kills = levels(moment.state);
        for id in self.genesis.instrument_ids() {
            let place = self.place_of_mark(moment.state, id).unwrap_or_default();
            if let Some(mark) = self.marks.get_mut(id.index()) {
                *mark = place;
            }
        }
        Ok(())
    }

    /// Something leaves for the venue.
    pub(super) fn wire(&mut self, effect: &Effect) -> Verdict {
        if let BrokerRequest::Submit(order) = &effect.request {
            *self.on_wire.entry(order.order).or_default() += 1;
        }
        for invariant in INVARIANTS {
            if let Check::Wire(check) = invariant.check {
                check(self, effect).map_err(|text| (invariant.name, text))?;
            }
        }
        Ok(())
    }

    /// Everything is delivered and quiet.
    pub(super) fn quiet(&self, moment: Moment<'_>) -> Verdict {
        for invariant in INVARIANTS {
            if let Check::Quiet(check) = invariant.check {
                check(self, &moment).map_err(|text| (invariant.name, text))?;
            }
        }
        Ok(())
    }
}

/// All kill levels of a state, in one order.
pub(super) fn levels(state: &State) -> Vec<KillLevel> {
    let genesis = state.genesis();
    let strategies = genesis.strategy_ids().map(Scope::Strategy);
    let instruments = genesis.instrument_ids().map(Scope::Instrument);
    let scopes = std::iter::once(Scope::All).chain(strategies).chain(instruments);
    scopes.map(|scope| state.control.kill_at(scope)).collect()
}
