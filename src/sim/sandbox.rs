//! A market with a paper venue in it: the full books, the matcher beside them, one clock for both.

use super::fold::MarketFold;
use super::paper::{PaperConfig, PaperVenue};
use super::raw::RawMessage;
use crate::model::{BrokerReport, BrokerRequest, Instrument, MarketEvent, Timestamp};
use crate::state::State;

/// The sandbox: what analyze mode trades against. Virtual time: it acts only when told what time it is, so the same
/// code serves the deterministic world and the paced adapter.
#[derive(Debug)]
pub struct Sandbox {
    fold: MarketFold,
    venue: PaperVenue,
}

impl Sandbox {
    /// Empty books and a venue with the configured capital.
    pub fn new(config: PaperConfig, instruments: &[Instrument]) -> Self {
        Self {
            fold: MarketFold::new(instruments.iter().map(|instrument| instrument.id)),
            venue: PaperVenue::new(config, instruments.to_vec()),
        }
    }

    /// The same sandbox with what it held before a restart, as our own books have it. `now` is the time of our clock.
    #[must_use]
    pub fn restored(mut self, state: &State, now: Timestamp) -> Self {
        self.venue.restore(state, now);
        self
    }

    /// Takes one message of the market: what was due before it happens first, then the books change, then the venue
    /// matches. Appends what the market says and what the venue reports.
    pub fn take(
        &mut self,
        message: &RawMessage,
        market: &mut Vec<MarketEvent>,
        reports: &mut Vec<BrokerReport>,
    ) {
        self.venue.advance(message.local_time, &self.fold, reports);
        self.fold.apply(message, market);
        self.venue.on_market(message, &self.fold);
        self.venue.advance(message.local_time, &self.fold, reports);
    }

    /// A request leaves for the venue at this time of the market's local clock.
    pub fn request(&mut self, now: Timestamp, request: BrokerRequest) {
        self.venue.on_request(now, request);
    }

    /// Lets time pass without a message.
    pub fn advance(&mut self, now: Timestamp, reports: &mut Vec<BrokerReport>) {
        self.venue.advance(now, &self.fold, reports);
    }

    /// When something is next due at the venue, by the market's local clock.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.venue.next_due()
    }
}
