//! Which events raise an alert and which end one.

use super::alerts::{AlertKey, Alerts, Raise, Severity};
use super::batches::Batches;
use super::control::Control;
use super::genesis::Genesis;
use super::ledger::Ledger;
use super::orders::Orders;
use super::reconciliation::Reconciliation;
use crate::model::{
    BatchEvent, BrokerReport, ClockFact, ControlEvent, Envelope, Event, FillReport, InstrumentId, KillLevel,
    Label, LinkEvent, NetQty, OnFailure, Order, OrderEvent, OrderId, OrderStatus, RiskEvent, Scope,
    StrategyId, Trigger,
};

/// What an alert's sentence is made from, as it stands after the event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) genesis: &'a Genesis,
    pub(super) orders: &'a Orders,
    pub(super) control: &'a Control,
    pub(super) reconciliation: &'a Reconciliation,
    pub(super) batches: &'a Batches,
    pub(super) ledger: &'a Ledger,
}

/// Takes one event that is not market data.
pub(super) fn fold(alerts: &mut Alerts, around: Around<'_>, envelope: &Envelope) {
    match &envelope.event {
        Event::Order(event) => order(alerts, around, event, envelope),
        Event::Control(event) => control(alerts, around, event, envelope),
        Event::Link(event) => link(alerts, event, envelope),
        Event::Batch(event) => batch(alerts, around, event, envelope),
        Event::Risk(event) => risk(alerts, around, event, envelope),
        Event::Denied { order, .. } => {
            if let Some(count) = alerts.deny(order.strategy, envelope.at) {
                let text =
                    format!("{}: {count} orders denied in a row of seconds", around.name(order.strategy));
                raise(alerts, (AlertKey::Denials(order.strategy), Severity::Warning), text, true, envelope);
            }
        }
        Event::Account(_) => {
            differences(alerts, around, envelope);
            gone(alerts, around, envelope);
        }
        Event::Market(_) => {}
    }
}

fn raise(
    alerts: &mut Alerts,
    (key, severity): (AlertKey, Severity),
    text: String,
    momentary: bool,
    envelope: &Envelope,
) {
    alerts.raise(Raise { key, severity, text, momentary }, envelope.seq, envelope.at);
}

impl Around<'_> {
    fn name(&self, id: StrategyId) -> &str {
        self.genesis.strategy(id).map_or("?", |info| info.name.as_str())
    }

    fn symbol(&self, id: InstrumentId) -> &str {
        self.genesis.instrument(id).map_or("?", |one| one.symbol.as_str())
    }

    fn scope(&self, scope: Scope) -> &str {
        match scope {
            Scope::All => "everything",
            Scope::Strategy(id) => self.name(id),
            Scope::Instrument(id) => self.symbol(id),
        }
    }

    /// Whether `EXTERNAL` holds the opposite of what a strategy holds.
    fn is_against(&self, strategy: StrategyId, instrument: InstrumentId) -> bool {
        let side = |strategy| self.ledger.net(strategy, instrument).side();
        side(StrategyId::EXTERNAL).is_some_and(|theirs| side(strategy) == Some(theirs.opposite()))
    }

    fn order(&self, id: OrderId) -> String {
        format!("{}-{}", self.genesis.mode.letter(), id.get())
    }
}

