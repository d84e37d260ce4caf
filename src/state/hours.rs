//! What the contract master says at an instant: whether an instrument trades, and which future is the front month.

use super::genesis::Genesis;
use crate::model::{Class, Hours, Instrument, InstrumentId, Leads, StrategyId, Timestamp};

impl Genesis {
    /// Whether an instrument trades at an instant. One that is not on the roster never does.
    pub fn hours(&self, instrument: InstrumentId, now: Timestamp) -> Hours {
        let Some(instrument) = self.instrument(instrument) else { return Hours::Closed { opens: None } };
        self.hours_of(instrument, now)
    }

    /// As `hours`, of an instrument at hand.
    #[inline]
    pub fn hours_of(&self, instrument: &Instrument, now: Timestamp) -> Hours {
        if let Some(at) = instrument.listing.class.expiry().filter(|at| *at <= now) {
            return Hours::Expired { at };
        }
        let Some(number) = instrument.listing.calendar else { return Hours::Always };
        // A calendar that is missing is one that never opens.
        let calendar = self.hours.calendars.get(usize::from(number));
        calendar.map_or(Hours::Closed { opens: None }, |calendar| calendar.hours(now))
    }

    /// How long before its day's close what happens in an instrument; `None` without a calendar.
    pub fn leads(&self, instrument: &Instrument) -> Option<Leads> {
        let number = instrument.listing.calendar?;
        self.hours.calendars.get(usize::from(number)).map(|calendar| calendar.leads)
    }

    /// Whether a strategy holds nothing over the end of a day.
    pub fn is_intraday(&self, strategy: StrategyId) -> bool {
        self.hours.intraday.contains(&strategy)
    }

    /// The futures of an underlying that have not ended at an instant, the next to end first.
    pub fn futures(&self, underlying: InstrumentId, now: Timestamp) -> Vec<InstrumentId> {
        let alive = |one: &&Instrument| match one.listing.class {
            Class::Future { underlying: of, expiry } => {
                of == underlying && expiry > now && !one.listing.superseded
            }
            Class::Perpetual | Class::Index | Class::Option { .. } => false,
        };
        let mut futures: Vec<&Instrument> = self.instruments.iter().filter(alive).collect();
        futures.sort_by_key(|one| (one.listing.class.expiry(), one.id));
        futures.into_iter().map(|one| one.id).collect()
    }

    /// The front month of an underlying: of its futures that have not ended, the one that ends first.
    pub fn front(&self, underlying: InstrumentId, now: Timestamp) -> Option<InstrumentId> {
        self.futures(underlying, now).first().copied()
    }
}
