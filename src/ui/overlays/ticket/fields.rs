//! The fields of the ticket as they are drawn.

use super::draft::Draft;
use super::intent::Ticket;
use super::plan;
use super::slot::{Kind, Plan, Slot};
use crate::model::{Instrument, Money, Price, Quote, Side};
use crate::ui::figure;
use crate::ui::normal;
use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows the fields take.
pub(super) const fn rows(ticket: &Ticket) -> u16 {
    match (ticket.amends, ticket.draft.plan) {
        (Some(_), _) => 4,
        (None, Plan::Once) => 5,
        (None, Plan::Bracket | Plan::Oco | Plan::Split | Plan::Target) => 6,
    }
}

/// Draws them.
pub(super) fn draw(ticket: &Ticket, view: &View<'_>, instrument: &Instrument, area: Rect, buf: &mut Buffer) {
    let dim = view.theme.style(Role::Dim);
    head(ticket, view, instrument, (area, &mut *buf));
    let mut pen = Pen::new(buf, area, 2);
    amount(&mut pen, ticket, view, instrument);
    let mut pen = Pen::new(buf, area, 3);
    prices(&mut pen, ticket, view);
    if ticket.amends.is_some() {
        return;
    }
    let mut pen = Pen::new(buf, area, 4);
    if ticket.draft.plan != Plan::Target {
        boxed(&mut pen, ticket, view, (Slot::PostOnly, " post-only"));
        boxed(&mut pen, ticket, view, (Slot::ReduceOnly, "   reduce-only "));
        pen.skip(1);
    }
    boxed(&mut pen, ticket, view, (Slot::Plan, " plan "));
    pen.put(&format!("  intent {:05x}", ticket.intent), dim);
    let mut pen = Pen::new(buf, area, 5);
    plan_row(&mut pen, ticket, view, instrument);
}

fn head(ticket: &Ticket, view: &View<'_>, instrument: &Instrument, (area, buf): (Rect, &mut Buffer)) {
    let dim = view.theme.style(Role::Dim);
    let mut pen = Pen::new(buf, area, 0);
    if ticket.amends.is_some() {
        let draft = &ticket.draft;
        let words = format!(" {} {} {}", view.strategy_name(draft.strategy), draft.side, draft.kind.as_str());
        pen.put(&words, view.theme.style(Role::Strong)).skip(3);
        pen.put(&market_words(view, instrument), dim);
        let order = ticket.amended(view);
        let was = order.map(|order| super::amend::was(view, order)).unwrap_or_default();
        Pen::new(buf, area, 1).put(&format!(" now      {was}"), dim);
        return;
    }
    boxed(&mut pen, ticket, view, (Slot::Strategy, " strategy "));
    pen.skip(2).put(&market_words(view, instrument), dim);
    let mut pen = Pen::new(buf, area, 1);
    boxed(&mut pen, ticket, view, (Slot::Side, " side     "));
    boxed(&mut pen, ticket, view, (Slot::Kind, "   type "));
    boxed(&mut pen, ticket, view, (Slot::Tif, "   tif "));
}

/// The quantity with its unit, its worth, and how it compares with what is usual.
fn amount(pen: &mut Pen<'_>, ticket: &Ticket, view: &View<'_>, instrument: &Instrument) {
    let (draft, dim) = (&ticket.draft, view.theme.style(Role::Dim));
    let name = if draft.plan == Plan::Target { " to       " } else { " qty      " };
    boxed(pen, ticket, view, (Slot::Qty, name));
    pen.put(&format!(" {}", instrument.unit), view.theme.style(Role::Text));
    pen.put(&format!("  = {}", notional_words(ticket, view, instrument)), view.theme.style(Role::Strong));
    let typed = ticket.order(view).ok().map(|order| order.qty).or_else(|| typed_qty(draft, instrument));
    let usual = normal::size(view.state, draft.strategy, draft.instrument);
    if let Some((words, role)) = typed.zip(usual).and_then(|(qty, usual)| normal::words(qty, usual)) {
        let words = format!("  {words}");
        if display_width(&words) <= pen.space() {
            pen.put(&words, view.theme.style(role));
        }
    }
    let step = format!("  step {}", instrument.lot);
    if display_width(&step) <= pen.space() {
        pen.put(&step, dim);
    }
}

fn prices(pen: &mut Pen<'_>, ticket: &Ticket, view: &View<'_>) {
    let kind = ticket.draft.kind;
    match kind {
        Kind::Trailing => boxed(pen, ticket, view, (Slot::Trail, " trail    ")),
        Kind::Limit | Kind::StopLimit => boxed(pen, ticket, view, (Slot::Price, " price    ")),
        Kind::Market | Kind::StopMarket => {
            pen.put(" price    at market, within the collar", view.theme.style(Role::Dim));
        }
    }
    if kind.has_trigger() {
        boxed(pen, ticket, view, (Slot::Trigger, "  trigger "));
    }
}

