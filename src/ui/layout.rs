//! Which panel stands where at which size. Panels do not know; this file does.

use super::panel_kind::PanelKind;
use ratatui::layout::Rect;

/// A panel and its place, edges included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub kind: PanelKind,
    pub area: Rect,
}

/// What is to be placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// 1 to 15.
    pub view: u8,
    pub focus: PanelKind,
    pub zoom: bool,
    /// Rows of the strategies panel: a strategy each, and their sum.
    pub strategies: u16,
    /// Rows above the panels that say where past data stands.
    pub scrubber: u16,
}

/// How much fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Less than 40×8: one line that still says the mode and whether it is killed.
    TooSmall,
    /// Less than 60×16: the main view is position, day, state and the last warning; any other its one panel.
    Mini,
    Panels,
}

/// What fits on a screen of this size.
pub(super) const fn fit(screen: Rect) -> Fit {
    if screen.width < 40 || screen.height < 8 {
        Fit::TooSmall
    } else if screen.width < 60 || screen.height < 16 {
        Fit::Mini
    } else {
        Fit::Panels
    }
}

/// Rows the scrubber of a replay takes below the status row: never so many that a panel of the main view goes.
pub(super) const fn scrubber_rows(screen: Rect) -> u16 {
    match (fit(screen), screen.height) {
        (Fit::TooSmall | Fit::Mini, _) | (Fit::Panels, ..18) => 0,
        (Fit::Panels, 18..20) => 1,
        (Fit::Panels, 20..37) => 2,
        (Fit::Panels, 37..) => 5,
    }
}

/// The panels of a view. The body lies between the status row and the lower bar; its last row is also the footer.
pub(super) fn plan(screen: Rect, wish: Wish) -> Vec<Placed> {
    match fit(screen) {
        Fit::TooSmall => return Vec::new(),
        Fit::Mini if wish.view == MAIN && !wish.zoom => return Vec::new(),
        Fit::Mini | Fit::Panels => {}
    }
    let above = 2 + wish.scrubber;
    let body = Rect::new(screen.x, screen.y + above, screen.width, screen.height - above - 1);
    if wish.zoom {
        return vec![Placed { kind: wish.focus, area: body }];
    }
    let panels = panels(body, wish);
    if fit(screen) == Fit::Panels {
        return panels;
    }
    // There is room for one: the one that has the keys.
    let kind = panels.iter().find(|one| one.kind == wish.focus).or(panels.first()).map(|one| one.kind);
    kind.map(|kind| at(kind, body)).into_iter().collect()
}

/// The panels of a view in the order of Tab, also those that have no room.
pub(super) fn order(screen: Rect, wish: Wish) -> Vec<PanelKind> {
    if plan(screen, wish).is_empty() {
        return Vec::new();
    }
    panels(screen, wish).iter().map(|placed| placed.kind).collect()
}

/// The number of the main view.
const MAIN: u8 = 1;

fn panels(body: Rect, wish: Wish) -> Vec<Placed> {
    match wish.view {
        2 => beside(body, 58, [PanelKind::Book, PanelKind::Tape]),
        3 => {
            let (upper, lower) = split_rows(body, body.height * 2 / 3);
            vec![at(PanelKind::Chart, upper), at(PanelKind::Equity, lower)]
        }
        4 => vec![at(PanelKind::Orders, body)],
        5 => vec![at(PanelKind::Trades, body)],
        6 => vec![at(PanelKind::Events, body)],
        7 => vec![at(PanelKind::Risk, body)],
        8 => vec![at(PanelKind::Log, body)],
        9 => vec![at(PanelKind::System, body)],
        10 => vec![at(PanelKind::Batches, body)],
        11 => vec![at(PanelKind::Alerts, body)],
        12 => vec![at(PanelKind::Unknown, body)],
        13 => {
            let (upper, lower) = split_rows(body, body.height * 2 / 3);
            vec![at(PanelKind::Books, upper), at(PanelKind::Unknown, lower)]
        }
        14 => vec![at(PanelKind::Report, body)],
        15 => chain(body),
        _ => main(body, wish.strategies),
    }
}

fn main(body: Rect, strategies: u16) -> Vec<Placed> {
    if body.width < 110 || body.height < 29 {
        small(body, strategies)
    } else if body.width < 170 || body.height < 47 {
        medium(body, strategies)
    } else {
        large(body, strategies)
    }
}

/// Strategies beside the book, orders, events.
fn small(body: Rect, strategies: u16) -> Vec<Placed> {
    let rows = (strategies + 3).clamp(6, (body.height / 2).max(6));
    let (top, rest) = split_rows(body, rows);
    let (orders, events) = split_rows(rest, (rest.height / 2).max(4));
    let mut placed = Vec::with_capacity(4);
    if body.width >= 76 {
        let book = if body.width >= 100 { 38 } else { 30 };
        let (left, right) = split_columns(top, top.width - book);
        placed.push(at(PanelKind::Strategies, left));
        placed.push(at(PanelKind::Book, right));
    } else {
        placed.push(at(PanelKind::Strategies, top));
    }
    placed.push(at(PanelKind::Orders, orders));
    placed.push(at(PanelKind::Events, events));
    placed
}

