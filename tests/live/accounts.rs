//! Two accounts in one cockpit: two venue processes, each judged by its own log.

use crate::desk::{CONFIG, Desk, KEY, PATIENCE, Truth, told};
use crate::hand::{log_at, operate};
use crate::pilot::{Place, contains};
use flightdeck::venue::Entry;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The server of the further account, with a directory of its own.
pub(crate) struct Second {
    dir: TempDir,
    child: Child,
    pub(crate) url: String,
    flags: Vec<String>,
}

impl Second {
    pub(crate) fn open(first: &Desk, flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::copy(first.dir.path().join("flightdeck.toml"), dir.path().join("flightdeck.toml")).unwrap();
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let (child, url) = venue(&dir, &flags, "0");
        Self { dir, child, url, flags }
    }

    /// It is gone, in the middle of anything.
    pub(crate) fn dies(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Another one goes on with its log at the same address.
    pub(crate) fn opens_again(&mut self) {
        let port = self.url.rsplit(':').next().unwrap().to_owned();
        (self.child, self.url) = venue(&self.dir, &self.flags, &port);
    }

    pub(crate) fn log(&self) -> Vec<Entry> {
        log_at(&self.dir.path().join("venue.jsonl"))
    }

    /// What it wrote down, as it stands now.
    pub(crate) fn truth(&self) -> Truth {
        Truth::of(&self.log())
    }

    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&Truth) -> bool) -> Truth {
        let began = Instant::now();
        loop {
            let truth = self.truth();
            if is_so(&truth) {
                return truth;
            }
            assert!(began.elapsed() < PATIENCE, "{what} never came at b: {truth:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What its operator says.
    pub(crate) fn operate(&self, words: &str) {
        operate(&self.url, words);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// A venue process and where it listens.
fn venue(dir: &TempDir, flags: &[String], port: &str) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .env_clear()
        .env("HOME", dir.path())
        .env("OPENALGO_API_KEY", KEY)
        .arg("--config")
        .arg(dir.path().join("flightdeck.toml"))
        .args(["venue", "--rate", "0", "--port", port, "--log"])
        .arg(dir.path().join("venue.jsonl"))
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}"));
    let url = url.split([' ', ',']).next().unwrap().to_owned();
    (child, url)
}

/// The same contract once more, traded at the further account.
pub(crate) fn twin() -> String {
    let (_, rest) = CONFIG.split_once("[[instrument]]").unwrap();
    let (block, _) = rest.split_once("[[strategy]]").unwrap();
    format!("[[instrument]]{block}").replacen("symbol = \"BTCUSDT\"", "symbol = \"BTCUSDT-B\"", 1)
}

/// Both servers; strategy `fast` trades at the first account, `slow` at the further one.
pub(crate) fn desk(seed: &str) -> (Desk, Second) {
    let desk = Desk::open(&["--seed", seed]);
    let second = Second::open(&desk, &["--seed", seed]);
    let path = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&path).unwrap();
    let also = format!(
        "[[broker.also]]\nname = \"b\"\ninstruments = [\"BTCUSDT-B\"]\nurl = \"{}\"\nkey_env = \"OPENALGO_B_KEY\"\n[account]",
        second.url
    );
    let text = text.replacen("[account]", &also, 1);
    let (before, slow) = text.split_once("name = \"slow\"").unwrap();
    let slow = slow.replacen("instrument = \"BTCUSDT\"", "instrument = \"BTCUSDT-B\"", 1);
    let text = format!("{before}name = \"slow\"{slow}");
    let text = text.replacen("[[strategy]]", &format!("{}[[strategy]]", twin()), 1);
    fs::write(&path, text).unwrap();
    let mut desk = desk;
    desk.env.push(("OPENALGO_B_KEY".to_owned(), KEY.to_owned()));
    (desk, second)
}

pub(crate) fn account<'a>(status: &'a Value, name: &str) -> &'a Value {
    let rows = status["accounts"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().find(|row| row["name"] == name).unwrap_or(&Value::Null)
}

/// Both answer and were compared with nothing differing.
pub(crate) fn agrees(status: &Value, name: &str) -> bool {
    let row = account(status, name);
    row["link"] == "up"
        && row["differences"] == 0
        && !row["account_age_ms"].is_null()
        && !row["orders_age_ms"].is_null()
}

pub(crate) fn starts(desk: &mut Desk) {
    desk.start(&[]);
    desk.until("both accounts agree", |status| agrees(status, "main") && agrees(status, "b"));
}

