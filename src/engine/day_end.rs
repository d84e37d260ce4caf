//! The end of a trading day and of a contract: intraday positions are closed before it, and a roll is called for in time.

use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{
    Actor, Cause, Class, ControlEvent, Envelope, Event, Hours, Instrument, InstrumentId, OrderId, StrategyId,
    Timestamp,
};
use crate::state::State;

/// Does what the hour wants. Called on every tick; what is begun here is pursued as any close is.
pub(super) fn pursue(core: &mut Core, out: &mut Vec<Envelope>) {
    if !core.state.genesis().hours.intraday.is_empty() {
        for (instrument, close) in ending(core) {
            cancel_entries(core, instrument, close, out);
            close_positions(core, instrument, close, out);
            alarm(core, instrument, close, out);
        }
    }
    call_rolls(core, out);
}

/// The instruments whose day is about to end, each with when.
fn ending(core: &Core) -> Vec<(InstrumentId, Timestamp)> {
    let genesis = core.state.genesis();
    let of = |instrument: &Instrument| {
        let (left, close) = left(core, instrument)?;
        let leads = genesis.leads(instrument)?;
        (left <= leads.flatten).then_some((instrument.id, close))
    };
    genesis.instruments.iter().filter_map(of).collect()
}

/// How long an open instrument's day still lasts, and when it ends.
fn left(core: &Core, instrument: &Instrument) -> Option<(crate::model::Span, Timestamp)> {
    let Hours::Open { day_close, .. } = core.state.genesis().hours_of(instrument, core.now) else {
        return None;
    };
    let close = instrument.listing.class.expiry().map_or(day_close, |expiry| expiry.min(day_close));
    Some((close.since(core.now), close))
}

/// The intraday strategies of the run.
fn intraday(state: &State) -> Vec<StrategyId> {
    state.genesis().hours.intraday.iter().copied().collect()
}

/// Cancels what intraday strategies still want to enter.
fn cancel_entries(core: &mut Core, instrument: InstrumentId, close: Timestamp, out: &mut Vec<Envelope>) {
    let entries: Vec<OrderId> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| order.request.instrument == instrument)
        .filter(|order| core.state.genesis().is_intraday(order.request.strategy))
        .filter(|order| !order.request.is_closing() && !order.request.is_flattening())
        .filter(|order| submit::may_ask(core, order) && !core.state.is_protective(order))
        .map(|order| order.id)
        .collect();
    for id in entries {
        let cause = announce(core, instrument, close, out);
        submit::cancel(core, id, Origin { actor: Actor::Watchdog, request: None, cause }, out);
    }
}

/// Begins to close what intraday strategies hold.
fn close_positions(core: &mut Core, instrument: InstrumentId, close: Timestamp, out: &mut Vec<Envelope>) {
    for strategy in intraday(&core.state) {
        // The rest of a lot cannot be closed, and is not tried at every tick.
        if core.state.is_closing(strategy, instrument) || core.state.is_dust(strategy, instrument) {
            continue;
        }
        let cause = announce(core, instrument, close, out);
        let (actor, request) = (Actor::Watchdog, None);
        let event = ControlEvent::CloseBegan { strategy, instrument, actor, request };
        core.emit(cause, Event::Control(event), out);
    }
}

/// Says that an instrument's day ends, the first time there is something to do about it.
fn announce(core: &mut Core, instrument: InstrumentId, close: Timestamp, out: &mut Vec<Envelope>) -> Cause {
    let cause = core.root();
    if !core.state.sessions.is_ended(instrument, close) {
        core.emit(cause, Event::Control(ControlEvent::SessionEnd { instrument, close }), out);
    }
    cause
}

/// Says which positions are still open shortly before the close.
fn alarm(core: &mut Core, instrument: InstrumentId, close: Timestamp, out: &mut Vec<Envelope>) {
    let lead = core.state.genesis().instrument(instrument).and_then(|one| core.state.genesis().leads(one));
    if lead.is_none_or(|lead| close.since(core.now) > lead.alarm) {
        return;
    }
    for strategy in intraday(&core.state) {
        let net = core.state.ledger.position(strategy, instrument).net;
        if net.is_zero() || core.state.sessions.is_late(strategy, instrument, close) {
            continue;
        }
        let late = ControlEvent::SessionLate { strategy, instrument, close, net };
        core.emit_root(Event::Control(late), out);
    }
}

/// Says, once a day, which futures that are held are to be rolled.
fn call_rolls(core: &mut Core, out: &mut Vec<Envelope>) {
    let genesis = core.state.genesis();
    let mut due = Vec::new();
    for instrument in &genesis.instruments {
        let Class::Future { underlying, expiry } = instrument.listing.class else { continue };
        let left = expiry.since(core.now);
        if left > instrument.listing.roll_before || expiry <= core.now {
            continue;
        }
        let later = genesis.futures(underlying, expiry);
        // What is held at an account is rolled there, where there is anything to roll into.
        let home = |id: &InstrumentId| genesis.accounts.of(*id);
        let there = later.iter().find(|id| home(id) == home(&instrument.id)).or(later.first()).copied();
        for strategy in genesis.strategy_ids() {
            let held = !core.state.ledger.position(strategy, instrument.id).net.is_zero();
            if held && !core.state.sessions.is_roll_told(strategy, instrument.id, core.now) {
                let instrument = instrument.id;
                due.push(ControlEvent::RollDue { strategy, instrument, expiry, into: there });
            }
        }
    }
    for event in due {
        core.emit_root(Event::Control(event), out);
    }
}
