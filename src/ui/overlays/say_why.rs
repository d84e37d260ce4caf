//! What only a human can say, with a typed reason and in two beats: the fate of an order, that books may differ.

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

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// What became of an order nobody can prove anything about.
    Order(OrderId, Verdict),
    /// That a line on which the books differ is right as it is.
    Line(u32),
}

/// The question for the reason.
#[derive(Debug)]
pub(super) struct SayWhy {
    what: What,
    reason: Field,
    beats: Beats,
    note: &'static str,
}

impl SayWhy {
    /// An empty question.
    pub(super) fn new(what: What) -> Self {
        Self { what, reason: Field::new("", Reason::CAPACITY), beats: Beats::default(), note: "" }
    }
}

impl What {
    /// Whether it can still be said.
    fn stands(self, view: &View<'_>) -> Result<(), &'static str> {
        match self {
            Self::Order(id, _) => {
                let order = view.state.orders.get(id);
                let unknown = order.is_some_and(|order| order.status == OrderStatus::Unknown);
                if unknown { Ok(()) } else { Err("its fate is proven now") }
            }
            Self::Line(id) => {
                let lines = &view.state.reconciliation.lines;
                let stands = lines.iter().any(|line| line.id == id && line.accepted.is_none());
                if stands { Ok(()) } else { Err("the books no longer differ there") }
            }
        }
    }

    fn command(self, reason: Reason) -> Command {
        match self {
            Self::Order(order, verdict) => Command::Resolve { order, verdict, reason },
            Self::Line(line) => Command::AcceptDifference { line, reason },
        }
    }

    fn title(self, view: &View<'_>) -> String {
        match self {
            Self::Order(id, verdict) => {
                let name = View::order_name(view.mode(), id);
                let word = match verdict {
                    Verdict::Absent => "ABSENT",
                    Verdict::Working => "WORKING",
                    Verdict::Canceled => "CANCELED",
                };
                format!("SAY THAT {name} IS {word}")
            }
            Self::Line(id) => format!("ACCEPT LINE {id}"),
        }
    }

    /// What it is about, and what it will do.
    fn lines(self, view: &View<'_>) -> [Line; 3] {
        match self {
            Self::Order(id, verdict) => {
                let deed = match verdict {
                    Verdict::Absent => " It ends as rejected; what it reserved is free again.",
                    Verdict::Working => " It counts as working; cancel and change reach it again.",
                    Verdict::Canceled => " It ends as canceled; what it reserved is free again.",
                };
                let look = " Look at the broker's own screen first. A later fill still counts.";
                [about(view, id), Line::of(deed), Line::of(look)]
            }
            Self::Line(id) => {
                let line = view.state.reconciliation.lines.iter().find(|line| line.id == id);
                let about = line.map(|line| {
                    let (subject, sides) = line.what.words(view.state.genesis());
                    Line::new().strong(&format!(" {subject}: {sides}"))
                });
                [
                    about.unwrap_or_else(|| Line::new().dim(" no such line")),
                    Line::of(" Both books stay as they are; the line no longer stands in the way."),
                    Line::of(" Nothing is traded for it. A gap that grows is a new line."),
                ]
            }
        }
    }
}

impl Overlay for SayWhy {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, view: &View<'_>) -> String {
        self.what.title(view)
    }

    fn place(&self, _view: &View<'_>) -> Place {
        Place::Centre { width: 72, height: 10 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let [about, deed, look] = self.what.lines(view);
        let mut lines = vec![about];
        if area.height > 6 {
            lines.extend([deed, look, Line::rule("how do you know")]);
        }
        let row = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        lines.push(Line::new());
        lines.push(Line::new().part(&format!(" {}", self.note), Role::Bad));
        let armed = self.beats.is_armed();
        lines.push(if armed {
            Line::new().key(" [Enter]").strong(" again = I SAY SO").key("   [Esc]").text(" back")
        } else {
            Line::new().key(" [Enter]").text(" arm").key("   [Esc]").text(" leave it as it is")
        });
        draw(&lines, 0, view.theme, area, buf);
        let mut pen = Pen::new(buf, area, row);
        pen.put(" reason [ ", view.theme.style(Role::Text));
        let width = pen.space().saturating_sub(3).min(44);
        self.reason.draw(&mut pen, width, !armed, view.theme);
        pen.put(" ]", view.theme.style(Role::Text));
    }

    fn takes_text(&self) -> bool {
        !self.beats.is_armed()
    }

    fn types(&self, letter: char) -> bool {
        // A reason does not begin with the kill key.
        self.takes_text() && !(letter == '!' && self.reason.value().is_empty())
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        if matches!(key.code, KeyCode::Char(letter) if !self.types(letter)) {
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
        let given = if reason.is_empty() { Err("a reason is needed") } else { Ok(()) };
        if let Err(why) = self.what.stands(view).and(given) {
            self.beats.disarm();
            self.note = why;
            return Some(Effect::Nothing);
        }
        if self.beats.enter(view.hand) != Beat::Go {
            return Some(Effect::Nothing);
        }
        let command = self.what.command(Reason::new(reason));
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
