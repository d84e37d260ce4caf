//! One seed from beginning to end: faults, healing, calm, and a last kill that must leave nothing.

use super::checker::{Violation, levels};
use super::dice::{Faults, Strike};
use super::operator::ticket;
use super::setup::START;
use super::world::{Due, Windows, World};
use crate::model::{
    Actor, Command, InstrumentId, KillLevel, OrderKind, OrderStatus, Qty, Reason, Scope, Side, Span,
    StrategyId, TimeInForce, Timestamp,
};
use crate::state::Planted;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How long faults come, at least and at most.
const STORM: (i64, i64) = (25, 45);

/// Within this time after the last fault everything must be in order again.
const HEAL: Span = Span::from_secs(60);

/// Seconds a human may take over what a rule has killed in a healed world.
const PATIENCE: u32 = 20;

/// Within this time after a K4 nothing may be open or held.
const FLATTEN: Span = Span::from_secs(20);

/// What one seed is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub seed: u64,
    pub faults: Faults,
    /// Engine inputs of the faulty phase; `None` for as many as the seed says.
    pub steps: Option<u64>,
    /// The bug the engine is built with: none, but in the test of the simulation itself.
    pub planted: Planted,
    /// Whether every input and event is kept as a line of text.
    pub log: bool,
}

impl Plan {
    /// A seed with these faults.
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self { seed, faults, steps: None, planted: Planted::default(), log: false }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub seed: u64,
    pub violation: Option<Violation>,
    /// Every fault injected, in order.
    pub strikes: Vec<Strike>,
    pub steps: u64,
    pub events: u64,
    pub orders: u64,
    pub fills: u64,
    /// Kills that no human raised.
    pub automatic_kills: u32,
    /// SHA-256 over every event as a line of JSON.
    pub event_hash: String,
    /// Every input and event in order, where the plan asks for them.
    pub log: Vec<String>,
}

/// Runs one seed. A panic of the engine is a violation like any other.
pub fn run_seed(plan: &Plan) -> Outcome {
    let result = catch_unwind(AssertUnwindSafe(|| live(plan)));
    result.unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        let violation = Violation { seed: plan.seed, invariant: "the engine never panics", step: 0, text };
        Outcome {
            seed: plan.seed,
            violation: Some(violation),
            strikes: Vec::new(),
            steps: 0,
            events: 0,
            orders: 0,
            fills: 0,
            automatic_kills: 0,
            event_hash: String::new(),
            log: Vec::new(),
        }
    })
}

/// How often each kind struck.
pub fn counts(outcome: &Outcome) -> BTreeMap<super::kind::FaultKind, u64> {
    let mut counts = BTreeMap::new();
    for strike in &outcome.strikes {
        *counts.entry(strike.kind).or_default() += 1;
    }
    counts
}

fn live(plan: &Plan) -> Outcome {
    let mut world = World::new(plan.seed, &plan.faults, plan.planted);
    world.log = plan.log.then(Vec::new);
    world.start();
    let length = world.rng.between(STORM.0, STORM.1);
    let end = START.after(Span::from_secs(length));
    match plan.steps {
        None => world.run_until(end),
        Some(steps) => {
            while world.steps < steps
                && world.violation.is_none()
                && world.now < START.after(Span::from_secs(86_400))
            {
                world.run_until(world.now.after(Span::from_millis(100)));
            }
        }
    }
    if plan.faults == Faults::None && world.checker.automatic_kills > 0 {
        let text = format!("{} kills and no fault", world.checker.automatic_kills);
        world.fails("19 no automatic kill without a fault", text);
    }
    world.heal();
    world.run_until(world.now.after(HEAL));
    world.settle();
    world.last_kill();
    world.crash_at_end();
    Outcome {
        seed: plan.seed,
        strikes: world.dice.struck().to_vec(),
        steps: world.steps,
        events: world.events,
        orders: u64::from(world.state().orders.issued()),
        fills: world.fills,
        automatic_kills: world.checker.automatic_kills,
        event_hash: world.event_hash(),
        log: world.log.take().unwrap_or_default(),
        violation: world.violation,
    }
}

impl World {
    /// Faults end, connections are up, what was not heard is told.
    fn heal(&mut self) {
        self.dice.heal();
        let run = self.checker.genesis.book;
        self.venue.live.retain(|order, _| order.number_in(run).is_some());
        self.healing = true;
        let count = self.windows.no_quotes.len();
        let no_quotes = vec![Timestamp::EPOCH; count];
        self.windows = Windows { no_quotes, asleep: self.windows.asleep.min(self.now), ..Windows::default() };
        self.back();
    }

    /// Lets strategies rest, so that what is on its way arrives, and asks what must hold then.
    fn settle(&mut self) {
        if self.violation.is_some() {
            return;
        }
        // A rule may have killed a moment ago: a human takes a little time over it.
        for _ in 0..PATIENCE {
            if !self.is_killed() || self.lost_its_limit() {
                break;
            }
            self.run_until(self.now.after(Span::from_secs(1)));
        }
        if self.is_killed() && !self.lost_its_limit() {
            let text = format!("a human could not resume: {:?}", self.refusal_to_resume());
            return self.fails("33 a resumed system trades", text);
        }
        self.quiesce();
        self.check_calm();
        self.trade_again();
    }

