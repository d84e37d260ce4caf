//! What is asked at the door is done by the engine, and the answer tells what was done.

use crate::desk::{BTC, Desk, EngineIs, short, until};
use flightdeck::model::{Command, DisplayText, KillLevel, Mode, Reason, Refusal, Scope, StrategyId};
use flightdeck::serve::{DoorRequest, KillOrder};
use flightdeck::wire::{Ask, ScopeName, Status};

fn kill(level: u8, scope: &str) -> DoorRequest {
    DoorRequest::Kill(KillOrder {
        level,
        scope: scope.parse().expect("a scope"),
        reason: DisplayText::new("drill"),
    })
}

fn resume(reason: &str) -> DoorRequest {
    DoorRequest::Resume { reason: DisplayText::new(reason) }
}

pub(crate) fn error(reply: &flightdeck::serve::DoorReply) -> &str {
    reply.error.as_ref().expect("it failed").as_str()
}

#[test]
fn a_kill_closes_the_gate_before_its_answer_even_when_the_engine_hangs() {
    let desk = Desk::with_patience(EngineIs::Hung, short(20, 5_000));
    let reply = desk.ask(&kill(3, "all"));
    assert_eq!(desk.kill_switch.global(), KillLevel::K3);
    assert!(!desk.kill_switch.allows_risk(StrategyId::MANUAL, BTC));
    assert_eq!((reply.ok, reply.gate_closed, reply.gate), (false, true, Some(KillLevel::K3)));
    assert!(error(&reply).contains("did not answer") && error(&reply).contains("gate is closed"));
}

#[test]
fn a_kill_closes_the_gate_even_when_the_engine_takes_nothing_any_more() {
    let desk = Desk::with_patience(EngineIs::Hung, short(20, 5_000));
    let stuff = Ask::Resync { session: flightdeck::wire::SessionId(9) };
    while desk.control.send(stuff.clone()).is_ok() {}
    let reply = desk.ask(&kill(1, "all"));
    assert_eq!(desk.kill_switch.global(), KillLevel::K1);
    assert!(!reply.ok && reply.gate_closed);
}

#[test]
fn a_kill_tells_what_it_cancels_and_a_resume_waits_for_it() {
    let mut desk = Desk::new(EngineIs::Running);
    let order = desk.working_order();
    until("the order is acknowledged", || {
        let status = desk.ask(&DoorRequest::Status {}).status.unwrap();
        status.orders.first().is_some_and(|row| row.status == flightdeck::model::OrderStatus::Working)
    });

    let reply = desk.ask(&kill(3, "all"));
    assert!(reply.ok && reply.gate_closed && reply.gate == Some(KillLevel::K3));
    let standing = reply.standing.unwrap();
    assert_eq!((standing.canceling.len(), standing.open.len(), standing.positions.len()), (1, 0, 0));
    assert_eq!(standing.canceling[0].id.as_str(), "A-1");

    let refused = desk.ask(&resume("too early"));
    assert_eq!(refused.refusal, Some(Refusal::StillOpen { orders: 1 }));
    assert_eq!(error(&refused), "1 order still open that the kill wants gone");
    assert_eq!(refused.standing.unwrap().canceling.len(), 1);
    assert_eq!(desk.kill_switch.global(), KillLevel::K3, "the gate stays closed");

    desk.cancel_at_broker(order);
    desk.until_no_order_is_open();
    assert_eq!(desk.ask(&resume("  ")).refusal, Some(Refusal::ReasonMissing));
    let resumed = desk.ask(&resume("checked by hand"));
    assert_eq!((resumed.ok, resumed.gate), (true, Some(KillLevel::K0)));
    assert!(desk.kill_switch.allows_risk(StrategyId::MANUAL, BTC));
    assert_eq!(desk.ask(&resume("again")).refusal, Some(Refusal::NothingToDo));
}

