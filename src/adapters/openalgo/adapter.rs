//! The adapter: what it is told before it starts, and what it promises.

use super::http::Http;
use super::known::Known;
use super::names::Named;
use super::secret::Secret;
use super::work::{Pace, Work};
use crate::adapters::port::{Adapter, AdapterError, Ends, Running};
use crate::model::{Currency, IdempotencyClass, Span, VenueTraits};
use std::time::Duration;

/// What such a server promises: no client ids at all, so nothing is ever sent twice; absent is what the book has not shown
/// ten seconds after it was sent (wire spec §13).
pub const TRAITS: VenueTraits = VenueTraits {
    absent_after: Span::from_secs(10),
    absent_checks: 2,
    idempotency: IdempotencyClass::None,
    can_replace: true,
    can_query: true,
    holds_stops: true,
};

/// What an adapter is told.
#[derive(Debug)]
pub struct OpenAlgoOptions {
    pub url: String,
    pub key: Secret,
    /// What is traded there; nothing else is looked at.
    pub names: Vec<Named>,
    /// The account's currency.
    pub currency: Currency,
    pub orders_per_s: u32,
    pub cancels_per_s: u32,
    pub reads_per_s: u32,
    /// How often the books are read while an order is open.
    pub poll: Span,
    /// How often each quote is read.
    pub quotes: Span,
    /// After this long without an answer the outcome is unknown.
    pub answer: Span,
    /// What the engine knows of its orders from before.
    pub known: Known,
}

/// An `OpenAlgo` server in analyze mode as a broker and a market.
#[derive(Debug)]
pub struct OpenAlgo {
    http: Http,
    names: Vec<Named>,
    currency: Currency,
    pace: Pace,
    known: Known,
}

impl OpenAlgo {
    /// An adapter before its first message.
    pub fn new(options: OpenAlgoOptions) -> Result<Self, AdapterError> {
        let OpenAlgoOptions { url, key, names, currency, known, .. } = options;
        let patience = Duration::from_millis(u64::try_from(options.answer.millis()).unwrap_or(5_000));
        let http = Http::new(&url, key, patience)
            .map_err(|error| AdapterError::Venue(format!("the HTTP client: {}", error.without_url())))?;
        let pace = Pace {
            orders_per_s: options.orders_per_s,
            cancels_per_s: options.cancels_per_s,
            reads_per_s: options.reads_per_s,
            poll: options.poll,
            quotes: options.quotes,
        };
        Ok(Self { http, names, currency, pace, known })
    }
}

impl Adapter for OpenAlgo {
    fn name(&self) -> &'static str {
        "openalgo"
    }

    fn run(self: Box<Self>, ends: Ends) -> Running {
        Box::pin(async move {
            let Self { http, names, currency, pace, known } = *self;
            let Ends { requests, reports, market, clock, stop } = ends;
            let work = Work::new((http, names, currency), (pace, known), (reports, market), clock);
            work.run(requests, stop).await
        })
    }
}
