//! What screens and doors speak: a session over which state goes out and requests come in.

mod session;
mod vitals;

pub use session::{Ask, Client, ClientParts, Message, Reply, SessionId};
pub use vitals::{StrategyTiming, SubscriberHealth, Vitals};
