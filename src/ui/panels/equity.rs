//! P&L: the day's curve, its high and low, the deepest fall, and what each strategy made of it.

use crate::model::{Money, StrategyId};
use crate::state::EquitySample;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Clock};
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn equity() -> Box<dyn Panel> {
    Box::new(Equity)
}

#[derive(Debug)]
struct Equity;

impl Panel for Equity {
    fn context(&self) -> Context {
        Context::Plain
    }

    fn title(&self, view: &View<'_>) -> Title {
        let peak = figure::signed(view.state.history.peak, 2, view.tilde_of_sum());
        Title::new("P&L day", format!("hi {peak}"))
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let rows = if area.height >= 12 { 3 } else { 1 };
        let plot = Rect { height: area.height.saturating_sub(rows), ..area };
        curve(view, plot, buf);
        numbers(view, Rect { y: plot.bottom(), height: area.height - plot.height, ..area }, buf);
    }

    fn on_action(&mut self, _action: Action, _view: &View<'_>) -> Option<Effect> {
        None
    }
}

/// Now, drawdown, fees, and what each strategy has.
fn numbers(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let (history, tilde) = (&view.state.history, view.tilde_of_sum());
    let (dim, text) = (view.theme.style(Role::Dim), view.theme.style(Role::Text));
    let mut pen = Pen::new(buf, area, 0);
    if let Some(pnl) = view.state.account_pnl() {
        let style = view.theme.signed(figure::sign_of(pnl.day));
        pen.put(" day ", dim).put(figure::signed(pnl.day, 2, tilde).as_str(), style);
    }
    let day = view.state.account_pnl().map_or(crate::model::Money::ZERO, |pnl| pnl.day);
    pen.put("  dd ", dim).put(figure::signed(-view.drawdown(day), 2, tilde).as_str(), text);
    // The samples are a little behind: the fall of now may be the deepest.
    let deepest = history.max_drawdown.max(view.drawdown(day));
    pen.put("  max dd ", dim).put(figure::signed(-deepest, 2, tilde).as_str(), text);
    let mut pen = Pen::new(buf, area, 1);
    if let Some(pnl) = view.state.account_pnl() {
        pen.put(" realised ", dim).put(figure::signed(pnl.realised, 2, tilde).as_str(), text);
        pen.put("  unreal ", dim).put(figure::signed(pnl.unrealised, 2, tilde).as_str(), text);
        pen.put("  fees ", dim).put(figure::signed(-pnl.fees, 2, tilde).as_str(), text);
    }
    let mut pen = Pen::new(buf, area, 2);
    pen.put(" ", dim);
    let own = view.state.genesis().strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
    for id in own {
        let Some(pnl) = view.state.strategy_pnl(id) else { continue };
        let style = view.theme.signed(figure::sign_of(pnl.day));
        pen.put(view.strategy_name(id), dim).put(" ", dim);
        pen.put(figure::signed(pnl.day, 2, view.tilde_of(id)).as_str(), style).put("  ", dim);
    }
}

/// The curve of all samples kept, squeezed into the columns; the last column is now.
fn curve(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    const AXIS: u16 = 11;
    if area.height < 2 || area.width < AXIS + 6 {
        return;
    }
    let samples = &view.state.history.equity;
    let (dim, text) = (view.theme.style(Role::Dim), view.theme.style(Role::Text));
    let (Some(first), Some(last)) = (samples.get(0), samples.last()) else {
        Pen::new(buf, area, 0).put(" no sample yet", dim);
        return;
    };
    let plot = Rect { x: area.x + AXIS, width: area.width - AXIS, height: area.height - 1, ..area };
    let points = squeezed(samples.iter(), samples.len(), usize::from(plot.width) * 2);
    let high = points.iter().copied().max().unwrap_or(Money::ZERO);
    let low = points.iter().copied().min().unwrap_or(Money::ZERO);
    let dots = usize::from(plot.height) * 4;
    let heights: Vec<usize> = points.iter().map(|point| height(*point, low, high, dots)).collect();
    let style = view.theme.signed(figure::sign_of(last.day));
    for column in 0..plot.width {
        let at = usize::from(column) * 2;
        let pair = [heights.get(at).copied(), heights.get(at + 1).copied()];
        draw_column(view, pair, (plot, column, style), buf);
    }
    for (row, amount) in [(0, high), (plot.height - 1, low)] {
        if row > 0 || plot.height > 1 {
            Pen::new(buf, area, row).right(
                figure::signed(amount, 1, view.tilde_of_sum()).as_str(),
                AXIS - 1,
                dim,
            );
        }
    }
    let mut pen = Pen::new(buf, area, area.height - 1);
    let (from, to) = (view.clock(first.at, Clock::Seconds), view.clock(last.at, Clock::Seconds));
    pen.to(plot.x).put(from.as_str(), dim).to(plot.right().saturating_sub(8)).put(to.as_str(), text);
}

/// The last sample of each of at most `most` equal parts.
fn squeezed<'a>(samples: impl Iterator<Item = &'a EquitySample>, count: usize, most: usize) -> Vec<Money> {
    let most = most.max(1);
    let mut points = Vec::with_capacity(most.min(count));
    for (index, sample) in samples.enumerate() {
        let slot = if count <= most { index } else { index * most / count };
        match points.get_mut(slot) {
            Some(point) => *point = sample.day,
            None => points.push(sample.day),
        }
    }
    points
}

/// Which dot of `dots` an amount stands at, from the bottom.
fn height(point: Money, low: Money, high: Money, dots: usize) -> usize {
    let range = (high - low).raw();
    if range == 0 {
        return dots / 2;
    }
    let top = i128::try_from(dots.saturating_sub(1)).unwrap_or(0);
    // Scaled down first: amounts of 38 digits would overflow, and a screen has a few hundred dots.
    let scale = (range / 1_000_000).max(1);
    usize::try_from((point - low).raw() / scale * top / (range / scale).max(1)).unwrap_or(0)
}

/// Two neighbouring points in one cell column: braille dots, or `.` `'` in ASCII.
fn draw_column(
    view: &View<'_>,
    pair: [Option<usize>; 2],
    (plot, column, style): (Rect, u16, ratatui::style::Style),
    buf: &mut Buffer,
) {
    const LEFT: [u32; 4] = [0x40, 0x04, 0x02, 0x01];
    const RIGHT: [u32; 4] = [0x80, 0x20, 0x10, 0x08];
    for row in 0..plot.height {
        let base = usize::from(plot.height - 1 - row) * 4;
        let dot =
            |height: Option<usize>| height.and_then(|height| height.checked_sub(base)).filter(|at| *at < 4);
        let (left, right) = (dot(pair[0]), dot(pair[1]));
        if left.is_none() && right.is_none() {
            continue;
        }
        let shape = if view.theme.ascii {
            let at = left.or(right).unwrap_or(0);
            [".", ".", ":", "'"].get(at).copied().unwrap_or(".").chars().next().unwrap_or('.')
        } else {
            let bits = |at: Option<usize>, of: [u32; 4]| at.and_then(|at| of.get(at).copied()).unwrap_or(0);
            char::from_u32(0x2800 + bits(left, LEFT) + bits(right, RIGHT)).unwrap_or('.')
        };
        if let Some(cell) = buf.cell_mut((plot.x + column, plot.y + row)) {
            cell.set_char(shape).set_style(style);
        }
    }
}
