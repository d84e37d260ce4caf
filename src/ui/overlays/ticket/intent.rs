//! One intent to trade: its fields, its two beats, the gate's answer to it, and that it is sent once.

use super::draft::{Draft, Slot};
use super::rules;
use crate::model::{Command, InstrumentId, Label, Mode, NewOrder, RequestId, Side, Span, Timestamp};
use crate::ui::action::Action;
use crate::ui::effect::Effect;
use crate::ui::overlays::beats::{Beat, Beats};
use crate::ui::view::View;

/// How often the gate is asked again about unchanged fields: the market moves.
pub(super) const ASK_AGAIN: Span = Span::from_millis(500);
/// How long a question may stay without an answer before it is asked again.
pub(super) const GIVE_UP: Span = Span::from_secs(2);
/// What an Enter before the gate's answer is told.
pub(super) const UNANSWERED: &str = "the gate has not answered yet: nothing sent";
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
    pub(super) asked: Option<(NewOrder, Timestamp)>,
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
        let millis = view.hand.nanos().div_euclid(1_000_000).rem_euclid(0x10_0000);
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

    /// The gate's answer, if it is about the fields as they are, however old.
    pub(super) fn answer(&self, view: &View<'_>) -> Option<&Told> {
        let order = self.order(view).ok();
        self.told.as_ref().filter(|told| Some(told.order) == order)
    }

    /// How old the gate's answer is.
    pub(super) fn age(&self, view: &View<'_>) -> Span {
        self.told.as_ref().map_or(Span::ZERO, |told| view.hand.since(told.asked_at))
    }

    /// An Enter: the first beat, the second, or why neither.
    pub(super) fn enter(&mut self, view: &View<'_>) -> Option<Effect> {
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
        match self.beats.enter(view.hand) {
            Beat::Armed | Beat::TooSoon => None,
            Beat::Go => {
                self.stage = Stage::Sent { at: view.hand, request: None };
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
        let Some(told) = self.told.as_ref().filter(|_| self.is_fresh(view)) else {
            return Some(UNANSWERED.to_owned());
        };
        (!told.assessment.passes()).then(|| format!("{}: nothing sent", rules::verdict(&told.assessment).0))
    }

    fn go(&mut self, by: isize) {
        let slots = self.draft.slots();
        let here = slots.iter().position(|slot| *slot == self.focus).unwrap_or(0);
        let count = isize::try_from(slots.len()).unwrap_or(1).max(1);
        let to = isize::try_from(here).map_or(0, |here| (here + by).rem_euclid(count));
        self.focus = usize::try_from(to).ok().and_then(|to| slots.get(to)).copied().unwrap_or(Slot::Qty);
    }

    /// A key that changes a field or goes to another.
    pub(super) fn change(&mut self, action: Action, view: &View<'_>) {
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
    pub(super) fn reopen(&mut self, note: String) {
        self.stage = Stage::Filling;
        self.beats.disarm();
        self.intent = (self.intent + 1) & 0xf_ffff;
        self.note = note;
    }
}
