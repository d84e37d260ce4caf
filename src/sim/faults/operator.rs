//! The human of a simulated world: trades by hand, kills, resumes, and after the storm puts things in order.

use crate::model::{
    Actor, BatchDecision, BatchKind, Command, InstrumentId, KillLevel, Label, LimitKey, Measure, Mode, Money,
    NetQty, NewBatch, NewOrder, OnFailure, Order, OrderChange, OrderId, OrderKind, OrderStatus, Qty, Reason,
    Request, RequestId, Scope, Side, SmartOrder, Span, SplitOrder, StrategyId, TimeInForce, Verdict,
};
use crate::sim::Rng;
use crate::state::State;
use std::sync::Arc;

/// The human.
#[derive(Debug)]
pub(super) struct Operator {
    rng: Rng,
    requests: u64,
}

impl Operator {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::stream(seed, 4), requests: 0 }
    }

    /// A request under a new number.
    pub(super) const fn request(&mut self, actor: Actor, command: Command) -> Request {
        self.requests += 1;
        Request { id: RequestId(self.requests), actor, command }
    }

    /// What it does at its turn while faults come. It kills only where kills are to be expected.
    pub(super) fn turn(&mut self, state: &State, may_kill: bool) -> Option<Request> {
        let actor = if self.rng.one_in(4) { Actor::Cli } else { Actor::Operator };
        let killed = state.control.highest_kill() > KillLevel::K0;
        if killed && self.rng.one_in(3) {
            return Some(self.request(actor, Command::Resume { reason: Reason::new("looked") }));
        }
        // Changes are tried often: few orders rest long enough, and most rules may stop them.
        if self.rng.one_in(6)
            && let Some(change) = self.replace(state)
        {
            return Some(self.request(actor, change));
        }
        let command = match self.rng.below(32) {
            0..=3 => self.order(state)?,
            4 | 5 => Command::Cancel { order: self.open(state)? },
            6 => Command::Close { strategy: self.strategy(state), instrument: self.instrument(state) },
            7 => Command::CancelAll { scope: self.scope(state) },
            8 if may_kill => self.kill(state),
            20 | 21 => self.basket(state)?,
            22 | 23 => self.split(state)?,
            24 | 25 => self.smart(state)?,
            26 | 27 => self.decide(state)?,
            28 | 29 => self.limit(state)?,
            30 if self.rng.one_in(2) => Command::CloseAll { scope: self.scope(state) },
            9..=13 => Command::Arm { strategy: self.strategy(state) },
            14 => Command::Disarm { strategy: self.strategy(state), reason: Reason::new("pause") },
            15 => Command::Resolve {
                order: self.open(state)?,
                verdict: Verdict::Working,
                reason: Reason::default(),
            },
            18 => self.look(state)?,
            19 => self.bracket(state)?,
            16 | 31 => self.replace(state)?,
            17 => self.claim(state)?,
            _ => return None,
        };
        Some(self.request(actor, command))
    }

    /// What it does after the storm, one thing a turn: lower kills, arm.
    pub(super) fn heal(&mut self, state: &State) -> Option<Request> {
        if state.control.highest_kill() > KillLevel::K0 {
            return Some(
                self.request(Actor::Operator, Command::Resume { reason: Reason::new("all looked at") }),
            );
        }
        let unseen = state.alerts().list().iter().find(|alert| alert.is_unseen()).map(|alert| alert.id);
        if let Some(alert) = unseen {
            return Some(self.request(Actor::Operator, Command::Acknowledge { alert }));
        }
        if let Some(command) = self.decide(state).or_else(|| restore(state)) {
            return Some(self.request(Actor::Operator, command));
        }
        let idle = state
            .genesis()
            .strategy_ids()
            .find(|id| *id != StrategyId::EXTERNAL && !state.control.is_armed(*id));
        idle.map(|strategy| self.request(Actor::Operator, Command::Arm { strategy }))
    }

    /// A human's word about an order that nobody else can say anything about, after a look at the venue; and a cancel for
    /// one whose change nobody confirms.
    pub(super) fn resolve(
        &mut self,
        state: &State,
        at_venue: impl Fn(crate::model::ClientOrderId) -> Verdict,
    ) -> Option<Request> {
        let patience = Span::from_secs(40);
        let open = || state.orders.open().iter();
        let unknown = |order: &&Order| {
            order.status == OrderStatus::Unknown && state.now.since(order.submitted_at) > patience
        };
        let unchanged = |order: &&Order| {
            order.status == OrderStatus::PendingReplace
                && order.replace.is_some_and(|(_, asked)| state.now.since(asked) > patience)
        };
        let command = if let Some(stuck) = open().find(unknown) {
            let (order, verdict) = (stuck.id, at_venue(stuck.client_id));
            Command::Resolve { order, verdict, reason: Reason::new("asked the broker") }
        } else {
            Command::Cancel { order: open().find(unchanged)?.id }
        };
        Some(self.request(Actor::Operator, command))
    }

    /// An entry by hand with the stop that protects it.
    fn bracket(&mut self, state: &State) -> Option<Command> {
        let Command::Submit { order: entry } = self.order(state)? else { return None };
        let spec = state.genesis().instrument(entry.instrument)?;
        let quote = state.market(entry.instrument)?.quote?;
        let lose = if entry.side == Side::Buy { -12 } else { 12 };
        let stop = spec.step_price(quote.own(entry.side), lose)?;
        let target = spec.step_price(quote.own(entry.side), -lose).filter(|_| self.rng.one_in(2));
        Some(Command::Bracket { entry, stop, target })
    }

    /// Sees an alert, or wants the books compared.
    fn look(&mut self, state: &State) -> Option<Command> {
        if self.rng.one_in(2) {
            return Some(Command::Reconcile);
        }
        let unseen = state.alerts().list().iter().find(|alert| alert.is_unseen())?;
        Some(Command::Acknowledge { alert: unseen.id })
    }

    /// Another size and price for an order that is open, mostly a sound one.
    fn replace(&mut self, state: &State) -> Option<Command> {
        let order = self.open(state)?;
        let change = change_of(&state.orders.get(order)?.request, state, &mut self.rng)?;
        Some(Command::Replace { order, change })
    }

    /// A part of what nobody here sent becomes a strategy's.
    fn claim(&mut self, state: &State) -> Option<Command> {
        let instrument = self.instrument(state);
        let held = state.ledger.position(StrategyId::EXTERNAL, instrument).net;
        let half = Qty::from_raw(held.magnitude().raw().div_euclid(2)).ok()?;
        let half =
            if self.rng.one_in(4) { half } else { state.genesis().instrument(instrument)?.round_qty(half) };
        let qty = if self.rng.one_in(3) { held } else { half.signed(held.side()?) };
        Some(Command::Claim { strategy: self.strategy(state), instrument, qty })
    }

    /// A small order by hand.
    pub(super) fn order(&mut self, state: &State) -> Option<Command> {
        let instrument = self.instrument(state);
        let spec = state.genesis().instrument(instrument)?;
        let quote = state.market(instrument)?.quote?;
        let side = if self.rng.one_in(2) { Side::Buy } else { Side::Sell };
        let lots = match instrument.get() {
            1 => self.rng.between(1, 60),
            0 => self.rng.between(60, 4_000),
            _ => self.rng.between(250, 9_000),
        };
        let qty = Qty::from_raw(spec.lot.raw().checked_mul(lots)?).ok()?;
        let kind =
            if self.rng.one_in(2) { OrderKind::Market } else { OrderKind::Limit { price: quote.own(side) } };
        let tif = if kind == OrderKind::Market { TimeInForce::Ioc } else { TimeInForce::Gtc };
        Some(Command::Submit { order: ticket(instrument, side, qty, (kind, tif)) })
    }

    /// A few orders that belong together; now and then one of them is bad.
    fn basket(&mut self, state: &State) -> Option<Command> {
        let count = self.rng.between(2, 6);
        let mut legs = Vec::new();
        for _ in 0..count {
            if let Command::Submit { order } = self.order(state)? {
                legs.push(order);
            }
        }
        if self.rng.one_in(8)
            && let Some(leg) = legs.last_mut()
        {
            leg.qty = leg.qty.plus(Qty::from_raw(1).unwrap_or_default());
        }
        let on_failure = if self.rng.one_in(2) { OnFailure::Hold } else { OnFailure::Unwind };
        let (kind, strategy) = (BatchKind::Basket, StrategyId::MANUAL);
        let label = Label::new("basket");
        let batch = NewBatch { kind, strategy, mode: Mode::Analyze, legs, on_failure, label };
        Some(Command::Basket { batch: Arc::new(batch) })
    }

    /// One order in children of a third, or of what is off the lot.
    fn split(&mut self, state: &State) -> Option<Command> {
        let Command::Submit { order: parent } = self.order(state)? else { return None };
        let spec = state.genesis().instrument(parent.instrument)?;
        let third = Qty::from_raw(parent.qty.raw().div_euclid(3)).ok()?;
        let each = if self.rng.one_in(8) { third } else { spec.round_qty(third) };
        Some(Command::Split { order: SplitOrder { parent, each } })
    }

    /// A target for a position, mostly of the operator's own.
    fn smart(&mut self, state: &State) -> Option<Command> {
        let Command::Submit { order } = self.order(state)? else { return None };
        let strategy = if self.rng.one_in(4) { self.strategy(state) } else { StrategyId::MANUAL };
        let target = if self.rng.one_in(3) { NetQty::ZERO } else { order.qty.signed(order.side) };
        let (instrument, kind, tif) = (order.instrument, order.kind, order.tif);
        let label = Label::new("smart");
        let order = SmartOrder { strategy, instrument, target, kind, tif, mode: Mode::Analyze, label };
        Some(Command::Smart { order })
    }

    /// What is to become of a batch that has stopped.
    fn decide(&mut self, state: &State) -> Option<Command> {
        let stopped = state.batches.open().iter().find(|batch| batch.is_stopped())?;
        let decision = match self.rng.below(3) {
            0 => BatchDecision::Complete,
            1 => BatchDecision::Unwind,
            _ => BatchDecision::Leave,
        };
        Some(Command::Decide { batch: stopped.id, decision })
    }

    /// Another limit, tighter or looser, or the confirmation of one that was asked for.
    fn limit(&mut self, state: &State) -> Option<Command> {
        if let Some(waiting) = state.loosenings().first()
            && self.rng.one_in(2)
        {
            return Some(Command::ConfirmLimit { key: waiting.key });
        }
        let keys = limit_keys(state);
        let nth = self.rng.below(u64::try_from(keys.len()).ok()?);
        let key = *keys.get(usize::try_from(nth).ok()?)?;
        let percent = self.rng.between(30, 120);
        let part = |raw: i64| raw.checked_mul(percent).map(|raw| raw.div_euclid(100));
        let to = match state.genesis().limits.get(key)? {
            Measure::Money(amount) => Measure::Money(Money::from_raw(
                amount.raw().checked_mul(i128::from(percent))?.div_euclid(100),
            )),
            Measure::Qty(qty) => Measure::Qty(Qty::from_raw(part(qty.raw())?).ok()?),
            Measure::Count(count) => Measure::Count(u32::try_from(part(i64::from(count))?).ok()?),
            Measure::Bps(bps) => Measure::Bps(part(bps)?),
            Measure::None | Measure::Price(_) | Measure::Age(_) => return None,
        };
        Some(Command::SetLimit { key, to })
    }

    /// A kill of any rung and scope.
    pub(super) fn kill(&mut self, state: &State) -> Command {
        let level = match self.rng.below(6) {
            0 | 1 => KillLevel::K1,
            2 | 3 => KillLevel::K2,
            4 => KillLevel::K3,
            _ => KillLevel::K4,
        };
        Command::Kill { level, scope: self.scope(state), reason: Reason::new("simulated") }
    }

    pub(super) fn scope(&mut self, state: &State) -> Scope {
        match self.rng.below(4) {
            0 | 1 => Scope::All,
            2 => Scope::Strategy(self.strategy(state)),
            _ => Scope::Instrument(self.instrument(state)),
        }
    }

    fn open(&mut self, state: &State) -> Option<OrderId> {
        let open = state.orders.open();
        let nth = self.rng.below(u64::try_from(open.len()).ok()?);
        open.get(usize::try_from(nth).ok()?).map(|order| order.id)
    }

    fn strategy(&mut self, state: &State) -> StrategyId {
        let count = u64::try_from(state.genesis().strategies.len()).unwrap_or(1);
        StrategyId::new(u16::try_from(self.rng.below(count)).unwrap_or_default())
    }

    fn instrument(&mut self, state: &State) -> InstrumentId {
        let count = u64::try_from(state.genesis().instruments.len()).unwrap_or(1);
        InstrumentId::new(u16::try_from(self.rng.below(count)).unwrap_or_default())
    }
}

