//! The scrubber of a replay: how much happened when, what is worth a jump, and where the cursor stands.

use super::bars::{Piece, fitting};
use super::edge::{self, Edge};
use super::figure::{self, Clock};
use super::pen::Pen;
use super::theme::{Role, Theme};
use super::view::View;
use crate::model::{Span, Timestamp};
use crate::wire::{Mark, MarkKind, Part, ReplayStanding, Track};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells between the beginnings of two times on the axis.
const LABEL: u16 = 14;

/// From this length on the axis needs no seconds.
const LONG: Span = Span::from_secs(2 * 3_600);

/// Draws it into as many rows as there are: the track; the track and what is said of it; or both with an axis in edges.
pub(super) fn draw(view: &View<'_>, standing: &ReplayStanding, area: Rect, buf: &mut Buffer) {
    let row = |index: u16, area: Rect| Rect { y: area.y + index, height: 1, ..area };
    match area.height {
        0 => {}
        1 => with_times(view, standing, area, buf),
        2..5 => {
            with_times(view, standing, row(0, area), buf);
            words(view, standing, row(1, area), buf);
        }
        _ => {
            let part =
                format!("{}.{} %", standing.permille().div_euclid(10), standing.permille().rem_euclid(10));
            let pace = if standing.playing { "playing" } else { "paused" };
            let state = format!("{pace} {}  {part}", standing.speed_words());
            let alarm = !standing.track.is_whole;
            let edge = Edge { number: None, name: "TIME", state: &state, brief: pace, alarm, focused: false };
            let inner = edge::draw(edge, view.theme, area, buf);
            if inner.height < 3 {
                return;
            }
            axis(view, &standing.track, row(0, inner), buf);
            track(view.theme, standing, row(1, inner), buf);
            words(view, standing, row(2, inner), buf);
        }
    }
}

/// The track between the times of its ends.
fn with_times(view: &View<'_>, standing: &ReplayStanding, area: Rect, buf: &mut Buffer) {
    let dim = view.theme.style(Role::Dim);
    let clock = |at: Timestamp| view.clock(at, Clock::Seconds);
    let Track { first, last, .. } = *standing.track;
    if area.width < 40 {
        return track(view.theme, standing, area, buf);
    }
    Pen::new(buf, area, 0)
        .skip(1)
        .put(clock(first).as_str(), dim)
        .to(area.right() - 9)
        .put(clock(last).as_str(), dim);
    let inner = Rect { x: area.x + 10, width: area.width - 20, ..area };
    track(view.theme, standing, inner, buf);
}

/// Times along the track.
fn axis(view: &View<'_>, track: &Track, area: Rect, buf: &mut Buffer) {
    let whole = track.last.since(track.first);
    let fine = if whole >= LONG { Clock::Minutes } else { Clock::Seconds };
    let style = view.theme.style(Role::Dim);
    let mut column = 0;
    while column + 9 < area.width {
        let at = track.first.after(share(whole, column, area.width));
        Pen::new(buf, area, 0).skip(column).put(view.clock(at, fine).as_str(), style);
        column += LABEL;
    }
}

/// A cell a stretch of time: how much happened in it, or what weighed most; the cursor over it.
fn track(theme: Theme, standing: &ReplayStanding, area: Rect, buf: &mut Buffer) {
    let Track { first, last, part, parts, .. } = &*standing.track;
    let whole = last.since(*first);
    let cells: Vec<Part> = (0..area.width)
        .map(|column| {
            let index = |column| {
                let since = share(whole, column, area.width).nanos();
                usize::try_from(since.div_euclid(part.nanos().max(1))).unwrap_or(usize::MAX)
            };
            let (from, until) = (index(column), index(column + 1));
            busiest(parts.get(from..until.max(from + 1).min(parts.len()).max(from)).unwrap_or_default())
        })
        .collect();
    let most = cells.iter().map(|cell| cell.events).max().unwrap_or(1).max(1);
    let here = cursor(standing, area.width);
    let mut pen = Pen::new(buf, area, 0);
    for (column, cell) in (0..area.width).zip(&cells) {
        let (sign, role) = match cell.mark {
            _ if column == here => (theme.cursor_mark(), Role::Cursor),
            Some(MarkKind::Kill) => ('K', Role::Bad),
            Some(MarkKind::Alert) => ('!', Role::Warn),
            Some(MarkKind::Denial) => ('x', Role::Warn),
            Some(MarkKind::Trade) => ('+', Role::Strong),
            Some(MarkKind::Control | MarkKind::Order | MarkKind::Batch) | None => {
                (height(theme, cell.events, most), if column < here { Role::Text } else { Role::Dim })
            }
        };
        pen.put(sign.encode_utf8(&mut [0; 4]), theme.style(role));
    }
}

/// What is said below: the event, what lies around, whether it is whole.
fn words(view: &View<'_>, standing: &ReplayStanding, area: Rect, buf: &mut Buffer) {
    let track = &standing.track;
    let checked = if track.is_whole { (5, Role::Dim) } else { (1, Role::Warn) };
    let count = figure::count;
    let mut pieces =
        vec![Piece::new(0, format!("#{} of {}", count(standing.seq.get()), count(track.last_seq.get())))];
    let mark = |mark: Mark| format!("{} {}", mark.kind.as_str(), view.clock(mark.at, Clock::Seconds));
    pieces.extend(standing.before.map(|one| Piece::new(3, format!("last {}", mark(one)))));
    pieces.extend(standing.after.map(|one| Piece::new(2, format!("next {}", mark(one)))));
    pieces.push(Piece::new(checked.0, track.checked.as_str()));
    pieces.push(Piece::new(6, "+ trade  x denied  ! alert  K kill"));
    fitting(&mut pieces, area.width.saturating_sub(2), 3);
    let mut pen = Pen::new(buf, area, 0);
    pen.skip(1);
    for piece in &pieces {
        let role = if piece.rank == checked.0 { checked.1 } else { Role::Text };
        pen.words(&piece.text, view.theme.style(role));
        pen.skip(3);
    }
}

/// The cell of the cursor.
fn cursor(standing: &ReplayStanding, width: u16) -> u16 {
    let column = standing.permille() * u32::from(width.saturating_sub(1)) / 1_000;
    u16::try_from(column).unwrap_or_default()
}

/// The part of a length that lies before a cell.
fn share(whole: Span, column: u16, width: u16) -> Span {
    let nanos = i128::from(whole.nanos().max(0)) * i128::from(column) / i128::from(width.max(1));
    Span::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

fn busiest(parts: &[Part]) -> Part {
    Part {
        events: parts.iter().map(|part| part.events).max().unwrap_or_default(),
        mark: parts.iter().filter_map(|part| part.mark).max(),
    }
}

/// A sign for how much happened, of most.
fn height(theme: Theme, events: u32, most: u32) -> char {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let share = u64::from(events) * 7 / u64::from(most);
    match (events, theme.ascii) {
        (0, _) => ' ',
        (_, false) => usize::try_from(share).ok().and_then(|at| BLOCKS.get(at)).copied().unwrap_or('█'),
        (_, true) if share >= 5 => '|',
        (_, true) if share >= 2 => ':',
        (_, true) => '.',
    }
}
