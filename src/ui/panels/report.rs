//! Report: round trips, win rate, profit factor, drawdown and fees of the session, per strategy: the figures of
//! `flightdeck report` over the fills this screen keeps.

use crate::analytics::{Figures, Movement, MovementKind, Opening, Record, report as compute};
use crate::model::{InstrumentId, Money, NetQty, Price, StrategyId};
use crate::state::{InstrumentMarket, Valuation};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::panel::{Panel, Title};
use crate::ui::panel_kind::PanelKind;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::BTreeMap;

/// The panel.
pub(in crate::ui) fn report() -> Box<dyn Panel> {
    Box::new(Report)
}

#[derive(Debug)]
struct Report;

impl Panel for Report {
    fn context(&self) -> Context {
        Context::Plain
    }

    fn title(&self, view: &View<'_>) -> Title {
        Title::new("REPORT", format!("{} fills, FIFO", view.state.history.trades.len()))
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let dim = view.theme.style(Role::Dim);
        let mut pen = Pen::new(buf, area, 0);
        let widths = widths(area);
        pen.skip(1).left("strategy", NAME, dim);
        for (head, width) in HEADS.iter().zip(widths) {
            pen.right(head, width, dim);
        }
        let found = compute(&record(view));
        let columns: Vec<&Figures> = found.strategies.iter().chain([&found.total]).collect();
        let from = view.selection.scrolled(PanelKind::Report).min(columns.len());
        for (row, figures) in (1..area.height.saturating_sub(1)).zip(columns.into_iter().skip(from)) {
            line(view, figures, widths, &mut Pen::new(buf, area, row));
        }
        let words =
            " of the fills kept here; `flightdeck report` has the whole run, slippage, ratios, MAE and MFE";
        Pen::new(buf, area, area.height.saturating_sub(1)).words(words, dim);
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let rows = view.state.genesis().strategies.len() + 1;
        super::gauge::scroll(action, view.selection.scrolled(PanelKind::Report), rows, view.page)
    }
}

/// The columns: narrower where the last one, the net result, would not be seen.
const HEADS: [&str; 7] = ["trips", "win %", "average", "factor", "drawdown", "fees", "net"];
const WIDE: [u16; 7] = [8, 8, 12, 8, 12, 12, 12];
const NARROW: [u16; 7] = [6, 6, 9, 7, 9, 9, 10];
const NAME: u16 = 12;
/// Which is left out first where not all have room, by its place; the net result never is.
const LEFT_OUT: [usize; 6] = [2, 3, 4, 1, 5, 0];

/// How wide each column is; one that is left out has no width.
fn widths(area: Rect) -> [u16; 7] {
    let needed = |widths: [u16; 7]| NAME + 1 + widths.iter().sum::<u16>();
    let mut widths = if area.width >= needed(WIDE) { WIDE } else { NARROW };
    for at in LEFT_OUT {
        let is_too_wide = area.width < needed(widths);
        if let Some(width) = widths.get_mut(at).filter(|_| is_too_wide) {
            *width = 0;
        }
    }
    widths
}

fn line(view: &View<'_>, one: &Figures, widths: [u16; 7], pen: &mut Pen<'_>) {
    let (text, tilde) = (view.theme.style(Role::Text), view.tilde());
    let none = || "-".to_owned();
    let [trips, rate, average, factor, fall, fees, net] = widths;
    pen.skip(1).left(&one.strategy, NAME, text);
    pen.right(&one.round_trips.to_string(), trips, text);
    pen.right(&one.win_rate_bps.map_or_else(none, |bps| (bps / 100).to_string()), rate, text);
    let amount = |money: Money, width: u16| figure::fitted(money, width.saturating_sub(1), tilde).to_string();
    pen.right(&one.average_trade.map_or_else(none, |money| amount(money, average)), average, text);
    pen.right(&one.profit_factor.map_or_else(none, |factor| format!("{factor:.2}")), factor, text);
    let lost = one.realised_drawdown.map(|fall| -fall.amount).unwrap_or_default();
    pen.right(&amount(lost, fall), fall, text);
    pen.right(&amount(-one.fees, fees), fees, text);
    pen.right(&amount(one.net, net), net, view.theme.signed(figure::sign_of(one.net)));
}

/// The fills of the replica as a record. What was held before the first of them is taken over at its price.
fn record(view: &View<'_>) -> Record {
    let (state, genesis) = (view.state, view.state.genesis());
    let mut before: BTreeMap<(StrategyId, InstrumentId), (NetQty, Price)> = BTreeMap::new();
    for row in state.history.trades.iter() {
        let fill = &row.fill;
        let whose = (fill.strategy, fill.instrument);
        let now = state.ledger.net(fill.strategy, fill.instrument);
        let entry = before.entry(whose).or_insert((now, fill.price));
        entry.0 = entry.0 - fill.qty.signed(fill.side);
    }
    let opening =
        |(&(strategy, instrument), &(net, price)): (&(StrategyId, InstrumentId), &(NetQty, Price))| Opening {
            strategy,
            instrument,
            net,
            price,
        };
    let rate = |code| match state.rate(code)? {
        Valuation::Par => "1".parse().ok(),
        Valuation::At(price) => Some(price),
    };
    let mark = |id| state.market(id).and_then(InstrumentMarket::mark);
    Record {
        strategies: genesis.strategies.iter().map(|info| info.name.to_string()).collect(),
        instruments: genesis.instruments.clone(),
        currency: Some(genesis.currency),
        rates: genesis.instruments.iter().filter_map(|one| Some((one.settle, rate(one.settle)?))).collect(),
        from: state.history.trades.get(0).map(|row| row.at).unwrap_or_default(),
        to: state.now,
        openings: before.iter().map(opening).collect(),
        movements: state
            .history
            .trades
            .iter()
            .map(|row| Movement { kind: MovementKind::Fill, row: row.clone() })
            .collect(),
        last_marks: genesis.instrument_ids().filter_map(|id| Some((id, mark(id)?))).collect(),
        ..Record::default()
    }
}