/// The legs of a batch raise nothing: the batch does.
fn order(alerts: &mut Alerts, around: Around<'_>, event: &OrderEvent, envelope: &Envelope) {
    match event {
        OrderEvent::Submitted { .. } | OrderEvent::CancelRequested { .. } | OrderEvent::Trailed { .. } => {}
        OrderEvent::Unknown { id, waited, word, .. } => {
            if around.orders.get(*id).is_some_and(|order| order.leg.is_none()) {
                let why =
                    word.as_ref().map_or_else(|| format!("no answer for {waited}"), ToString::to_string);
                let text = format!("{}: {why}, its fate is unknown", around.order(*id));
                raise(alerts, (AlertKey::Unknown(*id), Severity::Critical), text, false, envelope);
            }
        }
        OrderEvent::Unmatched { report, .. } => {
            let what = if matches!(**report, BrokerReport::Filled(_)) { "a fill" } else { "a report" };
            let text = format!("{what} of an order this run has not sent");
            raise(alerts, (AlertKey::Unmatched, Severity::Warning), text, true, envelope);
            gone(alerts, around, envelope);
            if let BrokerReport::Filled(fill) = &**report {
                against(alerts, around, fill, envelope);
            }
        }
        OrderEvent::SetAside { why, .. } => {
            let text = format!("a fill could not be booked: {why}");
            raise(alerts, (AlertKey::SetAside, Severity::Critical), text, true, envelope);
        }
        OrderEvent::Rejected { id, reason, .. } => {
            proven(alerts, around, *id, envelope);
            // Refused is what a post-only order wants rather than to take; a storm of them is a rule's business.
            let ours = |order: &&Order| {
                let request = &order.request;
                let killed = around.control.kill_for(request.strategy, request.instrument) > KillLevel::K0;
                order.leg.is_none() && !killed && !request.post_only
            };
            if let Some(order) = around.orders.get(*id).filter(ours) {
                let strategy = order.request.strategy;
                let text = format!("{} {}: {reason}", around.name(strategy), around.order(*id));
                raise(alerts, (AlertKey::Rejects(strategy), Severity::Warning), text, true, envelope);
            }
        }
        OrderEvent::Filled { id, fill } => {
            proven(alerts, around, *id, envelope);
            gone(alerts, around, envelope);
            if around.orders.get(*id).is_some_and(|order| order.request.reduce_only) {
                let exited = AlertKey::Unprotected(fill.strategy, fill.instrument);
                alerts.end(envelope.at, |key| *key == exited);
            }
            let late = around.orders.get(*id).is_some_and(|order| order.late_fill && order.leg.is_none());
            if late {
                let text = format!("{} filled {} after it had ended", around.order(*id), fill.qty);
                let key = AlertKey::LateFill(fill.strategy);
                raise(alerts, (key, Severity::Warning), text, true, envelope);
            }
        }
        OrderEvent::Accepted { id, .. }
        | OrderEvent::Triggered { id, .. }
        | OrderEvent::Canceled { id, .. }
        | OrderEvent::Expired { id, .. }
        | OrderEvent::Lost { id, .. }
        | OrderEvent::Vouched { id, .. }
        | OrderEvent::Replaced { id, .. }
        | OrderEvent::ReplaceRejected { id, .. }
        | OrderEvent::CancelRejected { id, .. }
        | OrderEvent::NotFound { id, .. }
        | OrderEvent::Busted { id, .. }
        | OrderEvent::Queried { id, .. }
        | OrderEvent::Held { id, .. }
        | OrderEvent::ReplaceRequested { id, .. } => proven(alerts, around, *id, envelope),
    }
}

/// A position that could not be closed and is gone, whoever's fill it was.
fn gone(alerts: &mut Alerts, around: Around<'_>, envelope: &Envelope) {
    let is_flat = |key: &AlertKey| {
        matches!(key, AlertKey::Held(strategy, instrument)
            if around.ledger.net(*strategy, *instrument).is_zero())
    };
    // Once a strategy has got out by an order of its own, what is held against it is open at the account.
    let by_order = matches!(&envelope.event, Event::Order(OrderEvent::Filled { .. }));
    let is_settled = |key: &AlertKey| {
        let AlertKey::Against(strategy, instrument) = key else { return false };
        let theirs = around.ledger.net(StrategyId::EXTERNAL, *instrument);
        theirs.is_zero() || (!by_order && !around.is_against(*strategy, *instrument))
    };
    alerts.end(envelope.at, |key| is_flat(key) || is_settled(key));
}

/// Somebody else has traded against what strategies hold. Whether that closed their positions only a human knows; if it did,
/// the exits that stand for them would open the account the other way round.
fn against(alerts: &mut Alerts, around: Around<'_>, fill: &FillReport, envelope: &Envelope) {
    let (instrument, theirs) = (fill.instrument, around.ledger.net(StrategyId::EXTERNAL, fill.instrument));
    if theirs.side() != Some(fill.side) {
        return;
    }
    for strategy in around.genesis.strategy_ids().filter(|id| around.is_against(*id, instrument)) {
        let exits = around.orders.open().iter().filter(|order| {
            (order.request.strategy, order.request.instrument, order.request.side)
                == (strategy, instrument, fill.side)
        });
        let (name, symbol) = (around.name(strategy), around.symbol(instrument));
        let ours = around.ledger.net(strategy, instrument);
        let (text, severity) = match exits.count() {
            0 => (
                format!("{symbol}: EXTERNAL {theirs} against {name} {ours}: :claim it if that closed it"),
                Severity::Warning,
            ),
            exits => (
                format!(
                    "{symbol}: EXTERNAL {theirs} against {name} {ours}, and {exits} orders {} more: :claim it if that \
                     closed it",
                    fill.side
                ),
                Severity::Critical,
            ),
        };
        raise(alerts, (AlertKey::Against(strategy, instrument), severity), text, false, envelope);
    }
}

