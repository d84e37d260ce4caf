//! The basket before it is sent: what the whole is worth, each leg, and two beats for all of them.

use super::beats::{Beat, Beats};
use super::broker_word::BrokerWord;
use super::gate_word::GateWord;
use super::line::{Line, draw};
use super::sending::Sending;
use crate::model::{
    BatchKind, Command, Envelope, Label, Mode, Money, NewBatch, NewOrder, OnFailure, RequestId,
};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::normal;
use crate::ui::overlay::{Overlay, Place};
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::panel::window;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::wire::{BatchReply, MarginLeg, MarginReply};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

/// Rows that are no legs: total, heads, a rule, four lines below.
const FRAME: u16 = 8;

/// The basket under review.
#[derive(Debug)]
pub(super) struct Basket {
    at: usize,
    on_failure: OnFailure,
    beats: Beats,
    stage: Sending,
    gate: GateWord,
    broker: BrokerWord,
    note: String,
}

impl Basket {
    /// The orders put aside, nothing armed.
    pub(super) fn new(_view: &View<'_>) -> Self {
        Self {
            at: 0,
            on_failure: OnFailure::Hold,
            beats: Beats::default(),
            stage: Sending::Open,
            gate: GateWord::default(),
            broker: BrokerWord::default(),
            note: String::new(),
        }
    }

    /// The batch it makes, or why it makes none.
    fn batch(&self, view: &View<'_>) -> Result<NewBatch, String> {
        let legs = &view.selection.basket;
        let Some(first) = legs.first() else {
            return Err("empty: ^T in a ticket puts an order into it".to_owned());
        };
        if let Some(other) = legs.iter().find(|leg| leg.strategy != first.strategy) {
            let (one, two) = (view.strategy_name(first.strategy), view.strategy_name(other.strategy));
            return Err(format!("legs of {one} and of {two}: a basket is one strategy's"));
        }
        if legs.iter().any(|leg| leg.mode != view.mode()) {
            let now = view.mode().as_str().to_uppercase();
            return Err(format!("the mode is {now} now: X empties this basket, write a new one"));
        }
        Ok(NewBatch {
            kind: BatchKind::Basket,
            strategy: first.strategy,
            mode: first.mode,
            legs: legs.clone(),
            on_failure: self.on_failure,
            label: Label::new("basket"),
        })
    }

    fn enter(&mut self, view: &View<'_>) -> Effect {
        if self.stage != Sending::Open {
            return Effect::Nothing;
        }
        let batch = match self.batch(view) {
            Ok(batch) => batch,
            Err(why) => {
                self.beats.disarm();
                self.note = why;
                return Effect::Nothing;
            }
        };
        if let Some(why) = self.gate.objection(&batch, view.hand) {
            self.beats.disarm();
            self.note = why;
            return Effect::Nothing;
        }
        self.note.clear();
        if self.beats.enter(view.hand) != Beat::Go {
            return Effect::Nothing;
        }
        self.stage.begin(view.hand);
        Effect::Send(Command::Basket { batch: Arc::new(batch) })
    }

    fn reopen(&mut self, note: String) {
        self.stage = Sending::Open;
        self.beats.disarm();
        self.note = note;
    }
}

impl Overlay for Basket {
    fn context(&self) -> Context {
        Context::Basket
    }

    fn title(&self, view: &View<'_>) -> String {
        let what = if self.beats.is_armed() { "CONFIRM" } else { "BASKET" };
        let world = match view.mode() {
            Mode::Live => "LIVE - REAL ORDERS",
            Mode::Analyze => "ANALYZE - simulated",
        };
        format!("{what} of {}   {world}", view.selection.basket.len())
    }

    fn place(&self, view: &View<'_>) -> Place {
        let legs = u16::try_from(view.selection.basket.len()).unwrap_or(u16::MAX);
        let more = u16::from(view.asks_broker);
        Place::Centre { width: 96, height: legs.max(1).saturating_add(FRAME + 2 + more) }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let legs = &view.selection.basket;
        let at = self.at.min(legs.len().saturating_sub(1));
        let batch = self.batch(view).ok();
        let mut lines = vec![total(view), Line::new().dim(HEADS)];
        let frame = FRAME - 1 + u16::from(view.asks_broker);
        let room = usize::from(area.height.saturating_sub(frame)).max(1);
        let from = window(at, legs.len(), room);
        for (index, leg) in legs.iter().enumerate().skip(from).take(room) {
            let verdict = self.gate.of_leg(batch.as_ref(), index, view.hand);
            lines.push(leg_line(view, (index, leg), index == at, &verdict));
        }
        lines.extend(self.below(view));
        draw(&lines, 0, view.theme, area, buf);
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let last = view.selection.basket.len().saturating_sub(1);
        let armed = self.beats.is_armed();
        match action {
            Action::Submit => return Some(self.enter(view)),
            Action::Back if armed && self.stage == Sending::Open => self.beats.disarm(),
            Action::Back => return Some(Effect::Close),
            Action::Help => return Some(Effect::Open(OverlayKind::HelpOf(Context::Basket))),
            _ if armed => {}
            Action::Down => self.at = (self.at + 1).min(last),
            Action::Up => self.at = self.at.min(last).saturating_sub(1),
            Action::DropLeg => return Some(Effect::Unstage(self.at.min(last))),
            Action::CancelAll => return Some(Effect::ClearBasket),
            Action::OnFailure => {
                self.on_failure = match self.on_failure {
                    OnFailure::Hold => OnFailure::Unwind,
                    OnFailure::Unwind => OnFailure::Hold,
                };
            }
            _ => return None,
        }
        self.note.clear();
        Some(Effect::Nothing)
    }

    fn on_sent(&mut self, request: Option<RequestId>) {
        if let Some(why) = self.stage.on_sent(request) {
            self.reopen(why);
        }
    }

