//! Columns of a table: which fit into a width, where each stands, and how its head and cells are written.

use super::pen::Pen;
use super::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Which side of a column its cells keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
    /// At the left, and takes all cells nobody else needs.
    Fill,
}

/// One column of a kind of table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<C> {
    pub id: C,
    pub head: &'static str,
    pub width: u16,
    pub align: Align,
    /// The column of the highest rank goes first when there is no room.
    pub rank: u8,
}

/// A column in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<C> {
    pub id: C,
    head: &'static str,
    x: u16,
    width: u16,
    align: Align,
}

/// Short form of a column's row in a `const` list.
pub(super) const fn column<C>(id: C, head: &'static str, width: u16, align: Align, rank: u8) -> Column<C> {
    Column { id, head, width, align, rank }
}

/// Cells a column may grow by before the one that fills takes the rest.
const AIR: u16 = 2;

/// The columns that fit into a width, two cells kept for the cursor's mark, one between columns.
pub(super) fn fit<C: Copy>(columns: &[Column<C>], area: Rect) -> Vec<Placed<C>> {
    let room = area.width.saturating_sub(2);
    let needed = |kept: &[Column<C>]| -> u16 { kept.iter().map(|one| one.width + 1).sum::<u16>() };
    let mut kept = columns.to_vec();
    while kept.len() > 1 && needed(&kept).saturating_sub(1) > room {
        let worst = kept.iter().enumerate().max_by_key(|(index, one)| (one.rank, *index));
        let Some((index, _)) = worst else { break };
        kept.remove(index);
    }
    let mut spare = room.saturating_sub(needed(&kept).saturating_sub(1));
    // Some air for every column first, the rest to the one that fills.
    for _ in 0..AIR {
        for one in kept.iter_mut().filter(|one| one.align != Align::Fill && one.width > 1) {
            let more = spare.min(1);
            one.width += more;
            spare -= more;
        }
    }
    let mut x = area.x + 1;
    let mut placed = Vec::with_capacity(kept.len());
    for one in kept {
        let width = if one.align == Align::Fill { one.width + spare } else { one.width };
        placed.push(Placed { id: one.id, head: one.head, x, width, align: one.align });
        x = x.saturating_add(width + 1);
    }
    placed
}

/// Writes the heads.
pub(super) fn heads<C>(columns: &[Placed<C>], theme: Theme, area: Rect, buf: &mut Buffer) {
    let style = theme.style(Role::Dim);
    let mut pen = Pen::new(buf, area, 0);
    for one in columns {
        pen.to(one.x);
        match one.align {
            Align::Right => pen.right(one.head, one.width, style),
            Align::Left | Align::Fill => pen.left(one.head, one.width, style),
        };
    }
}

/// Where the cursor is in a list, for the look of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// The cursor of a panel that is not focused.
    Elsewhere,
    /// The cursor.
    Cursor,
}

impl Mark {
    /// The look of a row.
    pub(super) const fn of(chosen: bool, focused: bool) -> Self {
        match (chosen, focused) {
            (false, _) => Self::None,
            (true, false) => Self::Elsewhere,
            (true, true) => Self::Cursor,
        }
    }
}

/// Writes one row: `cell` gives the text and style of a column of this width.
pub(super) fn row<C: Copy, T: AsRef<str>>(
    columns: &[Placed<C>],
    target: (Rect, u16, &mut Buffer),
    (mark, theme): (Mark, Theme),
    mut cell: impl FnMut(C, u16) -> (T, Style),
) {
    let (area, at, buf) = target;
    if at >= area.height {
        return;
    }
    if mark == Mark::Cursor {
        buf.set_style(Rect { y: area.y + at, height: 1, ..area }, theme.style(Role::Cursor));
    }
    let mut pen = Pen::new(buf, area, at);
    if mark != Mark::None {
        pen.put(theme.cursor_mark().encode_utf8(&mut [0; 4]), theme.style(Role::Strong));
    }
    for one in columns {
        let (text, style) = cell(one.id, one.width);
        let style = match mark {
            Mark::None => style,
            Mark::Elsewhere => style.patch(theme.style(Role::CursorElsewhere)),
            Mark::Cursor => style.patch(theme.style(Role::Cursor)),
        };
        pen.to(one.x);
        match one.align {
            Align::Right => pen.right(text.as_ref(), one.width, style),
            Align::Left => pen.left(text.as_ref(), one.width, style),
            Align::Fill => pen.left_words(text.as_ref(), one.width, style),
        };
    }
}
