//! Alerts: what wants to be seen, how grave it is, whose it is, and whether somebody has seen it.

use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn alerts() -> Box<dyn Panel> {
    Box::new(Alerts)
}

#[derive(Debug)]
struct Alerts;

impl Panel for Alerts {
    fn context(&self) -> Context {
        Context::Alerts
    }

    fn title(&self, _view: &View<'_>) -> Title {
        Title::new("ALERTS", "")
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        Pen::new(buf, area, 0).put(" nothing wants to be seen", view.theme.style(Role::Dim));
    }

    fn on_action(&mut self, _action: Action, _view: &View<'_>) -> Option<Effect> {
        None
    }
}
