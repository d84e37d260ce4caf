//! Files that are not what they should be: named with line and field, or read all the same where nothing is wrong.

use super::desk::{run, try_run};
use std::io::Write as _;

fn with(text: &str, flags: &[&str]) -> anyhow::Result<flightdeck::commands::backtest::Outcome> {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().display().to_string();
    let told = try_run(&[&["--data", &path, "--instrument", "X", "--strategy", "sma_cross"], flags].concat());
    told.map_err(|error| anyhow::anyhow!("{}", format!("{error:#}").replace(&path, "FILE")))
}

fn complaint(text: &str) -> String {
    format!("{:#}", with(text, &[]).expect_err("it is bad"))
}

const HEADER: &str = "time,open,high,low,close,volume\n";

#[test]
fn each_bad_row_is_named_with_line_and_field() {
    let good = "1294045200,126.35,126.39,126.35,126.39,1579\n";
    for (row, expected) in [
        ("1294045260,126.35,126.39,126.35,NaN,1", "FILE:3: close: `NaN`: not a number"),
        ("1294045260,126.35,126.39,126.35,-1,1", "FILE:3: close: `-1`: a price must be above zero"),
        ("1294045260,126.35,126.39,126.35,0,1", "FILE:3: close: `0`: a price must be above zero"),
        ("1294045260,126.35,126.39,126.35,,1", "FILE:3: close: is empty"),
        ("1294045260,126.35,126.39,126.35,126.36", "FILE:3: row: 5 fields, expected 6"),
        ("1294045260,126.35,126.39,126.35,126.36,1,2", "FILE:3: row: 7 fields, expected 6"),
        ("1294045260,126.35,126.30,126.35,126.36,1", "FILE:3: high: open 126.35, high 126.3"),
        ("1294045260,126.35,99999999999,126.35,126.36,1", "FILE:3: high: `99999999999`"),
        ("1294045260,126.35,126.39,126.35,126.36,99999999999999999999", "FILE:3: volume:"),
        ("1294045260000,126.35,126.39,126.35,126.36,1", "FILE:3: time: `1294045260000` is not in seconds"),
        ("2011-01-03T09:01:00Z,126.35,126.39,126.35,126.36,1", "mixed time units"),
        ("yesterday,126.35,126.39,126.35,126.36,1", "FILE:3: time: `yesterday`: expected RFC 3339"),
        ("1294045200,126.35,126.39,126.35,126.36,1", "FILE:3: time: 2011-01-03T09:00:00Z stands twice"),
        (
            "1294045140,126.35,126.39,126.35,126.36,1",
            "FILE:3: time: 2011-01-03T08:59:00Z comes after 2011-01-03T09:00:00Z",
        ),
    ] {
        let told = complaint(&format!("{HEADER}{good}{row}\n"));
        assert!(told.contains(expected), "{row}: {told}");
    }
}

#[test]
fn files_that_are_no_history_say_what_is_missing() {
    assert!(complaint("").contains("is empty: expected a header line"));
    assert!(complaint("a,b,c\n1,2,3\n").contains("neither bars (open, high, low, close, volume), quotes"));
    assert!(complaint("open,high,low,close\n1,1,1,1\n").contains("no time column"));
    assert!(complaint("time,open,open,high,low,close\n").contains("stands twice"));
    let none = try_run(&["--data", "/nonexistent.csv", "--instrument", "X", "--strategy", "sma_cross"]);
    assert!(format!("{:#}", none.unwrap_err()).contains("/nonexistent.csv"));
}

#[test]
fn bad_rows_left_out_are_counted_and_listed() {
    let text = format!(
        "{HEADER}1294045200,1,1,1,1,0\n1294045260,1,1,1,NaN,0\n1294045320,1,1,1,1,0\n1294045260,1,1,1,1,0\n1294045380,1,1,1,1,0\n"
    );
    let told = with(&text, &["--skip-bad"]).unwrap();
    assert_eq!((told.bars, told.bad_rows), (3, 2));
    let bad: Vec<_> = told.history[0].bad_rows.iter().map(|bad| (bad.row, bad.field)).collect();
    assert_eq!(bad, [(3, "close"), (5, "time")]);
    assert_eq!((told.history[0].gaps.count, told.history[0].gaps.missing), (1, 1));
    let none = with(&format!("{HEADER}x,1,1,1,1,0\n"), &["--skip-bad"]);
    assert!(format!("{:#}", none.unwrap_err()).contains("no row could be read"));
}

