//! What the last run with real money left at its broker: told at every start in analyze, whose own books know nothing of it.

use super::book::account;
use crate::config::{LiveKind, Settings};
use crate::model::{Mode, OrderStatus};
use crate::state::State;
use crate::store::{DataPaths, read_past_of};

/// What stands there by the journal; `None` where there is no way to live, no run of it, or nothing left by one that ended in
/// order.
pub(super) fn left_live(paths: &DataPaths, settings: &Settings) -> Option<String> {
    if settings.run.mode == Mode::Live || settings.live.kind == LiveKind::None {
        return None;
    }
    let mut live = settings.clone();
    live.run.mode = Mode::Live;
    match read_past_of(paths, &account(&live)) {
        Ok(past) => {
            let past = past?;
            words(&past.state, past.ended.is_some())
        }
        // Its own start would refuse to go on, and says more.
        Err(error) => Some(format!("what the last live run left cannot be read: {error}")),
    }
}

fn words(state: &State, in_order: bool) -> Option<String> {
    let (positions, orders) = (state.positions_held(), state.orders.open());
    let unknown =
        orders.iter().filter(|order| order.is_in_the_air() || order.status == OrderStatus::Unknown).count();
    if in_order && positions == 0 && orders.is_empty() {
        return None;
    }
    let end = if in_order { "ended in order" } else { "did not end in order" };
    Some(format!(
        "by the journal {positions} positions and {} open orders ({unknown} of unknown fate) stand at the broker with real \
         money: the last live run {end}; M takes them up, `flightdeck kill --direct` ends them",
        orders.len()
    ))
}
