//! Bars of a history at the door: what no interval of trading comes to is quarantined.

use super::quarantine;
use crate::engine::core::Core;
use crate::model::{Bar, DisplayText, Envelope, Event, Fault, Instrument, MarketEvent, Price};
use crate::state::{InstrumentMarket, Trust};

/// Takes one bar. One that is not later than what came before it was told already. A history may begin and go on
/// anywhere (weekends, splits, holes), so no distance to the bar before is a fault; one good bar ends a quarantine.
pub(super) fn take(core: &mut Core, bar: Bar, out: &mut Vec<Envelope>) {
    let id = bar.instrument;
    let Some(instrument) = core.state.genesis().instrument(id) else { return };
    if let Some(fault) = fault_of(instrument, &bar) {
        let Bar { open, high, low, close, .. } = bar;
        let detail = DisplayText::new(&format!("open {open} high {high} low {low} close {close}"));
        quarantine::begin(core, id, fault, &detail, out);
        return;
    }
    let Some(market) = core.state.market(id) else { return };
    if market.quote.is_some_and(|last| last.venue_time >= bar.close_time) {
        return;
    }
    if market.stale || market.trust != Trust::Good {
        recover(core, &bar, out);
    }
    core.emit_root(Event::Market(MarketEvent::Bar(bar)), out);
}

/// Says that the instrument's data is trusted and fresh again, where it was not.
fn recover(core: &mut Core, bar: &Bar, out: &mut Vec<Envelope>) {
    let instrument = bar.instrument;
    let is =
        |core: &Core, what: fn(&InstrumentMarket) -> bool| core.state.market(instrument).is_some_and(what);
    if is(core, |market| market.trust != Trust::Good) {
        core.emit_root(Event::Market(MarketEvent::Trusted { instrument }), out);
    }
    if is(core, |market| market.stale) {
        let silence =
            core.state.market(instrument).and_then(|market| market.age(core.now)).unwrap_or_default();
        core.emit_root(Event::Market(MarketEvent::Fresh { instrument, silence }), out);
    }
}

/// What is wrong with a bar, if anything.
#[inline]
fn fault_of(instrument: &Instrument, bar: &Bar) -> Option<Fault> {
    if bar.low <= Price::ZERO {
        return Some(Fault::NotPositive);
    }
    if bar.low < instrument.min_price || bar.high > instrument.max_price {
        return Some(Fault::OutOfRange);
    }
    let inside = |price: Price| price >= bar.low && price <= bar.high;
    (!inside(bar.open) || !inside(bar.close)).then_some(Fault::Crossed)
}