    fn on_event(&mut self, envelope: &Envelope) {
        if let Some(why) = self.stage.on_event(envelope) {
            self.reopen(why);
        }
    }

    fn on_batch_reply(&mut self, reply: &BatchReply) {
        self.gate.hear(reply);
    }

    fn on_broker(&mut self, reply: &MarginReply) {
        self.broker.hear(reply);
    }

    fn on_frame(&mut self, view: &View<'_>) -> Option<Effect> {
        match self.stage {
            Sending::Done => Some(Effect::CloseThen(Box::new(Effect::ClearBasket))),
            Sending::Sent { .. } => None,
            Sending::Open => {
                let gate = self.gate.question(self.batch(view).ok()?, view.hand);
                gate.or_else(|| self.broker.question(margin_legs(view), view))
            }
        }
    }
}

impl Basket {
    fn below(&self, view: &View<'_>) -> Vec<Line> {
        let failure = match self.on_failure {
            OnFailure::Hold => "the rest is held back and you decide",
            OnFailure::Unwind => "what has filled is closed again, reduce-only",
        };
        let button = match view.mode() {
            Mode::Live => "SEND REAL ORDERS",
            Mode::Analyze => "SIMULATE",
        };
        let mut lines = vec![
            Line::rule("judged as a whole: all legs pass or nothing is sent"),
            Line::of(&format!(" a leg fails  {failure}")),
        ];
        lines.extend(self.broker.line(&margin_legs(view), view));
        lines.push(match (self.stage, &self.note) {
            (Sending::Sent { at, .. }, _) => {
                let words = format!(" SENT {} ago, the engine has not answered", view.age(at));
                Line::new().part(&words, Role::Warn)
            }
            (Sending::Open | Sending::Done, note) if !note.is_empty() => {
                Line::new().part(&format!(" {note}"), Role::Bad)
            }
            (Sending::Open | Sending::Done, _) => match self.batch(view) {
                Err(why) => Line::new().part(&format!(" {why}"), Role::Warn),
                Ok(batch) => self.gate.line(&batch, view),
            },
        });
        lines.push(if self.beats.is_armed() {
            Line::new().key(" [Enter]").text(" again = ").strong(button).key("   [Esc]").text(" back")
        } else {
            Line::new()
                .key(" [Enter]")
                .text(" review")
                .key("  [x]")
                .text(" drop leg")
                .key("  [u]")
                .text(" on failure")
                .key("  [X]")
                .text(" empty")
                .key("  [Esc]")
                .text(" keep, close")
        });
        lines
    }
}

/// What the broker is asked about.
fn margin_legs(view: &View<'_>) -> Vec<MarginLeg> {
    view.selection.basket.iter().map(MarginLeg::from).collect()
}

const HEADS: &str = " leg inst        side       qty type      price        worth  size   gate";

/// The price a leg is counted at: its own, else the market's.
fn worth(view: &View<'_>, leg: &NewOrder, qty: crate::model::Qty) -> Option<Money> {
    let instrument = view.state.genesis().instrument(leg.instrument)?;
    let own = leg.kind.limit_price().or(leg.kind.trigger());
    let at = own.or_else(|| view.state.market(leg.instrument)?.mark())?;
    view.state.in_account(instrument.notional(at, qty), instrument.settle)
}

/// What all of it is worth, and how that compares with the usual sizes of its legs.
fn total(view: &View<'_>) -> Line {
    let legs = &view.selection.basket;
    let all: Option<Money> = legs.iter().map(|leg| worth(view, leg, leg.qty)).sum();
    let usual: Option<Money> = legs
        .iter()
        .map(|leg| worth(view, leg, normal::size(view.state, leg.strategy, leg.instrument)?))
        .sum();
    let Some(all) = all else {
        return Line::new().part(" total: a leg has no price", Role::Warn);
    };
    let words = figure::named(all, view.state.genesis().currency, view.tilde());
    let line = Line::new().strong(&format!(
        " total {words} in {} leg{}",
        legs.len(),
        if legs.len() == 1 { "" } else { "s" }
    ));
    match usual.and_then(|usual| normal::times(all.raw(), usual.raw())) {
        Some((words, role)) => line.part(&format!("   {words}"), role),
        None => line,
    }
}

fn leg_line(
    view: &View<'_>,
    (index, leg): (usize, &NewOrder),
    is_here: bool,
    (verdict, role): &(String, Role),
) -> Line {
    let (price_places, qty_places) = view.places(leg.instrument);
    let price = leg.kind.limit_price().or(leg.kind.trigger());
    let price = price.map_or_else(|| "MKT".to_owned(), |at| figure::price(at, price_places).to_string());
    let worth = worth(view, leg, leg.qty);
    let worth =
        worth.map_or_else(|| "no price".to_owned(), |one| figure::money(one, 2, view.tilde()).to_string());
    let mark = if is_here { view.theme.cursor_mark() } else { ' ' };
    let text = format!(
        "{mark} {:>2} {:<11} {:<4} {:>9} {:<4} {price:>10} {worth:>12}",
        index + 1,
        figure::ending(view.symbol(leg.instrument), 11),
        leg.side,
        figure::qty(leg.qty, qty_places),
        leg.kind.as_str(),
    );
    let line = Line::new().part(&text, if is_here { Role::Strong } else { Role::Text });
    let usual = normal::size(view.state, leg.strategy, leg.instrument);
    let line = match usual.and_then(|usual| normal::words(leg.qty, usual)) {
        Some((words, role)) => {
            line.part(&format!("  {:<6} ", words.split(' ').next().unwrap_or_default()), role)
        }
        None => line.dim("  --     "),
    };
    line.part(verdict, *role)
}
