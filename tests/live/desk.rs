//! A venue process, an engine process, and what an operator types.

use crate::hand::{log_at, operate};
use flightdeck::venue::Entry;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const KEY: &str = "9f3c55aa17c0ffee9f3c55aa17c0ffee9f3c55aa17c0ffee9f3c55aa17c0ffee";

/// Longer than anything takes on a machine that is merely busy, or ten times as slow.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// The configuration of both processes. Its watchdogs wait longer than a busy machine lets a thread wait.
pub(crate) const CONFIG: &str = r#"
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
answer_ms = 10000
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
max_open_orders = 300
max_open_value = "200000"
duplicate_window_ms = 0
identical_orders = 200
margin_use_bps = 9000
account_age_ms = 60000
self_trade_blocks = 60
self_trade_window_ms = 10000
loosen_delay_ms = 60000
order_answer_ms = 15000
[watchdog]
feed_green_ms = 0
reconcile_quiet_ms = 1000
clock_gap_ms = 60000
venue_k1_ms = 60000
venue_k2_ms = 120000
broker_silent_ms = 60000
broker_k2_ms = 120000
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
limits = { max_order_qty = "0.5", max_order_value = "50000", max_position = "1", collar_bps = 5000 }
openalgo = { symbol = "BTCUSDT", exchange = "CRYPTO", product = "NRML" }
[[strategy]]
name = "fast"
kind = "sma_cross"
instrument = "BTCUSDT"
armed = false
params = { bar_ms = 100, fast = 1, slow = 2, qty = "0.010", style = "reverse" }
limits = { max_position_value = "20000", daily_loss = "50000" }
[[strategy]]
name = "slow"
kind = "sma_cross"
instrument = "BTCUSDT"
armed = false
params = { bar_ms = 110, fast = 1, slow = 3, qty = "0.020", style = "reverse" }
limits = { max_position_value = "20000", daily_loss = "50000" }
"#;

/// Both processes and their files.
pub(crate) struct Desk {
    pub(crate) dir: TempDir,
    pub(crate) url: String,
    /// Its stream, where it was opened with one.
    pub(crate) stream: Option<String>,
    venue: Child,
    pub(crate) engine: Option<Child>,
    /// What every process of ours is given besides.
    pub(crate) env: Vec<(String, String)>,
}

impl Desk {
    /// Opens the venue with these flags besides.
    pub(crate) fn open(flags: &[&str]) -> Self {
        Self::open_as(CONFIG, flags)
    }

    /// The same under another configuration than `CONFIG`.
    pub(crate) fn open_as(text: &str, flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("flightdeck.toml");
        fs::write(&config, text.replace("URL", "http://127.0.0.1:1")).unwrap();
        let mut venue = command(dir.path())
            .env("OPENALGO_API_KEY", KEY)
            .args(["venue", "--rate", "0", "--log"])
            .arg(dir.path().join("venue.jsonl"))
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(venue.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        // It may say more behind the address.
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}"));
        let url = url.split([' ', ',']).next().unwrap().to_owned();
        fs::write(&config, text.replace("URL", &url)).unwrap();
        let stream = flags.contains(&"--stream-port").then(|| {
            let mut line = String::new();
            said.read_line(&mut line).unwrap();
            line.trim().strip_prefix("streaming on ").unwrap_or_else(|| panic!("{line:?}")).to_owned()
        });
        let env = vec![("OPENALGO_API_KEY".to_owned(), KEY.to_owned())];
        Self { dir, url, stream, venue, engine: None, env }
    }

    /// Starts the engine without a screen and waits until it speaks with the venue.
    pub(crate) fn start(&mut self, flags: &[&str]) {
        self.launch(flags);
        self.until("books equal", |status| {
            let links = status["links"].as_array().map(Vec::as_slice).unwrap_or_default();
            let up = links.iter().filter(|link| link["state"] == "up").count() >= 2;
            up && !status["account"]["reconciled_age_ms"].is_null()
                && !status["books"]["orders_age_ms"].is_null()
        });
    }

    /// Starts the engine without a screen, whoever answers it.
    pub(crate) fn launch(&mut self, flags: &[&str]) {
        let out = fs::File::create(self.dir.path().join("engine.out")).unwrap();
        let mut run = self.command();
        run.args(["run", "--headless"]).args(flags).stdout(out.try_clone().unwrap()).stderr(out);
        self.engine = Some(run.spawn().unwrap());
    }

    /// What the venue's operator says.
    pub(crate) fn operate(&self, words: &str) {
        operate(&self.url, words);
    }

