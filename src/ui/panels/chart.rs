//! The chart: candles of the instrument's trades, our own fills on them.

use super::book::{believed, first_word};
use super::candles::{Candle, Scale, candles};
use crate::model::{Mode, Scope, Side, Span};
use crate::state::BAR_LENGTH;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Clock};
use crate::ui::overlays::ask;
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// How many bars make a candle, from the finest.
const STEPS: [i64; 9] = [1, 2, 3, 6, 12, 24, 36, 60, 180];

/// The panel.
pub(in crate::ui) fn chart() -> Box<dyn Panel> {
    Box::new(Chart { coarser: 0 })
}

/// The chart, with how many steps coarser (or finer, below zero) than what fits it shows.
#[derive(Debug)]
struct Chart {
    coarser: i8,
}

/// The plot's place inside the panel.
#[derive(Debug, Clone, Copy)]
struct Plot {
    area: Rect,
    axis: u16,
}

impl Chart {
    /// Bars per candle so that all bars kept fit into the columns, moved by what the operator asked for.
    fn step(&self, view: &View<'_>, columns: u16) -> i64 {
        let bars = view.market().map(|market| &market.bars);
        let ends = bars.and_then(|bars| Some((bars.get(0)?.start, bars.last()?.start)));
        let spanned = ends.map_or(1, |(first, last)| last.since(first).nanos() / BAR_LENGTH.nanos() + 1);
        let columns = i64::from(columns).max(1);
        let fits = STEPS.iter().position(|step| spanned <= columns * step).unwrap_or(STEPS.len() - 1);
        let moved = isize::try_from(fits).unwrap_or(0) + isize::from(self.coarser);
        let at = usize::try_from(moved.max(0)).unwrap_or(0).min(STEPS.len() - 1);
        STEPS.get(at).copied().unwrap_or(1)
    }
}

impl Panel for Chart {
    fn context(&self) -> Context {
        Context::Chart
    }

    fn title(&self, view: &View<'_>) -> Title {
        let name = format!("CHART {}", view.symbol(view.selection.instrument));
        let (Some(instrument), Some(market)) = (view.instrument(), view.market()) else {
            return Title::new(&name, "");
        };
        if view.distrust(instrument, market).is_some() {
            let (state, alarm) = believed(view, instrument, market);
            return Title::new(&name, state.clone()).brief(first_word(&state)).alarm_if(alarm);
        }
        let fills = match view.mode() {
            Mode::Live => "fills B S, * both",
            Mode::Analyze => "sim fills B S, * both",
        };
        Title::new(&name, fills)
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let axis = 12.min(area.width / 3);
        if area.height < 5 || area.width < 20 {
            Pen::new(buf, area, 0).put(" too small for a chart", view.theme.style(Role::Dim));
            return;
        }
        let plot = Plot {
            area: Rect { x: area.x + axis, width: area.width - axis - 1, height: area.height - 3, ..area },
            axis,
        };
        let step = self.step(view, plot.area.width);
        let length = Span::from_nanos(BAR_LENGTH.nanos() * step);
        let list =
            view.market().map(|market| candles(&market.bars, length, plot.area.width)).unwrap_or_default();
        let Some(scale) = Scale::of(&list, plot.area.height) else {
            Pen::new(buf, area, 0).put(" no trades yet", view.theme.style(Role::Dim));
            return;
        };
        axis_labels(view, plot, scale, area, buf);
        for candle in &list {
            draw_candle(view, candle, scale, plot, buf);
        }
        own_fills(view, &list, length, (plot, buf));
        time_labels(view, &list, plot, area, buf);
        summary(view, &list, length, area, buf);
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::BuyTicket => Some(Effect::ticket(Side::Buy)),
            Action::SellTicket => Some(Effect::ticket(Side::Sell)),
            Action::KillInstrument => Some(ask::kill(view, Scope::Instrument(view.selection.instrument))),
            Action::Left | Action::Down => {
                self.coarser = (self.coarser + 1).min(8);
                Some(Effect::Scroll(0))
            }
            Action::Right | Action::Up => {
                self.coarser = (self.coarser - 1).max(-8);
                Some(Effect::Scroll(0))
            }
            Action::Centre | Action::Follow => {
                self.coarser = 0;
                Some(Effect::Scroll(0))
            }
            _ => None,
        }
    }
}

/// Prices along the left edge, every third row, and where the last one stands.
fn axis_labels(view: &View<'_>, plot: Plot, scale: Scale, area: Rect, buf: &mut Buffer) {
    let places = view.places(view.selection.instrument).0;
    let dim = view.theme.style(Role::Dim);
    let upright = if view.theme.ascii { "|" } else { "│" };
    let last =
        view.market().and_then(|market| market.last_trade).map(|trade| (scale.row(trade.price), trade.price));
    for row in 0..plot.area.height {
        let mut pen = Pen::new(buf, area, row);
        let here = last.filter(|(at, _)| *at == row);
        if let Some((_, price)) = here {
            pen.right(figure::price(price, places).as_str(), plot.axis - 2, view.theme.style(Role::Strong));
            let mark = if view.theme.ascii { ">" } else { "▸" };
            pen.put(mark, view.theme.style(Role::Strong));
        } else if row % 3 == 1
            && let Some(price) = scale.price(row)
        {
            pen.right(figure::price(price, places).as_str(), plot.axis - 2, dim).put(" ", dim);
        }
        pen.to(area.x + plot.axis - 1).put(upright, dim);
    }
}