/// Every limit that can be changed.
pub(super) fn limit_keys(state: &State) -> Vec<LimitKey> {
    let account = [
        LimitKey::MaxGross,
        LimitKey::DailyLoss,
        LimitKey::MessagesPerS,
        LimitKey::MaxOpenOrders,
        LimitKey::MaxOpenValue,
        LimitKey::MaxBatchValue,
    ];
    let instruments = state.genesis().instrument_ids().flat_map(|instrument| {
        [
            LimitKey::OrderQty { instrument },
            LimitKey::OrderValue { instrument },
            LimitKey::PositionQty { instrument },
            LimitKey::Collar { instrument },
        ]
    });
    let strategies = state
        .genesis()
        .strategy_ids()
        .flat_map(|strategy| [LimitKey::StrategyPosition { strategy }, LimitKey::StrategyLoss { strategy }]);
    account.into_iter().chain(instruments).chain(strategies).collect()
}

/// One step towards the limits of the configuration: asks for the next that is tighter, and confirms what has waited.
fn restore(state: &State) -> Option<Command> {
    limit_keys(state).into_iter().find_map(|key| {
        let ceiling = state.genesis().limits.get(key)?;
        if state.limits().get(key)? == ceiling {
            return None;
        }
        match state.loosenings().iter().find(|one| one.key == key && state.now < one.lapses()) {
            Some(waiting) if waiting.to == ceiling => {
                (waiting.ready <= state.now).then_some(Command::ConfirmLimit { key })
            }
            Some(_) | None => Some(Command::SetLimit { key, to: ceiling }),
        }
    })
}

/// A change of an order: a few lots and ticks, up or down.
fn change_of(request: &NewOrder, state: &State, rng: &mut Rng) -> Option<OrderChange> {
    let spec = state.genesis().instrument(request.instrument)?;
    super::chaos::change(spec, (request.qty, request.kind), rng)
}

/// An order of the operator's own.
pub(super) fn ticket(
    instrument: InstrumentId,
    side: Side,
    qty: Qty,
    (kind, tif): (OrderKind, TimeInForce),
) -> NewOrder {
    NewOrder {
        strategy: StrategyId::MANUAL,
        instrument,
        side,
        qty,
        kind,
        tif,
        post_only: false,
        reduce_only: false,
        mode: Mode::Analyze,
        label: Label::new("ticket"),
    }
}
