//! Bars of a history: their close is the mark, and what no interval of trading comes to is never one.

use super::bench::Bench;
use super::world::LIN;
use flightdeck::model::{Bar, Event, Fault, Input, MarketEvent, Price, Qty, Span, Timestamp};

fn bar(minute: i64, [open, high, low, close]: [&str; 4]) -> Bar {
    let price = |text: &str| text.parse::<Price>().expect("a price");
    let open_time = Timestamp::from_nanos(1_723_107_600_000_000_000).after(Span::from_secs(60 * minute));
    let close_time = open_time.after(Span::from_secs(60));
    let [open, high, low, close] = [open, high, low, close].map(price);
    let (volume, local_time) = (Qty::ZERO, close_time);
    Bar { instrument: LIN, open, high, low, close, volume, open_time, close_time, local_time }
}

#[test]
fn the_mark_after_a_bar_is_its_close_however_far_from_the_last() {
    let mut bench = Bench::bare(|_| {});
    for (minute, close) in [(0, "100"), (1, "170"), (5_000, "60")] {
        let bar = bar(minute, ["100", "200", "50", close]);
        let events = bench.step(Input::Market(MarketEvent::Bar(bar)));
        assert!(matches!(events[0].event, Event::Market(MarketEvent::Bar(told)) if told == bar));
        let mark = bench.engine.state().market(LIN).and_then(flightdeck::state::InstrumentMarket::mark);
        assert_eq!(mark, close.parse().ok());
    }
}

#[test]
fn a_bar_that_contradicts_itself_is_quarantined_and_one_told_twice_is_not_heard() {
    let mut bench = Bench::bare(|_| {});
    let good = bar(0, ["100", "101", "99", "100"]);
    bench.step(Input::Market(MarketEvent::Bar(good)));
    assert!(bench.step(Input::Market(MarketEvent::Bar(good))).is_empty(), "told twice");
    let wrong = bar(1, ["100", "101", "99", "102"]);
    let events = bench.step(Input::Market(MarketEvent::Bar(wrong)));
    let told = Event::Market(MarketEvent::Quarantined {
        instrument: LIN,
        fault: Fault::Crossed,
        detail: "open 100 high 101 low 99 close 102".into(),
    });
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event, told);
    let next = bar(2, ["100", "101", "99", "100.5"]);
    let events = bench.step(Input::Market(MarketEvent::Bar(next)));
    assert!(matches!(events[0].event, Event::Market(MarketEvent::Trusted { .. })));
    assert!(matches!(events[1].event, Event::Market(MarketEvent::Bar(_))));
}
