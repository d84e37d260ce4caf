//! Start-up and memory: the whole process, from `exec` to the first full frame in a pseudo-terminal.
//!
//! `cargo bench --bench startup`. Beside the cockpit, in pairs: the limit, a bare ratatui program that draws one frame
//! (this bench itself, started with `--probe`). Goal G13: first full frame ≤ 30 ms and ≤ 3 × the probe, and with a
//! large database there ≤ 1.2 × as long. Goal G14: after ten seconds of trading the built-in recording ≤ 15 MiB
//! resident. `FLIGHTDECK_BENCH_DB_MIB` sets the size of that database (1024).

use flightdeck::runtime::monotonic_nanos;
use portable_pty::{Child, CommandBuilder, MasterPty, PtyPair, PtySize, native_pty_system};
use ratatui::layout::{Constraint, Layout};
use ratatui::widgets::{Block, Row, Table};
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

const PAIRS: usize = 10;
const SIZE: PtySize = PtySize { rows: 60, cols: 200, pixel_width: 0, pixel_height: 0 };

/// What only a full frame holds: the name of a strategy of the built-in settings in the strategies' panel.
const COCKPIT_MARK: &str = "sma-btc";
const PROBE_MARK: &str = "last row";

/// How long a program may take before the bench gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program in a pseudo-terminal and what it says, each piece with the time it came.
struct Watched {
    child: Box<dyn Child + Send + Sync>,
    pieces: Receiver<(u64, Vec<u8>)>,
    started: u64,
    /// Kept: the program is hung up on when it goes.
    _master: Box<dyn MasterPty + Send>,
}

