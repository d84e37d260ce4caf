//! System: feed and links, subscribers, queues, times, memory. What is slow or behind says so here first.

use crate::model::Span;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::panel::{Panel, Title};
use crate::ui::panel_kind::PanelKind;
use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::wire::Vitals;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn system() -> Box<dyn Panel> {
    Box::new(System)
}

#[derive(Debug)]
struct System;

/// One line of at most three parts.
struct Line {
    name: String,
    value: String,
    role: Role,
    percent: Option<u32>,
}

impl Panel for System {
    fn context(&self) -> Context {
        Context::Plain
    }

    fn title(&self, view: &View<'_>) -> Title {
        let ill =
            view.vitals.map_or(0, |vitals| vitals.subscribers.iter().filter(|one| one.state != "ok").count());
        match (view.vitals, ill) {
            (None, _) => Title::new("SYSTEM", "no vitals yet"),
            (Some(_), 0) => Title::new("SYSTEM", "ok"),
            (Some(_), ill) => Title::new("SYSTEM", format!("{ill} not ok")).alarm_if(true),
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let lines = lines(view);
        let from = view.selection.scrolled(PanelKind::System).min(lines.len());
        let name = name_width(&lines, area.width);
        for (row, line) in (0..area.height).zip(lines.iter().skip(from)) {
            draw_line(view, line, name, &mut Pen::new(buf, area, row));
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        super::gauge::scroll(action, view.selection.scrolled(PanelKind::System), lines(view).len(), view.page)
    }
}

fn line(name: impl Into<String>, value: impl Into<String>, role: Role) -> Line {
    Line { name: name.into(), value: value.into(), role, percent: None }
}

fn lines(view: &View<'_>) -> Vec<Line> {
    let mut lines = Vec::with_capacity(32);
    markets(view, &mut lines);
    for link in view.state.links.list() {
        let detail = link.detail.as_ref().map_or("", |detail| detail.as_str());
        let role = if link.is_well() { Role::Text } else { Role::Warn };
        let since = view.age(link.since);
        lines.push(line(format!("link {}", link.name), format!("{} {since} {detail}", link.state), role));
    }
    if view.replay.is_some() {
        // What the process of then measured of itself is no part of the session.
        lines.push(line("process", "not recorded: times, queues and memory of then", Role::Dim));
    } else if let Some(vitals) = view.vitals {
        times(vitals, &mut lines);
        parts(view, vitals, &mut lines);
    }
    let paint = view.paint;
    let each = paint.bytes / paint.frames.max(1);
    let words =
        format!("{} frames {} {each} B each", figure::count(paint.frames), figure::bytes(paint.bytes));
    lines.push(line("screen", words, Role::Dim));
    lines
}

fn markets(view: &View<'_>, lines: &mut Vec<Line>) {
    for instrument in &view.state.genesis().instruments {
        let Some(market) = view.state.market(instrument.id) else { continue };
        let age = market.age(view.now).map_or_else(|| "none".to_owned(), |age| age.to_string());
        let counts = format!("{} q {} t", figure::count(market.quotes), figure::count(market.prints));
        let (word, role) = match view.distrust(instrument, market) {
            Some(word) => (word, Role::Bad),
            None => ("", Role::Text),
        };
        let faults = if market.faults > 0 { format!(" {} faults", market.faults) } else { String::new() };
        let value = format!("{age} lag {} {counts}{faults} {word}", market.lag);
        lines.push(line(format!("feed {}", instrument.symbol), value, role));
    }
}

fn pair(p50: Span, p99: Span) -> String {
    format!("{} / {}", figure::brief(p50), figure::brief(p99))
}

fn times(vitals: &Vitals, lines: &mut Vec<Line>) {
    lines.push(line("step p50/p99", pair(vitals.step_p50, vitals.step_p99), Role::Text));
    lines.push(line("tick->order", pair(vitals.order_p50, vitals.order_p99), Role::Text));
    let rate = format!("{}/s, {} in all", figure::count(vitals.inputs_per_s), figure::count(vitals.inputs));
    lines.push(line("inputs", rate, Role::Text));
}

fn parts(view: &View<'_>, vitals: &Vitals, lines: &mut Vec<Line>) {
    // Who fails is more urgent than what waits: where room is short the queues are what is cut.
    for one in &vitals.subscribers {
        let role = if one.state == "ok" { Role::Text } else { Role::Bad };
        let missed =
            if one.missed > 0 { format!(" missed {}", figure::count(one.missed)) } else { String::new() };
        let again = if one.restarts > 0 { format!(" restarts {}", one.restarts) } else { String::new() };
        let value = format!("{}{missed}{again} {}", one.state, one.detail);
        lines.push(line(format!("sub {}", one.name), value.trim_end(), role));
    }
    queues(vitals, lines);
    for timing in &vitals.strategies {
        let value = format!("p99 {} worst {}", figure::brief(timing.p99), figure::brief(timing.worst));
        lines.push(line(view.strategy_name(timing.strategy), value, Role::Text));
    }
    lines.push(line("memory", figure::bytes(vitals.rss_bytes).to_string(), Role::Text));
    lines.push(line("rows written", figure::count(vitals.rows_written).to_string(), Role::Text));
    lines.push(line("broker", vitals.broker.as_str(), Role::Text));
    if !vitals.can.as_str().is_empty() {
        lines.push(line("broker can", vitals.can.as_str(), Role::Dim));
    }
    lines.push(line("data", vitals.data_dir.as_str(), Role::Dim));
}

fn queues(vitals: &Vitals, lines: &mut Vec<Line>) {
    for queue in &vitals.queues {
        let part = |count: usize| count.saturating_mul(100) / queue.capacity.max(1);
        let percent = u32::try_from(part(queue.len)).unwrap_or(u32::MAX);
        // A market input overtaken by a newer one of its kind is nothing lost.
        let word = if queue.name == "inbox market" { "replaced" } else { "lost" };
        let lost =
            if queue.lost > 0 { format!(" {word} {}", figure::count(queue.lost)) } else { String::new() };
        let value = format!("{}/{} peak {}{lost}", queue.len, queue.capacity, queue.peak);
        let role = if part(queue.peak) >= 90 { Role::Warn } else { Role::Text };
        lines.push(Line { name: queue.name.to_owned(), value, role, percent: Some(percent) });
    }
}

/// How wide the names are: none is cut where there is half of the row for it.
fn name_width(lines: &[Line], width: u16) -> u16 {
    if width >= WIDE {
        return 22;
    }
    let longest = lines.iter().map(|line| display_width(&line.name)).max().unwrap_or_default();
    longest.clamp(14, (width / 2).max(14))
}

/// From this width on a queue has a bar.
const WIDE: u16 = 60;

fn draw_line(view: &View<'_>, line: &Line, name: u16, pen: &mut Pen<'_>) {
    let wide = pen.space() >= WIDE;
    pen.skip(1).left(&line.name, name, view.theme.style(Role::Dim)).skip(1);
    let style = view.theme.style(line.role);
    match line.percent {
        Some(percent) if wide => {
            pen.left(&line.value, 30, style).skip(1);
            super::gauge::percent_bar(view.theme, percent, 20, style, pen);
        }
        Some(_) | None => {
            pen.words(&line.value, style);
        }
    }
}
