//! The mode where there is no way to live: what stands in it.

use super::line::{Line, draw};
use crate::state::live_unavailable;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Overlay, Place};
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::ui::wrap::wrapped;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Letters of a line.
const ROOM: usize = 66;

/// What is said where there is no way up.
#[derive(Debug)]
pub(super) struct ModePrompt;

/// Why live cannot be had, or how it can.
pub(super) fn live_answer(view: &View<'_>) -> String {
    let genesis = view.state.genesis();
    match (live_unavailable(view.state), &genesis.live) {
        (Some(why), _) => format!("LIVE is unavailable: {why}"),
        (None, None) => "LIVE is unavailable: no way there is configured".to_owned(),
        (None, Some(_)) => "LIVE takes two steps: M, then the account's last four digits".to_owned(),
    }
}

/// Whether there is a way to live.
pub(super) fn has_way(view: &View<'_>) -> bool {
    let genesis = view.state.genesis();
    genesis.live.is_some() && live_unavailable(view.state).is_none()
}

impl Overlay for ModePrompt {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, view: &View<'_>) -> String {
        format!("MODE   {} now", view.mode().as_str().to_uppercase())
    }

    fn place(&self, _view: &View<'_>) -> Place {
        Place::Centre { width: 70, height: 12 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let mut lines = vec![Line::new()];
        let room = usize::from(area.width).saturating_sub(2).min(ROOM);
        let why = wrapped(&live_answer(view), room);
        lines.extend(why.iter().map(|line| Line::new().part(&format!(" {line}"), Role::Warn)));
        let now = wrapped("You are in ANALYZE. Nothing you do here reaches a venue.", room);
        lines.extend(now.iter().map(|line| Line::of(&format!(" {line}"))));
        lines.push(Line::new());
        lines.push(Line::new().key(" [Esc]").text(" stay in ANALYZE"));
        draw(&lines, 0, view.theme, area, buf);
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        (action == Action::Accept).then_some(Effect::Close)
    }
}
