//! Helpers of scenarios about the very moment something becomes due.

use super::bench::Bench;
use flightdeck::model::{ControlEvent, Envelope, Event, Refusal, Span};

/// A tick exactly this long after the last step.
pub(crate) fn tick_after(bench: &mut Bench, span: Span) -> Vec<Envelope> {
    bench.wait(Span::from_nanos(span.nanos() - Span::from_millis(1).nanos()));
    bench.tick()
}

/// The same, with quotes that came just before it.
pub(crate) fn fresh_tick_after(bench: &mut Bench, span: Span) -> Vec<Envelope> {
    bench.wait(Span::from_nanos(span.nanos() - Span::from_millis(3).nanos()));
    bench.freshen();
    bench.tick()
}

/// Why a command was refused, if it was.
pub(crate) fn refused(events: &[Envelope]) -> Option<Refusal> {
    events.iter().find_map(|one| {
        let Event::Control(ControlEvent::Refused { refusal, .. }) = &one.event else { return None };
        Some(*refusal)
    })
}
