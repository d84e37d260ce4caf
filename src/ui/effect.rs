//! What a key leads to. Panels and overlays only say it; the app does it.

use super::action::Action;
use super::overlay::{Overlay, OverlayKind};
use super::theme::Palette;
use super::view::Selected;
use crate::model::{Command, KillLevel, Label, NewOrder, Scope, Side};

/// A deed for the app.
#[derive(Debug)]
pub enum Effect {
    /// Send to the engine; its answer comes back as a notice.
    Send(Command),
    /// Close the gate at once, then tell the engine.
    Kill {
        level: KillLevel,
        scope: Scope,
        reason: Label,
    },
    /// Ask the gate; the answer comes to the overlays' `on_reply`.
    WhatIf(NewOrder),
    Open(OverlayKind),
    /// Show this overlay on top.
    Show(Box<dyn Overlay>),
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
    /// A command line worth remembering.
    Remember(String),
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
