//! What the watchdog needs to remember between looks, as a fold: its alarms, clocks, orders of unknown fate.

use super::accounts::Accounts;
use super::orders::Orders;
use super::ring::Ring;
use crate::model::{
    AccountId, ClockFact, ControlEvent, DisplayText, KillLevel, Label, Mode, OrderEvent, OrderId,
    OrderStatus, Span, TimeInForce, Timestamp, Trigger,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Alarms kept: those that are over and killed nothing go at once.
const ALARMS_KEPT: usize = 128;

/// Unasked cancels remembered.
const CANCELS_KEPT: usize = 64;

/// The broker's clock is judged by the fastest report of this long, and of the same time before.
const CLOCK_WINDOW: Span = Span::from_secs(60);

/// An alarm that stands, or is over while what it killed still stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    pub trigger: Trigger,
    /// What it is about: a venue, a link, an instrument.
    pub subject: Label,
    /// The highest level it has asked for; K0 only tells.
    pub level: KillLevel,
    /// When it was raised, by our clock.
    pub at: Timestamp,
    pub detail: DisplayText,
    /// When the condition ended, by our clock.
    pub over_at: Option<Timestamp>,
}

/// What the watchdog remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watch {
    alarms: Vec<Alarm>,
    /// The last time the process stood still: when it went on, by our clock, and for how long it had stood.
    pub gap: Option<(Timestamp, Span)>,
    /// Orders of unknown fate and since when.
    unknown: Vec<(OrderId, Timestamp)>,
    /// Resting orders canceled without anybody having asked.
    unasked: Ring<Timestamp>,
    /// The fastest report of this window and of the one before: `local − broker`.
    window: Timestamp,
    offset: Option<Span>,
    offset_before: Option<Span>,
    /// The same of further accounts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    further: BTreeMap<AccountId, Elsewhere>,
}

/// What is remembered of a further account.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Elsewhere {
    unasked: Ring<Timestamp>,
    clock: BrokerClock,
}

/// The fastest report of a window and of the one before: `local − broker`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct BrokerClock {
    window: Timestamp,
    offset: Option<Span>,
    before: Option<Span>,
}

impl BrokerClock {
    fn hear(&mut self, offset: Span, at: Timestamp) {
        if at.since(self.window) >= CLOCK_WINDOW {
            self.before = self.offset.take();
            self.window = at;
        }
        self.offset = Some(self.offset.map_or(offset, |least| least.min(offset)));
    }

