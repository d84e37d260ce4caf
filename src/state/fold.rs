//! The fold: `State::apply` is the only writer, total, never fails, never asks.

use super::alerting::{self, Around};
use super::alerts::Alerts;
use super::bases::Bases;
use super::batches::Batches;
use super::budget::Budget;
use super::closing::{self, Closing};
use super::conduct::Conducts;
use super::control::Control;
use super::genesis::Genesis;
use super::halt::{self, HaltReport};
use super::held::{Groups, HELD};
use super::history::History;
use super::leaving::Leaving;
use super::ledger::Ledger;
use super::links::Links;
use super::market::InstrumentMarket;
use super::orders::Orders;
use super::pace::Pace;
use super::plain::PlainFacts;
use super::planted::Planted;
use super::reconciliation::Reconciliation;
use super::sessions::Sessions;
use super::tuning::Tuning;
use super::watch::Watch;
use crate::model::{
    AccountEvent, BrokerReport, Cause, ClientOrderId, ControlEvent, Envelope, Event, InstrumentId, LegOf,
    Link, MarketEvent, Money, NewOrder, Order, OrderEvent, OrderId, OrderStatus, Pursuit, Qty, Quote,
    Recovery, Seq, StrategyId, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The whole state of a run: a pure function of its genesis and its events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    pub(super) genesis: Arc<Genesis>,
    /// The last event applied and its time by our clock.
    pub seq: Seq,
    pub now: Timestamp,
    pub(super) markets: Vec<InstrumentMarket>,
    /// By instrument: whether it is settled at par with the account's currency. Follows from the genesis.
    pub(super) par: Vec<bool>,
    /// The capital in the one currency all of these are settled in, if it is one.
    pub(super) par_capital: Option<Money>,
    pub orders: Orders,
    pub ledger: Ledger,
    pub control: Control,
    pub pace: Pace,
    /// Messages by venue, and what else is rationed.
    pub budget: Budget,
    pub(super) tuning: Tuning,
    pub(super) conducts: Conducts,
    /// When any broker last told its account, and when all were last asked, by our clock; what each told, and when, is with
    /// `reconciliation`.
    pub account_told: Option<Timestamp>,
    pub account_asked: Option<Timestamp>,
    pub links: Links,
    pub reconciliation: Reconciliation,
    /// What the watchdog remembers.
    pub watch: Watch,
    alerts: Alerts,
    pub history: History,
    pub halt: Option<HaltReport>,
    /// Positions somebody asked to close and that are not flat yet.
    pub closing: Vec<Closing>,
    /// Orders whose fills act on each other: brackets, OCOs, held exits.
    pub groups: Groups,
    /// Baskets, splits and option structures.
    pub batches: Batches,
    /// What has been said of days and contracts that end.
    pub sessions: Sessions,
    /// Reports that could not be placed.
    pub unmatched: u64,
    /// Fills that could not be booked.
    pub set_aside: u64,
    /// The bug this run was built with: none, outside the test of the simulation.
    pub planted: Planted,
    /// Orders denied, by strategy.
    pub(super) denied: Vec<u64>,
    /// What P&L is counted from.
    pub(super) bases: Bases,
    /// When the run at hand began, by our clock: what was sent before it was sent by a process that is no more.
    pub began: Timestamp,
    /// What its start found of the book it continues.
    pub recovered: Option<Recovery>,
    /// Whether the run continues a book, or moves real money, and a comparison with a broker's is still to come.
    pub recovering: bool,
    /// What of all this is plain to see: it follows from the rest.
    #[serde(skip)]
    pub(super) plain: PlainFacts,
}

impl State {
    /// The state before the first event.
    pub fn new(genesis: Arc<Genesis>) -> Self {
        let (strategies, instruments) = (genesis.strategies.len(), genesis.instruments.len());
        let mut state = Self {
            seq: Seq::default(),
            now: Timestamp::EPOCH,
            markets: (0..instruments).map(|_| InstrumentMarket::new()).collect(),
            par: genesis.instruments.iter().map(|one| genesis.is_par(one.settle)).collect(),
            par_capital: None,
            orders: Orders::new(genesis.book, strategies, instruments),
            ledger: Ledger::new(strategies, instruments),
            control: Control::new(&genesis),
            pace: Pace::new(),
            budget: Budget::new(&genesis),
            tuning: Tuning::new(&genesis.limits),
            conducts: Conducts::new(&genesis),
            account_told: None,
            account_asked: None,
            links: Links::default(),
            reconciliation: Reconciliation::new(instruments, genesis.accounts.count()),
            watch: Watch::new(),
            alerts: Alerts::default(),
            history: History::new(),
            halt: None,
            closing: Vec::new(),
            groups: Groups::default(),
            batches: Batches::default(),
            sessions: Sessions::default(),
            unmatched: 0,
            set_aside: 0,
            planted: Planted::default(),
            denied: vec![0; strategies],
            bases: Bases::new(strategies),
            began: Timestamp::EPOCH,
            recovered: None,
            recovering: false,
            plain: PlainFacts::default(),
            genesis,
        };
        state.par_capital = state.capital_at_par();
        state.see_all();
        state
    }

