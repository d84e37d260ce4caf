//! Questions before deeds that touch more than one row or cost more than a look.

use crate::model::{
    BatchDecision, Command, InstrumentId, KillLevel, Mode, Order, OrderStatus, Reason, Scope, StrategyId,
};
use crate::state::{Batch, Standing};
use crate::ui::batches;
use crate::ui::effect::{Effect, Question};
use crate::ui::figure;
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::view::View;

/// Cancels an order at once, or asks first where it protects a position.
pub(in crate::ui) fn cancel(view: &View<'_>, order: &Order) -> Effect {
    if !order.is_open() {
        let name = View::order_name(order.request.mode, order.id);
        return Effect::Toast(format!("{name} has ended: {}", order.status));
    }
    let effect = Effect::Send(Command::Cancel { order: order.id });
    if order.request.kind.trigger().is_none() || !view.state.is_protective(order) {
        return effect;
    }
    let request = &order.request;
    let name = View::order_name(request.mode, order.id);
    let net = view.state.ledger.position(request.strategy, request.instrument).net;
    let (owner, symbol) = (view.strategy_name(request.strategy), view.symbol(request.instrument));
    let size = figure::net(net, view.places(request.instrument).1, view.tilde_at(request.instrument));
    let lines = vec![
        format!("{name} PROTECTS the position of {owner}: {size} {symbol}."),
        "Without it nothing limits the loss of that position.".to_owned(),
    ];
    question("CANCEL A STOP", lines, &format!("cancel {name}"), effect)
}

/// Asks whether to cancel all orders of a scope, with their count.
pub(in crate::ui) fn cancel_all(view: &View<'_>, scope: Scope) -> Effect {
    let open = view.state.orders.open().iter();
    let all: Vec<&Order> =
        open.filter(|order| scope.covers(order.request.strategy, order.request.instrument)).collect();
    let effect = Effect::Send(Command::CancelAll { scope });
    cancel_many(view, &all, view.scope_name(scope), effect)
}

/// Asks whether to cancel the open ones of these orders, one by one: the rows a filter has left.
pub(in crate::ui) fn cancel_these(view: &View<'_>, orders: &[&Order]) -> Effect {
    let all: Vec<&Order> = orders.iter().copied().filter(|order| order.is_open()).collect();
    let each = all.iter().map(|order| Effect::Send(Command::Cancel { order: order.id }));
    let effect = each.fold(Effect::Nothing, |before, one| Effect::Both(Box::new(before), Box::new(one)));
    cancel_many(view, &all, &format!("filter {}", view.selection.filter), effect)
}

fn cancel_many(view: &View<'_>, all: &[&Order], whose: &str, effect: Effect) -> Effect {
    let stops = all.iter().filter(|order| view.state.is_protective(order)).count();
    let count = all.len();
    if count == 0 {
        return Effect::Toast(format!("no working orders of {whose}"));
    }
    let (order, entry) =
        (if count == 1 { "order" } else { "orders" }, if count - stops == 1 { "entry" } else { "entries" });
    let lines = vec![
        format!("{count} working {order} of {whose}: {} {entry},", count - stops),
        format!("{stops} PROTECTIVE stops. To keep those: kill at K2, or x one by one."),
    ];
    question("CANCEL ALL", lines, &format!("cancel {count} {order}"), effect)
}

/// Opens the change of a working order, or says why there can be none now.
pub(in crate::ui) fn modify(order: &Order) -> Effect {
    let name = View::order_name(order.request.mode, order.id);
    let why = match order.status {
        status if status.is_terminal() => format!("{name} has ended: {status}"),
        OrderStatus::Unknown => format!("{name} is UNKNOWN: no change before its fate is proven"),
        OrderStatus::PendingCancel => format!("{name}: a cancel is on its way"),
        OrderStatus::PendingReplace => format!("{name}: a change is on its way"),
        _ => return Effect::Open(OverlayKind::Modify(order.id)),
    };
    Effect::Toast(why)
}

