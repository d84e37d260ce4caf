//! An instrument: its contract, who holds it, and whether its market is believed.

use crate::model::InstrumentId;
use crate::ui::figure;
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;

/// An instrument in full.
pub(super) fn lines(view: &View<'_>, id: InstrumentId) -> Vec<Line> {
    let Some(one) = view.state.genesis().instrument(id) else { return super::chain::gone() };
    let (tilde, qty_places) = (view.tilde_at(id), one.qty_places());
    let bounds = view.state.limits().instrument(id);
    let mut lines = vec![
        Line::new().strong(&format!(
            " {} on {}   {:?}, settled in {}",
            one.symbol, one.venue, one.contract, one.settle
        )),
        Line::of(&format!(
            " tick {}   lot {} {}   least {} worth {:.2}",
            one.tick, one.lot, one.unit, one.min_qty, one.min_notional
        )),
        Line::of(&format!(
            " fees maker {} taker {}   margin {}",
            one.maker_fee, one.taker_fee, one.initial_margin
        )),
    ];
    if let Some(market) = view.state.market(id) {
        let word = view.distrust(one, market).unwrap_or("believed");
        let role = if word == "believed" { Role::Text } else { Role::Bad };
        let age = market.age(view.now).map_or_else(|| "--".to_owned(), |age| age.to_string());
        lines.push(Line::new().text(" market ").part(word, role).text(&format!(
            "   quote {age} old   {} quotes, {} trades, {} faults",
            figure::count(market.quotes),
            figure::count(market.prints),
            market.faults
        )));
    }
    lines.push(Line::rule("positions: each strategy, and the account"));
    for strategy in view.state.genesis().strategy_ids() {
        let position = view.state.ledger.position(strategy, id);
        if !position.net.is_zero() {
            let size = figure::net(position.net, qty_places, tilde);
            lines.push(Line::of(&format!(" {:<14} {size:>14}", view.strategy_name(strategy))));
        }
    }
    let account = figure::net(view.state.ledger.account(id).net, qty_places, tilde);
    lines.push(Line::new().strong(&format!(" {:<14} {account:>14}", "= account")));
    lines.push(Line::rule("limits"));
    lines.push(Line::of(&format!(
        " order {} worth {:.2}   position {}   collar {} bp   stale after {}",
        bounds.max_order_qty, bounds.max_order_value, bounds.max_position, bounds.collar_bps, one.stale_after
    )));
    lines
}
