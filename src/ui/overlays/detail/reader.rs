//! A window of lines to read: scrolls, copies, closes.

use super::subject::Subject;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Overlay, Place};
use crate::ui::overlays::fit::fits_large;
use crate::ui::overlays::line::{Line, draw};
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The window.
#[derive(Debug)]
pub(in crate::ui::overlays) struct Reader {
    subject: Subject,
    from: usize,
}

impl Reader {
    /// A window onto a subject.
    pub(in crate::ui::overlays) const fn new(subject: Subject) -> Self {
        Self { subject, from: 0 }
    }
}

impl Overlay for Reader {
    fn context(&self) -> Context {
        Context::Reader
    }

    fn title(&self, view: &View<'_>) -> String {
        self.subject.title(view)
    }

    fn place(&self, view: &View<'_>) -> Place {
        if fits_large(view) {
            Place::Centre { width: 114, height: 34 }
        } else {
            Place::Centre { width: 78, height: 20 }
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let lines = self.subject.lines(view);
        let most = lines.len().saturating_sub(usize::from(area.height));
        draw(&lines, self.from.min(most), view.theme, area, buf);
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let last = self.subject.lines(view).len().saturating_sub(1);
        self.from = match action {
            Action::Down => self.from + 1,
            Action::Up => self.from.saturating_sub(1),
            Action::HalfPageDown => self.from + 10,
            Action::HalfPageUp => self.from.saturating_sub(10),
            Action::Top => 0,
            Action::Bottom => last,
            Action::Copy => {
                let lines: Vec<String> = self.subject.lines(view).iter().map(Line::plain).collect();
                return Some(Effect::Copy(lines.join("\n")));
            }
            _ => return None,
        }
        .min(last);
        Some(Effect::Nothing)
    }
}