/// Asks whether to settle a batch so: two beats, since legs may be sent or closed. What it says is what the engine does.
pub(in crate::ui) fn decide(view: &View<'_>, batch: &Batch, decision: BatchDecision) -> Effect {
    let id = batch.id;
    let standing = batch.standing();
    if !batch.may_be(decision) {
        let why = match (batch.is_stopped(), standing.legs) {
            (true, legs) => format!("all {legs} legs have left, nothing is held back: U unwind or L leave"),
            (false, _) => batches::stage_words(batch).0,
        };
        return Effect::Toast(format!("{id} cannot be decided so: {why}"));
    }
    let word = match decision {
        BatchDecision::Complete => "COMPLETE",
        BatchDecision::Unwind => "UNWIND",
        BatchDecision::Leave => "LEAVE",
    };
    let mut lines = vec![
        format!("{id} {}: {}.", batch.batch.kind.as_str(), batches::stage_words(batch).0),
        format!("{standing}."),
    ];
    lines.extend(deeds(&standing, decision));
    let effect = Effect::Send(Command::Decide { batch: id, decision });
    let (title, yes) = (format!("{word} {id}"), word.to_lowercase());
    let twice = match (decision, view.mode()) {
        (BatchDecision::Complete, Mode::Live) => "SEND REAL ORDERS",
        (BatchDecision::Unwind, Mode::Live) => "CLOSE WITH REAL ORDERS",
        (BatchDecision::Complete | BatchDecision::Unwind, Mode::Analyze) => "SIMULATE",
        (BatchDecision::Leave, _) => "LEAVE IT SO",
    };
    Effect::Ask(Box::new(Question { title, lines, yes, twice: Some(twice), effect }))
}

/// What a decision does to legs held back, open and filled, a line each; nothing of those there are none of.
fn deeds(standing: &Standing, decision: BatchDecision) -> Vec<String> {
    let (held, open, filled) = (standing.unsent, standing.open, standing.filled);
    let (unsent, working, done) = match decision {
        BatchDecision::Complete => ("sent, each judged by the gate again", "left at work", "kept"),
        BatchDecision::Unwind => ("never sent", "canceled", "closed again at market, reduce-only"),
        BatchDecision::Leave => ("never sent", "left at work: not called back", "kept"),
    };
    let rows = [(held, "held back", unsent), (open, "open", working), (filled, "filled", done)];
    let rows = rows.into_iter().filter(|(count, _, _)| *count > 0);
    rows.map(|(count, what, deed)| format!("  {count:>2} {what:<9} -> {deed}")).collect()
}

/// Asks whether to cancel what works of a batch.
pub(in crate::ui) fn cancel_batch(view: &View<'_>, batch: &Batch) -> Effect {
    let legs = 0..batch.batch.legs.len();
    let all: Vec<&Order> = legs
        .filter_map(|leg| batches::order(batch, view.state, leg))
        .filter(|order| order.is_open())
        .collect();
    let each = all.iter().map(|order| Effect::Send(Command::Cancel { order: order.id }));
    let effect = each.fold(Effect::Nothing, |before, one| Effect::Both(Box::new(before), Box::new(one)));
    cancel_many(view, &all, &batch.id.to_string(), effect)
}

/// Asks whether to close every position of a scope: two beats where they are real.
pub(in crate::ui) fn close_all(view: &View<'_>, scope: Scope) -> Effect {
    let genesis = view.state.genesis();
    let pairs = genesis.strategy_ids().flat_map(|one| genesis.instrument_ids().map(move |id| (one, id)));
    let held = pairs.filter(|(strategy, instrument)| {
        scope.covers(*strategy, *instrument)
            && *strategy != StrategyId::EXTERNAL
            && !view.state.ledger.position(*strategy, *instrument).net.is_zero()
    });
    let held: Vec<String> = held
        .map(|(strategy, instrument)| {
            let net = view.state.ledger.position(strategy, instrument).net;
            let size = figure::net(net, view.places(instrument).1, view.tilde_at(instrument));
            format!("  {} {size} {}", view.strategy_name(strategy), view.symbol(instrument))
        })
        .collect();
    let whose = view.scope_name(scope);
    if held.is_empty() {
        return Effect::Toast(format!("no position of {whose} to close"));
    }
    let (count, plural) = (held.len(), if held.len() == 1 { "" } else { "s" });
    let mut lines = vec![format!("{count} position{plural} of {whose}, closed at market, reduce-only:")];
    let rest = held.len().saturating_sub(8);
    lines.extend(held.into_iter().take(8));
    if rest > 0 {
        lines.push(format!("  and {rest} more"));
    }
    let effect = Effect::Send(Command::CloseAll { scope });
    let (title, yes) = ("CLOSE POSITIONS".to_owned(), "close at market".to_owned());
    let twice = match view.mode() {
        Mode::Live => Some("SEND REAL ORDERS"),
        Mode::Analyze => None,
    };
    Effect::Ask(Box::new(Question { title, lines, yes, twice, effect }))
}

