//! A strategy: how it stands, what it holds, how near its limits it is, what was denied.

use crate::model::{Event, Money, StrategyId};
use crate::state::Pnl;
use crate::ui::event_line::event_line;
use crate::ui::figure::{self, Clock};
use crate::ui::overlays::line::Line;
use crate::ui::panels::standing;
use crate::ui::theme::Role;
use crate::ui::view::View;

/// Denials shown, newest first.
const DENIALS: usize = 8;

/// A strategy in full.
pub(super) fn lines(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let mut lines = head(view, id);
    lines.push(Line::rule("P&L, after fees"));
    lines.push(results(view, view.state.strategy_pnl(id)));
    lines.push(Line::rule("positions, its own book"));
    lines.extend(positions(view, id));
    lines.push(Line::rule("limits: used of allowed"));
    lines.extend(limits(view, id));
    lines.push(Line::rule(&format!("denied by the gate: {}", view.state.denied_of(id))));
    lines.extend(denials(view, id));
    lines
}

fn head(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let (word, role) = standing(view, id);
    let info = view.state.genesis().strategy(id);
    let kind = info.map_or("?", |info| info.kind.as_str());
    let hears: Vec<&str> =
        info.iter().flat_map(|info| &info.instruments).map(|one| view.symbol(*one)).collect();
    let hears = if hears.is_empty() { "--".to_owned() } else { hears.join(" ") };
    let open = view.state.orders.open().iter().filter(|order| order.request.strategy == id).count();
    let sent = view.state.orders.submitted_by(id);
    let mut lines = vec![
        Line::new()
            .text(" stands ")
            .part(word, role)
            .text(&format!(" in {}   kind {kind}   hears {hears}", view.mode().as_str())),
        Line::of(&format!(" orders  {open} working, {sent} sent, {} denied", view.state.denied_of(id))),
    ];
    if let Some(status) = view.state.control.strategy(id) {
        let since = view.clock(status.since, Clock::Seconds);
        let since = if status.since.nanos() == 0 { "the start".to_owned() } else { since.to_string() };
        lines.push(Line::of(&format!(" since   {since}: {}", status.why)));
        if let Some(message) = &status.failed {
            lines.push(Line::new().part(&format!(" FAILED  {message}"), Role::Bad));
        }
    }
    if let Some(timing) =
        view.vitals.and_then(|vitals| vitals.strategies.iter().find(|one| one.strategy == id))
    {
        let (p99, worst) = (figure::brief(timing.p99), figure::brief(timing.worst));
        lines
            .push(Line::of(&format!(" calls   {}   p99 {p99}   worst {worst}", figure::count(timing.calls))));
    }
    lines
}

fn results(view: &View<'_>, pnl: Option<Pnl>) -> Line {
    let Some(pnl) = pnl else { return Line::new().part(" something held has no mark", Role::Warn) };
    let tilde = view.tilde();
    let money = |amount: Money| figure::signed(amount, 2, tilde);
    Line::of(&format!(
        " day {}   realised {}   unrealised {}   fees {}   net {}",
        money(pnl.day),
        money(pnl.realised),
        money(pnl.unrealised),
        money(-pnl.fees),
        money(pnl.net)
    ))
}

fn positions(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let (state, tilde) = (view.state, view.tilde());
    let mut lines = Vec::new();
    for instrument in &state.genesis().instruments {
        let position = state.ledger.position(id, instrument.id);
        let working = state.orders.exposure(id, instrument.id);
        if position.fills == 0 && working.orders == 0 {
            continue;
        }
        let (price_places, qty_places) = (instrument.price_places(), instrument.qty_places());
        let average =
            position.average(instrument).map(|price| figure::price(price, price_places).to_string());
        let mark = state.market(instrument.id).and_then(crate::state::InstrumentMarket::mark);
        let open =
            mark.map(|mark| figure::signed(position.unrealised(instrument, mark), 2, tilde).to_string());
        lines.push(Line::of(&format!(
            " {:<10} {:>12} @ {:<12} uPnL {:>10}   working buy {} sell {}",
            view.symbol(instrument.id),
            figure::net(position.net, qty_places, tilde),
            average.unwrap_or_else(|| "--".to_owned()),
            open.unwrap_or_else(|| "no mark".to_owned()),
            figure::qty(working.buys, qty_places),
            figure::qty(working.sells, qty_places)
        )));
    }
    if lines.is_empty() {
        lines.push(Line::new().dim(" never held anything in this run"));
    }
    lines
}

fn limits(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let state = view.state;
    let allowed = state.limits().strategy(id);
    let worst = |one: &crate::model::Instrument| {
        let net = state.ledger.position(id, one.id).net;
        state.notional_at_mark(one, state.orders.exposure(id, one.id).worst(net))
    };
    let used: Option<Money> = state.genesis().instruments.iter().map(worst).sum();
    let loss = state.strategy_pnl(id).map(|pnl| (-pnl.day).max(Money::ZERO));
    [("worst-case position", used, allowed.max_position_value), ("loss of the day", loss, allowed.daily_loss)]
        .into_iter()
        .map(|(name, used, limit)| share(view, name, used, limit))
        .collect()
}

fn share(view: &View<'_>, name: &str, used: Option<Money>, limit: Money) -> Line {
    let limit_words = figure::money(limit, 2, "");
    let Some(used) = used else {
        return Line::new().part(&format!(" {name:<20} no mark   of {limit_words}"), Role::Warn);
    };
    let percent = used.percent_of(limit);
    let full = usize::try_from(percent.min(100) / 10).unwrap_or(10);
    let bar: String = (0..10).map(|cell| if cell < full { '#' } else { '-' }).collect();
    let role = if percent >= 90 { Role::Bad } else { Role::Text };
    let used = figure::money(used, 2, view.tilde());
    Line::new().part(&format!(" {name:<20} {used:>12} of {limit_words:>12}  {percent:>3}% {bar}"), role)
}

fn denials(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let own =
        view.state.history.log.iter().rev().filter(
            |envelope| matches!(&envelope.event, Event::Denied { order, .. } if order.strategy == id),
        );
    let words = |envelope| {
        let line = event_line(envelope, view);
        Line::new().dim(&format!(" {} ", view.clock(line.at, Clock::Seconds))).text(&line.text)
    };
    own.take(DENIALS).map(words).collect()
}
