//! The paper venue: analyze mode's broker, which matches our orders against the real order book in virtual time.
//!
//! It behaves as a venue does, not as a shortcut: requests and reports take time and never overtake each other,
//! limits queue behind what is displayed, fills come level by level, fees and margin are exact, and every change is
//! followed by what the account now holds.
//!
//! Modelling choices, in one place:
//!
//! - *Our trading does not move the recorded market.* What we take from a level is remembered (`taken`) and comes
//!   back only as the real level is seen to be refilled.
//! - *Queue.* An order joins behind the quantity displayed at its price. Prints at the price eat what is ahead, then
//!   fill it; prints through the price fill it. A level that shrinks without prints had cancels, of which `QueueModel`
//!   says how many stood ahead. A print and the depth update that shows it are one event, in whichever order they
//!   arrive (`queue`).
//!   A price at which the book shows nothing has an empty queue.
//! - *A print older than an order* (by the venue's clock) never fills it: feeds are not in step.
//! - *Crossing.* When a book update shows the other side at or through our price, we are filled as maker at our
//!   price, up to the quantity shown there.
//! - *Stops* watch the last print. A stop that wakes while the book is out of sequence trades when it is back; it is
//!   not lost.
//! - Our own orders never trade with each other. There is no liquidation: losses show in equity and stop new risk.
//! - `at` of reports is our clock plus the latency: a sandbox has no clock of its own.

mod admission;
mod amount;
mod answer;
mod config;
mod ended;
mod exchange;
mod execution;
mod lane;
mod ledger;
mod market;
mod progress;
mod queue;
mod rejection;
mod replace;
mod resting;
mod restore;
mod seen;
mod settlement;
mod stops;
mod sweep;
mod venue;
mod working;

pub use config::{Books, Latency, MAX_IN_FLIGHT, MAX_WORKING, PaperConfig, QueueModel};
pub use venue::PaperVenue;