fn start(program: &str, args: &[&str]) -> Watched {
    let PtyPair { master, slave } = native_pty_system().openpty(SIZE).expect("a pseudo-terminal opens");
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    let mut reader = master.try_clone_reader().expect("its output can be read");
    let (said, pieces) = sync_channel(4_096);
    let started = monotonic_nanos();
    let child = slave.spawn_command(command).expect("the program starts");
    drop(slave);
    std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(count) = reader.read(&mut bytes) {
            if count == 0 || said.send((monotonic_nanos(), bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    Watched { child, pieces, started, _master: master }
}

/// What a start took, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
struct Start {
    first_byte: u64,
    full_frame: u64,
}

/// Waits for the frame that shows `mark`. Looks after the clock has been read, so looking costs nothing.
fn first_frame(watched: &Watched, mark: &str) -> Start {
    let (rows, cols) = (NonZero::new(SIZE.rows), NonZero::new(SIZE.cols));
    let mut screen = vt100::Parser::new(rows.expect("not 0"), cols.expect("not 0"), 0);
    let mut start = Start::default();
    loop {
        let (at, bytes) = match watched.pieces.recv_timeout(PATIENCE) {
            Ok(piece) => piece,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                panic!("no frame with {mark:?}; the screen shows:\n{}", screen.screen().contents())
            }
        };
        let took = (at - watched.started) / 1_000;
        if start.first_byte == 0 {
            start.first_byte = took;
        }
        screen.process(&bytes);
        if screen.screen().contents().contains(mark) {
            start.full_frame = took;
            return start;
        }
    }
}

fn end(mut watched: Watched) {
    if let Some(pid) = watched.child.process_id() {
        let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).expect("a process id");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs until it is ended");
    }
    // Its last words must be read, or it waits for ever to say them.
    while watched.pieces.recv_timeout(PATIENCE).is_ok() {}
    watched.child.wait().expect("the program ends");
}

fn cockpit(dir: &Path) -> Watched {
    start(env!("CARGO_BIN_EXE_flightdeck"), &["--data-dir", dir.to_str().expect("a plain path")])
}

fn probe() -> Watched {
    let own = std::env::current_exe().expect("this program has a path");
    start(own.to_str().expect("a plain path"), &["--probe"])
}

fn timed(watched: Watched, mark: &str) -> Start {
    let took = first_frame(&watched, mark);
    end(watched);
    took
}

/// Resident now and at most, in KiB.
fn memory(watched: &Watched) -> (u64, u64) {
    let pid = watched.child.process_id().expect("it runs");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// Memory after so long at work.
fn memory_after(dir: &Path, work: Duration) -> (u64, u64) {
    let watched = cockpit(dir);
    first_frame(&watched, COCKPIT_MARK);
    let until = monotonic_nanos() + u64::try_from(work.as_nanos()).expect("short");
    while monotonic_nanos() < until {
        drop(watched.pieces.recv_timeout(Duration::from_millis(50)));
    }
    let memory = memory(&watched);
    end(watched);
    memory
}

/// Fills the database of a data directory with an old run until it has this size.
fn fill(dir: &Path, mib: u64) -> u64 {
    timed(cockpit(dir), COCKPIT_MARK);
    let path = dir.join("runs.db");
    let database = rusqlite::Connection::open(&path).expect("the database opens");
    let rows = "WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1 + 100000)
        INSERT INTO analyzer_log
        SELECT 'old', i, i, 'order', 'submitted', i, 'sma-btc', 'BTCUSDT', i, printf('%032x', i), 'strategy',
            hex(randomblob(200)) FROM n";
    let mut next = 1_i64;
    while std::fs::metadata(&path).expect("it is there").len() < mib << 20 {
        database.execute(rows, [next]).expect("rows are written");
        database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint is made");
        next += 100_000;
    }
    std::fs::metadata(&path).expect("it is there").len() >> 20
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    if std::env::args().any(|arg| arg == "--probe") {
        return draw_probe();
    }
    let (fresh, large) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let wanted = std::env::var("FLIGHTDECK_BENCH_DB_MIB").ok().and_then(|mib| mib.parse().ok());
    let mib = fill(large.path(), wanted.unwrap_or(1_024));
    println!("exec -> first full frame at 200x60, ms; {PAIRS} rounds; database of {mib} MiB in the last row");
    let mut rows: [(&str, Vec<Start>); 3] = [
        ("bare ratatui probe", Vec::new()),
        ("cockpit, fresh", Vec::new()),
        ("cockpit, large db", Vec::new()),
    ];
    for round in 0..PAIRS {
        rows[0].1.push(timed(probe(), PROBE_MARK));
        rows[1].1.push(timed(cockpit(&fresh.path().join(round.to_string())), COCKPIT_MARK));
        rows[2].1.push(timed(cockpit(large.path()), COCKPIT_MARK));
    }
    println!("{:<22}{:>12}{:>12}{:>12}{:>12}", "", "first byte", "frame p50", "least", "most");
    for (name, starts) in &rows {
        let millis = |micros: u64| format!("{}.{}", micros / 1_000, micros % 1_000 / 100);
        let frames: Vec<u64> = starts.iter().map(|start| start.full_frame).collect();
        println!(
            "{name:<22}{:>12}{:>12}{:>12}{:>12}",
            millis(median(starts.iter().map(|start| start.first_byte).collect())),
            millis(median(frames.clone())),
            millis(frames.iter().min().copied().unwrap_or(0)),
            millis(frames.iter().max().copied().unwrap_or(0))
        );
    }
    println!("memory after 10 s of the built-in recording, KiB");
    let probe = probe();
    first_frame(&probe, PROBE_MARK);
    println!("{:<22}{:>12?} (resident, peak)", "bare ratatui probe", memory(&probe));
    end(probe);
    for (name, dir) in
        [("cockpit, fresh", fresh.path().join("memory")), ("cockpit, large db", large.path().into())]
    {
        println!("{name:<22}{:>12?} (resident, peak)", memory_after(&dir, Duration::from_secs(10)));
    }
}

/// The limit: take the terminal, draw one frame of a table in boxes, wait to be ended.
fn draw_probe() {
    let mut terminal = ratatui::init();
    let drawn = terminal.draw(|frame| {
        let areas = Layout::vertical([Constraint::Length(3), Constraint::Min(14), Constraint::Length(3)])
            .split(frame.area());
        let rows = (0..10).map(|row| Row::new([format!("row {row}"), "BTCUSDT".into(), "61800.0".into()]));
        let table = Table::new(rows, [Constraint::Length(20); 3]).block(Block::bordered().title("orders"));
        frame.render_widget(Block::bordered().title("status"), areas[0]);
        frame.render_widget(table, areas[1]);
        frame.render_widget(Block::bordered().title(PROBE_MARK), areas[2]);
    });
    drawn.expect("the terminal takes a frame");
    std::io::stdout().flush().expect("the terminal takes a frame");
    std::thread::sleep(PATIENCE);
}