/// Strategies over the whole width; book, chart, risk; orders; events.
fn medium(body: Rect, strategies: u16) -> Vec<Placed> {
    let rows = (strategies + 3).clamp(6, body.height / 3);
    let (top, rest) = split_rows(body, rows);
    let (middle, rest) = split_rows(rest, (rest.height * 45 / 100).max(8));
    let (orders, events) = split_rows(rest, (rest.height * 45 / 100).max(5));
    let book = middle.width * 2 / 5;
    let risk = 34.min(middle.width * 2 / 7);
    let (left, rest) = split_columns(middle, book);
    let (chart, right) = split_columns(rest, rest.width - risk);
    vec![
        at(PanelKind::Strategies, top),
        at(PanelKind::Book, left),
        at(PanelKind::Chart, chart),
        at(PanelKind::Risk, right),
        at(PanelKind::Orders, orders),
        at(PanelKind::Events, events),
    ]
}

/// The desk: everything that moves at once.
fn large(body: Rect, strategies: u16) -> Vec<Placed> {
    let rows = (strategies + 3).clamp(10, body.height / 4);
    let (top, rest) = split_rows(body, rows);
    let (middle, bottom) = split_rows(rest, rest.height * 46 / 100);
    let side = 38 + (body.width - 170) / 6;
    let wide = body.width - 2 * side;
    let (strategies, top) = split_columns(top, wide);
    let (equity, risk) = split_columns(top, side);
    let (book, middle) = split_columns(middle, body.width * 33 / 100);
    let (tape, middle) = split_columns(middle, 36);
    let (chart, system) = split_columns(middle, middle.width - side);
    let (left, trades) = split_columns(bottom, wide);
    let (orders, events) = split_rows(left, left.height * 45 / 100);
    vec![
        at(PanelKind::Strategies, strategies),
        at(PanelKind::Equity, equity),
        at(PanelKind::Risk, risk),
        at(PanelKind::Book, book),
        at(PanelKind::Tape, tape),
        at(PanelKind::Chart, chart),
        at(PanelKind::System, system),
        at(PanelKind::Orders, orders),
        at(PanelKind::Trades, trades),
        at(PanelKind::Events, events),
    ]
}

/// The chain over the whole width; where there is room below it, the book and the tape of the chosen contract, and the orders.
fn chain(body: Rect) -> Vec<Placed> {
    if body.width < 100 || body.height < 34 {
        return vec![at(PanelKind::Chain, body)];
    }
    let (top, rest) = split_rows(body, (body.height * 3 / 5).max(26));
    let (book, rest) = split_columns(rest, if body.width >= 170 { 64 } else { 46 });
    let mut placed = vec![at(PanelKind::Chain, top), at(PanelKind::Book, book)];
    if body.width >= 170 {
        let (tape, orders) = split_columns(rest, 36);
        placed.extend([at(PanelKind::Tape, tape), at(PanelKind::Orders, orders)]);
    } else {
        placed.push(at(PanelKind::Orders, rest));
    }
    placed
}

fn beside(body: Rect, percent: u16, kinds: [PanelKind; 2]) -> Vec<Placed> {
    if body.width < 70 {
        return vec![at(kinds[0], body)];
    }
    let (left, right) = split_columns(body, body.width * percent / 100);
    vec![at(kinds[0], left), at(kinds[1], right)]
}

const fn at(kind: PanelKind, area: Rect) -> Placed {
    Placed { kind, area }
}

fn split_rows(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}

fn split_columns(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    (Rect { width: columns, ..area }, Rect { x: area.x + columns, width: area.width - columns, ..area })
}

#[cfg(test)]
mod tests {
    use super::{Fit, PanelKind, Wish, fit, plan, scrubber_rows};
    use ratatui::layout::Rect;

    fn fits(area: Rect, height: u16) -> bool {
        area.height >= 3 && area.width >= 20 && area.y >= 2 && area.bottom() < height
    }

    fn tiles(screen: Rect, view: u8, scrubber: u16) {
        let wish = Wish { view, focus: PanelKind::Book, zoom: false, strategies: 6, scrubber };
        let placed = plan(screen, wish);
        let (width, height) = (screen.width, screen.height);
        let cells: u32 = placed.iter().map(|one| one.area.area()).sum();
        assert_eq!(cells, u32::from(width) * u32::from(height - 3 - scrubber), "{width}x{height} {view}");
        assert!(placed.iter().all(|one| fits(one.area, height)), "{width}x{height} {placed:?}");
    }

    #[test]
    fn a_small_screen_shows_the_one_panel_of_a_view_that_has_the_keys() {
        let sizes = [(40, 8), (40, 10), (60, 15), (59, 40)];
        for ((width, height), view) in sizes.iter().flat_map(|size| (2..=15).map(move |view| (*size, view))) {
            let screen = Rect::new(0, 0, width, height);
            let wish = Wish { view, focus: PanelKind::Strategies, zoom: false, strategies: 6, scrubber: 0 };
            let placed = plan(screen, wish);
            assert_eq!(placed.len(), 1, "{view} {width}x{height}");
            assert!(placed.iter().all(|one| one.area.height == height - 3), "{placed:?}");
            for focus in super::order(screen, wish) {
                let shown = plan(screen, Wish { focus, ..wish });
                assert_eq!(shown.first().map(|one| one.kind), Some(focus));
            }
        }
    }

    #[test]
    fn panels_tile_the_body_at_every_size() {
        for (width, height) in (60..220_u16).flat_map(|width| (16..70_u16).map(move |height| (width, height)))
        {
            for view in 1..=15 {
                let screen = Rect::new(0, 0, width, height);
                tiles(screen, view, 0);
                tiles(screen, view, scrubber_rows(screen));
            }
        }
        assert_eq!(fit(Rect::new(0, 0, 40, 8)), Fit::Mini);
        assert_eq!(fit(Rect::new(0, 0, 39, 8)), Fit::TooSmall);
    }
}
