//! What the gate refused: the rule, what it measured and what it allows.

use super::table::{Cell, Seen, kind_cells};
use crate::model::{BatchEvent, Denial, Event, Measure, NewOrder};

/// One row a refusal, of an order or of a whole batch at its first leg that fails.
pub(super) fn rows(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    if let Event::Denied { order, denial, .. } = &seen.envelope.event {
        rows.push(row(seen, "denied", order, denial));
    } else if let Event::Batch(BatchEvent::Denied { batch, leg, denial, .. }) = &seen.envelope.event
        && let Some(order) = batch.legs.get(usize::from(*leg)).or_else(|| batch.legs.first())
    {
        rows.push(row(seen, "batch denied", order, denial));
    }
}

fn row(seen: &Seen<'_>, decision: &'static str, order: &NewOrder, denial: &Denial) -> Vec<Cell> {
    let [kind, limit_price, ..] = kind_cells(&order.kind);
    let mut cells = seen.head();
    cells.extend([
        Cell::Word(decision),
        Cell::maybe(seen.roster.strategy(order.strategy)),
        Cell::maybe(seen.roster.instrument(order.instrument)),
        Cell::Text(seen.subject.actor.clone().unwrap_or_default()),
        Cell::Word(order.side.as_str()),
        kind,
        Cell::text(order.qty),
        limit_price,
        Cell::text(order.label),
        Cell::Word(denial.rule.as_str()),
        measure(denial.value),
        measure(denial.limit),
        Cell::Word(unit(denial.value)),
        Cell::text(denial.detail),
    ]);
    cells
}

/// The bare number; its unit stands beside it. An age is in nanoseconds.
fn measure(measure: Measure) -> Cell {
    match measure {
        Measure::None => Cell::Null,
        Measure::Money(amount) => Cell::text(amount),
        Measure::Qty(qty) => Cell::text(qty),
        Measure::Price(price) => Cell::text(price),
        Measure::Bps(bps) => Cell::text(bps),
        Measure::Count(count) => Cell::text(count),
        Measure::Age(age) => Cell::text(age.nanos()),
    }
}

const fn unit(measure: Measure) -> &'static str {
    match measure {
        Measure::None => "none",
        Measure::Money(_) => "money",
        Measure::Qty(_) => "qty",
        Measure::Price(_) => "price",
        Measure::Bps(_) => "bps",
        Measure::Count(_) => "count",
        Measure::Age(_) => "age_ns",
    }
}
