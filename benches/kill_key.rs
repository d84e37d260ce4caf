//! From the kill key to the closed gate: the real program in a pseudo-terminal, under a flood. Beside it, press by press, what
//! the machine itself needs at that moment: from a byte into a pseudo-terminal to a bare reader that has it and a clock.

use crate::hand::ask;
use crate::{latches, line, micros, now_us};
use flightdeck::adapters::tape::{TapeReader, TapeWriter};
use flightdeck::config::{Sources, load};
use flightdeck::model::{RunId, Span, Timestamp};
use flightdeck::runtime::genesis;
use portable_pty::{Child, CommandBuilder, MasterPty, PtyPair, PtySize, native_pty_system};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `^K`, and the key that closes the panel it opens.
const KILL: &[u8] = b"\x0b";
const CLOSE: &[u8] = b"\x1b";

/// What makes this program the bare reader; then comes the file it writes.
pub(crate) const LISTEN: &str = "--listen";

const SIZE: PtySize = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };

/// How long anything may take.
const PATIENCE_US: i64 = 30_000_000;

/// How much denser than it was recorded the market comes: far more than a million messages a second, so that it is the
/// program that bounds what is taken in. Time itself goes on as ever, so that orders stay as rare as they are.
const DENSER: i64 = 25_000;

/// A press is let alone for so long before anybody asks what came of it: the answer is work too.
const ALONE: Duration = Duration::from_millis(5);

/// How often the recording is written one after the other before the file begins anew.
const PASSES: i64 = 40;

/// The recording of the default run with a market second in a 25,000th of it.
fn dense(path: &Path) {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/market.tape");
    let settings = {
        let kinds = flightdeck::strategies::declared();
        load(&Sources { kinds: &kinds, ..Sources::default() }).unwrap().settings
    };
    let instruments = genesis(&settings, RunId::new(1), Vec::new()).instruments;
    let open = || TapeReader::open(&recorded).unwrap().select(&instruments).unwrap();
    let reader = open();
    let ids: Vec<_> = reader.instrument_ids().collect();
    let out = std::fs::File::create(path).unwrap();
    let mut writer =
        TapeWriter::new(std::io::BufWriter::new(out), "dense", &reader.header().clone(), &ids).unwrap();
    let (mut first, mut after) = (None, 0);
    for _pass in 0..PASSES {
        let (mut reader, mut last) = (open(), 0);
        while let Some(block) = reader.next_block().unwrap() {
            for mut message in block {
                let first = *first.get_or_insert(message.local_time);
                let denser = |at: Timestamp| after + at.since(first).nanos() / DENSER;
                last = denser(message.local_time);
                message.venue_time = first.after(Span::from_nanos(denser(message.venue_time)));
                message.local_time = first.after(Span::from_nanos(last));
                writer.push(&message).unwrap();
            }
        }
        after = last + 1_000;
    }
    writer.finish().unwrap();
}

/// A process that does nothing but read a terminal: what it is given, and when it had it.
struct Bare {
    keys: Box<dyn std::io::Write + Send>,
    heard: PathBuf,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Bare {
    fn new(dir: &Path) -> Self {
        let PtyPair { master, slave } = native_pty_system().openpty(SIZE).unwrap();
        let heard = dir.join("heard");
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args([LISTEN, heard.to_str().unwrap()]);
        let child = slave.spawn_command(command).unwrap();
        let bare = Self { keys: master.take_writer().unwrap(), heard, child, _master: master };
        bare.until(1);
        bare
    }

    /// Writes a byte; says how long it took, in microseconds.
    fn press(&mut self) -> u64 {
        let before = self.heard().len();
        let pressed = now_us();
        self.keys.write_all(b"x").unwrap();
        std::thread::sleep(ALONE);
        let heard = self.until(before + 1);
        u64::try_from(heard.last().unwrap() - pressed).unwrap().max(1)
    }

    fn heard(&self) -> Vec<i64> {
        let text = std::fs::read_to_string(&self.heard).unwrap_or_default();
        text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')?.parse().ok()).collect()
    }

    fn until(&self, count: usize) -> Vec<i64> {
        let began = now_us();
        loop {
            let heard = self.heard();
            if heard.len() >= count {
                return heard;
            }
            assert!(now_us() - began < PATIENCE_US, "the bare reader reads nothing");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The bare reader: writes the time of each byte it is given into a file, and one when it is ready.
pub(crate) fn listen(path: &str) {
    crossterm::terminal::enable_raw_mode().unwrap();
    let mut heard = std::fs::File::create(path).unwrap();
    let (mut keys, mut byte) = (std::io::stdin().lock(), [0]);
    writeln!(heard, "{}", now_us()).unwrap();
    while keys.read_exact(&mut byte).is_ok() {
        let at = now_us();
        writeln!(heard, "{at}").unwrap();
    }
}

/// Presses the key so often.
pub(crate) fn run(trials: usize) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let PtyPair { master, slave } = native_pty_system().openpty(SIZE).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_flightdeck"));
    let tape = dir.path().join("dense.tape");
    dense(&tape);
    command.args(["--feed", &format!("tape:{}", tape.display()), "--loop", "--data-dir"]);
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
    let (events, inputs) = events_a_second(dir.path());
    let (mut bare, mut probe) = (Bare::new(dir.path()), micros());
    let mut pressed = Vec::with_capacity(trials);
    for _ in 0..trials {
        until(dir.path(), |status| {
            ask(dir.path(), &json!({"cmd": "resume", "reason": "again"}));
            status["gate"] == "K0"
        });
        std::thread::sleep(ALONE);
        probe.saturating_record(bare.press());
        pressed.push(now_us());
        keys.write_all(KILL).unwrap();
        std::thread::sleep(ALONE);
        until(dir.path(), |status| status["gate"] == "K1");
        keys.write_all(CLOSE).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop((keys, master, bare));
    screen.join().unwrap();
    let closed = latches(dir.path(), "K1");
    assert_eq!(closed.len(), trials, "every press is in the log");
    let mut times = micros();
    for (pressed, closed) in pressed.iter().zip(&closed) {
        times.saturating_record(u64::try_from(closed - pressed).unwrap().max(1));
    }
    let goal = format!("under {events} events/s, {inputs} inputs/s (goal: p99 500 us)");
    vec![
        line("key -> gate closed", &times, &goal),
        line("byte -> a bare reader, in turns with it", &probe, "(probe)"),
    ]
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

/// Market events a second into the core's lane, and inputs the core makes of them, by its own count: of several quotes or
/// depths of an instrument that wait it hears the newest.
fn events_a_second(data: &Path) -> (u64, u64) {
    let counts = || {
        let reply = ask(data, &json!({"cmd": "status"})).unwrap_or_default();
        let shell = &reply["status"]["shell"];
        let queues = shell["queues"].as_array().cloned().unwrap_or_default();
        let lane = queues.iter().find(|queue| queue["name"] == "inbox market");
        let passed = lane.and_then(|lane| lane["passed"].as_u64()).unwrap_or_default();
        (now_us(), passed, shell["inputs"].as_u64().unwrap_or_default())
    };
    let (began, events, inputs) = counts();
    std::thread::sleep(Duration::from_secs(3));
    let (ended, events_then, inputs_then) = counts();
    let millis = u64::try_from((ended - began) / 1_000).unwrap().max(1);
    ((events_then - events) * 1_000 / millis, (inputs_then - inputs) * 1_000 / millis)
}
