//! A book that goes on brings the log of earlier runs, whose requests had the numbers of ours.

use crate::desk::{LONG, SOCKET};
use flightdeck::bus::{Inbox, KillSwitch, Outlet, Taken};
use flightdeck::commands::ask;
use flightdeck::config::Settings;
use flightdeck::model::{
    Actor, Cause, ControlEvent, Envelope, Event, KillLevel, Refusal, Request, RunId, Scope, Seq, Timestamp,
};
use flightdeck::runtime::{genesis, monotonic_nanos};
use flightdeck::serve::{Door, DoorRequest};
use flightdeck::state::State;
use flightdeck::wire::{Ask, Client, ClientParts, Message, SessionId};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The next thing an engine is asked.
fn asked(inbox: &mut Inbox<Ask>) -> Ask {
    let deadline = monotonic_nanos() + 60_000_000_000;
    loop {
        match inbox.urgent() {
            Some(Taken::Control(ask)) => return ask,
            Some(Taken::Report(_) | Taken::Link(_) | Taken::Market(_)) | None => std::thread::yield_now(),
        }
        assert!(monotonic_nanos() < deadline, "nothing was asked");
    }
}

/// An event of control at a place in the log.
fn fact(seq: u64, event: ControlEvent) -> Envelope {
    Envelope {
        seq: Seq::new(seq),
        at: Timestamp::from_nanos(1),
        cause: Cause(Seq::new(seq)),
        event: Event::Control(event),
    }
}

#[test]
fn an_answer_of_an_earlier_run_is_not_taken_for_ours() {
    let genesis = Arc::new(genesis(&Settings::default(), RunId::new(7), Vec::new()));
    let (mut inbox, ends) = Inbox::<Ask>::new();
    let (mut outlet, messages) = Outlet::new("door", 64);
    let kill_switch = KillSwitch::new(genesis.strategies.len(), genesis.instruments.len());
    let parts = ClientParts { id: SessionId(2), asks: ends.control.clone(), messages, kill_switch };
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let stop = CancellationToken::new();
    let entered = runtime.enter();
    let door = Door::bind(&dir.path().join(SOCKET)).unwrap().with_patience(LONG);
    drop(entered);
    runtime.spawn(door.serve(Client::new(parts), stop.clone()));

    let place = dir.path().to_owned();
    let resume = DoorRequest::Resume { reason: "looked at it".into() };
    let visitor = std::thread::spawn(move || ask(&place, &resume).unwrap());
    let request: Request = loop {
        if let Ask::Command(request) = asked(&mut inbox) {
            break request;
        }
    };

    let mut state = State::new(genesis);
    let (level, scope, actor) = (KillLevel::K1, Scope::All, Actor::Cli);
    let reason = "of before".into();
    let killed = ControlEvent::KillRaised { level, scope, actor, reason, request: Some(request.id) };
    state.apply(&fact(1, killed));
    outlet.offer(false, || Message::Snapshot(Box::new(state)));
    let refused = ControlEvent::Refused { request: Box::new(request), refusal: Refusal::NotCompared };
    outlet.offer(false, || Message::Event(fact(2, refused)));

    let reply = visitor.join().unwrap();
    assert!(!reply.ok, "it was refused: {reply:?}");
    stop.cancel();
}
