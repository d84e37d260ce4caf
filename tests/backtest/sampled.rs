//! How often a run is sampled is a matter of its size, not of its figures.

use super::desk::{ONE, Script, args, bar, bar_of, cut, play_all, run};
use flightdeck::analytics::{Report, drawdown, report};
use flightdeck::commands::backtest::plan;
use flightdeck::engine::OrderSpec;
use flightdeck::model::{Bar, Envelope, Event, InstrumentId, MarketEvent, Money, Qty, Side, Span, Timestamp};
use flightdeck::sim::bars::{Backtest, BarRules, Datum};
use flightdeck::store::{DataDir, Journal, Recording, RunHeader, RunStatus};
use flightdeck::strategies::declared;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// The report of the one run in a directory.
fn report_of(folder: &Path) -> Report {
    let journal = Journal::open(&DataDir::peek(folder).unwrap()).unwrap();
    let row = journal.run(&journal.find_run(None).unwrap()).unwrap();
    report(&journal.record(&row).unwrap())
}

/// Every figure and every round trip, as the document has them; not the curve, which is what samples are.
fn figures(report: &Report) -> Value {
    let mut all = serde_json::to_value(report).unwrap();
    all.as_object_mut().unwrap().remove("curve").unwrap();
    all
}

fn rows(folder: &Path, of: &str) -> u64 {
    let db = rusqlite::Connection::open(folder.join("runs.db")).unwrap();
    let rows: i64 = db.query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get(0)).unwrap();
    rows.unsigned_abs()
}

/// The highest and the lowest net of the account, by all that samples tell.
fn extremes(report: &Report) -> (Money, Money) {
    let values = || report.drawn.iter().map(|(_, value)| *value);
    (values().max().unwrap(), values().min().unwrap())
}

/// Records a run with these flags, sampled as named, and holds every report against that of one sample a bar.
fn compare(flags: &[&str], bar: &str, others: &[&str]) -> (u64, Vec<u64>) {
    let temp = tempfile::tempdir().unwrap();
    let recorded = |sample: &str| {
        let folder = temp.path().join(sample);
        let place = folder.display().to_string();
        let mut all = [flags, &["--record", "--data-dir", &place]].concat();
        if sample != "default" {
            all.extend(["--sample", sample]);
        }
        let told = run(&all);
        assert_eq!(told.recorded, Some(told.events));
        (told, report_of(&folder), rows(&folder, "equity_samples"))
    };
    let (told, fine, most) = recorded(bar);
    let total = &fine.total;
    let fall = total.max_drawdown.unwrap();
    assert_eq!(Some(fall), drawdown(&fine.curve), "what the samples themselves say, one a bar");
    assert_eq!(told.max_drawdown, fall.amount.to_string(), "as the result has it");
    assert_eq!(fine.below.iter().map(|(_, depth)| *depth).min(), Some(-fall.amount), "it is drawn");
    assert!(total.ratios.sharpe.is_some() && total.ratios.sortino.is_some() && total.ratios.periods > 20);
    let mut counts = Vec::new();
    for sample in others {
        let (again, coarse, count) = recorded(sample);
        assert_eq!(again.event_hash, told.event_hash);
        assert_eq!(figures(&coarse), figures(&fine), "sampled every {sample}");
        assert_eq!(extremes(&coarse), extremes(&fine), "sampled every {sample}");
        let deepest = coarse.below.iter().map(|(_, depth)| *depth).min();
        assert_eq!(deepest, Some(-fall.amount), "sampled every {sample}");
        counts.push(count);
    }
    (most, counts)
}

const PLAIN: [&str; 12] = [
    "--instrument",
    "BTC-USD",
    "--strategy",
    "sma_cross",
    "--param",
    "fast=20",
    "--param",
    "slow=50",
    "--param",
    "qty=1",
    "--fee-bps",
    "1",
];

#[test]
fn figures_of_real_bars_are_the_same_to_the_last_digit_however_often_they_were_sampled() {
    let path = cut().display().to_string();
    for style in ["long_only", "reverse"] {
        let flags = [&["--data", &path, "--style", style][..], &PLAIN].concat();
        let (most, counts) = compare(&flags, "1m", &["default", "7m", "1d"]);
        assert!(counts.iter().all(|count| count * 3 < most), "{counts:?} of {most}");
    }
}

