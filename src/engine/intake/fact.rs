//! What a report becomes, made a fact with what follows from it at once.

use super::correction;
use super::ground::distrust;
use crate::engine::core::Core;
use crate::model::{BrokerReport, Cause, Envelope, Event, OrderEvent};

/// An event of a known order. A fill set aside means that we do not know what we hold; one that was taken back before we
/// heard of it is taken back at once.
pub(super) fn known_order(core: &mut Core, event: OrderEvent, cause: Cause, out: &mut Vec<Envelope>) {
    let mut aside = None;
    let mut filled = None;
    if let OrderEvent::SetAside { report, .. } = &event
        && let BrokerReport::Filled(fill) = report.as_ref()
    {
        aside = Some(fill.instrument);
    } else if let OrderEvent::Filled { fill, .. } = &event {
        filled = Some(fill.clone());
    }
    core.emit(cause, Event::Order(event), out);
    if let Some(instrument) = aside {
        distrust(core, instrument, "a fill was set aside", out);
    }
    if let Some(fill) = filled {
        let client_id = core.state.orders.name_of(fill.order);
        correction::catch_up(core, (client_id, &fill), cause, out);
    }
}
