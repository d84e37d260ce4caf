//! Invariants of orders whose fate nobody knows.

use super::super::checker::{Checker, Heard, Moment};
use crate::model::{OrderStatus, Span};

/// The longest pause between two questions about an order, in seconds.
const LONGEST: i64 = 30;

/// How far after its time a question may come: ticks are apart.
const GRACE: Span = Span::from_secs(2);

/// Questions one tick may ask.
const PER_TICK: usize = 16;

/// After a tick no order of unknown fate that was asked about waits longer for its next question than the pauses between
/// two grow: 1, 2, 4 … seconds. But where more wait than one tick asks about, or the message rate is used up.
pub(super) fn unknown_is_asked_about(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    let state = moment.state;
    let spent = state.budget.everywhere(state.now) >= state.limits().exit_messages();
    if !matches!(checker.heard, Heard::Tick) || !checker.genesis.venue.can_query || spent {
        return Ok(());
    }
    let unknown = || state.orders.open().iter().filter(|order| order.status == OrderStatus::Unknown);
    if unknown().count() >= PER_TICK {
        return Ok(());
    }
    for order in unknown() {
        let Some(asked_at) = order.pursuit.asked_at else { continue };
        let pause = Span::from_secs(LONGEST.min(1 << order.pursuit.asked.saturating_sub(1).min(8)));
        let waits = state.now.since(asked_at);
        if waits > pause + GRACE {
            return Err(format!("order {} is UNKNOWN and was last asked about {waits} ago", order.id.get()));
        }
    }
    Ok(())
}
