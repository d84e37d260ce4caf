//! Events: the log as it happened, newest first, each line with what led to it.

use crate::model::{Envelope, Seq};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::event_line::{EventLine, event_line};
use crate::ui::figure::{self, Clock};
use crate::ui::filter;
use crate::ui::panel::{Panel, Title, step, window};
use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn events() -> Box<dyn Panel> {
    Box::new(Events)
}

#[derive(Debug)]
struct Events;

impl Panel for Events {
    fn context(&self) -> Context {
        Context::Events
    }

    fn title(&self, view: &View<'_>) -> Title {
        let follow = if view.selection.event.is_some() { "frozen, F follows" } else { "follow" };
        Title::new("EVENTS", format!("{follow}   {} in log", figure::count(view.state.seq.get())))
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let room = usize::from(area.height);
        let list: Vec<&Envelope> = match view.selection.event {
            // Following shows the newest only: no need to look through the rest.
            None => rows(view).take(room).collect(),
            Some(_) => rows(view).collect(),
        };
        if list.is_empty() {
            let text = if view.selection.filter.is_empty() { " nothing yet" } else { " no event matches" };
            Pen::new(buf, area, 0).put(text, view.theme.style(Role::Dim));
        }
        let at = view.selection.event.and_then(|seq| list.iter().position(|one| one.seq == seq));
        let from = window(at.unwrap_or(0), list.len(), room);
        for (row, (index, envelope)) in (0..).zip(list.iter().enumerate().skip(from).take(room)) {
            let line = event_line(envelope, view);
            draw_line(view, &line, at == Some(index), &mut Pen::new(buf, area, row));
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Follow => {
                let newest = rows(view).next().map(|one| one.seq);
                let frozen = view.selection.event.is_some();
                Some(Effect::Select(Selected::Event(if frozen { None } else { newest })))
            }
            Action::Copy => {
                let seq = view.selection.event?;
                let envelope = rows(view).find(|one| one.seq == seq)?;
                let line = event_line(envelope, view);
                Some(Effect::Copy(format!("{} {} {} {}", line.seq, line.kind, line.who, line.text)))
            }
            action => {
                let keys: Vec<Seq> = rows(view).map(|one| one.seq).collect();
                step(&keys, view.selection.event, action, view.page)
                    .map(|seq| Effect::Select(Selected::Event(Some(seq))))
            }
        }
    }

    fn page(&self, height: u16) -> u16 {
        height
    }
}

fn rows<'a>(view: &View<'a>) -> impl Iterator<Item = &'a Envelope> {
    let view = *view;
    view.state.history.log.iter().rev().filter(move |envelope| passes(&view, envelope))
}

fn passes(view: &View<'_>, envelope: &Envelope) -> bool {
    if view.selection.filter.is_empty() {
        return true;
    }
    let line = event_line(envelope, view);
    let cid = View::cid(line.cid);
    let fields = [
        ("kind", line.kind),
        ("strat", &line.who),
        ("who", &line.who),
        ("cid", cid.as_str()),
        ("text", &line.text),
    ];
    filter::matches(&view.selection.filter, &fields)
}

fn kind_role(line: &EventLine) -> Role {
    match line.kind {
        "KILL" | "FAIL" | "DIFF" => Role::Bad,
        _ if line.alarm => Role::Warn,
        "FILL" => Role::Accent,
        _ => Role::Strong,
    }
}

/// Less room than this after the kind is for the text alone.
const LEAST: u16 = 30;

/// Whether the text says by itself what it is about: an order's number, a scope.
fn is_named(line: &EventLine) -> bool {
    !matches!(line.kind, "LINK" | "FEED")
}

/// Writes a line: time, kind, who, text, and at the right the correlation.
pub(in crate::ui) fn draw_line(view: &View<'_>, line: &EventLine, chosen: bool, pen: &mut Pen<'_>) {
    let dim = view.theme.style(Role::Dim);
    let text = view.theme.style(match (chosen, view.focused) {
        (false, _) => Role::Text,
        (true, false) => Role::CursorElsewhere,
        (true, true) => Role::Cursor,
    });
    let wide = pen.space() >= 60;
    let fine = if wide { Clock::Millis } else { Clock::Seconds };
    let mark = if chosen { view.theme.cursor_mark() } else { ' ' };
    let cid = View::cid(line.cid);
    let cid_width = u16::try_from(cid.as_str().len()).unwrap_or(4).max(4) + 1;
    pen.put(mark.encode_utf8(&mut [0; 4]), view.theme.style(Role::Strong));
    pen.put(view.clock(line.at, fine).as_str(), if chosen { text } else { dim }).skip(1);
    pen.left(line.kind, 6, view.theme.style(kind_role(line))).skip(1);
    if pen.space() < LEAST {
        // Who and the chain are a key away; what happened is not to be left out.
        let words = if is_named(line) { line.text.clone() } else { format!("{} {}", line.who, line.text) };
        pen.words(&words, text);
        return;
    }
    // A name is whole where there is room: two links of one kind differ at the end.
    let width = display_width(&line.who);
    let who = match (wide, line.kind) {
        (true, _) => width.clamp(10, 20),
        (false, "LINK") => width.clamp(8, 20),
        (false, _) => 8,
    };
    pen.left(&line.who, who, text).skip(1);
    let room = pen.space().saturating_sub(cid_width + 1);
    pen.left_words(&line.text, room, text).skip(1);
    pen.put(cid.as_str(), dim);
}
