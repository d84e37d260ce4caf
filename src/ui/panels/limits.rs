//! Every limit by the name it is changed by: what is used of it, how much room is left, when it last refused something.

use crate::model::{
    BatchEvent, ControlEvent, Event, InstrumentId, LimitKey, Measure, Money, RuleId, Scope, StrategyId,
    Timestamp,
};
use crate::state::Loosening;
use crate::ui::figure::{self, Clock};
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::wire::LimitName;

/// A limit and how it stands.
pub(super) struct Limit {
    /// As `:limit` takes it, or as the configuration alone sets it.
    name: String,
    /// `None` while it cannot be valued, or where it is of one order at a time.
    used: Option<Measure>,
    allowed: Measure,
    /// By our clock, as far as the log here reaches.
    last_trip: Option<Timestamp>,
}

/// The heads of the rows.
pub(super) const HEADS: &str =
    " limit, as :limit takes it                    used       limit  room last trip";

/// All limits: of the account, of each strategy, of each instrument that is held, worked or selected.
pub(super) fn rows(view: &View<'_>) -> Vec<Limit> {
    let genesis = view.state.genesis();
    let own = genesis.strategy_ids().filter(|id| *id != StrategyId::EXTERNAL).map(Scope::Strategy);
    let instruments = genesis.instrument_ids().filter(|id| is_of_interest(view, *id)).map(Scope::Instrument);
    let mut rows = of_scope(view, Scope::All);
    rows.extend(set_at_start(view));
    rows.extend(own.chain(instruments).flat_map(|scope| of_scope(view, scope)));
    rows
}

impl Limit {
    /// How much of it is left, in percent.
    fn room(&self) -> Option<u32> {
        let used = self.used.and_then(|used| super::measured::used(used, self.allowed));
        used.map(|used| 100_u32.saturating_sub(used))
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
        let (allowed, trip) = (words(self.allowed), trip.unwrap_or_else(|| "--".to_owned()));
        // A long name takes the room before its number.
        let room_left = 49_usize.saturating_sub(self.name.chars().count()).max(used.chars().count() + 1);
        (format!(" {}{used:>room_left$} {allowed:>11} {room:>5} {trip}", self.name), role)
    }
}

/// The limits of a scope that can be changed while running, as they hold now.
fn of_scope(view: &View<'_>, scope: Scope) -> Vec<Limit> {
    let genesis = view.state.genesis();
    let row = |name: LimitName| {
        let key = name.resolve(genesis).ok()?;
        let allowed = view.state.limits().get(key)?;
        let last_trip = last_trip(view, rule_of(key), scope);
        Some(Limit { name: name.to_string(), used: used(view, key), allowed, last_trip })
    };
    LimitName::of_scope(genesis, scope).into_iter().filter_map(row).collect()
}

/// The limits of the account that only the configuration sets.
fn set_at_start(view: &View<'_>) -> Vec<Limit> {
    let (state, limits, now) = (view.state, view.state.limits(), view.now);
    let count = |value: u32| Some(Measure::Count(value));
    let most = |of: &dyn Fn(InstrumentId) -> u32| state.genesis().instrument_ids().map(of).max();
    let minute = most(&|id| state.budget.in_last_minute(id, now)).unwrap_or_default();
    let today = most(&|id| state.budget.today(id, now)).unwrap_or_default();
    let changes = state.orders.open().iter().map(|order| state.budget.changes_of(order.id)).max();
    let row = |name: &str, used, limit, rule| Limit {
        name: name.to_owned(),
        used,
        allowed: Measure::Count(limit),
        last_trip: last_trip(view, rule, Scope::All),
    };
    vec![
        row("messages_per_min", count(minute), limits.messages_per_min, RuleId::Rate),
        row("messages_per_day", count(today), limits.messages_per_day, RuleId::Rate),
        row("order_changes", count(changes.unwrap_or_default()), limits.order_changes, RuleId::Changes),
        row("identical_orders", None, limits.identical_orders, RuleId::Duplicate),
        row("self_trade_blocks", None, limits.self_trade_blocks, RuleId::SelfTrade),
        Limit {
            allowed: Measure::Bps(i64::from(limits.margin_use_bps)),
            ..row("margin_use_bps", None, 0, RuleId::Margin)
        },
    ]
}