    /// Builds the run with a bug, before its first event.
    pub const fn plant(&mut self, planted: Planted) {
        self.planted = planted;
        self.orders.planted = planted;
        self.control.planted = planted;
    }

    /// Takes no samples of equity for a curve that nobody draws. Nothing is decided by them.
    pub const fn unwatched(&mut self) {
        self.history.unwatched();
    }

    /// What was fixed before the first event.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// One instrument's market.
    pub fn market(&self, id: InstrumentId) -> Option<&InstrumentMarket> {
        self.markets.get(id.index())
    }

    /// All markets, by instrument.
    pub fn markets(&self) -> &[InstrumentMarket] {
        &self.markets
    }

    /// What a human has to look at.
    pub const fn alerts(&self) -> &Alerts {
        &self.alerts
    }

    /// Orders of a strategy the gate has denied.
    pub fn denied_of(&self, strategy: StrategyId) -> u64 {
        self.denied.get(strategy.index()).copied().unwrap_or_default()
    }

    /// Takes one event. Equal states and equal events give equal states.
    pub fn apply(&mut self, envelope: &Envelope) {
        if let Event::Market(MarketEvent::Quote(quote)) = &envelope.event {
            return self.apply_quote(envelope.seq, envelope.at, quote);
        }
        if let Event::Order(OrderEvent::Submitted { order, .. }) = &envelope.event {
            let leaving = Leaving { order, foreseen: self.foresee(order) };
            return self.apply_submitted((envelope.seq, envelope.at), leaving, envelope);
        }
        self.apply_at_length(envelope);
    }

    /// As `apply`, without the short ways: they must come to the same, and a test holds them against this.
    #[doc(hidden)]
    pub fn apply_at_length(&mut self, envelope: &Envelope) {
        self.begin_event(envelope.seq, envelope.at);
        if let Event::Market(market) = &envelope.event {
            if let Some(slot) = self.markets.get_mut(market.instrument().index()) {
                slot.apply(market, envelope.at);
            }
            if !market.is_data() {
                self.take_note(envelope);
            }
        } else {
            self.apply_fact(envelope);
            self.take_note(envelope);
        }
        self.see(&envelope.event);
        self.end_event(envelope.at);
    }

    /// Takes the event of a quote: what comes most often has a short way.
    #[inline]
    pub(crate) fn apply_quote(&mut self, seq: Seq, at: Timestamp, quote: &Quote) {
        self.begin_event(seq, at);
        if let Some(slot) = self.markets.get_mut(quote.instrument.index()) {
            slot.take_quote(quote, at);
        }
        self.end_event(at);
    }

    /// Takes the event of an order that leaves. The broker waits for it, so it has a short way too: nothing else about
    /// the order can have happened yet, no conduct and no alert follows from it, and a report of a halt is written only
    /// where there is one. Number and time are handed over by who has just written them: to read them back would wait.
    pub(crate) fn apply_submitted(
        &mut self,
        (seq, at): (Seq, Timestamp),
        leaving: Leaving<'_>,
        envelope: &Envelope,
    ) {
        let Event::Order(event) = &envelope.event else { return };
        self.begin_event(seq, at);
        self.take_submitted(event, leaving, (at, envelope.cause));
        if self.may_have_kin(event) {
            self.tell_kin(event, envelope);
        }
        if self.halt.is_some() {
            self.report_halt(envelope);
        }
        self.history.note_submitted((seq, at), leaving.order, envelope);
        self.end_event(at);
    }

    #[inline]
    fn begin_event(&mut self, seq: Seq, at: Timestamp) {
        self.turn_day(at);
        self.seq = seq;
        self.now = at;
    }

    #[inline]
    fn end_event(&mut self, at: Timestamp) {
        if self.history.is_due(at) {
            self.sample(at);
        }
    }

    /// Takes a sample of the account's P&L, where it can be valued.
    #[cold]
    fn sample(&mut self, at: Timestamp) {
        if !self.bases.is_account_due()
            && let Some(pnl) = self.account_pnl()
        {
            self.history.sample(at, pnl.day);
        }
    }

