//! Rule: an order trades while its market does: not outside a session, not after a contract's end, and nothing that
//! adds risk shortly before the close (control P14). An index is only looked at.

use super::proposal::Proposal;
use super::rule::{Rule, measured, plain};
use crate::model::{Class, Finding, Hours, Instrument, Measure, RuleId, Scope, Timestamp};
use crate::state::Plain;

pub(super) struct Session;

impl Rule for Session {
    #[inline]
    fn check(&self, proposal: &Proposal<'_>) -> Finding {
        let scope = Scope::Instrument(proposal.order.instrument);
        let Some(instrument) = proposal.instrument else {
            return plain(RuleId::Session, scope, false, "unknown instrument");
        };
        let listing = &instrument.listing;
        if listing.class == Class::Index {
            return plain(RuleId::Session, scope, false, "an index is not traded");
        }
        if listing.superseded && !proposal.exits() {
            let generation = (Measure::Count(listing.generation), Measure::None);
            return measured(RuleId::Session, scope, false, generation, "superseded generation");
        }
        let refuse = |value, detail| measured(RuleId::Session, scope, false, (value, Measure::None), detail);
        match proposal.state.genesis().hours_of(instrument, proposal.now) {
            Hours::Always => plain(RuleId::Session, scope, true, ""),
            Hours::Expired { at } => refuse(Measure::Age(proposal.now.since(at)), "expired since"),
            Hours::Closed { opens: None } => refuse(Measure::None, "closed"),
            Hours::Closed { opens: Some(opens) } => {
                refuse(Measure::Age(opens.since(proposal.now)), "closed, opens in")
            }
            Hours::Open { day_close, .. } => before_close(proposal, instrument, day_close),
        }
    }

    /// What neither ends nor closes may always be traded.
    #[inline]
    fn clears(&self, proposal: &Proposal<'_>) -> bool {
        proposal.plain.has(Plain::SESSION)
    }
}

/// Shortly before the close only exits pass; for an intraday strategy from when it is closed out.
fn before_close(proposal: &Proposal<'_>, instrument: &Instrument, day_close: Timestamp) -> Finding {
    let scope = Scope::Instrument(instrument.id);
    let genesis = proposal.state.genesis();
    let Some(leads) = genesis.leads(instrument) else {
        return plain(RuleId::Session, scope, false, "closed");
    };
    let close = instrument.listing.class.expiry().map_or(day_close, |expiry| expiry.min(day_close));
    let intraday = genesis.is_intraday(proposal.order.strategy);
    let least = if intraday { leads.no_entries.max(leads.flatten) } else { leads.no_entries };
    let left = close.since(proposal.now);
    let late = left <= least;
    let numbers = (Measure::Age(left), Measure::Age(least));
    let detail = if late { "too close to the close" } else { "" };
    measured(RuleId::Session, scope, !late || proposal.exits(), numbers, detail)
}
