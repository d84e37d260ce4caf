//! What the order would do, in the words of the ticket: fills, fees, positions, margin. Lines get shorter or more; a
//! number is never cut.

use super::intent::Ticket;
use crate::model::{
    Assessment, Instrument, Measure, Money, NetQty, NewOrder, OrderKind, Price, RuleId, Side,
};
use crate::ui::figure;
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::wire::MarginLeg;

/// What the order would do, in lines of at most this width. Nothing of another order's answer.
pub(super) fn effects(ticket: &Ticket, view: &View<'_>, instrument: &Instrument, width: usize) -> Vec<Line> {
    let Some(told) = ticket.answer(view) else {
        return vec![Line::new().dim(" asking the gate about these fields")];
    };
    let legs = [MarginLeg::from(&told.order)];
    let (told, tilde) = (&told.assessment, view.tilde());
    let mut lines = brief(ticket, view, instrument, width);
    let currency = view.state.genesis().currency;
    lines.push(Line::of(&format!(" notional   {}", figure::named(told.notional, currency, tilde))));
    let free = figure::named(told.margin_after, instrument.settle, tilde);
    lines.push(Line::of(&format!(" margin     free after {free}")));
    lines.extend(ticket.broker.line(&legs, view));
    lines.push(Line::new().dim(" the same words come as events: DENY, SEND, ACK, FILL"));
    lines
}

/// The part of it no screen goes without: fills, fee, positions.
pub(super) fn brief(ticket: &Ticket, view: &View<'_>, instrument: &Instrument, width: usize) -> Vec<Line> {
    let Some(told) = ticket.answer(view) else {
        return vec![Line::new().dim(" asking the gate about these fields")];
    };
    let (order, told) = (told.order, &told.assessment);
    let mut lines: Vec<Line> = due(&order, told, instrument).into_iter().collect();
    lines.extend([fills(view, &order, told, instrument), fees(view, &order, told, instrument)]);
    lines.extend(positions(view, &order, instrument, width));
    lines
}

/// What becomes of a stop whose trigger the market has already reached: an exit leaves at once, anything else is denied.
fn due(order: &NewOrder, told: &Assessment, instrument: &Instrument) -> Option<Line> {
    let finding = told.findings.iter().find(|finding| finding.rule == RuleId::Trigger)?;
    let Measure::Price(market) = finding.limit else { return None };
    let market = figure::price(market, instrument.price_places());
    let becomes = if matches!(order.kind, OrderKind::StopLimit { .. }) { "limit" } else { "market" };
    Some(if finding.pass {
        Line::new().part(
            &format!(" TRIGGER REACHED by {market}: this exit leaves at once as a {becomes} order"),
            Role::Warn,
        )
    } else {
        Line::new().part(
            &format!(" TRIGGER REACHED by {market}: as a {becomes} order it needs no trigger"),
            Role::Bad,
        )
    })
}

/// The best price a post-only order would take, where it would: the venue rejects it.
pub(super) fn crossed(view: &View<'_>, order: &NewOrder) -> Option<Price> {
    let quote = view.state.market(order.instrument)?.quote?;
    let best = quote.opposite(order.side);
    let OrderKind::Limit { price } = order.kind else { return None };
    let takes = match order.side {
        Side::Buy => price >= best,
        Side::Sell => price <= best,
    };
    (order.post_only && takes).then_some(best)
}

fn fills(view: &View<'_>, order: &NewOrder, told: &Assessment, instrument: &Instrument) -> Line {
    let (price_places, qty_places) = (instrument.price_places(), instrument.qty_places());
    if let Some(best) = crossed(view, order) {
        let best = figure::price(best, price_places);
        return Line::new()
            .part(&format!(" POST-ONLY would take at {best}: the venue will reject it"), Role::Bad);
    }
    let average = told.average.map(|average| figure::price(average, price_places).to_string());
    Line::of(&format!(
        " fills now  {}{} of {} @ {}{}",
        view.tilde(),
        figure::qty(told.fills_now, qty_places),
        figure::qty(order.qty, qty_places),
        average.unwrap_or_else(|| "--".to_owned()),
        slip(view, order, told.average),
    ))
}

/// The fee of what fills at once apart from that of the rest, which may never be paid.
fn fees(view: &View<'_>, order: &NewOrder, told: &Assessment, instrument: &Instrument) -> Line {
    let rests = order.qty.minus(told.fills_now);
    let at_once = match told.average {
        Some(_) if rests.is_zero() => told.fee,
        Some(average) => {
            instrument.notional(average, told.fills_now).at_rate(instrument.taker_fee).min(told.fee)
        }
        None => Money::ZERO,
    };
    let named = |amount| figure::named(amount, instrument.settle, view.tilde());
    let rest = match order.kind {
        OrderKind::Stop { .. } | OrderKind::TrailingStop { .. } => "taker once triggered",
        OrderKind::Market | OrderKind::Limit { .. } | OrderKind::StopLimit { .. } => "maker rest",
    };
    let text = if told.fills_now.is_zero() {
        format!(" fee        {rest} {}", named(told.fee))
    } else if rests.is_zero() {
        format!(" fee        taker now {}", named(at_once))
    } else {
        format!(" fee        taker now {}, {rest} {}", named(at_once), named(told.fee - at_once))
    };
    Line::of(&text)
}

/// The strategy's position and the account's, on one line where both fit whole.
fn positions(view: &View<'_>, order: &NewOrder, instrument: &Instrument, width: usize) -> Vec<Line> {
    let places = instrument.qty_places();
    let change = |net: NetQty| {
        let after = net + order.qty.signed(order.side);
        let tilde = view.tilde_at(order.instrument);
        format!("{} -> {}", figure::net(net, places, tilde), figure::net(after, places, tilde))
    };
    let own = change(view.state.ledger.position(order.strategy, order.instrument).net);
    let whole = change(view.state.ledger.account(order.instrument).net);
    let name = view.strategy_name(order.strategy);
    let joined = format!(" position   {name} {own}   account {whole}");
    if joined.chars().count() <= width {
        return vec![Line::of(&joined)];
    }
    vec![Line::of(&format!(" position   {name} {own}")), Line::of(&format!(" account    {whole}"))]
}

/// How far the average lies beyond the best price, in basis points.
fn slip(view: &View<'_>, order: &NewOrder, average: Option<Price>) -> String {
    let best = view.state.market(order.instrument).and_then(|market| market.quote.as_ref());
    let best = best.map(|quote| quote.opposite(order.side));
    let Some((average, best)) = average.zip(best) else { return String::new() };
    let raw = average.raw() - best.raw();
    let worse = if order.side == Side::Buy { raw } else { -raw };
    let tenths = i128::from(worse) * 100_000 / i128::from(best.raw().max(1));
    let sign = if tenths < 0 { "-" } else { "" };
    format!("  slip {sign}{}.{}bp", tenths.abs() / 10, tenths.abs() % 10)
}
