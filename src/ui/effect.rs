//! What a key leads to. Panels and overlays only say it; the app does it.

use super::action::Action;
use super::overlay_kind::OverlayKind;
use super::theme::Palette;
use super::view::Selected;
use crate::model::{
    Command, InstrumentId, KillLevel, NewBatch, NewOrder, Reason, Scope, Side, StrategyId, TimeInForce,
};
use crate::wire::{MarginLeg, Wind};
use std::sync::Arc;

/// A deed for the app.
#[derive(Debug)]
pub enum Effect {
    /// Send to the engine; its answer comes back as a notice.
    Send(Command),
    /// Close the gate at once, then tell the engine.
    Kill {
        level: KillLevel,
        scope: Scope,
        reason: Reason,
    },
    /// Ask the gate; the answer comes to the overlays' `on_reply`.
    WhatIf(NewOrder),
    /// The same about a batch; the answer comes to `on_batch_reply`.
    WhatIfBatch(Arc<NewBatch>),
    /// Ask the broker what these orders would need; the answer comes to `on_broker`.
    AskBroker(Vec<MarginLeg>),
    Open(OverlayKind),
    /// Ask first.
    Ask(Box<Question>),
    /// Open a ticket with these words in its fields, to be read and sent by hand.
    Ticket(Box<TicketWords>),
    /// Close the top overlay.
    Close,
    /// Close the top overlay, then do this.
    CloseThen(Box<Effect>),
    Both(Box<Effect>, Box<Effect>),
    Select(Selected),
    /// Rows must contain these words; empty shows all.
    Filter(String),
    /// Scroll the focused panel to this many lines from its beginning.
    Scroll(usize),
    View(u8),
    Zoom(Zoom),
    /// To the clipboard of the operator's own terminal (OSC 52).
    Copy(String),
    /// A line at the bottom for a few seconds.
    Toast(String),
    /// Leave the screen.
    Quit {
        stop_engine: bool,
    },
    /// The action was taken and there is nothing to do.
    Nothing,
    Redraw,
    /// As if the key of this action had been pressed.
    Act(Action),
    Theme(Palette),
    /// Puts an order into the basket.
    Stage(Box<NewOrder>),
    /// Puts the legs of a file into it, with the name of the file, and opens it.
    StageAll(Vec<NewOrder>, String),
    /// Takes a leg out of it.
    Unstage(usize),
    /// Empties it.
    ClearBasket,
    /// Opens the command line with these words in it.
    Command(String),
    /// Moves the cursor of a replay.
    Wind(Wind),
    /// A command line worth remembering.
    Remember(String),
}

/// A question with one deed behind it.
#[derive(Debug)]
pub struct Question {
    pub title: String,
    /// What will happen, in the operator's words.
    pub lines: Vec<String>,
    /// What Enter is called.
    pub yes: String,
    /// What the second Enter is called, where one is needed.
    pub twice: Option<&'static str>,
    pub effect: Effect,
}

/// The fields of a ticket as they were typed; the ticket judges them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketWords {
    pub strategy: StrategyId,
    pub instrument: InstrumentId,
    pub side: Side,
    pub tif: TimeInForce,
    pub qty: String,
    /// A limit order where there is one.
    pub price: Option<String>,
    /// A stop where there is one.
    pub trigger: Option<String>,
    /// A trailing stop where there is one.
    pub trail: Option<String>,
    /// A bracket where there is a stop or a target.
    pub stop: Option<String>,
    pub target: Option<String>,
    /// A split where there is a child's size.
    pub each: Option<String>,
    /// The signed position to end with, instead of a quantity.
    pub position: Option<String>,
    pub post_only: bool,
    pub reduce_only: bool,
}

/// How much of the body the focused panel takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    In,
    Out,
}

impl Effect {
    /// The ticket for a side.
    pub fn ticket(side: Side) -> Self {
        Self::Open(OverlayKind::Ticket(side))
    }
}
