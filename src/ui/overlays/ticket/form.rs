//! The ticket itself: what its keys do, when the gate is asked, and that it sends once.

use super::draft::{Draft, Slot};
use super::{face, rules};
use crate::model::{
    Command, ControlEvent, Envelope, Event, InstrumentId, Label, Mode, NewOrder, OrderEvent, RequestId, Side,
    Span, Timestamp,
};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::overlays::beats::{Beat, Beats};
use crate::ui::overlays::{fits_dock, fits_large};
use crate::ui::view::View;
use crate::wire::Reply;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// How often the gate is asked again about unchanged fields: the market moves.
const ASK_AGAIN: Span = Span::from_millis(500);
/// How long a question may stay without an answer before it is asked again.
const GIVE_UP: Span = Span::from_secs(2);
/// The smallest screen on which the what-if can be read.
pub(super) const LEAST: (u16, u16) = (60, 16);

/// Where the ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Filling,
    /// Sent once; the engine's answer is awaited. Nothing is sent from here any more.
    Sent {
        at: Timestamp,
        request: Option<RequestId>,
    },
    /// Approved: the ticket closes.
    Done,
}

/// The gate's answer and what it was about.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub order: NewOrder,
    pub assessment: crate::model::Assessment,
    /// When it was asked, by our clock.
    pub asked_at: Timestamp,
}

/// An order ticket.
#[derive(Debug)]
pub(in crate::ui::overlays) struct Ticket {
    pub(super) draft: Draft,
    pub(super) focus: Slot,
    pub(super) stage: Stage,
    pub(super) beats: Beats,
    /// Minted when the form opens and after each answer: one intent, at most one order.
    pub(super) intent: u32,
    /// The mode the form was opened in. Its order is never sent in another.
    mode: Mode,
    asked: Option<(NewOrder, Timestamp)>,
    pub(super) told: Option<Told>,
    /// What the last key or answer led to.
    pub(super) note: String,
}

impl Ticket {
    /// An empty ticket for an instrument.
    pub(in crate::ui::overlays) fn new(side: Side, instrument: InstrumentId, view: &View<'_>) -> Self {
        let quote = view.state.market(instrument).and_then(|market| market.quote.as_ref());
        Self::filled(Draft::new(side, instrument, quote), view)
    }

    /// A ticket with its fields filled in, to be read and sent by hand.
    pub(in crate::ui::overlays) fn filled(draft: Draft, view: &View<'_>) -> Self {
        let millis = view.now.nanos().div_euclid(1_000_000).rem_euclid(0x10_0000);
        Self {
            draft,
            focus: Slot::Qty,
            stage: Stage::Filling,
            beats: Beats::default(),
            intent: u32::try_from(millis).unwrap_or_default(),
            mode: view.mode(),
            asked: None,
            told: None,
            note: String::new(),
        }
    }

    /// The order the fields make now.
    pub(super) fn order(&self, view: &View<'_>) -> Result<NewOrder, super::draft::Flaw> {
        let label = Label::new(&format!("ticket {:05x}", self.intent));
        match view.state.genesis().instrument(self.draft.instrument) {
            Some(instrument) => self.draft.order(instrument, self.mode, label),
            None => Err(super::draft::Flaw { slot: Slot::Qty, words: "no such instrument".to_owned() }),
        }
    }

    /// Whether the gate's answer is about the fields as they are.
    pub(super) fn is_fresh(&self, view: &View<'_>) -> bool {
        let about = self.told.as_ref().map(|told| told.order);
        about.is_some() && about == self.order(view).ok() && self.age(view) <= GIVE_UP
    }

    /// How old the gate's answer is.
    pub(super) fn age(&self, view: &View<'_>) -> Span {
        self.told.as_ref().map_or(Span::ZERO, |told| view.now.since(told.asked_at))
    }

    fn enter(&mut self, view: &View<'_>) -> Option<Effect> {
        if self.stage != Stage::Filling {
            return None;
        }
        if let Some(why) = self.unsendable(view) {
            self.beats.disarm();
            self.note = why;
            return None;
        }
        let order = self.order(view).ok()?;
        self.note.clear();
        match self.beats.enter(view.now) {
            Beat::Armed | Beat::TooSoon => None,
            Beat::Go => {
                self.stage = Stage::Sent { at: view.now, request: None };
                Some(Effect::Send(Command::Submit { order }))
            }
        }
    }

    /// Why the order cannot be armed or sent now.
    fn unsendable(&mut self, view: &View<'_>) -> Option<String> {
        if view.screen.width < LEAST.0 || view.screen.height < LEAST.1 {
            return Some("too small to show what it would do: make the window larger".to_owned());
        }
        if view.mode() != self.mode {
            let now = view.mode().as_str().to_uppercase();
            return Some(format!("the mode is {now} now: close this ticket and open a new one"));
        }
        if let Err(flaw) = self.order(view) {
            self.focus = flaw.slot;
            return Some(format!("{}: {}", flaw.slot.as_str(), flaw.words));
        }
        let told = self.told.as_ref().filter(|_| self.is_fresh(view))?;
        (!told.assessment.passes()).then(|| format!("{}: nothing sent", rules::verdict(&told.assessment).0))
    }

