//! Alerts: what wants to be seen, how grave it is, whose it is, and whether somebody has seen it.

use crate::model::Command;
use crate::state::{Alert, Severity};
use crate::ui::action::{Action, Context};
use crate::ui::columns::{Align, Column, Mark, column, fit, heads, row};
use crate::ui::effect::Effect;
use crate::ui::figure::Figure;
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
    column(Cell::Text, "what", 24, Align::Fill, 0),
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
        let room = usize::from(area.height.saturating_sub(1));
        let at = view.selection.alert.and_then(|id| list.iter().position(|alert| alert.id == id));
        let from = window(at.unwrap_or(0), list.len(), room);
        for (line, (index, alert)) in (1..).zip(list.iter().enumerate().skip(from).take(room)) {
            let mark = Mark::of(at == Some(index), view.focused);
            row(&columns, (area, line, &mut *buf), (mark, view.theme), |cell, _| {
                draw_cell(view, alert, cell)
            });
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let list = rows(view);
        let chosen = view.selection.alert.and_then(|id| list.iter().find(|alert| alert.id == id));
        match action {
            // Only the one under the cursor: another may have come to the top since the eye was there.
            Action::Acknowledge => Some(match chosen {
                None => Effect::Toast("no alert under the cursor: j k choose one".to_owned()),
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