#[test]
fn byte_order_mark_crlf_quotes_empty_lines_and_zero_volume_are_no_fault() {
    let plain = format!("{HEADER}1294045200,1.5,2,1,1.5,0\n1294045260,1.5,2,1,1.5,0\n");
    let odd = "\u{feff}\"Time\",\"Open\",High,Low,Close,Volume\r\n\r\n\"1294045200\",\"1.5\",2,1,1.5,0\r\n1294045260,1.5,2,1,1.5,0";
    let (one, two) = (with(&plain, &[]).unwrap(), with(odd, &[]).unwrap());
    assert_eq!((one.bars, one.event_hash), (2, two.event_hash));
}

#[test]
fn every_form_of_time_gives_the_same_story() {
    let rows = |times: [&str; 3]| {
        let rows = times.map(|time| format!("{time},1.5,2,1,1.5,0\n"));
        with(&format!("{HEADER}{}", rows.concat()), &[]).unwrap().event_hash
    };
    let seconds = rows(["1294045200", "1294045260", "1294045320"]);
    assert_eq!(seconds, rows(["1294045200000", "1294045260000", "1294045320000"]));
    assert_eq!(seconds, rows(["1294045200000000", "1294045260000000", "1294045320000000"]));
    assert_eq!(seconds, rows(["1294045200000000000", "1294045260000000000", "1294045320000000000"]));
    assert_eq!(
        seconds,
        rows(["2011-01-03T09:00:00Z", "2011-01-03T10:01:00+01:00", "2011-01-03T09:02:00.000Z"])
    );
}

#[test]
fn wrong_flags_are_usage_and_say_what_was_expected() {
    let path = super::desk::cut().display().to_string();
    let told = |flags: &[&str]| {
        let base = ["--data", &path, "--instrument", "X", "--strategy", "sma_cross"];
        let error = try_run(&[&base[..], flags].concat()).expect_err("wrong usage");
        assert!(error.is::<flightdeck::commands::UsageError>(), "{error:#}");
        format!("{error:#}")
    };
    assert!(told(&["--param", "fats=3"]).contains("no such parameter; expected one of"));
    assert!(told(&["--param", "fast=x"]).contains("expected a whole number"));
    assert!(told(&["--param", "fast=60", "--param", "slow=50"]).contains("fast must be below slow"));
    assert!(told(&["--session", "never"]).contains("expected hours and a zone"));
    assert!(told(&["--from", "soon"]).contains("expected RFC 3339"));
    assert!(told(&["--bar", "x"]).contains("expected a length"));
    assert!(told(&["--strategy", "nobody"]).contains("neither one of sma_cross"));
    assert!(told(&["--instrument", "Y"]).contains("expected one instrument for each"));
}

#[test]
fn a_cut_of_time_keeps_what_opens_in_it() {
    let path = super::desk::cut().display().to_string();
    let base = ["--data", &path, "--instrument", "X", "--strategy", "sma_cross"];
    let told =
        run(&[&base[..], &["--from", "2018-04-04T01:00:00Z", "--to", "2018-04-04T02:00:00Z"]].concat());
    assert_eq!(told.bars, 60);
}

#[test]
fn a_span_that_is_empty_and_a_history_without_a_row_are_told_and_nothing_is_run() {
    let rows = format!("{HEADER}1294045200,1,1,1,1,0\n1294045260,1,1,1,1,0\n");
    let none = with(&rows, &["--from", "2012-01-01", "--to", "2011-01-01"]).unwrap_err();
    assert_eq!(format!("{none:#}"), "--from and --to leave nothing: expected --to after --from");
    let none = with(&rows, &["--from", "2022-01-01"]).unwrap_err();
    assert_eq!(format!("{none:#}"), "FILE: no row lies within --from, --to and --session: nothing was run");
    assert_eq!(complaint(HEADER), "FILE: there is no row: nothing was run");
}

#[test]
fn the_same_time_of_one_instrument_from_two_histories_is_refused() {
    let rows = format!("{HEADER}1294045200,1,1,1,1,0\n1294045260,1,1,1,1,0\n");
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(rows.as_bytes()).unwrap();
    let path = file.path().display().to_string();
    let twice = with(&rows, &["--data", &path]).unwrap_err();
    let told = format!("{twice:#}");
    assert!(told.contains("its bar of 2011-01-03T09:00:00Z lies within another history"), "{told}");
    // One after the other is one history in two files.
    let later = rows.replace("1294045200", "1294045320").replace("1294045260", "1294045380");
    let run = with(&later, &["--data", &path]).unwrap();
    assert_eq!(run.bars, 4);
}

#[test]
fn quotes_without_a_bar_say_what_a_strategy_of_bars_needs() {
    let quotes = "time,bid,bid_size,ask,ask_size\n1294045200,1,1,2,1\n1294045260,1,1,2,1\n";
    let run = with(quotes, &[]).unwrap();
    assert!(run.to_string().contains("strategies that decide on bars need --resample 60s"), "{run}");
}
