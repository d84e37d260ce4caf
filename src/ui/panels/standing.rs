//! How a strategy stands: what it holds, whether it may trade, how near its limits it is.

use crate::model::{InstrumentId, KillLevel, Money, StrategyId};
use crate::ui::figure::{self, Figure};
use crate::ui::theme::Role;
use crate::ui::view::View;

/// What a strategy holds, as one row can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    /// No instrument at all.
    Nothing,
    /// One instrument, held or listened to.
    One(InstrumentId),
    /// Several listened to, none or some held.
    Several { heard: usize, held: usize },
}

/// What a strategy holds.
pub(crate) fn holding(view: &View<'_>, strategy: StrategyId) -> Holding {
    let genesis = view.state.genesis();
    let is_held = |id: &InstrumentId| !view.state.ledger.position(strategy, *id).net.is_zero();
    let held: Vec<_> = genesis.instrument_ids().filter(is_held).collect();
    let heard = genesis.strategy(strategy).map_or(&[][..], |info| info.instruments.as_slice());
    match (held.as_slice(), heard) {
        ([one], _) | ([], [one]) => Holding::One(*one),
        ([], []) => Holding::Nothing,
        (held, heard) => Holding::Several { heard: heard.len().max(held.len()), held: held.len() },
    }
    .sure(strategy)
}

impl Holding {
    fn sure(self, strategy: StrategyId) -> Self {
        // Nobody's and the operator's rows name an instrument only when they hold it.
        match self {
            Self::Several { held: 0, .. } if strategy.index() <= StrategyId::EXTERNAL.index() => {
                Self::Nothing
            }
            other => other,
        }
    }

    /// The instrument column.
    pub(crate) fn instrument(self, view: &View<'_>) -> Figure {
        match self {
            Self::Nothing => Figure::of(format_args!("--")),
            Self::One(id) => Figure::cut(view.symbol(id)),
            Self::Several { heard, .. } => Figure::of(format_args!("{heard} inst")),
        }
    }

    /// The position column.
    pub(crate) fn position_of(self, view: &View<'_>, strategy: StrategyId) -> Figure {
        match self {
            Self::One(id) => {
                let net = view.state.ledger.position(strategy, id).net;
                let tilde = if net.is_zero() { view.tilde_of(strategy) } else { view.tilde_at(id) };
                figure::net(net, view.places(id).1, tilde)
            }
            Self::Nothing if view.is_unsure_of(strategy) => Figure::of(format_args!("~0")),
            Self::Nothing => Figure::of(format_args!("0")),
            Self::Several { held, .. } => Figure::of(format_args!("{}{held} pos", view.tilde_of(strategy))),
        }
    }
}

/// The state word of a strategy and how it looks.
pub(crate) fn standing(view: &View<'_>, strategy: StrategyId) -> (&'static str, Role) {
    if strategy == StrategyId::EXTERNAL {
        return ("--", Role::Dim);
    }
    let control = &view.state.control;
    let Some(status) = control.strategy(strategy) else { return ("??", Role::Bad) };
    let kill = view.gate.max(control.kill_at(crate::model::Scope::Strategy(strategy)));
    if status.failed.is_some() {
        ("FAIL", Role::Bad)
    } else if kill > KillLevel::K0 {
        ("KILL", Role::Bad)
    } else if status.armed {
        ("ON", Role::Good)
    } else {
        ("off", Role::Dim)
    }
}

/// Why it stands so, in a few words.
pub(super) fn why(view: &View<'_>, strategy: StrategyId) -> String {
    if strategy == StrategyId::EXTERNAL {
        return "nobody's".to_owned();
    }
    let Some(status) = view.state.control.strategy(strategy) else { return String::new() };
    let open = view.state.orders.open().iter().filter(|order| order.request.strategy == strategy);
    let unknown = open.filter(|order| order.status == crate::model::OrderStatus::Unknown).count();
    if let Some(message) = &status.failed {
        return message.as_str().to_owned();
    }
    if unknown > 0 {
        return format!("{unknown} UNKNOWN");
    }
    if strategy == StrategyId::MANUAL && status.armed {
        return "you".to_owned();
    }
    match (status.armed, status.why.as_str()) {
        (true, "config") => "gate ok".to_owned(),
        (true, why) => format!("armed by {why}"),
        (false, why) => why.to_owned(),
    }
}

/// What a strategy holds, instrument by instrument.
pub(super) fn held_words(view: &View<'_>, strategy: StrategyId) -> String {
    let words = view.state.genesis().instrument_ids().filter_map(|id| {
        let net = view.state.ledger.position(strategy, id).net;
        let figure = figure::net(net, view.places(id).1, view.tilde_at(id));
        (!net.is_zero()).then(|| format!("{} {figure}", view.symbol(id)))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// How much of its limits a strategy uses, in percent: the worse of its worst-case position and its loss of the day.
pub(super) fn limit_used(view: &View<'_>, strategy: StrategyId) -> Option<u32> {
    if strategy == StrategyId::EXTERNAL {
        return None;
    }
    let state = view.state;
    let limits = state.limits().strategy(strategy);
    let mut worst = Money::ZERO;
    for instrument in &state.genesis().instruments {
        let net = state.ledger.position(strategy, instrument.id).net;
        let qty = state.orders.exposure(strategy, instrument.id).worst(net);
        worst += state.notional_at_mark(instrument, qty)?;
    }
    let loss = state.strategy_pnl(strategy).map_or(Money::ZERO, |pnl| -pnl.day);
    Some(worst.percent_of(limits.max_position_value).max(loss.percent_of(limits.daily_loss)))
}

/// Whether the rows of all strategies sum to the account, in every instrument.
pub(crate) fn books_agree(view: &View<'_>) -> bool {
    view.state.genesis().instrument_ids().all(|id| {
        let (net, cash) = view.state.ledger.difference(id);
        net.is_zero() && cash.is_zero()
    })
}
