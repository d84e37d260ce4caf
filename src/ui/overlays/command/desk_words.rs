//! Words about what stands already: batches, unknown orders, external positions, limits, alerts.

use super::names::{instrument, strategy};
use super::words::usage;
use crate::model::{BatchDecision, Command, NetQty, NumberError, OrderId, Scope, StrategyId, Verdict};
use crate::ui::batches;
use crate::ui::effect::{Effect, Question};
use crate::ui::figure;
use crate::ui::option_list;
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::overlays::ask;
use crate::ui::panel_kind::PanelKind;
use crate::ui::view::{Selected, View};
use crate::wire::{LimitName, asked_limit};

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

/// `chain FDX 2`: the view, on this underlying and expiry.
pub(super) fn chain(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let show = PanelKind::Chain.view().map_or(Effect::Nothing, Effect::View);
    let (symbol, number) = match args {
        [] => return Ok(show),
        [symbol] => (*symbol, "1"),
        [symbol, number] => (*symbol, *number),
        _ => return Err(usage("chain")),
    };
    let underlying = instrument(symbol, view)?;
    let dates = option_list::expiries(view, underlying);
    if dates.is_empty() {
        return Err(format!("no options are listed on {}", view.symbol(underlying)));
    }
    let number: usize = number.parse().map_err(|_not_a_number| usage("chain"))?;
    let date = number.checked_sub(1).and_then(|at| dates.get(at));
    let date = date.ok_or_else(|| format!("{symbol} has {} expiries: 1 is the nearest", dates.len()))?;
    let cell = option_list::first_contract(view, underlying, *date).ok_or_else(|| usage("chain"))?;
    let select = Effect::Select(Selected::Instrument(cell));
    Ok(Effect::Both(Box::new(select), Box::new(show)))
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
    let net = |net| figure::net(net, places, view.tilde_at(instrument));
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

/// `limit NAME VALUE`, `limit confirm NAME`: the names and numbers `flightdeck limit` takes.
pub(super) fn limit(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    match args {
        ["confirm", name] => {
            let key = limit_name(name)?.resolve(view.state.genesis()).map_err(|error| error.to_string())?;
            Ok(Effect::Send(Command::ConfirmLimit { key }))
        }
        [name, value] => {
            let asked = asked_limit(view.state, &limit_name(name)?, value);
            let (key, to) = asked.map_err(|error| error.to_string())?;
            Ok(Effect::Send(Command::SetLimit { key, to }))
        }
        _ => Err(usage("limit")),
    }
}

fn limit_name(word: &str) -> Result<LimitName, String> {
    word.parse().map_err(|_no_name| format!("no limit '{word}'; Tab shows what there is"))
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
