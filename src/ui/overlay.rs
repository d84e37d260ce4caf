//! An overlay: a window above the panels that takes keys first. It never covers the mode bars.

use super::action::{Action, Context};
use super::effect::Effect;
use super::view::View;
use crate::model::{Envelope, RequestId};
use crate::wire::{BatchReply, MarginReply, Reply};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::fmt::Debug;

/// Where an overlay wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the middle, at most this large.
    Centre { width: u16, height: u16 },
    /// At the lower right, at most this large: what matters stays visible beside it.
    Dock { width: u16, height: u16 },
    /// One line above the lower mode bar.
    Line,
}

/// An overlay. Keys come in this order: the keys that act everywhere (`^K`), then `on_key` while it takes text, then
/// the key table in `context`, whose actions come to `on_action`.
pub trait Overlay: Debug {
    /// Which column of the key table it answers; the footer shows its hints.
    fn context(&self) -> Context;

    /// Whose hints the footer shows, where that is not its column: while a word is typed a key does not mean what it says there.
    fn hinted(&self) -> Context {
        self.context()
    }

    /// The words in its upper edge.
    fn title(&self, view: &View<'_>) -> String;

    /// Where it wants to be.
    fn place(&self, view: &View<'_>) -> Place;

    /// Draws inside its edges, on cleared cells. The area may be of any size, also empty.
    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer);

    /// Answers an action of its context. `Back` that is not answered closes it.
    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect>;

    /// Whether printable keys are text now.
    fn takes_text(&self) -> bool {
        false
    }

    /// Whether this letter is text now: any that is not keeps what the key table says, and no hint promises one that is.
    fn types(&self, letter: char) -> bool {
        let _ = letter;
        self.takes_text()
    }

    /// A key while it takes text. `Answer::Pass` gives it to the key table.
    fn on_key(&mut self, key: KeyEvent, view: &View<'_>) -> Answer {
        let _ = (key, view);
        Answer::Pass
    }

    /// A pasted text, newlines removed. It only ever fills a field.
    fn on_paste(&mut self, text: &str) {
        let _ = text;
    }

    /// The gate's answer to a what-if, of whatever overlay.
    fn on_reply(&mut self, reply: &Reply) {
        let _ = reply;
    }

    /// The same about a batch.
    fn on_batch_reply(&mut self, reply: &BatchReply) {
        let _ = reply;
    }

    /// The broker's word on what orders would need, of whatever overlay.
    fn on_broker(&mut self, reply: &MarginReply) {
        let _ = reply;
    }

    /// The number of the request it has just sent; `None` when the engine did not take it.
    fn on_sent(&mut self, request: Option<RequestId>) {
        let _ = request;
    }

    /// An event, after it was folded.
    fn on_event(&mut self, envelope: &Envelope) {
        let _ = envelope;
    }

    /// Once a frame, before drawing: whether something is to be asked or ended.
    fn on_frame(&mut self, view: &View<'_>) -> Option<Effect> {
        let _ = view;
        None
    }
}

/// What became of a key.
#[derive(Debug)]
pub enum Answer {
    /// Not taken: the key table is asked.
    Pass,
    /// Taken.
    Taken,
    /// Taken, and this is to be done.
    Do(Effect),
}