/// An order whose fate is known now.
fn proven(alerts: &mut Alerts, around: Around<'_>, id: OrderId, envelope: &Envelope) {
    let unknown = around.orders.get(id).is_some_and(|order| order.status == OrderStatus::Unknown);
    if !unknown && !alerts.list().is_empty() {
        alerts.end(envelope.at, |key| *key == AlertKey::Unknown(id));
    }
}

fn control(alerts: &mut Alerts, around: Around<'_>, event: &ControlEvent, envelope: &Envelope) {
    match event {
        ControlEvent::KillRaised { level, scope, actor, reason, .. } => {
            // The alarm that raised it is the alert.
            if alerts.speaks_of(envelope.cause.0) {
                return;
            }
            let text = format!("K{} {}: {reason} ({})", level.number(), around.scope(*scope), actor.as_str());
            raise(alerts, (AlertKey::Kill(*scope), Severity::Critical), text, false, envelope);
        }
        ControlEvent::Resumed { .. } => {
            let ended = |key: &AlertKey| {
                matches!(key, AlertKey::Kill(_) | AlertKey::Tripped(..) | AlertKey::Held(..))
            };
            alerts.end(envelope.at, ended);
        }
        ControlEvent::Armed { strategy, .. } => alerts.end(
            envelope.at,
            |key| matches!(key, AlertKey::Failed(id) | AlertKey::RiskExit(id) if id == strategy),
        ),
        ControlEvent::StrategyFailed { strategy, message } => {
            let text = format!("{} panicked and was stopped: {message}", around.name(*strategy));
            raise(alerts, (AlertKey::Failed(*strategy), Severity::Critical), text, false, envelope);
        }
        ControlEvent::Mismatch { detail, line, .. } => {
            // What stops nothing must not bury what does.
            let told_only = around.reconciliation.lines.iter().any(|one| one.id == *line && one.told_only);
            let severity = if told_only { Severity::Warning } else { Severity::Critical };
            raise(alerts, (AlertKey::Difference(*line), severity), detail.to_string(), false, envelope);
        }
        ControlEvent::DifferenceAccepted { .. } => differences(alerts, around, envelope),
        ControlEvent::Alarm { trigger, subject, level, detail, .. } => {
            let severity = if *level > KillLevel::K0 { Severity::Critical } else { Severity::Warning };
            let rung = if *level > KillLevel::K0 { format!("K{} ", level.number()) } else { String::new() };
            let text = format!("{rung}{trigger}, {subject}: {detail}");
            raise(alerts, (key_of(*trigger, *subject), severity), text, false, envelope);
        }
        ControlEvent::AlarmOver { trigger, subject } => {
            let over = key_of(*trigger, *subject);
            alerts.end(envelope.at, |key| *key == over);
        }
        ControlEvent::Clock { what: ClockFact::Jump { by } } => {
            let text = format!("the machine's wall clock was moved by {by}");
            raise(alerts, (AlertKey::ClockJump, Severity::Warning), text, true, envelope);
        }
        ControlEvent::FlattenHeld { strategy, instrument, why } => {
            let text =
                format!("{} {} cannot be closed: {why}", around.name(*strategy), around.symbol(*instrument));
            let key = AlertKey::Held(*strategy, *instrument);
            raise(alerts, (key, Severity::Critical), text, false, envelope);
        }
        ControlEvent::CloseEnded { strategy, instrument, .. } => {
            let key = AlertKey::Held(*strategy, *instrument);
            alerts.end(envelope.at, |one| *one == key);
        }
        ControlEvent::Acknowledged { alert, actor, .. } => alerts.seen(*alert, *actor, envelope.at),
        ControlEvent::SessionLate { strategy, instrument, net, .. } => {
            late(alerts, around, ((*strategy, *instrument), *net), envelope);
        }
        ControlEvent::RollDue { strategy, instrument, into, .. } => {
            roll(alerts, around, ((*strategy, *instrument), *into), envelope);
        }
        ControlEvent::SessionEnd { .. }
        | ControlEvent::Started { .. }
        | ControlEvent::Disarmed { .. }
        | ControlEvent::ModeSet { .. }
        | ControlEvent::Refused { .. }
        | ControlEvent::LossLimit { .. }
        | ControlEvent::ReconcileBegan { .. }
        | ControlEvent::Clock { what: ClockFact::Gap { .. } }
        | ControlEvent::CloseBegan { .. }
        | ControlEvent::Done { .. } => {}
    }
}