/// The fields of the plan, and what it will do.
fn plan_row(pen: &mut Pen<'_>, ticket: &Ticket, view: &View<'_>, instrument: &Instrument) {
    let (draft, dim) = (&ticket.draft, view.theme.style(Role::Dim));
    match draft.plan {
        Plan::Once => {}
        Plan::Bracket => {
            boxed(pen, ticket, view, (Slot::Stop, " stop     "));
            boxed(pen, ticket, view, (Slot::Target, "  target "));
            pen.put("  once it fills", dim);
        }
        Plan::Oco => {
            boxed(pen, ticket, view, (Slot::Stop, " or stop  "));
            pen.put("  the first to fill cancels the other", dim);
        }
        Plan::Split => {
            boxed(pen, ticket, view, (Slot::Each, " each     "));
            let words = match children(draft, instrument) {
                Some(count) => format!("  {count} children, one after the other"),
                None => "  of at most this".to_owned(),
            };
            pen.put(&words, dim);
        }
        Plan::Target => {
            let places = instrument.qty_places();
            let (held, working) = plan::standing(draft, view);
            let net = |net| figure::net(net, places, view.tilde_at(instrument.id));
            let deed = plan::difference(draft, view, instrument).map_or_else(
                |_flaw| "--".to_owned(),
                |(side, qty)| format!("{side} {}", figure::qty(qty, places)),
            );
            let words = format!(" now      holds {}, working {}  ->  {deed}", net(held), net(working));
            pen.words(&words, view.theme.style(Role::Strong));
        }
    }
}

/// How many orders a split becomes.
pub(super) fn children(draft: &Draft, instrument: &Instrument) -> Option<i64> {
    let whole = super::number::qty(draft.qty.value(), instrument).ok()?.raw();
    let each = super::number::qty(draft.each.value(), instrument).ok()?.raw();
    (each > 0).then(|| (whole + each - 1) / each)
}

/// A choice or text field between brackets.
fn boxed(pen: &mut Pen<'_>, ticket: &Ticket, view: &View<'_>, (slot, name): (Slot, &str)) {
    let theme = view.theme;
    let has_focus = ticket.focus == slot;
    let edge = theme.style(if has_focus { Role::Accent } else { Role::Dim });
    pen.put(name, theme.style(if has_focus { Role::Strong } else { Role::Text }));
    pen.put(if has_focus { "[>" } else { "[ " }, edge);
    let draft = &ticket.draft;
    let choice = |pen: &mut Pen<'_>, text: &str, width: u16| {
        let style = theme.style(if has_focus { Role::Cursor } else { Role::Strong });
        pen.left(text, width, style);
    };
    let side = || match draft.plan {
        Plan::Target => "--",
        Plan::Once | Plan::Bracket | Plan::Oco | Plan::Split => draft.side.as_str(),
    };
    match slot {
        Slot::Strategy => choice(pen, view.strategy_name(draft.strategy), 11),
        Slot::Side => choice(pen, side(), 4),
        Slot::Kind => choice(pen, draft.kind.as_str(), 3),
        Slot::Tif => choice(pen, draft.tif.as_str(), 3),
        Slot::PostOnly => choice(pen, tick(draft.post_only), 1),
        Slot::ReduceOnly => choice(pen, tick(draft.reduce_only), 1),
        Slot::Plan => choice(pen, draft.plan.as_str(), 7),
        Slot::Qty => draft.qty.draw(pen, 12, has_focus, theme),
        Slot::Price => draft.price.draw(pen, 12, has_focus, theme),
        Slot::Trigger => draft.trigger.draw(pen, 12, has_focus, theme),
        Slot::Trail => draft.trail.draw(pen, 12, has_focus, theme),
        Slot::Stop => draft.stop.draw(pen, 12, has_focus, theme),
        Slot::Target => draft.target.draw(pen, 12, has_focus, theme),
        Slot::Each => draft.each.draw(pen, 12, has_focus, theme),
    }
    pen.put(" ]", edge);
}

const fn tick(set: bool) -> &'static str {
    if set { "x" } else { " " }
}

fn market_words(view: &View<'_>, instrument: &Instrument) -> String {
    let Some(market) = view.state.market(instrument.id) else { return "no market".to_owned() };
    let Some(quote) = &market.quote else { return "NO DATA".to_owned() };
    let places = instrument.price_places();
    let (bid, ask) = (figure::price(quote.bid, places), figure::price(quote.ask, places));
    let state = view.distrust(instrument, market).unwrap_or_default();
    let age = market.age(view.now).map(|age| figure::span(age.max(crate::model::Span::ZERO)));
    format!("bid {bid}  ask {ask}  {} {state}", age.unwrap_or_default())
}

/// The price the order would be counted at: its limit, its trigger, or the quote.
fn counted_at(draft: &Draft, side: Side, instrument: &Instrument, quote: Option<&Quote>) -> Option<Price> {
    let typed = match draft.kind {
        Kind::Limit | Kind::StopLimit => super::number::price(draft.price.value(), instrument).ok(),
        Kind::StopMarket | Kind::Trailing => super::number::price(draft.trigger.value(), instrument).ok(),
        Kind::Market => None,
    };
    typed.or_else(|| quote.map(|quote| quote.opposite(side)))
}

fn typed_qty(draft: &Draft, instrument: &Instrument) -> Option<crate::model::Qty> {
    super::number::qty(draft.qty.value(), instrument).ok()
}

fn worth(ticket: &Ticket, view: &View<'_>, instrument: &Instrument) -> Option<Money> {
    let draft = &ticket.draft;
    let quote = view.state.market(instrument.id).and_then(|market| market.quote.as_ref());
    let (side, qty) = match draft.plan {
        Plan::Target => plan::difference(draft, view, instrument).ok()?,
        Plan::Once | Plan::Bracket | Plan::Oco | Plan::Split => (draft.side, typed_qty(draft, instrument)?),
    };
    Some(instrument.notional(counted_at(draft, side, instrument, quote)?, qty))
}

/// What the whole is worth.
pub(super) fn notional_words(ticket: &Ticket, view: &View<'_>, instrument: &Instrument) -> String {
    match worth(ticket, view, instrument) {
        Some(worth) => format!("{} {}", figure::money(worth, 2, view.tilde()), instrument.settle),
        None => format!("-- {}", instrument.settle),
    }
}