/// Asks whether to close all a strategy holds: of an option spread one position alone would be the hedge.
pub(in crate::ui) fn close_of(view: &View<'_>, strategy: StrategyId) -> Effect {
    let held = |id: &InstrumentId| !view.state.ledger.position(strategy, *id).net.is_zero();
    let held: Vec<InstrumentId> = view.state.genesis().instrument_ids().filter(held).collect();
    match held.as_slice() {
        [] => Effect::Toast(format!("{} holds no position", view.strategy_name(strategy))),
        [only] => close(view, strategy, *only),
        [_, _, ..] => close_all(view, Scope::Strategy(strategy)),
    }
}

/// Asks whether to close a strategy's position in an instrument: two beats where it is real.
pub(in crate::ui) fn close(view: &View<'_>, strategy: StrategyId, instrument: InstrumentId) -> Effect {
    let net = view.state.ledger.position(strategy, instrument).net;
    let (name, what) = (view.strategy_name(strategy), view.symbol(instrument));
    let Some(held) = net.side() else { return Effect::Toast(format!("{name} holds no {what}")) };
    let size = figure::net(net, view.places(instrument).1, view.tilde_at(instrument));
    let lines = vec![
        format!("{name} holds {size} {what}."),
        format!("A reduce-only {} at market closes it, through the gate.", held.opposite()),
    ];
    let effect = Effect::Send(Command::Close { strategy, instrument });
    let (title, yes) = ("CLOSE POSITION".to_owned(), "close at market".to_owned());
    let twice = match view.mode() {
        Mode::Live => Some("SEND REAL ORDER"),
        Mode::Analyze => None,
    };
    Effect::Ask(Box::new(Question { title, lines, yes, twice, effect }))
}

/// Asks whether to pause or arm a strategy.
pub(in crate::ui) fn arm(view: &View<'_>, strategy: StrategyId) -> Option<Effect> {
    let status = view.state.control.strategy(strategy)?;
    let whose = view.strategy_name(strategy);
    if !status.armed {
        let why = format!("It stands paused: {}.", status.why);
        let lines = vec![format!("{whose} may send orders again, within its limits."), why];
        return Some(question("ARM", lines, "arm", Effect::Send(Command::Arm { strategy })));
    }
    let lines = vec![
        format!("{whose} sends no more orders: its entries are canceled,"),
        "its protective stops and its position stay.".to_owned(),
    ];
    let effect = Effect::Send(Command::Disarm { strategy, reason: Reason::new("operator") });
    Some(question("PAUSE", lines, "pause", effect))
}

/// Asks whether to kill one strategy or one instrument.
pub(in crate::ui) fn kill(view: &View<'_>, scope: Scope) -> Effect {
    let open = view.state.orders.open().iter();
    let all = open.filter(|order| scope.covers(order.request.strategy, order.request.instrument));
    let entries = all.filter(|order| !view.state.is_protective(order)).count();
    let name = view.scope_name(scope);
    let lines = vec![
        format!("{name}: no new risk, its {entries} entries canceled, protective stops kept."),
        "Only a resume of everything lowers it again.".to_owned(),
    ];
    let effect = Effect::Kill { level: KillLevel::K2, scope, reason: Reason::new("operator") };
    question(&format!("KILL {name} ONLY"), lines, "kill it (K2)", effect)
}

/// A question answered by one Enter.
fn question(title: &str, lines: Vec<String>, yes: &str, effect: Effect) -> Effect {
    let (title, yes) = (title.to_owned(), yes.to_owned());
    Effect::Ask(Box::new(Question { title, lines, yes, twice: None, effect }))
}
