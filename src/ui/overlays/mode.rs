//! The mode: down is one key, up says what stands in the way.

use super::line::{Line, draw};
use crate::model::{Command, Mode};
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

/// The question where there is no way up, or none is asked for.
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

/// Whether there is a way to live, or to another while of it.
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
        match view.mode() {
            Mode::Live => {
                lines.push(Line::of(" Down to ANALYZE: nothing more reaches the venue."));
                lines.push(
                    Line::new()
                        .part(" Orders working at the venue stay there: cancel them first.", Role::Warn),
                );
                lines.push(Line::new());
                lines.push(
                    Line::new().key(" [Enter]").strong(" to ANALYZE").key("   [Esc]").text(" stay LIVE"),
                );
            }
            Mode::Analyze => {
                let why = wrapped(&live_answer(view), ROOM);
                lines.extend(why.iter().map(|line| Line::new().part(&format!(" {line}"), Role::Warn)));
                lines.push(Line::of(" You are in ANALYZE. Nothing you do here reaches a venue."));
                lines.push(Line::new());
                lines.push(Line::new().key(" [Esc]").text(" stay in ANALYZE"));
            }
        }
        draw(&lines, 0, view.theme, area, buf);
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match (action, view.mode()) {
            (Action::Accept, Mode::Live) => {
                let down = Command::SetMode { mode: Mode::Analyze };
                Some(Effect::CloseThen(Box::new(Effect::Send(down))))
            }
            (Action::Accept, Mode::Analyze) => Some(Effect::Close),
            (_, Mode::Live | Mode::Analyze) => None,
        }
    }
}
