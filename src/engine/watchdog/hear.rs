//! What the watchdog is told: the broker's account and orders, and the shell's clocks. Each new line on which the books
//! differ is a fact. Nothing is ever traded to make books agree.

use super::look::look;
use super::schedule;
use crate::engine::core::Core;
use crate::engine::inquiry;
use crate::model::{
    AccountEvent, AccountSnapshot, Actor, Balance, Cause, ClockFact, ClockReport, ControlEvent, DisplayText,
    Envelope, Event, Mode, OrderId, OrderSnapshot, OrdersSnapshot, Reason, Refusal, Request,
};
use crate::state::{Bug, Difference, Line};

/// The first order of a book.
const FIRST: OrderId = OrderId::new(1);

/// Takes what the shell measured.
pub(in crate::engine) fn clock(core: &mut Core, report: ClockReport, out: &mut Vec<Envelope>) {
    let limits = core.state.genesis().watchdog;
    if !limits.is_on() {
        return;
    }
    match report {
        ClockReport::Gap { gap } if gap >= limits.clock_gap => {
            core.emit_root(Event::Control(ControlEvent::Clock { what: ClockFact::Gap { gap } }), out);
            look(core, out);
            schedule::begin(core, Reason::new("clock gap"), (Actor::Watchdog, None), out);
        }
        ClockReport::Gap { .. } => {}
        ClockReport::Jump { by } => {
            core.emit_root(Event::Control(ControlEvent::Clock { what: ClockFact::Jump { by } }), out);
        }
    }
}

/// Takes what the broker says it holds. One that is older than the last was overtaken on the way and says nothing.
pub(in crate::engine) fn account(core: &mut Core, snapshot: &AccountSnapshot, out: &mut Vec<Envelope>) {
    let last = core.state.reconciliation.of(snapshot.account).snapshot.as_ref();
    if last.is_some_and(|last| snapshot.venue_time < last.venue_time) {
        return;
    }
    adopt(core, snapshot, out);
    let event = AccountEvent::Snapshot { snapshot: Box::new(snapshot.clone()) };
    compare(core, event, out);
}

/// A live book without a history, and every further account, begins with what the broker holds: what both have booked by
/// then is taken off again, for an order may be quicker than the first word of the account. From then on what differs,
/// differs.
fn adopt(core: &mut Core, snapshot: &AccountSnapshot, out: &mut Vec<Envelope>) {
    let (state, account) = (&core.state, snapshot.account);
    let is_new = state.genesis().book == state.genesis().run || !state.orders.was_issued(FIRST);
    // What is configured is the sandbox of the first account alone.
    let is_alone = state.genesis().accounts.is_single();
    let begins = !account.is_first() || (state.genesis().mode == Mode::Live && (is_new || !is_alone));
    let blank = state.ledger.opened_at(account).is_empty();
    let level = state.reconciliation.fills_told(&state.ledger, account) == snapshot.fills;
    if !begins || !blank || !level {
        return;
    }
    let opened = |balance: &Balance| {
        let currency = balance.currency;
        let moved = state.cash_at(account, currency) - state.capital_at(account, currency);
        AccountEvent::Opened { currency, amount: balance.cash - moved, account }
    };
    let opened: Vec<AccountEvent> = snapshot.balances.iter().map(opened).collect();
    let root = core.root();
    for event in opened {
        core.emit(root, Event::Account(event), out);
    }
}

/// Takes what the broker says is open. What we had taken for ended without its word, and it shows as open, comes back.
pub(in crate::engine) fn orders(
    core: &mut Core,
    snapshot: &OrdersSnapshot,
    out: &mut Vec<Envelope>,
) -> Vec<OrderSnapshot> {
    let last = core.state.reconciliation.of(snapshot.account).orders.as_ref();
    if last.is_some_and(|last| snapshot.at < last.at) || core.state.planted.has(Bug::GhostUnseen) {
        return Vec::new();
    }
    let event = AccountEvent::Orders { snapshot: Box::new(snapshot.clone()) };
    compare(core, event, out);
    let presumed = |id: OrderId| core.state.orders.get(id).filter(|order| order.pursuit.presumed);
    let back = core.state.reconciliation.lines.iter().filter_map(|line| match line.what {
        Difference::EndedOrder { order, .. } => presumed(order).map(|order| order.client_id),
        Difference::MissingOrder { .. }
        | Difference::FilledQty { .. }
        | Difference::Position { .. }
        | Difference::Cash { .. }
        | Difference::Fills { .. }
        | Difference::OtherEngine { .. } => None,
    });
    back.filter_map(|order| snapshot.open.iter().find(|told| told.order == order).cloned()).collect()
}

fn compare(core: &mut Core, event: AccountEvent, out: &mut Vec<Envelope>) {
    let newest = core.state.reconciliation.lines.last().map_or(0, |line| line.id);
    let root = core.root();
    core.emit(root, Event::Account(event), out);
    let fresh: Vec<Line> =
        core.state.reconciliation.lines.iter().filter(|line| line.id > newest).cloned().collect();
    for line in fresh {
        tell(core, &line, root, out);
    }
    ask_about_ghosts(core, root, out);
    look(core, out);
}

/// A line seen for the first time.
fn tell(core: &mut Core, line: &Line, cause: Cause, out: &mut Vec<Envelope>) {
    let (subject, sides) = line.what.words(core.state.genesis());
    let guess = line.suspect.words(core.state.genesis());
    let event = ControlEvent::Mismatch {
        instrument: line.what.instrument(),
        detail: DisplayText::new(&format!("{subject}: {sides}; {guess}")),
        line: line.id,
    };
    core.emit(cause, Event::Control(event), out);
}

/// What the broker does not know, or knows otherwise, is asked about by name: a list may be behind its own orders.
fn ask_about_ghosts(core: &mut Core, cause: Cause, out: &mut Vec<Envelope>) {
    let asked = |line: &Line| match line.what {
        Difference::MissingOrder { order, .. } | Difference::FilledQty { order, .. } => Some(order),
        Difference::Position { .. }
        | Difference::Cash { .. }
        | Difference::Fills { .. }
        | Difference::EndedOrder { .. }
        | Difference::OtherEngine { .. } => None,
    };
    let ghosts: Vec<OrderId> = core.state.reconciliation.lines.iter().filter_map(asked).collect();
    for order in ghosts {
        inquiry::ask(core, order, cause, out);
    }
}

/// A human takes a line as it is.
pub(in crate::engine) fn accept(
    core: &mut Core,
    (line, reason): (u32, Reason),
    request: &Request,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    if !request.actor.is_human() {
        return Err(Refusal::HumanOnly);
    }
    if reason.as_str().trim().is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    match core.state.reconciliation.lines.iter().find(|one| one.id == line) {
        None => return Err(Refusal::UnknownLine),
        Some(line) if line.accepted.is_some() => return Err(Refusal::NothingToDo),
        Some(_) => {}
    }
    let (actor, request) = (request.actor, Some(request.id));
    let accepted = ControlEvent::DifferenceAccepted { line, actor, reason, request };
    core.emit_root(Event::Control(accepted), out);
    look(core, out);
    Ok(())
}
