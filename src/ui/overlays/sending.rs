//! What an overlay sends once: open, sent and awaiting the engine's answer, done.

use crate::model::{BatchEvent, ControlEvent, Envelope, Event, OrderEvent, RequestId, Timestamp};

/// How far it is. Nothing is sent from an overlay that is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sending {
    #[default]
    Open,
    /// Sent once; the engine's answer is awaited. `request` is its number, once the engine's lane has taken it.
    Sent { at: Timestamp, request: Option<RequestId> },
    /// Taken by the engine: the overlay closes.
    Done,
}

impl Sending {
    /// It leaves now.
    pub(super) const fn begin(&mut self, at: Timestamp) {
        *self = Self::Sent { at, request: None };
    }

    /// The number it was sent under; where the engine did not take it, why the overlay is open again.
    pub(super) fn on_sent(&mut self, request: Option<RequestId>) -> Option<String> {
        let Self::Sent { at, request: None } = *self else { return None };
        if request.is_some() {
            *self = Self::Sent { at, request };
            return None;
        }
        *self = Self::Open;
        Some("NOT TAKEN: the engine does not listen; nothing was sent".to_owned())
    }

    /// An event: done where it says so; where it refuses, why the overlay is open again.
    pub(super) fn on_event(&mut self, envelope: &Envelope) -> Option<String> {
        let Self::Sent { request: Some(ours), .. } = *self else { return None };
        let verdict = answer(&envelope.event, ours)?;
        *self = if verdict.is_ok() { Self::Done } else { Self::Open };
        verdict.err().map(|why| format!("{why}: nothing was sent"))
    }
}

/// What an event says about a request: taken, or in words why not.
fn answer(event: &Event, ours: RequestId) -> Option<Result<(), String>> {
    let is_ours = |request: &Option<RequestId>| *request == Some(ours);
    match event {
        Event::Order(
            OrderEvent::Submitted { request, .. }
            | OrderEvent::Held { request, .. }
            | OrderEvent::ReplaceRequested { request, .. },
        )
        | Event::Batch(BatchEvent::Began { request, .. })
            if is_ours(request) =>
        {
            Some(Ok(()))
        }
        Event::Denied { request, denial, .. } if is_ours(request) => Some(Err(format!("DENIED {denial}"))),
        Event::Batch(BatchEvent::Denied { request, leg, denial, .. }) if is_ours(request) => {
            Some(Err(format!("DENIED whole, leg {}: {denial}", leg + 1)))
        }
        Event::Control(ControlEvent::Refused { request, refusal }) if request.id == ours => {
            Some(Err(format!("refused, {}", crate::ui::command_words::refusal_words(*refusal))))
        }
        Event::Control(ControlEvent::Done { request, .. }) if *request == ours => Some(Ok(())),
        _ => None,
    }
}
