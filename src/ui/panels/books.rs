//! Our books against the broker's: each line on which they differ, since when, and what may have moved it.

use super::standing::books_agree;
use crate::model::{Mode, NetQty, StrategyId};
use crate::state::Difference;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn books() -> Box<dyn Panel> {
    Box::new(Books)
}

#[derive(Debug)]
struct Books;

impl Panel for Books {
    fn context(&self) -> Context {
        Context::Books
    }

    fn title(&self, view: &View<'_>) -> Title {
        let told = &view.state.reconciliation;
        let name = match view.mode() {
            Mode::Live => "BOOKS, ours and the broker's",
            Mode::Analyze => "BOOKS, ours and the sim's",
        };
        let count = told.differences.len();
        match (count, told.checked_at) {
            (0, Some(at)) if books_agree(view) => {
                Title::new(name, format!("diff 0, checked {} ago", view.age(at))).brief("diff 0")
            }
            (0, None) if books_agree(view) => Title::new(name, "not compared yet"),
            (count, _) => Title::new(name, format!("{count} DIFFER, never mended by trading"))
                .brief(format!("{count} DIFFER"))
                .alarm_if(true),
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let from = view.selection.scrolled(crate::ui::PanelKind::Books);
        for (row, (text, role)) in (0..area.height).zip(lines(view).into_iter().skip(from)) {
            Pen::new(buf, area, row).words(&text, view.theme.style(role));
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Claim => Some(Effect::Command("claim ".to_owned())),
            action => {
                let at = view.selection.scrolled(crate::ui::PanelKind::Books);
                super::gauge::scroll(action, at, lines(view).len(), view.page)
            }
        }
    }
}

fn lines(view: &View<'_>) -> Vec<(String, Role)> {
    let mut lines =
        vec![(format!(" {:<14} {:>18} {:>18} {:>16}", "", "ours", "broker", "difference"), Role::Dim)];
    for difference in &view.state.reconciliation.differences {
        lines.push((line(view, difference), Role::Bad));
    }
    lines.push((String::new(), Role::Text));
    lines.push((" every position, ours by strategy".to_owned(), Role::Strong));
    for instrument in view.state.genesis().instrument_ids() {
        lines.extend(position(view, instrument));
    }
    lines
}

fn line(view: &View<'_>, difference: &Difference) -> String {
    let (name, ours, broker, gap) = match difference {
        Difference::Position { instrument, ours, broker } => {
            let places = view.places(*instrument).1;
            let net = |net: NetQty| figure::net(net, places, "").to_string();
            (view.symbol(*instrument).to_owned(), net(*ours), net(*broker), net(*broker - *ours))
        }
        Difference::Cash { currency, ours, broker } => {
            let money = |amount| figure::signed(amount, 2, "").to_string();
            (format!("{currency} cash"), money(*ours), money(*broker), money(*broker - *ours))
        }
        Difference::Fills { ours, broker } => {
            let gap = i128::from(*broker) - i128::from(*ours);
            ("fills".to_owned(), ours.to_string(), broker.to_string(), format!("{gap:+}"))
        }
    };
    format!(" {name:<14} {ours:>18} {broker:>18} {gap:>16}")
}

/// What an instrument's position is made of.
fn position(view: &View<'_>, instrument: crate::model::InstrumentId) -> Option<(String, Role)> {
    let places = view.places(instrument).1;
    let held = view.state.genesis().strategy_ids().filter_map(|id| {
        let net = view.state.ledger.position(id, instrument).net;
        (!net.is_zero()).then_some((id, net))
    });
    let held: Vec<(StrategyId, NetQty)> = held.collect();
    if held.is_empty() {
        return None;
    }
    let parts = held
        .iter()
        .map(|(id, net)| format!("{} {}", view.strategy_name(*id), figure::net(*net, places, view.tilde())));
    let parts: Vec<String> = parts.collect();
    let whole = figure::net(view.state.ledger.account(instrument).net, places, view.tilde());
    let is_foreign = held.iter().any(|(id, _)| *id == StrategyId::EXTERNAL);
    let hint = if is_foreign { "   C claims what is EXTERNAL" } else { "" };
    let text = format!(" {:<14} {whole:>18} = {}{hint}", view.symbol(instrument), parts.join(" + "));
    Some((text, if is_foreign { Role::Warn } else { Role::Text }))
}
