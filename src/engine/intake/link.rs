//! News of connections and subscribers: an event only when something changed.

use crate::engine::core::Core;
use crate::engine::watchdog;
use crate::model::{Actor, Envelope, Event, LinkEvent, LinkReport, Reason};

/// Takes one report.
pub(in crate::engine) fn take(core: &mut Core, report: LinkReport, out: &mut Vec<Envelope>) {
    match report {
        LinkReport::Alive { name } => {
            let known = core.state.links.named(name.as_str()).map(crate::state::Link::is_well);
            match core.beats.iter_mut().find(|(known, _)| *known == name) {
                Some((_, at)) => *at = core.now,
                None => core.beats.push((name, core.now)),
            }
            if known != Some(true) {
                core.emit_root(Event::Link(LinkEvent::Up { name }), out);
                watchdog::look(core, out);
                let back = known.is_some() && watchdog::is_brokers(core, name);
                if back && core.state.genesis().watchdog.is_on() {
                    watchdog::reconcile(core, Reason::new("reconnect"), (Actor::Watchdog, None), out);
                }
            }
        }
        LinkReport::Down { name, reason } => {
            core.emit_root(Event::Link(LinkEvent::Down { name, reason }), out);
            watchdog::look(core, out);
        }
        LinkReport::Subscriber { name, state, detail } => {
            core.emit_root(Event::Link(LinkEvent::Subscriber { name, state, detail }), out);
        }
    }
}
