//! Words about what stands already: batches, unknown orders, external positions, limits, alerts.

use super::names::{instrument, strategy};
use super::words::usage;
use crate::model::{
    BatchDecision, Command, LimitKey, Measure, Money, NetQty, NumberError, OrderId, Qty, Scope, StrategyId,
    Verdict,
};
use crate::ui::batches;
use crate::ui::effect::{Effect, Question};
use crate::ui::figure;
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::overlays::ask;
use crate::ui::view::View;

/// The limits that can be changed while running: the word, and what it is of.
pub(super) const LIMITS: [(&str, &str); 12] = [
    ("max_gross", ""),
    ("daily_loss", ""),
    ("messages_per_s", ""),
    ("max_open_orders", ""),
    ("max_open_value", ""),
    ("max_batch_value", ""),
    ("order_qty", "INST"),
    ("order_value", "INST"),
    ("position_qty", "INST"),
    ("collar_bps", "INST"),
    ("strategy_position", "STRATEGY"),
    ("strategy_loss", "STRATEGY"),
];

/// `A-6`, `L-6` or `6`.
pub(super) fn order_id(word: &str, command: &str) -> Result<OrderId, String> {
    let digits = word.trim_start_matches(['A', 'L', 'a', 'l', '-']);
    digits.parse().map(OrderId::new).map_err(|_not_a_number| usage(command))
}

/// `close STRATEGY INST`, or every position of a scope.
pub(super) fn close(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let scope = match args {
        [name, symbol] => {
            return Ok(ask::close(view, strategy(name, view)?, instrument(symbol, view)?));
        }
        ["all"] => Scope::All,
        [word] => match (word.strip_prefix("strat:"), word.strip_prefix("inst:")) {
            (Some(name), _) => Scope::Strategy(strategy(name, view)?),
            (_, Some(symbol)) => Scope::Instrument(instrument(symbol, view)?),
            (None, None) => return Err(usage("close")),
        },
        _ => return Err(usage("close")),
    };
    Ok(ask::close_all(view, scope))
}

/// `modify A-6`.
pub(super) fn modify(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let [word] = args else { return Err(usage("modify")) };
    let order = view.state.orders.get(order_id(word, "modify")?);
    order.map(ask::modify).ok_or_else(|| format!("no order {word}"))
}

/// `resolve A-6 absent`.
pub(super) fn resolve(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let [word, verdict] = args else { return Err(usage("resolve")) };
    let id = order_id(word, "resolve")?;
    let verdict = match *verdict {
        "absent" => Verdict::Absent,
        "working" => Verdict::Working,
        "canceled" => Verdict::Canceled,
        _ => return Err(usage("resolve")),
    };
    match view.state.orders.get(id) {
        None => Err(format!("no order {word}")),
        Some(order) if order.status != crate::model::OrderStatus::Unknown => {
            Err(format!("{word} is {}: its fate is proven", order.status))
        }
        Some(_) => Ok(Effect::Open(OverlayKind::Resolve(id, verdict))),
    }
}

/// `decide B-1 unwind`.
pub(super) fn decide(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let [word, decision] = args else { return Err(usage("decide")) };
    let decision = match *decision {
        "complete" => BatchDecision::Complete,
        "unwind" => BatchDecision::Unwind,
        "leave" => BatchDecision::Leave,
        _ => return Err(usage("decide")),
    };
    let list = batches::rows(view.state);
    let batch = list.iter().find(|batch| batch.id.to_string().eq_ignore_ascii_case(word));
    batch.map(|batch| ask::decide(view, batch, decision)).ok_or_else(|| format!("no batch {word}"))
}

/// `claim mm-btc BTCUSDT 0.5`: asks before it attributes.
pub(super) fn claim(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let [name, symbol, qty] = args else { return Err(usage("claim")) };
    let (strategy, instrument) = (strategy(name, view)?, instrument(symbol, view)?);
    let qty: NetQty = qty.parse().map_err(|error| format!("qty: {}", number(qty, error)))?;
    if qty.is_zero() {
        return Err("qty: nothing to claim".to_owned());
    }
    let places = view.places(instrument).1;
    let net = |net| figure::net(net, places, view.tilde());
    let (foreign, own) = (
        view.state.ledger.position(StrategyId::EXTERNAL, instrument).net,
        view.state.ledger.position(strategy, instrument).net,
    );
    let (whose, what) = (view.strategy_name(strategy), view.symbol(instrument));
    let lines = vec![
        format!("{} {what} of EXTERNAL become {whose}'s, at their average price.", net(qty)),
        format!("EXTERNAL {} -> {}", net(foreign), net(foreign - qty)),
        format!("{whose} {} -> {}", net(own), net(own + qty)),
    ];
    let effect = Effect::Send(Command::Claim { strategy, instrument, qty });
    let (title, yes) = ("CLAIM".to_owned(), format!("give it to {whose}"));
    Ok(Effect::Ask(Box::new(Question { title, lines, yes, twice: None, effect })))
}

