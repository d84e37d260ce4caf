//! The cut of BTC-USD that comes with the project against a plain loop over its rows, written for this test alone.

use super::desk::{cut, run, try_run};

#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    fills: u64,
    units: i128,
    trips: u64,
    wins: u64,
    pnl: i128,
    drawdown: i128,
}

/// In hundred-millionths. `flat` is where a crossing down goes to.
fn plain(flat: i128) -> Found {
    let text = std::fs::read_to_string(cut()).unwrap();
    let scaled = |cell: &str| {
        let (whole, part) = cell.split_once('.').unwrap_or((cell, ""));
        format!("{whole}{part:0<8}").parse::<i128>().unwrap()
    };
    let rows: Vec<(i128, i128)> = text
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (scaled(cells[1]), scaled(cells[4]))
        })
        .collect();
    let mut found = Found::default();
    let (mut cash, mut held, mut entry, mut last, mut peak) = (0_i128, 0_i128, 0_i128, 0_i128, 0_i128);
    let mut goal = None;
    for (index, (open, close)) in rows.iter().enumerate() {
        if let Some(goal) = goal.take().filter(|goal| *goal != held) {
            let traded: i128 = goal - held;
            if held != 0 {
                found.trips += 1;
                found.wins += u64::from((open - entry) * held > 0);
            }
            (cash, held, entry) = (cash - traded * open, goal, *open);
            (found.fills, found.units) = (found.fills + 1, found.units + traded.abs());
        }
        let equity = cash + held * close;
        peak = peak.max(equity);
        found.drawdown = found.drawdown.max(peak - equity);
        found.pnl = equity;
        if index < 49 {
            continue;
        }
        let sum = |count: usize| rows[index + 1 - count..=index].iter().map(|(_, close)| close).sum::<i128>();
        let sign = (5 * sum(20) - 2 * sum(50)).signum();
        if sign != 0 {
            if last != 0 && sign != last {
                goal = Some([flat, 1][usize::from(sign > 0)]);
            }
            last = sign;
        }
    }
    found
}

#[test]
fn the_engine_and_a_plain_loop_come_to_the_same() {
    let path = cut().display().to_string();
    for (style, flat) in [("long_only", 0), ("reverse", -1)] {
        let told = run(&[
            "--data",
            &path,
            "--instrument",
            "BTC-USD",
            "--strategy",
            "sma_cross",
            "--style",
            style,
            "--param",
            "fast=20",
            "--param",
            "slow=50",
            "--param",
            "qty=1",
        ]);
        let expected = plain(flat);
        assert!(expected.fills > 20, "the cut has crossings");
        let amount = |raw: i128| flightdeck::model::Money::from_raw(raw * 100_000_000).to_string();
        assert_eq!((told.fills, told.units), (expected.fills, expected.units.to_string()), "{style}");
        assert_eq!(
            (told.pnl, told.max_drawdown),
            (amount(expected.pnl), amount(expected.drawdown)),
            "{style}"
        );
        assert_eq!((told.round_trips, told.wins), (expected.trips, expected.wins), "{style}");
        assert_eq!((told.bars, told.denied), (2_200, 0));
        assert_eq!(told.history[0].gaps.count, 2, "the hole of 433 minutes and the minute before it");
    }
}

