//! A percentage as a bar, and scrolling a panel that has no cursor.

use crate::ui::action::Action;
use crate::ui::effect::Effect;
use crate::ui::pen::Pen;
use crate::ui::theme::{Role, Theme};
use ratatui::style::Style;

/// A bar of `width` cells, filled for the percentage, the rest as dots.
pub(super) fn percent_bar(theme: Theme, percent: u32, width: u16, style: Style, pen: &mut Pen<'_>) {
    let eighths = usize::try_from(percent.min(100)).unwrap_or(100) * usize::from(width) * 8 / 100;
    let full = eighths / 8;
    for _ in 0..full {
        pen.put(theme.block(8).encode_utf8(&mut [0; 4]), style);
    }
    let mut drawn = full;
    if eighths % 8 > 0 && drawn < usize::from(width) {
        let part = theme.block(eighths % 8);
        let part = if part == ' ' { '-' } else { part };
        pen.put(part.encode_utf8(&mut [0; 4]), style);
        drawn += 1;
    }
    let rest = if theme.ascii { "-" } else { "·" };
    for _ in drawn..usize::from(width) {
        pen.put(rest, theme.style(Role::Dim));
    }
}

/// The line a panel without a cursor scrolls to.
pub(super) fn scroll(action: Action, at: usize, lines: usize, page: u16) -> Option<Effect> {
    let last = lines.saturating_sub(usize::from(page).max(1));
    let half = usize::from(page / 2).max(1);
    let to = match action {
        Action::Down => at + 1,
        Action::Up => at.saturating_sub(1),
        Action::HalfPageDown => at + half,
        Action::HalfPageUp => at.saturating_sub(half),
        Action::Top => 0,
        Action::Bottom => last,
        _ => return None,
    };
    Some(Effect::Scroll(to.min(last)))
}
