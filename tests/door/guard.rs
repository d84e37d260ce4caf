//! Who and what does not get through the door, and what lies in its way.

use crate::desk::{Desk, EngineIs, SOCKET, short, until};
use flightdeck::commands::{AskError, ask};
use flightdeck::model::KillLevel;
use flightdeck::serve::{Door, DoorError, DoorRequest, LONGEST_LINE};
use std::fs;
use std::io::{ErrorKind, Write};
use std::net::Shutdown;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};

#[test]
fn a_line_that_is_no_request_is_answered_and_the_connection_goes_on() {
    let desk = Desk::new(EngineIs::Running);
    let mut visitor = desk.visitor();
    for line in [
        "kill",
        "{\"cmd\":\"kill\"",
        "{\"cmd\":\"fly\"}",
        "{\"cmd\":\"status\",\"extra\":1}",
        "{\"cmd\":\"kill\",\"levl\":3}",
        "{\"cmd\":\"kill\",\"scope\":\"strategy:\"}",
        "{\"cmd\":\"kill\",\"level\":\"3\"}",
        "{\"cmd\":\"mode\",\"mode\":\"dream\"}",
        "{\"cmd\":\"arm\"}",
        "[1,2]",
        "\u{1b}[2J",
    ] {
        let reply = visitor.asks(line);
        let error = reply.error.unwrap();
        assert!(!reply.ok && error.as_str().starts_with("not a request: "), "{line}: {error}");
    }
    for level in ["0", "5", "255"] {
        let reply = visitor.asks(&format!("{{\"cmd\":\"kill\",\"level\":{level}}}"));
        assert!(!reply.ok && reply.error.unwrap().as_str().contains("expected 1 to 4"));
    }
    assert_eq!(desk.kill_switch.standing(), [], "nothing of that touched the gate");
    until("the state is told", || visitor.asks("\n{\"cmd\":\"status\"}").ok);
}

#[test]
fn in_a_hurry_one_word_kills_everything_even_without_the_end_of_the_line() {
    let desk = Desk::new(EngineIs::Running);
    let mut visitor = desk.visitor();
    visitor.stream.write_all(b"{\"cmd\":\"kill\"}").unwrap();
    visitor.stream.shutdown(Shutdown::Write).unwrap();
    assert!(visitor.hears().unwrap().ok);
    assert_eq!(desk.kill_switch.global(), KillLevel::K3);
}

#[test]
fn a_line_beyond_the_bound_ends_the_connection_and_nothing_else() {
    let desk = Desk::new(EngineIs::Running);
    let mut visitor = desk.visitor();
    let long = vec![b'x'; LONGEST_LINE + 1];
    visitor.stream.write_all(&long).unwrap();
    let reply = visitor.hears().unwrap();
    assert!(reply.error.unwrap().as_str().contains("longer than"));
    assert!(visitor.hears().is_none(), "closed");
    assert!(desk.visitor().asks("{\"cmd\":\"kill\"}").ok);
}

#[test]
fn a_peer_that_does_not_finish_its_line_is_told_and_closed() {
    let desk = Desk::with_patience(EngineIs::Running, short(2_000, 30));
    let mut visitor = desk.visitor();
    // On a slow machine the door may have closed before a word was said.
    let said = visitor.stream.write_all(b"{\"cmd\":");
    assert!(said.is_ok() || said.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe));
    assert!(visitor.hears().unwrap().error.unwrap().as_str().contains("no request within"));
    assert!(visitor.hears().is_none());
}

#[test]
fn idle_connections_keep_a_status_out_but_never_a_kill() {
    let desk = Desk::new(EngineIs::Running);
    // Each has been answered, so each has its place.
    let mut idle: Vec<_> = (0..8).map(|_| desk.visitor()).collect();
    assert!(idle.iter_mut().all(|visitor| !visitor.asks("x").ok));
    let reply = desk.visitor().asks("{\"cmd\":\"status\"}");
    assert!(reply.error.unwrap().as_str().contains("too many connections"));
    assert!(desk.visitor().asks("{\"cmd\":\"kill\",\"level\":1}").ok);
    assert_eq!(desk.kill_switch.global(), KillLevel::K1);
    let mut kept = Vec::new();
    until("the places kept for kills are taken, too", || {
        let mut visitor = desk.visitor();
        let reply = visitor.asks("{\"cmd\":\"kill\",\"level\":1}");
        let turned_away = !reply.ok;
        if turned_away {
            assert_eq!(reply.error.unwrap().as_str(), "too many connections");
        }
        kept.push(visitor);
        turned_away
    });
    drop((idle, kept));
    until("places are free again", || desk.visitor().asks("{\"cmd\":\"status\"}").ok);
}

#[test]
fn only_the_owner_may_use_the_socket_and_it_goes_with_the_door() {
    let desk = Desk::new(EngineIs::Running);
    assert_eq!(fs::metadata(desk.socket()).unwrap().mode() & 0o777, 0o600);
    desk.close_door();
    assert!(!desk.socket().exists());
    let gone = ask(desk.dir.path(), &DoorRequest::Status {});
    assert!(matches!(gone, Err(AskError::NothingRuns { .. })), "{gone:?}");
}

#[test]
fn what_is_not_a_socket_of_ours_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(SOCKET);
    let foreign = || matches!(Door::bind(&path), Err(DoorError::Foreign { .. }));
    fs::write(&path, "precious").unwrap();
    assert!(foreign());
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    fs::remove_file(&path).unwrap();
    let elsewhere = dir.path().join("elsewhere");
    drop(UnixListener::bind(&elsewhere).unwrap());
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    assert!(foreign(), "a link, also to a dead socket");
    assert!(elsewhere.exists());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(foreign());
}

#[test]
fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(SOCKET);
    let other = UnixListener::bind(&path).unwrap();
    assert!(matches!(Door::bind(&path), Err(DoorError::Occupied { .. })));
    assert!(UnixStream::connect(&path).is_ok(), "the other still listens");
    drop(other);
    let door = Door::bind(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::remove_file(&path).unwrap();
    fs::write(&path, "not the door's").unwrap();
    drop(door);
    assert!(path.exists(), "a door removes its own socket only");
}

#[test]
fn a_path_too_deep_for_a_socket_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("x".repeat(120)).join(SOCKET);
    let error = Door::bind(&deep).unwrap_err();
    assert!(matches!(error, DoorError::TooLong { .. }) && error.to_string().contains("at most 107"));
}
