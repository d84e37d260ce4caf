//! Events.

use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::panel::{Panel, Title};
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(crate) fn events() -> Box<dyn Panel> {
    Box::new(Events)
}

#[derive(Debug)]
struct Events;

impl Panel for Events {
    fn context(&self) -> Context {
        Context::Plain
    }

    fn title(&self, _view: &View<'_>) -> Title {
        Title::new("EVENTS", "")
    }

    fn draw(&self, _view: &View<'_>, _area: Rect, _buf: &mut Buffer) {}

    fn on_action(&mut self, _action: Action, _view: &View<'_>) -> Option<Effect> {
        None
    }
}
