//! Every limit by the name it is changed by: what is used of it, how much room is left, when it last refused something.

use crate::model::{ControlEvent, Event, InstrumentId, Measure, Money, RuleId, Scope, StrategyId, Timestamp};
use crate::ui::figure::{self, Clock};
use crate::ui::theme::Role;
use crate::ui::view::View;

/// A limit and how it stands.
pub(super) struct Limit {
    /// As `:limit` takes it.
    pub key: String,
    pub scope: String,
    /// `None` while it cannot be valued, or where it is of one order at a time.
    used: Option<Measure>,
    allowed: Measure,
    /// By our clock, as far as the log here reaches.
    last_trip: Option<Timestamp>,
}

/// The heads of the rows.
pub(super) const HEADS: &str =
    " limit                          scope          used           limit   room  last trip";

/// All limits: of the account, of each strategy, of each instrument that is held, worked or selected.
pub(super) fn rows(view: &View<'_>) -> Vec<Limit> {
    let mut rows = account(view);
    let own = view.state.genesis().strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
    rows.extend(own.flat_map(|id| strategy(view, id)));
    let instruments = view.state.genesis().instrument_ids().filter(|id| is_of_interest(view, *id));
    rows.extend(instruments.flat_map(|id| instrument(view, id)));
    rows
}

impl Limit {
    fn new(key: &str, view: &View<'_>, scope: Scope, numbers: (Option<Measure>, Measure)) -> Self {
        let name = view.scope_name(scope);
        let key = if scope == Scope::All { key.to_owned() } else { format!("{key}:{name}") };
        Self { key, scope: name.to_owned(), used: numbers.0, allowed: numbers.1, last_trip: None }
    }

    fn tripped(self, view: &View<'_>, rule: RuleId, scope: Scope) -> Self {
        Self { last_trip: last_trip(view, rule, scope), ..self }
    }

    /// How much of it is left, in percent.
    fn room(&self) -> Option<u32> {
        self.used
            .and_then(|used| super::measured::used(used, self.allowed))
            .map(|used| 100_u32.saturating_sub(used))
    }

    /// The row, and how it looks.
    pub(super) fn line(&self, view: &View<'_>) -> (String, Role) {
        let room = self.room();
        let role = match room {
            Some(0..=10) => Role::Bad,
            Some(11..=30) => Role::Warn,
            Some(_) | None => Role::Text,
        };
        let words = |measure: Measure| super::measured::measure(measure).to_string();
        let used = self.used.map_or_else(|| "--".to_owned(), words);
        let room = room.map_or_else(|| "--".to_owned(), |room| format!("{room}%"));
        let trip = self.last_trip.map(|at| view.clock(at, Clock::Seconds).to_string());
        let text = format!(
            " {:<30} {:<10} {used:>10} {:>15} {room:>6}  {}",
            self.key,
            self.scope,
            words(self.allowed),
            trip.unwrap_or_else(|| "--".to_owned())
        );
        (text, role)
    }
}

fn account(view: &View<'_>) -> Vec<Limit> {
    let (state, limits) = (view.state, &view.state.genesis().limits);
    let row = |key, used, limit| Limit::new(key, view, Scope::All, (used, limit));
    let worst = state.genesis().instruments.iter().map(|one| {
        let net = state.ledger.account(one.id).net;
        state.notional_at_mark(one, state.orders.total(one.id).worst(net))
    });
    let gross: Option<Money> = worst.sum();
    let loss = state.account_pnl().map(|pnl| Measure::Money(Money::ZERO.max(-pnl.day)));
    let open = u32::try_from(state.orders.open().len()).unwrap_or(u32::MAX);
    let rate = state.pace.in_last_second(view.now);
    vec![
        row("max_gross", gross.map(Measure::Money), Measure::Money(limits.max_gross)).tripped(
            view,
            RuleId::PositionAccount,
            Scope::All,
        ),
        row("daily_loss", loss, Measure::Money(limits.daily_loss)).tripped(
            view,
            RuleId::LossAccount,
            Scope::All,
        ),
        row("messages_per_s", Some(Measure::Count(rate)), Measure::Count(limits.messages_per_s)).tripped(
            view,
            RuleId::Rate,
            Scope::All,
        ),
        row("max_open_orders", Some(Measure::Count(open)), Measure::Count(limits.max_open_orders)).tripped(
            view,
            RuleId::OpenOrders,
            Scope::All,
        ),
    ]
}

