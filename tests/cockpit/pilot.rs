//! A pilot at a terminal: starts the real binary in one, presses keys, reads the screen, waits for what must appear.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![allow(dead_code, reason = "two tests share it, each uses its part")]

use flightdeck::runtime::monotonic_nanos;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};

#[path = "place.rs"]
mod place;
pub(crate) use place::Place;
use place::{BINARY, GLANCE, PATIENCE_NANOS};

/// Around a frame.
const BEGINS: &[u8] = b"\x1b[?2026h";
const ENDS: &[u8] = b"\x1b[?2026l";

/// Frames that are remembered: twenty seconds of a screen that draws as often as it may.
const REMEMBERED: usize = 600;

/// Watchdogs that wait longer than a busy machine lets a thread wait: for flights that are not about them.
pub(crate) const PATIENT: &[&str] = &[
    "--set",
    "watchdog.venue_k1_ms=600000",
    "--set",
    "watchdog.venue_k2_ms=600000",
    "--set",
    "watchdog.broker_silent_ms=600000",
    "--set",
    "watchdog.broker_k2_ms=600000",
    "--set",
    "watchdog.clock_gap_ms=60000",
];

/// How a flight is started.
#[derive(Clone)]
pub(crate) struct Plan<'a> {
    /// What it does: `run`, or `replay` with its run.
    pub(crate) does: &'a [&'a str],
    pub(crate) size: (u16, u16),
    pub(crate) args: &'a [&'a str],
    pub(crate) env: &'a [(&'a str, &'a str)],
}

/// The built-in recording on 120 columns.
pub(crate) const PLAIN: Plan<'static> = Plan { does: &["run"], size: (120, 40), args: &[], env: &[] };

/// Nothing but the operator orders.
pub(crate) const STRATEGIES_OFF: &[&str] = &[
    "--set",
    "strategy.sma-btc.armed=false",
    "--set",
    "strategy.mm-btc.armed=false",
    "--set",
    "strategy.brk-eth.armed=false",
    "--set",
    "strategy.rev-eth.armed=false",
];

/// A cockpit in a terminal.
pub(crate) struct Pilot {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    slave: Option<Box<dyn SlavePty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    bytes: Option<Receiver<Vec<u8>>>,
    terminal: vt100::Parser,
    /// Everything that was written to the terminal.
    pub(crate) seen: Vec<u8>,
    /// How much of that the terminal has taken, and where its last whole frame ended.
    taken: usize,
    framed: usize,
    /// The last frames, each as whole as it was shown, and how many there were before them.
    frames: VecDeque<String>,
    forgotten: usize,
    /// Since which frame something is to have been shown.
    mark: usize,
    /// The line discipline as it was before.
    cooked: String,
}

impl Pilot {
    /// Takes off on 120 columns, under watchdogs that wait.
    pub(crate) fn flies(place: &Place, args: &[&str]) -> Self {
        Self::flies_on(place, PLAIN.size, args)
    }

    /// As `flies`, on another size.
    pub(crate) fn flies_on(place: &Place, size: (u16, u16), args: &[&str]) -> Self {
        Self::starts(place, &Plan { size, args: &[PATIENT, args].concat(), ..PLAIN })
    }

    /// Takes off to a rehearsal of faults that strike a cockpit which is up: later where it takes longer to get there.
    pub(crate) fn rehearses(size: (u16, u16), faults: &[&str]) -> (Place, Self) {
        for seconds in [3, 15, 75] {
            let drills: Vec<String> = faults.iter().map(|fault| format!("{fault}@{seconds}")).collect();
            let args: Vec<&str> = drills.iter().flat_map(|drill| ["--rehearse", drill]).collect();
            let (place, due) = (Place::new(), monotonic_nanos() + seconds * 1_000_000_000);
            let mut pilot = Self::flies_on(&place, size, &args);
            if pilot.is_up_before(due) {
                return (place, pilot);
            }
        }
        panic!("the cockpit never was up before the fault")
    }

