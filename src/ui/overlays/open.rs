//! Makes the overlay of a kind from what is selected.

use super::confirm::Confirm;
use crate::ui::effect::Effect;
use crate::ui::overlay::{Overlay, OverlayKind};
use crate::ui::panel::PanelKind;
use crate::ui::view::View;

/// The overlay of a kind, for the present selection and the focused panel; `None` where there is nothing to show.
pub(crate) fn open(kind: OverlayKind, view: &View<'_>, focus: PanelKind) -> Option<Box<dyn Overlay>> {
    let _ = (view, focus);
    match kind {
        OverlayKind::Quit => Some(Box::new(Confirm::new(
            "LEAVE",
            vec![
                "The engine ends with the screen: working orders are canceled,".to_owned(),
                "positions stay.".to_owned(),
            ],
            "stop the engine and leave",
            Effect::Quit { stop_engine: true },
        ))),
        OverlayKind::Ticket(_)
        | OverlayKind::Kill
        | OverlayKind::Help
        | OverlayKind::Detail
        | OverlayKind::Trace
        | OverlayKind::Command
        | OverlayKind::Filter
        | OverlayKind::Menu
        | OverlayKind::Mode
        | OverlayKind::Resume => None,
    }
}
