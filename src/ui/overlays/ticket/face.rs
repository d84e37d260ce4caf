//! How the ticket looks: fields, the gate's answer, the confirm frame.

use super::effects::{brief, crossed, effects};
use super::fields::{self, notional_words};
use super::intent::{LEAST, Ticket};
use super::slot::{Plan, Slot};
use super::{amend, rules};
use crate::model::{Command, Instrument, Mode, NewOrder, OrderKind};
use crate::ui::figure;
use crate::ui::overlays::line::{self, Line};
use crate::ui::overlays::sending::Sending;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::wire::MarginLeg;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What stands in the upper edge.
pub(super) fn title(ticket: &Ticket, view: &View<'_>) -> String {
    let what = match (ticket.stage, ticket.beats.is_armed()) {
        (Sending::Open, true) => "CONFIRM".to_owned(),
        (Sending::Open, false) => {
            let symbol = view.symbol(ticket.draft.instrument);
            match (ticket.amended(view), ticket.draft.plan) {
                (Some(order), _) => {
                    format!("MODIFY {} {symbol}", View::order_name(order.request.mode, order.id))
                }
                (None, Plan::Target) => format!("TARGET {symbol}"),
                (None, _) => format!("{} {symbol}", ticket.draft.side),
            }
        }
        (Sending::Sent { .. } | Sending::Done, _) => "SENT".to_owned(),
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
    fields::draw(ticket, view, instrument, area, buf);
    let used = fields::rows(ticket);
    let rest = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    let below = Rect { y: rest.y + 1, height: rest.height.saturating_sub(3), ..rest };
    if ticket.amends.is_some() {
        line::draw(&[Line::rule("BEFORE YOU SEND")], 0, view.theme, rest, buf);
        line::draw(&amend::lines(ticket, view, instrument), 0, view.theme, below, buf);
    } else {
        line::draw(&[gate_head(ticket, view)], 0, view.theme, rest, buf);
        what_if(ticket, view, instrument, (below, &mut *buf));
    }
    let foot = Rect { y: rest.bottom().saturating_sub(2), height: 2.min(rest.height), ..rest };
    line::draw(&[verdict(ticket, view), keys(ticket)], 0, view.theme, foot, buf);
}

/// The gate's answer: beside the rules where there is room, else the worst of them below.
fn what_if(ticket: &Ticket, view: &View<'_>, instrument: &Instrument, (area, buf): (Rect, &mut Buffer)) {
    if area.width >= 100 {
        let left = Rect { width: 62, ..area };
        let right = Rect { x: area.x + 63, width: area.width - 63, ..area };
        line::draw(&effects(ticket, view, instrument, 62), 0, view.theme, left, buf);
        let room = (usize::from(right.width), usize::from(right.height));
        let told = ticket.answer(view).map(|told| rules::full(&told.assessment, instrument, room));
        line::draw(&told.unwrap_or_default(), 0, view.theme, right, buf);
        return;
    }
    let width = usize::from(area.width);
    let mut lines = brief(ticket, view, instrument, width);
    if area.height < 6 {
        lines.truncate(2);
    } else if let Some(told) = ticket.answer(view) {
        lines.extend(ticket.broker.line(&[MarginLeg::from(&told.order)], view));
    }
    let rows = usize::from(area.height).saturating_sub(lines.len());
    let told = ticket.answer(view).map(|told| rules::worst(&told.assessment, instrument, (width, rows)));
    lines.extend(told.unwrap_or_default());
    line::draw(&lines, 0, view.theme, area, buf);
}

fn keys(ticket: &Ticket) -> Line {
    let space = if ticket.focus.is_text() { " flip" } else { " change" };
    let line = Line::new().key(" [Enter]").text(" review").key(" [Tab]").text(" next");
    if ticket.amends.is_some() {
        return line.key(" [Up Down]").text(" step").key(" [Esc]").text(" close");
    }
    line.key(" [Space]").text(space).key(" [Up Down]").text(" step").key(" [^T]").text(" basket")
}

/// Whose answer stands below, and how old it is.
fn gate_head(ticket: &Ticket, view: &View<'_>) -> Line {
    let head = Line::rule(match ticket.draft.plan {
        Plan::Once | Plan::Target => "BEFORE YOU SEND - answered by the risk gate itself",
        Plan::Bracket => "BEFORE YOU SEND - the gate on the entry; exits too",
        Plan::Oco => "BEFORE YOU SEND - the gate on the first of both",
        Plan::Split => "BEFORE YOU SEND - the gate on one child of it",
    });
    match (ticket.answer(view), ticket.is_fresh(view)) {
        (None, _) => head.dim(" asking "),
        (Some(_), true) => head.dim(&format!(" {} ", ticket.age(view).max(crate::model::Span::ZERO))),
        (Some(_), false) => head.part(&format!(" STALE {} ", ticket.age(view)), Role::Warn),
    }
}

/// The note of the last key, the flaw of the fields, or the gate's verdict.
fn verdict(ticket: &Ticket, view: &View<'_>) -> Line {
    if let Sending::Sent { at, .. } = ticket.stage {
        return Line::new().part(&format!(" SENT, no answer for {}", view.age(at)), Role::Warn);
    }
    if !ticket.note.is_empty() {
        return Line::new().part(&format!(" {}", ticket.note), Role::Bad);
    }
    if let Err(flaw) = ticket.command(view) {
        let words = format!(" {}: {}", flaw.slot.as_str(), flaw.words);
        let empty = ticket.draft.qty.value().is_empty() && flaw.slot == Slot::Qty;
        return Line::new().part(&words, if empty { Role::Warn } else { Role::Bad });
    }
    let line = Line::new().text(" verdict    ");
    if ticket.amends.is_some() {
        return line.dim("the gate judges the change when it arrives");
    }
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
    let Ok(command) = ticket.command(view) else { return Vec::new() };
    let mut lines = vec![Line::new()];
    lines.extend(
        deed(&command, view, instrument)
            .into_iter()
            .map(|words| Line::new().strong(&format!("        {words}"))),
    );
    lines.push(Line::of(&format!(
        "        {} on {}",
        view.strategy_name(ticket.draft.strategy),
        view.vitals.map_or("?", |vitals| vitals.broker.as_str())
    )));
    let inset = |line: Line| Line::of(&format!("       {}", line.plain()));
    if ticket.amends.is_some() {
        lines.extend(amend::lines(ticket, view, instrument).into_iter().map(inset));
    } else {
        lines.push(Line::of(&format!("        worth {}", notional_words(ticket, view, instrument))));
        lines.extend(brief(ticket, view, instrument, 60).into_iter().map(inset));
    }
    lines.extend([
        Line::new(),
        sent(ticket, view),
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

/// What the second Enter does, or how long ago it did.
fn sent(ticket: &Ticket, view: &View<'_>) -> Line {
    let button = match (view.mode(), ticket.amends) {
        (Mode::Live, None) => "SEND REAL ORDER",
        (Mode::Live, Some(_)) => "CHANGE REAL ORDER",
        (Mode::Analyze, _) => "SIMULATE",
    };
    match ticket.stage {
        Sending::Open => Line::new()
            .text("        Enter again = ")
            .part(button, Role::Strong)
            .text("          ")
            .key("Esc")
            .text(" = back"),
        Sending::Sent { at, .. } => {
            let age = view.hand.since(at);
            let words = format!("        SENT {} ago, the engine has not answered", view.age(at));
            let role = if age > crate::model::Span::from_secs(1) { Role::Bad } else { Role::Warn };
            Line::new().part(&words, role)
        }
        Sending::Done => Line::new().strong("        approved and sent"),
    }
}

/// What is sent, in one line or two.
fn deed(command: &Command, view: &View<'_>, instrument: &Instrument) -> Vec<String> {
    let places = instrument.price_places();
    let qty = |qty| figure::qty(qty, instrument.qty_places());
    let price = |price| figure::price(price, places);
    match command {
        Command::Bracket { entry, stop, target } => {
            let target = target.map(|target| format!(" and target {}", price(target))).unwrap_or_default();
            let exits = format!("once it fills, stop {}{target}", price(*stop));
            vec![order_words(entry, view, instrument), exits]
        }
        Command::Oco { one, other } => {
            let or = format!("or  {}", order_words(other, view, instrument));
            vec![order_words(one, view, instrument), or]
        }
        Command::Split { order } => {
            let each = format!("in children of at most {}, one after the other", qty(order.each));
            vec![order_words(&order.parent, view, instrument), each]
        }
        Command::Smart { order } => {
            let target = figure::net(order.target, instrument.qty_places(), view.tilde());
            let kind = order.kind.as_str();
            vec![format!("to {target}  {}   {kind}   {}", instrument.symbol, order.tif.as_str())]
        }
        Command::Replace { change, .. } => {
            vec![format!("change to {}", crate::ui::command_words::change_words(change))]
        }
        Command::Submit { order } => vec![order_words(order, view, instrument)],
        _ => Vec::new(),
    }
}

fn order_words(order: &NewOrder, view: &View<'_>, instrument: &Instrument) -> String {
    let (tilde, places) = (view.tilde(), instrument.price_places());
    let mut what = format!(
        "{}  {tilde}{}  {}   {}",
        order.side,
        figure::qty(order.qty, instrument.qty_places()),
        view.symbol(order.instrument),
        order.kind.as_str()
    );
    for price in order.kind.trigger().into_iter().chain(order.kind.limit_price()) {
        what.push(' ');
        what.push_str(figure::price(price, places).as_str());
    }
    if let OrderKind::TrailingStop { trail, .. } = order.kind {
        what.push_str(" trail ");
        what.push_str(figure::price(trail, places).as_str());
    }
    let flags = [(order.post_only, "  POST-ONLY"), (order.reduce_only, "  REDUCE-ONLY")];
    let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
    format!("{what}   {}{flags}", order.tif.as_str())
}
