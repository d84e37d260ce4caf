//! Alerts: what wants to be seen, how grave it is, whose it is, and whether somebody has seen it.

use crate::model::Command;
use crate::state::{Alert, Severity};
use crate::ui::action::{Action, Context};
use crate::ui::columns::{Align, Column, Mark, column, fit, heads, row};
use crate::ui::effect::Effect;
use crate::ui::figure::{Clock, Figure};
use crate::ui::panel::{Panel, Title, step, window};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::cmp::Reverse;

/// The panel.
pub(in crate::ui) fn alerts() -> Box<dyn Panel> {
    Box::new(Alerts)
}

#[derive(Debug)]
struct Alerts;

#[derive(Debug, Clone, Copy)]
enum Cell {
    Id,
    Severity,
    State,
    Age,
    Count,
    Owner,
    Kind,
    Text,
}

const COLUMNS: &[Column<Cell>] = &[
    column(Cell::Id, "no", 3, Align::Right, 1),
    column(Cell::Severity, "grave", 8, Align::Left, 0),
    column(Cell::State, "seen", 6, Align::Left, 0),
    column(Cell::Age, "age", 5, Align::Right, 2),
    column(Cell::Count, "n", 3, Align::Right, 3),
    column(Cell::Owner, "owner", 8, Align::Left, 4),
    column(Cell::Kind, "about", 14, Align::Left, 5),
    column(Cell::Text, "what", 40, Align::Fill, 0),
];

impl Panel for Alerts {
    fn context(&self) -> Context {
        Context::Alerts
    }

    fn title(&self, view: &View<'_>) -> Title {
        let alerts = view.state.alerts();
        let name = format!("ALERTS {}", alerts.list().len());
        let lost =
            if alerts.lost > 0 { format!(", {} made room unseen", alerts.lost) } else { String::new() };
        match alerts.unseen() {
            0 => Title::new(&name, format!("all seen{lost}")),
            unseen => Title::new(&name, format!("{unseen} UNSEEN{lost}"))
                .brief(format!("{unseen} UNSEEN"))
                .alarm_if(true),
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let columns = fit(COLUMNS, area);
        heads(&columns, view.theme, area, buf);
        let list = rows(view);
        if list.is_empty() {
            Pen::new(buf, area, 1).put(" nothing wants to be seen", view.theme.style(Role::Dim));
        }
        let below: u16 = if area.height > 10 { 4 } else { 0 };
        let room = usize::from(area.height.saturating_sub(1 + below));
        let at = view.selection.alert.and_then(|id| list.iter().position(|alert| alert.id == id));
        let from = window(at.unwrap_or(0), list.len(), room);
        for (line, (index, alert)) in (1..).zip(list.iter().enumerate().skip(from).take(room)) {
            let mark = Mark::of(at == Some(index), view.focused);
            row(&columns, (area, line, &mut *buf), (mark, view.theme), |cell, _| {
                draw_cell(view, alert, cell)
            });
        }
        if let Some(alert) = at.and_then(|at| list.get(at)).filter(|_| below > 0) {
            let foot = Rect { y: area.bottom() - below, height: below, ..area };
            in_full(view, alert, foot, buf);
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let list = rows(view);
        let chosen = view.selection.alert.and_then(|id| list.iter().find(|alert| alert.id == id));
        match action {
            // Only the one under the cursor: another may have come to the top since the eye was there.
            Action::Acknowledge => Some(match chosen {
                None => match list.first() {
                    // The first key puts the cursor where the eye can check it; the second takes it as seen.
                    Some(first) => Effect::Select(Selected::Alert(first.id)),
                    None => Effect::Toast("nothing wants to be seen".to_owned()),
                },
                Some(alert) if !alert.is_unseen() => Effect::Toast("it has been seen".to_owned()),
                Some(alert) => Effect::Send(Command::Acknowledge { alert: alert.id }),
            }),
            Action::Copy => chosen.map(|alert| Effect::Copy(alert.text.to_string())),
            action => {
                let keys: Vec<u32> = list.iter().map(|alert| alert.id).collect();
                step(&keys, view.selection.alert, action, view.page)
                    .map(|id| Effect::Select(Selected::Alert(id)))
            }
        }
    }
}

/// The alert under the cursor, word for word.
fn in_full(view: &View<'_>, alert: &Alert, area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(2));
    let clock = |at| view.clock(at, Clock::Seconds);
    let mut lines = crate::ui::wrap::wrapped(alert.text.as_str(), room);
    lines.truncate(2);
    let seen = match alert.seen_by {
        Some((actor, at)) => format!("seen by {} at {}", view.actor_name(actor), clock(at)),
        None => "a or Enter takes it as seen".to_owned(),
    };
    let over = alert.over_at.map(|at| format!(", over since {}", clock(at))).unwrap_or_default();
    let owner = view.actor_name(alert.owner());
    let times = format!("first {}, last {}{over}; owner {owner}", clock(alert.first), clock(alert.last));
    lines.push(format!("{times}; event {}; {seen}", alert.evidence));
    for (row, text) in (0..).zip(lines) {
        Pen::new(buf, area, row).skip(1).words(&text, view.theme.style(Role::Text));
    }
}

/// What nobody has seen first, then what still lasts; the gravest first, then the newest.
fn rows<'a>(view: &View<'a>) -> Vec<&'a Alert> {
    let mut list: Vec<&Alert> = view.state.alerts().list().iter().collect();
    list.sort_by_key(|alert| {
        (!alert.is_unseen(), alert.over_at.is_some(), Reverse(alert.severity), Reverse(alert.id))
    });
    list
}

fn draw_cell(view: &View<'_>, alert: &Alert, cell: Cell) -> (Figure, Style) {
    let unseen = alert.is_unseen();
    let plain = view.theme.style(if unseen { Role::Text } else { Role::Dim });
    let grave = match (unseen, alert.severity) {
        (false, _) => Role::Dim,
        (true, Severity::Critical) => Role::Bad,
        (true, Severity::Warning) => Role::Warn,
        (true, Severity::Notice) => Role::Text,
    };
    let words = match alert.severity {
        Severity::Critical => "CRITICAL",
        Severity::Warning => "WARNING",
        Severity::Notice => "notice",
    };
    match cell {
        Cell::Id => (Figure::of(format_args!("{}", alert.id)), plain),
        Cell::Severity => (Figure::cut(words), view.theme.style(grave)),
        Cell::State if unseen => (Figure::cut("UNSEEN"), view.theme.style(grave)),
        Cell::State => (Figure::cut("seen"), plain),
        Cell::Age => (view.age(alert.first), plain),
        Cell::Count => (Figure::of(format_args!("{}", alert.count)), plain),
        Cell::Owner => (Figure::cut(view.actor_name(alert.owner())), plain),
        Cell::Kind => (Figure::cut(alert.key.as_str()), plain),
        Cell::Text if alert.over_at.is_some() => (Figure::cut(&format!("over: {}", alert.text)), plain),
        Cell::Text => (Figure::cut(alert.text.as_str()), plain),
    }
}
