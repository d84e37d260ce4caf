//! What in a session is worth a jump, and how much happened when.

use crate::model::{BatchEvent, ControlEvent, Envelope, Event, OrderEvent, Seq, Span, Timestamp};
use crate::state::State;
use crate::wire::{Mark, MarkKind, Part};

/// Marks kept; what comes after so many is played and not jumped to.
const MOST_MARKS: usize = 262_144;

/// Parts a session is divided into, at most.
const MOST_PARTS: usize = 512;

/// The marks of a session, in order.
#[derive(Debug, Default)]
pub(super) struct Marks {
    list: Vec<Mark>,
}

impl Marks {
    /// Takes an event after it was folded. Market data is nothing to jump to.
    pub(super) fn hear(&mut self, envelope: &Envelope, state: &State) -> Option<MarkKind> {
        if envelope.event.is_replaceable() {
            return None;
        }
        let begun = |alert: &&crate::state::Alert| alert.evidence == envelope.seq && alert.count == 1;
        let alert = state.alerts().list().iter().rev().find(begun).map(|_| MarkKind::Alert);
        let own = kind_of(&envelope.event);
        for kind in own.into_iter().chain(alert) {
            if self.list.len() < MOST_MARKS {
                self.list.push(Mark { seq: envelope.seq, at: envelope.at, kind });
            }
        }
        own.max(alert)
    }

    /// The first mark after an event that is wanted.
    pub(super) fn after(&self, seq: Seq, wanted: impl Fn(MarkKind) -> bool) -> Option<Mark> {
        let from = self.list.partition_point(|mark| mark.seq <= seq);
        self.list.iter().skip(from).find(|mark| wanted(mark.kind)).copied()
    }

    /// The last mark before an event that is wanted.
    pub(super) fn before(&self, seq: Seq, wanted: impl Fn(MarkKind) -> bool) -> Option<Mark> {
        let until = self.list.partition_point(|mark| mark.seq < seq);
        self.list.iter().take(until).rev().find(|mark| wanted(mark.kind)).copied()
    }
}

/// What an event is worth.
fn kind_of(event: &Event) -> Option<MarkKind> {
    match event {
        Event::Order(OrderEvent::Filled { .. } | OrderEvent::Busted { .. }) => Some(MarkKind::Trade),
        Event::Order(OrderEvent::Submitted { .. } | OrderEvent::Held { .. }) => Some(MarkKind::Order),
        Event::Denied { .. } | Event::Batch(BatchEvent::Denied { .. }) => Some(MarkKind::Denial),
        Event::Batch(_) => Some(MarkKind::Batch),
        Event::Control(ControlEvent::KillRaised { .. }) => Some(MarkKind::Kill),
        Event::Control(
            ControlEvent::Resumed { .. }
            | ControlEvent::Armed { .. }
            | ControlEvent::Disarmed { .. }
            | ControlEvent::ModeSet { .. }
            | ControlEvent::StrategyFailed { .. },
        ) => Some(MarkKind::Control),
        Event::Order(_)
        | Event::Control(_)
        | Event::Market(_)
        | Event::Account(_)
        | Event::Risk(_)
        | Event::Link(_) => None,
    }
}

/// How much happened when, in parts that grow with the session.
#[derive(Debug)]
pub(super) struct Density {
    first: Timestamp,
    part: Span,
    parts: Vec<Part>,
}

impl Density {
    pub(super) fn new(first: Timestamp) -> Self {
        Self { first, part: Span::from_millis(1), parts: Vec::new() }
    }

    /// Takes an event.
    pub(super) fn hear(&mut self, at: Timestamp, mark: Option<MarkKind>) {
        let mut index = self.index(at);
        while index >= MOST_PARTS {
            self.fold();
            index = self.index(at);
        }
        if index >= self.parts.len() {
            self.parts.resize(index + 1, Part::default());
        }
        if let Some(part) = self.parts.get_mut(index) {
            part.events = part.events.saturating_add(1);
            part.mark = part.mark.max(mark);
        }
    }

    /// How long the parts are, and what is in them.
    pub(super) fn parts(self) -> (Span, Vec<Part>) {
        (self.part, self.parts)
    }

    fn index(&self, at: Timestamp) -> usize {
        let since = at.since(self.first).nanos().max(0);
        usize::try_from(since.div_euclid(self.part.nanos().max(1))).unwrap_or(usize::MAX)
    }

    /// Two parts become one.
    fn fold(&mut self) {
        let joined = |two: &[Part]| Part {
            events: two.iter().map(|part| part.events).fold(0, u32::saturating_add),
            mark: two.iter().filter_map(|part| part.mark).max(),
        };
        self.parts = self.parts.chunks(2).map(joined).collect();
        self.part = self.part + self.part;
    }
}

#[cfg(test)]
mod tests {
    use super::{Density, MOST_PARTS};
    use crate::model::{Span, Timestamp};
    use crate::wire::MarkKind;

    #[test]
    fn no_event_is_lost_when_the_parts_grow() {
        let first = Timestamp::from_nanos(7);
        let mut density = Density::new(first);
        for index in 0..100_000 {
            let mark = (index == 70_000).then_some(MarkKind::Trade);
            density.hear(first.after(Span::from_millis(index)), mark);
        }
        let (part, parts) = density.parts();
        assert!(parts.len() <= MOST_PARTS && parts.len() > MOST_PARTS / 4, "{}", parts.len());
        assert_eq!(parts.iter().map(|part| part.events).sum::<u32>(), 100_000);
        let index = parts.iter().position(|one| one.mark == Some(MarkKind::Trade)).unwrap();
        assert_eq!(i64::try_from(index).unwrap(), Span::from_millis(70_000).nanos() / part.nanos());
    }
}
