//! What an event says about a request other than one about orders.

use crate::model::{ControlEvent, Event, OrderEvent, Refusal, RequestId, RiskEvent};

/// What became of a request.
pub(super) enum Outcome {
    Done,
    Refused(Refusal),
    Denied(String),
}

/// What an event says about a request; `None` when it speaks of another.
pub(super) fn outcome(event: &Event, request: RequestId) -> Option<Outcome> {
    let asked = match event {
        Event::Control(ControlEvent::Refused { request: refused, refusal }) => {
            return (refused.id == request).then_some(Outcome::Refused(*refusal));
        }
        Event::Denied { request: asked, denial, .. } => {
            return (*asked == Some(request)).then(|| Outcome::Denied(format!("denied: {denial}")));
        }
        Event::Control(ControlEvent::Done { request, .. }) => Some(*request),
        Event::Control(
            ControlEvent::KillRaised { request, .. }
            | ControlEvent::Resumed { request, .. }
            | ControlEvent::Armed { request, .. }
            | ControlEvent::Disarmed { request, .. }
            | ControlEvent::ModeSet { request, .. }
            | ControlEvent::Acknowledged { request, .. }
            | ControlEvent::ReconcileBegan { request, .. }
            | ControlEvent::DifferenceAccepted { request, .. },
        )
        | Event::Risk(RiskEvent::LimitSet { request, .. } | RiskEvent::LoosenAsked { request, .. })
        | Event::Order(
            OrderEvent::Submitted { request, .. }
            | OrderEvent::Held { request, .. }
            | OrderEvent::CancelRequested { request, .. },
        ) => *request,
        Event::Control(_)
        | Event::Order(_)
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    };
    (asked == Some(request)).then_some(Outcome::Done)
}