    fn is_up_before(&mut self, due: u64) -> bool {
        while monotonic_nanos() < due {
            if self.frames.iter().any(|frame| is_up(frame)) {
                return true;
            }
            self.look();
        }
        false
    }

    /// Takes off in a terminal that nobody reads: a stalled line, a window that was forgotten.
    pub(crate) fn flies_unread(place: &Place) -> Self {
        Self::begins(place, &Plan { args: PATIENT, ..PLAIN }, None)
    }

    /// Starts the cockpit.
    pub(crate) fn starts(place: &Place, plan: &Plan<'_>) -> Self {
        let (to_pilot, bytes) = sync_channel(4_096);
        let mut pilot = Self::begins(place, plan, Some(bytes));
        let reader = pilot.master.as_mut().unwrap().try_clone_reader().unwrap();
        std::thread::spawn(move || carry(reader, &to_pilot));
        pilot
    }

    fn begins(place: &Place, plan: &Plan<'_>, bytes: Option<Receiver<Vec<u8>>>) -> Self {
        let (cols, rows) = plan.size;
        let pair = native_pty_system().openpty(size(cols, rows)).unwrap();
        let binary = std::env::var("FLIGHTDECK_KILL_BINARY").unwrap_or_else(|_| BINARY.to_owned());
        let mut command = CommandBuilder::new(binary);
        command.env_clear();
        command.env("HOME", place.home());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        plan.env.iter().for_each(|(name, value)| command.env(name, value));
        command.args(plan.does);
        if !plan.args.contains(&"--data-dir") {
            command.arg("--data-dir");
            command.arg(place.data());
        }
        command.args(plan.args);
        command.cwd(place.home());
        let cooked = format!("{:?}", pair.master.get_termios().unwrap());
        let child = pair.slave.spawn_command(command).unwrap();
        Self {
            child,
            writer: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            slave: Some(pair.slave),
            bytes,
            terminal: terminal(cols, rows),
            seen: Vec::new(),
            taken: 0,
            framed: 0,
            frames: VecDeque::new(),
            forgotten: 0,
            mark: 0,
            cooked,
        }
    }

    /// The screen as it is, a line a row.
    pub(crate) fn screen(&self) -> String {
        let (_, cols) = self.terminal.screen().size();
        let rows: Vec<String> = self.terminal.screen().rows(0, cols.get()).collect();
        rows.join("\n")
    }

    /// The terminal's state.
    pub(crate) fn state(&self) -> &vt100::Screen {
        self.terminal.screen()
    }

    /// Takes what has been written since, to the end of a frame that has begun; whether anything was.
    pub(crate) fn look(&mut self) -> bool {
        let any = self.takes();
        while self.is_mid_frame() && self.takes() {}
        any
    }

    /// Whether a frame has begun and not ended: what stands on the screen is half the old one, half the new.
    fn is_mid_frame(&self) -> bool {
        contains(&self.seen[self.framed..], BEGINS)
    }

