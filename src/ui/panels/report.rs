//! Report: round trips, win rate, profit factor, drawdown and fees of the session, per strategy: the figures of
//! `flightdeck report` over the fills this screen keeps.

use crate::analytics::{Figures, Movement, MovementKind, Opening, Record, report as compute};
use crate::model::{InstrumentId, NetQty, Price, StrategyId};
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
        pen.skip(1).left("strategy", 12, dim);
        for head in ["trips", "win %", "average", "factor", "drawdown", "fees", "net"] {
            pen.right(head, width(head), dim);
        }
        let found = compute(&record(view));
        let columns: Vec<&Figures> = found.strategies.iter().chain([&found.total]).collect();
        let from = view.selection.scrolled(PanelKind::Report).min(columns.len());
        for (row, figures) in (1..area.height.saturating_sub(1)).zip(columns.into_iter().skip(from)) {
            line(view, figures, &mut Pen::new(buf, area, row));
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

fn width(head: &str) -> u16 {
    if matches!(head, "trips" | "win %" | "factor") { 8 } else { 12 }
}

fn line(view: &View<'_>, one: &Figures, pen: &mut Pen<'_>) {
    let (text, tilde) = (view.theme.style(Role::Text), view.tilde());
    let none = || "-".to_owned();
    pen.skip(1).left(&one.strategy, 12, text);
    pen.right(&one.round_trips.to_string(), 8, text);
    pen.right(&one.win_rate_bps.map_or_else(none, |bps| (bps / 100).to_string()), 8, text);
    let average =
        one.average_trade.map_or_else(none, |money| figure::signed(money, 2, tilde).as_str().to_owned());
    pen.right(&average, 12, text);
    pen.right(&one.profit_factor.map_or_else(none, |factor| format!("{factor:.2}")), 8, text);
    let fall = one.realised_drawdown.map(|fall| -fall.amount).unwrap_or_default();
    pen.right(figure::signed(fall, 2, tilde).as_str(), 12, text);
    pen.right(figure::signed(-one.fees, 2, tilde).as_str(), 12, text);
    pen.right(figure::signed(one.net, 2, tilde).as_str(), 12, view.theme.signed(figure::sign_of(one.net)));
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
