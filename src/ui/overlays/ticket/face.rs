//! How the ticket looks: fields, the gate's answer, the confirm frame.

use super::draft::{Draft, Kind, Slot};
use super::effects::{brief, crossed, effects};
use super::intent::{LEAST, Stage, Ticket};
use super::rules;
use crate::model::{Instrument, Mode, Money, Price, Quote};
use crate::ui::figure;
use crate::ui::overlays::line::{self, Line};
use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What stands in the upper edge.
pub(super) fn title(ticket: &Ticket, view: &View<'_>) -> String {
    let what = match (ticket.stage, ticket.beats.is_armed()) {
        (Stage::Filling, true) => "CONFIRM".to_owned(),
        (Stage::Filling, false) => format!("{} {}", ticket.draft.side, view.symbol(ticket.draft.instrument)),
        (Stage::Sent { .. } | Stage::Done, _) => "SENT".to_owned(),
    };
    let world = match view.mode() {
        Mode::Live => "LIVE - REAL ORDER",
        Mode::Analyze => "ANALYZE - simulated",
    };
    format!("{what}   {world}")
}

/// Draws the ticket.
pub(super) fn draw(ticket: &Ticket, view: &View<'_>, area: Rect, buf: &mut Buffer) {
    if view.screen.width < LEAST.0 || view.screen.height < LEAST.1 {
        let words = [
            " Too small for a ticket: what it",
            " would do cannot be shown.",
            " 60x16 or more. [Esc] closes.",
        ];
        line::draw(&words.map(Line::of), 0, view.theme, area, buf);
        return;
    }
    let Some(instrument) = view.state.genesis().instrument(ticket.draft.instrument) else { return };
    if ticket.beats.is_armed() {
        let lines = confirm(ticket, view, instrument);
        return line::draw(&lines, 0, view.theme, area, buf);
    }
    form(ticket, view, instrument, area, buf);
    let rest = Rect { y: area.y + 5, height: area.height.saturating_sub(5), ..area };
    line::draw(&[gate_head(ticket, view)], 0, view.theme, rest, buf);
    let below = Rect { y: rest.y + 1, height: rest.height.saturating_sub(3), ..rest };
    if area.width >= 100 {
        let left = Rect { width: 62, ..below };
        let right = Rect { x: below.x + 63, width: below.width - 63, ..below };
        line::draw(&effects(ticket, view, instrument, 62), 0, view.theme, left, buf);
        let told = ticket.answer(view).map(|told| rules::full(&told.assessment, instrument));
        let told = told.unwrap_or_default();
        line::draw(&told, 0, view.theme, right, buf);
    } else {
        let width = usize::from(area.width);
        let mut lines = brief(ticket, view, instrument, width);
        if below.height < 6 {
            lines.truncate(2);
        }
        let rows = usize::from(below.height).saturating_sub(lines.len());
        let told = ticket.answer(view).map(|told| rules::worst(&told.assessment, instrument, (width, rows)));
        lines.extend(told.unwrap_or_default());
        line::draw(&lines, 0, view.theme, below, buf);
    }
    let foot = Rect { y: rest.bottom().saturating_sub(2), height: 2.min(rest.height), ..rest };
    line::draw(&[verdict(ticket, view), keys(ticket)], 0, view.theme, foot, buf);
}

fn keys(ticket: &Ticket) -> Line {
    let space = if ticket.focus.is_text() { " flip" } else { " change" };
    Line::new()
        .key(" [Enter]")
        .text(" review")
        .key(" [Tab]")
        .text(" next")
        .key(" [Space]")
        .text(space)
        .key(" [Up Down]")
        .text(" step")
        .key(" [Esc]")
        .text(" close")
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
    match slot {
        Slot::Strategy => choice(pen, view.strategy_name(draft.strategy), 11),
        Slot::Side => choice(pen, draft.side.as_str(), 4),
        Slot::Kind => choice(pen, draft.kind.as_str(), 3),
        Slot::Tif => choice(pen, draft.tif.as_str(), 3),
        Slot::PostOnly => choice(pen, tick(draft.post_only), 1),
        Slot::ReduceOnly => choice(pen, tick(draft.reduce_only), 1),
        Slot::Qty => draft.qty.draw(pen, 12, has_focus, theme),
        Slot::Price => draft.price.draw(pen, 12, has_focus, theme),
        Slot::Trigger => draft.trigger.draw(pen, 12, has_focus, theme),
    }
    pen.put(" ]", edge);
}