fn draw_candle(view: &View<'_>, candle: &Candle, scale: Scale, plot: Plot, buf: &mut Buffer) {
    let up = candle.close >= candle.open;
    let style = view.theme.style(if up { Role::Gain } else { Role::Loss });
    let (body, wick) = match (view.theme.ascii, up) {
        (true, true) => ('#', '|'),
        (true, false) => ('o', '|'),
        (false, true) => ('█', '│'),
        (false, false) => ('▒', '│'),
    };
    let (top, bottom) = (scale.row(candle.high), scale.row(candle.low));
    let (upper, lower) = (scale.row(candle.open.max(candle.close)), scale.row(candle.open.min(candle.close)));
    for row in top..=bottom {
        let shape = if (upper..=lower).contains(&row) { body } else { wick };
        if let Some(cell) = buf.cell_mut((plot.area.x + candle.column, plot.area.y + row)) {
            cell.set_char(shape).set_style(style);
        }
    }
}

/// Our fills as letters in a row of their own, under the candle of their time: no letter hides a candle.
fn own_fills(view: &View<'_>, list: &[Candle], length: Span, (plot, buf): (Plot, &mut Buffer)) {
    let style = view.theme.style(Role::Accent).patch(view.theme.style(Role::Cursor));
    for trade in view.state.history.trades.iter().rev() {
        if trade.fill.instrument != view.selection.instrument {
            continue;
        }
        let inside = |candle: &&Candle| trade.at >= candle.start && trade.at < candle.start.after(length);
        let Some(candle) = list.iter().find(inside) else { continue };
        let letter = if trade.fill.side == Side::Buy { 'B' } else { 'S' };
        let at = (plot.area.x + candle.column, plot.area.bottom());
        if let Some(cell) = buf.cell_mut(at) {
            let other =
                matches!(cell.symbol(), "B" | "S" | "*") && cell.symbol() != letter.encode_utf8(&mut [0; 4]);
            cell.set_char(if other { '*' } else { letter }).set_style(style);
        }
    }
}

/// The first, the middle and the last candle's time under the plot.
fn time_labels(view: &View<'_>, candles: &[Candle], plot: Plot, area: Rect, buf: &mut Buffer) {
    let mut pen = Pen::new(buf, area, plot.area.height + 1);
    let (Some(first), Some(last)) = (candles.first(), candles.last()) else { return };
    let dim = view.theme.style(Role::Dim);
    let fine =
        if last.start.since(first.start) < Span::from_secs(600) { Clock::Seconds } else { Clock::Minutes };
    let mut free = 0;
    for candle in [first, &candles[candles.len() / 2], last] {
        let label = view.clock(candle.start, fine);
        let width = u16::try_from(label.as_str().len()).unwrap_or(8);
        let x = (plot.area.x + candle.column).min(area.right().saturating_sub(width));
        if x >= free {
            pen.to(x).put(label.as_str(), dim);
            free = x + width + 2;
        }
    }
}

/// Candle length, change over what is shown, volume, and our average price.
fn summary(view: &View<'_>, candles: &[Candle], length: Span, area: Rect, buf: &mut Buffer) {
    let (Some(instrument), Some(first), Some(last)) = (view.instrument(), candles.first(), candles.last())
    else {
        return;
    };
    let (dim, text) = (view.theme.style(Role::Dim), view.theme.style(Role::Text));
    let mut pen = Pen::new(buf, area, area.height - 1);
    pen.put(&format!(" {} candles", candle_words(length)), dim);
    let change = last.close - first.open;
    let bps = last.close.distance_bps(first.open).unwrap_or(0);
    let sign = if change.raw() < 0 { "-" } else { "+" };
    let style = view.theme.signed(change.raw().cmp(&0));
    pen.put("  chg ", dim).put(&format!("{sign}{}.{:02}%", bps / 100, bps % 100), style);
    let volume: i64 = candles.iter().map(|candle| candle.qty.raw()).fold(0, i64::saturating_add);
    if let Ok(volume) = crate::model::Qty::from_raw(volume.clamp(0, 100_000_000_000_000_000)) {
        pen.put("  vol ", dim).put(figure::qty(volume, instrument.qty_places().min(2)).as_str(), text);
    }
    let held = view.state.ledger.account(instrument.id);
    if let Some(average) = held.average(instrument) {
        let price = figure::price(average, instrument.price_places());
        if usize::from(pen.space()) > price.as_str().len() + 10 {
            pen.put("  pos avg ", dim).put(price.as_str(), text);
        }
    }
}

fn candle_words(length: Span) -> String {
    let seconds = length.nanos() / 1_000_000_000;
    if seconds % 60 == 0 { format!("{}m", seconds / 60) } else { format!("{seconds}s") }
}