    fn takes(&mut self) -> bool {
        let Some(bytes) = &self.bytes else { return false };
        match bytes.recv_timeout(GLANCE) {
            Ok(chunk) => {
                self.shows(&chunk);
                true
            }
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                self.bytes = None;
                false
            }
        }
    }

    /// Shows what was written, frame by frame: however many came at once, each is remembered.
    fn shows(&mut self, chunk: &[u8]) {
        self.seen.extend_from_slice(chunk);
        loop {
            // The mark may have come in two parts.
            let from = self.taken.saturating_sub(ENDS.len() - 1).max(self.framed);
            let Some(at) = position(&self.seen[from..], ENDS) else { break };
            let end = from + at + ENDS.len();
            self.terminal.process(&self.seen[self.taken..end]);
            (self.taken, self.framed) = (end, end);
            self.remembers();
        }
        self.terminal.process(&self.seen[self.taken..]);
        self.taken = self.seen.len();
    }

    fn remembers(&mut self) {
        let frame = self.screen();
        if self.frames.back() == Some(&frame) {
            return;
        }
        self.frames.push_back(frame);
        if self.frames.len() > REMEMBERED {
            self.frames.pop_front();
            self.forgotten += 1;
        }
    }

    /// Forgets what was written, where nobody will ask.
    pub(crate) fn forgets(&mut self) {
        self.seen.clear();
        (self.taken, self.framed) = (0, 0);
    }

    /// From here on is asked what was shown, what stands now with it. At the beginning that is everything.
    pub(crate) fn marks(&mut self) -> &mut Self {
        self.look();
        self.mark = (self.forgotten + self.frames.len()).saturating_sub(1);
        self
    }

    /// Waits for words that pass: a row that others push out, a notice, a state that heals. Any frame since the mark may have
    /// had them; gives the first that did.
    pub(crate) fn tells(&mut self, words: &str) -> String {
        self.showed(words, |frame| frame.contains(words))
    }

    /// Whether any frame had words, all that was written having been taken.
    pub(crate) fn has_shown(&self, words: &str) -> bool {
        self.frames.iter().any(|frame| frame.contains(words))
    }

    /// As `tells`, for a frame that is so.
    pub(crate) fn showed(&mut self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        let mut next = self.mark;
        loop {
            let fresh = self.frames.iter().skip(next.saturating_sub(self.forgotten));
            if let Some(frame) = fresh.into_iter().find(|frame| is(frame)) {
                return frame.clone();
            }
            next = self.forgotten + self.frames.len();
            let ended = !self.look() && self.child.try_wait().unwrap().is_some() && self.bytes.is_none();
            let over = monotonic_nanos() > deadline || ended && next == self.forgotten + self.frames.len();
            assert!(!over, "never shown: {what}\n{}", self.screen());
        }
    }

    /// Waits until the screen is as it must become and then stays: a frame of which the next one keeps the words.
    pub(crate) fn until(&mut self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        loop {
            self.look();
            let screen = self.screen();
            if !self.is_mid_frame() && is(&screen) {
                return screen;
            }
            let ended = self.child.try_wait().unwrap().is_some() && self.bytes.is_none();
            assert!(monotonic_nanos() < deadline && !ended, "waited for: {what}\n{screen}");
        }
    }

    /// Lets time pass where the passing of time is what is asked for.
    pub(crate) fn lets_pass(&mut self, millis: u64) {
        let until = monotonic_nanos() + millis * 1_000_000;
        while monotonic_nanos() < until {
            self.look();
        }
    }

    /// Waits for words on the screen that stay there; `tells` is for those that pass.
    pub(crate) fn sees(&mut self, words: &str) -> String {
        self.until(words, |screen| screen.contains(words))
    }

    /// Goes to a view; waits until its first panel, named by how its title begins, has the focus.
    pub(crate) fn views(&mut self, key: &str, title: &str) -> String {
        self.press(key).until(title, |screen| {
            let third = screen.lines().nth(2).unwrap_or_default();
            third.chars().skip(3).collect::<String>().starts_with(title)
        })
    }

    /// Waits until the cockpit is up: prices, strategies and agreeing books.
    pub(crate) fn is_up(&mut self) -> String {
        self.until("a cockpit with prices", is_up)
    }

    /// Presses keys, named as the key table names them, one blank between two.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split(' ') {
            let bytes = match key {
                "Enter" => b"\r".to_vec(),
                "Esc" => b"\x1b".to_vec(),
                "S-Tab" => b"\x1b[Z".to_vec(),
                "Tab" => b"\t".to_vec(),
                "Down" => b"\x1b[B".to_vec(),
                "Up" => b"\x1b[A".to_vec(),
                "Space" => b" ".to_vec(),
                "Backspace" => b"\x7f".to_vec(),
                _ => match key.as_bytes() {
                    [b'^', letter] => vec![letter & 0x1f],
                    other => other.to_vec(),
                },
            };
            self.sends(&bytes);
        }
        self
    }

    /// Closes what is open, known by a word. Escape goes alone: with another key behind it, it would be that key with Alt.
    pub(crate) fn escapes(&mut self, word: &str) {
        self.press("Esc").until("it is closed", |screen| !screen.contains(word));
    }

    /// Types a text, blanks and all.
    pub(crate) fn types(&mut self, text: &str) -> &mut Self {
        self.sends(text.as_bytes());
        self
    }

    /// Sends bytes as they are.
    pub(crate) fn sends(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes).and_then(|()| writer.flush()).unwrap();
    }

    /// Gives the window another size.
    pub(crate) fn resizes(&mut self, cols: u16, rows: u16) {
        self.master.as_ref().unwrap().resize(size(cols, rows)).unwrap();
        self.terminal = terminal(cols, rows);
    }

    /// The process number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends the process a signal.
    pub(crate) fn signals(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Whether the process is still there.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Pulls the plug: nobody holds the terminal's other end any more.
    pub(crate) fn hangs_up(&mut self) {
        self.bytes = None;
        self.writer = None;
        self.master = None;
        self.slave = None;
    }

    /// Leaves by the prompt, engine and all.
    pub(crate) fn leaves(&mut self) -> u32 {
        // A start after a crash that has found orders of unknown fate opens this by itself, and `q` would only close it.
        if self.screen().contains("KILL SWITCH") {
            self.escapes("KILL SWITCH");
        }
        self.press("q").sees("LEAVE");
        self.press("Enter").ends()
    }

    /// Waits for the end; the exit code. What is still on its way is read; the terminal's state stays to be looked at.
    pub(crate) fn ends(&mut self) -> u32 {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        let status = loop {
            if self.bytes.is_none() {
                std::thread::park_timeout(GLANCE);
            }
            if !self.look()
                && let Some(status) = self.child.try_wait().unwrap()
            {
                break status;
            }
            assert!(monotonic_nanos() < deadline, "waited for the end\n{}", self.screen());
        };
        if let Some(master) = &self.master {
            let now = format!("{:?}", master.get_termios().unwrap());
            assert_eq!(now, self.cooked, "the line discipline is as it was");
        }
        self.slave = None;
        while self.bytes.is_some() {
            self.look();
        }
        assert_eq!(status.signal(), None);
        status.exit_code()
    }

    /// What a terminal given back looks like; the words after it.
    pub(crate) fn is_restored(&self) -> String {
        let state = self.state();
        assert!(!state.alternate_screen() && !state.hide_cursor() && !state.bracketed_paste());
        let left = b"\x1b[?1049l";
        let at = self.seen.windows(left.len()).rposition(|window| window == left);
        let after = &self.seen[at.expect("the alternate screen was left") + left.len()..];
        let words = String::from_utf8_lossy(after).into_owned();
        assert!(!words.contains('\x1b'), "nothing is drawn after that: {words:?}");
        assert!(contains(&self.seen, b"\x1b[?7h"), "lines wrap again");
        words
    }
}

