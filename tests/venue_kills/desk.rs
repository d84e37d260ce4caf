//! A venue process, an engine process, and what an operator asks at its door.
#![allow(dead_code, reason = "two tests and a bench share it, each uses its part")]

use crate::hand::{Hand, ask, log_at, operate};
use crate::inject::Injection;
use flightdeck::sim::Rng;
use flightdeck::venue::Entry;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::cell::Cell;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const KEY: &str = "key-of-the-kill-test";

/// How long an engine may take until it trades again, on a machine that is merely busy or ten times as slow.
pub(crate) const PATIENCE: Duration = Duration::from_mins(4);

/// How often its door is knocked at.
const KNOCK: Duration = Duration::from_millis(3);

/// The configuration of both processes.
const CONFIG: &str = r#"
[feed]
source = "synthetic:7"
speed = 1
[broker]
kind = "openalgo"
url = "URL"
orders_per_s = 200
cancels_per_s = 200
reads_per_s = 400
poll_ms = 40
quotes_ms = 15
answer_ms = 1000
[account]
currency = "USDT"
par = []
[account.capital]
USDT = "100000"
[account.convert]
[risk]
max_gross = "250000"
max_batch_value = "100000"
daily_loss = "50000"
messages_per_s = 200
cancel_reserve = 5
messages_per_min = 9000
messages_per_day = 1000000
order_changes = 25
max_open_orders = 40
max_open_value = "200000"
duplicate_window_ms = 0
identical_orders = 200
margin_use_bps = 9000
account_age_ms = 60000
self_trade_blocks = 60
self_trade_window_ms = 10000
loosen_delay_ms = 60000
order_answer_ms = 1500
[watchdog]
feed_green_ms = 0
reconcile_quiet_ms = 1000
clock_gap_ms = 60000
unknown_hold_ms = 20000
[[instrument]]
symbol = "BTCUSDT"
venue = "binance-usdm"
contract = "linear"
quote = "USDT"
settle = "USDT"
unit = "BTC"
tick = "0.1"
lot = "0.001"
min_qty = "0.001"
min_notional = "5"
min_price = "1000"
max_price = "1000000"
maker_fee = "0"
taker_fee = "0"
initial_margin = "0.05"
limits = { max_order_qty = "0.5", max_order_value = "50000", max_position = "1", collar_bps = 300 }
openalgo = { symbol = "BTCUSDT", exchange = "CRYPTO", product = "NRML" }
[[strategy]]
name = "fast"
kind = "sma_cross"
instrument = "BTCUSDT"
armed = true
params = { bar_ms = 100, fast = 1, slow = 2, qty = "0.010", style = "reverse" }
limits = { max_position_value = "20000", daily_loss = "50000" }
[[strategy]]
name = "slow"
kind = "sma_cross"
instrument = "BTCUSDT"
armed = true
params = { bar_ms = 105, fast = 1, slow = 3, qty = "0.020", style = "reverse" }
limits = { max_position_value = "20000", daily_loss = "50000" }
[[strategy]]
name = "third"
kind = "sma_cross"
instrument = "BTCUSDT"
armed = true
params = { bar_ms = 110, fast = 1, slow = 3, qty = "0.030", style = "reverse" }
limits = { max_position_value = "20000", daily_loss = "50000" }
[[strategy]]
name = "fourth"
kind = "sma_cross"
instrument = "BTCUSDT"
armed = true
params = { bar_ms = 120, fast = 1, slow = 3, qty = "0.015", style = "reverse" }
limits = { max_position_value = "20000", daily_loss = "50000" }
"#;

/// In which world the engine trades, and whether its broker has a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    Analyze,
    Live,
    Streamed,
}

/// An engine's process.
pub(crate) trait Process {
    fn has_ended(&mut self) -> bool;
    /// SIGKILL, and waits.
    fn kill(&mut self);
    /// In order, and waits.
    fn end(&mut self);
}

impl Process for Child {
    fn has_ended(&mut self) -> bool {
        self.try_wait().unwrap().is_some()
    }

    fn kill(&mut self) {
        let _gone = Self::kill(self);
        let _gone = self.wait();
    }

    fn end(&mut self) {
        let pid = rustix::process::Pid::from_child(self);
        let _gone = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        self.wait().unwrap();
    }
}

