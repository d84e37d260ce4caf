//! A recorded backtest that is killed in the middle leaves a database that is whole, with all that was heard up to some event.

use rusqlite::Connection;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const BARS: usize = 60_000;
const MINUTE: u64 = 60_000_000_000;

/// Bars that go up and down, so that averages cross again and again.
fn history(path: &Path) {
    let mut text = String::from("ts_open_ns,open,high,low,close,volume\n");
    for (bar, minute) in (0..BARS).zip(0_u64..) {
        let price = 10_000 + if bar % 160 < 80 { bar % 80 } else { 80 - bar % 80 };
        let (time, high, low) = (1_293_840_000_000_000_000 + minute * MINUTE, price + 2, price - 2);
        writeln!(text, "{time},{price}.25,{high}.5,{low},{price}.75,{}", bar % 900).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

fn backtest(history: &Path, folder: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
    program.env_clear().env("HOME", folder).args(["backtest", "--record", "--instrument", "X"]);
    program.args(["--strategy", "sma_cross", "--data"]).arg(history).arg("--data-dir").arg(folder);
    program.stdout(Stdio::null()).stderr(Stdio::null());
    program
}

/// What is on the disk of a run: the database and its log.
fn bytes(folder: &Path) -> u64 {
    let length = |name| std::fs::metadata(folder.join(name)).map_or(0, |found| found.len());
    length("runs.db") + length("runs.db-wal")
}

#[test]
fn a_recording_that_is_killed_is_whole_up_to_some_event() {
    let temp = tempfile::tempdir().unwrap();
    let csv = temp.path().join("bars.csv");
    history(&csv);
    let whole = temp.path().join("whole");
    assert!(backtest(&csv, &whole).status().unwrap().success());
    let all = bytes(&whole);
    for part in [1, 2, 3, 5, 7] {
        let folder = temp.path().join(format!("killed-{part}"));
        let mut program = backtest(&csv, &folder).spawn().unwrap();
        // Bytes on the disk, not time: the database was folded so far, whatever the machine.
        while bytes(&folder) < all / 10 * part && program.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        program.kill().unwrap();
        program.wait().unwrap();
        let db = Connection::open(folder.join("runs.db")).unwrap();
        let one = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let found = db.query_row("PRAGMA quick_check", [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(found, "ok", "{part} tenths");
        assert_eq!(one("SELECT count(*) FROM runs WHERE status IN ('running', 'completed')"), 1);
        db.execute("ATTACH ?1 AS whole", [whole.join("runs.db").to_str().unwrap()]).unwrap();
        let last = one("SELECT max((SELECT coalesce(max(seq), 0) FROM bars), \
                        (SELECT coalesce(max(seq), 0) FROM submissions), (SELECT coalesce(max(seq), 0) FROM fills))");
        for (table, columns) in [
            ("bars", "seq, processed_ns, instrument, open_ns, close_ns, open, high, low, close, volume"),
            ("submissions", "seq, at_ns, cause_seq, side, qty, order_no"),
            ("fills", "seq, at_ns, cause_seq, side, qty, price, order_no"),
        ] {
            let (ours, theirs) = (
                format!("SELECT {columns} FROM main.{table}"),
                format!("SELECT {columns} FROM whole.{table} WHERE seq <= {last}"),
            );
            for (some, others) in [(&ours, &theirs), (&theirs, &ours)] {
                let differ = one(&format!("SELECT count(*) FROM ({some} EXCEPT {others})"));
                assert_eq!(differ, 0, "{table} up to {last}, {part} tenths");
            }
        }
        assert!(
            part == 7 || one("SELECT count(*) FROM bars") < i64::try_from(BARS).unwrap(),
            "it was killed"
        );
    }
}
