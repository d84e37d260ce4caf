//! The port: what every venue adapter is given and what it must do. Messages in, messages out, restartable.

use super::abilities::Abilities;
use super::requests::Requests;
use crate::bus::{MarketSender, ReportSender};
use crate::model::Timestamp;
use crate::wire::Ask;
use std::future::Future;
use std::pin::Pin;
use tokio_util::sync::CancellationToken;

/// Our clock, injected: adapters read time only through it.
pub type Clock = fn() -> Timestamp;

/// An adapter at work. It ends with the token, or with the reason why it cannot go on.
pub type Running = Pin<Box<dyn Future<Output = Result<(), AdapterError>> + Send>>;

/// A venue: market data out, requests in, reports out.
///
/// ```
/// use flightdeck::adapters::{Abilities, Adapter, CancelAllScope, Ends, Running};
/// use flightdeck::model::VenueTraits;
///
/// /// Accepts nothing and says nothing, until it is stopped.
/// struct Mute;
///
/// impl Adapter for Mute {
///     fn name(&self) -> &'static str {
///         "mute"
///     }
///     fn abilities(&self) -> Abilities {
///         Abilities {
///             kinds: &[],
///             traits: VenueTraits::PAPER,
///             cancel_all: CancelAllScope::Ours,
///             dead_man: false,
///             streams: &[],
///             per_second: None,
///         }
///     }
///     fn run(self: Box<Self>, ends: Ends) -> Running {
///         Box::pin(async move {
///             ends.stop.cancelled().await;
///             Ok(())
///         })
///     }
/// }
/// # let _adapter: Box<dyn Adapter> = Box::new(Mute);
/// ```
pub trait Adapter: Send {
    /// Its name on the screen and in the log.
    fn name(&self) -> &'static str;

    /// What its venue can do.
    fn abilities(&self) -> Abilities;

    /// Works until `ends.stop` is cancelled. Never panics on what a venue sends.
    fn run(self: Box<Self>, ends: Ends) -> Running;
}

/// An adapter's connections to the rest of the process.
#[derive(Debug)]
pub struct Ends {
    /// Cancels before orders, the gate read again at the last moment.
    pub requests: Requests,
    pub reports: ReportSender<Ask>,
    pub market: MarketSender,
    pub clock: Clock,
    pub stop: CancellationToken,
}

/// Why an adapter ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum AdapterError {
    /// The market source failed.
    #[error("market source: {0}")]
    Source(#[from] crate::sim::SourceError),
    /// The venue is not what it must be.
    #[error("{0}")]
    Venue(String),
    /// The core is gone.
    #[error("the core no longer takes messages")]
    CoreGone,
}
