//! A broker's reports: matched to our orders, applied once, and kept in sight when they cannot be placed.

use super::fact::known_order;
use super::ground::{distrust, known, no_new_risk};
use super::{correction, funding, snapshot};
use crate::engine::closing::Pair;
use crate::engine::core::Core;
use crate::engine::{batch, close, discipline, held, inquiry, kill, settle, trim, watchdog};
use crate::model::{
    Actor, BrokerReport, CancelStand, Cause, ClientOrderId, DisplayText, Envelope, Event, Fill, FillId,
    FillReport, FilterError, Money, Order, OrderChange, OrderEvent, OrderId, OrderSnapshot, OrderStatus,
    Price, Reason, Scope, Span, Timestamp, Unsent,
};
use crate::state::Bug;

/// Takes one report.
pub(in crate::engine) fn take(core: &mut Core, report: BrokerReport, out: &mut Vec<Envelope>) {
    let start = out.len();
    match report {
        BrokerReport::Account(snapshot) => return watchdog::account(core, &snapshot, out),
        BrokerReport::Orders(snapshot) => {
            // Taken for ended without the broker's word, and open there all the same: its answer is in the list.
            for told in watchdog::orders(core, &snapshot, out) {
                answer(core, &told, out);
            }
            inquiry::withdraw_ended(core, out);
        }
        BrokerReport::Settled { instrument, price, at } => {
            settle::take(core, instrument, price, at, out);
        }
        BrokerReport::Funding { instrument, amount, payment, at } => {
            return funding::take(core, (instrument, amount), (payment, at), out);
        }
        BrokerReport::Busted { order, fill_id, at } => correction::take(core, (order, fill_id, at), out),
        BrokerReport::NotFound { order, at } => {
            if let Some(order) = known(core, order) {
                inquiry::not_found(core, order.id, at, out);
            }
        }
        BrokerReport::Order(snapshot) => match known(core, snapshot.order) {
            Some(_) => answer(core, &snapshot, out),
            None => unmatched(core, snapshot.order, BrokerReport::Order(snapshot), out),
        },
        BrokerReport::Accepted { order, .. }
        | BrokerReport::Rejected { order, .. }
        | BrokerReport::Triggered { order, .. }
        | BrokerReport::Canceled { order, .. }
        | BrokerReport::Expired { order, .. }
        | BrokerReport::CancelRejected { order, .. }
        | BrokerReport::Replaced { order, .. }
        | BrokerReport::ReplaceRejected { order, .. }
        | BrokerReport::NotSent { order, .. }
        | BrokerReport::Doubted { order, .. }
        | BrokerReport::Filled(FillReport { order, .. }) => about(core, order, report, out),
    }
    discipline::watch(core, out);
    kill::pursue(core, out);
    close::pursue(core, out);
    batch::pursue(core, out);
    for pair in moved(out.get(start..).unwrap_or_default()) {
        trim::exits(core, pair.0, pair.1, out);
    }
    held::settle(core, start, out);
}

/// What the broker says of an order that we know.
fn answer(core: &mut Core, told: &OrderSnapshot, out: &mut Vec<Envelope>) {
    let Some(order) = known(core, told.order) else { return };
    let (id, before) = (order.id, Before::of(order));
    snapshot::take(core, id, told, out);
    follow(core, id, before, out);
}

/// A report about one order, ours or not.
fn about(core: &mut Core, client_id: ClientOrderId, report: BrokerReport, out: &mut Vec<Envelope>) {
    let Some(order) = known(core, client_id) else { return unmatched(core, client_id, report, out) };
    let (id, cause, before) = (order.id, order.cause, Before::of(order));
    let instrument = order.request.instrument;
    if let Some(event) = translate(core, order, report) {
        let second = matches!(event, OrderEvent::Unmatched { .. });
        known_order(core, event, cause, out);
        if second {
            distrust(core, instrument, "two orders under one name", out);
        }
        follow(core, id, before, out);
    }
}

/// What an order was before a report.
#[derive(Debug, Clone, Copy)]
struct Before {
    status: OrderStatus,
    overfilled: bool,
    cancels_refused: u32,
}

impl Before {
    fn of(order: &Order) -> Self {
        let (status, overfilled) = (order.status, order.is_overfilled());
        Self { status, overfilled, cancels_refused: order.pursuit.cancels_refused }
    }
}

