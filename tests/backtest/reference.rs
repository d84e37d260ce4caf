//! The reference results of the shared data, computed elsewhere by other code: reached to the last digit.

use super::desk::{run, shared};
use flightdeck::commands::backtest::{FillRow, Outcome};

/// What a reference says of one run.
struct Expected {
    pnl: &'static str,
    realised: &'static str,
    unrealised: &'static str,
    fills: u64,
    units: &'static str,
    trips: Option<(u64, u64)>,
    drawdown: Option<&'static str>,
    first: &'static [(&'static str, &'static str, &'static str)],
    last: &'static [(&'static str, &'static str, &'static str)],
}

fn check(file: &str, style: &str, session: Option<&str>, expected: &Expected) {
    let Some(path) = shared(file) else { return };
    let path = path.display().to_string();
    let mut flags = vec!["--data", &path, "--instrument", "X", "--strategy", "sma_cross", "--style", style];
    flags.extend(["--param", "fast=20", "--param", "slow=50", "--param", "qty=1"]);
    flags.extend(session.iter().flat_map(|session| ["--session", session]));
    let Outcome { pnl, realised, unrealised, fills, units, fees, max_drawdown, round_trips, wins, .. } =
        run(&flags);
    let outcome = run(&flags);
    assert_eq!((pnl.as_str(), fees.as_str(), outcome.denied), (expected.pnl, "0", 0), "{file} {style}");
    assert_eq!((fills, units.as_str()), (expected.fills, expected.units), "{file} {style}");
    if !expected.realised.is_empty() {
        assert_eq!((realised.as_str(), unrealised.as_str()), (expected.realised, expected.unrealised));
    }
    if let Some(trips) = expected.trips {
        assert_eq!((round_trips, wins), trips, "{file} {style}");
    }
    if let Some(drawdown) = expected.drawdown {
        assert_eq!(max_drawdown, drawdown, "{file} {style}");
    }
    let rows = |list: &[(&str, &str, &str)]| -> Vec<FillRow> {
        let row = |(at, qty, price): &(&str, &str, &str)| {
            FillRow(format!("{at}.000000000Z"), (*qty).to_owned(), (*price).to_owned())
        };
        list.iter().map(row).collect()
    };
    if !expected.first.is_empty() {
        assert_eq!(outcome.first_fills, rows(expected.first), "{file} {style}");
        let last = rows(expected.last);
        assert_eq!(outcome.last_fills[outcome.last_fills.len() - last.len()..], last, "{file} {style}");
    }
}

const SPY: &str = "bars_spy_1m_2011-01/bars.csv";
const BTC: &str = "bars_btcusd_coinbase_1m_2018-04/bars.csv";
const NIFTY: &str = "bars_nifty50_1m_2019-01/bars.csv";

#[test]
fn spy_long_only() {
    check(
        SPY,
        "long_only",
        None,
        &Expected {
            pnl: "2.68",
            realised: "2.53",
            unrealised: "0.15",
            fills: 311,
            units: "311",
            trips: Some((155, 68)),
            drawdown: Some("2.05"),
            first: &[
                ("2011-01-03T12:34:00", "1", "126.58"),
                ("2011-01-03T13:26:00", "-1", "126.71"),
                ("2011-01-03T14:25:00", "1", "126.7"),
            ],
            last: &[("2011-01-31T22:33:00", "-1", "128.62"), ("2011-01-31T23:58:00", "1", "128.68")],
        },
    );
}

#[test]
fn spy_stop_and_reverse() {
    check(
        SPY,
        "reverse",
        None,
        &Expected {
            pnl: "3.11",
            realised: "2.96",
            unrealised: "0.15",
            fills: 311,
            units: "621",
            trips: Some((310, 121)),
            drawdown: Some("3.53"),
            first: &[
                ("2011-01-03T12:34:00", "1", "126.58"),
                ("2011-01-03T13:26:00", "-2", "126.71"),
                ("2011-01-03T14:25:00", "2", "126.7"),
            ],
            last: &[("2011-01-31T22:33:00", "-2", "128.62"), ("2011-01-31T23:58:00", "2", "128.68")],
        },
    );
}

#[test]
fn spy_in_the_regular_session() {
    let plain = |pnl, fills, units| Expected {
        pnl,
        realised: "",
        unrealised: "",
        fills,
        units,
        trips: None,
        drawdown: None,
        first: &[],
        last: &[],
    };
    check(SPY, "long_only", Some("regular"), &plain("-0.07", 175, "175"));
    check(SPY, "reverse", Some("09:30-16:00 America/New_York"), &plain("-1.32", 176, "351"));
}

#[test]
fn btc_long_only() {
    check(
        BTC,
        "long_only",
        None,
        &Expected {
            pnl: "-429.84",
            realised: "-436.85",
            unrealised: "7.01",
            fills: 97,
            units: "97",
            trips: Some((48, 12)),
            drawdown: Some("500.71"),
            first: &[
                ("2018-04-04T00:51:00", "1", "7413"),
                ("2018-04-04T01:21:00", "-1", "7394"),
                ("2018-04-04T03:15:00", "1", "7296"),
            ],
            last: &[("2018-04-06T22:18:00", "-1", "6607"), ("2018-04-06T23:24:00", "1", "6612")],
        },
    );
}

#[test]
fn btc_stop_and_reverse() {
    check(
        BTC,
        "reverse",
        None,
        &Expected {
            pnl: "-65.69",
            realised: "-72.7",
            unrealised: "7.01",
            fills: 97,
            units: "193",
            trips: Some((96, 25)),
            drawdown: Some("592.68"),
            first: &[
                ("2018-04-04T00:51:00", "1", "7413"),
                ("2018-04-04T01:21:00", "-2", "7394"),
                ("2018-04-04T03:15:00", "2", "7296"),
            ],
            last: &[("2018-04-06T22:18:00", "-2", "6607"), ("2018-04-06T23:24:00", "2", "6612")],
        },
    );
}

#[test]
fn nifty_long_only() {
    check(
        NIFTY,
        "long_only",
        None,
        &Expected {
            pnl: "-72.05",
            realised: "-93.75",
            unrealised: "21.7",
            fills: 31,
            units: "31",
            trips: Some((15, 5)),
            drawdown: Some("161.6"),
            first: &[
                ("2019-01-01T05:04:00", "1", "10837.15"),
                ("2019-01-01T05:30:00", "-1", "10830.15"),
                ("2019-01-01T05:34:00", "1", "10837.9"),
            ],
            last: &[("2019-01-04T08:23:00", "-1", "10706.15"), ("2019-01-04T09:12:00", "1", "10705.65")],
        },
    );
}

#[test]
fn nifty_stop_and_reverse() {
    check(
        NIFTY,
        "reverse",
        None,
        &Expected {
            pnl: "-34.3",
            realised: "-56",
            unrealised: "21.7",
            fills: 31,
            units: "61",
            trips: Some((30, 9)),
            drawdown: Some("170.1"),
            first: &[
                ("2019-01-01T05:04:00", "1", "10837.15"),
                ("2019-01-01T05:30:00", "-2", "10830.15"),
                ("2019-01-01T05:34:00", "2", "10837.9"),
            ],
            last: &[("2019-01-04T08:23:00", "-2", "10706.15"), ("2019-01-04T09:12:00", "2", "10705.65")],
        },
    );
}