/// Both processes and their files.
pub(crate) struct Desk {
    dir: TempDir,
    venue: Child,
    /// Where it is, and its stream.
    url: String,
    stream: String,
    world: World,
    seed: (u64, u64),
    engine: Option<Box<dyn Process>>,
    pub(crate) rng: Rng,
}

/// The engine has ended by itself.
#[derive(Debug)]
pub(crate) struct Ended;

impl Desk {
    /// Opens the venue. `misbehave`: how many requests in a thousand go wrong.
    pub(crate) fn open(seed: u64, misbehave: u64) -> Self {
        Self::with(CONFIG, World::Analyze, (seed, misbehave))
    }

    /// As `open`, in any world.
    pub(crate) fn open_in(world: World, seed: u64, misbehave: u64) -> Self {
        Self::with(&Self::text_in(world), world, (seed, misbehave))
    }

    /// The configuration of a world.
    pub(crate) fn text_in(world: World) -> String {
        if world == World::Analyze {
            return CONFIG.to_owned();
        }
        // Analyze is the sandbox in the process, where nothing trades; a broker tells its money in hundredths.
        let text = CONFIG
            .replace("kind = \"openalgo\"", "kind = \"paper\"")
            .replace("armed = true", "armed = false");
        let text = text.replace("feed_green_ms = 0", "feed_green_ms = 0\ncash_tolerance = \"0.05\"");
        let stream = if world == World::Streamed { "ws_url = \"STREAM\"\n" } else { "" };
        let live = format!(
            "[screen]\nmax_fps = 4\n[live]\nkind = \"openalgo\"\nurl = \"URL\"\n{stream}key_env = \"OPENALGO_API_KEY\"\n\
             account = \"AB123321\"\narm_minutes = 60\ndrill_days = 0\n"
        );
        text + &live
    }

    /// As `open`, but only what is placed by hand trades.
    pub(crate) fn by_hand(seed: u64) -> Self {
        Self::with(&CONFIG.replace("armed = true", "armed = false"), World::Analyze, (seed, 0))
    }

    /// As `by_hand`, with room for so many open orders.
    pub(crate) fn with_room(seed: u64, orders: usize) -> Self {
        let room = format!("max_open_orders = {orders}");
        let text = CONFIG.replace("armed = true", "armed = false").replace("max_open_orders = 40", &room);
        // The books are read as often as by default.
        let text =
            text.replace("poll_ms = 40", "poll_ms = 1000").replace("quotes_ms = 15", "quotes_ms = 250");
        Self::with(&text, World::Analyze, (seed, 0))
    }

    pub(crate) fn with(text: &str, world: World, seed: (u64, u64)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("flightdeck.toml");
        let write = |url: &str, stream: &str| {
            fs::write(&config, text.replace("STREAM", stream).replace("URL", url)).unwrap();
        };
        write("http://127.0.0.1:1", "ws://127.0.0.1:1");
        let (venue, url, stream) = open_venue(&dir, (world, seed), ("0", "0"));
        write(&url, &stream);
        let rng = Rng::new(seed.0);
        Self { dir, venue, url, stream, world, seed, engine: None, rng }
    }

    /// Where the configuration is.
    pub(crate) fn config(&self) -> PathBuf {
        self.dir.path().join("flightdeck.toml")
    }

    /// Takes over an engine that was started elsewhere.
    pub(crate) fn boards(&mut self, engine: Box<dyn Process>) {
        self.engine = Some(engine);
    }

    /// SIGKILL for the venue; another one goes on with its log at the same address.
    pub(crate) fn restart_venue(&mut self) {
        self.venue.kill().unwrap();
        self.venue.wait().unwrap();
        let ports = [&self.url, &self.stream].map(|url| port(url));
        let (world, [first, second]) = ((self.world, self.seed), &ports);
        (self.venue, self.url, self.stream) = open_venue(&self.dir, world, (first, second));
    }

