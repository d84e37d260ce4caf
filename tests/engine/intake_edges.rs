//! What comes in at its edges: prices just inside and just outside, clocks that are off, words about what is not there.

use super::bench::{Bench, buy, new_order, submitted};
use super::edges::refused;
use super::world::{A, LIN, money, price, qty};
use flightdeck::model::{
    Actor, BrokerReport, Command, ControlEvent, Envelope, Event, Fault, FillId, Input, InstrumentId,
    KillLevel, MarketEvent, Mode, Money, Quote, Reason, Refusal, Request, RequestId, Scope, Side, Span,
    StrategyId, Trade,
};
use flightdeck::state::Trust;

fn fault(bench: &Bench) -> Option<Fault> {
    match bench.state().market(LIN).expect("a market").trust {
        Trust::Good => None,
        Trust::Quarantined { fault, .. } => Some(fault),
    }
}

fn mark(bench: &Bench) -> String {
    bench.state().market(LIN).and_then(flightdeck::state::InstrumentMarket::mark).expect("a mark").to_string()
}

/// A quote whose venue time is this much away from when it comes.
fn quote_off(bench: &mut Bench, bid: &str, ask: &str, off: Span) -> usize {
    let now = bench.quote_of(LIN, bid, ask);
    let quote = Quote { venue_time: now.venue_time.after(off), ..now };
    bench.step(Input::Market(MarketEvent::Quote(quote))).len()
}

fn print(bench: &mut Bench, at: &str, size: &str) {
    let time = bench.now;
    bench.step(Input::Market(MarketEvent::Trade(Trade {
        instrument: LIN,
        price: price(at),
        qty: qty(size),
        aggressor: Side::Buy,
        venue_time: time,
        local_time: time,
    })));
}

#[test]
fn a_quote_at_the_ends_of_the_range_is_a_price_and_beyond_them_is_none() {
    let narrow = || {
        Bench::with(|genesis| {
            genesis.instruments[0].min_price = price("99");
            genesis.instruments[0].max_price = price("101");
        })
    };
    for (bid, ask, expected) in [
        ("99", "100.8", None),
        ("98.9", "100.8", Some(Fault::OutOfRange)),
        ("99.9", "101", None),
        ("99.9", "101.1", Some(Fault::OutOfRange)),
    ] {
        let mut bench = narrow();
        bench.quote(LIN, bid, ask);
        assert_eq!(fault(&bench), expected, "{bid} {ask}");
    }
    for (at, size, expected) in [
        ("99", "1", None),
        ("98.9", "1", Some(Fault::OutOfRange)),
        ("101", "1", None),
        ("101.1", "1", Some(Fault::OutOfRange)),
        ("100", "0", Some(Fault::NotPositive)),
        ("0", "1", Some(Fault::NotPositive)),
    ] {
        let mut bench = narrow();
        print(&mut bench, at, size);
        assert_eq!(fault(&bench), expected, "{size} at {at}");
    }
}

#[test]
fn a_price_may_move_by_all_it_may_move() {
    let mut bench = Bench::new();
    bench.quote(LIN, "109.9", "110.1");
    assert_eq!((mark(&bench).as_str(), fault(&bench)), ("110", None), "ten percent");
    let mut bench = Bench::new();
    bench.quote(LIN, "110", "110.1");
    assert_eq!(fault(&bench), Some(Fault::Jump));
}

#[test]
fn one_quote_of_another_time_does_not_make_the_old_ones_young() {
    let day = Span::from_secs(-86_400);
    let mut bench = Bench::new();
    bench.wait(Span::from_secs(1));
    bench.quote(LIN, "99.9", "100.1");
    assert!(quote_off(&mut bench, "100", "100.2", day) > 0, "it is taken, its time is not");
    assert_eq!(quote_off(&mut bench, "98.9", "99.1", Span::from_millis(-500)), 0, "older than the newest");
    assert_eq!(mark(&bench), "100.1");
    // The newest one again is older than the one whose time said nothing.
    let mut bench = Bench::new();
    bench.quote(LIN, "99.9", "100.1");
    assert!(quote_off(&mut bench, "100", "100.2", day) > 0);
    assert_eq!(quote_off(&mut bench, "99.9", "100.1", Span::from_millis(-2)), 0, "told again");
    assert_eq!(mark(&bench), "100.1");
}

#[test]
fn three_quotes_in_a_row_of_another_time_are_the_venues_clock_now() {
    let day = Span::from_secs(-86_400);
    let mut bench = Bench::new();
    for bid in ["100", "100.1", "100.2"] {
        bench.wait(Span::from_secs(1));
        assert!(quote_off(&mut bench, bid, "100.4", day) > 0);
    }
    let late = Span::from_nanos(day.nanos() - Span::from_millis(500).nanos());
    assert_eq!(quote_off(&mut bench, "98.9", "99.1", late), 0, "older than the third");
    assert_eq!(mark(&bench), "100.3");
}

fn fund(bench: &mut Bench, instrument: InstrumentId, amount: Money) -> Vec<Envelope> {
    let payment = FillId("P-1".into());
    bench.report(BrokerReport::Funding { instrument, amount, payment, at: bench.now })
}

