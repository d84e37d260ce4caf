//! A recorded-market folder is read in its recorded order, and every row that cannot be believed is named.

use crate::desk::{btcusdt, ethusd_perp, instruments};
use flightdeck::adapters::tape::{FolderReader, TapeReader, folder_instrument};
use flightdeck::commands::tape::{pack, verify};
use flightdeck::sim::{RawBody, RawMessage, SourceError};
use std::fs;
use std::path::{Path, PathBuf};

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recording/btcusdt_small")
}

fn read(folder: &Path) -> Result<Vec<RawMessage>, SourceError> {
    let mut reader = FolderReader::open(folder, &btcusdt())?;
    let mut messages = Vec::new();
    while let Some(message) = reader.next_message()? {
        messages.push(message);
    }
    Ok(messages)
}

/// A copy of the fixture with the text of one file changed.
fn changed(file: &str, change: impl Fn(String) -> String) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = if name == file { change(text) } else { text };
        fs::write(copy.path().join(name), text).unwrap();
    }
    copy
}

#[test]
fn the_tables_come_together_in_the_recorded_order() {
    let messages = read(&fixture()).unwrap();
    let words = messages.iter().map(|message| match &message.body {
        RawBody::Depth { final_id, changes, .. } => format!("depth {final_id} of {}", changes.len()),
        RawBody::Bbo { bid, ask, .. } => format!("bbo {} {}", bid.price, ask.qty),
        RawBody::Snapshot { last_update_id, bids, asks } => {
            format!("snapshot {last_update_id} of {}+{}", bids.len(), asks.len())
        }
        RawBody::Trade { price, qty, aggressor } => format!("trade {price} {qty} {aggressor:?}"),
        RawBody::Damaged { .. } | RawBody::Looped { .. } => String::new(),
    });
    let expected = [
        "depth 99 of 1",
        "bbo 60000 0.25",
        "depth 112 of 2",
        "snapshot 110 of 2+2",
        "trade 60000.1 0.05 Buy",
        "depth 120 of 1",
        "bbo 60000 0.2",
        "trade 60000 0.3 Sell",
    ];
    assert_eq!(words.collect::<Vec<_>>(), expected);
    assert_eq!(messages[4].venue_time.nanos(), 1_700_000_001_049_123_456, "the matching time, exactly");
    assert_eq!(messages[4].local_time.nanos(), 1_700_000_000_000_500_000);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = read(&fixture()).unwrap();
    for file in ["depth_snapshot.csv", "depth_updates.csv", "bbo.csv", "trades.csv"] {
        let copy = changed(file, |text| format!("\u{feff}{}", text.replace('\n', "\r\n")));
        assert_eq!(read(copy.path()).unwrap(), plain, "{file}");
    }
}

/// A file, what of it is replaced by what, and what the error must say.
const BAD_ROWS: &[(&str, &str, &str, &str)] = &[
    ("trades.csv", "60000.1,0.05", "NaN,0.05", "trades.csv:2: price: `NaN`: not a plain decimal number"),
    ("trades.csv", "60000.1,0.05", "6e4,0.05", "trades.csv:2: price: `6e4`: not a plain decimal number"),
    ("trades.csv", "60000.1,0.05", "-60000.1,0.05", "trades.csv:2: price: `-60000.1`: a price must be above"),
    ("trades.csv", "60000.1,0.05", "0,0.05", "trades.csv:2: price: `0`: a price must be above zero"),
    ("trades.csv", "60000.1,0.05", "9999999999,0.05", "trades.csv:2: price: `9999999999`: out of range"),
    ("trades.csv", "60000.1,0.05", "9000000,0.05", "trades.csv:2: price: 9000000 is outside 100 to 1000000"),
    (
        "trades.csv",
        "60000.1,0.05",
        "60000.15,0.05",
        "trades.csv:2: price: 60000.15 is not on the tick of 0.1",
    ),
    ("trades.csv", "60000.1,0.05", "60000.1,0", "trades.csv:2: qty: `0`: a quantity must be above zero"),
    ("trades.csv", "60000.1,0.05", "60000.1,-1", "trades.csv:2: qty: `-1`: out of range"),
    ("trades.csv", "60000.1,0.05", "60000.1,0.0005", "trades.csv:2: qty: 0.0005 is not on the lot of 0.001"),
    ("trades.csv", "60000.1,0.05", "60000.1,", "trades.csv:2: qty: ``: empty"),
    ("trades.csv", "buy", "BUY", "trades.csv:2: aggressor: `BUY`: neither `buy` nor `sell`"),
    ("trades.csv", ",72,", ",71,", "trades.csv:3: trade_id: 71 comes after 71: ids must rise"),
    ("trades.csv", "8,17", "4,17", "trades.csv:3: seq: 4 comes after 5: rows must be in order"),
    ("trades.csv", "8,17", "5,17", "trades.csv:3: recv_ts_ns: times differ within one message"),
    ("trades.csv", "8,17", "7,17", "seq: 7 is also in another file of the folder"),
    ("trades.csv", "5,1700000000000500000", "5,1700000000000100000", "trades.csv:2: recv_ts_ns: before the"),
    ("trades.csv", "5,1700000000000500000", "5,-4", "trades.csv:2: recv_ts_ns: `-4`: not after 1970"),
    ("trades.csv", "5,1700000000000500000", "5,soon", "trades.csv:2: recv_ts_ns: `soon`: not whole nanosec"),
    ("trades.csv", ",buy", "", "trades.csv:2: row: 7 fields, expected 8"),
    (
        "trades.csv",
        "aggressor",
        "maker",
        "trades.csv:1: aggressor: no such column; there are: seq, recv_ts_ns",
    ),
    ("depth_snapshot.csv", "B,59999.9", "X,59999.9", "snapshot.csv:3: side: `X`: neither `B` nor `A`"),
    (
        "depth_snapshot.csv",
        "110,A,60000.2",
        "111,A,60000.2",
        "snapshot.csv:5: last_update_id: update ids differ",
    ),
    (
        "depth_snapshot.csv",
        "B,59999.9,2",
        "B,59999.9,0",
        "snapshot.csv:3: qty: `0`: a quantity must be above",
    ),
    ("depth_updates.csv", "90,99,89", "99,90,89", "updates.csv:2: final_update_id: below the first"),
    ("depth_updates.csv", "113,120,112", "80,110,79", "updates.csv:5: final_update_id: 110 comes after 112"),
    (
        "depth_updates.csv",
        "113,120,112",
        "113,120,121",
        "updates.csv:5: prev_final_update_id: above the final",
    ),
    ("bbo.csv", "120,60000.0", "110,60000.0", "bbo.csv:3: update_id: 110 comes after 111: ids must rise"),
    ("bbo.csv", "60000.1,0.200", "inf,0.200", "bbo.csv:3: ask: `inf`: not a plain decimal number"),
];

