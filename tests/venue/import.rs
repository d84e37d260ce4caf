//! History of a venue into the security master, by the program itself: page by page, whatever goes wrong on the way.

use crate::place::{KEY, Place};
use flightdeck::venue::Conduct;
use serde_json::Value;
use std::process::{Command, Output};
use tempfile::TempDir;

/// One share, whose broker has it under the name of the venue's.
const CONFIG: &str = r#"
[live]
kind = "openalgo"
url = "URL"
key_env = "VENUE_KEY"
account = "AB4321"
[broker]
answer_ms = 20000
[account]
currency = "INR"
par = []
[account.capital]
INR = "100000"
[account.convert]
[[instrument]]
symbol = "STATE-BANK"
venue = "nse"
contract = "linear"
quote = "INR"
settle = "INR"
unit = "shares"
tick = "0.05"
lot = "1"
min_qty = "1"
min_notional = "0"
min_price = "1"
max_price = "100000"
maker_fee = "0"
taker_fee = "0"
initial_margin = "0.2"
limits = { max_order_qty = "100", max_order_value = "50000", max_position = "100", collar_bps = 500 }
openalgo = { symbol = "SBIN", exchange = "NSE", product = "MIS" }
[[strategy]]
name = "slow"
kind = "sma_cross"
instrument = "STATE-BANK"
armed = false
params = { bar_ms = 60000, fast = 1, slow = 3, qty = "1", style = "reverse" }
limits = { max_position_value = "50000", daily_loss = "5000" }
"#;

pub(crate) struct Desk {
    _place: Place,
    dir: TempDir,
}

impl Desk {
    pub(crate) fn new(script: &str) -> Self {
        let (place, dir) = (Place::open(Conduct::default(), script), tempfile::tempdir().unwrap());
        let config = CONFIG.replace("URL", &place.url());
        std::fs::write(dir.path().join("flightdeck.toml"), config).unwrap();
        Self { _place: place, dir }
    }

    pub(crate) fn run(&self, key: &str, args: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
        command.env_clear().env("HOME", self.dir.path()).env("VENUE_KEY", key);
        command.args(args.split(' '));
        command.arg("--config").arg(self.dir.path().join("flightdeck.toml"));
        command.arg("--data-dir").arg(self.dir.path().join("data")).output().unwrap()
    }

    /// Exit code, what was told, what was complained of.
    fn import(&self, args: &str) -> (i32, Value, String) {
        let output = self.run(KEY, &format!("import --json {args}"));
        let told = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(!complaint.contains(KEY) && !told.to_string().contains(KEY), "the key is in no words");
        (output.status.code().unwrap(), told, complaint)
    }

    fn count(&self, table: &str) -> i64 {
        let Ok(db) = rusqlite::Connection::open(self.dir.path().join("data/secmaster.db")) else { return 0 };
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap_or_default()
    }
}

/// Four days of work, two pages of minutes.
const WEEK: &str = "--openalgo SBIN --exchange NSE --interval 1m --from 2025-03-03 --to 2025-03-06";

#[test]
fn a_servers_bars_go_in_once_page_by_page_and_their_gaps_are_told() {
    let desk = Desk::new("");
    let (code, told, complaint) = desk.import(WEEK);
    assert_eq!((code, &told["rows"], &told["added"]), (0, &1_500.into(), &1_500.into()), "{complaint}");
    assert_eq!((&told["instrument"], &told["bar"]), (&"STATE-BANK".into(), &"60s".into()), "{told}");
    assert_eq!((&told["gaps"], &told["missing"]), (&3.into(), &(3 * 1_065).into()), "three nights");
    let (code, told, _) = desk.import(WEEK);
    assert_eq!((code, &told["added"], &told["known"]), (0, &0.into(), &1_500.into()));
    let days =
        "--openalgo SBIN --exchange NSE --interval D --from 2025-03-01 --to 2025-03-09 --instrument DAILY";
    let (code, told, _) = desk.import(days);
    assert_eq!((code, &told["rows"], &told["instrument"]), (0, &5.into(), &"DAILY".into()));
    assert_eq!((desk.count("bars"), desk.count("imports")), (1_505, 3));
}

#[test]
fn a_server_that_stumbles_is_asked_again_and_what_it_then_says_is_whole() {
    let desk =
        Desk::new("intervals 1 503\nhistory 1 garbage 0\nhistory 2 lost\nhistory 4 429\nhistory 5 cut 300\n");
    let (code, told, complaint) = desk.import(WEEK);
    assert_eq!((code, &told["added"], &told["gaps"]), (0, &1_500.into(), &3.into()), "{complaint}");
}

#[test]
fn a_server_that_stays_silent_leaves_nothing_behind_and_is_told() {
    let desk = Desk::new("history 2 502\nhistory 3 502\nhistory 4 502\nhistory 5 502\nhistory 6 502\n");
    let (code, _, complaint) = desk.import(WEEK);
    assert_eq!(code, 1);
    assert!(complaint.contains("nothing was imported") && complaint.contains("2025-03-05"), "{complaint}");
    assert!(complaint.contains("after 5 tries: 502"), "{complaint}");
    assert_eq!((desk.count("bars"), desk.count("imports")), (0, 0));
}

#[test]
fn what_the_server_does_not_have_and_a_wrong_key_are_told_in_its_words() {
    let desk = Desk::new("");
    for (args, words) in [
        ("--openalgo NOPE --exchange NSE --from 2025-03-03", "'NOPE' not found"),
        ("--openalgo SBIN --exchange NSE --interval 2m --from 2025-03-03", "no bars of 2m: it has"),
        ("--openalgo SBIN --exchange NSE --from 2025-03-01 --to 2025-03-02", "no finished bars of SBIN"),
    ] {
        let (code, _, complaint) = desk.import(args);
        assert!(code == 1 && complaint.contains(words), "{args}: {code} {complaint}");
    }
    for args in [
        "--openalgo SBIN --exchange NSE --interval W --from 2025-03-03",
        "--openalgo SBIN --exchange NSE --from 2025-03-03 --to 2025-03-02",
        "--openalgo SBIN --from 2025-03-03",
    ] {
        assert_eq!(desk.import(args).0, 2, "{args}");
    }
    let wrong = desk.run("another-key-than-the-venue's", &format!("import {WEEK}"));
    let complaint = String::from_utf8(wrong.stderr).unwrap();
    assert!(complaint.contains("wrong key, or nobody has logged in"), "{complaint}");
    assert_eq!(desk.count("bars"), 0);
}
