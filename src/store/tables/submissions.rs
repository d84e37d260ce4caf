//! Orders that were released to the broker, or taken to be kept.

use super::table::{Cell, Seen, kind_cells};
use crate::model::{Event, LegOf, Link, LinkRole, NewOrder, OrderEvent};
use crate::state::InstrumentMarket;

/// One row an order released, one an order held.
pub(super) fn rows(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    let Event::Order(event) = &seen.envelope.event else { return };
    if let OrderEvent::Submitted { order, venue_reduce_only, rules, leg, link, .. } = event {
        let judged = [Cell::flag(*venue_reduce_only), Cell::text(order.label), Cell::count(*rules)];
        rows.push(row(seen, order, false, judged, (leg.as_ref(), link.as_ref())));
    } else if let OrderEvent::Held { order, leg, link, .. } = event {
        let judged = [Cell::Null, Cell::text(order.label), Cell::Null];
        rows.push(row(seen, order, true, judged, (leg.as_ref(), link.as_ref())));
    }
}

fn row(
    seen: &Seen<'_>,
    order: &NewOrder,
    held: bool,
    judged: [Cell; 3],
    (leg, link): (Option<&LegOf>, Option<&Link>),
) -> Vec<Cell> {
    let market = seen.state.and_then(|state| state.market(order.instrument));
    let role = link.map(|link| match link.role {
        LinkRole::Entry => "entry",
        LinkRole::Exit => "exit",
    });
    let mut cells = seen.head();
    cells.extend([Cell::flag(held), Cell::Word(order.mode.as_str())]);
    cells.extend(seen.whose());
    cells.extend(seen.asked_by());
    cells.extend([Cell::Word(order.side.as_str()), Cell::Word(order.kind.as_str()), Cell::text(order.qty)]);
    cells.extend(kind_cells(&order.kind).into_iter().skip(1));
    cells.push(Cell::Word(order.tif.as_str()));
    cells.extend([Cell::flag(order.post_only), Cell::flag(order.reduce_only)]);
    cells.extend(judged);
    cells.extend([
        leg.map_or(Cell::Null, |leg| Cell::count(leg.batch.0)),
        leg.map_or(Cell::Null, |leg| Cell::count(leg.leg)),
        link.map_or(Cell::Null, |link| Cell::count(link.group.get())),
        Cell::maybe(role),
        Cell::maybe(market.and_then(InstrumentMarket::mark)),
    ]);
    cells
}
