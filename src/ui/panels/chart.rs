//! Chart.

use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::panel::{Panel, Title};
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(crate) fn chart() -> Box<dyn Panel> {
    Box::new(Chart)
}

#[derive(Debug)]
struct Chart;

impl Panel for Chart {
    fn context(&self) -> Context {
        Context::Plain
    }

    fn title(&self, _view: &View<'_>) -> Title {
        Title::new("CHART", "")
    }

    fn draw(&self, _view: &View<'_>, _area: Rect, _buf: &mut Buffer) {}

    fn on_action(&mut self, _action: Action, _view: &View<'_>) -> Option<Effect> {
        None
    }
}