#[test]
fn a_kill_of_one_strategy_leaves_the_others_alone() {
    let desk = Desk::new(EngineIs::Running);
    until("names are known", || desk.ask(&kill(2, "strategy:sma-btc")).ok);
    let sma = StrategyId::new(2);
    assert!(!desk.kill_switch.allows_risk(sma, BTC) && desk.kill_switch.allows_risk(StrategyId::MANUAL, BTC));
    let status = desk.ask(&DoorRequest::Status {}).status.unwrap();
    assert_eq!((status.kill.level, status.kill.highest), (KillLevel::K0, KillLevel::K2));
    assert_eq!(status.kill.scoped[0].scope, ScopeName::Strategy(DisplayText::new("sma-btc")));
    let last = status.kill.last.as_ref().unwrap();
    assert_eq!((last.actor.as_str(), last.reason), ("cli", Reason::new("drill")));
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones_and_changes_nothing() {
    let desk = Desk::new(EngineIs::Running);
    until("names are known", || desk.ask(&DoorRequest::Status {}).status.is_some());
    let raised = desk.kill_switch.standing();
    let reply = desk.ask(&kill(3, "strategy:smaa"));
    assert!(error(&reply).contains("no strategy \"smaa\"") && error(&reply).contains("sma-btc"));
    assert!(!reply.gate_closed);
    assert!(error(&desk.ask(&kill(3, "instrument:BTC"))).contains("BTCUSDT"));
    let arm = DoorRequest::Arm { strategy: DisplayText::new("nobody") };
    assert!(error(&desk.ask(&arm)).contains("mm-btc"));
    assert_eq!(desk.kill_switch.standing(), raised);
}

#[test]
fn strategies_are_disarmed_and_armed_and_live_is_refused_without_a_broker() {
    let desk = Desk::new(EngineIs::Running);
    until("names are known", || desk.ask(&DoorRequest::Status {}).status.is_some());
    let name = || DisplayText::new("sma-btc");
    let armed = |desk: &Desk| {
        let status = desk.ask(&DoorRequest::Status {}).status.unwrap();
        status.strategies.iter().find(|row| row.name == name()).unwrap().armed
    };
    let disarm = DoorRequest::Disarm { strategy: name(), reason: DisplayText::default() };
    assert!(desk.ask(&disarm).ok);
    assert!(!armed(&desk), "a status after an answer shows what was answered");
    assert_eq!(desk.ask(&disarm).refusal, Some(Refusal::NothingToDo));
    assert!(desk.ask(&DoorRequest::Arm { strategy: name() }).ok);
    assert!(armed(&desk));
    assert!(desk.ask(&kill(1, "all")).ok);
    assert!(!armed(&desk), "a kill disarms");
    assert_eq!(desk.ask(&DoorRequest::Arm { strategy: name() }).refusal, Some(Refusal::Killed));
    let live = desk.ask(&DoorRequest::Mode { mode: Mode::Live });
    assert_eq!(live.refusal, Some(Refusal::NoLiveBroker));
}

#[test]
fn the_operators_kill_is_seen_at_the_door() {
    let mut desk = Desk::new(EngineIs::Running);
    let reason = Reason::new("by key");
    assert!(
        desk.operator.command(Command::Kill { level: KillLevel::K2, scope: Scope::All, reason }).is_some()
    );
    until("the kill is a fact", || {
        let reply = desk.ask(&DoorRequest::Status {});
        reply.status.is_some_and(|status| status.kill.level == KillLevel::K2)
    });
    let status = desk.ask(&DoorRequest::Status {}).status.unwrap();
    assert_eq!(status.kill.last.unwrap().actor.as_str(), "operator");
}

#[test]
fn a_status_is_a_document_that_reads_back_as_it_was() {
    let mut desk = Desk::new(EngineIs::Running);
    desk.working_order();
    until("prices and health are told", || {
        let status = desk.ask(&DoorRequest::Status {}).status;
        status.is_some_and(|status| status.shell.is_some() && status.instruments[0].bid.is_some())
    });
    let status = desk.ask(&DoorRequest::Status {}).status.unwrap();
    assert_eq!((status.mode, status.orders.len(), status.strategies.len()), (Mode::Analyze, 1, 6));
    assert!(!status.account.limits.is_empty() && !status.strategies[0].limits.is_empty());
    let text = serde_json::to_string(&status).unwrap();
    assert!(text.contains("\"price\":\"59900\"") && text.contains("Z\""), "{text}");
    assert_eq!(serde_json::from_str::<Status>(&text).unwrap(), *status);
}

#[test]
fn an_engine_that_has_ended_is_told_apart_from_one_that_hangs() {
    let mut desk = Desk::new(EngineIs::Running);
    until("the state is known", || desk.ask(&DoorRequest::Status {}).status.is_some());
    desk.end_engine();
    until("the end is known", || !desk.ask(&DoorRequest::Status {}).ok);
    let reply = desk.ask(&DoorRequest::Status {});
    assert!(error(&reply).contains("the engine has ended: test") && reply.status.is_some());
    assert!(error(&desk.ask(&resume("late"))).contains("the engine has ended"));
    let killed = desk.ask(&kill(1, "all"));
    assert!(!killed.ok && killed.gate_closed);
}

#[test]
fn alerts_are_listed_and_taken_as_seen_and_books_compared_at_the_door() {
    let desk = Desk::new(EngineIs::Running);
    let kill = KillOrder { level: 1, ..KillOrder::default() };
    assert!(desk.ask(&DoorRequest::Kill(kill)).ok);
    let status = || desk.ask(&DoorRequest::Status {}).status.unwrap();
    until("the alert", || status().alerts.len() == 1);
    let alert = status().alerts[0].clone();
    assert_eq!((alert.severity.as_str(), alert.owner.as_str()), ("critical", "operator"));
    assert!(desk.ask(&DoorRequest::Acknowledge { alert: alert.id }).ok);
    until("it is seen", || status().alerts[0].owner.as_str() == "cli");
    let again = desk.ask(&DoorRequest::Acknowledge { alert: alert.id });
    assert_eq!(again.refusal, Some(Refusal::NothingToDo));
    // So long ago that an answer does not take as long.
    let age = || status().books.asked_age_ms.expect("asked at the start");
    until("the start is long ago", || age() > 2_000);
    let before = age();
    assert!(desk.ask(&DoorRequest::Reconcile {}).ok);
    until("it asked again", || age() < before);
    let refused = desk.ask(&DoorRequest::Accept { line: 7, reason: "why".into() });
    assert_eq!(refused.refusal, Some(Refusal::UnknownLine));
}
