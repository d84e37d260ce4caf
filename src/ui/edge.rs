//! Edges of panels and overlays: their shape says the mode, their title what they are.

use super::pen::{Pen, display_width};
use super::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The words and state of an edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge<'a> {
    /// The view's number, if it has one.
    pub number: Option<u8>,
    pub name: &'a str,
    pub state: &'a str,
    /// The state in fewer words.
    pub(super) brief: &'a str,
    pub alarm: bool,
    pub focused: bool,
}

/// Draws the edges of an area and gives what is inside them.
pub(super) fn draw(edge: Edge<'_>, theme: Theme, area: Rect, buf: &mut Buffer) -> Rect {
    let area = area.intersection(buf.area);
    if area.width < 2 || area.height < 2 {
        return Rect { width: 0, height: 0, ..area };
    }
    let border = theme.border();
    let style = theme.style(if edge.focused { Role::BorderFocus } else { Role::Border });
    let [upper_left, upper_right, lower_left, lower_right] = border.corners;
    for (row, left, right) in [(0, upper_left, upper_right), (area.height - 1, lower_left, lower_right)] {
        let mut pen = Pen::new(buf, area, row);
        pen.put(left.encode_utf8(&mut [0; 4]), style);
        pen.fill(border.horizontal, style).to(area.right() - 1);
        pen.put(right.encode_utf8(&mut [0; 4]), style);
    }
    let mut upright = [0; 4];
    let upright = border.vertical.encode_utf8(&mut upright);
    for row in 1..area.height - 1 {
        Pen::new(buf, area, row).put(upright, style).to(area.right() - 1).put(upright, style);
    }
    title(edge, theme, area, buf);
    Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
}

/// Name at the left, state at the right, of the upper edge; the state goes first when there is no room.
fn title(edge: Edge<'_>, theme: Theme, area: Rect, buf: &mut Buffer) {
    let room = area.width.saturating_sub(4);
    let number = edge.number.map_or(0, |_| 2);
    let name = display_width(edge.name) + number + 2;
    let mark = if edge.focused { theme.cursor_mark() } else { ' ' };
    let bold = theme.style(if edge.focused { Role::BorderFocus } else { Role::Title });
    let mut pen = Pen::new(buf, Rect { width: area.width - 1, ..area }, 0);
    pen.skip(2).put(mark.encode_utf8(&mut [0; 4]), bold);
    if let Some(number) = edge.number {
        let digit = char::from(b'0' + number.min(9));
        pen.put(digit.encode_utf8(&mut [0; 4]), bold).put(" ", bold);
    }
    pen.left(edge.name, (name - number - 2).min(room), bold).put(" ", bold);
    let fits = |state: &&str| !state.is_empty() && name + display_width(state) + 2 <= room + 1;
    if let Some(state) = [edge.state, edge.brief].into_iter().find(fits) {
        let style = theme.style(if edge.alarm { Role::Bad } else { Role::Dim });
        pen.to(area.right() - 4 - display_width(state)).put(" ", style).put(state, style).put(" ", style);
    }
}
