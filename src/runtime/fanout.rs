//! The outer ring: hands each step's events to every subscriber and session without ever waiting for one.

use crate::bus::{Gauge, Offer, Outlet};
use crate::model::{Envelope, Event, MarketEvent, Span, Timestamp};
use crate::state::State;
use crate::wire::{Message, SessionId, Vitals};
use std::sync::Arc;

/// One session's ring, and whether it has a snapshot to build on.
#[derive(Debug)]
pub struct SessionOutlet {
    pub id: SessionId,
    pub outlet: Outlet<Message>,
    /// Whether it wants quotes, trades and depth; a door does not.
    pub wants_data: bool,
    /// False until it was sent a snapshot, and again after it missed something: events would not fit its replica.
    synced: bool,
}

impl SessionOutlet {
    /// A session that waits for its first snapshot.
    pub const fn new(id: SessionId, outlet: Outlet<Message>, wants_data: bool) -> Self {
        Self { id, outlet, wants_data, synced: false }
    }
}

/// The time between two quotes of an instrument that subscribers hear though nothing came of them, by our clock: what
/// marks what is held.
const GLIMPSE: Span = Span::from_secs(1);

/// All subscribers of a run.
#[derive(Debug, Default)]
pub struct Fanout {
    subscribers: Vec<Outlet<Envelope>>,
    /// By instrument: when its next quote is told to subscribers.
    glimpses: Vec<Timestamp>,
    sessions: Vec<SessionOutlet>,
}

impl Fanout {
    /// Adds a subscriber. It hears every event that is not mere market data, the market data that caused one, and of each
    /// instrument a quote a second, while there is room for it.
    pub fn subscribe(&mut self, outlet: Outlet<Envelope>) {
        self.subscribers.push(outlet);
    }

    /// Adds a session.
    pub fn join(&mut self, session: SessionOutlet) {
        self.sessions.push(session);
    }

    /// Hands out one step's events, in order.
    pub fn publish(&mut self, step: &[Envelope]) {
        let has_facts = step.iter().any(|envelope| !envelope.event.is_replaceable());
        if has_facts {
            self.subscribers.iter_mut().for_each(|outlet| hand_out(outlet, step));
        } else if let Some(glimpse) = step.first()
            && self.is_glimpse(glimpse)
        {
            for outlet in &mut self.subscribers {
                outlet.offer(true, || glimpse.clone());
                outlet.flush();
            }
        }
        for session in &mut self.sessions {
            if session.synced && (has_facts || session.wants_data) {
                session.send(step);
            }
        }
    }

    /// Whether it is a quote and one of its instrument is due.
    #[inline]
    fn is_glimpse(&mut self, envelope: &Envelope) -> bool {
        let Event::Market(MarketEvent::Quote(quote)) = &envelope.event else { return false };
        let index = quote.instrument.index();
        if index >= self.glimpses.len() {
            self.glimpses.resize(index + 1, Timestamp::EPOCH);
        }
        let Some(due) = self.glimpses.get_mut(index).filter(|due| envelope.at >= **due) else { return false };
        *due = envelope.at.after(GLIMPSE);
        true
    }

    /// Sends a session the whole state.
    pub fn snapshot(&mut self, id: SessionId, state: &State) {
        for session in self.sessions.iter_mut().filter(|session| session.id == id) {
            let message = || Message::Snapshot(Box::new(state.clone()));
            session.synced = session.outlet.offer(false, message) == Offer::Taken;
            session.outlet.flush();
        }
    }

    /// Answers a session's what-if.
    pub fn tell(&mut self, id: SessionId, reply: &Message) {
        for session in self.sessions.iter_mut().filter(|session| session.id == id) {
            // Lost when the ring is full: the ticket asks again with its next change.
            session.outlet.offer(true, || reply.clone());
            session.outlet.flush();
        }
    }

    /// Sends everybody the health of the process.
    pub fn vitals(&mut self, vitals: &Arc<Vitals>) {
        for session in &mut self.sessions {
            session.outlet.offer(true, || Message::Vitals(Arc::clone(vitals)));
        }
    }

    /// Tells sessions that the engine is going away.
    pub fn close(&mut self, reason: &crate::model::DisplayText) {
        for session in &mut self.sessions {
            session.outlet.offer(false, || Message::Closing(reason.clone()));
            session.outlet.flush();
        }
    }

    /// The gauges of all rings.
    pub fn gauges(&self) -> impl Iterator<Item = Arc<Gauge>> + '_ {
        let subscribers = self.subscribers.iter().map(Outlet::gauge);
        subscribers.chain(self.sessions.iter().map(|session| session.outlet.gauge()))
    }
}

/// Gives a subscriber a whole step. A miss is counted by the outlet and told to the subscriber as lag.
fn hand_out(outlet: &mut Outlet<Envelope>, step: &[Envelope]) {
    for envelope in step {
        outlet.offer(false, || envelope.clone());
    }
    outlet.flush();
}

impl SessionOutlet {
    fn send(&mut self, step: &[Envelope]) {
        for envelope in step {
            let replaceable = envelope.event.is_replaceable();
            if replaceable && !self.wants_data {
                continue;
            }
            let offer = self.outlet.offer(replaceable, || Message::Event(envelope.clone()));
            if offer == Offer::Missed {
                self.synced = false;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fanout;
    use crate::bus::Outlet;
    use crate::model::{
        Cause, Envelope, Event, InstrumentId, MarketEvent, Price, Qty, Quote, Seq, Span, Timestamp,
    };

    fn quote(seq: u64, millis: i64, instrument: u16) -> Envelope {
        let at = Timestamp::from_nanos(1_723_118_400_000_000_000).after(Span::from_millis(millis));
        let price: Price = "1".parse().unwrap();
        let quote = Quote {
            instrument: InstrumentId::new(instrument),
            bid: price,
            bid_qty: Qty::ONE,
            ask: price,
            ask_qty: Qty::ONE,
            venue_time: at,
            local_time: at,
        };
        let seq = Seq::new(seq);
        Envelope { seq, at, cause: Cause(seq), event: Event::Market(MarketEvent::Quote(quote)) }
    }

    #[test]
    fn a_subscriber_hears_a_quote_a_second_of_each_instrument_though_nothing_came_of_it() {
        let mut fanout = Fanout::default();
        let (outlet, mut heard) = Outlet::new("recorder", 64);
        fanout.subscribe(outlet);
        for (seq, millis, instrument) in
            [(1, 0, 3), (2, 10, 3), (3, 20, 0), (4, 900, 3), (5, 1_020, 3), (6, 1_030, 0), (7, 1_040, 3)]
        {
            fanout.publish(&[quote(seq, millis, instrument)]);
        }
        let seqs: Vec<u64> = std::iter::from_fn(|| heard.take()).map(|envelope| envelope.seq.get()).collect();
        assert_eq!(seqs, [1, 3, 5, 6]);
    }
}
