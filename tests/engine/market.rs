//! Prices that are not believed: they never become the mark, block entries, and leave the way out open.

use super::bench::{Answer, Bench, buy, denial, market, sell};
use super::world::{A, INV, LIN, qty};
use flightdeck::model::{Event, Fault, Input, MarketEvent, Quote, RuleId, Side, Span};
use flightdeck::state::{InstrumentMarket, Trust};

fn mark(bench: &Bench) -> String {
    bench.state().market(LIN).and_then(InstrumentMarket::mark).expect("a mark").to_string()
}

fn fault(bench: &Bench) -> Option<Fault> {
    match bench.state().market(LIN).expect("a market").trust {
        Trust::Good => None,
        Trust::Quarantined { fault, .. } => Some(fault),
    }
}

#[test]
fn a_quote_no_market_has_never_becomes_the_mark() {
    let cases: [(&str, &str, Fault); 6] = [
        ("100.2", "100.1", Fault::Crossed),
        ("100.1", "100.1", Fault::Locked),
        ("0", "100.1", Fault::NotPositive),
        ("99.95", "100.1", Fault::OffTick),
        ("120", "120.1", Fault::Jump),
        ("0.5", "100.1", Fault::OutOfRange),
    ];
    for (bid, ask, expected) in cases {
        let mut bench = Bench::new();
        bench.quote(LIN, bid, ask);
        assert_eq!((mark(&bench).as_str(), fault(&bench)), ("100", Some(expected)));
        assert_eq!(denial(bench.ask(A, buy("1", "100"))).detail, "quarantined");
    }
    let mut bench = Bench::new();
    let empty = Quote { ask_qty: qty("0"), ..bench.quote_of(LIN, "99.9", "100.1") };
    bench.step(Input::Market(MarketEvent::Quote(empty)));
    assert_eq!(fault(&bench), Some(Fault::NotPositive));
}

#[test]
fn three_good_quotes_in_a_row_end_a_quarantine_and_a_bad_one_starts_the_count_again() {
    let mut bench = Bench::new();
    bench.quote(LIN, "100.2", "100.1");
    bench.quote(LIN, "100.1", "100.3");
    bench.quote(LIN, "100.1", "100.3");
    bench.quote(LIN, "100.2", "100.1");
    for _ in 0..2 {
        bench.quote(LIN, "100.1", "100.3");
        assert_eq!(mark(&bench), "100");
    }
    let events = bench.quote(LIN, "100.1", "100.3");
    assert!(matches!(events[0].event, Event::Market(MarketEvent::Trusted { .. })));
    assert_eq!((mark(&bench).as_str(), fault(&bench)), ("100.2", None));
    assert!(matches!(bench.ask(A, buy("1", "100")), Answer::Released(_)));
}

#[test]
fn after_a_jump_three_quotes_that_agree_with_each_other_are_believed() {
    let mut bench = Bench::new();
    bench.quote(LIN, "120", "120.2");
    bench.quote(LIN, "99.9", "100.1");
    bench.quote(LIN, "120", "120.2");
    assert_eq!(fault(&bench), Some(Fault::Jump));
    for _ in 0..3 {
        assert_eq!(mark(&bench), "100");
        bench.quote(LIN, "120", "120.2");
    }
    assert_eq!((mark(&bench).as_str(), fault(&bench)), ("120.1", None));
}

#[test]
fn a_fault_that_repeats_is_one_line_in_the_log() {
    let mut bench = Bench::new();
    let told: usize = (0..100)
        .map(|_| bench.quote(LIN, "100.2", "100.1"))
        .map(|events| events.iter().filter(|envelope| !envelope.event.is_replaceable()).count())
        .sum();
    assert_eq!(told, 1);
    bench.fault(Fault::SequenceGap);
    assert_eq!(fault(&bench), Some(Fault::SequenceGap));
}

#[test]
fn stale_or_quarantined_prices_block_entries_and_let_exits_pass() {
    for quarantined in [false, true] {
        let mut bench = Bench::new();
        bench.hold(A, (Side::Buy, "2"), "100");
        if quarantined {
            bench.quote(LIN, "100.2", "100.1");
        } else {
            bench.wait(Span::from_millis(2_100));
            bench.tick();
            assert!(bench.state().market(LIN).unwrap().stale);
        }
        assert_eq!(denial(bench.ask(A, sell("2", "100"))).rule, RuleId::Reference);
        assert_eq!(denial(bench.ask(A, buy("2", "100"))).rule, RuleId::Reference);
        let exit = bench.ask(A, market(Side::Sell, "2").reduce_only());
        assert!(matches!(exit, Answer::Released(_)), "{exit:?}");
    }
}

#[test]
fn without_any_price_nothing_is_bought() {
    let mut bench = Bench::bare(|_| {});
    assert_eq!(denial(bench.ask(A, buy("1", "100"))).detail, "no price yet");
    assert_eq!(bench.state().market(INV).unwrap().mark(), None);
}

#[test]
fn silence_is_told_once_and_its_end_with_its_length() {
    let mut bench = Bench::new();
    bench.wait(Span::from_secs(3));
    let stale = |events: &[flightdeck::model::Envelope]| {
        events.iter().filter(|one| matches!(one.event, Event::Market(MarketEvent::Stale { .. }))).count()
    };
    assert_eq!(stale(&bench.tick()), 2);
    assert_eq!(stale(&bench.tick()), 0);
    bench.print();
    let events = bench.quote(LIN, "99.9", "100.1");
    let Event::Market(MarketEvent::Fresh { silence, .. }) = events[0].event else { panic!("{events:?}") };
    assert!(silence >= Span::from_secs(3), "{silence}");
    assert!(matches!(bench.ask(A, buy("1", "100")), Answer::Released(_)));
}

#[test]
fn after_a_loop_the_price_may_lie_anywhere_once() {
    let mut bench = Bench::new();
    bench.step(Input::Market(MarketEvent::Looped { instrument: LIN, pass: 1 }));
    bench.quote(LIN, "150", "150.2");
    assert_eq!((mark(&bench).as_str(), fault(&bench)), ("150.1", None));
    bench.quote(LIN, "99.9", "100.1");
    assert_eq!(fault(&bench), Some(Fault::Jump));
}

/// Repeated, overtaken and replayed quotes are not news; a venue clock that is far off is not believed to be an order.
#[test]
fn a_quote_older_than_the_last_never_becomes_the_mark() {
    let mut bench = Bench::new();
    let old = bench.quote_of(LIN, "98.9", "99.1");
    bench.wait(Span::from_millis(200));
    bench.quote(LIN, "100.9", "101.1");
    let late = Quote { local_time: bench.now, ..old };
    let events = bench.step(Input::Market(MarketEvent::Quote(late)));
    assert_eq!((mark(&bench).as_str(), events.len()), ("101", 0));
    let off = Quote {
        venue_time: bench.now.after(Span::from_secs(-86_400)),
        ..bench.quote_of(LIN, "101.9", "102.1")
    };
    bench.step(Input::Market(MarketEvent::Quote(off)));
    assert_eq!(mark(&bench), "102", "a clock that is far off says nothing about order");
    bench.quote(LIN, "102.9", "103.1");
    assert_eq!(mark(&bench), "103");
}
