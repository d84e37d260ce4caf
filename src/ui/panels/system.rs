//! System.

use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::panel::{Panel, Title};
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(crate) fn system() -> Box<dyn Panel> {
    Box::new(System)
}

#[derive(Debug)]
struct System;

impl Panel for System {
    fn context(&self) -> Context {
        Context::Plain
    }

    fn title(&self, _view: &View<'_>) -> Title {
        Title::new("SYSTEM", "")
    }

    fn draw(&self, _view: &View<'_>, _area: Rect, _buf: &mut Buffer) {}

    fn on_action(&mut self, _action: Action, _view: &View<'_>) -> Option<Effect> {
        None
    }
}
