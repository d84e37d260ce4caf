//! The security master as its user meets it: what goes in, what is told, and that nothing there is ever harmed.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BARS: &str = "ts_open_ns,open,high,low,close,volume
1522800000000000000,7424.91,7424.91,7422.00,7422.00,7.14319709
1522800060000000000,7420.00,7422.00,7405.00,7405.00,13.35069752
1522800120000000000,7405.00,7406.00,7400.00,7401.50,0
1522800360000000000,7401.50,7410.00,7401.00,7409.00,3
";

const CONTRACTS: &str = "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange
3813889,14898,CENTRALBK-BE,CENTRAL BANK OF INDIA,0.0,,0.0,0.05,1,EQ,NSE,NSE
12073986,47164,NIFTY17JUN9500CE,,0.0,2017-06-29,9500.0,0.05,75,CE,NFO-OPT,NFO
";

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
        command.env_clear().env("HOME", self.dir.path()).args(args);
        command.arg("--data-dir").arg(self.data()).output().unwrap()
    }

    fn import(&self, path: &Path, more: &[&str]) -> (i32, Value, String) {
        let path = path.display().to_string();
        let args: Vec<&str> = ["import", &path, "--json"].into_iter().chain(more.iter().copied()).collect();
        let output = self.run(&args);
        let told = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code().unwrap(), told, String::from_utf8(output.stderr).unwrap())
    }

    fn count(&self, table: &str) -> i64 {
        let db = rusqlite::Connection::open(self.data().join("secmaster.db")).unwrap();
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }
}

#[test]
fn bars_go_in_once_gaps_are_told_and_what_is_there_stays_as_it_is() {
    let desk = Desk::new();
    let bars = desk.file("bars.csv", BARS);
    let (code, told, _) = desk.import(&bars, &["--instrument", "BTC-USD"]);
    assert_eq!(code, 0);
    assert_eq!((&told["rows"], &told["added"], &told["known"]), (&4.into(), &4.into(), &0.into()));
    assert_eq!(
        (&told["gaps"], &told["missing"], &told["longest_gap_s"]),
        (&1.into(), &3.into(), &240.into())
    );
    let (code, told, _) = desk.import(&bars, &["--instrument", "BTC-USD"]);
    assert_eq!((code, &told["added"], &told["known"]), (0, &0.into(), &4.into()), "twice is once");
    let other = desk.file("other.csv", &BARS.replace("7405.00,13.35069752", "7406.00,13.35069752"));
    let (code, told, _) = desk.import(&other, &["--instrument", "BTC-USD"]);
    assert_eq!((code, &told["differing"], &told["known"]), (3, &1.into(), &3.into()));
    assert!(told["differences"][0].as_str().unwrap().starts_with("2018-04-04T00:01:00"), "{told}");
    assert_eq!((desk.count("bars"), desk.count("imports")), (4, 3));
    let db = rusqlite::Connection::open(desk.data().join("secmaster.db")).unwrap();
    let close: i64 = db
        .query_row("SELECT close FROM bars ORDER BY open_ns LIMIT 1 OFFSET 1", [], |row| row.get(0))
        .unwrap();
    assert_eq!(close, 740_500_000_000, "what was there stays");
    let changed = db.execute("UPDATE bars SET close = 1", []).unwrap_err().to_string();
    assert!(changed.contains("history is never changed"), "{changed}");
}

#[test]
fn one_bad_row_and_nothing_is_imported_unless_bad_rows_may_be_left_out() {
    let desk = Desk::new();
    let bad = desk.file("bad.csv", &BARS.replace("7401.50,0\n", "NaN,0\n"));
    let (code, _, complaint) = desk.import(&bad, &["--instrument", "X"]);
    assert_eq!(code, 1);
    assert!(
        complaint.contains("nothing was imported") && complaint.contains("bad.csv:4: close"),
        "{complaint}"
    );
    assert_eq!((desk.count("bars"), desk.count("imports"), desk.count("instruments")), (0, 0, 0));
    let (code, told, _) = desk.import(&bad, &["--instrument", "X", "--skip-bad"]);
    assert_eq!((code, &told["added"], &told["bad"]), (0, &3.into(), &1.into()));
    assert!(told["bad_rows"][0].as_str().unwrap().contains("bad.csv:4: close"), "{told}");
}

