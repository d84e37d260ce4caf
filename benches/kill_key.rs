//! From the kill key to the closed gate: the real program in a pseudo-terminal, under a flood.

use crate::hand::ask;
use crate::{latches, line, micros, now_us};
use flightdeck::adapters::tape::{TapeReader, TapeWriter};
use flightdeck::config::{Sources, load};
use flightdeck::model::{RunId, Span, Timestamp};
use flightdeck::runtime::genesis;
use portable_pty::{CommandBuilder, PtyPair, PtySize, native_pty_system};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// `^K`, and the key that closes the panel it opens.
const KILL: &[u8] = b"\x0b";
const CLOSE: &[u8] = b"\x1b";

const SIZE: PtySize = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };

/// How long anything may take.
const PATIENCE_US: i64 = 30_000_000;

/// How much denser than it was recorded the market comes.
const DENSER: i64 = 25;

/// The recording of the default run with a market second in a twenty-fifth of it: with `--speed 1000` as many messages
/// as the program takes in.
fn dense(path: &Path) {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/market.tape");
    let settings = {
        let kinds = flightdeck::strategies::declared();
        load(&Sources { kinds: &kinds, ..Sources::default() }).unwrap().settings
    };
    let instruments = genesis(&settings, RunId::new(1), Vec::new()).instruments;
    let mut reader = TapeReader::open(&recorded).unwrap().select(&instruments).unwrap();
    let ids: Vec<_> = reader.instrument_ids().collect();
    let out = std::fs::File::create(path).unwrap();
    let mut writer =
        TapeWriter::new(std::io::BufWriter::new(out), "dense", &reader.header().clone(), &ids).unwrap();
    let mut first = None;
    while let Some(block) = reader.next_block().unwrap() {
        for mut message in block {
            let first = *first.get_or_insert(message.local_time);
            let denser = |at: Timestamp| first.after(Span::from_nanos(at.since(first).nanos() / DENSER));
            message.local_time = denser(message.local_time);
            message.venue_time = denser(message.venue_time);
            writer.push(&message).unwrap();
        }
    }
    writer.finish().unwrap();
}

/// Presses the key so often.
pub(crate) fn run(trials: usize) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let PtyPair { master, slave } = native_pty_system().openpty(SIZE).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_flightdeck"));
    let tape = dir.path().join("dense.tape");
    dense(&tape);
    command.args(["--feed", &format!("tape:{}", tape.display()), "--loop", "--speed", "1000", "--data-dir"]);
    command.arg(dir.path());
    command.env("TERM", "xterm-256color");
    let mut child = slave.spawn_command(command).unwrap();
    drop(slave);
    let (mut reader, mut keys) = (master.try_clone_reader().unwrap(), master.take_writer().unwrap());
    let screen = std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while reader.read(&mut bytes).is_ok_and(|count| count > 0) {}
    });
    until(dir.path(), |status| status["seq"].as_u64().is_some_and(|seq| seq > 1_000));
    let flood = events_a_second(dir.path());
    let mut pressed = Vec::with_capacity(trials);
    for _ in 0..trials {
        until(dir.path(), |status| {
            ask(dir.path(), &json!({"cmd": "resume", "reason": "again"}));
            status["gate"] == "K0"
        });
        pressed.push(now_us());
        keys.write_all(KILL).unwrap();
        until(dir.path(), |status| status["gate"] == "K1");
        keys.write_all(CLOSE).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop((keys, master));
    screen.join().unwrap();
    let closed = latches(dir.path(), "K1");
    assert_eq!(closed.len(), trials, "every press is in the log");
    let mut times = micros();
    for (pressed, closed) in pressed.iter().zip(&closed) {
        times.saturating_record(u64::try_from(closed - pressed).unwrap().max(1));
    }
    let goal = format!("under {flood} inputs/s (goal: p99 500 us)");
    vec![line("key -> gate closed", &times, &goal)]
}

/// Waits until the status says so.
fn until(data: &Path, is_so: impl Fn(&Value) -> bool) {
    let began = now_us();
    loop {
        let mut reply = ask(data, &json!({"cmd": "status"})).unwrap_or_default();
        let gate = reply["gate"].take();
        let mut status = reply["status"].take();
        if let Some(status) = status.as_object_mut() {
            status.insert("gate".to_owned(), gate);
        }
        if is_so(&status) {
            return;
        }
        assert!(now_us() - began < PATIENCE_US, "it never came: {status}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What the core takes in, by its own count.
fn events_a_second(data: &Path) -> u64 {
    let inputs = || {
        let reply = ask(data, &json!({"cmd": "status"})).unwrap_or_default();
        reply["status"]["shell"]["inputs"].as_u64().unwrap_or_default()
    };
    let before = inputs();
    std::thread::sleep(Duration::from_secs(1));
    inputs() - before
}