/// The net position of an instrument as the engine has it, in lots of 0.001.
pub(crate) fn net(status: &Value, symbol: &str) -> i64 {
    let rows = status["strategies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let positions =
        rows.iter().flat_map(|row| row["positions"].as_array().map(Vec::as_slice).unwrap_or_default());
    let of_it = positions.filter(|position| position["instrument"] == symbol);
    of_it.map(|position| crate::desk::lots(position["net"].as_str().unwrap())).sum()
}

pub(crate) fn level(status: &Value, scope: &str) -> String {
    let rows = status["kill"]["scoped"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().find(|row| row["scope"] == scope).map_or(String::new(), |row| row["level"].to_string())
}

/// A command that is answered, and done.
pub(crate) fn types(desk: &Desk, words: &[&str]) {
    let out = desk.says(words);
    assert!(out.status.success(), "{words:?}: {}{}", told(&out), desk.story());
}

/// Orders a resting order of 0.001; a market has to be heard first.
pub(crate) fn rests(desk: &Desk, symbol: &str, price: &str) {
    let began = Instant::now();
    loop {
        let out = desk.says(&["order", "place", "buy", "0.001", symbol, "--price", price]);
        if out.status.success() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{}", told(&out));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The account is away, the other one is not, and only what is traded there is stopped.
pub(crate) fn trades_on_without(desk: &mut Desk, is_lost: impl Fn(&Value) -> bool) {
    let status = desk.until("b is lost", |status| is_lost(account(status, "b")));
    assert_eq!(account(&status, "main")["link"], "up", "{status:#}");
    let fills = desk.truth().fills;
    desk.until_venue("the other trades on", |venue| venue.fills >= fills + 6);
    let status = desk
        .until("what is traded there is stopped", |status| !level(status, "instrument:BTCUSDT-B").is_empty());
    assert_eq!(status["kill"]["level"], "K0", "{status:#}");
    assert!(level(&status, "instrument:BTCUSDT").is_empty(), "{status:#}");
}

/// Who resumes is told what was stopped again in the same step. On a slow machine something else may stand in the way first.
fn is_told_what_stops_again(desk: &Desk) {
    let began = Instant::now();
    loop {
        let words = told(&desk.says(&["resume", "--reason", "without b"]));
        if words.contains("stopped again: K") && words.contains("BTCUSDT-B: broker down: b ") {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{words}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn each_account_gets_its_own_orders_and_one_that_hangs_stops_nothing_at_the_other() {
    let (mut desk, second) = desk("21");
    starts(&mut desk);
    for name in ["fast", "slow"] {
        desk.arms(name);
    }
    desk.until_venue("fills at main", |venue| venue.fills >= 4);
    second.until("fills", |venue| venue.fills >= 4);
    // It stands still with whatever was on its way.
    second.signal(Signal::STOP);
    trades_on_without(&mut desk, |row| row["link"] == "down" || row["link"] == "silent");
    let denied = desk.says(&["order", "place", "buy", "0.001", "BTCUSDT-B", "--price", "20000"]);
    assert!(!denied.status.success(), "{}", told(&denied));
    rests(&desk, "BTCUSDT", "20000");
    is_told_what_stops_again(&desk);
    // Back: what was on its way is told, and nothing was sent twice.
    second.signal(Signal::CONT);
    desk.until("b is back and compared", |status| agrees(status, "b"));
    for name in ["fast", "slow"] {
        desk.says(&["disarm", name]);
    }
    desk.says(&["kill", "--level", "3"]);
    desk.until_venue("nothing open at main", |venue| venue.open.is_empty());
    second.until("nothing open", |venue| venue.open.is_empty());
    desk.until("no order is open here either", |status| {
        agrees(status, "main")
            && agrees(status, "b")
            && status["orders"].as_array().is_some_and(Vec::is_empty)
    });
    let (main, b) = (desk.truth(), second.truth());
    desk.until("equal to both logs", |status| {
        net(status, "BTCUSDT") == main.net && net(status, "BTCUSDT-B") == b.net
    });
}

#[test]
fn a_restart_goes_on_with_both_books_and_compares_each_with_its_own_broker() {
    let (mut desk, second) = desk("22");
    starts(&mut desk);
    rests(&desk, "BTCUSDT", "20000");
    rests(&desk, "BTCUSDT-B", "20001");
    for symbol in ["BTCUSDT", "BTCUSDT-B"] {
        types(&desk, &["order", "place", "buy", "0.010", symbol]);
    }
    desk.until_venue("held and resting at main", |venue| venue.net == 10 && venue.open.len() == 1);
    second.until("held and resting", |venue| venue.net == 10 && venue.open.len() == 1);
    desk.signal(Signal::KILL);
    desk.reap();
    // Another order in the file gives nobody another's number.
    let path = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&path).unwrap().replacen(&twin(), "", 1);
    fs::write(&path, text.replacen("[[instrument]]", &format!("{}[[instrument]]", twin()), 1)).unwrap();
    starts(&mut desk);
    let status = desk.until("both positions stand", |status| {
        net(status, "BTCUSDT") == 10 && net(status, "BTCUSDT-B") == 10
    });
    assert_eq!(status["orders"].as_array().map(Vec::len), Some(2), "{status:#}");
    assert_eq!((desk.truth().net, second.truth().net), (10, 10), "nothing is sent twice");
    // A crash starts halted; the kill reaches both.
    desk.says(&["kill", "--level", "4"]);
    desk.until_venue("flat at main", |venue| venue.net == 0 && venue.open.is_empty());
    second.until("flat", |venue| venue.net == 0 && venue.open.is_empty());
}

#[test]
fn a_limit_holds_over_both_accounts_together() {
    let (mut desk, second) = desk("23");
    starts(&mut desk);
    rests(&desk, "BTCUSDT", "20000");
    let status = desk.until("a market", |status| status["instruments"][0]["bid"].is_string());
    let bid: f64 = status["instruments"][0]["bid"].as_str().unwrap().parse().unwrap();
    // Room for one and a half of two orders of 0.010.
    let most = format!("{:.0}", bid * 0.015);
    types(&desk, &["limit", "set", "max_gross", &most]);
    types(&desk, &["order", "place", "buy", "0.010", "BTCUSDT", "--price", "20002"]);
    let denied = desk.says(&["order", "place", "buy", "0.010", "BTCUSDT-B", "--price", "20002"]);
    assert!(!denied.status.success(), "{}", told(&denied));
    assert!(second.truth().open.is_empty(), "alone it would have passed");
}

#[test]
fn a_direct_kill_reports_each_account_and_never_calls_over_what_does_not_answer() {
    let (mut desk, second) = desk("24");
    starts(&mut desk);
    rests(&desk, "BTCUSDT", "20000");
    rests(&desk, "BTCUSDT-B", "20001");
    for symbol in ["BTCUSDT", "BTCUSDT-B"] {
        types(&desk, &["order", "place", "buy", "0.010", symbol]);
    }
    second.until("held", |venue| venue.net == 10);
    desk.signal(Signal::KILL);
    desk.reap();
    second.signal(Signal::STOP);
    let said = desk.dir.path().join("kill.err");
    let answer = desk.dir.path().join("kill.out");
    let mut kill = desk.command();
    kill.args(["kill", "--direct", "--flat", "--json"]).stdout(fs::File::create(&answer).unwrap());
    desk.engine = Some(kill.stderr(fs::File::create(&said).unwrap()).spawn().unwrap());
    let read = || fs::read_to_string(&said).unwrap();
    let began = Instant::now();
    while !read().contains("b: anything may still be live: its books cannot be read")
        || !desk.truth().open.is_empty()
        || desk.truth().net != 0
    {
        assert!(began.elapsed() < PATIENCE, "{}", read());
        std::thread::sleep(Duration::from_millis(20));
    }
    // Three readings over two seconds prove the end of the one that answers: said at once, not when the other has come back.
    while !read().contains("main: proven by the venue's books: no order is open, no position is held") {
        assert!(began.elapsed() < PATIENCE, "{}", read());
        std::thread::sleep(Duration::from_millis(20));
    }
    desk.signal(Signal::INT);
    let code = desk.engine.take().unwrap().wait().unwrap().code();
    assert_eq!(code, Some(3), "{}", read());
    let answer: Value = serde_json::from_str(&fs::read_to_string(&answer).unwrap()).unwrap();
    assert_eq!(answer["proven"], false, "{answer:#}");
    assert_eq!(answer["accounts"][0]["proven"], true, "{answer:#}");
    assert_eq!(
        (&answer["accounts"][0]["name"], &answer["accounts"][1]["name"]),
        (&"main".into(), &"b".into())
    );
    assert_eq!(answer["accounts"][1]["proven"], false, "{answer:#}");
    assert!(read().contains("b: anything: the books could not be read"), "{}", read());
    second.signal(Signal::CONT);
    let out = desk.says(&["kill", "--direct", "--flat"]);
    assert_eq!(out.status.code(), Some(0), "{}", told(&out));
    let (main, b) = (desk.truth(), second.truth());
    assert!(main.open.is_empty() && b.open.is_empty(), "{main:?} {b:?}");
    assert_eq!((main.net, b.net), (0, 0), "{}", told(&out));
}

#[test]
fn a_core_that_hangs_is_canceled_for_at_both_accounts() {
    let (mut desk, second) = desk("25");
    desk.start(&["--rehearse", "hang-strategy@0"]);
    desk.until("both accounts agree", |status| agrees(status, "main") && agrees(status, "b"));
    for symbol in ["BTCUSDT", "BTCUSDT-B"] {
        rests(&desk, symbol, "20000");
        rests(&desk, symbol, "20001");
    }
    desk.until_venue("orders rest at main", |venue| venue.open.len() == 2);
    second.until("orders rest", |venue| venue.open.len() == 2);
    // What hangs then may keep the answer back.
    let _told = desk.says(&["arm", "fast"]);
    desk.until_venue("everything canceled at main", |venue| venue.open.is_empty());
    second.until("everything canceled", |venue| venue.open.is_empty());
    desk.until("the kill stands", |status| status["gate"] == "K3");
}

/// Two brokers with real money behind a desk whose analyze is the sandbox in the process; `fast` trades at the first account,
/// `slow` at the further one.
pub(crate) fn live_desk() -> (Desk, Second) {
    let desk = crate::arming::desk(10, &[]);
    let second = Second::open(&desk, &["--seed", "9", "--answers", "live"]);
    let path = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&path).unwrap();
    let also = format!(
        "[[live.also]]\nname = \"b\"\ninstruments = [\"BTCUSDT-B\"]\nurl = \"{}\"\nkey_env = \"OPENALGO_API_KEY\"\n\
         account = \"CD997788\"\n",
        second.url
    );
    let (before, slow) = text.split_once("name = \"slow\"").unwrap();
    let slow = slow.replacen("instrument = \"BTCUSDT\"", "instrument = \"BTCUSDT-B\"", 1);
    let text = format!("{before}name = \"slow\"{slow}");
    let text = text.replacen("[[strategy]]", &format!("{}[[strategy]]", twin()), 1);
    fs::write(&path, text + &also).unwrap();
    (desk, second)
}

#[test]
fn armed_with_the_digits_of_both_accounts_orders_reach_both_brokers_and_each_has_a_row() {
    let (desk, second) = live_desk();
    let place = Place::new();
    let mut pilot = crate::arming::pilot(&desk, &place);
    pilot.sees("ANALYZE");
    pilot.press("M").sees("step 1 of 2");
    pilot.sees("b **7788");
    pilot.until("every check but none failed", |screen| {
        screen.contains("[x] feed") && screen.contains("[x] books") && screen.contains("[x] disk barrier")
    });
    pilot.press("Enter").sees("step 2 of 2");
    pilot.types("3321").sees("3321");
    pilot.press("Enter").sees("not the last four digits of each account");
    assert!(desk.truth().open.is_empty() && second.truth().fills == 0);
    pilot.types("7788").sees("7788");
    pilot.press("Enter");
    pilot.sees("## LIVE ##");
    pilot.until("a row each", |screen| ["= main", "= b ", "= all"].iter().all(|row| screen.contains(row)));
    for symbol in ["BTCUSDT", "BTCUSDT-B"] {
        let began = Instant::now();
        loop {
            let out = desk.says(&["order", "place", "buy", "0.001", symbol, "--price", "20000"]);
            if out.status.success() {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), pilot.screen());
            pilot.lets_pass(200);
        }
    }
    desk.until_venue("a real order rests at main", |venue| venue.open.len() == 1);
    second.until("and one at b", |venue| venue.open.len() == 1);
    desk.says(&["kill", "--level", "3"]);
    desk.until_venue("canceled at main", |venue| venue.open.is_empty());
    second.until("canceled", |venue| venue.open.is_empty());
    assert!(!contains(&pilot.seen, KEY.as_bytes()), "no frame ever held the key");
    assert!(!contains(&pilot.seen, b"CD997788"), "nor an account's whole name");
}
