//! The outer ring's port: who hears every event without ever slowing the core.

use crate::model::Envelope;

/// Hears events on its own thread. A panic or an error restarts it with back-off; lag is told, not hidden.
///
/// ```
/// use flightdeck::{bus::Subscriber, model::Envelope};
///
/// struct Counter(u64);
///
/// impl Subscriber for Counter {
///     fn name(&self) -> &'static str {
///         "counter"
///     }
///     fn on_event(&mut self, _event: &Envelope) -> Result<(), String> {
///         self.0 += 1;
///         Ok(())
///     }
///     fn on_lag(&mut self, missed: u64) -> Result<(), String> {
///         Err(format!("{missed} events uncounted"))
///     }
/// }
/// # assert_eq!(Counter(0).name(), "counter");
/// ```
pub trait Subscriber: Send {
    /// Its name on the screen.
    fn name(&self) -> &'static str;

    /// One event, in order. An error is shown as its health; the event is not repeated.
    fn on_event(&mut self, event: &Envelope) -> Result<(), String>;

    /// It was too slow and missed this many events that are not replaceable.
    fn on_lag(&mut self, missed: u64) -> Result<(), String>;

    /// Nothing waits: the time to write what is batched.
    fn on_idle(&mut self) -> Result<(), String> {
        Ok(())
    }
}
