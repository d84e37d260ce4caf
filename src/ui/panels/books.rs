//! Our books against the broker's: each line on which they differ, since when, and what may have moved it.

use super::standing::books_agree;
use crate::model::{Command, Mode, NetQty, StrategyId};
use crate::state::{Difference, Line};
use crate::ui::absent::without_words;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::layout::{Fit, fit};
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::panel::{Panel, Title, step, window};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn books() -> Box<dyn Panel> {
    Box::new(Books)
}

#[derive(Debug)]
struct Books;

impl Panel for Books {
    fn context(&self) -> Context {
        Context::Books
    }

    fn title(&self, view: &View<'_>) -> Title {
        let told = &view.state.reconciliation;
        let name = match view.mode() {
            Mode::Live => "BOOKS, ours and the broker's",
            Mode::Analyze => "BOOKS, ours and the sim's",
        };
        let count = told.differences().count();
        match (count, view.state.checked_at()) {
            (0, _)
                if books_agree(view)
                    && let Some(words) = without_words(view) =>
            {
                Title::new(name, words).brief(view.without().unwrap_or_default()).alarm_if(true)
            }
            (0, Some(at)) if books_agree(view) => {
                Title::new(name, format!("diff 0, checked {} ago", view.age(at))).brief("diff 0")
            }
            (0, None) if books_agree(view) => Title::new(name, "not compared yet"),
            (count, _) => Title::new(name, format!("{count} DIFFER, never mended by trading"))
                .brief(format!("{count} DIFFER"))
                .alarm_if(true),
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let all = rows(view);
        let chosen = chosen(view).map(|line| line.id);
        let at = all.iter().position(|row| row.line.is_some() && row.line == chosen).unwrap_or(0);
        let room = usize::from(area.height);
        let from = window(at, all.len(), room);
        for (y, row) in (0..area.height).zip(all.iter().skip(from)) {
            let here = row.line.is_some() && row.line == chosen;
            let mark = if here { view.theme.cursor_mark() } else { ' ' };
            let role = if here && view.focused { Role::Cursor } else { row.role };
            let mut pen = Pen::new(buf, area, y);
            pen.put(mark.encode_utf8(&mut [0; 4]), view.theme.style(Role::Strong));
            pen.words(&row.text, view.theme.style(role));
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Claim => Some(Effect::Command("claim ".to_owned())),
            Action::Reconcile => Some(Effect::Send(Command::Reconcile)),
            Action::AcceptLine => Some(match chosen(view) {
                Some(line) if line.accepted.is_some() => Effect::Toast("it is accepted already".to_owned()),
                Some(line) => Effect::Open(OverlayKind::AcceptLine(line.id)),
                None => Effect::Toast("the books do not differ".to_owned()),
            }),
            action => {
                let keys: Vec<u32> = view.state.reconciliation.lines.iter().map(|line| line.id).collect();
                step(&keys, chosen(view).map(|line| line.id), action, view.page)
                    .map(|id| Effect::Select(Selected::Line(id)))
            }
        }
    }
}

/// A row: of a line on which the books differ, or of a position.
struct Row {
    line: Option<u32>,
    text: String,
    role: Role,
}

/// The selected line, else the first.
fn chosen<'a>(view: &View<'a>) -> Option<&'a Line> {
    let lines = &view.state.reconciliation.lines;
    lines.iter().find(|line| Some(line.id) == view.selection.line).or(lines.first())
}