/// What follows from what a report has made of an order.
fn follow(core: &mut Core, id: OrderId, before: Before, out: &mut Vec<Envelope>) {
    let Some(order) = core.state.orders.get(id) else { return };
    let (cause, request, pursuit) = (order.cause, order.request, order.pursuit);
    let doubted = order.status == OrderStatus::Unknown && before.status != OrderStatus::Unknown;
    let overfilled = order.is_overfilled() && !before.overfilled;
    let refused = pursuit.cancels_refused > before.cancels_refused;
    let due = pursuit.cancel == CancelStand::Due && order.is_open() && order.is_proven();
    if before.status.is_terminal() && order.is_open() {
        no_new_risk(core, Scope::Instrument(request.instrument), "an order taken for ended turned up", out);
        inquiry::withdraw(core, id, cause, out);
    } else if due {
        inquiry::withdraw(core, id, cause, out);
    } else if doubted || (refused && pursuit.cancel != CancelStand::OnItsWay) {
        inquiry::ask(core, id, cause, out);
    }
    if overfilled {
        no_new_risk(core, Scope::Strategy(request.strategy), "more filled than ordered", out);
    }
}

/// The positions that fills and busts have moved, each with what moved it.
fn moved(events: &[Envelope]) -> Vec<(Pair, Cause)> {
    let moved = events.iter().filter_map(|envelope| match &envelope.event {
        Event::Order(OrderEvent::Filled { fill, .. } | OrderEvent::Busted { fill, .. }) => {
            Some(((fill.strategy, fill.instrument), Cause(envelope.seq)))
        }
        Event::Order(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Account(_)
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    });
    moved.collect()
}

/// A report about an order we do not know. A repeated fill of an order already forgotten changes nothing.
fn unmatched(core: &mut Core, about: ClientOrderId, report: BrokerReport, out: &mut Vec<Envelope>) {
    let mut report = report;
    let mut named = None;
    if let BrokerReport::Filled(fill) = &mut report {
        name_fill(core, fill);
        named = Some(fill.fill_id.clone());
        let dropped = core.state.planted.has(Bug::ForeignFillDropped);
        if core.state.orders.has_fill(about, &fill.fill_id) || dropped {
            return;
        }
        if let Some(why) = unsound(core, fill) {
            let event = set_aside(about, fill.clone(), why);
            return known_order(core, event, core.root(), out);
        }
        fill.fee = bookable_fee(fill);
    }
    let number = core.state.orders.number_of(about);
    let lives = is_life(&report);
    let event = OrderEvent::Unmatched { client_id: about, report: Box::new(report) };
    let cause = core.root();
    core.emit(cause, Event::Order(event), out);
    if let Some(fill) = named.and_then(|fill_id| core.state.orders.fill_named(about, &fill_id).cloned()) {
        correction::catch_up(core, (about, &fill), cause, out);
    }
    // An order of ours that ended so long ago that it is forgotten turned up: as any that does, it is withdrawn.
    if let Some((id, scope)) = number.filter(|id| core.state.orders.was_issued(*id)).zip(lives) {
        no_new_risk(core, scope, "an order taken for ended turned up", out);
        let requested =
            OrderEvent::CancelRequested { id, client_id: about, actor: Actor::Watchdog, request: None };
        core.emit(cause, Event::Order(requested), out);
    }
    // A name of this book that no order here has: a start that was cut off sent it without a trace, or somebody else runs
    // under our name.
    let issued = number.is_some_and(|id| core.state.orders.was_issued(id));
    if !issued && core.state.orders.is_of_this_book(about) {
        no_new_risk(core, Scope::All, "an order of our run that we did not send", out);
    }
}

/// Where an order may be at work of which this is said; `None` where it tells of none.
fn is_life(report: &BrokerReport) -> Option<Scope> {
    match report {
        BrokerReport::Filled(fill) => Some(Scope::Instrument(fill.instrument)),
        BrokerReport::Order(told) if !told.status.is_terminal() => Some(Scope::Instrument(told.instrument)),
        BrokerReport::Accepted { .. } | BrokerReport::Triggered { .. } | BrokerReport::Replaced { .. } => {
            Some(Scope::All)
        }
        BrokerReport::Order(_)
        | BrokerReport::Rejected { .. }
        | BrokerReport::Canceled { .. }
        | BrokerReport::Expired { .. }
        | BrokerReport::CancelRejected { .. }
        | BrokerReport::ReplaceRejected { .. }
        | BrokerReport::NotSent { .. }
        | BrokerReport::Doubted { .. }
        | BrokerReport::NotFound { .. }
        | BrokerReport::Orders(_)
        | BrokerReport::Busted { .. }
        | BrokerReport::Funding { .. }
        | BrokerReport::Settled { .. }
        | BrokerReport::Account(_) => None,
    }
}

/// A fill without a name gets one from what it says, so that a repeated report is the same fill: never a random one.
fn name_fill(core: &Core, fill: &mut FillReport) {
    if core.state.planted.has(Bug::FillWithoutName) {
        return;
    }
    if fill.fill_id.0.as_str().is_empty() {
        let FillReport { side, qty, price, at, .. } = fill;
        fill.fill_id = FillId(DisplayText::new(&format!("~{side} {qty} @ {price} {}", at.nanos())));
    }
}

/// The fee to book: none where it is too large to be one. What the broker really took shows when cash is compared; the
/// fill itself is truth.
fn bookable_fee(fill: &FillReport) -> Money {
    if fill.fee.abs() <= Money::BOOKABLE { fill.fee } else { Money::ZERO }
}

/// The event a report becomes for a known order; `None` where it tells nothing new.
fn translate(core: &Core, order: &Order, report: BrokerReport) -> Option<OrderEvent> {
    let id = order.id;
    // An order that ended without the broker's word is as good as open: whatever is said of it is news.
    let open = order.is_open() || order.pursuit.presumed;
    match report {
        BrokerReport::Accepted { ref venue_id, at, .. } => match &order.venue_id {
            Some(first) if first != venue_id => Some(second(order, report)),
            Some(_) => None,
            None => open.then(|| OrderEvent::Accepted { id, venue_id: venue_id.clone(), venue_time: at }),
        },
        // Fills of it are missing here: it ends when they have come, or when a human says so.
        BrokerReport::Rejected { .. } | BrokerReport::Canceled { .. } | BrokerReport::Expired { .. }
            if order.lacks_fills() =>
        {
            None
        }
        // A repeated submit refused proves nothing about the first: it may be refused because that one is there. Where
        // either was acknowledged it is asked which of them the word is about.
        BrokerReport::Rejected { .. } if order.pursuit.sent > 1 => {
            let news = order.is_open() && order.is_proven() && order.status != OrderStatus::Unknown;
            news.then_some(OrderEvent::Unknown { id, waited: Span::ZERO, told: None, word: None })
        }
        BrokerReport::Rejected { reason, at, .. } => {
            order.is_open().then_some(OrderEvent::Rejected { id, reason, venue_time: at })
        }
        BrokerReport::Triggered { at, .. } => {
            (order.is_open() && !order.triggered).then_some(OrderEvent::Triggered { id, venue_time: at })
        }
        // It may be the old order's end in a cancel-and-replace, told now or, no newer than the broker's last word that it
        // works, late or twice: asked about before it is believed, also where a cancel is on its way.
        BrokerReport::Canceled { at, .. }
            if order.is_open() && may_be_the_old_leg(order, at) && core.state.genesis().venue.can_query =>
        {
            let news = order.status != OrderStatus::Unknown;
            news.then_some(OrderEvent::Unknown { id, waited: Span::ZERO, told: None, word: None })
        }
        BrokerReport::Canceled { reason, at, .. } => {
            order.is_open().then_some(OrderEvent::Canceled { id, reason, venue_time: at })
        }
        BrokerReport::Expired { at, .. } => {
            order.is_open().then_some(OrderEvent::Expired { id, venue_time: at })
        }
        BrokerReport::CancelRejected { reason, at, .. } => {
            let waited = order.is_open() && order.pursuit.cancel == CancelStand::OnItsWay;
            waited.then_some(OrderEvent::CancelRejected { id, reason, venue_time: at, not_sent: false })
        }
        BrokerReport::Replaced { change, at, .. } => {
            let news = open && !order.is_held() && is_change_news(order, &change, at);
            news.then_some(OrderEvent::Replaced { id, change, venue_time: at })
        }
        BrokerReport::ReplaceRejected { reason, at, .. } => {
            let waited = order.is_open() && order.replace.is_some();
            waited.then_some(OrderEvent::ReplaceRejected { id, reason, venue_time: at, not_sent: false })
        }
        BrokerReport::NotSent { message, reason, at, .. } => unsent(order, message, reason, at),
        BrokerReport::Doubted { why, .. } => {
            let told = order.status == OrderStatus::Unknown && order.note.as_ref() == Some(&why);
            let unknown = OrderEvent::Unknown { id, waited: Span::ZERO, told: None, word: Some(why) };
            (order.is_at_broker() && !told).then_some(unknown)
        }
        BrokerReport::Filled(fill) => translate_fill(core, order, fill),
        BrokerReport::Order(_)
        | BrokerReport::NotFound { .. }
        | BrokerReport::Orders(_)
        | BrokerReport::Busted { .. }
        | BrokerReport::Funding { .. }
        | BrokerReport::Settled { .. }
        | BrokerReport::Account(_) => None,
    }
}

/// What it means that a message about an order did not leave: nothing that the venue has done.
fn unsent(order: &Order, message: Unsent, reason: DisplayText, at: Timestamp) -> Option<OrderEvent> {
    let id = order.id;
    match message {
        // The second copy of a submit proves nothing about the first.
        Unsent::Order => {
            let never = order.is_at_broker() && !order.is_proven() && order.pursuit.sent <= 1;
            let reason = Reason::new(reason.as_str());
            let actor = Actor::Watchdog;
            never.then_some(OrderEvent::Lost { id, actor, reason, request: None, canceled: false })
        }
        Unsent::Change => {
            let waited = order.is_open() && order.replace.is_some();
            waited.then_some(OrderEvent::ReplaceRejected { id, reason, venue_time: at, not_sent: true })
        }
        Unsent::Cancel => {
            let waited = order.is_open() && order.pursuit.cancel == CancelStand::OnItsWay;
            waited.then_some(OrderEvent::CancelRejected { id, reason, venue_time: at, not_sent: true })
        }
    }
}

/// Whether a cancel may tell of the old order of a cancel-and-replace. A change is on its way: some venues cancel the old
/// order to make it. A change was refused: it may have been an older one's refusal, told again, and the change may be made
/// after all; where a cancel of ours is on its way too, the end is believed, and marked presumed by the fold, so that a
/// change made after all brings the order back. Or the cancel is no newer than the last change that was made.
fn may_be_the_old_leg(order: &Order, at: Timestamp) -> bool {
    let refused = order.pursuit.change_refused && order.cancel_requested_at.is_none();
    order.replace.is_some() || refused || order.pursuit.is_old_word(at)
}

/// Whether a change that was made is news. While another one is on its way it is an older one, told late or twice: it
/// never makes less of the order than what is known.
fn is_change_news(order: &Order, change: &OrderChange, at: Timestamp) -> bool {
    let request = &order.request;
    let differs = (change.qty, change.kind) != (request.qty, request.kind);
    match order.replace {
        // An equal one made before the order was changed to what it is now is not the one on its way.
        Some((asked, _)) if asked == *change => at >= order.pursuit.shaped_at,
        Some(_) => order.status.is_terminal() || (differs && change.qty >= request.qty),
        // Older than the last word about it.
        None => differs && at >= order.pursuit.shaped_at,
    }
}

/// Another order of the venue under the name of one that it has: a fact of its own, which no order of ours is.
fn second(order: &Order, report: BrokerReport) -> OrderEvent {
    OrderEvent::Unmatched { client_id: order.client_id, report: Box::new(report) }
}

/// A fill is truth and is applied whatever the order's status, once, unless it is impossible.
fn translate_fill(core: &Core, order: &Order, mut report: FillReport) -> Option<OrderEvent> {
    name_fill(core, &mut report);
    let dropped = core.state.planted.has(Bug::LateFillDropped) && !order.is_open();
    if core.state.orders.has_fill(order.client_id, &report.fill_id) || dropped {
        return None;
    }
    let belongs = report.instrument == order.request.instrument && report.side == order.request.side;
    let why = unsound(core, &report).or((!belongs).then_some("not what was ordered"));
    if let Some(why) = why {
        return Some(set_aside(order.client_id, report, why));
    }
    let fill = Fill {
        order: order.id,
        strategy: order.request.strategy,
        instrument: order.request.instrument,
        mode: order.request.mode,
        side: order.request.side,
        qty: report.qty,
        price: report.price,
        liquidity: report.liquidity,
        fee: bookable_fee(&report),
        fill_id: report.fill_id,
        venue_time: report.at,
    };
    Some(OrderEvent::Filled { id: order.id, fill })
}

fn set_aside(client_id: ClientOrderId, fill: FillReport, why: &str) -> OrderEvent {
    let report = Box::new(BrokerReport::Filled(fill));
    OrderEvent::SetAside { client_id, report, why: Reason::new(why) }
}

/// Why a fill cannot be booked, if it cannot: nothing has such a size, price or worth.
fn unsound(core: &Core, fill: &FillReport) -> Option<&'static str> {
    let Some(instrument) = core.state.genesis().instrument(fill.instrument) else {
        return Some("unknown instrument");
    };
    if fill.qty.is_zero() || fill.price <= Price::ZERO {
        return Some("no quantity or price");
    }
    let on_tick = !matches!(instrument.check_price(fill.price), Err(FilterError::Tick(_)));
    if !on_tick {
        return Some("off tick");
    }
    let believed = core.state.planted.has(Bug::AbsurdFillBooked)
        || (instrument.min_price..=instrument.max_price).contains(&fill.price);
    if !believed {
        return Some("a price that is not believed");
    }
    let worth = instrument.checked_notional(fill.price, fill.qty);
    let fits = worth.is_some_and(|worth| worth <= Money::BOOKABLE);
    (!fits).then_some("too large")
}
