//! The adapter: what it is told before it starts, and what it promises.

use super::http::Http;
use super::known::Known;
use super::mode::Expect;
use super::names::Named;
use super::secret::Secret;
use super::setup::{Pace, Setup};
use super::stream::{NEWS_BOUND, Plan, listen};
use super::work::Work;
use crate::adapters::abilities::{Abilities, CancelAllScope};
use crate::adapters::port::{Adapter, AdapterError, Ends, Running};
use crate::model::{Calendar, Currency, IdempotencyClass, Span, StrategyId, VenueTraits};
use std::collections::BTreeMap;
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
    tells_fees: false,
};

/// What an adapter is told.
#[derive(Debug)]
pub struct OpenAlgoOptions {
    pub url: String,
    /// Where its stream is (`ws://` or `wss://`); without one everything is asked for.
    pub stream: Option<String>,
    pub key: Secret,
    /// The world every answer must be of.
    pub expect: Expect,
    /// Whether the server is asked what it makes of client order ids.
    pub probe: bool,
    /// What is traded there; nothing else is looked at.
    pub names: Vec<Named>,
    /// The session calendars of the configuration, as instruments' listings count them: the server's hours are held against
    /// them.
    pub calendars: Vec<Calendar>,
    /// The exchange's ids of the algorithms that have one: each goes with every order of its strategy.
    pub algo_ids: BTreeMap<StrategyId, String>,
    /// The account's currency.
    pub currency: Currency,
    pub orders_per_s: u32,
    pub cancels_per_s: u32,
    pub reads_per_s: u32,
    /// How often the books are read while an order is open.
    pub poll: Span,
    /// How often they are read while none is: what proves that the broker is there, so well within the time after which its silence is
    /// a loss.
    pub idle: Span,
    /// How often each quote is read where the stream gives none.
    pub quotes: Span,
    /// After this long without an answer the outcome is unknown.
    pub answer: Span,
    /// What the engine knows of its orders from before.
    pub known: Known,
}

/// An `OpenAlgo` server as a broker and a market.
#[derive(Debug)]
pub struct OpenAlgo {
    http: Http,
    stream: Option<Plan>,
    names: Vec<Named>,
    setup: Setup,
    known: Known,
}

impl OpenAlgo {
    /// An adapter before its first message.
    pub fn new(options: OpenAlgoOptions) -> Result<Self, AdapterError> {
        let OpenAlgoOptions { url, stream, key, names, known, calendars, algo_ids, .. } = options;
        let patience = Duration::from_millis(u64::try_from(options.answer.millis()).unwrap_or(5_000));
        let stream = stream.map(|url| Plan {
            url,
            key: key.for_another(),
            symbols: names.iter().map(|one| (one.symbol.clone(), one.exchange.clone())).collect(),
            seed: 0,
        });
        let http = Http::new(&url, key, patience)
            .map_err(|error| AdapterError::Venue(format!("the HTTP client: {}", error.without_url())))?;
        let pace = Pace {
            orders_per_s: options.orders_per_s,
            cancels_per_s: options.cancels_per_s,
            reads_per_s: options.reads_per_s,
            poll: options.poll,
            idle: options.idle,
            quotes: options.quotes,
        };
        let (expect, currency, probe) = (options.expect, options.currency, options.probe);
        Ok(Self {
            http,
            stream,
            names,
            setup: Setup { expect, pace, currency, probe, calendars, algo_ids },
            known,
        })
    }
}

impl Adapter for OpenAlgo {
    fn name(&self) -> &'static str {
        "openalgo"
    }

    fn abilities(&self) -> Abilities {
        let pace = self.setup.pace;
        Abilities {
            kinds: &["MARKET", "LIMIT", "SL", "SL-M"],
            traits: TRAITS,
            cancel_all: CancelAllScope::Account,
            dead_man: false,
            streams: if self.stream.is_some() { &["quotes", "depth", "orders"] } else { &[] },
            per_second: Some((pace.orders_per_s, pace.cancels_per_s)),
        }
    }

    fn run(self: Box<Self>, ends: Ends) -> Running {
        Box::pin(async move {
            let Self { http, stream, names, setup, known } = *self;
            let Ends { requests, reports, market, clock, stop } = ends;
            // Ends with the work, whatever it ends by.
            let listening = stop.child_token();
            let hangs_up = listening.clone().drop_guard();
            let news = stream.map(|plan| {
                let (news, heard) = tokio::sync::mpsc::channel(NEWS_BOUND);
                let seed = u64::try_from(clock().nanos()).unwrap_or_default();
                tokio::spawn(listen(Plan { seed, ..plan }, news, listening));
                heard
            });
            let work = Work::new((http, names, known), setup, (reports, market), (clock, news));
            let ended = work.run(requests, stop).await;
            drop(hangs_up);
            ended
        })
    }
}