#[test]
fn a_row_that_cannot_be_believed_is_named_with_file_row_field_and_problem() {
    for (file, from, to, expected) in BAD_ROWS {
        let copy = changed(file, |text| {
            assert!(text.contains(from), "{file} has no {from}");
            text.replacen(from, to, 1)
        });
        let error = read(copy.path()).expect_err(expected).to_string();
        assert!(error.contains(expected), "{file}: {from} → {to}\n  got  {error}\n  want {expected}");
    }
}

#[test]
fn the_folder_name_tells_the_instrument_or_a_choice_is_asked_for() {
    let resolve =
        |name: &str| folder_instrument(Path::new(name), &instruments()).map(|one| one.symbol.clone());
    assert_eq!(resolve("data/l2_binance_usdm_btcusdt_2024-08-08").unwrap(), btcusdt().symbol);
    assert_eq!(resolve("l2_binance_cm_ethusd_perp_2024-08-08/").unwrap(), ethusd_perp().symbol);
    let error = resolve("recordings/monday").unwrap_err().to_string();
    let asked = "its name tells no configured instrument (BTCUSDT, ETHUSD_PERP): say which one it is of";
    assert!(error.contains(asked), "{error}");
}

#[test]
fn a_folder_without_tables_and_parquet_without_its_reader_say_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    let error = read(empty.path()).unwrap_err().to_string();
    assert!(error.contains("not a recorded market: none of depth_snapshot, depth_updates"), "{error}");
    fs::write(empty.path().join("bbo.parquet"), b"PAR1 not really").unwrap();
    let error = read(empty.path()).unwrap_err().to_string();
    assert!(error.contains("bbo.parquet"), "{error}");
    if cfg!(not(feature = "parquet")) {
        assert!(error.contains("cargo build --features parquet"), "{error}");
    }
}

#[test]
fn a_packed_folder_is_the_folder() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("small.tape");
    let packed = pack(&[fixture()], &instruments(), &path).unwrap();
    assert_eq!((packed.messages, packed.symbols.as_slice()), (8, ["BTCUSDT".to_owned()].as_slice()));
    let mut reader = TapeReader::open(&path).unwrap();
    assert_eq!(reader.next_block().unwrap().unwrap(), read(&fixture()).unwrap());
    let summary = verify(TapeReader::open(&path).unwrap()).unwrap();
    let only = &summary.instruments[0];
    assert_eq!((only.depth_messages, only.depth_applied, only.sequence_breaks), (3, 2, 0));
    let last = only.checkpoints.last().unwrap();
    assert_eq!([last.bid.unwrap().qty, last.ask.unwrap().qty].map(|qty| qty.to_string()), ["1.25", "0.25"]);
    assert_eq!((last.bid_levels, last.ask_levels), (2, 2));
}
