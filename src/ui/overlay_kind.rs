//! Names of the overlays.

use super::action::Context;
use crate::model::{OrderId, Side, Verdict};

/// The overlays there are; `overlays::open` makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverlayKind {
    /// A new order for the selected strategy and instrument.
    Ticket(Side),
    /// What was killed and what more can be.
    Kill,
    /// Help of the focused panel.
    Help,
    /// Help of a context that is no panel's.
    HelpOf(Context),
    /// Everything known of the selected row of the focused panel.
    Detail,
    /// The chain of events of the selected row.
    Trace,
    Command,
    Filter,
    Menu,
    /// Leave the screen, with or without the engine.
    Quit,
    Mode,
    /// Lower every kill, with a reason.
    Resume,
    /// The change of an order that works.
    Modify(OrderId),
    /// The orders put aside, before they are sent as one.
    Basket,
    /// Options by their offsets from the money.
    Options,
    /// What a human says became of an order nobody can prove anything about.
    Resolve(OrderId, Verdict),
    /// Why a line on which the books differ is taken as it is.
    AcceptLine(u32),
}