    /// A signal to the venue's process.
    pub(crate) fn venue_signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.venue), signal).unwrap();
    }

    /// What the venue's operator says.
    pub(crate) fn operate(&self, words: &str) {
        operate(&self.url, words);
    }

    /// Starts the engine, under an injection where there is one; gives how long it took until its books were equal to the
    /// venue's.
    pub(crate) fn start(&mut self, under: Option<&Injection>) -> Result<Duration, Ended> {
        let began = Instant::now();
        let out = fs::File::create(self.dir.path().join("engine.out")).unwrap();
        let engine = command(&self.dir, under)
            .args(["run", "--headless"])
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        self.engine = Some(Box::new(engine));
        self.agrees()?;
        Ok(began.elapsed())
    }

    /// Waits until its books are equal to the venue's.
    pub(crate) fn agrees(&mut self) -> Result<Value, Ended> {
        self.until("books equal", |status| {
            let links = status["links"].as_array().map(Vec::as_slice).unwrap_or_default();
            let up = links.iter().filter(|link| link["state"] == "up").count() >= 2;
            let told = !status["account"]["reconciled_age_ms"].is_null()
                && !status["books"]["orders_age_ms"].is_null();
            up && told && no_lines(status)
        })
    }

    /// Lets it trade: what an operator does after a start that was halted, and again where a watchdog halts it meanwhile.
    /// Gives how often it had to be resumed.
    pub(crate) fn resume(&mut self) -> Result<u32, Ended> {
        let (began, mut resumed) = (Instant::now(), 0);
        loop {
            let status = self.status().unwrap_or_default();
            let all = status["strategies"].as_array().cloned().unwrap_or_default();
            let idle: Vec<&Value> = all
                .iter()
                .filter(|one| one["kind"] == "sma_cross" && one["armed"] == false)
                .map(|one| &one["name"])
                .collect();
            if status["gate"] != "K0" {
                resumed += u32::from(self.asks(&json!({"cmd": "resume", "reason": "looked at it"})));
            } else if idle.is_empty() && !all.is_empty() {
                return Ok(resumed);
            }
            for name in idle {
                self.asks(&json!({"cmd": "arm", "strategy": name}));
            }
            if self.has_ended() {
                return Err(Ended);
            }
            assert!(began.elapsed() < PATIENCE, "it does not trade: {}", self.story());
            std::thread::sleep(KNOCK);
        }
    }

    /// Lets it trade again where something has halted it, as far as that is allowed now.
    pub(crate) fn nudge(&self) {
        let status = self.status().unwrap_or_default();
        if status["gate"] != "K0" || status["kill"]["highest"] != "K0" {
            self.asks(&json!({"cmd": "resume", "reason": "looked at it"}));
        }
        let all = status["strategies"].as_array().cloned().unwrap_or_default();
        for one in all.iter().filter(|one| one["kind"] == "sma_cross" && one["armed"] == false) {
            self.asks(&json!({"cmd": "arm", "strategy": one["name"]}));
        }
    }

    /// An operator who trades by hand beside the strategies, until nobody answers any more.
    pub(crate) fn hand(&mut self) -> Hand {
        Hand::trades(self.data(), self.rng.below(2) == 0)
    }

    /// Waits for an instant to kill at: any, or one just after an order message has reached the venue.
    pub(crate) fn wait(&mut self) {
        let pause = self.rng.below(500);
        if self.rng.below(3) > 0 {
            return std::thread::sleep(Duration::from_millis(pause));
        }
        let size = || fs::metadata(self.dir.path().join("venue.jsonl")).unwrap().len();
        let (began, before) = (Instant::now(), size());
        while size() == before && began.elapsed() < Duration::from_secs(1) {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(self.rng.below(20_000)));
    }

    /// Whether it ends by itself within this time.
    pub(crate) fn ends_within(&mut self, most: Duration) -> bool {
        let began = Instant::now();
        while began.elapsed() < most {
            if self.has_ended() {
                return true;
            }
            std::thread::sleep(KNOCK);
        }
        false
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.engine.as_mut().is_none_or(|engine| engine.has_ended())
    }

    /// SIGKILL, where it has not ended.
    pub(crate) fn kill(&mut self) {
        self.engine.take().unwrap().kill();
    }

    /// Ends the engine in order.
    pub(crate) fn end(&mut self) {
        self.engine.take().unwrap().end();
    }

    /// One request of an operator; whether it was done.
    pub(crate) fn asks(&self, request: &Value) -> bool {
        ask(&self.data(), request).is_some_and(|reply| reply["ok"] == true)
    }

    /// Raises everything to K3, and waits until nothing is open and the books have been compared after that and are equal;
    /// gives the status then.
    pub(crate) fn comes_to_rest(&mut self) -> Result<Value, Ended> {
        let began = Instant::now();
        // A door that did not hear the engine in time says so: it is asked again.
        while !self.asks(&json!({"cmd": "kill", "level": 3, "reason": "the end"})) {
            assert!(began.elapsed() < PATIENCE, "the kill is not heard: {}", self.story());
            std::thread::sleep(KNOCK);
        }
        let empty =
            |status: &Value| status["orders"].as_array().is_some_and(Vec::is_empty) && no_lines(status);
        let since: Cell<Option<Instant>> = Cell::new(None);
        self.until("everything canceled and equal", |status| {
            if !empty(status) {
                since.set(None);
                return false;
            }
            let age = status["books"]["account_age_ms"].as_u64().map(Duration::from_millis);
            let quiet = since.get().unwrap_or_else(Instant::now);
            since.set(Some(quiet));
            age.is_some_and(|age| age < quiet.elapsed())
        })
    }

    /// What a command of the program itself prints.
    pub(crate) fn prints(&self, words: &[&str]) -> String {
        let out = command(&self.dir, None).args(words).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    }

    pub(crate) fn status(&self) -> Option<Value> {
        let mut reply = ask(&self.data(), &json!({"cmd": "status"}))?;
        let gate = reply["gate"].take();
        let mut status = reply["status"].take();
        status.as_object_mut()?.insert("gate".to_owned(), gate);
        Some(status)
    }

    /// Waits until the status says so; gives it.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<Value, Ended> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.status().filter(|status| is_so(status)) {
                return Ok(status);
            }
            if self.has_ended() {
                return Err(Ended);
            }
            assert!(began.elapsed() < PATIENCE, "{what} never came: {}", self.story());
            std::thread::sleep(KNOCK);
        }
    }

    /// What to show when something is wrong.
    pub(crate) fn story(&self) -> String {
        let said = fs::read_to_string(self.dir.path().join("engine.out")).unwrap_or_default();
        let status = self.status().map(|status| {
            format!(
                "kill {} books {} orders {} alerts {} links {}",
                status["kill"], status["books"], status["orders"], status["alerts"], status["links"]
            )
        });
        format!("{:?} {said}\n{status:#?}", self.world)
    }

    /// What the venue wrote down.
    pub(crate) fn log(&self) -> Vec<Entry> {
        log_at(&self.dir.path().join("venue.jsonl"))
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Whatever has failed, nothing of this test stays behind.
        if let Some(engine) = &mut self.engine {
            engine.kill();
        }
        Process::kill(&mut self.venue);
    }
}