    fn told(self) -> Option<Span> {
        match (self.offset, self.before) {
            (Some(now), Some(before)) => Some(now.min(before)),
            (now, before) => now.or(before),
        }
    }
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            alarms: Vec::new(),
            gap: None,
            unknown: Vec::new(),
            unasked: Ring::new(CANCELS_KEPT),
            window: Timestamp::EPOCH,
            offset: None,
            offset_before: None,
            further: BTreeMap::new(),
        }
    }

    /// A new process: how far the clocks are apart is measured again.
    pub(super) fn resume(&mut self) {
        self.set_clock(BrokerClock::default());
        self.further.values_mut().for_each(|one| one.clock = BrokerClock::default());
    }

    /// Alarms that stand, and those that are over while what they killed still stands; oldest first.
    pub fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    /// The alarm of a condition about a subject.
    pub fn alarm(&self, trigger: Trigger, subject: Label) -> Option<&Alarm> {
        self.alarms.iter().find(|one| (one.trigger, one.subject) == (trigger, subject))
    }

    /// Orders of unknown fate and since when, by our clock.
    pub fn unknown(&self) -> &[(OrderId, Timestamp)] {
        &self.unknown
    }

    /// When resting orders were canceled at an account without anybody having asked, oldest first, by our clock.
    pub fn unasked_cancels(&self, account: AccountId) -> impl DoubleEndedIterator<Item = Timestamp> {
        let first = account.is_first().then_some(&self.unasked);
        let further = self.further.get(&account).map(|one| &one.unasked);
        first.or(further).into_iter().flat_map(|ring| ring.iter().copied())
    }

    /// How far our clock is ahead of an account's broker's, by the fastest report of the last minutes: the true distance plus
    /// the fastest way. `None` before the first report.
    pub fn broker_offset(&self, account: AccountId) -> Option<Span> {
        if account.is_first() {
            return self.clock().told();
        }
        self.further.get(&account)?.clock.told()
    }

    const fn clock(&self) -> BrokerClock {
        BrokerClock { window: self.window, offset: self.offset, before: self.offset_before }
    }

    const fn set_clock(&mut self, clock: BrokerClock) {
        (self.window, self.offset, self.offset_before) = (clock.window, clock.offset, clock.before);
    }

    /// What is remembered of a further account; `None` of the first.
    fn elsewhere(&mut self, account: AccountId) -> Option<&mut Elsewhere> {
        let new = || Elsewhere { unasked: Ring::new(CANCELS_KEPT), clock: BrokerClock::default() };
        (!account.is_first()).then(|| self.further.entry(account).or_insert_with(new))
    }

    pub(super) fn control(&mut self, event: &ControlEvent, at: Timestamp) {
        match event {
            ControlEvent::Alarm { trigger, subject, level, detail, .. } => {
                self.raise((*trigger, *subject), *level, detail, at);
            }
            ControlEvent::AlarmOver { trigger, subject } => {
                self.end((*trigger, *subject), at);
            }
            ControlEvent::Resumed { .. } => self.alarms.retain(|one| one.over_at.is_none()),
            ControlEvent::Clock { what: ClockFact::Gap { gap } } => self.gap = Some((at, *gap)),
            ControlEvent::ModeSet { .. } => {
                (self.offset, self.offset_before) = (None, None);
                self.further.values_mut().for_each(|one| one.clock = BrokerClock::default());
            }
            ControlEvent::Clock { what: ClockFact::Jump { .. } }
            | ControlEvent::Started { .. }
            | ControlEvent::SessionEnd { .. }
            | ControlEvent::SessionLate { .. }
            | ControlEvent::RollDue { .. }
            | ControlEvent::KillRaised { .. }
            | ControlEvent::Armed { .. }
            | ControlEvent::Disarmed { .. }
            | ControlEvent::StrategyFailed { .. }
            | ControlEvent::Refused { .. }
            | ControlEvent::LossLimit { .. }
            | ControlEvent::Mismatch { .. }
            | ControlEvent::ReconcileBegan { .. }
            | ControlEvent::DifferenceAccepted { .. }
            | ControlEvent::FlattenHeld { .. }
            | ControlEvent::CloseBegan { .. }
            | ControlEvent::CloseEnded { .. }
            | ControlEvent::Done { .. }
            | ControlEvent::Acknowledged { .. } => {}
        }
    }

    /// One that killed nothing is forgotten with its end.
    fn end(&mut self, name: (Trigger, Label), at: Timestamp) {
        for alarm in self.alarms.iter_mut().filter(|one| (one.trigger, one.subject) == name) {
            alarm.over_at = Some(at);
        }
        self.alarms.retain(|one| (one.trigger, one.subject) != name || one.level > KillLevel::K0);
    }

    fn raise(
        &mut self,
        (trigger, subject): (Trigger, Label),
        level: KillLevel,
        detail: &DisplayText,
        at: Timestamp,
    ) {
        let known = self.alarms.iter_mut().find(|one| (one.trigger, one.subject) == (trigger, subject));
        if let Some(alarm) = known {
            alarm.level = alarm.level.max(level);
            alarm.detail = detail.clone();
            alarm.over_at = None;
            alarm.at = at;
            return;
        }
        if self.alarms.len() == ALARMS_KEPT {
            self.alarms.remove(0);
        }
        self.alarms.push(Alarm { trigger, subject, level, at, detail: detail.clone(), over_at: None });
    }

    /// After the order table has taken the event.
    pub(super) fn order(
        &mut self,
        event: &OrderEvent,
        (orders, accounts): (&Orders, &Accounts),
        mode: Mode,
        at: Timestamp,
    ) {
        if matches!(event, OrderEvent::Submitted { .. }) {
            return;
        }
        let Some(order) = event.id().and_then(|id| orders.get(id)) else { return };
        if order.status == OrderStatus::Unknown {
            if !self.unknown.iter().any(|(id, _)| *id == order.id) {
                self.unknown.push((order.id, at));
            }
        } else {
            self.unknown.retain(|(id, _)| *id != order.id);
        }
        // A stop that woke is at the market: what cannot trade there at once is canceled, and nobody asks for that.
        let at_market = order.triggered && order.request.kind.limit_price().is_none();
        let rested = order.acknowledged_at.is_some()
            && order.request.tif != TimeInForce::Ioc
            && !at_market
            && !order.request.reduce_only
            && order.cancel_requested_at.is_none();
        if matches!(event, OrderEvent::Canceled { .. }) && order.status == OrderStatus::Canceled && rested {
            match self.elsewhere(accounts.of(order.request.instrument)) {
                Some(further) => further.unasked.push(at),
                None => self.unasked.push(at),
            }
        }
        if let Some(venue) = venue_time(event).filter(|_| order.request.mode == mode) {
            self.hear_clock(accounts.of(order.request.instrument), at.since(venue), at);
        }
    }

    fn hear_clock(&mut self, account: AccountId, offset: Span, at: Timestamp) {
        if let Some(further) = self.elsewhere(account) {
            return further.clock.hear(offset, at);
        }
        let mut clock = self.clock();
        clock.hear(offset, at);
        self.set_clock(clock);
    }
}

/// The broker's clock in an event.
fn venue_time(event: &OrderEvent) -> Option<Timestamp> {
    match event {
        OrderEvent::Accepted { venue_time, .. }
        | OrderEvent::Rejected { venue_time, .. }
        | OrderEvent::Triggered { venue_time, .. }
        | OrderEvent::CancelRejected { venue_time, .. }
        | OrderEvent::Canceled { venue_time, .. }
        | OrderEvent::Expired { venue_time, .. }
        | OrderEvent::Replaced { venue_time, .. }
        | OrderEvent::ReplaceRejected { venue_time, .. }
        | OrderEvent::NotFound { venue_time, .. } => Some(*venue_time),
        OrderEvent::Filled { fill, .. } => Some(fill.venue_time),
        OrderEvent::Submitted { .. }
        | OrderEvent::Held { .. }
        | OrderEvent::Trailed { .. }
        | OrderEvent::ReplaceRequested { .. }
        | OrderEvent::Queried { .. }
        | OrderEvent::Lost { .. }
        | OrderEvent::Vouched { .. }
        | OrderEvent::Busted { .. }
        | OrderEvent::CancelRequested { .. }
        | OrderEvent::Unknown { .. }
        | OrderEvent::Unmatched { .. }
        | OrderEvent::SetAside { .. } => None,
    }
}
