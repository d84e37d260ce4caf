//! News of connections and subscribers: an event only when something changed.

use crate::engine::core::Core;
use crate::model::{Envelope, Event, LinkEvent, LinkReport};

/// Takes one report.
pub(in crate::engine) fn take(core: &mut Core, report: LinkReport, out: &mut Vec<Envelope>) {
    match report {
        LinkReport::Alive { name } => {
            let known_up =
                core.state.links.named(name.as_str()).is_some_and(|link| link.state.as_str() == "up");
            match core.beats.iter_mut().find(|(known, _)| *known == name) {
                Some((_, at)) => *at = core.now,
                None => core.beats.push((name, core.now)),
            }
            if !known_up {
                core.emit_root(Event::Link(LinkEvent::Up { name }), out);
            }
        }
        LinkReport::Down { name, reason } => {
            core.emit_root(Event::Link(LinkEvent::Down { name, reason }), out);
        }
        LinkReport::Subscriber { name, state, detail } => {
            core.emit_root(Event::Link(LinkEvent::Subscriber { name, state, detail }), out);
        }
    }
}