const fn tick(set: bool) -> &'static str {
    if set { "x" } else { " " }
}

fn form(ticket: &Ticket, view: &View<'_>, instrument: &Instrument, area: Rect, buf: &mut Buffer) {
    let (dim, draft) = (view.theme.style(Role::Dim), &ticket.draft);
    let mut pen = Pen::new(buf, area, 0);
    boxed(&mut pen, ticket, view, (Slot::Strategy, " strategy "));
    pen.skip(2).put(&market_words(view, instrument), dim);
    let mut pen = Pen::new(buf, area, 1);
    boxed(&mut pen, ticket, view, (Slot::Side, " side     "));
    boxed(&mut pen, ticket, view, (Slot::Kind, "   type "));
    boxed(&mut pen, ticket, view, (Slot::Tif, "   tif "));
    let mut pen = Pen::new(buf, area, 2);
    boxed(&mut pen, ticket, view, (Slot::Qty, " qty      "));
    pen.put(&format!("  = {}", notional_words(draft, view, instrument)), view.theme.style(Role::Strong));
    let step = format!("   step {} {}", instrument.lot, instrument.unit);
    if display_width(&step) <= pen.space() {
        pen.put(&step, dim);
    }
    let mut pen = Pen::new(buf, area, 3);
    if draft.kind.has_price() {
        boxed(&mut pen, ticket, view, (Slot::Price, " price    "));
    } else {
        pen.put(" price    at market, within the collar", dim);
    }
    if draft.kind.has_trigger() {
        boxed(&mut pen, ticket, view, (Slot::Trigger, "  trigger "));
    }
    let mut pen = Pen::new(buf, area, 4);
    boxed(&mut pen, ticket, view, (Slot::PostOnly, " post-only"));
    boxed(&mut pen, ticket, view, (Slot::ReduceOnly, "   reduce-only "));
    pen.put(&format!("   intent {:05x}", ticket.intent), dim);
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
fn counted_at(draft: &Draft, instrument: &Instrument, quote: Option<&Quote>) -> Option<Price> {
    let typed = match draft.kind {
        Kind::Limit | Kind::StopLimit => super::number::price(draft.price.value(), instrument).ok(),
        Kind::StopMarket => super::number::price(draft.trigger.value(), instrument).ok(),
        Kind::Market => None,
    };
    typed.or_else(|| quote.map(|quote| quote.opposite(draft.side)))
}

fn worth(draft: &Draft, view: &View<'_>, instrument: &Instrument) -> Option<Money> {
    let quote = view.state.market(instrument.id).and_then(|market| market.quote.as_ref());
    let qty = super::number::qty(draft.qty.value(), instrument).ok()?;
    Some(instrument.notional(counted_at(draft, instrument, quote)?, qty))
}

fn notional_words(draft: &Draft, view: &View<'_>, instrument: &Instrument) -> String {
    match worth(draft, view, instrument) {
        Some(worth) => format!("{} {}", figure::money(worth, 2, view.tilde()), instrument.settle),
        None => format!("-- {}", instrument.settle),
    }
}

/// Whose answer stands below, and how old it is.
fn gate_head(ticket: &Ticket, view: &View<'_>) -> Line {
    let head = Line::rule("BEFORE YOU SEND - answered by the risk gate itself");
    match (ticket.answer(view), ticket.is_fresh(view)) {
        (None, _) => head.dim(" asking "),
        (Some(_), true) => head.dim(&format!(" {} ", ticket.age(view).max(crate::model::Span::ZERO))),
        (Some(_), false) => head.part(&format!(" STALE {} ", ticket.age(view)), Role::Warn),
    }
}

/// The note of the last key, the flaw of the fields, or the gate's verdict.
fn verdict(ticket: &Ticket, view: &View<'_>) -> Line {
    if let Stage::Sent { at, .. } = ticket.stage {
        return Line::new().part(&format!(" SENT, no answer for {}", view.age(at)), Role::Warn);
    }
    if !ticket.note.is_empty() {
        return Line::new().part(&format!(" {}", ticket.note), Role::Bad);
    }
    if let Err(flaw) = ticket.order(view) {
        let words = format!(" {}: {}", flaw.slot.as_str(), flaw.words);
        let empty = ticket.draft.qty.value().is_empty() && flaw.slot == Slot::Qty;
        return Line::new().part(&words, if empty { Role::Warn } else { Role::Bad });
    }
    let line = Line::new().text(" verdict    ");
    match (ticket.answer(view), ticket.is_fresh(view)) {
        (Some(told), true) => {
            let (words, role) = rules::verdict(&told.assessment);
            match crossed(view, &told.order) {
                Some(_) => line.part(&words, role).part(", but post-only would take", Role::Bad),
                None => line.part(&words, role),
            }
        }
        (Some(_), false) => line.part("STALE: asking again", Role::Warn),
        (None, _) => line.dim("asking the gate"),
    }
}

/// The second beat.
fn confirm(ticket: &Ticket, view: &View<'_>, instrument: &Instrument) -> Vec<Line> {
    let Ok(order) = ticket.order(view) else { return Vec::new() };
    let tilde = view.tilde();
    let (price_places, qty_places) = (instrument.price_places(), instrument.qty_places());
    let mut what = format!(
        "{}  {tilde}{}  {}   {}",
        order.side,
        figure::qty(order.qty, qty_places),
        view.symbol(order.instrument),
        order.kind.as_str()
    );
    for price in order.kind.trigger().into_iter().chain(order.kind.limit_price()) {
        what.push(' ');
        what.push_str(figure::price(price, price_places).as_str());
    }
    let flags = [(order.post_only, "  POST-ONLY"), (order.reduce_only, "  REDUCE-ONLY")];
    let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
    let button = match view.mode() {
        Mode::Live => "SEND REAL ORDER",
        Mode::Analyze => "SIMULATE",
    };
    let sent = match ticket.stage {
        Stage::Filling => Line::new()
            .text("        Enter again = ")
            .part(button, Role::Strong)
            .text("          ")
            .key("Esc")
            .text(" = back"),
        Stage::Sent { at, .. } => {
            let age = view.hand.since(at);
            let words = format!("        SENT {} ago, the engine has not answered", view.age(at));
            let role = if age > crate::model::Span::from_secs(1) { Role::Bad } else { Role::Warn };
            Line::new().part(&words, role)
        }
        Stage::Done => Line::new().strong("        approved and sent"),
    };
    let mut lines = vec![
        Line::new(),
        Line::new().strong(&format!("        {what}   {}{flags}", order.tif.as_str())),
        Line::of(&format!(
            "        {} on {}",
            view.strategy_name(order.strategy),
            view.vitals.map_or("?", |vitals| vitals.broker.as_str())
        )),
        Line::of(&format!("        worth {}", notional_words(&ticket.draft, view, instrument))),
    ];
    lines.extend(
        brief(ticket, view, instrument, 60)
            .into_iter()
            .map(|line| Line::of(&format!("       {}", line.plain()))),
    );
    lines.extend([
        Line::new(),
        sent,
        Line::new().dim(&format!(
            "        keys ignored 150 ms, pastes always; sent once, intent {:05x};",
            ticket.intent
        )),
        Line::new().dim("        the gate decides again when it arrives."),
    ]);
    if !ticket.note.is_empty() {
        lines.push(Line::new().part(&format!(" {}", ticket.note), Role::Bad));
    }
    lines
}
