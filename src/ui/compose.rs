//! A frame from its parts: panels, overlays above them, footer and status, and the mode bars over everything.

use super::action::{Action, ActionRow, Context};
use super::action_table::TABLE;
use super::bars::{self, Piece, Ways, fitting};
use super::edge::{self, Edge};
use super::layout::{self, Fit, Placed, fit};
use super::mini;
use super::overlay::{Overlay, Place};
use super::panel::Panel;
use super::panel_kind::PanelKind;
use super::pen::Pen;
use super::scrubber;
use super::status;
use super::theme::{Role, Theme};
use super::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What a frame is made of.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub view: View<'a>,
    pub panels: &'a [(PanelKind, Box<dyn Panel>)],
    pub plan: &'a [Placed],
    pub focus: PanelKind,
    pub overlays: &'a [Box<dyn Overlay>],
    /// Strokes of an unfinished sequence.
    pub pending: &'a str,
}

/// Draws a frame.
pub(super) fn draw(scene: &Scene<'_>, buf: &mut Buffer) {
    let screen = buf.area;
    match fit(screen) {
        Fit::TooSmall => mini::too_small(&scene.view, screen, buf),
        Fit::Mini if scene.plan.is_empty() => mini::draw(&scene.view, screen, buf),
        Fit::Mini | Fit::Panels => body(scene, screen, buf),
    }
    if fit(screen) != Fit::TooSmall {
        for overlay in scene.overlays {
            draw_overlay(scene, overlay.as_ref(), screen, buf);
        }
    }
    bars::draw(&scene.view, ways(scene), screen, buf);
}

/// The screen before the first snapshot.
pub(super) fn waiting(theme: Theme, buf: &mut Buffer) {
    let screen = buf.area;
    if screen.height == 0 {
        return;
    }
    let style = theme.style(Role::Strong);
    let text = "waiting for the engine's first snapshot    ^K KILL works    q leave";
    Pen::new(buf, screen, screen.height / 2).skip(1).put(text, style);
}

fn body(scene: &Scene<'_>, screen: Rect, buf: &mut Buffer) {
    let view = &scene.view;
    status::draw(view, Rect { y: screen.y + 1, height: 1, ..screen }, buf);
    if let Some(standing) = view.replay {
        let area = Rect { y: screen.y + 2, height: layout::scrubber_rows(screen), ..screen };
        scrubber::draw(view, standing, area, buf);
    }
    for placed in scene.plan {
        let Some((_, panel)) = scene.panels.iter().find(|(kind, _)| *kind == placed.kind) else { continue };
        let focused = placed.kind == scene.focus && scene.overlays.is_empty();
        let view = &View { focused, ..*view };
        let mut title = panel.title(view);
        let narrows = matches!(panel.context(), Context::Orders | Context::Trades | Context::Events);
        if narrows && !view.selection.filter.is_empty() {
            // Rows that are missing must not be mistaken for rows that are not there.
            title.name = format!("{} /{}", title.name, view.selection.filter);
        }
        let edge = Edge {
            number: placed.kind.view().filter(|number| *number < 10),
            name: &title.name,
            state: &title.state,
            brief: &title.brief,
            alarm: title.alarm,
            focused,
        };
        let inner = edge::draw(edge, view.theme, placed.area, buf);
        panel.draw(view, inner, buf);
    }
    footer(scene, screen, buf);
}

/// The hints of the focused panel or the top overlay, or a notice, over the lower edge of the last panels.
fn footer(scene: &Scene<'_>, screen: Rect, buf: &mut Buffer) {
    let view = &scene.view;
    let row = Rect { y: screen.bottom().saturating_sub(2), height: 1, ..screen };
    let inner = Rect { x: row.x + 2, width: row.width.saturating_sub(4), ..row };
    let dim = view.theme.style(Role::Footer);
    if let Some(notice) = view.notices.last() {
        let role = if notice.alarm { Role::Warn } else { Role::Strong };
        let mark = if notice.alarm { " !! " } else { " " };
        let mut pen = Pen::new(buf, inner, 0);
        pen.put(mark, view.theme.style(role)).words(&notice.text, view.theme.style(role));
        pen.put(" ", dim);
        return;
    }
    let mut hints = hints(scene);
    if !scene.pending.is_empty() {
        hints.insert(0, Piece::new(0, format!("{} …", scene.pending)));
    }
    fitting(&mut hints, inner.width.saturating_sub(2), 2);
    let mut pen = Pen::new(buf, inner, 0);
    pen.put(" ", dim);
    for hint in &hints {
        let (key, what) = hint.text.split_at(hint.text.find(' ').unwrap_or(hint.text.len()));
        pen.put(key, view.theme.style(Role::Accent)).put(what, dim).put("  ", dim);
    }
}

