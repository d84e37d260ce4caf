//! Crossings of recorded bars, against values computed elsewhere with exact decimals. The bars are read where they are
//! present: `FLIGHTDECK_SHARED_DATA`, or `../shared/data` beside the project.

use flightdeck::model::{Money, NetQty, Price, Qty, Side};
use flightdeck::strategies::{CrossDetector, Crossing};
use std::path::PathBuf;

/// Open and close of each bar, in file order.
fn bars(folder: &str) -> Option<Vec<(Price, Price)>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let root = std::env::var_os("FLIGHTDECK_SHARED_DATA").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(root.join(folder).join("bars.csv")).ok()?;
    let bar = |line: &str| {
        let mut fields = line.split(',').skip(1);
        let open: Price = fields.next().expect("open").parse().expect("a price");
        let close: Price = fields.nth(2).expect("close").parse().expect("a price");
        (open, close)
    };
    Some(text.lines().skip(1).map(bar).collect())
}

/// Trades crossings of SMA(20) and SMA(50) at the next bar's open: crossings and P&L marked at the last close.
fn trade(bars: &[(Price, Price)], is_down_short: bool) -> (usize, Money) {
    let mut averages = CrossDetector::new(20, 50);
    let (mut cash, mut net, mut count) = (Money::ZERO, NetQty::ZERO, 0);
    for (index, (_, close)) in bars.iter().enumerate() {
        let Some(crossing) = averages.push(*close) else { continue };
        count += 1;
        let Some((open, _)) = bars.get(index + 1) else { continue };
        let goal = match crossing {
            Crossing::Up => Qty::ONE.signed(Side::Buy),
            Crossing::Down if is_down_short => Qty::ONE.signed(Side::Sell),
            Crossing::Down => NetQty::ZERO,
        };
        cash -= open.times(Qty::ONE).for_net(goal - net);
        net = goal;
    }
    let last = bars.last().map(|(_, close)| close.times(Qty::ONE)).unwrap_or_default();
    (count, cash + last.for_net(net))
}

#[test]
fn crossings_and_their_profit_equal_those_computed_with_exact_decimals() {
    let cases = [
        ("bars_spy_1m_2011-01", 14_180, 311, "2.68", "3.11"),
        ("bars_btcusd_coinbase_1m_2018-04", 3_887, 97, "-429.84", "-65.69"),
        ("bars_nifty50_1m_2019-01", 1_509, 31, "-72.05", "-34.30"),
    ];
    for (folder, rows, crossings, long_only, reverse) in cases {
        let Some(bars) = bars(folder) else { continue };
        assert_eq!(bars.len(), rows, "{folder}");
        let expected = |text: &str| (crossings, text.parse::<Money>().expect("an amount"));
        assert_eq!(trade(&bars, false), expected(long_only), "{folder} long only");
        assert_eq!(trade(&bars, true), expected(reverse), "{folder} stop and reverse");
    }
}