    fn go(&mut self, by: isize) {
        let slots = self.draft.slots();
        let here = slots.iter().position(|slot| *slot == self.focus).unwrap_or(0);
        let count = isize::try_from(slots.len()).unwrap_or(1).max(1);
        let to = isize::try_from(here).map_or(0, |here| (here + by).rem_euclid(count));
        self.focus = usize::try_from(to).ok().and_then(|to| slots.get(to)).copied().unwrap_or(Slot::Qty);
    }

    fn change(&mut self, action: Action, view: &View<'_>) {
        let strategies = view.state.genesis().strategies.len();
        let quote = view.state.market(self.draft.instrument).and_then(|market| market.quote.as_ref());
        let up = action == Action::StepUp;
        match action {
            Action::NextField => self.go(1),
            Action::PreviousField => self.go(-1),
            Action::FlipSide if self.focus.is_text() || self.focus == Slot::Side => self.draft.flip(quote),
            Action::FlipSide => self.draft.turn(self.focus, 1, strategies),
            Action::StepUp | Action::StepDown if self.focus.is_text() => {
                if let Some(instrument) = view.state.genesis().instrument(self.draft.instrument) {
                    self.draft.step(self.focus, up, instrument, quote);
                }
            }
            Action::StepUp | Action::StepDown => {
                self.draft.turn(self.focus, if up { -1 } else { 1 }, strategies);
            }
            _ => return,
        }
        self.note.clear();
    }

    /// The engine refused: the form is open again, for another intent.
    fn reopen(&mut self, note: String) {
        self.stage = Stage::Filling;
        self.beats.disarm();
        self.intent = (self.intent + 1) & 0xf_ffff;
        self.note = note;
    }
}

impl Overlay for Ticket {
    fn context(&self) -> Context {
        Context::Ticket
    }

    fn title(&self, view: &View<'_>) -> String {
        face::title(self, view)
    }

    fn place(&self, view: &View<'_>) -> Place {
        match (fits_dock(view), fits_large(view), self.beats.is_armed()) {
            (true, _, false) => Place::Dock { width: 112, height: 29 },
            (true, _, true) => Place::Dock { width: 112, height: 14 },
            (false, true, false) => Place::Centre { width: 112, height: 29 },
            (false, false, false) => Place::Centre { width: 70, height: 18 },
            (false, _, true) => Place::Centre { width: 70, height: 14 },
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        face::draw(self, view, area, buf);
    }

    fn takes_text(&self) -> bool {
        self.focus.is_text() && self.stage == Stage::Filling && !self.beats.is_armed()
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        // No number holds these: a space flips the side, and `!` is the kill key here too.
        if matches!(key.code, KeyCode::Char(' ' | '!')) {
            return Answer::Pass;
        }
        let taken = self.draft.field(self.focus).is_some_and(|field| field.on_key(key));
        if taken {
            self.note.clear();
            Answer::Taken
        } else {
            Answer::Pass
        }
    }

    fn on_paste(&mut self, text: &str) {
        if self.takes_text()
            && let Some(field) = self.draft.field(self.focus)
        {
            field.paste(text);
            self.note.clear();
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Submit => return self.enter(view),
            Action::Back if self.stage == Stage::Filling && self.beats.is_armed() => {
                self.beats.disarm();
                return Some(Effect::Nothing);
            }
            Action::Back => return Some(Effect::Close),
            _ => {}
        }
        if self.stage == Stage::Filling && !self.beats.is_armed() {
            self.change(action, view);
        }
        None
    }

    fn on_reply(&mut self, reply: &Reply) {
        if let Some((order, asked_at)) = self.asked
            && order == reply.order
        {
            self.told = Some(Told { order, assessment: reply.assessment.clone(), asked_at });
        }
    }

    fn on_sent(&mut self, request: Option<RequestId>) {
        let Stage::Sent { at, request: None } = self.stage else { return };
        match request {
            Some(_) => self.stage = Stage::Sent { at, request },
            None => self.reopen("NOT TAKEN: the engine does not listen; nothing was sent".to_owned()),
        }
    }

    fn on_event(&mut self, envelope: &Envelope) {
        let Stage::Sent { request: Some(ours), .. } = self.stage else { return };
        match &envelope.event {
            Event::Order(OrderEvent::Submitted { request, .. }) if *request == Some(ours) => {
                self.stage = Stage::Done;
            }
            Event::Denied { request, denial, .. } if *request == Some(ours) => {
                self.reopen(format!("DENIED {denial}: nothing was sent"));
            }
            Event::Control(ControlEvent::Refused { request, refusal }) if request.id == ours => {
                let why = crate::ui::requests::refusal_words(*refusal);
                self.reopen(format!("refused, {why}: nothing was sent"));
            }
            _ => {}
        }
    }

    fn on_frame(&mut self, view: &View<'_>) -> Option<Effect> {
        match self.stage {
            Stage::Done => return Some(Effect::Close),
            Stage::Sent { .. } => return None,
            Stage::Filling => {}
        }
        let order = self.order(view).ok()?;
        let is_due = self.asked.is_none_or(|(asked, at)| {
            let answered = self.told.as_ref().is_some_and(|told| told.asked_at == at);
            asked != order || view.now.since(at) >= if answered { ASK_AGAIN } else { GIVE_UP }
        });
        is_due.then(|| {
            self.asked = Some((order, view.now));
            Effect::WhatIf(order)
        })
    }
}
