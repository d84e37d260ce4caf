//! Longer bars from bars, trades and quotes, against the hashes of the shared data's reference.

use super::desk::{ONE, cut, run, shared};
use flightdeck::adapters::history::{HistoryFile, HistoryOptions, Resampled};
use flightdeck::model::Span;
use flightdeck::sim::bars::{Datum, History};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

fn hash(file: &str, length: Span) -> Option<(usize, String)> {
    let options = HistoryOptions { instrument: ONE, ..HistoryOptions::default() };
    let file = HistoryFile::open(&shared(file)?, options).unwrap();
    let mut bars = Resampled::new(Box::new(file), length);
    let (mut text, mut count) = (String::new(), 0);
    while let Some(Datum::Bar(bar)) = bars.next_datum().unwrap() {
        let at = bar.open_time.nanos();
        writeln!(text, "{at},{},{},{},{},{}", bar.open, bar.high, bar.low, bar.close, bar.volume).unwrap();
        count += 1;
    }
    let hex = Sha256::digest(text).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    Some((count, hex))
}

#[test]
fn five_minutes_of_every_set_and_seconds_of_trades_are_those_of_the_reference() {
    let minutes = Span::from_secs(300);
    for (file, length, count, expected) in [
        (
            "bars_spy_1m_2011-01/bars.csv",
            minutes,
            3_455,
            "34c0cd0a9d3804861eaaf34900e4cec94bd9721b3dfe20a9394ef2ef793e0d59",
        ),
        (
            "bars_btcusd_coinbase_1m_2018-04/bars.csv",
            minutes,
            778,
            "dcde5301a444acc356ae15429764789bf37ea3e6a93a0029a311ddb9f97d59a9",
        ),
        (
            "bars_nifty50_1m_2019-01/bars.csv",
            minutes,
            308,
            "456e932fd8ec3ea1e2fca10ed33e99c277434bc8b1d2253ce25d5522944080a0",
        ),
        (
            "l2_binance_usdm_btcusdt_2024-08-08/trades.csv",
            Span::from_secs(1),
            344,
            "3538f05e219172311fd9910b99fc6768eb9858a640b4b7d052eb95882b567402",
        ),
        (
            "l2_binance_cm_ethusd_perp_2024-08-08/trades.csv",
            Span::from_secs(1),
            229,
            "cae879045d7b528d17aad0d62449460909d420baa9aa7d68abb916fd3b2e96de",
        ),
        ("quotes_eurusd_tick_2014-05-08/quotes.csv", Span::from_secs(60), 35, ""),
    ] {
        let Some((bars, hash)) = hash(file, length) else { return };
        assert_eq!(bars, count, "{file}");
        assert!(expected.is_empty() || hash == expected, "{file}: {hash}");
    }
}

#[test]
fn a_run_on_resampled_bars_has_fewer_of_them() {
    let path = cut().display().to_string();
    let told = run(&["--data", &path, "--instrument", "X", "--strategy", "sma_cross", "--resample", "1h"]);
    assert!((30..40).contains(&told.bars), "{}", told.bars);
}
