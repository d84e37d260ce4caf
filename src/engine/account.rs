//! The broker's word about the account kept young: it is asked again before what it told is too old to trade on.

use super::core::Core;
use crate::model::{AccountEvent, Envelope, Event, Span};

/// Asks when half the time has passed for which the last answer is believed, or when its account has come back since, and
/// again while none comes.
pub(super) fn keep_young(core: &mut Core, out: &mut Vec<Envelope>) {
    let half = Span::from_nanos(core.state.limits().account_age.nanos().div_euclid(2));
    let told = |id| core.state.reconciliation.of(id).told_at;
    let is_old = |id| told(id).is_some_and(|told| core.now.since(told) >= half || core.state.is_outdated(id));
    let old = core.state.accounts_there().any(is_old);
    let again = Span::from_nanos(half.nanos().div_euclid(4));
    let asked = core.state.account_asked.is_some_and(|asked| core.now.since(asked) < again);
    if old && !asked {
        core.emit_root(Event::Account(AccountEvent::Asked), out);
    }
}