#[test]
fn of_a_short_run_whose_ratios_are_by_the_minute_too() {
    let path = cut().display().to_string();
    let flags =
        [&["--data", &path, "--to", "2018-04-04T01:58:00Z", "--style", "reverse"][..], &PLAIN].concat();
    compare(&flags, "1m", &["default", "1h"]);
}

/// A walk of 40 days in bars of ten minutes, with nights in it.
fn walk() -> String {
    let mut text = String::from("ts_open_ns,open,high,low,close,volume\n");
    let (mut seed, mut close) = (7_u64, 10_000_i64);
    let mut next = |most: i64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(seed >> 40).unwrap() % most
    };
    for number in (0..40_i64 * 144).filter(|number| number % 144 < 60) {
        let at = 1_520_000_000_000_000_000 + number * 600_000_000_000;
        let gap = if number % 144 == 0 { next(400) - 200 } else { next(5) - 2 };
        let open = (close + gap).max(1_000);
        close = (open + next(41) - 20).max(1_000);
        let (high, low) = (open.max(close) + next(5), open.min(close) - next(5));
        let cents = |value: i64| format!("{}.{:02}", value / 100, value % 100);
        writeln!(text, "{at},{},{},{},{},1", cents(open), cents(high), cents(low), cents(close)).unwrap();
    }
    text
}

#[test]
fn of_weeks_whose_ratios_are_by_the_day_too() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("walk.csv");
    std::fs::write(&file, walk()).unwrap();
    let path = file.display().to_string();
    let flags = [&["--data", &path, "--style", "reverse"][..], &PLAIN].concat();
    let (most, counts) = compare(&flags, "10m", &["default", "1h", "5d"]);
    assert!(counts.last().unwrap() * 4 < most, "{counts:?} of {most}");
}

#[test]
fn how_often_is_asked_with_a_record_and_told_with_the_run() {
    let path = cut().display().to_string();
    let flags = [&["--data", &path][..], &PLAIN].concat();
    let planned = |more: &[&str]| plan(&args(&[&flags[..], more].concat()), &declared());
    assert_eq!(planned(&[]).unwrap().sample, Recording::SAMPLES);
    let asked = planned(&["--record", "--data-dir", "/nowhere", "--sample", "1h"]).unwrap();
    assert_eq!((asked.sample, &asked.flags["sample"]), (Span::from_secs(3_600), &json!("1h")));
    for bad in ["0s", "soon", "-1m"] {
        let sample = format!("--sample={bad}");
        let error = planned(&["--record", "--data-dir", "/nowhere", &sample]).unwrap_err();
        assert!(error.to_string().starts_with(&format!("--sample {bad}: expected a length")), "{error}");
    }
}

/// Records what a scripted run said, sampled so rarely that only fills and the ends are rows.
fn recorded(log: &[Envelope], backtest: &Backtest) -> (tempfile::TempDir, Report) {
    let temp = tempfile::tempdir().unwrap();
    let header = RunHeader {
        started_at: Timestamp::EPOCH,
        version: String::new(),
        config: String::new(),
        feed: "backtest".to_owned(),
        host: String::new(),
        pid: 1,
    };
    let dir = DataDir::open(temp.path()).unwrap();
    let genesis = backtest.engine().state().genesis();
    let mut recording = Recording::begin(&dir, genesis, &header, Span::from_secs(86_400)).unwrap();
    log.chunks(3).for_each(|events| recording.hear(events));
    recording.finish(RunStatus::Completed, Timestamp::EPOCH).unwrap();
    drop(dir);
    let report = report_of(temp.path());
    (temp, report)
}

/// Buys one at the close of the first bar and sells it at that of the third.
fn in_and_out() -> Script {
    Box::new(|bars, event, desk| {
        let Event::Market(MarketEvent::Bar(bar)) = &event.event else { return };
        if bar.instrument == ONE && (bars == 0 || bars == 2) {
            let side = if bars == 0 { Side::Buy } else { Side::Sell };
            desk.submit(OrderSpec::market(ONE, side, Qty::ONE, "test"));
        }
    })
}

fn flat(minute: i64, price: &str) -> Bar {
    bar(minute, [price; 4])
}

