//! Many strategies and instruments in one run, merged by time; quotes without a book; recorded books.

use super::desk::{ONE, START, bar_of, cut, fills, order, play_all, run};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{Event, InstrumentId, MarketEvent, Qty, Quote, Side, Span};
use flightdeck::sim::bars::{BarRules, Datum};

const TWO: InstrumentId = InstrumentId::new(1);

#[test]
fn bars_of_two_instruments_are_heard_by_their_closes_and_all_closes_come_before_the_opens_of_that_instant() {
    let bars = |id: InstrumentId, price: &str| -> Vec<Datum> {
        (0..3).map(|minute| Datum::Bar(bar_of(id, minute, [price; 4]))).collect()
    };
    // Trades the one instrument at the first close of the other: filled at the open that follows, after every close.
    let across: super::desk::Script = Box::new(|_, event, desk| {
        if matches!(&event.event, Event::Market(MarketEvent::Bar(bar)) if bar.instrument == TWO)
            && desk.position(ONE).fills == 0
            && desk.open_orders(ONE).next().is_none()
        {
            desk.submit(OrderSpec::market(ONE, Side::Buy, Qty::ONE, "across"));
        }
    });
    let (log, _) = play_all(BarRules::default(), vec![bars(ONE, "100"), bars(TWO, "50")], vec![across]);
    let heard: Vec<(i64, u16)> = log
        .iter()
        .filter_map(|one| match &one.event {
            Event::Market(MarketEvent::Bar(bar)) => {
                Some((one.at.since(START).millis() / 60_000, bar.instrument.get()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(heard, [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1)]);
    assert_eq!(fills(&log), vec![(1, "100".to_owned())]);
}

#[test]
fn two_strategies_on_one_history_each_have_their_books() {
    let path = cut().display().to_string();
    let both = run(&[
        "--data",
        &path,
        "--instrument",
        "A",
        "--data",
        &path,
        "--instrument",
        "B",
        "--strategy",
        "sma_cross",
        "--param",
        "qty=1",
        "--param",
        "fast=20",
        "--param",
        "slow=50",
    ]);
    let names: Vec<&str> = both.strategies.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["sma_cross:A", "sma_cross:B"]);
    assert_eq!(both.strategies[0].pnl, both.strategies[1].pnl, "the same history twice");
    assert_eq!(both.bars, 4_400);
    assert_eq!(both.denied, 0);
}

fn quote(millis: i64, bid: &str, ask: &str) -> Datum {
    let at = START.after(Span::from_millis(millis));
    let qty = Qty::ONE;
    let (bid, ask) = (bid.parse().unwrap(), ask.parse().unwrap());
    Datum::Quote(Quote {
        instrument: ONE,
        bid,
        bid_qty: qty,
        ask,
        ask_qty: qty,
        venue_time: at,
        local_time: at,
    })
}

fn prices(rules: BarRules, spec: OrderSpec, quotes: Vec<Datum>) -> Vec<String> {
    let (log, _) = play_all(rules, vec![quotes], vec![order(spec)]);
    fills(&log).into_iter().map(|(_, price)| price).collect()
}

#[test]
fn on_quotes_a_market_order_takes_the_other_side_that_stands_when_it_arrives() {
    let quotes = || vec![quote(0, "99", "101"), quote(100, "98", "100"), quote(300, "97", "99")];
    let market = OrderSpec::market(ONE, Side::Buy, Qty::ONE, "test");
    assert_eq!(prices(BarRules::default(), market, quotes()), ["101"]);
    let slow = BarRules { latency: Span::from_millis(200), ..BarRules::default() };
    assert_eq!(prices(slow, market, quotes()), ["100"], "it arrives while the second quote stands");
}

#[test]
fn on_quotes_a_resting_limit_fills_at_its_price_when_the_other_side_comes_to_it() {
    let limit = OrderSpec::limit(ONE, Side::Buy, Qty::ONE, "100".parse().unwrap(), "test");
    let quotes =
        vec![quote(0, "99", "101"), quote(1, "99", "100.5"), quote(2, "99", "100"), quote(3, "98", "99")];
    assert_eq!(prices(BarRules::default(), limit, quotes), ["100"]);
}

#[test]
fn a_recorded_book_is_traded_through_the_paper_venue() {
    let folder =
        std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recording/btcusdt_small");
    let path = folder.display().to_string();
    let flags = ["--data", &path, "--instrument", "BTCUSDT", "--strategy", "market_maker"];
    let (one, again) = (run(&flags), run(&flags));
    assert!(one.quotes > 0 && one.events > one.quotes);
    assert_eq!(one.event_hash, again.event_hash);
}

#[test]
fn a_file_of_quotes_is_traded_and_repeats() {
    let Some(path) = super::desk::shared("quotes_eurusd_tick_2014-05-08/quotes.csv") else { return };
    let path = path.display().to_string();
    let flags =
        ["--data", &path, "--instrument", "EURUSD", "--strategy", "mean_reversion", "--param", "qty=1"];
    let (one, again) = (run(&flags), run(&flags));
    assert_eq!((one.quotes, one.event_hash), (24_798, again.event_hash));
}
