//! How each strategy has behaved since a human last armed it: its base, its floors, its losers, rejects and entries.

use super::genesis::Genesis;
use super::lately::Lately;
use super::position::Position;
use crate::model::{
    ControlEvent, Envelope, Event, InstrumentId, Measure, Money, NewOrder, OrderEvent, Qty, RiskEvent,
    RuleId, Scope, Seq, Span, StrategyId, StrategyRule, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Entries and blocked self-trades remembered: more than any rule may count.
const TIMES_KEPT: usize = 64;

/// Orders after which a strategy's usual size is known.
const USUAL_AFTER: u32 = 10;

/// When a rule last tripped: the event and its time by our clock.
pub type Trip = (Timestamp, Seq);

/// One strategy's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Conduct {
    /// Net P&L the rules count from; `None` while it could not be valued.
    pub base: Option<Money>,
    /// Below these the strategy is ended. They rise and never fall until it is armed again.
    pub trail_floor: Option<Money>,
    pub breakeven_armed: bool,
    pub lock_floor: Option<Money>,
    /// The exit that stands until a human arms the strategy again, and its event.
    pub exit: Option<(StrategyRule, Seq)>,
    /// Newest trip of each rule, in the order they first tripped.
    trips: Vec<(StrategyRule, Trip)>,
    /// Of the day (UTC).
    pub trades_today: u32,
    pub entries_today: u32,
    /// Losing round trips in a row.
    pub losers: u32,
    /// When a round trip last ended, and a losing one, by our clock.
    pub last_exit: Option<Timestamp>,
    pub last_loss: Option<Timestamp>,
    /// Orders the venue refused in a row.
    pub rejects: u32,
    entries: Lately<Timestamp>,
    blocks: Lately<Timestamp>,
    /// By instrument: realised less fees when the round trip at hand began, and the orders so far.
    legs: Vec<Leg>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Leg {
    began: Money,
    orders: u32,
    ordered: Qty,
}

/// All strategies', by id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Conducts {
    list: Vec<Conduct>,
    /// Whether one of them may have no base: asked at every fact, so that not all of them are looked at.
    baseless: bool,
}

impl Conducts {
    pub(super) fn new(genesis: &Genesis) -> Self {
        let list = genesis.strategies.iter().map(|_| Conduct::new(genesis.instruments.len())).collect();
        Self { list, baseless: false }
    }

    pub(super) fn get(&self, strategy: StrategyId) -> Option<&Conduct> {
        self.list.get(strategy.index())
    }

    fn get_mut(&mut self, strategy: StrategyId) -> Option<&mut Conduct> {
        self.list.get_mut(strategy.index())
    }

    /// Whether the base of some strategy could not be valued yet.
    #[inline]
    pub(super) const fn lacks_base(&self) -> bool {
        self.baseless
    }

    /// Whether that of this strategy could not.
    pub(super) fn is_baseless(&self, strategy: StrategyId) -> bool {
        self.get(strategy).is_some_and(|conduct| conduct.base.is_none())
    }

    /// Makes room for further strategies and instruments.
    pub(super) fn grow(&mut self, strategies: usize, instruments: usize) {
        for conduct in &mut self.list {
            conduct.legs.resize(instruments, Leg::default());
        }
        self.list.resize_with(strategies, || Conduct::new(instruments));
    }

    pub(super) fn set_base(&mut self, strategy: StrategyId, net: Money) {
        if let Some(conduct) = self.get_mut(strategy) {
            conduct.base = Some(net);
        }
        self.baseless = self.list.iter().any(|conduct| conduct.base.is_none());
    }