/// A venue process that goes on where its log ends; and where it listens.
pub(crate) fn open_venue(
    dir: &TempDir,
    (world, (seed, misbehave)): (World, (u64, u64)),
    (port, stream): (&str, &str),
) -> (Child, String, String) {
    let flags: &[&str] = match world {
        World::Analyze => &[],
        World::Live => &["--answers", "live"],
        World::Streamed => &["--answers", "live", "--stream-port", stream],
    };
    let mut venue = command(dir, None)
        .args(["venue", "--rate", "0", "--port", port])
        .args(flags)
        .args(["--seed", &seed.to_string(), "--misbehave", &misbehave.to_string()])
        .arg("--log")
        .arg(dir.path().join("venue.jsonl"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(venue.stdout.take().unwrap());
    let mut says = |words: &str| {
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        line.trim().strip_prefix(words).unwrap_or_else(|| panic!("{line:?}")).to_owned()
    };
    let url = says("listening on ");
    let stream = if world == World::Streamed { says("streaming on ") } else { String::new() };
    (venue, url, stream)
}

/// The port of an address.
pub(crate) fn port(url: &str) -> String {
    url.trim_end_matches('/').rsplit(':').next().unwrap().to_owned()
}

/// Whether nothing differs between our books and the broker's.
pub(crate) fn no_lines(status: &Value) -> bool {
    status["books"]["lines"].as_array().is_some_and(Vec::is_empty)
}

fn command(dir: &TempDir, under: Option<&Injection>) -> Command {
    let binary = std::env::var("FLIGHTDECK_KILL_BINARY");
    let binary = binary.unwrap_or_else(|_| env!("CARGO_BIN_EXE_flightdeck").to_owned());
    let mut command = match under {
        Some(injection) => injection.command(&binary),
        None => Command::new(binary),
    };
    command
        .env("OPENALGO_API_KEY", KEY)
        .env_remove("FLIGHTDECK_KILLS")
        .env_remove("FLIGHTDECK_KILL_SEED")
        .arg("--config")
        .arg(dir.path().join("flightdeck.toml"))
        .arg("--data-dir")
        .arg(dir.path().join("data"))
        .stdin(Stdio::null());
    command
}