impl Drop for Pilot {
    #[expect(clippy::print_stderr, reason = "a test that fails shows what its operator saw")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the last screen\n{}\n---", self.screen());
        }
        if self.child.try_wait().is_ok_and(|status| status.is_none()) && self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

/// Carries the terminal's bytes to the pilot until either end is gone.
fn carry(mut reader: Box<dyn Read + Send>, to_pilot: &SyncSender<Vec<u8>>) {
    let mut chunk = vec![0_u8; 65_536];
    while let Ok(read) = reader.read(&mut chunk) {
        if read == 0 || to_pilot.send(chunk[..read].to_vec()).is_err() {
            return;
        }
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn terminal(cols: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(rows.try_into().unwrap(), cols.try_into().unwrap(), 0)
}

fn is_up(screen: &str) -> bool {
    screen.contains("diff 0") && has_prices(screen)
}

/// Whether a price of the built-in recording's first instrument is on the screen.
fn has_prices(screen: &str) -> bool {
    screen.contains(',') && !screen.contains("no mark")
}

/// The first row with a word; empty where there is none.
pub(crate) fn row<'a>(screen: &'a str, word: &str) -> &'a str {
    screen.lines().find(|row| row.contains(word)).unwrap_or_default()
}

pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    position(bytes, part).is_some()
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
