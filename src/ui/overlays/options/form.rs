//! The options ticket as an overlay: fields, the contracts they name now, and two beats.

use super::contracts::contract;
use super::draft::{Draft, Slot, offset_words};
use super::payoff;
use crate::model::{
    BatchKind, Command, Envelope, Expiry, Instrument, InstrumentId, Label, Mode, Money, NewBatch, NewOrder,
    OnFailure, OptionLeg, OptionsOrder, OrderKind, Qty, RequestId, Side, TimeInForce,
};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::option_list::{expiries, underlyings};
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::overlays::beats::{Beat, Beats};
use crate::ui::overlays::gate_word::GateWord;
use crate::ui::overlays::line::{Line, draw};
use crate::ui::overlays::sending::Sending;
use crate::ui::overlays::ticket::typed_qty;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::wire::BatchReply;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

/// Rows of the fields.
const FIELDS: u16 = 4;

/// The ticket.
#[derive(Debug)]
pub(in crate::ui::overlays) struct OptionsTicket {
    draft: Draft,
    focus: Slot,
    beats: Beats,
    stage: Sending,
    gate: GateWord,
    /// The mode it was opened in.
    mode: Mode,
    note: String,
}

impl OptionsTicket {
    /// A ticket on the first underlying, or on the selected instrument where that is one.
    pub(in crate::ui::overlays) fn new(view: &View<'_>) -> Self {
        let all = underlyings(view);
        let selected = view.selection.instrument;
        let on = if all.contains(&selected) { Some(selected) } else { all.first().copied() };
        Self {
            draft: Draft::new(on.unwrap_or(selected)),
            focus: Slot::Qty,
            beats: Beats::default(),
            stage: Sending::Open,
            gate: GateWord::default(),
            mode: view.mode(),
            note: String::new(),
        }
    }

    /// The legs with the contracts they name now.
    fn legs<'a>(&self, view: &View<'a>, qty: Qty) -> Vec<(OptionLeg, Option<&'a Instrument>)> {
        let legs = self.draft.legs(qty).into_iter();
        legs.map(|leg| (leg, contract(view, self.draft.underlying, &leg))).collect()
    }

    fn order(&self, view: &View<'_>) -> Result<OptionsOrder, String> {
        if underlyings(view).is_empty() {
            return Err("no options are listed in this run".to_owned());
        }
        if view.mode() != self.mode {
            return Err("the mode has changed: close this and open a new one".to_owned());
        }
        let one = self.legs(view, Qty::ONE).first().and_then(|(_, contract)| *contract);
        let one = one.ok_or("no such contract: another offset or expiry")?;
        let qty = typed_qty(self.draft.qty.value(), one).map_err(|words| format!("qty: {words}"))?;
        let legs = self.legs(view, qty);
        if let Some((leg, _)) = legs.iter().find(|(_, contract)| contract.is_none()) {
            let (right, offset) = (leg.right.as_str(), offset_words(leg.offset));
            return Err(format!("no such contract: {right} {offset}"));
        }
        Ok(OptionsOrder {
            strategy: self.draft.strategy,
            underlying: self.draft.underlying,
            legs: legs.into_iter().map(|(leg, _)| leg).collect(),
            tif: TimeInForce::Ioc,
            mode: self.mode,
            on_failure: self.draft.on_failure,
            label: Label::new(self.draft.structure.as_str()),
        })
    }

    /// The batch the engine would make of it now.
    fn batch(&self, view: &View<'_>) -> Option<NewBatch> {
        let order = self.order(view).ok()?;
        let legs = order.legs.iter().map(|leg| {
            let instrument = contract(view, order.underlying, leg)?.id;
            let (strategy, side, qty) = (order.strategy, leg.side, leg.qty);
            let (kind, tif, mode, label) = (OrderKind::Market, order.tif, order.mode, order.label);
            let (post_only, reduce_only) = (false, false);
            Some(NewOrder { strategy, instrument, side, qty, kind, tif, post_only, reduce_only, mode, label })
        });
        let legs: Vec<NewOrder> = legs.collect::<Option<_>>()?;
        let kind = if legs.len() == 1 { BatchKind::Options } else { BatchKind::Multileg };
        let OptionsOrder { strategy, mode, on_failure, label, .. } = order;
        Some(NewBatch { kind, strategy, mode, legs, on_failure, label })
    }

    fn enter(&mut self, view: &View<'_>) -> Option<Effect> {
        if self.stage != Sending::Open {
            return None;
        }
        let order = match self.order(view) {
            Ok(order) => order,
            Err(why) => {
                self.beats.disarm();
                self.note = why;
                return None;
            }
        };
        let objection = self.batch(view).and_then(|batch| self.gate.objection(&batch, view.hand));
        if let Some(why) = objection {
            self.beats.disarm();
            self.note = why;
            return None;
        }
        self.note.clear();
        if self.beats.enter(view.hand) != Beat::Go {
            return None;
        }
        self.stage.begin(view.hand);
        Some(Effect::Send(Command::Options { order: Arc::new(order) }))
    }

    fn go(&mut self, by: isize) {
        self.focus = crate::ui::overlays::ticket::next(&self.draft.slots(), self.focus, by);
    }

    fn change(&mut self, action: Action, view: &View<'_>) {
        let all = underlyings(view);
        let strategies = view.state.genesis().strategies.len();
        let mut turn = |by| self.draft.turn(self.focus, by, strategies, &all);
        match action {
            Action::StepUp => turn(-1),
            Action::StepDown | Action::FlipSide => turn(1),
            Action::NextField => self.go(1),
            Action::PreviousField => self.go(-1),
            _ => return,
        }
        self.note.clear();
    }

    fn reopen(&mut self, note: String) {
        self.stage = Sending::Open;
        self.beats.disarm();
        self.note = note;
    }
}

