//! The passing of time: silence, hung orders, loss limits, and kills that are not finished.

use crate::engine::core::Core;
use crate::engine::{account, batch, close, day_end, discipline, held, inquiry, kill, live, loss, watchdog};
use crate::model::{
    Actor, ControlEvent, Envelope, Event, Hours, KillLevel, Label, LinkEvent, MarketEvent, OrderEvent,
    OrderId, OrderStatus, Reason, Span,
};
use crate::state::Bug;

/// Looks at everything that time alone can change.
pub(in crate::engine) fn take(core: &mut Core, out: &mut Vec<Envelope>) {
    stale_markets(core, out);
    silent_links(core, out);
    hung_orders(core, out);
    inquiry::pursue(core, out);
    loss_limits(core, out);
    live::look(core, out);
    watchdog::look(core, out);
    watchdog::schedule(core, out);
    discipline::watch(core, out);
    account::keep_young(core, out);
    kill::pursue(core, out);
    day_end::pursue(core, out);
    close::pursue(core, out);
    held::tick(core, out);
    batch::pursue(core, out);
}

/// Data liveness: an instrument that had quotes and has none for longer than its limit. A closed market says nothing
/// and is not stale for it; once it opens its silence counts from then.
fn stale_markets(core: &mut Core, out: &mut Vec<Envelope>) {
    let now = core.now;
    let genesis = core.state.genesis();
    let stale: Vec<MarketEvent> = genesis
        .instruments
        .iter()
        .filter_map(|instrument| {
            let market = core.state.market(instrument.id)?;
            let age = match genesis.hours_of(instrument, now) {
                Hours::Always => market.age(now)?,
                Hours::Open { since, .. } => market.age(now)?.min(now.since(since)),
                Hours::Closed { .. } | Hours::Expired { .. } => return None,
            };
            let turned = !market.stale && age > instrument.stale_after;
            turned.then_some(MarketEvent::Stale { instrument: instrument.id, age })
        })
        .collect();
    for event in stale {
        core.emit_root(Event::Market(event), out);
    }
}

/// Transport liveness: a link that was up and has not answered, data or not.
fn silent_links(core: &mut Core, out: &mut Vec<Envelope>) {
    let (now, genesis) = (core.now, core.state.genesis());
    let limit = |name: Label| {
        if watchdog::is_brokers(core, name) { genesis.watchdog.broker_silent } else { genesis.link_silent }
    };
    let silent: Vec<(Label, Span)> = core
        .beats
        .iter()
        .map(|(name, at)| (*name, now.since(*at)))
        .filter(|(name, age)| *age > limit(*name) && is_up(core, *name))
        .collect();
    for (name, age) in silent {
        core.emit_root(Event::Link(LinkEvent::Silent { name, age }), out);
    }
}

fn is_up(core: &Core, name: Label) -> bool {
    core.state.links.named(name.as_str()).is_some_and(crate::state::Link::is_well)
}

/// An order without any answer is not rejected, also where a cancel was asked for: its fate is unknown and its worst case
/// stays reserved.
fn hung_orders(core: &mut Core, out: &mut Vec<Envelope>) {
    let (now, limit) = (core.now, core.state.genesis().order_answer);
    let hung: Vec<(OrderId, Span, crate::model::Cause)> = core
        .state
        .orders
        .open()
        .iter()
        .filter(|order| {
            !matches!(order.status, OrderStatus::Unknown | OrderStatus::Held) && !order.is_proven()
        })
        .map(|order| (order.id, now.since(order.submitted_at), order.cause))
        .filter(|(_, waited, _)| *waited > limit)
        .collect();
    let planted = core.state.planted;
    for (id, waited, cause) in hung {
        if planted.has(Bug::HungUnseen) {
            return;
        }
        if planted.has(Bug::SilenceIsRejection) {
            let (reason, venue_time) = ("no answer".into(), core.now);
            core.emit(cause, Event::Order(OrderEvent::Rejected { id, reason, venue_time }), out);
            continue;
        }
        core.emit(cause, Event::Order(OrderEvent::Unknown { id, waited, told: None, word: None }), out);
    }
}

/// A loss limit reached cancels the entries of what reached it, and a human has to look.
fn loss_limits(core: &mut Core, out: &mut Vec<Envelope>) {
    if core.state.planted.has(Bug::LossGoesOn) {
        return;
    }
    for (scope, loss, limit) in loss::reached(&core.state) {
        if core.state.control.kill_at(scope) >= KillLevel::K2 {
            continue;
        }
        let cause = core.root();
        core.emit(cause, Event::Control(ControlEvent::LossLimit { scope, loss, limit }), out);
        let raised = ControlEvent::KillRaised {
            level: KillLevel::K2,
            scope,
            actor: Actor::Watchdog,
            reason: Reason::new("daily loss limit"),
            request: None,
        };
        core.emit(cause, Event::Control(raised), out);
    }
}
