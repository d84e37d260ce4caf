//! The lives of batches.

use super::table::{Cell, Seen};
use crate::model::{BatchDecision, BatchEvent, Event, NewBatch};

/// One row an event of a batch.
pub(super) fn rows(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    let Event::Batch(batch) = &seen.envelope.event else { return };
    let mut cells = seen.head();
    cells.extend([batch.id().map_or(Cell::Null, |id| Cell::count(id.0)), Cell::Word(seen.subject.kind)]);
    cells.extend(match batch {
        BatchEvent::Began { batch, notional, .. } => {
            let [what, strategy, legs] = asked(seen, batch);
            let [actor, worth] = [actor(seen), Cell::text(notional)];
            [what, strategy, actor, legs, Cell::Null, Cell::Null, worth, Cell::Null]
        }
        BatchEvent::Denied { batch, leg, denial, .. } => {
            let [what, strategy, legs] = asked(seen, batch);
            let (leg, reason) = (Cell::count(*leg), Cell::text(denial));
            [what, strategy, actor(seen), legs, Cell::Null, leg, Cell::Null, reason]
        }
        BatchEvent::Stopped { leg, why, denial, .. } => {
            let reason = denial.as_ref().map_or_else(|| why.to_string(), |denial| format!("{why}: {denial}"));
            let leg = Cell::count(*leg);
            let nothing = || Cell::Null;
            [nothing(), nothing(), nothing(), nothing(), nothing(), leg, nothing(), Cell::Text(reason)]
        }
        BatchEvent::Decided { decision, .. } => {
            let word = match decision {
                BatchDecision::Complete => "complete",
                BatchDecision::Unwind => "unwind",
                BatchDecision::Leave => "leave",
            };
            let nothing = || Cell::Null;
            let actor = actor(seen);
            [Cell::Word(word), nothing(), actor, nothing(), nothing(), nothing(), nothing(), nothing()]
        }
        BatchEvent::Completed { batch_kind, filled, total, .. } => {
            let (legs, filled) = (Cell::count(*total), Cell::count(*filled));
            let what = Cell::Word(batch_kind.as_str());
            [what, Cell::Null, Cell::Null, legs, filled, Cell::Null, Cell::Null, Cell::Null]
        }
    });
    rows.push(cells);
}

fn asked(seen: &Seen<'_>, batch: &NewBatch) -> [Cell; 3] {
    let strategy = Cell::maybe(seen.roster.strategy(batch.strategy));
    [Cell::Word(batch.kind.as_str()), strategy, Cell::count(batch.legs.len())]
}

fn actor(seen: &Seen<'_>) -> Cell {
    Cell::maybe(seen.subject.actor.as_ref())
}
