//! Trades.

use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::panel::{Panel, Title};
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(crate) fn trades() -> Box<dyn Panel> {
    Box::new(Trades)
}

#[derive(Debug)]
struct Trades;

impl Panel for Trades {
    fn context(&self) -> Context {
        Context::Plain
    }

    fn title(&self, _view: &View<'_>) -> Title {
        Title::new("TRADES", "")
    }

    fn draw(&self, _view: &View<'_>, _area: Rect, _buf: &mut Buffer) {}

    fn on_action(&mut self, _action: Action, _view: &View<'_>) -> Option<Effect> {
        None
    }
}
