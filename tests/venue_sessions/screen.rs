//! An engine behind a screen, armed for LIVE by the keys a human presses, and then only looked at.

use crate::desk::{Desk, KEY, Process};
use crate::pilot::{Pilot, Place, Plan};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes of frames that are kept.
const KEPT: usize = 1 << 20;

/// What is looked at by a thread of its own, until it ends or nobody wants to look any more.
struct Screen {
    pid: Pid,
    watcher: Option<JoinHandle<()>>,
    has_ended: Arc<AtomicBool>,
    leave: Arc<AtomicBool>,
}

/// Starts the program in a terminal, in analyze as every start, and arms it with all of its strategies.
pub(crate) fn goes_live(desk: &mut Desk, digits: &str) {
    let place = Place::new();
    let config = desk.config().display().to_string();
    let data = desk.data().display().to_string();
    let args = ["--config", &config, "--data-dir", &data];
    let plan = Plan { does: &["run"], size: (120, 40), args: &args, env: &[("OPENALGO_API_KEY", KEY)] };
    let mut pilot = Pilot::starts(&place, &plan);
    pilot.sees("ANALYZE");
    // A busy machine may starve the core until it counts as dead, which halts: looked at, resumed, and armed again.
    while !arms(&mut pilot, digits) {
        desk.asks(&json!({"cmd": "resume", "reason": "looked at it"}));
        // Escape alone, and heard, before the next key.
        for step in ["step 2 of 2", "step 1 of 2"] {
            if pilot.screen().contains(step) {
                pilot.escapes(step);
            }
        }
    }
    desk.boards(Box::new(Screen::watch(pilot, place)));
}

/// Presses what arms it; whether it has gone live.
fn arms(pilot: &mut Pilot, digits: &str) -> bool {
    let halted = |screen: &str| screen.contains("!! KILLED !!");
    let screen = pilot.until("a screen", |screen| screen.contains("ANALYZE") || screen.contains("| LIVE |"));
    // Halted in the very moment in which it went live.
    if screen.contains("| LIVE |") {
        return true;
    }
    pilot.press("M").sees("step 1 of 2");
    pilot.press("Space Down Space Down Space Down Space");
    let screen = pilot.until("every check passed", |screen| {
        let passed = ["[x] feed", "[x] books", "[x] disk barrier"];
        halted(screen) || passed.iter().all(|words| screen.contains(words))
    });
    if halted(&screen) {
        return false;
    }
    let screen = pilot
        .press("Enter")
        .until("the second step", |screen| halted(screen) || screen.contains("step 2 of 2"));
    if halted(&screen) {
        return false;
    }
    pilot.types(digits).sees(digits);
    pilot.press("Enter");
    let screen = pilot.until("live or halted", |screen| {
        screen.contains("| LIVE |") || screen.contains("## LIVE ##") || halted(screen)
    });
    !screen.contains("| ANALYZE |")
}

impl Screen {
    fn watch(mut pilot: Pilot, place: Place) -> Self {
        let pid = Pid::from_raw(i32::try_from(pilot.pid()).unwrap()).unwrap();
        let (has_ended, leave) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (ended, left) = (Arc::clone(&has_ended), Arc::clone(&leave));
        let watcher = std::thread::spawn(move || {
            watch(&mut pilot, &left);
            ended.store(!pilot.is_alive(), Ordering::SeqCst);
            drop((pilot, place));
        });
        Self { pid, watcher: Some(watcher), has_ended, leave }
    }

    fn wait(&mut self) {
        if let Some(watcher) = self.watcher.take() {
            watcher.join().unwrap();
        }
    }
}

/// Looks until the program has ended or nobody wants to look any more.
fn watch(pilot: &mut Pilot, left: &AtomicBool) {
    while pilot.is_alive() && !left.load(Ordering::SeqCst) {
        if !pilot.look() {
            std::thread::sleep(Duration::from_millis(5));
        }
        if pilot.seen.len() > KEPT {
            pilot.forgets();
        }
    }
}

impl Process for Screen {
    fn has_ended(&mut self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }

    fn kill(&mut self) {
        // The pilot that goes takes its program with it.
        self.leave.store(true, Ordering::SeqCst);
        self.wait();
    }

    fn end(&mut self) {
        let _gone = kill_process(self.pid, Signal::TERM);
        self.wait();
    }
}
