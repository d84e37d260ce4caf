//! Feed outage by venue: most of its instruments mute beyond their own age limit. One mute instrument alone is no kill:
//! its stale or quarantine block refuses new risk and lifts itself with good quotes, which is what the matrix asks of
//! K1 [instrument]; a human who had to lift a one-second blip by hand would soon switch the watchdog off.

use super::guard::{Demand, Guard};
use crate::engine::core::Core;
use crate::model::{AccountId, DisplayText, Hours, Instrument, KillLevel, Scope, Span, Timestamp, Trigger};
use crate::state::Alarm;
use std::collections::BTreeMap;

pub(super) const GUARD: Guard = Guard { triggers: &[Trigger::FeedOutage], demands, has_healed };

fn demands(core: &Core) -> Vec<Demand> {
    // An account's quotes are its own: where it is mute says nothing of the same venue at another.
    let accounts = &core.state.genesis().accounts;
    let mut venues: BTreeMap<(AccountId, &DisplayText), Vec<(&Instrument, Span)>> = BTreeMap::new();
    for instrument in &core.state.genesis().instruments {
        if let Some(mute) = mute_for(core, instrument) {
            let venue = (accounts.of(instrument.id), &instrument.venue);
            venues.entry(venue).or_default().push((instrument, mute));
        }
    }
    venues.into_iter().filter_map(|(venue, members)| outage(core, venue, members)).collect()
}

/// How long an instrument has been mute beyond its limit; negative while it is not. `None` where nothing is expected.
fn mute_for(core: &Core, instrument: &Instrument) -> Option<Span> {
    Some(core.now.since(listening_since(core, instrument)?) - instrument.stale_after)
}

/// Since when an instrument's next word is awaited: its last one, or the opening of its session where that came later.
/// `None` where none is awaited: it has never been heard, or its market is closed.
fn listening_since(core: &Core, instrument: &Instrument) -> Option<Timestamp> {
    let heard = core.state.market(instrument.id)?.heard_at?;
    match core.state.genesis().hours_of(instrument, core.now) {
        Hours::Always => Some(heard),
        // Its silence counts from when it opened.
        Hours::Open { since, .. } => Some(heard.max(since)),
        Hours::Closed { .. } | Hours::Expired { .. } => None,
    }
}

/// What a venue's silence asks for. The outage has lasted as long as the share of its instruments that makes one has
/// been mute together: the shortest silence among the longest.
fn outage(
    core: &Core,
    (account, venue): (AccountId, &DisplayText),
    mut members: Vec<(&Instrument, Span)>,
) -> Option<Demand> {
    let limits = &core.state.genesis().watchdog;
    members.sort_by_key(|(_, mute)| std::cmp::Reverse(*mute));
    let share = members.len().saturating_mul(usize::try_from(limits.venue_share).unwrap_or(100));
    let needed = share.div_ceil(100).max(1);
    let (_, held) = *members.get(needed - 1)?;
    let level = match held {
        held if held >= limits.venue_k2 => KillLevel::K2,
        held if held >= limits.venue_k1 => KillLevel::K1,
        _ => return None,
    };
    let mute = members.iter().filter(|(_, mute)| *mute >= Span::ZERO).count();
    Some(Demand {
        trigger: Trigger::FeedOutage,
        subject: core.state.genesis().accounts.link(account, venue.as_str()),
        level,
        scopes: members.iter().map(|(instrument, _)| Scope::Instrument(instrument.id)).collect(),
        held,
        detail: format!(
            "{}{venue}: {mute} of {} instruments mute",
            core.state.genesis().accounts.prefix(account),
            members.len()
        ),
    })
}

fn has_healed(core: &Core, alarm: &Alarm) -> bool {
    let green = core.state.genesis().watchdog.feed_green;
    alarm.over_at.is_some_and(|over| core.now.since(over) >= green)
}