    /// Takes what is not market data.
    fn apply_fact(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::Market(_) => {}
            Event::Order(order) => self.apply_order(order, envelope),
            Event::Denied { order, .. } => {
                if let Some(count) = self.denied.get_mut(order.strategy.index()) {
                    *count += 1;
                }
            }
            Event::Account(account) => {
                self.apply_account(account, envelope);
                self.recovering = self.recovering && self.is_any_recovering();
            }
            Event::Risk(risk) => self.apply_risk(risk, envelope.at),
            Event::Batch(batch) => self.batches.apply(batch, envelope.cause, envelope.at),
            Event::Link(link) => self.links.apply(link, envelope.at),
            Event::Control(control) => {
                if let ControlEvent::Started { recovered, .. } = control {
                    (self.began, self.recovering) =
                        (envelope.at, recovered.is_some() || self.begins_closed());
                    self.recovered = recovered.as_deref().copied();
                    self.orders.leave_gap_after(self.recovered.map(|one| one.found).unwrap_or_default());
                }
                self.control.apply(control, envelope.seq, envelope.at);
                self.sessions.apply(control, envelope.at);
                closing::fold(&mut self.closing, control, envelope.seq);
                let asked = self.links.accounts_there(&self.genesis.accounts);
                self.reconciliation.control(control, asked, envelope.at);
                self.watch.control(control, envelope.at);
            }
        }
    }

    /// What every event but replaceable data leaves: alerts, the report of a halt, a line in the log.
    fn take_note(&mut self, envelope: &Envelope) {
        self.conducts.apply(envelope);
        if matches!(envelope.event, Event::Control(ControlEvent::Armed { .. })) {
            self.count_due_bases();
        }
        self.report_halt(envelope);
        let around = Around {
            genesis: &self.genesis,
            orders: &self.orders,
            control: &self.control,
            reconciliation: &self.reconciliation,
            batches: &self.batches,
            ledger: &self.ledger,
        };
        alerting::fold(&mut self.alerts, around, envelope);
        if !matches!(
            envelope.event,
            Event::Account(AccountEvent::Snapshot { .. } | AccountEvent::Orders { .. })
        ) {
            self.history.note(envelope);
        }
    }

    fn report_halt(&mut self, envelope: &Envelope) {
        let found = halt::Around { orders: &self.orders, batches: &self.batches, ledger: &self.ledger };
        halt::fold(&mut self.halt, (&self.genesis.standing, found), envelope);
    }

    fn apply_order(&mut self, event: &OrderEvent, envelope: &Envelope) {
        if !self.groups.is_empty() {
            self.groups.ends(event, &self.orders);
        }
        // Only at length: `apply` has a short way for an order that leaves.
        if let OrderEvent::Submitted { order, .. } = event {
            let leaving = Leaving { order, foreseen: self.foresee(order) };
            self.take_submitted(event, leaving, (envelope.at, envelope.cause));
        }
        self.take_order(event, envelope);
        self.tell_kin(event, envelope);
    }

    /// Whether anything may belong together with an order that leaves: it has a link or is an exit, or there are groups
    /// or batches at all.
    #[inline]
    fn may_have_kin(&self, event: &OrderEvent) -> bool {
        let alone = matches!(event, OrderEvent::Submitted { order, link: None, .. } if !order.reduce_only);
        !alone || !self.groups.is_empty() || self.batches.is_any_open()
    }

    /// After the books have taken the event: what belongs together with its order.
    fn tell_kin(&mut self, event: &OrderEvent, envelope: &Envelope) {
        self.groups.apply(event, &mut self.orders, envelope.at);
        if !self.groups.is_empty() {
            self.groups.tidy(&self.orders, &self.ledger);
        }
        if self.batches.is_any_open()
            && let Some(order) = event.id().and_then(|id| self.orders.get(id))
        {
            self.batches.leg_moved(order, event, envelope.at);
        }
    }

    /// An order leaves, or leaves again.
    #[inline]
    fn take_submitted(&mut self, event: &OrderEvent, leaving: Leaving<'_>, (at, cause): (Timestamp, Cause)) {
        let OrderEvent::Submitted { id, client_id, venue_reduce_only, leg, link, order: told, .. } = event
        else {
            return;
        };
        let Leaving { order, foreseen } = leaving;
        debug_assert_eq!(order, told, "it leaves as it was judged");
        debug_assert_eq!(foreseen, self.foresee(order), "nothing happens between the gate and the fold");
        let marked = (order, foreseen.mark());
        self.pace.order_sent(marked, leg.map(|leg| leg.batch), at);
        self.budget.order_sent(marked, leg.is_some(), at);
        self.conducts.submitted(order, foreseen.enters(), at);
        closing::goes_on(&mut self.closing, order);
        if self.orders.was_issued(*id) {
            self.orders.release(*id, order, *venue_reduce_only, at);
        } else {
            let pursuit = Pursuit { sent: 1, venue_reduce_only: *venue_reduce_only, ..Pursuit::default() };
            let stage = (OrderStatus::Submitted, pursuit);
            let request = (order, *leg, *link);
            self.orders.send(*id, order, || born((id, client_id), request, stage, (at, cause)));
        }
        self.reconciliation.touch(order.instrument, at);
    }

    fn take_order(&mut self, event: &OrderEvent, envelope: &Envelope) {
        self.orders.apply(event, envelope.at);
        match event {
            OrderEvent::Held { id, client_id, order, actor, leg, link, .. } => {
                if self.orders.was_issued(*id) {
                    self.orders.note_anomaly();
                } else {
                    let (request, moment) = ((order, *leg, *link), (envelope.at, envelope.cause));
                    let stage = (OrderStatus::Held, Pursuit::default());
                    let born = born((id, client_id), request, stage, moment);
                    self.orders.hold(Order { note: Some(HELD.into()), ..born });
                    self.orders.watch(*id, *actor);
                }
            }
            OrderEvent::CancelRequested { id, .. }
            | OrderEvent::ReplaceRequested { id, .. }
            | OrderEvent::Queried { id, .. } => {
                self.ration(*id, matches!(event, OrderEvent::ReplaceRequested { .. }), envelope);
            }
            OrderEvent::Filled { id, fill } => {
                let client_id = self.orders.name_of(*id);
                self.take_fill(client_id, fill, envelope);
            }
            OrderEvent::Busted { client_id, fill, .. } => self.take_bust(*client_id, fill, envelope),
            OrderEvent::Unmatched { client_id, report } => {
                self.unmatched += 1;
                if let BrokerReport::Filled(told) = report.as_ref() {
                    self.take_foreign_fill(*client_id, told, envelope);
                }
            }
            OrderEvent::SetAside { client_id, report, .. } => {
                self.set_aside += 1;
                if let BrokerReport::Busted { fill_id, .. } = report.as_ref() {
                    self.orders.busted_unheard(*client_id, fill_id);
                }
            }
            OrderEvent::Accepted { id, .. } | OrderEvent::Rejected { id, .. } => {
                if let Some(strategy) = self.orders.get(*id).map(|order| order.request.strategy) {
                    self.conducts.answered(strategy, event);
                }
                self.forget_ended(*id);
            }
            OrderEvent::Canceled { id, .. }
            | OrderEvent::Expired { id, .. }
            | OrderEvent::Replaced { id, .. }
            | OrderEvent::ReplaceRejected { id, .. }
            | OrderEvent::Lost { id, .. } => {
                self.forget_ended(*id);
            }
            OrderEvent::Submitted { .. }
            | OrderEvent::Triggered { .. }
            | OrderEvent::CancelRejected { .. }
            | OrderEvent::Unknown { .. }
            | OrderEvent::Trailed { .. }
            | OrderEvent::NotFound { .. }
            | OrderEvent::Vouched { .. } => {}
        }
        self.watch_order(event, envelope.at);
    }

    /// After the books have taken the event.
    fn watch_order(&mut self, event: &OrderEvent, at: Timestamp) {
        self.watch.order(event, (&self.orders, &self.genesis.accounts), self.control.mode, at);
        if let OrderEvent::CancelRequested { id, .. } = event {
            self.reconciliation.withdrawn(*id, at);
        }
        // A question moves nothing.
        if matches!(event, OrderEvent::Queried { .. } | OrderEvent::NotFound { .. }) {
            return;
        }
        if let Some(order) = event.id().and_then(|id| self.orders.get(id)) {
            self.reconciliation.touch(order.request.instrument, at);
        }
    }
}

/// An order at the first event of its life.
#[inline]
fn born(
    (id, client_id): (&OrderId, &ClientOrderId),
    (request, leg, link): (&NewOrder, Option<LegOf>, Option<Link>),
    (status, pursuit): (OrderStatus, Pursuit),
    (at, cause): (Timestamp, Cause),
) -> Order {
    Order {
        id: *id,
        client_id: *client_id,
        request: *request,
        status,
        filled: Qty::ZERO,
        busted: Qty::ZERO,
        cost: Money::ZERO,
        fees: Money::ZERO,
        triggered: false,
        venue_id: None,
        cause,
        late_fill: false,
        note: None,
        submitted_at: at,
        acknowledged_at: None,
        updated_at: at,
        cancel_requested_at: None,
        replace: None,
        leg,
        link,
        pursuit,
    }
}
