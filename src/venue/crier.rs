//! What the venue says to all its streams at once, and what mischief makes of it.

use super::fault::Fault;
use super::spoil::noise;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// Frames a stream may lag behind before it misses some.
pub(super) const FRAMES: usize = 8_192;

/// Frames held back; further ones are said at once.
const MOST_HELD: usize = 1_024;

/// The longest a frame waits for the next one.
const LONGEST: u64 = 1_000_000_000;

/// A frame.
#[derive(Debug, Clone)]
pub(super) enum Said {
    /// A market has moved.
    Tick(Arc<Tick>),
    /// Where an order stands.
    Update(Arc<str>),
    /// Something that is no frame.
    Noise(&'static str),
    /// Every stream ends after so many bytes more.
    Cut(u64),
}

/// A market as its stream shows it; each client sees of it what he has subscribed to.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) symbol: String,
    pub(super) exchange: String,
    pub(super) data: Value,
}

/// Speaks to all streams.
#[derive(Debug)]
pub(super) struct Crier {
    said: broadcast::Sender<Said>,
    /// Said later, each by when: nanoseconds of the monotonic clock.
    held: Vec<(u64, Said)>,
    /// Said after the next one.
    behind: Option<(u64, Said)>,
    mute_until: u64,
}

impl Crier {
    pub(super) const fn new(said: broadcast::Sender<Said>) -> Self {
        Self { said, held: Vec::new(), behind: None, mute_until: 0 }
    }

    /// Whether anybody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.said.receiver_count() > 0
    }

    /// Says nothing until then.
    pub(super) const fn mute(&mut self, until: u64) {
        self.mute_until = until;
    }

    /// Ends every stream.
    pub(super) fn cut(&self, bytes: u64) {
        self.send(Said::Cut(bytes));
    }

    /// Says a frame, or does with it what is to go wrong.
    pub(super) fn say(&mut self, frame: Said, fault: Option<Fault>, now: u64) {
        if now < self.mute_until {
            return;
        }
        match fault {
            Some(Fault::Lost) => return,
            Some(Fault::Late(pause)) if self.held.len() < MOST_HELD => {
                return self.held.push((now.saturating_add(nanos(pause)), frame));
            }
            Some(Fault::Swap) if self.behind.is_none() => {
                self.behind = Some((now.saturating_add(LONGEST), frame));
                return;
            }
            Some(Fault::Double) => {
                self.send(frame.clone());
                self.send(frame);
            }
            Some(Fault::Garbage(kind)) => self.send(Said::Noise(noise(kind))),
            Some(Fault::Cut(bytes)) => self.send(Said::Cut(bytes)),
            Some(_) | None => self.send(frame),
        }
        if let Some((_, behind)) = self.behind.take() {
            self.send(behind);
        }
    }

    /// Says what was held back for long enough.
    pub(super) fn release(&mut self, now: u64) {
        let (due, held): (Vec<_>, Vec<_>) = self.held.drain(..).partition(|(at, _)| *at <= now);
        self.held = held;
        for (_, frame) in due {
            self.send(frame);
        }
        if let Some((_, behind)) = self.behind.take_if(|(at, _)| *at <= now) {
            self.send(behind);
        }
    }

    fn send(&self, frame: Said) {
        // Nobody listens: nobody misses it.
        let _heard = self.said.send(frame);
    }
}

/// A duration in nanoseconds.
pub(super) fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