/// A position of an intraday strategy is still open shortly before the close.
fn late(
    alerts: &mut Alerts,
    around: Around<'_>,
    ((strategy, instrument), net): ((StrategyId, InstrumentId), NetQty),
    envelope: &Envelope,
) {
    let (name, symbol) = (around.name(strategy), around.symbol(instrument));
    let text = format!("{name}: {net} {symbol} still open shortly before the close");
    raise(alerts, (AlertKey::Late(strategy, instrument), Severity::Critical), text, true, envelope);
}

/// A future that is held ends soon.
fn roll(
    alerts: &mut Alerts,
    around: Around<'_>,
    ((strategy, instrument), into): ((StrategyId, InstrumentId), Option<InstrumentId>),
    envelope: &Envelope,
) {
    let into = into.map_or("no later future", |id| around.symbol(id));
    let (name, symbol) = (around.name(strategy), around.symbol(instrument));
    let text = format!("{name}: {symbol} ends soon, roll into {into}");
    raise(alerts, (AlertKey::Roll(strategy, instrument), Severity::Warning), text, true, envelope);
}

/// An alarm about a line is the alert of that line, told when it was first seen.
fn key_of(trigger: Trigger, subject: Label) -> AlertKey {
    let number = subject.as_str().strip_prefix("line ").and_then(|number| number.parse().ok());
    match (trigger, number) {
        (Trigger::Mismatch | Trigger::SecondEngine, Some(line)) => AlertKey::Difference(line),
        _ => AlertKey::Alarm(trigger, subject),
    }
}

/// Lines that no longer stand.
fn differences(alerts: &mut Alerts, around: Around<'_>, envelope: &Envelope) {
    let lines = &around.reconciliation.lines;
    let gone = |key: &AlertKey| match key {
        AlertKey::Difference(id) => !lines.iter().any(|line| line.id == *id && line.accepted.is_none()),
        AlertKey::Kill(_)
        | AlertKey::Alarm(..)
        | AlertKey::RiskExit(_)
        | AlertKey::Tripped(..)
        | AlertKey::Loosening(_)
        | AlertKey::Batch(_)
        | AlertKey::Unknown(_)
        | AlertKey::SetAside
        | AlertKey::Unmatched
        | AlertKey::LateFill(_)
        | AlertKey::Link(_)
        | AlertKey::Rejects(_)
        | AlertKey::Denials(_)
        | AlertKey::Failed(_)
        | AlertKey::Held(..)
        | AlertKey::Against(..)
        | AlertKey::Unprotected(..)
        | AlertKey::Overfilled(_)
        | AlertKey::Late(..)
        | AlertKey::Roll(..)
        | AlertKey::ClockJump => false,
    };
    if !alerts.list().is_empty() {
        alerts.end(envelope.at, gone);
    }
}

fn link(alerts: &mut Alerts, event: &LinkEvent, envelope: &Envelope) {
    match event {
        LinkEvent::Up { name } => alerts.end(envelope.at, |key| *key == AlertKey::Link(*name)),
        LinkEvent::Down { name, reason } => {
            let text = format!("{name} is down: {reason}");
            raise(alerts, (AlertKey::Link(*name), Severity::Critical), text, false, envelope);
        }
        LinkEvent::Silent { name, age } => {
            let text = format!("{name} has not answered for {age}");
            raise(alerts, (AlertKey::Link(*name), Severity::Critical), text, false, envelope);
        }
        LinkEvent::Subscriber { name, state, detail } => {
            if *state == "ok" {
                alerts.end(envelope.at, |key| *key == AlertKey::Link(*name));
            } else {
                let text = subscriber_words(name.as_str(), state, detail.as_str());
                let severity = match *state {
                    "lagging" => Severity::Notice,
                    "dead" | "not flat" => Severity::Critical,
                    _ => Severity::Warning,
                };
                raise(alerts, (AlertKey::Link(*name), severity), text.trim_end().to_owned(), false, envelope);
            }
        }
    }
}

