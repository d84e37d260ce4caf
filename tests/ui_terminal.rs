//! The screen in a real terminal: it takes it, draws, gives it back, and does not spin when the terminal goes away.

mod support;

use flightdeck::bus::{Inbox, KillSwitch, Outlet};
use flightdeck::model::{Mode, Timestamp};
use flightdeck::ui::{ScreenOptions, UiParts, run};
use flightdeck::wire::{Ask, Client, ClientParts, Message, SessionId};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use support::{ascii, scene};

const CHILD: &str = "FLIGHTDECK_TEST_SCREEN";

fn clock() -> Timestamp {
    Timestamp::from_nanos(chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default())
}

/// Not a test of its own: the screen that the tests below run in a terminal, in a process of its own.
#[test]
fn child_screen() {
    let Some(result) = std::env::var_os(CHILD) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    // As the real process does: a hang-up is a message, not a death.
    let hang_up =
        runtime.block_on(async { tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) });
    let desk = scene(Mode::Analyze, ascii());
    let (_inbox, ends) = Inbox::<Ask>::new();
    let (mut outlet, messages) = Outlet::new("test", 64);
    outlet.offer(false, || Message::Snapshot(Box::new(desk.state.clone())));
    let asks = ends.control.clone();
    let kill_switch = KillSwitch::new(5, 2);
    let client = Client::new(ClientParts { id: SessionId(1), asks, messages, kill_switch });
    let options = ScreenOptions { max_fps: 30, ..ascii() };
    let exit = run(UiParts {
        client,
        clock,
        market: clock,
        options,
        kill_key: None,
        stop: Arc::new(AtomicBool::new(false)),
    });
    std::fs::write(result, format!("{exit:?}")).unwrap();
    drop((hang_up, runtime));
}

#[test]
fn a_terminal_that_hangs_up_ends_the_screen_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("exit");
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_screen", "--nocapture"]);
    command.env(CHILD, &result);
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut seen = Vec::new();
    let mut chunk = [0_u8; 4096];
    while !contains(&seen, b"ANALYZE") {
        let read = reader.read(&mut chunk).unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&chunk[..read]);
    }
    assert!(contains(&seen, b"\x1b[?1049h"), "the alternate screen");
    assert!(contains(&seen, b"\x1b[?2004h"), "bracketed paste");
    assert!(contains(&seen, b"\x1b[?2026h"), "synchronized update");
    assert!(!contains(&seen, b"\x1b[?1000h"), "no mouse capture");
    drop((reader, pair.master));
    child.wait().unwrap();
    assert_eq!(read_result(&result), "TerminalGone");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn read_result(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
