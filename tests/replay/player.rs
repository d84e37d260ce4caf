//! The engine's side of a replay's session: the screen sees the past, and nothing it asks for reaches anything.

use crate::flight::Flight;
use crate::timeline::{bytes, open};
use flightdeck::bus::{Inbox, InboxEnds, KillSwitch, Outlet};
use flightdeck::commands::replay::Player;
use flightdeck::model::{Command, Envelope, KillLevel, OrderId, Reason, Scope, Span};
use flightdeck::state::State;
use flightdeck::wire::{Ask, Client, ClientParts, MarkKind, Message, ReplayStanding, SessionId, Wind};
use std::sync::Arc;

/// A player and the screen's end of its session, with a replica.
struct Room {
    player: Player,
    client: Client,
    replica: Option<State>,
    standing: Option<Arc<ReplayStanding>>,
    clock: u64,
    _ends: InboxEnds<Ask>,
}

impl Room {
    fn new(flight: &Flight) -> Self {
        let line = open(&flight.tape()).unwrap();
        let (inbox, ends) = Inbox::new();
        let (outlet, messages) = Outlet::new("screen", 16_384);
        let kill_switch = KillSwitch::new(8, 8);
        let player = Player::new(line, inbox, outlet, 1_000);
        let client =
            Client::new(ClientParts { id: SessionId(1), asks: ends.control.clone(), messages, kill_switch });
        let clock = flightdeck::runtime::monotonic_nanos();
        let mut room = Self { player, client, replica: None, standing: None, clock, _ends: ends };
        room.turn(0);
        room
    }

    /// So many milliseconds of ours pass.
    fn turn(&mut self, millis: u64) {
        self.clock += millis * 1_000_000;
        self.player.turn(self.clock);
        while let Some(message) = self.client.receive() {
            match message {
                Message::Snapshot(state) => self.replica = Some(*state),
                Message::Event(envelope) => self.fold(&envelope),
                Message::Replay(standing) => self.standing = Some(standing),
                Message::Assessment(_) | Message::BatchAssessment(_) => panic!("the past assesses nothing"),
                Message::Vitals(_) | Message::Closing(_) => {}
            }
        }
        let shown = self.replica.as_ref().map(bytes);
        assert!(
            shown == Some(bytes(self.player.timeline().state())),
            "the screen shows what the cursor is at"
        );
    }

    fn fold(&mut self, envelope: &Envelope) {
        self.replica.as_mut().unwrap().apply(envelope);
    }

    fn wind(&mut self, wind: Wind) -> ReplayStanding {
        assert!(self.client.wind(wind));
        self.turn(1);
        self.standing()
    }

    fn standing(&self) -> ReplayStanding {
        ReplayStanding::clone(self.standing.as_ref().unwrap())
    }
}

#[test]
fn the_screen_sees_what_was_whatever_way_the_cursor_is_moved() {
    let flight = Flight::of_seconds(60);
    let mut room = Room::new(&flight);
    let begun = room.standing();
    assert_eq!((begun.at, begun.playing), (begun.track.first, false));
    let winds = [
        Wind::By(Span::from_secs(1)),
        Wind::StepOn,
        Wind::StepOn,
        Wind::StepBack,
        Wind::Next(MarkKind::Trade),
        Wind::Next(MarkKind::Trade),
        Wind::Previous(MarkKind::Order),
        Wind::End,
        Wind::By(Span::from_secs(-1)),
        Wind::To(begun.track.first.after(Span::from_secs(7))),
        Wind::Start,
    ];
    for wind in winds {
        room.wind(wind);
    }
    assert_eq!(room.wind(Wind::By(Span::from_secs(1))).at, begun.track.first.after(Span::from_secs(1)));
    let one = room.wind(Wind::StepOn).seq;
    assert_eq!(room.wind(Wind::StepBack).seq.get() + 1, one.get());
}

#[test]
fn it_plays_as_fast_as_it_was_or_as_asked_and_stops_at_the_end() {
    let flight = Flight::of_seconds(20);
    let mut room = Room::new(&flight);
    let first = room.standing().track.first;
    assert!(room.wind(Wind::Toggle).playing);
    let began = room.standing().at;
    (0..10).for_each(|_| room.turn(100));
    assert_eq!(room.standing().at.since(began), Span::from_secs(1));
    assert_eq!(room.wind(Wind::Faster).speed_words(), "x2");
    let began = room.standing().at;
    (0..10).for_each(|_| room.turn(100));
    assert_eq!(room.standing().at.since(began), Span::from_secs(2));
    (0..10).for_each(|_| drop(room.wind(Wind::Faster)));
    (0..200).for_each(|_| room.turn(100));
    let ended = room.standing();
    assert!(!ended.playing && ended.at == ended.track.last && ended.seq == ended.track.last_seq);
    assert!(room.wind(Wind::Toggle).at < ended.at, "at the end it begins again");
    assert!(room.standing().at >= first);
}

#[test]
fn nothing_that_is_asked_reaches_anything() {
    let flight = Flight::of_seconds(5);
    let mut room = Room::new(&flight);
    let before = (bytes(room.player.timeline().state()), room.standing());
    assert!(room.client.command(Command::Cancel { order: OrderId::new(1) }).is_some());
    let (level, scope, reason) = (KillLevel::K3, Scope::All, Reason::new("x"));
    assert!(room.client.command(Command::Kill { level, scope, reason }).is_some());
    room.turn(1_000);
    assert_eq!(room.player.refused(), 2);
    assert!(before == (bytes(room.player.timeline().state()), room.standing()));
}
