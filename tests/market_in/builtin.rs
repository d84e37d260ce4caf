//! The recording that comes with the program is the recorded markets, to the last level of their books.

use crate::desk::instruments;
use flightdeck::adapters::tape::{BUILT_IN, BUILT_IN_NAME, TapeReader};
use flightdeck::commands::tape::{InstrumentSummary, verify};
use flightdeck::model::{MarketEvent, Price, Qty, Side};
use flightdeck::sim::MarketFold;

/// Applied depth messages, bid, its quantity, ask, its quantity, levels a side, hash of the book after them.
type Reference = (u64, [&'static str; 4], [usize; 2], &'static str);

/// Computed outside this project from the recorded files.
const BTCUSDT: [Reference; 5] = [
    (
        1,
        ["61800.2", "2.909", "61800.3", "1.072"],
        [1005, 1003],
        "b19a7974b51dc4cc2106a88b382fcbf81c0a873466853e1b8d27597c9bfec055",
    ),
    (
        1637,
        ["61803.8", "3.253", "61803.9", "3.909"],
        [2503, 2320],
        "8a2abea2fad0c0def818eb46dcc3dd420084aa13d478e76359eff643c1e86e6e",
    ),
    (
        3274,
        ["61701.4", "0.905", "61701.5", "4.01"],
        [3507, 3357],
        "3ebedfe556e24d69861064b89a342752e1f9ac4cdbaffd91b5ddf983873f0605",
    ),
    (
        4911,
        ["61639.9", "2.898", "61640", "2.974"],
        [4500, 4254],
        "0105dc7950efff41f7964a5a02ac518e55f00b5c8f319be3102bab568c2bfb98",
    ),
    (
        6547,
        ["61659.7", "1.486", "61659.8", "0.981"],
        [5018, 4578],
        "802f4dc340349adfa1b8e17e4514eb414869ce667d1247eb9e5c598c7057ee82",
    ),
];

const ETHUSD_PERP: [Reference; 5] = [
    (
        1,
        ["2682.17", "159", "2682.18", "3793"],
        [1000, 1000],
        "e8ec413914c93d1152dfc9583e1557f0416d9aeb8fced01dde3fc66bc359aec1",
    ),
    (
        5722,
        ["2682.8", "331", "2682.81", "7746"],
        [1050, 1008],
        "5b2d2ca460ed1c2369789be978abdb123efdb3349136f48412784bfeaefca509",
    ),
    (
        11444,
        ["2681.99", "1558", "2682", "2528"],
        [1078, 1084],
        "8acf65879163fd2bfadca6c0c6f57ada0856e5ac1ca4ebde863f33bf46964b53",
    ),
    (
        17166,
        ["2680.33", "3530", "2680.34", "1673"],
        [1111, 1166],
        "2d2d3bef875c414bfc17c5c5785726d1a79c3a16468d945d044854a85239195a",
    ),
    (
        22887,
        ["2682.01", "1990", "2682.02", "2018"],
        [1029, 943],
        "68493114dff06e88b6e1c0aaadb7e4e5b9dbf1174a78d78da8c3eedf93b9dcd5",
    ),
];

fn built_in() -> TapeReader {
    TapeReader::from_bytes(BUILT_IN, BUILT_IN_NAME).unwrap()
}

fn assert_books(summary: &InstrumentSummary, reference: &[Reference]) {
    assert_eq!((summary.sequence_breaks, summary.crossed), (0, 0), "{}", summary.symbol);
    let found: Vec<_> = summary
        .checkpoints
        .iter()
        .map(|point| {
            let (bid, ask) = (point.bid.unwrap(), point.ask.unwrap());
            let touch =
                [bid.price.to_string(), bid.qty.to_string(), ask.price.to_string(), ask.qty.to_string()];
            (point.applied, touch, [point.bid_levels, point.ask_levels], point.hash.clone())
        })
        .collect();
    let expected: Vec<_> = reference
        .iter()
        .map(|(applied, touch, levels, hash)| {
            (*applied, touch.map(str::to_owned), *levels, (*hash).to_owned())
        })
        .collect();
    assert_eq!(found, expected, "{}", summary.symbol);
}

#[test]
fn every_book_is_the_reference_book_at_every_checkpoint() {
    let summary = verify(built_in()).unwrap();
    let [btcusdt, ethusd_perp] = summary.instruments.as_slice() else { panic!("{summary}") };
    assert_books(btcusdt, &BTCUSDT);
    assert_books(ethusd_perp, &ETHUSD_PERP);
    let counts = |one: &InstrumentSummary| [one.depth_messages, one.level_changes, one.quotes, one.trades];
    assert_eq!(counts(btcusdt), [6551, 443_521, 66_089, 21_313]);
    assert_eq!(counts(ethusd_perp), [22_909, 193_753, 15_812, 1732]);
    assert_eq!([btcusdt.trade_qty.to_string(), btcusdt.trade_delta.to_string()], ["2429.366", "73.786"]);
    assert_eq!(
        [ethusd_perp.trade_qty.to_string(), ethusd_perp.trade_delta.to_string()],
        ["249559", "-18035"]
    );
    assert_eq!((summary.messages, summary.length_ms), (134_408, 344_958));
    assert!(summary.bytes <= 4_000_000, "the program carries it: {} bytes", summary.bytes);
    assert!(summary.license.starts_with("MIT") && summary.source.contains("hftbacktest"));
    let shown = summary.to_string();
    assert!(shown.contains("after #1637: bid 61803.8 x 3.253, ask 61803.9 x 3.909"), "{shown}");
}

#[test]
fn trades_and_the_visible_book_come_out_as_the_markets_facts() {
    let mut reader = built_in().select(&instruments()).unwrap();
    let (mut fold, mut out) = (MarketFold::new(reader.instrument_ids()), Vec::new());
    let (mut prices, mut sizes): (Vec<Price>, [Vec<Qty>; 2]) = Default::default();
    let mut depths = [0_u32; 2];
    while let Some(messages) = reader.next_block().unwrap() {
        for message in &messages {
            fold.apply(message, &mut out);
        }
        for event in out.drain(..) {
            match event {
                MarketEvent::Trade(trade) if trade.instrument.index() == 0 => {
                    prices.push(trade.price);
                    sizes[usize::from(trade.aggressor == Side::Buy)].push(trade.qty);
                }
                MarketEvent::Depth(depth) => {
                    assert!(depth.bids.is_sorted_by(|one, next| one.price > next.price));
                    assert!(depth.asks.is_sorted_by(|one, next| one.price < next.price));
                    assert!((depth.bids.len(), depth.asks.len()) == (25, 25));
                    depths[depth.instrument.index()] += 1;
                }
                MarketEvent::Trade(_) | MarketEvent::Quote(_) | MarketEvent::Bar(_) => {}
                other @ (MarketEvent::Quarantined { .. }
                | MarketEvent::Trusted { .. }
                | MarketEvent::Stale { .. }
                | MarketEvent::Fresh { .. }
                | MarketEvent::Dropped { .. }
                | MarketEvent::Looped { .. }) => {
                    panic!("a whole recording has nothing to complain of: {other:?}")
                }
            }
        }
    }
    let ends = [prices.iter().min(), prices.iter().max(), prices.first(), prices.last()];
    assert_eq!(ends.map(|price| price.unwrap().to_string()), ["61590.3", "61839.9", "61800.3", "61659.8"]);
    let sum = |side: &Vec<Qty>| side.iter().fold(Qty::ZERO, |sum, qty| sum.plus(*qty)).to_string();
    assert_eq!([sum(&sizes[0]), sum(&sizes[1])], ["1177.79", "1251.576"], "sold, bought");
    let applied = instruments().map(|one| fold.book(one.id).unwrap().applied());
    assert_eq!(applied, [6547, 22_887]);
    // One for each message after the snapshot, one for the snapshot with the two that had waited for it.
    assert_eq!(depths, [6546, 22_886]);
}

#[test]
#[cfg(feature = "parquet")]
#[expect(clippy::print_stdout, reason = "a skipped test says why")]
fn packing_the_recorded_folders_again_gives_the_same_bytes() {
    use std::path::PathBuf;
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let named = std::env::var_os("FLIGHTDECK_SHARED_DATA").map(PathBuf::from);
    let Some(data) = [named, Some(beside)].into_iter().flatten().find(|path| path.is_dir()) else {
        println!("skipped: the recorded-market folders are not here (FLIGHTDECK_SHARED_DATA names them)");
        return;
    };
    let folders = ["l2_binance_usdm_btcusdt_2024-08-08", "l2_binance_cm_ethusd_perp_2024-08-08"];
    let folders = folders.map(|folder| data.join(folder));
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("market.tape");
    let summary = flightdeck::commands::tape::pack(&folders, &instruments(), &path).unwrap();
    assert_eq!(summary.messages, 134_408);
    assert!(std::fs::read(&path).unwrap() == BUILT_IN, "{summary}");
}