    /// A command of ours on this desk.
    pub(crate) fn command(&self) -> Command {
        let mut command = command(self.dir.path());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn says(&self, words: &[&str]) -> Output {
        self.command().args(words).output().unwrap()
    }

    /// Arms a strategy: asks for it until it is.
    pub(crate) fn arms(&mut self, name: &str) {
        let is_armed = |status: &Value| {
            let all = status["strategies"].as_array().map(Vec::as_slice).unwrap_or_default();
            all.iter().any(|one| one["name"] == name && one["armed"] == true)
        };
        let began = Instant::now();
        loop {
            let out = self.says(&["arm", name]);
            if self.status().is_some_and(|status| is_armed(&status)) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{name} is never armed: {}{}", told(&out), self.story());
        }
    }

    pub(crate) fn status(&self) -> Option<Value> {
        let out = self.command().args(["status", "--json"]).stderr(Stdio::null()).output().unwrap();
        serde_json::from_slice(&out.stdout).ok()
    }

    /// Waits until the status says so; gives it.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            if let Some(status) = self.status().filter(|status| is_so(status)) {
                return status;
            }
            let ended = self.engine.as_mut().and_then(|engine| engine.try_wait().unwrap());
            assert!(ended.is_none(), "{what}: the engine has ended: {ended:?}: {}", self.story());
            assert!(began.elapsed() < PATIENCE, "{what} never came: {}", self.story());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Rests so many orders far from the market at the venue, at different prices. Where one does not get there, or nobody
    /// says in time that it did, another is placed; where that has halted the engine, it is resumed. Gives how many rest.
    pub(crate) fn rest(&self, count: usize) -> usize {
        let began = Instant::now();
        for number in 0.. {
            let open = self.truth().open.len();
            if open >= count {
                return open;
            }
            let price = format!("{}", 20_000 + number);
            let out = self.says(&["order", "place", "buy", "0.001", "BTCUSDT", "--price", &price]);
            if !out.status.success() {
                self.says(&["resume", "--reason", "looked at it"]);
            }
            assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), self.story());
        }
        unreachable!("numbers do not end")
    }

    /// Waits until the venue's log says so.
    pub(crate) fn until_venue(&self, what: &str, is_so: impl Fn(&Truth) -> bool) -> Truth {
        let began = Instant::now();
        loop {
            let truth = self.truth();
            if is_so(&truth) {
                return truth;
            }
            assert!(began.elapsed() < PATIENCE, "{what} never came: {truth:?} {}", self.story());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What the venue wrote down, as it stands now.
    pub(crate) fn truth(&self) -> Truth {
        Truth::of(&self.log())
    }

    pub(crate) fn log(&self) -> Vec<Entry> {
        log_at(&self.dir.path().join("venue.jsonl"))
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(self.engine.as_ref().unwrap());
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Whether the engine is still there.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.engine.as_mut().is_some_and(|engine| engine.try_wait().unwrap().is_none())
    }

    /// Takes the engine away, dead or alive.
    pub(crate) fn reap(&mut self) {
        let mut engine = self.engine.take().unwrap();
        let _gone = engine.kill();
        engine.wait().unwrap();
    }

    /// Ends the engine in order.
    pub(crate) fn ends(&mut self) {
        self.signal(rustix::process::Signal::TERM);
        self.engine.take().unwrap().wait().unwrap();
    }

    /// SIGKILL for the engine.
    pub(crate) fn dies(&mut self) {
        self.signal(rustix::process::Signal::KILL);
        self.reap();
    }

    /// A signal to the venue's process.
    pub(crate) fn venue_signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.venue), signal).unwrap();
    }

    /// What to show when something is wrong.
    pub(crate) fn story(&self) -> String {
        let said = fs::read_to_string(self.dir.path().join("engine.out")).unwrap_or_default();
        let status = self.status().unwrap_or_default();
        let told =
            ["kill", "books", "orders", "alerts", "links"].map(|part| format!("{part} {}", status[part]));
        format!("{said}\n{}", told.join("\n"))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Whatever has failed, nothing of this test stays behind.
        for child in [self.engine.as_mut(), Some(&mut self.venue)].into_iter().flatten() {
            let _gone = child.kill();
            let _gone = child.wait();
        }
    }
}

/// The account as the venue's log proves it.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Orders that have not ended, with what is left of them in lots.
    pub(crate) open: BTreeMap<String, i64>,
    /// In lots of 0.001.
    pub(crate) net: i64,
    pub(crate) fills: usize,
}

impl Truth {
    pub(crate) fn of(log: &[Entry]) -> Self {
        let mut truth = Self::default();
        for entry in log {
            match entry.what.as_str() {
                "order" => {
                    truth.open.insert(entry.orderid.clone(), lots(&entry.quantity));
                }
                "fill" => {
                    let (sign, filled) = (1 - 2 * i64::from(entry.action != "BUY"), lots(&entry.quantity));
                    truth.fills += 1;
                    truth.net += sign * filled;
                    *truth.open.entry(entry.orderid.clone()).or_default() -= filled;
                    truth.open.retain(|_, left| *left > 0);
                }
                "cancel" | "refused" => {
                    truth.open.remove(&entry.orderid);
                }
                _ => {}
            }
        }
        truth
    }
}

/// A quantity in lots of 0.001.
pub(crate) fn lots(quantity: &str) -> i64 {
    let quantity: flightdeck::model::NetQty = quantity.parse().unwrap();
    quantity.raw() / 100_000
}

/// Everything a command said.
pub(crate) fn told(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
    command
        .env_clear()
        .env("HOME", dir)
        .arg("--config")
        .arg(dir.join("flightdeck.toml"))
        .arg("--data-dir")
        .arg(dir.join("data"))
        .stdin(Stdio::null());
    command
}