#[test]
fn every_event_is_recorded_where_that_is_wanted() {
    let temp = tempfile::tempdir().unwrap();
    let (path, folder) = (cut().display().to_string(), temp.path().display().to_string());
    let flags =
        ["--data", &path, "--instrument", "X", "--strategy", "sma_cross", "--record", "--data-dir", &folder];
    let told = run(&flags);
    assert_eq!(told.recorded, Some(told.events));
    let db = rusqlite::Connection::open(temp.path().join("runs.db")).unwrap();
    let count = |of: &str| -> u64 {
        let rows: i64 = db.query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get(0)).unwrap();
        rows.unsigned_abs()
    };
    let facts = count("analyzer_log WHERE topic <> 'market'");
    assert_eq!((count("bars"), count("bars") + facts), (2_200, told.events));
    assert_eq!((count("fills"), count("analyzer_log WHERE kind = 'filled'")), (told.fills, told.fills));
    assert_eq!(count("submissions"), told.orders);
    assert_eq!(count("runs WHERE status = 'completed'"), 1);
    let paths = flightdeck::store::DataDir::peek(temp.path()).unwrap();
    let listed = flightdeck::store::Journal::open(&paths).unwrap().list_runs().unwrap();
    let asked = listed[0].asked.as_ref().unwrap();
    assert_eq!((&asked["backtest"][0]["params"]["fast"], &asked["fee_bps"]), (&"5".into(), &"0".into()));
    assert!(asked["data"][0].as_str().unwrap().contains("btcusd_1m"), "{asked}");
    let last = "SELECT net FROM equity_samples WHERE strategy = '' ORDER BY at_ns DESC LIMIT 1";
    let net: String = db.query_row(last, [], |row| row.get(0)).unwrap();
    assert_eq!(net, told.pnl, "the last sample is the result");
    let bar = "SELECT open, high, low, close, volume FROM bars ORDER BY seq LIMIT 1";
    let cells: [String; 5] = db
        .query_row(bar, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))
        .unwrap();
    let text = std::fs::read_to_string(cut()).unwrap();
    let amount = |cell: &str| cell.parse::<flightdeck::model::Money>().unwrap();
    let first: Vec<_> = text.lines().nth(1).unwrap().split(',').skip(1).map(amount).collect();
    assert_eq!(cells.map(|cell| amount(&cell)).as_slice(), first.as_slice());
}

#[test]
fn a_recorded_run_that_fails_on_the_way_is_a_failed_run_and_keeps_what_it_heard() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("torn.csv");
    let text = std::fs::read_to_string(cut()).unwrap();
    let whole: Vec<&str> = text.lines().take(1_200).collect();
    std::fs::write(&file, format!("{}\n1522843200000000000,x,1,1,1,1\n", whole.join("\n"))).unwrap();
    let (path, folder) = (file.display().to_string(), temp.path().join("data").display().to_string());
    let flags =
        ["--data", &path, "--instrument", "X", "--strategy", "sma_cross", "--record", "--data-dir", &folder];
    assert!(try_run(&flags).is_err());
    let db = rusqlite::Connection::open(temp.path().join("data/runs.db")).unwrap();
    let told: (String, i64) = db
        .query_row("SELECT status, (SELECT count(*) FROM bars) FROM runs", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(told, ("failed".to_owned(), 1_198), "the reader looks a row ahead");
}

#[test]
fn one_history_gives_one_hash_and_another_history_another() {
    let path = cut().display().to_string();
    let flags = ["--data", &path, "--instrument", "BTC-USD", "--strategy", "sma_cross"];
    let (one, again) = (run(&flags), run(&flags));
    assert_eq!(one.event_hash, again.event_hash);
    assert_ne!(one.run, again.run, "each is a run of its own");
    let shorter = run(&[&flags[..], &["--to", "2018-04-05T06:00:00Z"]].concat());
    assert_ne!(one.event_hash, shorter.event_hash);
    let other = run(&[&flags[..], &["--param", "qty=2"]].concat());
    assert_ne!(one.event_hash, other.event_hash);
}

/// What the program says, on both its outputs, and whether it was content. Nobody's configuration takes part.
fn told(words: &[&str]) -> (bool, String) {
    let home = tempfile::tempdir().unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_flightdeck"));
    let told = program.env_clear().env("HOME", home.path()).args(words).output().unwrap();
    let text = [told.stdout, told.stderr].concat();
    (told.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn a_backtest_that_kept_no_events_says_what_brings_its_curve_and_what_replays_it() {
    let temp = tempfile::tempdir().unwrap();
    let (path, folder) = (cut().display().to_string(), temp.path().display().to_string());
    let flags =
        ["backtest", "--data", &path, "--instrument", "X", "--strategy", "sma_cross", "--data-dir", &folder];
    let (done, said) = told(&flags);
    assert!(done, "{said}");
    let (done, said) = told(&["report", "--data-dir", &folder]);
    assert!(done && said.contains("no curve") && said.contains("`flightdeck backtest --record`"), "{said}");
    let (done, said) = told(&["replay", "latest", "--data-dir", &folder]);
    assert!(!done && said.contains("is a backtest") && said.contains("makes it again"), "{said}");
    let (done, said) = told(&["report", "last", "--data-dir", &folder]);
    assert!(!done && said.contains("no run last") && said.contains("`latest` is the newest"), "{said}");
}