/// How a subscriber or a comparison does, as a sentence.
fn subscriber_words(name: &str, state: &str, detail: &str) -> String {
    match state {
        "differs" => format!("{name} differ: {detail}"),
        "failed" | "unread" => format!("{name} {state}: {detail}"),
        _ => format!("{name} is {state} {detail}"),
    }
}

/// One alert a batch, whatever its legs do.
fn batch(alerts: &mut Alerts, around: Around<'_>, event: &BatchEvent, envelope: &Envelope) {
    match event {
        BatchEvent::Stopped { id, leg, why, .. } => {
            let one = around.batches.get(*id);
            let standing = one.map(super::Batch::standing).unwrap_or_default();
            let next = match one.map(|one| one.batch.on_failure).unwrap_or_default() {
                OnFailure::Hold => standing.offer(),
                OnFailure::Unwind => "it is being unwound",
            };
            let text = format!("{id} stopped at leg {}: {why}; {standing}; {next}", leg + 1);
            raise(alerts, (AlertKey::Batch(*id), Severity::Critical), text, false, envelope);
        }
        BatchEvent::Completed { id, batch_kind, filled, total, .. } => {
            if filled < total {
                let text = format!("{} {id} ended with {filled} of {total} legs filled", batch_kind.as_str());
                raise(alerts, (AlertKey::Batch(*id), Severity::Warning), text, true, envelope);
            } else {
                alerts.end(envelope.at, |key| *key == AlertKey::Batch(*id));
            }
        }
        BatchEvent::Decided { id, .. } => alerts.end(envelope.at, |key| *key == AlertKey::Batch(*id)),
        BatchEvent::Began { .. } | BatchEvent::Denied { .. } => {}
    }
}

fn risk(alerts: &mut Alerts, around: Around<'_>, event: &RiskEvent, envelope: &Envelope) {
    match event {
        RiskEvent::Exit { strategy, rule, value, limit, .. } => {
            let text = format!(
                "{} is closed out: {} {value} against {limit}",
                around.name(*strategy),
                rule.as_str()
            );
            raise(alerts, (AlertKey::RiskExit(*strategy), Severity::Critical), text, false, envelope);
        }
        RiskEvent::Tripped { scope, rule, value, limit } => {
            let text = format!("{}: {} {value} against {limit}", around.scope(*scope), rule.as_str());
            raise(alerts, (AlertKey::Tripped(*rule, *scope), Severity::Critical), text, false, envelope);
        }
        RiskEvent::LoosenAsked { key, from, to, actor, .. } => {
            let name = around.genesis.limit_name(*key);
            let text = format!("{} wants {name} at {to} instead of {from}", actor.as_str());
            raise(alerts, (AlertKey::Loosening(*key), Severity::Warning), text, false, envelope);
        }
        RiskEvent::LimitSet { key, .. } => {
            alerts.end(envelope.at, |one| *one == AlertKey::Loosening(*key));
        }
        RiskEvent::Unprotected { strategy, instrument, qty, why, .. } => {
            let symbol = around.symbol(*instrument);
            let text = format!("{}: {qty} {symbol} unprotected: {why}", around.name(*strategy));
            let key = AlertKey::Unprotected(*strategy, *instrument);
            raise(alerts, (key, Severity::Critical), text, false, envelope);
        }
        RiskEvent::Overfilled { strategy, instrument, filled, intended, .. } => {
            let symbol = around.symbol(*instrument);
            let text = format!("{}: {filled} {symbol} filled of {intended}", around.name(*strategy));
            raise(alerts, (AlertKey::Overfilled(*strategy), Severity::Critical), text, true, envelope);
        }
        RiskEvent::Stage { .. } | RiskEvent::DayBase { .. } | RiskEvent::ArmedBase { .. } => {}
    }
}
