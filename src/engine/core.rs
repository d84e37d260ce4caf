//! The engine's one writer: numbers events, folds them, hands them out.

use crate::model::{
    Cause, Envelope, Event, Label, MarketEvent, OrderId, Price, Quote, RequestId, Seq, Timestamp,
};
use crate::state::{Bug, State};
use std::collections::{BTreeMap, VecDeque};

/// State, the step's clock and what intake remembers.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) state: State,
    /// The time of the input at hand, by our clock; never goes back.
    pub(super) now: Timestamp,
    /// By instrument: what intake needs to judge the next message. Rebuilt from inputs, not facts.
    pub(super) intake: Vec<super::intake::Probation>,
    /// When each link last answered, by our clock: being alive is not news, its end is.
    pub(super) beats: Vec<(Label, Timestamp)>,
    /// The newest requests that may have made orders: one that comes twice is carried out once.
    pub(super) carried_out: VecDeque<RequestId>,
    /// Where the triggers of held trailing stops stand that have moved since they were last told. At most one for each
    /// held order.
    pub(super) trails: BTreeMap<OrderId, Price>,
    /// What a strategy answers to, while a command of its pen is carried out.
    pub(super) answering: Option<Cause>,
}

impl Core {
    /// The cause an event would have that starts a chain now; while a strategy's command is carried out, what the strategy
    /// answers to.
    pub(super) fn root(&self) -> Cause {
        self.answering.unwrap_or_else(|| Cause(Seq::new(self.state.seq.get() + 1)))
    }

    /// Makes an event a fact: numbers it, folds it, hands it out.
    pub(super) fn emit(&mut self, cause: Cause, event: Event, out: &mut Vec<Envelope>) {
        let seq = self.next_seq();
        out.push(Envelope { seq, at: self.now, cause, event });
        self.fold_last(out);
    }

    /// The number of the next event. With `fold_last` it is `emit` in two halves, for an event that comes so often that
    /// it is built in its envelope and not moved there: an event has the size of the largest.
    #[inline]
    pub(super) fn next_seq(&self) -> Seq {
        let hole = u64::from(self.state.planted.has(Bug::Canary));
        Seq::new(self.state.seq.get() + 1 + hole)
    }

    /// Folds the event just handed out.
    #[inline]
    pub(super) fn fold_last(&mut self, out: &[Envelope]) {
        if let Some(envelope) = out.last() {
            self.state.apply(envelope);
        }
    }

    /// Makes a quote a fact that starts its own chain. As `emit_root`; a quote is written into its place in `out` at once
    /// (`once_with` makes it when there is room for it), where an event of any kind would be moved at the size of the
    /// largest; and field by field, since a quote copied as a whole is read back before it is written, and that waits.
    #[inline]
    pub(super) fn emit_quote(&mut self, quote: &Quote, out: &mut Vec<Envelope>) {
        let (seq, at, cause) = (self.next_seq(), self.now, self.root());
        let &Quote { instrument, bid, bid_qty, ask, ask_qty, venue_time, local_time } = quote;
        let copy = || Quote { instrument, bid, bid_qty, ask, ask_qty, venue_time, local_time };
        let event = || Event::Market(MarketEvent::Quote(copy()));
        out.extend(std::iter::once_with(|| Envelope { seq, at, cause, event: event() }));
        self.state.apply_quote(seq, self.now, quote);
    }

    /// Makes an event a fact that starts its own chain.
    #[inline]
    pub(super) fn emit_root(&mut self, event: Event, out: &mut Vec<Envelope>) {
        self.emit(self.root(), event, out);
    }
}
