//! What became of an order nobody can prove anything about: a human says so, with a reason, in two beats.

use super::beats::{Beat, Beats};
use super::field::Field;
use super::line::{Line, draw};
use crate::model::{Command, OrderId, OrderStatus, Reason, Verdict};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The question for the reason.
#[derive(Debug)]
pub(super) struct Resolve {
    order: OrderId,
    verdict: Verdict,
    reason: Field,
    beats: Beats,
    note: &'static str,
}

impl Resolve {
    /// An empty question.
    pub(super) fn new(order: OrderId, verdict: Verdict) -> Self {
        let reason = Field::new("", Reason::CAPACITY);
        Self { order, verdict, reason, beats: Beats::default(), note: "" }
    }
}

/// The word of a verdict, and what it will do.
pub(super) const fn verdict_words(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Absent => ("ABSENT", "It ends as rejected; what it reserved is free again."),
        Verdict::Working => ("WORKING", "It counts as working there; cancel and change reach it again."),
        Verdict::Canceled => ("CANCELED", "It ends as canceled; what it reserved is free again."),
    }
}

impl Overlay for Resolve {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, view: &View<'_>) -> String {
        let name = View::order_name(view.mode(), self.order);
        format!("SAY THAT {name} IS {}", verdict_words(self.verdict).0)
    }

    fn place(&self, _view: &View<'_>) -> Place {
        Place::Centre { width: 70, height: 12 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let mut lines = vec![about(view, self.order)];
        if area.height > 7 {
            lines.push(Line::of(&format!(" {}", verdict_words(self.verdict).1)));
            lines.push(Line::of(" Look at the broker's own screen first. A later fill still counts."));
            lines.push(Line::rule("how do you know"));
        }
        let row = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        lines.push(Line::new());
        lines.push(Line::new().part(&format!(" {}", self.note), Role::Bad));
        let armed = self.beats.is_armed();
        lines.push(if armed {
            Line::new().key(" [Enter]").strong(" again = I SAY SO").key("   [Esc]").text(" back")
        } else {
            Line::new().key(" [Enter]").text(" arm").key("   [Esc]").text(" leave it unknown")
        });
        draw(&lines, 0, view.theme, area, buf);
        let mut pen = Pen::new(buf, area, row);
        pen.put(" reason [ ", view.theme.style(Role::Text));
        let width = pen.space().saturating_sub(3).min(40);
        self.reason.draw(&mut pen, width, !armed, view.theme);
        pen.put(" ]", view.theme.style(Role::Text));
    }

    fn takes_text(&self) -> bool {
        !self.beats.is_armed()
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        if key.code == KeyCode::Char('!') && self.reason.value().is_empty() {
            return Answer::Pass;
        }
        self.note = "";
        if self.reason.on_key(key) { Answer::Taken } else { Answer::Pass }
    }

    fn on_paste(&mut self, text: &str) {
        if self.takes_text() {
            self.reason.paste(text);
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Back if self.beats.is_armed() => {
                self.beats.disarm();
                return Some(Effect::Nothing);
            }
            Action::Accept => {}
            _ => return None,
        }
        let reason = self.reason.value().trim();
        let is_unknown =
            view.state.orders.get(self.order).is_some_and(|one| one.status == OrderStatus::Unknown);
        if reason.is_empty() || !is_unknown {
            self.beats.disarm();
            self.note = if is_unknown { "a reason is needed" } else { "its fate is proven now" };
            return Some(Effect::Nothing);
        }
        if self.beats.enter(view.hand) != Beat::Go {
            return Some(Effect::Nothing);
        }
        let (order, verdict, reason) = (self.order, self.verdict, Reason::new(reason));
        let command = Command::Resolve { order, verdict, reason };
        Some(Effect::CloseThen(Box::new(Effect::Send(command))))
    }
}

fn about(view: &View<'_>, id: OrderId) -> Line {
    let Some(order) = view.state.orders.get(id) else { return Line::new().dim(" no such order") };
    let request = &order.request;
    let (price_places, qty_places) = view.places(request.instrument);
    let at = request.kind.limit_price().or(request.kind.trigger());
    let at = at.map_or_else(|| "MKT".to_owned(), |price| figure::price(price, price_places).to_string());
    Line::new().strong(&format!(
        " {} of {}: {} {} {} {} @ {at}",
        View::order_name(request.mode, order.id),
        view.strategy_name(request.strategy),
        request.side,
        figure::qty(request.qty, qty_places),
        view.symbol(request.instrument),
        request.kind.as_str(),
    ))
}