/// `limit KEY VALUE`, `limit confirm KEY`.
pub(super) fn limit(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    match args {
        ["confirm", key] => Ok(Effect::Send(Command::ConfirmLimit { key: limit_key(key, view)? })),
        [key, value] => {
            let key = limit_key(key, view)?;
            let to = limit_value(key, value)?;
            Ok(Effect::Send(Command::SetLimit { key, to }))
        }
        _ => Err(usage("limit")),
    }
}

fn limit_key(word: &str, view: &View<'_>) -> Result<LimitKey, String> {
    let (name, of) = word.split_once(':').unwrap_or((word, ""));
    Ok(match name {
        "max_gross" => LimitKey::MaxGross,
        "daily_loss" => LimitKey::DailyLoss,
        "messages_per_s" => LimitKey::MessagesPerS,
        "max_open_orders" => LimitKey::MaxOpenOrders,
        "max_open_value" => LimitKey::MaxOpenValue,
        "max_batch_value" => LimitKey::MaxBatchValue,
        "order_qty" => LimitKey::OrderQty { instrument: instrument(of, view)? },
        "order_value" => LimitKey::OrderValue { instrument: instrument(of, view)? },
        "position_qty" => LimitKey::PositionQty { instrument: instrument(of, view)? },
        "collar_bps" => LimitKey::Collar { instrument: instrument(of, view)? },
        "strategy_position" => LimitKey::StrategyPosition { strategy: strategy(of, view)? },
        "strategy_loss" => LimitKey::StrategyLoss { strategy: strategy(of, view)? },
        other => {
            let names: Vec<&str> = LIMITS.iter().map(|(name, _)| *name).collect();
            return Err(format!("no limit '{other}'; there are {}", names.join(" ")));
        }
    })
}

/// A value in the unit of its limit, read strictly.
fn limit_value(key: LimitKey, text: &str) -> Result<Measure, String> {
    let bad = |error| format!("value: {}", number(text, error));
    match key {
        LimitKey::MaxGross
        | LimitKey::DailyLoss
        | LimitKey::MaxOpenValue
        | LimitKey::MaxBatchValue
        | LimitKey::OrderValue { .. }
        | LimitKey::StrategyPosition { .. }
        | LimitKey::StrategyLoss { .. } => {
            let amount: Money = text.parse().map_err(bad)?;
            if amount.is_negative() {
                return Err("value: a limit is not below zero".to_owned());
            }
            Ok(Measure::Money(amount))
        }
        LimitKey::OrderQty { .. } | LimitKey::PositionQty { .. } => {
            text.parse::<Qty>().map(Measure::Qty).map_err(bad)
        }
        LimitKey::MessagesPerS | LimitKey::MaxOpenOrders => {
            let count = text.parse().map_err(|_not_whole| "value: a whole number: 1000, not 1,000");
            Ok(Measure::Count(count?))
        }
        LimitKey::Collar { .. } => {
            let bps: u32 = text.parse().map_err(|_not_whole| "value: whole basis points")?;
            Ok(Measure::Bps(i64::from(bps)))
        }
    }
}

/// `ack 3`.
pub(super) fn acknowledge(args: &[&str]) -> Result<Effect, String> {
    let [word] = args else { return Err(usage("ack")) };
    let alert = word.parse().map_err(|_not_a_number| usage("ack"))?;
    Ok(Effect::Send(Command::Acknowledge { alert }))
}

/// `accept 2`: asks for the reason.
pub(super) fn accept(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let [word] = args else { return Err(usage("accept")) };
    let line: u32 = word.parse().map_err(|_not_a_number| usage("accept"))?;
    let known = view.state.reconciliation.lines.iter().any(|one| one.id == line);
    if known { Ok(Effect::Open(OverlayKind::AcceptLine(line))) } else { Err(format!("no line {line}")) }
}

fn number(text: &str, error: NumberError) -> String {
    match error {
        NumberError::Empty => "empty: type a number".to_owned(),
        NumberError::NotDecimal if text.contains(',') => "no commas: 1000, not 1,000".to_owned(),
        NumberError::NotDecimal => "not a plain number: digits and one point only".to_owned(),
        NumberError::TooPrecise(places) => format!("too precise: more than {places} decimal places"),
        NumberError::OutOfRange(limit) => format!("out of range: limit {limit}"),
    }
}