/// Whether a key means what the table says: not while the top overlay takes it as text.
fn works(scene: &Scene<'_>, keys: &str) -> bool {
    let first = keys.split(' ').next().unwrap_or(keys);
    let mut letters = if first == "Space" { " " } else { first }.chars();
    match (scene.overlays.last(), letters.next(), letters.next()) {
        (Some(top), Some(letter), None) => !top.types(letter),
        (_, _, _) => true,
    }
}

/// The key of a row that works now.
fn key_of(scene: &Scene<'_>, row: &ActionRow) -> Option<&'static str> {
    row.keys.iter().copied().find(|key| works(scene, key))
}

fn ways(scene: &Scene<'_>) -> Ways {
    let context = scene.overlays.last().map_or(Context::Global, |top| top.context());
    let row = Action::Help.row().filter(|row| row.contexts.contains(&context));
    Ways { is_overlaid: !scene.overlays.is_empty(), help: row.and_then(|row| key_of(scene, row)) }
}

fn hints(scene: &Scene<'_>) -> Vec<Piece> {
    let context = if let Some(overlay) = scene.overlays.last() {
        overlay.hinted()
    } else {
        let focused = scene.panels.iter().find(|(kind, _)| *kind == scene.focus);
        focused.map_or(Context::Plain, |(_, panel)| panel.context())
    };
    let open = !scene.overlays.is_empty();
    let past = scene.view.replay.is_some();
    let of_past = |row: &ActionRow| past && !open && row.contexts.contains(&Context::Replay);
    // The past takes nothing: what would send is no hint there.
    let useful = move |row: &&ActionRow| !(row.hint.is_empty() || past && row.action.is_for_the_present());
    let hinted = TABLE.iter().filter(useful);
    let wind = hinted.clone().filter(|row| of_past(row));
    let own = hinted.clone().filter(|row| row.contexts.contains(&context));
    // A key of the panel hides what it means everywhere else.
    let of_panel: Vec<&str> = TABLE
        .iter()
        .filter(|row| row.contexts.contains(&context) || of_past(row))
        .flat_map(|row| row.keys.iter().copied())
        .collect();
    let hidden = |row: &ActionRow| row.keys.iter().any(|key| of_panel.contains(key));
    let global = hinted.filter(|row| !open && !row.contexts.contains(&context) && !hidden(row));
    let global = global.filter(|row| row.contexts.contains(&Context::Global));
    let piece = |rank| {
        move |row: &ActionRow| key_of(scene, row).map(|key| Piece::new(rank, format!("{key} {}", row.hint)))
    };
    wind.filter_map(piece(0)).chain(own.filter_map(piece(1))).chain(global.filter_map(piece(2))).collect()
}

fn draw_overlay(scene: &Scene<'_>, overlay: &dyn Overlay, screen: Rect, buf: &mut Buffer) {
    let view = &scene.view;
    let room = Rect { y: screen.y + 1, height: screen.height.saturating_sub(2), ..screen };
    let area = match overlay.place(view) {
        Place::Line => {
            let row = Rect { y: room.bottom().saturating_sub(1), height: room.height.min(1), ..room };
            clear(row, buf);
            overlay.draw(view, row, buf);
            return;
        }
        Place::Centre { .. } | Place::Dock { .. } if fit(screen) == Fit::Mini => room,
        Place::Dock { width, height } => {
            let (width, height) = (width.min(room.width), height.min(room.height.saturating_sub(1)));
            Rect::new(room.right() - width, room.bottom() - 1 - height, width, height)
        }
        Place::Centre { width, height } => {
            let (width, height) = (width.min(room.width), height.min(room.height));
            Rect::new(room.x + (room.width - width) / 2, room.y + (room.height - height) / 2, width, height)
        }
    };
    clear(area, buf);
    let name = overlay.title(view);
    let edge = Edge { number: None, name: &name, state: "", brief: "", alarm: false, focused: true };
    let inner = edge::draw(edge, view.theme, area, buf);
    overlay.draw(view, inner, buf);
}

fn clear(area: Rect, buf: &mut Buffer) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
}
