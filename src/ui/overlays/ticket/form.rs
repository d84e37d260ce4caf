//! The ticket as an overlay: which key does what to it, and which events answer it.

use super::face;
use super::intent::{ASK_AGAIN, GIVE_UP, Ticket, Told, UNANSWERED};
use super::slot::Plan;
use crate::model::{Envelope, RequestId};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::overlays::fit::{fits_dock, fits_large};
use crate::ui::overlays::sending::Sending;
use crate::ui::view::View;
use crate::wire::{MarginLeg, MarginReply, Reply};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

impl Overlay for Ticket {
    fn context(&self) -> Context {
        Context::Ticket
    }

    fn title(&self, view: &View<'_>) -> String {
        face::title(self, view)
    }

    fn place(&self, view: &View<'_>) -> Place {
        let more = u16::from(self.draft.plan != Plan::Once);
        match (fits_dock(view), fits_large(view), self.beats.is_armed()) {
            (_, _, false) if self.amends.is_some() => Place::Centre { width: 70, height: 14 },
            (true, _, false) => Place::Dock { width: 112, height: 29 + more },
            (true, _, true) => Place::Dock { width: 112, height: 15 + more },
            (false, true, false) => Place::Centre { width: 112, height: 29 + more },
            (false, false, false) => Place::Centre { width: 70, height: 18 + more },
            (false, _, true) => Place::Centre { width: 70, height: 15 + more },
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        face::draw(self, view, area, buf);
    }

    fn takes_text(&self) -> bool {
        self.focus.is_text() && self.stage == Sending::Open && !self.beats.is_armed()
    }

    fn types(&self, letter: char) -> bool {
        // No number holds these: a space flips the side, `?` is help and `!` the kill key here too.
        self.takes_text() && !matches!(letter, ' ' | '?' | '!')
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        if matches!(key.code, KeyCode::Char(letter) if !self.types(letter)) {
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
            Action::Stage if self.stage == Sending::Open && !self.beats.is_armed() => {
                return Some(self.stage(view));
            }
            Action::Back if self.stage == Sending::Open && self.beats.is_armed() => {
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

    fn on_reply(&mut self, reply: &Reply) {
        if let Some((order, asked_at)) = self.asked
            && order == reply.order
        {
            if self.note == UNANSWERED {
                self.note.clear();
            }
            self.told = Some(Told { order, assessment: reply.assessment.clone(), asked_at });
        }
    }

    fn on_broker(&mut self, reply: &MarginReply) {
        self.broker.hear(reply);
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

    fn on_frame(&mut self, view: &View<'_>) -> Option<Effect> {
        match self.stage {
            Sending::Done => return Some(Effect::Close),
            Sending::Sent { .. } => return None,
            Sending::Open => {}
        }
        // The gate answers about new orders; a change it judges when it comes.
        if self.amends.is_some() {
            return None;
        }
        let order = self.order(view).ok()?;
        let is_due = self.asked.is_none_or(|(asked, at)| {
            let answered = self.told.as_ref().is_some_and(|told| told.asked_at == at);
            asked != order || view.hand.since(at) >= if answered { ASK_AGAIN } else { GIVE_UP }
        });
        if is_due {
            self.asked = Some((order, view.hand));
            return Some(Effect::WhatIf(order));
        }
        self.broker.question(vec![MarginLeg::from(&order)], view)
    }
}