    /// Takes what is neither an order of ours nor market data.
    pub(super) fn apply(&mut self, envelope: &Envelope) {
        let trip = (envelope.at, envelope.seq);
        match &envelope.event {
            Event::Risk(RiskEvent::Exit { strategy, rule, .. }) => {
                if let Some(conduct) = self.get_mut(*strategy) {
                    conduct.exit = Some((*rule, envelope.seq));
                    conduct.trip(*rule, trip);
                }
            }
            Event::Risk(RiskEvent::Stage { strategy, rule, floor }) => {
                if let Some(conduct) = self.get_mut(*strategy) {
                    conduct.stage(*rule, *floor);
                }
            }
            Event::Risk(RiskEvent::Tripped { scope: Scope::Strategy(strategy), rule, .. }) => {
                if let Some(conduct) = self.get_mut(*strategy) {
                    conduct.trip(*rule, trip);
                }
            }
            Event::Control(ControlEvent::Armed { strategy, .. }) => {
                if let Some(conduct) = self.get_mut(*strategy) {
                    conduct.start_again();
                    self.baseless = true;
                }
            }
            // A human has looked at everything.
            Event::Control(ControlEvent::Resumed { .. }) => {
                self.list.iter_mut().for_each(Conduct::acknowledge);
            }
            Event::Denied { order, denial, .. } => {
                if let Some(conduct) = self.get_mut(order.strategy)
                    && denial.rule == RuleId::SelfTrade
                    && !order.reduce_only
                {
                    conduct.blocks.push(envelope.at);
                }
            }
            Event::Risk(_)
            | Event::Control(_)
            | Event::Market(_)
            | Event::Order(_)
            | Event::Account(_)
            | Event::Link(_)
            | Event::Batch(_) => {}
        }
    }

    /// An order of a strategy left; `enters` when it can do more than reduce.
    #[inline]
    pub(super) fn submitted(&mut self, order: &NewOrder, enters: bool, at: Timestamp) {
        let Some(conduct) = self.get_mut(order.strategy) else { return };
        if enters {
            conduct.entries.push(at);
            conduct.entries_today = conduct.entries_today.saturating_add(1);
        }
        if let Some(leg) = conduct.legs.get_mut(order.instrument.index()) {
            leg.orders = leg.orders.saturating_add(1);
            leg.ordered = leg.ordered.plus(order.qty);
        }
    }

    /// What the venue said about an order of a strategy.
    pub(super) fn answered(&mut self, strategy: StrategyId, event: &OrderEvent) {
        let Some(conduct) = self.get_mut(strategy) else { return };
        if matches!(event, OrderEvent::Rejected { .. }) {
            conduct.rejects = conduct.rejects.saturating_add(1);
        } else {
            conduct.rejects = 0;
        }
    }

    /// A fill moved a strategy's position; `first` when it is the order's first.
    pub(super) fn filled(
        &mut self,
        (strategy, instrument): (StrategyId, InstrumentId),
        (before, after): (&Position, &Position),
        first: bool,
        at: Timestamp,
    ) {
        let Some(conduct) = self.get_mut(strategy) else { return };
        let turned = before.net.side() != after.net.side();
        let grew = turned || after.net.magnitude() > before.net.magnitude();
        if first && grew && !after.net.is_zero() {
            conduct.trades_today = conduct.trades_today.saturating_add(1);
        }
        let Some(leg) = conduct.legs.get_mut(instrument.index()) else { return };
        if before.net.is_zero() {
            leg.began = before.realised - before.fees;
        }
        if before.net.is_zero() || !turned {
            return;
        }
        // Fees of a fill that turns the position count for the round trip it ends.
        let now = after.realised - after.fees;
        let result = now - leg.began;
        leg.began = now;
        conduct.last_exit = Some(at);
        if result.is_negative() {
            conduct.losers = conduct.losers.saturating_add(1);
            conduct.last_loss = Some(at);
        } else {
            conduct.losers = 0;
        }
    }

    pub(super) fn turn_day(&mut self) {
        for conduct in &mut self.list {
            conduct.trades_today = 0;
            conduct.entries_today = 0;
        }
    }
}

impl Conduct {
    fn new(instruments: usize) -> Self {
        Self {
            base: Some(Money::ZERO),
            trail_floor: None,
            breakeven_armed: false,
            lock_floor: None,
            exit: None,
            trips: Vec::new(),
            trades_today: 0,
            entries_today: 0,
            losers: 0,
            last_exit: None,
            last_loss: None,
            rejects: 0,
            entries: Lately::new(TIMES_KEPT),
            blocks: Lately::new(TIMES_KEPT),
            legs: vec![Leg::default(); instruments],
        }
    }