impl Overlay for OptionsTicket {
    fn context(&self) -> Context {
        Context::Options
    }

    fn title(&self, view: &View<'_>) -> String {
        let what = if self.beats.is_armed() { "CONFIRM" } else { "OPTIONS" };
        let world = match view.mode() {
            Mode::Live => "LIVE - REAL ORDERS",
            Mode::Analyze => "ANALYZE - simulated",
        };
        format!("{what} {}   {world}", view.symbol(self.draft.underlying))
    }

    fn place(&self, _view: &View<'_>) -> Place {
        Place::Centre { width: 78, height: 18 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        if !underlyings(view).is_empty() {
            self.fields(view, area, buf);
        }
        let rest = Rect { y: area.y + FIELDS, height: area.height.saturating_sub(FIELDS), ..area };
        draw(&self.lines(view), 0, view.theme, rest, buf);
        let foot = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
        draw(&[self.keys()], 0, view.theme, foot, buf);
    }

    fn takes_text(&self) -> bool {
        self.focus == Slot::Qty && self.stage == Sending::Open && !self.beats.is_armed()
    }

    fn types(&self, letter: char) -> bool {
        // No number holds these.
        self.takes_text() && !matches!(letter, ' ' | '?' | '!')
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        let is_key = matches!(key.code, KeyCode::Char(letter) if !self.types(letter));
        if is_key || !self.draft.qty.on_key(key) {
            return Answer::Pass;
        }
        self.note.clear();
        Answer::Taken
    }

    fn on_paste(&mut self, text: &str) {
        if self.takes_text() {
            self.draft.qty.paste(text);
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Submit => return self.enter(view),
            Action::Back if self.beats.is_armed() && self.stage == Sending::Open => {
                self.beats.disarm();
                return Some(Effect::Nothing);
            }
            Action::Back => return Some(Effect::Close),
            _ => {}
        }
        if self.stage == Sending::Open && !self.beats.is_armed() {
            self.change(action, view);
        }
        None
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

    fn on_frame(&mut self, view: &View<'_>) -> Option<Effect> {
        match self.stage {
            Sending::Done => Some(Effect::Close),
            Sending::Sent { .. } => None,
            Sending::Open => self.gate.question(self.batch(view)?, view.hand),
        }
    }
}

impl OptionsTicket {
    fn fields(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let rows: [&[(Slot, &str, u16)]; 4] = [
            &[(Slot::Strategy, " strategy ", 11), (Slot::Underlying, "  on ", 12)],
            &[(Slot::Structure, " shape    ", 11), (Slot::Expiry, "  expiry ", 20)],
            &[
                (Slot::Side, " side     ", 4),
                (Slot::Right, "  right ", 4),
                (Slot::Offset, "  offset ", 5),
                (Slot::Width, "  width ", 2),
            ],
            &[(Slot::Qty, " qty      ", 12), (Slot::OnFailure, "  if a leg fails ", 6)],
        ];
        let used = self.draft.slots();
        for (row, boxes) in (0..).zip(rows) {
            let mut pen = Pen::new(buf, area, row);
            for (slot, name, width) in boxes.iter().filter(|(slot, _, _)| used.contains(slot)) {
                self.boxed(&mut pen, view, (*slot, name, *width));
            }
        }
    }

    fn boxed(&self, pen: &mut Pen<'_>, view: &View<'_>, (slot, name, width): (Slot, &str, u16)) {
        let (theme, draft) = (view.theme, &self.draft);
        let here = self.focus == slot && !self.beats.is_armed();
        let edge = theme.style(if here { Role::Accent } else { Role::Dim });
        pen.put(name, theme.style(if here { Role::Strong } else { Role::Text }));
        pen.put(if here { "[>" } else { "[ " }, edge);
        let money = |offset: i8| match offset {
            0 => "ATM".to_owned(),
            1.. => format!("OTM{offset}"),
            _ => format!("ITM{}", offset.unsigned_abs()),
        };
        let text = match slot {
            Slot::Strategy => view.strategy_name(draft.strategy).to_owned(),
            Slot::Underlying => view.symbol(draft.underlying).to_owned(),
            Slot::Structure => draft.structure.as_str().to_owned(),
            Slot::Expiry => expiry_words(view, draft.underlying, draft.expiry),
            Slot::Side => draft.side.to_string(),
            Slot::Right => match draft.right {
                crate::model::Right::Call => "call".to_owned(),
                crate::model::Right::Put => "put".to_owned(),
            },
            Slot::Offset => money(draft.offset),
            Slot::Width => draft.width.to_string(),
            Slot::OnFailure => match draft.on_failure {
                OnFailure::Hold => "hold".to_owned(),
                OnFailure::Unwind => "unwind".to_owned(),
            },
            Slot::Qty => String::new(),
        };
        if slot == Slot::Qty {
            draft.qty.draw(pen, width, here, theme);
        } else {
            pen.left(&text, width, theme.style(if here { Role::Cursor } else { Role::Strong }));
        }
        pen.put(" ]", edge);
    }

    fn lines(&self, view: &View<'_>) -> Vec<Line> {
        let mut lines =
            vec![Line::rule("the contracts these name now; the engine resolves them when it takes them")];
        let typed = self.legs(view, Qty::ONE).first().and_then(|(_, one)| *one);
        let qty = typed.and_then(|one| typed_qty(self.draft.qty.value(), one).ok());
        let legs = self.legs(view, qty.unwrap_or_default());
        let batch = self.batch(view);
        for (index, (leg, contract)) in legs.iter().enumerate() {
            let (word, role) = self.gate.of_leg(batch.as_ref(), index, view.hand);
            let line = leg_line(view, leg, *contract);
            lines.push(if batch.is_some() { line.part(&format!("  {word}"), role) } else { line });
        }
        let net: Option<Money> = legs.iter().map(|(leg, one)| premium(view, leg, (*one)?)).sum();
        if let (Some(net), Some(settle), Some(_)) = (net, typed.map(|one| one.settle), qty) {
            let word = if net.is_negative() { "received" } else { "paid" };
            let amount = figure::named(net.abs(), settle, view.tilde());
            lines.push(Line::new().strong(&format!(" net {word} {amount}, at the present best prices")));
            lines.push(payoff::line(view, &legs, net, settle));
        }
        if let Some(batch) = &batch {
            lines.push(self.gate.line(batch, view));
        }
        lines.push(match (self.stage, self.note.is_empty()) {
            (Sending::Sent { at, .. }, _) => {
                let words = format!(" SENT {} ago, the engine has not answered", view.age(at));
                Line::new().part(&words, Role::Warn)
            }
            (_, false) => Line::new().part(&format!(" {}", self.note), Role::Bad),
            (_, true) => match self.order(view) {
                Err(why) => Line::new().part(&format!(" {why}"), Role::Warn),
                Ok(_) if self.beats.is_armed() => {
                    let button = match view.mode() {
                        Mode::Live => "SEND REAL ORDERS",
                        Mode::Analyze => "SIMULATE",
                    };
                    Line::new().key(" [Enter]").text(" again = ").strong(button)
                }
                Ok(_) => Line::new().dim(" judged as a whole: all legs pass or nothing is sent"),
            },
        });
        lines
    }

    fn keys(&self) -> Line {
        if self.beats.is_armed() {
            return Line::new().key(" [Esc]").text(" back");
        }
        let line = Line::new().key(" [Enter]").text(" review").key(" [Tab]").text(" next");
        line.key(" [Space] [Up Down]").text(" change").key(" [Esc]").text(" close")
    }
}

fn expiry_words(view: &View<'_>, underlying: InstrumentId, expiry: Expiry) -> String {
    let dates = expiries(view, underlying);
    let (word, at) = match expiry {
        Expiry::Nearest => ("nearest", dates.first()),
        Expiry::Next => ("next", dates.get(1)),
        Expiry::At(_) => ("at", None),
    };
    match at {
        Some(at) => format!("{word}, in {}", at.since(view.now)),
        None => format!("{word}, none"),
    }
}

/// The best price a leg would meet.
fn meets(view: &View<'_>, leg: &OptionLeg, contract: &Instrument) -> Option<crate::model::Price> {
    view.state.market(contract.id)?.quote.as_ref().map(|quote| quote.opposite(leg.side))
}

/// What a leg costs at the best price, signed: below zero is received.
fn premium(view: &View<'_>, leg: &OptionLeg, contract: &Instrument) -> Option<Money> {
    let worth = contract.notional(meets(view, leg, contract)?, leg.qty);
    Some(if leg.side == Side::Buy { worth } else { -worth })
}

fn leg_line(view: &View<'_>, leg: &OptionLeg, contract: Option<&Instrument>) -> Line {
    let (right, offset) = (leg.right.as_str(), offset_words(leg.offset));
    let Some(one) = contract else {
        let text = format!(" {:<4} {right} {offset:<6} no such contract", leg.side);
        return Line::new().part(&text, Role::Bad);
    };
    let price = meets(view, leg, one).map(|price| figure::price(price, one.price_places()).to_string());
    Line::of(&format!(
        " {:<4} {:>8} {right} {offset:<6} {:<24} @ {}",
        leg.side,
        figure::qty(leg.qty, one.qty_places()),
        one.symbol,
        price.unwrap_or_else(|| "no price".to_owned())
    ))
}
