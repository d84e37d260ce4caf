//! Leaving: what stays and what ends, before either happens.

use super::kill::is_protective;
use super::line::{Line, draw};
use crate::model::{Mode, StrategyId};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::overlay::{Overlay, Place};
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Positions named one by one.
const NAMED: usize = 6;

/// The prompt.
#[derive(Debug)]
pub(super) struct Quit;

fn positions(view: &View<'_>) -> Vec<String> {
    let genesis = view.state.genesis();
    let all =
        genesis.strategy_ids().flat_map(|strategy| genesis.instrument_ids().map(move |one| (strategy, one)));
    let held = all.filter_map(|(strategy, instrument)| {
        let net = view.state.ledger.position(strategy, instrument).net;
        (!net.is_zero()).then(|| {
            let size = figure::net(net, view.places(instrument).1, view.tilde());
            format!("{} {} {size}", view.strategy_name(strategy), view.symbol(instrument))
        })
    });
    held.collect()
}

impl Overlay for Quit {
    fn context(&self) -> Context {
        Context::Leaving
    }

    fn title(&self, _view: &View<'_>) -> String {
        "LEAVE".to_owned()
    }

    fn place(&self, _view: &View<'_>) -> Place {
        Place::Centre { width: 70, height: 18 }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let open = view.state.orders.open();
        let kept = open.iter().filter(|order| is_protective(view.state, order)).count();
        let armed =
            view.state.genesis().strategy_ids().filter(|id| id.index() > StrategyId::EXTERNAL.index());
        let armed = armed.filter(|id| view.state.control.is_armed(*id)).count();
        let world = match view.mode() {
            Mode::Live => "LIVE, real orders at the venue",
            Mode::Analyze => "ANALYZE, orders and positions of the sandbox",
        };
        let held = positions(view);
        let mut lines = vec![
            Line::new().strong(&format!(" {world}")),
            Line::of(&format!(" working orders {}, of them protective stops {kept}", open.len())),
            Line::of(&format!(" positions {}   armed strategies {armed}", held.len())),
        ];
        lines.extend(held.iter().take(NAMED).map(|text| Line::of(&format!("   {text}"))));
        if held.len() > NAMED {
            lines.push(Line::of(&format!("   and {} more", held.len() - NAMED)));
        }
        lines.push(Line::rule(""));
        lines.push(Line::new().key(" [Enter]").strong(" stop the engine and leave"));
        lines.push(Line::of(
            "         strategies end, working orders are canceled, positions stay as they are",
        ));
        lines.push(Line::new().key(" [d]").strong("     leave, the engine goes on without a screen"));
        lines.push(Line::of("         strategies go on trading; flightdeck kill stops them from any shell"));
        lines.push(Line::new().key(" [Esc]").text("   stay"));
        if armed > 0 {
            lines.push(
                Line::new()
                    .part(&format!(" {armed} strategies are armed: nobody watches them after d"), Role::Warn),
            );
        }
        draw(&lines, 0, view.theme, area, buf);
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Accept => Some(Effect::Quit { stop_engine: true }),
            Action::Detach => Some(Effect::Quit { stop_engine: false }),
            _ => None,
        }
    }
}