fn data(bars: &[Bar]) -> Vec<Datum> {
    bars.iter().copied().map(Datum::Bar).collect()
}

#[test]
fn a_fill_at_the_open_after_a_gap_is_not_valued_at_the_close_before_it() {
    // Closes at 100; the next day opens at 90 and stays: bought there, nothing was won and nothing lost.
    let bars = [flat(0, "100"), flat(1_000, "90"), flat(1_001, "90"), flat(1_002, "90")];
    let (log, backtest) = play_all(BarRules::default(), vec![data(&bars)], vec![in_and_out()]);
    assert_eq!(backtest.tally().fills, 2);
    let (_temp, report) = recorded(&log, &backtest);
    assert_eq!((report.total.net, report.total.max_drawdown), (Money::ZERO, None));
    assert_eq!(extremes(&report), (Money::ZERO, Money::ZERO));
}

#[test]
fn a_fall_between_two_samples_is_in_the_row_and_has_its_length() {
    // After two hours intervals are of an hour. Held from minute 190 on: up to 120, down to 105, up to 125, sold at 110.
    let prices = ["100", "120", "105", "125", "110", "110"];
    let later = (190..).zip(prices).map(|(minute, price)| flat(minute, price));
    let all: Vec<Bar> = std::iter::once(flat(0, "100")).chain(later).collect();
    let script: Script = Box::new(|bars, event, desk| {
        if matches!(event.event, Event::Market(MarketEvent::Bar(_))) && (bars == 0 || bars == 5) {
            let side = if bars == 0 { Side::Buy } else { Side::Sell };
            desk.submit(OrderSpec::market(ONE, side, Qty::ONE, "test"));
        }
    });
    let (log, backtest) = play_all(BarRules::default(), vec![data(&all)], vec![script]);
    let (temp, report) = recorded(&log, &backtest);
    let fall = report.total.max_drawdown.unwrap();
    assert_eq!((fall.amount, fall.length), (money("15"), Span::from_secs(120)));
    assert_eq!(fall.recovered, Some(fall.from.after(Span::from_secs(120))), "at 125");
    assert_eq!(backtest.tally().max_drawdown, fall.amount);
    let db = rusqlite::Connection::open(temp.path().join("runs.db")).unwrap();
    let sql = "SELECT net || ' ' || high || ' ' || low || ' ' || drawdown FROM v_equity_samples
               WHERE strategy = 's0' ORDER BY at_ns DESC LIMIT 1";
    let last: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(last, "10 25 5 15", "what no row says is in the next");
}

#[test]
fn two_instruments_are_valued_once_both_have_closed() {
    let two = InstrumentId::new(1);
    let both: Script = Box::new(move |bars, event, desk| {
        if bars == 1 && matches!(event.event, Event::Market(MarketEvent::Bar(_))) {
            desk.submit(OrderSpec::market(ONE, Side::Buy, Qty::ONE, "test"));
            desk.submit(OrderSpec::market(two, Side::Sell, Qty::ONE, "test"));
        }
    });
    let prices = ["100", "100", "150", "80"];
    let one: Vec<Bar> = (0..).zip(prices).map(|(minute, price)| flat(minute, price)).collect();
    let other: Vec<Bar> = (0..).zip(prices).map(|(minute, price)| bar_of(two, minute, [price; 4])).collect();
    let (log, backtest) = play_all(BarRules::default(), vec![data(&one), data(&other)], vec![both]);
    let (_temp, report) = recorded(&log, &backtest);
    assert_eq!(report.total.fills, 2);
    assert_eq!(report.total.max_drawdown, None, "long one, short the other, and they move alike");
}

#[test]
fn what_an_exit_at_a_gap_came_to_is_in_the_drawdown_though_nothing_is_held_any_more() {
    let bars = [flat(0, "100"), flat(1, "100"), flat(2, "100"), flat(3, "50"), flat(4, "50")];
    let (log, backtest) = play_all(BarRules::default(), vec![data(&bars)], vec![in_and_out()]);
    assert_eq!(backtest.tally().max_drawdown, money("50"), "bought at 100, sold at 50");
    let (_temp, report) = recorded(&log, &backtest);
    assert_eq!(report.total.max_drawdown.unwrap().amount, money("50"));
}
