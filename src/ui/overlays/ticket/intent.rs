//! One intent to trade: its fields, its two beats, the gate's answer to it, and that it is sent once.

use super::draft::{Draft, Flaw};
use super::slot::{self, Plan, Slot};
use super::{plan, rules};
use crate::model::{
    Command, Instrument, InstrumentId, Label, Mode, NewOrder, Order, OrderId, Side, Span, Timestamp,
};
use crate::ui::action::Action;
use crate::ui::effect::Effect;
use crate::ui::overlays::beats::{Beat, Beats};
use crate::ui::overlays::broker_word::BrokerWord;
use crate::ui::overlays::sending::Sending;
use crate::ui::view::View;

/// How often the gate is asked again about unchanged fields: the market moves.
pub(super) const ASK_AGAIN: Span = Span::from_millis(500);
/// How long a question may stay without an answer before it is asked again.
pub(super) const GIVE_UP: Span = Span::from_secs(2);
/// What an Enter before the gate's answer is told.
pub(super) const UNANSWERED: &str = "the gate has not answered yet: nothing sent";
/// The smallest screen on which the what-if can be read.
pub(super) const LEAST: (u16, u16) = (60, 16);

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
    pub(super) stage: Sending,
    pub(super) beats: Beats,
    /// Minted when the form opens and after each answer: one intent, at most one order.
    pub(super) intent: u32,
    /// The mode the form was opened in. Its order is never sent in another.
    mode: Mode,
    /// The order it changes, where it is no new one.
    pub(super) amends: Option<OrderId>,
    pub(super) asked: Option<(NewOrder, Timestamp)>,
    pub(super) told: Option<Told>,
    pub(super) broker: BrokerWord,
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
            stage: Sending::Open,
            beats: Beats::default(),
            intent: u32::try_from(millis).unwrap_or_default(),
            mode: view.mode(),
            amends: None,
            asked: None,
            told: None,
            broker: BrokerWord::default(),
            note: String::new(),
        }
    }

    /// The change of an order that works, its fields as they stand.
    pub(in crate::ui::overlays) fn amending(order: &Order, view: &View<'_>) -> Self {
        let ticket = Self::filled(Draft::of_order(order), view);
        Self { amends: Some(order.id), mode: order.request.mode, ..ticket }
    }

    fn instrument<'a>(&self, view: &View<'a>) -> Result<&'a Instrument, Flaw> {
        let known = view.state.genesis().instrument(self.draft.instrument);
        known.ok_or_else(|| Flaw::of(Slot::Qty, "no such instrument"))
    }

    fn stamp(&self) -> (Mode, Label) {
        (self.mode, Label::new(&format!("ticket {:05x}", self.intent)))
    }

    /// The order the gate is asked about: the fields' own, the entry, a child, or the difference to a target.
    pub(super) fn order(&self, view: &View<'_>) -> Result<NewOrder, Flaw> {
        plan::judged(&self.draft, view, self.instrument(view)?, self.stamp())
    }

    /// What the second beat sends, or what is wrong with the fields.
    pub(super) fn command(&self, view: &View<'_>) -> Result<Command, Flaw> {
        let instrument = self.instrument(view)?;
        let Some(id) = self.amends else {
            return plan::command(&self.draft, view, instrument, self.stamp());
        };
        let order = self.amended(view).filter(|order| order.is_open());
        let order = order.ok_or_else(|| Flaw::of(Slot::Qty, "the order has ended: nothing to change"))?;
        Ok(Command::Replace { order: id, change: plan::change(&self.draft, order, instrument)? })
    }

    /// The order it changes.
    pub(super) fn amended<'a>(&self, view: &View<'a>) -> Option<&'a Order> {
        self.amends.and_then(|id| view.state.orders.get(id))
    }

    /// The fields in use, in the order of Tab.
    pub(super) fn slots(&self) -> Vec<Slot> {
        match self.amends {
            None => self.draft.slots(),
            Some(_) => std::iter::once(Slot::Qty).chain(slot::numbers(self.draft.kind)).collect(),
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
        if self.stage != Sending::Open {
            return None;
        }
        if let Some(why) = self.unsendable(view) {
            self.beats.disarm();
            self.note = why;
            return None;
        }
        let command = self.command(view).ok()?;
        self.note.clear();
        match self.beats.enter(view.hand) {
            Beat::Armed | Beat::TooSoon => None,
            Beat::Go => {
                self.stage.begin(view.hand);
                Some(Effect::Send(command))
            }
        }
    }

    /// Why the order cannot be armed or sent now.
    fn unsendable(&mut self, view: &View<'_>) -> Option<String> {
        if view.screen.width < LEAST.0 || view.screen.height < LEAST.1 {
            return Some("too small to show what it would do: make the window larger".to_owned());
        }
        if view.state.control.leaving.is_some() {
            return Some("the mode is being left: nothing more is sent in it".to_owned());
        }
        if view.mode() != self.mode {
            let now = view.mode().as_str().to_uppercase();
            return Some(format!("the mode is {now} now: close this ticket and open a new one"));
        }
        if let Err(flaw) = self.command(view) {
            self.focus = flaw.slot;
            return Some(format!("{}: {}", flaw.slot.as_str(), flaw.words));
        }
        if self.amends.is_some() {
            return None;
        }
        let Some(told) = self.told.as_ref().filter(|_| self.is_fresh(view)) else {
            return Some(UNANSWERED.to_owned());
        };
        (!told.assessment.passes()).then(|| format!("{}: nothing sent", rules::verdict(&told.assessment).0))
    }

    fn go(&mut self, by: isize) {
        let slots = self.slots();
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
            Action::FlipSide if self.focus.is_text() || self.focus == Slot::Side => {
                // A change keeps its side, and a target has none of its own.
                if self.amends.is_none() && self.draft.plan != Plan::Target {
                    self.draft.flip(quote);
                }
            }
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

    /// Puts the order aside for a basket, or says why not.
    pub(super) fn stage(&mut self, view: &View<'_>) -> Effect {
        if self.amends.is_some() || self.draft.plan != Plan::Once {
            "only a single order goes into a basket: plan once".clone_into(&mut self.note);
            return Effect::Nothing;
        }
        match self.order(view) {
            Ok(order) => Effect::CloseThen(Box::new(Effect::Stage(Box::new(order)))),
            Err(flaw) => {
                self.focus = flaw.slot;
                self.note = format!("{}: {}", flaw.slot.as_str(), flaw.words);
                Effect::Nothing
            }
        }
    }

    /// The engine refused: the form is open again, for another intent.
    pub(super) fn reopen(&mut self, note: String) {
        self.stage = Sending::Open;
        self.beats.disarm();
        self.intent = (self.intent + 1) & 0xf_ffff;
        self.note = note;
    }
}