fn rows(view: &View<'_>) -> Vec<Row> {
    let told = &view.state.reconciliation;
    let plain = |text: String, role| Row { line: None, text, role };
    let mut rows = Vec::new();
    for line in &told.lines {
        rows.push(difference(view, line));
        rows.push(plain(history(view, line), Role::Dim));
    }
    if told.omitted > 0 {
        rows.push(plain(format!("and {} lines more that did not fit", told.omitted), Role::Warn));
    }
    for order in &told.external {
        let (symbol, places) = (view.symbol(order.instrument), view.places(order.instrument).1);
        let qty = figure::qty(order.qty, places);
        let text = format!("not ours, open at the broker: {} {qty} {symbol} {}", order.side, order.venue_id);
        rows.push(plain(text, Role::Warn));
    }
    if told.external_omitted() > 0 {
        let text = format!("and {} more that are not ours, all of them reserved", told.external_omitted());
        rows.push(plain(text, Role::Warn));
    }
    if rows.is_empty() {
        rows.push(plain("no line on which the books differ".to_owned(), Role::Text));
    }
    rows.push(plain(String::new(), Role::Text));
    rows.push(plain("every position, ours by strategy".to_owned(), Role::Strong));
    let positions: Vec<_> =
        view.state.genesis().instrument_ids().filter_map(|id| position(view, id)).collect();
    if positions.is_empty() {
        rows.push(plain("none is held".to_owned(), Role::Dim));
    }
    rows.extend(positions.into_iter().map(|(text, role)| plain(text, role)));
    rows
}

/// What differs: both sides and the gap.
fn difference(view: &View<'_>, line: &Line) -> Row {
    let (subject, sides) = line.what.words(view.state.genesis());
    let gap = match line.what {
        Difference::Position { instrument, ours, broker } => {
            format!("  diff {}", figure::net(broker - ours, view.places(instrument).1, ""))
        }
        Difference::Cash { ours, broker, .. } => format!("  diff {}", figure::signed(broker - ours, 2, "")),
        Difference::Fills { ours, broker, .. } => {
            format!("  diff {:+}", i128::from(broker) - i128::from(ours))
        }
        Difference::MissingOrder { .. }
        | Difference::EndedOrder { .. }
        | Difference::FilledQty { .. }
        | Difference::OtherEngine { .. } => String::new(),
    };
    let role = match (&line.accepted, line.confirmed) {
        (Some(_), _) => Role::Dim,
        (None, true) => Role::Bad,
        (None, false) => Role::Warn,
    };
    Row { line: Some(line.id), text: format!("{} {subject}: {sides}{gap}", line.id), role }
}

/// Since when, how sure, who may have moved it, and whether somebody took it as it is.
fn history(view: &View<'_>, line: &Line) -> String {
    let (age, seen) = (view.age(line.since), line.seen);
    let sure = match (line.confirmed, line.settled_at) {
        (true, _) => "CONFIRMED",
        (false, Some(_)) => "not confirmed yet",
        (false, None) => "orders still move there",
    };
    let who = match &line.accepted {
        Some(taken) => format!("accepted by {}: {}", view.actor_name(taken.actor), taken.reason),
        None => line.suspect.words(view.state.genesis()),
    };
    format!("    for {age}, seen {seen}x, {sure}; {who}")
}

/// What an instrument's position is made of.
fn position(view: &View<'_>, instrument: crate::model::InstrumentId) -> Option<(String, Role)> {
    let places = view.places(instrument).1;
    let held = view.state.genesis().strategy_ids().filter_map(|id| {
        let net = view.state.ledger.position(id, instrument).net;
        (!net.is_zero()).then_some((id, net))
    });
    let held: Vec<(StrategyId, NetQty)> = held.collect();
    if held.is_empty() {
        return None;
    }
    let tilde = view.tilde_at(instrument);
    let parts = held
        .iter()
        .map(|(id, net)| format!("{} {}", view.strategy_name(*id), figure::net(*net, places, tilde)));
    let parts: Vec<String> = parts.collect();
    let whole = figure::net(view.state.ledger.account(instrument).net, places, tilde);
    let is_foreign = held.iter().any(|(id, _)| *id == StrategyId::EXTERNAL);
    let hint = if is_foreign { "   C claims what is EXTERNAL" } else { "" };
    let (symbol, parts) = (view.symbol(instrument), parts.join(" + "));
    let text = match fit(view.screen) {
        Fit::Panels => format!("{symbol:<14} {whole:>18} = {parts}{hint}"),
        Fit::Mini | Fit::TooSmall => format!("{symbol} {whole} = {parts}{hint}"),
    };
    Some((text, if is_foreign { Role::Warn } else { Role::Text }))
}
