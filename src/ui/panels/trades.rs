//! Trades: our own fills, newest first.

use crate::model::{Liquidity, Mode, Seq, Side, TradeRow};
use crate::ui::action::{Action, Context};
use crate::ui::columns::{Align, Column, Mark, column, fit, heads, row};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Clock, Figure};
use crate::ui::filter;
use crate::ui::overlays::ask;
use crate::ui::panel::{Panel, Title, joined, step, window};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The panel.
pub(in crate::ui) fn trades() -> Box<dyn Panel> {
    Box::new(Trades)
}

#[derive(Debug)]
struct Trades;

#[derive(Debug, Clone, Copy)]
enum Cell {
    Time,
    Order,
    Cause,
    Strategy,
    Instrument,
    Side,
    Qty,
    Price,
    Taken,
    Fee,
    Name,
}

const COLUMNS: &[Column<Cell>] = &[
    column(Cell::Time, "time", 12, Align::Left, 2),
    column(Cell::Order, "id", 7, Align::Left, 3),
    column(Cell::Cause, "cid", 5, Align::Left, 8),
    column(Cell::Strategy, "strat", 10, Align::Left, 4),
    column(Cell::Instrument, "inst", 11, Align::Left, 1),
    column(Cell::Side, "side", 4, Align::Left, 1),
    column(Cell::Qty, "qty", 7, Align::Right, 0),
    column(Cell::Price, "price", 9, Align::Right, 0),
    column(Cell::Taken, "", 5, Align::Left, 7),
    column(Cell::Fee, "fee", 14, Align::Right, 5),
    column(Cell::Name, "fill id", 10, Align::Fill, 9),
];

impl Panel for Trades {
    fn context(&self) -> Context {
        Context::Trades
    }

    fn title(&self, view: &View<'_>) -> Title {
        let word = match view.mode() {
            Mode::Live => "real fills",
            Mode::Analyze => "sim fills",
        };
        let count = figure::count(view.state.ledger.fills);
        Title::new(&format!("TRADES {count}"), word)
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let columns = fit(COLUMNS, area);
        heads(&columns, view.theme, area, buf);
        let list = rows(view);
        if list.is_empty() {
            let text = if view.selection.filter.is_empty() { " no fills yet" } else { " no fill matches" };
            Pen::new(buf, area, 1).put(text, view.theme.style(Role::Dim));
        }
        let room = usize::from(area.height.saturating_sub(1));
        let at = view.selection.trade.and_then(|seq| list.iter().position(|trade| trade.seq == seq));
        let from = window(at.unwrap_or(0), list.len(), room);
        for (line, (index, trade)) in (1..).zip(list.iter().enumerate().skip(from).take(room)) {
            let mark = Mark::of(at == Some(index), view.focused);
            row(&columns, (area, line, &mut *buf), (mark, view.theme), |cell, width| {
                draw_cell(view, trade, (cell, width))
            });
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let list = rows(view);
        let chosen = view.selection.trade.and_then(|seq| list.iter().find(|trade| trade.seq == seq));
        match action {
            Action::BuyTicket => Some(Effect::ticket(Side::Buy)),
            Action::SellTicket => Some(Effect::ticket(Side::Sell)),
            Action::Follow => Some(Effect::Select(Selected::Trade(None))),
            Action::Close => chosen.map(|trade| ask::close(view, trade.fill.strategy, trade.fill.instrument)),
            Action::Copy => chosen.map(|trade| Effect::Copy(copied(view, trade))),
            action => {
                let keys: Vec<Seq> = list.iter().map(|trade| trade.seq).collect();
                step(&keys, view.selection.trade, action, view.page)
                    .map(|seq| Effect::Select(Selected::Trade(Some(seq))))
            }
        }
    }
}

fn rows<'a>(view: &View<'a>) -> Vec<&'a TradeRow> {
    view.state.history.trades.iter().rev().filter(|trade| passes(view, trade)).collect()
}

fn passes(view: &View<'_>, trade: &TradeRow) -> bool {
    if view.selection.filter.is_empty() {
        return true;
    }
    let cid = View::cid(trade.cause.0);
    let fields = [
        ("strat", view.strategy_name(trade.fill.strategy)),
        ("inst", view.symbol(trade.fill.instrument)),
        ("cid", cid.as_str()),
        ("side", trade.fill.side.as_str()),
    ];
    filter::matches(&view.selection.filter, &fields)
}

fn draw_cell(view: &View<'_>, trade: &TradeRow, (cell, width): (Cell, u16)) -> (Figure, Style) {
    let fill = &trade.fill;
    let (price_places, qty_places) = view.places(fill.instrument);
    let (plain, dim) = (view.theme.style(Role::Text), view.theme.style(Role::Dim));
    match cell {
        Cell::Time => (view.clock(trade.at, Clock::Millis), plain),
        Cell::Order if fill.order.get() == 0 => (Figure::cut("none"), dim),
        Cell::Order => (View::order_name(fill.mode, fill.order), plain),
        Cell::Cause => (View::cid(trade.cause.0), dim),
        Cell::Strategy => (Figure::cut(view.strategy_name(fill.strategy)), plain),
        Cell::Instrument => (figure::ending(view.symbol(fill.instrument), width), plain),
        Cell::Side => {
            let role = if fill.side == Side::Buy { Role::Buy } else { Role::Sell };
            (Figure::cut(fill.side.as_str()), view.theme.style(role))
        }
        Cell::Qty => (figure::qty(fill.qty, qty_places), plain),
        Cell::Price => (figure::price(fill.price, price_places), plain),
        Cell::Taken => match fill.liquidity {
            Liquidity::Maker => (Figure::cut("maker"), dim),
            Liquidity::Taker => (Figure::cut("taker"), plain),
        },
        Cell::Fee => {
            let settle = view.state.genesis().instrument(fill.instrument).map(|one| one.settle);
            let places = settle.map_or(4, figure::places_of).max(4);
            let amount = figure::signed(-fill.fee, places, view.tilde());
            let text = settle.map_or(amount, |code| Figure::of(format_args!("{amount} {code}")));
            (text, plain)
        }
        Cell::Name => (Figure::cut(fill.fill_id.0.as_str()), dim),
    }
}

fn copied(view: &View<'_>, trade: &TradeRow) -> String {
    let cells = COLUMNS.iter().map(|column| draw_cell(view, trade, (column.id, u16::MAX)).0);
    joined(&cells.collect::<Vec<_>>())
}