#[test]
fn contracts_are_found_by_what_they_are_called_and_by_their_tokens() {
    let desk = Desk::new();
    let master = desk.file("master.csv", CONTRACTS);
    let (code, told, _) = desk.import(&master, &[]);
    assert_eq!((code, &told["kind"], &told["added"]), (0, &"contracts".into(), &2.into()));
    let (code, told, _) = desk.import(&master, &[]);
    assert_eq!((code, &told["known"], &told["added"]), (0, &2.into(), &0.into()));
    for word in ["centralbk", "bank of india", "14898"] {
        let output = desk.run(&["instruments", word, "--json"]);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&found[0]["symbol"], &found[0]["tick"]),
            (&"CENTRALBK-BE".into(), &"0.05".into()),
            "{word}"
        );
    }
    let output = desk.run(&["instruments", "NIFTY17", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&found[0]["strike"], &found[0]["expiry"]), (&"9500".into(), &"2017-06-29".into()));
    let worse = desk.file("worse.csv", &CONTRACTS.replace("0.05,75", "zero,75"));
    let (code, _, complaint) = desk.import(&worse, &[]);
    assert_eq!(code, 1);
    assert!(complaint.contains("worse.csv:3: tick_size: \"zero\" is no decimal number"), "{complaint}");
}

#[test]
fn what_was_imported_backtests_as_its_file_does() {
    let desk = Desk::new();
    let mut text = "ts_open_ns,open,high,low,close,volume\n".to_owned();
    for number in 0..400_i64 {
        let price = 100 + (number % 37 - 18).abs() + number % 5;
        let at = 1_522_800_000_000_000_000 + number * 60_000_000_000;
        writeln!(text, "{at},{price},{},{},{price},1", price + 1, price - 1).unwrap();
    }
    let bars = desk.file("bars.csv", &text);
    assert_eq!(desk.import(&bars, &["--instrument", "Z"]).0, 0);
    let figures = |data: &str| {
        let args =
            ["backtest", "--data", data, "--instrument", "Z", "--strategy", "sma_cross", "--param", "fast=3"];
        let output = desk.run(&[&args[..], &["--param", "slow=9", "--param", "qty=1", "--json"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        ["bars", "fills", "pnl", "max_drawdown"].map(|key| told[key].clone())
    };
    let from_file = figures(&bars.display().to_string());
    assert!(from_file[1].as_u64().unwrap() > 5, "{from_file:?}");
    assert_eq!(figures("secmaster"), from_file);
}

#[test]
fn a_master_that_is_newer_locked_or_no_master_is_left_alone_and_told() {
    let desk = Desk::new();
    let bars = desk.file("bars.csv", BARS);
    assert_eq!(desk.import(&bars, &["--instrument", "X"]).0, 0);
    let path = desk.data().join("secmaster.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (code, _, complaint) = desk.import(&bars, &["--instrument", "Y"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("locked by another process"), "{complaint}");
    db.execute_batch("COMMIT; PRAGMA user_version = 99").unwrap();
    let (code, _, complaint) = desk.import(&bars, &["--instrument", "Y"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("schema 99"), "{complaint}");
    db.execute_batch("PRAGMA user_version = 1").unwrap();
    drop(db);
    std::fs::write(&path, b"not a database at all, and longer than a header would be, whatever it is worth")
        .unwrap();
    let (code, _, complaint) = desk.import(&bars, &["--instrument", "Y"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("secmaster.db: damaged"), "{complaint}");
    let kept = std::fs::read(&path).unwrap();
    assert!(kept.starts_with(b"not a database"), "it is left as it is");
}

/// Trades at these times, in seconds; the price tells them apart.
fn trades(rows: &[(i64, i64)]) -> String {
    rows.iter().fold("ts_ns,price,qty,side\n".to_owned(), |mut text, (second, price)| {
        writeln!(text, "{},{price},1,buy", 1_522_800_000_000_000_000 + second * 1_000_000_000).unwrap();
        text
    })
}

#[test]
fn months_go_in_in_any_order_and_no_row_of_the_one_between_is_lost() {
    let desk = Desk::new();
    let take = |name: &str, rows: &[(i64, i64)]| {
        let (code, told, complaint) = desk.import(&desk.file(name, &trades(rows)), &["--instrument", "X"]);
        assert_eq!(code, 0, "{complaint}");
        (told["added"].as_i64().unwrap(), told["known"].as_i64().unwrap())
    };
    let (january, february) = ([(0, 100), (5, 101), (9, 102)], [(10, 103), (14, 104), (14, 105), (19, 106)]);
    let march = [(20, 107), (29, 108)];
    assert_eq!(take("1.csv", &january), (3, 0));
    assert_eq!(take("3.csv", &march), (2, 0));
    assert_eq!(take("2.csv", &february), (4, 0));
    for (name, rows) in [("1.csv", &january[..]), ("2.csv", &february[..]), ("3.csv", &march[..])] {
        assert_eq!(take(name, rows), (0, i64::try_from(rows.len()).unwrap()), "twice is once: {name}");
    }
    assert_eq!(take("more.csv", &[(3, 99), (12, 99), (25, 99)]), (0, 3), "inside of what was told before");
    assert_eq!(take("on.csv", &[(29, 108), (29, 109), (30, 110)]), (2, 1), "one instant in two files");
    assert_eq!(desk.count("trades"), 11);
    let db = rusqlite::Connection::open(desk.data().join("secmaster.db")).unwrap();
    let mut all = db.prepare("SELECT price / 100000000 FROM trades ORDER BY local_ns, n").unwrap();
    let all: Vec<i64> = all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(all, (100..=110).collect::<Vec<_>>());
}

#[test]
fn quotes_between_two_imports_go_in_too() {
    let desk = Desk::new();
    for (name, second, added) in [("1.csv", 0, 1), ("3.csv", 2, 1), ("2.csv", 1, 1), ("again.csv", 1, 0)] {
        let at = 1_522_800_000_000_000_000_i64 + second * 1_000_000_000;
        let quotes = desk.file(name, &format!("ts_ns,bid,bid_qty,ask,ask_qty\n{at},99,1,101,1\n"));
        let (code, told, complaint) = desk.import(&quotes, &["--instrument", "X"]);
        assert_eq!((code, &told["added"]), (0, &added.into()), "{name} {complaint}");
    }
    assert_eq!(desk.count("quotes"), 3);
}

/// The complaint of a backtest on what was imported; empty where it ran.
fn complaint_of(desk: &Desk, instrument: &str) -> String {
    let output =
        desk.run(&["backtest", "--data", "secmaster", "--instrument", instrument, "--strategy", "sma_cross"]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), complaint.is_empty(), "{complaint}");
    complaint
}

const LISTED: &str = "venue,symbol,type,tick_size
NSE,RELIANCE,EQ,0.05
BSE,RELIANCE,EQ,0.05
";

#[test]
fn a_history_that_came_before_its_contract_is_found_after_it_and_grows_in_one_place() {
    let desk = Desk::new();
    let bars = desk.file("bars.csv", BARS);
    assert_eq!(desk.import(&bars, &["--instrument", "RELIANCE"]).0, 0);
    assert_eq!(desk.import(&desk.file("listed.csv", LISTED), &[]).0, 0);
    assert_eq!(complaint_of(&desk, "RELIANCE"), "");
    let later = desk.file("later.csv", &BARS.replace("15228", "15229"));
    let (code, told, complaint) = desk.import(&later, &["--instrument", "RELIANCE"]);
    assert_eq!((code, &told["added"]), (0, &4.into()), "{complaint}");
    let db = rusqlite::Connection::open(desk.data().join("secmaster.db")).unwrap();
    let sql = "SELECT count(DISTINCT instrument) FROM bars";
    assert_eq!(db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 1, "one history, not two");
}

#[test]
fn a_symbol_of_two_venues_is_refused_with_both_names_and_taken_by_either() {
    let desk = Desk::new();
    assert_eq!(desk.import(&desk.file("listed.csv", LISTED), &[]).0, 0);
    let bars = desk.file("bars.csv", BARS);
    let (code, _, complaint) = desk.import(&bars, &["--instrument", "RELIANCE"]);
    assert_eq!((code, desk.count("bars")), (1, 0), "nobody is guessed");
    assert!(complaint.contains("NSE:RELIANCE, BSE:RELIANCE"), "{complaint}");
    assert_eq!(desk.import(&bars, &["--instrument", "BSE:RELIANCE"]).0, 0);
    assert_eq!(complaint_of(&desk, "RELIANCE"), "", "only one of them has a history");
    assert_eq!(desk.import(&bars, &["--instrument", "NSE:RELIANCE"]).0, 0);
    assert_eq!((desk.count("bars"), desk.count("instruments")), (8, 2));
    let complaint = complaint_of(&desk, "RELIANCE");
    assert!(complaint.contains("NSE:RELIANCE, BSE:RELIANCE"), "{complaint}");
    assert_eq!(complaint_of(&desk, "NSE:RELIANCE"), "");
}