    fn is_killed(&self) -> bool {
        levels(self.state()).iter().any(|level| *level > KillLevel::K0)
    }

    /// Lets the venue's last words come in, then asks what must hold.
    fn check_calm(&mut self) {
        self.calm = true;
        self.run_until(self.now.after(Span::from_secs(1)));
        self.check_quiet();
        self.calm = false;
    }

    /// Whether a day's loss is why nobody may resume: the next day is another day.
    fn lost_its_limit(&self) -> bool {
        let limits = self.state().limits();
        let mut ids = self.checker.genesis.strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
        ids.any(|id| {
            self.state().strategy_pnl(id).is_some_and(|pnl| -pnl.day >= limits.strategy(id).daily_loss)
        })
    }

    fn refusal_to_resume(&self) -> Vec<String> {
        let open = self.state().orders.open().iter();
        let unproven = open.filter(|order| order.status == OrderStatus::Unknown || !order.is_proven());
        let mut lines: Vec<String> =
            unproven.map(|order| format!("order {} is {}", order.id.get(), order.status)).collect();
        lines.extend(self.state().reconciliation.differences().map(|line| format!("{line:?}")));
        if !self.state().is_reconciled() {
            lines.push(format!(
                "not compared: {} fills here, {} at the venue",
                self.state().ledger.fills,
                self.venue.fills
            ));
        }
        let doomed = self.state().orders.open().iter().filter(|order| self.state().is_doomed(order));
        lines
            .extend(doomed.map(|order| format!("order {} is to go and is {}", order.id.get(), order.status)));
        let alarms = self.state().watch.alarms().iter();
        lines.extend(alarms.map(|alarm| format!("alarm {} since {:?}", alarm.trigger, alarm.over_at)));
        lines.extend(self.state().to_flatten().map(|pair| format!("to flatten {pair:?}")));
        lines
    }

    /// Nobody asks for anything while the last answers come in.
    fn quiesce(&mut self) {
        let names: Vec<StrategyId> = self.checker.genesis.strategy_ids().collect();
        self.stop_operator();
        for strategy in names {
            let command = Command::Disarm { strategy, reason: Reason::new("quiet") };
            let request = self.operator.request(Actor::Operator, command);
            self.command(request);
        }
        self.run_until(self.now.after(Span::from_secs(8)));
    }

    /// Arms a strategy again and trades: nothing may be stuck for good.
    fn trade_again(&mut self) {
        if self.violation.is_some() || self.lost_its_limit() {
            return;
        }
        let arm = self.operator.request(Actor::Operator, Command::Arm { strategy: StrategyId::MANUAL });
        self.command(arm);
        let before = self.state().orders.issued();
        let qty: Qty = "1".parse().unwrap_or_default();
        let shape = (OrderKind::Market, TimeInForce::Ioc);
        let net = self.state().ledger.account(InstrumentId::new(0)).net;
        let side = net.side().map_or(Side::Buy, Side::opposite);
        let order = ticket(InstrumentId::new(0), side, qty, shape);
        let request = self.operator.request(Actor::Operator, Command::Submit { order });
        self.command(request);
        let rests = self.state().orders.total(InstrumentId::new(0)).on(side.opposite());
        if self.state().orders.issued() == before && !rests.is_zero() {
            // It may rightly have been denied for an exit of ours that rests inside the spread: a human cancels that first.
            let scope = Scope::Instrument(InstrumentId::new(0));
            let cancel = self.operator.request(Actor::Operator, Command::CancelAll { scope });
            self.command(cancel);
            self.run_until(self.now.after(Span::from_secs(4)));
            let request = self.operator.request(Actor::Operator, Command::Submit { order });
            self.command(request);
        }
        if self.state().orders.issued() == before {
            let text = "an order by hand was denied in a healed world".to_owned();
            return self.fails("33 a resumed system trades", text);
        }
        self.run_until(self.now.after(Span::from_secs(4)));
    }

    /// K4 over everything: soon nothing is open at the venue and nothing held.
    fn last_kill(&mut self) {
        if self.violation.is_some() {
            return;
        }
        let command =
            Command::Kill { level: KillLevel::K4, scope: Scope::All, reason: Reason::new("the end") };
        let request = self.operator.request(Actor::Operator, command);
        self.command(request);
        self.run_until(self.now.after(FLATTEN));
        if self.violation.is_some() {
            return;
        }
        let run = self.checker.genesis.book;
        let live = self.venue.live.keys().filter(|order| order.number_in(run).is_some()).count();
        if live > 0 {
            return self.fails("17 after K4 nothing is open", format!("{live} orders work at the venue"));
        }
        for ((strategy, id), row) in &self.checker.rows {
            let least = self.checker.instrument(*id).map_or(Qty::ZERO, |one| one.min_qty);
            if row.net.magnitude() >= least && !row.net.is_zero() {
                let text =
                    format!("strategy {} holds {} in instrument {}", strategy.get(), row.net, id.get());
                return self.fails("18 after K4 nothing is held", text);
            }
        }
        self.check_calm();
    }

    fn crash_at_end(&mut self) {
        if self.violation.is_none() {
            self.crash();
        }
    }

    fn stop_operator(&mut self) {
        self.drop_due(|due| matches!(due, Due::Operator | Due::Funding));
    }
}