fn strategy(view: &View<'_>, id: StrategyId) -> [Limit; 2] {
    let (state, scope) = (view.state, Scope::Strategy(id));
    let limits = state.genesis().limits.strategy(id);
    let worst = state.genesis().instruments.iter().map(|one| {
        let net = state.ledger.position(id, one.id).net;
        state.notional_at_mark(one, state.orders.exposure(id, one.id).worst(net))
    });
    let worst: Option<Money> = worst.sum();
    let loss = state.strategy_pnl(id).map(|pnl| Measure::Money(Money::ZERO.max(-pnl.day)));
    let position = (worst.map(Measure::Money), Measure::Money(limits.max_position_value));
    [
        Limit::new("strategy_position", view, scope, position).tripped(view, RuleId::PositionStrategy, scope),
        Limit::new("strategy_loss", view, scope, (loss, Measure::Money(limits.daily_loss))).tripped(
            view,
            RuleId::LossStrategy,
            scope,
        ),
    ]
}

fn instrument(view: &View<'_>, id: InstrumentId) -> [Limit; 3] {
    let (state, scope) = (view.state, Scope::Instrument(id));
    let limits = state.genesis().limits.instrument(id);
    let worst = state.orders.total(id).worst(state.ledger.account(id).net);
    let row = |key, used, limit| Limit::new(key, view, scope, (used, limit));
    [
        row("position_qty", Some(Measure::Qty(worst)), Measure::Qty(limits.max_position)).tripped(
            view,
            RuleId::PositionInstrument,
            scope,
        ),
        row("order_qty", None, Measure::Qty(limits.max_order_qty)).tripped(view, RuleId::OrderQty, scope),
        row("order_value", None, Measure::Money(limits.max_order_value)).tripped(
            view,
            RuleId::OrderValue,
            scope,
        ),
    ]
}

/// A chain of options is not listed contract by contract.
fn is_of_interest(view: &View<'_>, id: InstrumentId) -> bool {
    let held = !view.state.ledger.account(id).net.is_zero();
    held || view.state.orders.total(id).orders > 0 || id == view.selection.instrument
}

/// When a rule last refused an order of a scope, or a loss limit was reached.
fn last_trip(view: &View<'_>, rule: RuleId, scope: Scope) -> Option<Timestamp> {
    let tripped = |event: &Event| match event {
        Event::Denied { order, denial, .. } => {
            denial.rule == rule && scope.covers(order.strategy, order.instrument)
        }
        Event::Control(ControlEvent::LossLimit { scope: of, .. }) => {
            *of == scope && matches!(rule, RuleId::LossAccount | RuleId::LossStrategy)
        }
        Event::Control(_)
        | Event::Market(_)
        | Event::Order(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => false,
    };
    view.state.history.log.iter().rev().find(|envelope| tripped(&envelope.event)).map(|envelope| envelope.at)
}

/// Kills that stand, by scope, in one line.
pub(super) fn kills(view: &View<'_>) -> (String, Role) {
    let standing: Vec<String> = view
        .kills()
        .iter()
        .map(|(scope, level)| {
            let words = view.kill_words(*scope, *level);
            format!("{} K{} {words}", view.scope_name(*scope), level.number())
        })
        .collect();
    if standing.is_empty() {
        (" kill latch clear in every scope".to_owned(), Role::Good)
    } else {
        (format!(" KILL {}", standing.join("; ")), Role::Bad)
    }
}

/// What the broker lets us use.
pub(super) fn free(view: &View<'_>) -> Vec<(String, Role)> {
    let told = view.state.reconciliation.snapshot.as_ref();
    let balances = told.iter().flat_map(|snapshot| &snapshot.balances);
    let words = |amount, currency| figure::named(amount, currency, view.tilde());
    balances
        .map(|one| {
            let (free, margin) = (words(one.free, one.currency), words(one.margin, one.currency));
            (format!(" free {free}   margin {margin}"), Role::Text)
        })
        .collect()
}