    /// Whether nothing a rule has begun stands: no exit, and no self-trade blocked that may count.
    pub fn is_quiet(&self) -> bool {
        self.exit.is_none() && self.blocks.is_empty()
    }

    /// Entries within a time before `now`, since a human last looked.
    pub fn entries_within(&self, span: Span, now: Timestamp) -> u32 {
        recent(&self.entries, span, now)
    }

    /// Self-trades blocked within a time before `now`, since a human last looked.
    pub fn blocks_within(&self, span: Span, now: Timestamp) -> u32 {
        recent(&self.blocks, span, now)
    }

    /// When a rule last tripped.
    pub fn last_trip(&self, rule: StrategyRule) -> Option<Trip> {
        self.trips.iter().find(|(known, _)| *known == rule).map(|(_, trip)| *trip)
    }

    /// The mean size of its orders in an instrument, once there were enough to tell.
    pub fn usual_qty(&self, instrument: InstrumentId) -> Option<Qty> {
        let leg = self.legs.get(instrument.index()).filter(|leg| leg.orders >= USUAL_AFTER)?;
        Qty::from_raw(leg.ordered.raw().div_euclid(i64::from(leg.orders))).ok()
    }

    /// The highest floor that is armed, and whose it is.
    pub fn floors(&self) -> impl Iterator<Item = (StrategyRule, Money)> {
        let breakeven = self.breakeven_armed.then_some(Money::ZERO);
        [
            (StrategyRule::TrailingStop, self.trail_floor),
            (StrategyRule::Breakeven, breakeven),
            (StrategyRule::LockProfit, self.lock_floor),
        ]
        .into_iter()
        .filter_map(|(rule, floor)| Some((rule, floor?)))
    }

    fn trip(&mut self, rule: StrategyRule, trip: Trip) {
        match self.trips.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, last)) => *last = trip,
            None => self.trips.push((rule, trip)),
        }
    }

    /// A floor moved. It never falls, whatever is said.
    fn stage(&mut self, rule: StrategyRule, floor: Measure) {
        let Measure::Money(floor) = floor else { return };
        let raised = |now: Option<Money>| Some(now.map_or(floor, |now| now.max(floor)));
        match rule {
            StrategyRule::TrailingStop => self.trail_floor = raised(self.trail_floor),
            StrategyRule::LockProfit => self.lock_floor = raised(self.lock_floor),
            StrategyRule::Breakeven => self.breakeven_armed = true,
            StrategyRule::StopLoss
            | StrategyRule::Target
            | StrategyRule::MaxPosition
            | StrategyRule::MaxOpenOrders
            | StrategyRule::DailyLoss
            | StrategyRule::DailyTrades
            | StrategyRule::Cooldown
            | StrategyRule::ConsecutiveLosers
            | StrategyRule::MaxSpread
            | StrategyRule::Session
            | StrategyRule::RepeatedEntries
            | StrategyRule::RejectStorm
            | StrategyRule::SelfTrade => {}
        }
    }

    /// Armed by a human: everything since the last time is over, the day's counters go on.
    fn start_again(&mut self) {
        self.base = None;
        self.trail_floor = None;
        self.breakeven_armed = false;
        self.lock_floor = None;
        self.exit = None;
        self.losers = 0;
        self.acknowledge();
    }

    fn acknowledge(&mut self) {
        self.entries = Lately::new(TIMES_KEPT);
        self.blocks = Lately::new(TIMES_KEPT);
        self.entries_today = 0;
        self.rejects = 0;
    }
}

fn recent(times: &Lately<Timestamp>, span: Span, now: Timestamp) -> u32 {
    let young = times.iter().rev().take_while(|at| now.since(**at) < span).count();
    u32::try_from(young).unwrap_or(u32::MAX)
}
