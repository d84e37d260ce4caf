//! With real money: a kill past an engine that died, at a broker that misbehaves, and the dead-man of a live run.

use crate::arming::{desk, goes_live, pilot};
use crate::desk::{Desk, PATIENCE, told};
use crate::pilot::{Pilot, Place};
use rustix::process::Signal;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Buys until something is held.
fn buy(desk: &Desk, pilot: &mut Pilot) {
    let began = Instant::now();
    while desk.truth().net == 0 {
        let out = desk.says(&["order", "place", "buy", "0.010", "BTCUSDT"]);
        assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), pilot.screen());
        if !out.status.success() {
            desk.says(&["resume", "--reason", "looked at it"]);
        }
        pilot.lets_pass(200);
    }
}

#[test]
fn a_live_run_that_died_leaves_the_broker_flat_after_a_direct_kill_however_the_broker_answers() {
    let desk = desk(10, &["--misbehave", "60"]);
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot);
    desk.rest(4);
    buy(&desk, &mut pilot);
    pilot.signals(Signal::KILL);
    let began = Instant::now();
    while pilot.is_alive() {
        assert!(began.elapsed() < PATIENCE);
        pilot.look();
    }
    let out = desk.says(&["kill", "--direct", "--flat"]);
    assert_eq!(out.status.code(), Some(0), "{}", told(&out));
    let truth = desk.truth();
    assert!(truth.open.is_empty() && truth.net == 0, "{truth:?} {}", told(&out));
    assert!(told(&out).contains("LIVE") && told(&out).contains("**3321"), "{}", told(&out));
    assert!(!told(&out).contains("AB123321"), "{}", told(&out));
    assert!(desk.data().join("KILL").exists(), "sticky");
}

#[test]
fn a_live_run_whose_account_is_in_the_other_mode_is_never_called_flat() {
    let desk = desk(10, &[]);
    desk.operate("mode analyze");
    let said = desk.dir.path().join("kill.err");
    let mut kill = desk.command();
    kill.args(["kill", "--direct", "--flat"]).stdout(Stdio::null());
    let mut child = kill.stderr(fs::File::create(&said).unwrap()).spawn().unwrap();
    let read = || fs::read_to_string(&said).unwrap();
    let began = Instant::now();
    while !read().contains("switch it to live") {
        assert!(began.elapsed() < PATIENCE, "{}", read());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{}", read());
    assert!(read().contains("NOT proven"), "{}", read());
}

/// Holds threads of a process in every call they make; gone with the tracer.
struct Held(Child);

impl Held {
    /// `None` where this machine does not let us.
    fn threads(pid: u32, names: &[&str]) -> Option<Self> {
        let tasks = || fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(|entry| entry.unwrap().path());
        let is = |path: &PathBuf, name: &str| {
            fs::read_to_string(path.join("comm")).is_ok_and(|told| told.trim() == name)
        };
        // In the order of the names: the last one is held when the others are.
        let all = names.iter().flat_map(|name| tasks().filter(move |path| is(path, name)));
        let numbers = all.map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
        let numbers: Vec<String> = numbers.flat_map(|number| ["-p".to_owned(), number]).collect();
        assert!(numbers.len() >= 2 * names.len(), "{numbers:?}");
        let mut strace = Command::new("strace");
        strace.args(["-qq", "-o", "/dev/null", "-e", "inject=all:delay_enter=4000000"]).args(numbers);
        let mut child = strace.stdin(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        std::thread::sleep(std::time::Duration::from_millis(300));
        child.try_wait().unwrap().is_none().then_some(Self(child))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// Rests orders in LIVE, holds these threads until the broker has none of them, and gives how many of the cancels came by the
/// dead-man's own connection, and of how many; `None` where nothing can be held here.
fn stands_still(threads: &[&str]) -> Option<(usize, usize)> {
    let desk = desk(10, &[]);
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot);
    let rested = desk.rest(5);
    let Some(held) = Held::threads(pilot.pid(), threads) else {
        println!("left out: strace is missing here or may not trace");
        return None;
    };
    let began = Instant::now();
    while !desk.truth().open.is_empty() {
        assert!(began.elapsed() < PATIENCE, "{:?} {}", desk.truth(), pilot.screen());
        pilot.lets_pass(20);
    }
    println!("{threads:?} held: {:?} to the last of {rested} cancels", began.elapsed());
    drop(held);
    pilot.sees("K3");
    let before = desk.truth();
    let denied = desk.says(&["order", "place", "buy", "0.001", "BTCUSDT", "--price", "20000"]);
    assert!(!denied.status.success() && desk.truth().open.len() == before.open.len(), "{}", told(&denied));
    let log = desk.log();
    let cancels = log.iter().filter(|entry| entry.what == "request" && entry.endpoint == "cancelorder");
    Some((cancels.filter(|entry| entry.body["strategy"] == "flightdeck-kill").count(), rested))
}

#[test]
fn a_live_core_that_stands_still_is_canceled_for_at_the_broker() {
    stands_still(&["core"]);
}

#[test]
fn where_what_speaks_with_the_broker_stands_still_too_it_is_canceled_over_a_connection_of_its_own() {
    if let Some((own, rested)) = stands_still(&["worker", "core"]) {
        assert!(own >= rested, "{own} of {rested} cancels were the dead-man's");
    }
}
