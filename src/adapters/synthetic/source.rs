//! Invented markets as one source, merged by receive time.

use super::chain::Chain;
use super::index::Index;
use super::market::Market;
use super::options::SyntheticOptions;
use crate::model::{Class, Instrument, Price, Span, Timestamp};
use crate::sim::{MarketSource, RawMessage, SourceError};

/// Invented markets without end.
#[derive(Debug)]
pub struct SyntheticSource {
    parts: Vec<Part>,
}

/// One invented part of the whole.
#[derive(Debug)]
enum Part {
    Market(Box<Market>),
    Index(Box<Index>),
    Chain(Box<Chain>),
}

impl SyntheticSource {
    /// Markets for these instruments, each from its starting price: a perpetual has a market of its own, an index is
    /// quoted, and what is derived follows what it is derived from. What is derived from nothing here says nothing.
    pub fn new(
        options: SyntheticOptions,
        instruments: impl IntoIterator<Item = (Instrument, Price)>,
    ) -> Self {
        let (mut parts, mut origins, mut derived) = (Vec::new(), Vec::new(), Vec::new());
        for (instrument, price) in instruments {
            let id = instrument.id;
            match instrument.listing.class {
                Class::Perpetual => {
                    parts.push(Part::Market(Box::new(Market::new(instrument, price, options))));
                }
                Class::Index => parts.push(Part::Index(Box::new(Index::new(instrument, price, options)))),
                Class::Future { .. } | Class::Option { .. } => {
                    derived.push(instrument);
                    continue;
                }
            }
            origins.push((id, price));
        }
        for (id, price) in origins {
            let of = |one: &Instrument| one.listing.class.underlying() == Some(id);
            let (ours, rest) = derived.into_iter().partition(of);
            derived = rest;
            parts.extend(Chain::new(id, price, ours, options).map(|chain| Part::Chain(Box::new(chain))));
        }
        Self { parts }
    }

    /// Lets what is derived hear of what it is derived from.
    fn spread(&mut self, message: &RawMessage) {
        for part in &mut self.parts {
            if let Part::Chain(chain) = part {
                chain.hear(message);
            }
        }
    }

    /// The part that speaks or looks first; `None` where there is nobody.
    fn earliest(&mut self) -> Option<&mut Part> {
        let times = self.parts.iter_mut().enumerate();
        let earliest = times.filter_map(|(index, part)| Some((part.next_time()?, index))).min()?;
        self.parts.get_mut(earliest.1)
    }
}

impl Part {
    fn next_time(&mut self) -> Option<Timestamp> {
        match self {
            Self::Market(market) => market.next_time(),
            Self::Index(index) => Some(index.next_time()),
            Self::Chain(chain) => chain.next_time(),
        }
    }

    fn next_message(&mut self) -> Option<RawMessage> {
        match self {
            Self::Market(market) => market.next_message(),
            Self::Index(index) => index.next_message(),
            Self::Chain(chain) => chain.next_message(),
        }
    }
}

impl MarketSource for SyntheticSource {
    /// Ends only where there is no instrument.
    fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        while let Some(part) = self.earliest() {
            let Some(message) = part.next_message() else { continue };
            self.spread(&message);
            return Ok(Some(message));
        }
        Ok(None)
    }

    fn length(&self) -> Option<Span> {
        None
    }
}
