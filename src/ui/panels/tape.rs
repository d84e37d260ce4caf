//! The tape: what traded, newest first, and who took.

use super::book::{believed, first_word};
use crate::model::{Side, Trade};
use crate::ui::action::{Action, Context};
use crate::ui::columns::{Align, Column, Mark, column, fit, heads, row};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Clock};
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn tape() -> Box<dyn Panel> {
    Box::new(Tape)
}

#[derive(Debug)]
struct Tape;

#[derive(Debug, Clone, Copy)]
enum Cell {
    Time,
    Price,
    Qty,
    Side,
}

const COLUMNS: &[Column<Cell>] = &[
    column(Cell::Time, "time", 8, Align::Left, 3),
    column(Cell::Price, "price", 10, Align::Right, 0),
    column(Cell::Qty, "qty", 8, Align::Right, 1),
    column(Cell::Side, "", 1, Align::Left, 2),
];

impl Panel for Tape {
    fn context(&self) -> Context {
        Context::Plain
    }

    fn title(&self, view: &View<'_>) -> Title {
        let Some(market) = view.market() else { return Title::new("TAPE", "") };
        let name = format!("TAPE {}", view.symbol(view.selection.instrument));
        let (state, alarm) = match view.instrument() {
            Some(instrument) if view.distrust(instrument, market).is_some() => {
                believed(view, instrument, market)
            }
            Some(_) | None => (share(market.trades.iter()), false),
        };
        Title::new(&name, state.clone()).brief(first_word(&state)).alarm_if(alarm)
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let Some(market) = view.market() else { return };
        let columns = fit(COLUMNS, area);
        heads(&columns, view.theme, area, buf);
        if market.trades.is_empty() {
            Pen::new(buf, area, 1).put(" nothing traded yet", view.theme.style(Role::Dim));
        }
        let (price_places, qty_places) = view.places(view.selection.instrument);
        let shown = market.trades.iter().rev().take(usize::from(area.height.saturating_sub(1)));
        for (line, trade) in (1..).zip(shown) {
            let (letter, role) = match trade.aggressor {
                Side::Buy => ("B", Role::Buy),
                Side::Sell => ("S", Role::Sell),
            };
            let style = view.theme.style(role);
            row(&columns, (area, line, &mut *buf), (Mark::None, view.theme), |cell, width| match cell {
                Cell::Time => (view.clock(trade.local_time, fine(width)), view.theme.style(Role::Dim)),
                Cell::Price => (figure::price(trade.price, price_places), style),
                Cell::Qty => (figure::qty(trade.qty, qty_places), view.theme.style(Role::Text)),
                Cell::Side => (figure::Figure::of(format_args!("{letter}")), style),
            });
        }
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        match action {
            Action::BuyTicket => Some(Effect::ticket(Side::Buy)),
            Action::SellTicket => Some(Effect::ticket(Side::Sell)),
            _ => None,
        }
    }
}

const fn fine(width: u16) -> Clock {
    if width >= 12 { Clock::Millis } else { Clock::Seconds }
}

/// How much of the quantity was bought, of the trades at hand.
fn share<'a>(trades: impl Iterator<Item = &'a Trade>) -> String {
    let (mut bought, mut all) = (0_i128, 0_i128);
    for trade in trades {
        let qty = i128::from(trade.qty.raw());
        all += qty;
        bought += if trade.aggressor == Side::Buy { qty } else { 0 };
    }
    if all == 0 { String::new() } else { format!("buys {}%", bought * 100 / all) }
}