#[test]
fn funding_that_cannot_be_booked_stops_new_risk_where_it_belongs() {
    let beyond = |sign: i128| Money::from_raw((Money::BOOKABLE.raw() + 1) * sign);
    for amount in [beyond(1), beyond(-1)] {
        let mut bench = Bench::new();
        fund(&mut bench, LIN, amount);
        assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1);
        assert_eq!(bench.state().control.kill_at(Scope::All), KillLevel::K0);
        assert!(bench.state().account_pnl().expect("a result").net.is_zero());
    }
    let mut bench = Bench::new();
    fund(&mut bench, InstrumentId::new(9), money("1"));
    assert_eq!(bench.state().control.kill_at(Scope::All), KillLevel::K1, "nobody knows where it belongs");
    let mut bench = Bench::new();
    fund(&mut bench, LIN, Money::BOOKABLE);
    assert_eq!(bench.state().account_pnl().expect("a result").net, Money::BOOKABLE);
}

#[test]
fn what_cannot_be_booked_under_a_kill_does_not_speak_of_a_lower_one() {
    let mut bench = Bench::new();
    bench.kill(KillLevel::K2, Scope::Instrument(LIN));
    let events = fund(&mut bench, LIN, Money::from_raw(Money::BOOKABLE.raw() + 1));
    let raised = |one: &&Envelope| matches!(one.event, Event::Control(ControlEvent::KillRaised { .. }));
    assert_eq!(events.iter().filter(raised).count(), 0);
    assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K2);
}

#[test]
fn a_cancel_waits_for_nothing_also_in_a_busy_second() {
    let mut bench = Bench::new();
    let ids: Vec<_> = (0..6).map(|_| bench.order(A, buy("1", "99"))).collect();
    let events = bench.operator(Command::Cancel { order: ids[0] });
    assert_eq!((refused(&events), super::bench::canceling(&events)), (None, vec![ids[0]]));
}

#[test]
fn a_gap_in_the_feed_starts_the_count_of_good_quotes_again() {
    for gap in [Fault::SequenceGap, Fault::Unreadable] {
        let mut bench = Bench::new();
        bench.quote(LIN, "100.2", "100.1");
        bench.quote(LIN, "100", "100.2");
        bench.quote(LIN, "100", "100.3");
        bench.fault(gap);
        bench.quote(LIN, "100", "100.2");
        assert_eq!(fault(&bench), Some(gap));
        bench.quote(LIN, "100", "100.3");
        bench.quote(LIN, "100", "100.2");
        assert_eq!(fault(&bench), None, "three since");
    }
}

#[test]
fn a_request_told_again_after_others_is_still_the_same_and_a_cancel_may_be_told_twice() {
    let mut bench = Bench::new();
    let ask = |bench: &mut Bench, id: u64, command: Command| {
        bench.step(Input::Command(Request { id: RequestId(id), actor: Actor::Operator, command }))
    };
    let order = |at: &str| Command::Submit { order: new_order(StrategyId::MANUAL, buy("1", at)) };
    let first = submitted(&ask(&mut bench, 77, order("99")));
    ask(&mut bench, 78, order("98"));
    assert_eq!(refused(&ask(&mut bench, 77, order("99"))), Some(Refusal::Repeated));
    let cancel = Command::Cancel { order: first[0] };
    assert_eq!(refused(&ask(&mut bench, 79, cancel.clone())), None);
    bench.wait(Span::from_secs(2));
    assert_eq!(refused(&ask(&mut bench, 79, cancel)), None, "it takes no more risk than once");
}

#[test]
fn words_about_a_strategy_or_an_instrument_that_is_not_there_are_refused() {
    let (nobody, nothing) = (StrategyId::new(60), InstrumentId::new(60));
    let reason = Reason::new("test");
    let mut bench = Bench::new();
    let unknown: [(Command, Refusal); 4] = [
        (
            Command::Kill { level: KillLevel::K1, scope: Scope::Strategy(nobody), reason },
            Refusal::UnknownStrategy,
        ),
        (
            Command::Kill { level: KillLevel::K1, scope: Scope::Instrument(nothing), reason },
            Refusal::UnknownInstrument,
        ),
        (Command::Arm { strategy: nobody }, Refusal::UnknownStrategy),
        (Command::Disarm { strategy: nobody, reason }, Refusal::UnknownStrategy),
    ];
    for (command, why) in unknown {
        let text = format!("{command:?}");
        let events = bench.operator(command);
        assert_eq!(refused(&events), Some(why), "{text}");
        assert!(submitted(&events).is_empty());
    }
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
}

#[test]
fn without_a_live_broker_the_mode_stays_and_says_why() {
    let mut bench = Bench::new();
    assert_eq!(refused(&bench.operator(Command::SetMode { mode: Mode::Live })), Some(Refusal::NoLiveBroker));
    assert_eq!(bench.state().control.mode, Mode::Analyze);
    let mut bench = Bench::with(|genesis| genesis.mode = Mode::Live);
    assert_eq!(refused(&bench.operator(Command::SetMode { mode: Mode::Analyze })), None);
    assert_eq!(bench.state().control.leaving, Some(Mode::Analyze));
}