/// What is used of a limit now.
fn used(view: &View<'_>, key: LimitKey) -> Option<Measure> {
    let state = view.state;
    let instruments = || state.genesis().instruments.iter();
    let loss = |day: Money| Measure::Money(Money::ZERO.max(-day));
    match key {
        LimitKey::MaxGross => {
            let worst = instruments().map(|one| {
                let net = state.ledger.account(one.id).net;
                state.notional_at_mark(one, state.orders.total(one.id).worst(net))
            });
            worst.sum::<Option<Money>>().map(Measure::Money)
        }
        LimitKey::DailyLoss => state.account_pnl().map(|pnl| loss(pnl.day)),
        LimitKey::MessagesPerS => Some(Measure::Count(state.budget.busiest(view.now))),
        LimitKey::MaxOpenOrders => u32::try_from(state.orders.open().len()).ok().map(Measure::Count),
        LimitKey::MaxOpenValue => {
            let open = instruments().map(|one| {
                let open = state.orders.total(one.id);
                state.notional_at_mark(one, open.buys.plus(open.sells))
            });
            open.sum::<Option<Money>>().map(Measure::Money)
        }
        LimitKey::PositionQty { instrument } => {
            let worst = state.orders.total(instrument).worst(state.ledger.account(instrument).net);
            Some(Measure::Qty(worst))
        }
        LimitKey::StrategyPosition { strategy } => {
            let worst = instruments().map(|one| {
                let net = state.ledger.position(strategy, one.id).net;
                state.notional_at_mark(one, state.orders.exposure(strategy, one.id).worst(net))
            });
            worst.sum::<Option<Money>>().map(Measure::Money)
        }
        LimitKey::StrategyLoss { strategy } => state.strategy_pnl(strategy).map(|pnl| loss(pnl.day)),
        LimitKey::MaxBatchValue
        | LimitKey::OrderQty { .. }
        | LimitKey::OrderValue { .. }
        | LimitKey::Collar { .. } => None,
    }
}

/// The rule of the gate that holds orders to a limit.
const fn rule_of(key: LimitKey) -> RuleId {
    match key {
        LimitKey::MaxGross => RuleId::PositionAccount,
        LimitKey::DailyLoss => RuleId::LossAccount,
        LimitKey::MessagesPerS => RuleId::Rate,
        LimitKey::MaxOpenOrders => RuleId::OpenOrders,
        LimitKey::MaxOpenValue => RuleId::OpenValue,
        LimitKey::MaxBatchValue => RuleId::BatchValue,
        LimitKey::OrderQty { .. } => RuleId::OrderQty,
        LimitKey::OrderValue { .. } => RuleId::OrderValue,
        LimitKey::PositionQty { .. } => RuleId::PositionInstrument,
        LimitKey::Collar { .. } => RuleId::Collar,
        LimitKey::StrategyPosition { .. } => RuleId::PositionStrategy,
        LimitKey::StrategyLoss { .. } => RuleId::LossStrategy,
    }
}

/// A looser limit that waits, in words: what is asked for, and how long until it may be or has to be confirmed.
pub(super) struct Waiting {
    pub name: String,
    /// `100,000 in 42s`.
    pub words: String,
    /// Whether it may be confirmed now.
    pub is_ready: bool,
}

impl Waiting {
    /// The row with the command that confirms it.
    pub(super) fn line(&self) -> (String, Role) {
        let role = if self.is_ready { Role::Accent } else { Role::Warn };
        (format!(" LOOSER {} to {}: :limit confirm {}", self.name, self.words, self.name), role)
    }
}

/// Looser limits that wait to be confirmed.
pub(super) fn waiting(view: &View<'_>) -> Vec<Waiting> {
    let pending = view.state.loosenings().iter().filter(|one| view.now < one.lapses());
    let words = |one: &Loosening| {
        let name = LimitName::of(view.state.genesis(), one.key)?.to_string();
        let (left, is_ready) = (one.ready.since(view.now), one.ready <= view.now);
        let to = super::measured::measure(one.to);
        let words = if is_ready {
            format!("{to}, now until {}", view.clock(one.lapses(), Clock::Seconds))
        } else {
            format!("{to}, in {}", figure::span(left))
        };
        Some(Waiting { name, words, is_ready })
    };
    pending.filter_map(words).collect()
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
        Event::Batch(BatchEvent::Denied { denial, .. }) => denial.rule == rule && scope == Scope::All,
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
    let snapshots = view.state.reconciliation.snapshots();
    let balances = snapshots.flat_map(|told| told.balances.iter().map(|one| (told.account, one)));
    let accounts = &view.state.genesis().accounts;
    balances
        .map(|(account, one)| {
            let words = |amount, currency| figure::named(amount, currency, view.tilde_there(account));
            let (free, margin) = (words(one.free, one.currency), words(one.margin, one.currency));
            (format!(" {}free {free}   margin {margin}", accounts.prefix(account)), Role::Text)
        })
        .collect()
}
