//! Hours: who trades when, what a closed market is not, and what goes before a day ends.

use super::bench::{Answer, Bench, buy, canceling, denial, market, sell, submitted};
use super::world::{A, B, INV, LIN, price, qty};
use flightdeck::model::{
    Actor, BrokerReport, Calendar, Class, Command, ControlEvent, Denial, Envelope, Event, Hours, Instrument,
    InstrumentId, InstrumentLimits, KillLevel, Label, Leads, MarketEvent, Measure, NetQty, Right, RuleId,
    Scope, Session, Side, Span, StrategyId, Timestamp,
};
use flightdeck::state::{Accounts, Genesis, VenueAccount};

/// The bench's start.
const START: Timestamp = Timestamp::from_nanos(1_723_075_200_000_000_000);
const MINUTE: Span = Span::from_secs(60);

pub(crate) fn minutes(count: i64) -> Span {
    Span::from_secs(60 * count)
}

fn at(minute: i64) -> Timestamp {
    START.after(minutes(minute))
}

/// Gives the linear instrument sessions, in minutes from the bench's start: open, close, whether it ends the day.
pub(crate) fn trades(genesis: &mut Genesis, sessions: &[(i64, i64, bool)]) {
    let leads = Leads { no_entries: minutes(5), flatten: minutes(10), alarm: minutes(3) };
    let session = |&(open, close, ends_day): &_| Session { open: at(open), close: at(close), ends_day };
    let sessions = sessions.iter().map(session).collect();
    genesis.hours.calendars = vec![Calendar::new("bench".into(), leads, sessions)];
    genesis.instruments[LIN.index()].listing.calendar = Some(0);
}

/// A day of an hour, the next one a day later.
fn a_day(genesis: &mut Genesis) {
    trades(genesis, &[(0, 60, true), (1_440, 1_500, true)]);
}

fn intraday(genesis: &mut Genesis) {
    a_day(genesis);
    genesis.hours.intraday.insert(A);
}

/// Lets the bench stand at a minute, with fresh quotes.
fn go_to(bench: &mut Bench, minute: i64) {
    bench.wait(at(minute).since(bench.now));
    bench.freshen();
}

fn refused(answer: Answer) -> Denial {
    let denied = denial(answer);
    assert_eq!(denied.rule, RuleId::Session, "{denied}");
    denied
}

fn controls(events: &[Envelope]) -> Vec<&ControlEvent> {
    let mut found = Vec::new();
    for envelope in events {
        if let Event::Control(control) = &envelope.event {
            found.push(control);
        }
    }
    found
}

fn day_ends(events: &[Envelope]) -> usize {
    controls(events).into_iter().filter(|one| matches!(one, ControlEvent::SessionEnd { .. })).count()
}

#[test]
fn a_closed_market_takes_no_order_and_says_when_it_opens() {
    let mut bench = Bench::with(a_day);
    bench.hold(A, (Side::Buy, "1"), "100");
    go_to(&mut bench, 61);
    let entry = refused(bench.ask(A, buy("1", "100")));
    let Measure::Age(opens) = entry.value else { panic!("{entry}") };
    assert!(opens > minutes(1_378) && opens < minutes(1_379), "{entry}");
    assert_eq!(entry.detail, "closed, opens in");
    // An exit would be refused by the venue as well: it waits for the next session.
    refused(bench.ask(A, market(Side::Sell, "1").reduce_only()));
    go_to(&mut bench, 1_441);
    assert!(matches!(bench.ask(A, buy("1", "100")), Answer::Released(_)));
}

#[test]
fn shortly_before_the_close_only_exits_pass() {
    let mut bench = Bench::with(a_day);
    bench.hold(A, (Side::Buy, "1"), "100");
    go_to(&mut bench, 54);
    assert!(matches!(bench.ask(B, buy("1", "100")), Answer::Released(_)));
    go_to(&mut bench, 56);
    let late = refused(bench.ask(B, buy("1", "99")));
    assert_eq!((late.detail, late.limit), ("too close to the close", Measure::Age(minutes(5))));
    assert!(matches!(bench.ask(A, market(Side::Sell, "1").reduce_only()), Answer::Released(_)));
}

#[test]
fn a_break_at_noon_is_no_end_of_the_day() {
    let mut bench = Bench::with(|genesis| {
        trades(genesis, &[(0, 60, false), (90, 150, true)]);
        genesis.hours.intraday.insert(A);
    });
    bench.hold(A, (Side::Buy, "1"), "100");
    go_to(&mut bench, 58);
    assert!(matches!(bench.ask(A, buy("1", "100")), Answer::Released(_)));
    assert_eq!(day_ends(&bench.tick()), 0);
    go_to(&mut bench, 70);
    assert_eq!(refused(bench.ask(A, buy("1", "100"))).detail, "closed, opens in");
}

#[test]
fn a_closed_market_is_not_a_stale_feed() {
    let stale = |events: &[Envelope]| {
        let of =
            |one: &&Envelope| matches!(one.event, Event::Market(MarketEvent::Stale { instrument: LIN, .. }));
        events.iter().filter(of).count()
    };
    let mut bench = Bench::with(a_day);
    go_to(&mut bench, 61);
    bench.wait(minutes(600));
    assert_eq!(stale(&bench.tick()), 0);
    // A market that has just opened is given its time, and no more.
    bench.wait(at(1_440).since(bench.now));
    assert_eq!(stale(&bench.tick()), 0);
    bench.wait(Span::from_secs(3));
    assert_eq!(stale(&bench.tick()), 1);
}

#[test]
fn before_the_close_an_intraday_strategy_is_taken_out_and_kept_out() {
    let mut bench = Bench::with(intraday);
    bench.hold(A, (Side::Buy, "3"), "100");
    let stop = bench.working(A, sell("3", "120").reduce_only());
    let entry = bench.working(A, buy("1", "95"));
    let other = bench.working(B, buy("1", "95"));
    go_to(&mut bench, 49);
    assert_eq!(day_ends(&bench.tick()), 0);
    go_to(&mut bench, 51);
    let events = bench.tick();
    assert_eq!(day_ends(&events), 1);
    let canceled = canceling(&events);
    assert!(canceled.contains(&entry) && canceled.contains(&stop) && !canceled.contains(&other));
    assert_eq!(refused(bench.ask(A, buy("1", "100"))).limit, Measure::Age(minutes(10)));
    bench.confirm_cancel(entry);
    let events = bench.confirm_cancel(stop);
    let [close] = submitted(&events)[..] else { panic!("{events:?}") };
    let order = bench.state().orders.get(close).expect("a close").request;
    assert!(order.reduce_only && order.side == Side::Sell && order.qty == qty("3"));
    bench.accept(close);
    bench.fill(close, "3", "100");
    assert_eq!(bench.net(A), "0");
    // Once a day, and never the other way.
    go_to(&mut bench, 55);
    let events = bench.tick();
    assert!(day_ends(&events) == 0 && submitted(&events).is_empty());
    bench.assert_replica_is_equal();
}

#[test]
fn what_is_refused_is_tried_again_and_alarmed_about_once() {
    let mut bench = Bench::with(intraday);
    bench.hold(A, (Side::Buy, "3"), "100");
    go_to(&mut bench, 51);
    let [first] = submitted(&bench.tick())[..] else { panic!("no close") };
    bench.reject(first);
    bench.wait(Span::from_secs(1));
    assert!(submitted(&bench.tick()).is_empty());
    go_to(&mut bench, 52);
    let [second] = submitted(&bench.tick())[..] else { panic!("not tried again") };
    bench.accept(second);
    let late = |events: &[Envelope]| {
        let is = |one: &&ControlEvent| matches!(one, ControlEvent::SessionLate { strategy: A, .. });
        controls(events).into_iter().filter(is).count()
    };
    go_to(&mut bench, 56);
    assert_eq!(late(&bench.tick()), 0);
    go_to(&mut bench, 58);
    assert_eq!(late(&bench.tick()), 1);
    assert_eq!(late(&bench.tick()), 0);
}

#[test]
fn a_fill_that_comes_late_is_closed_too_and_a_k4_is_not_doubled() {
    let mut bench = Bench::with(intraday);
    let entry = bench.working(A, buy("2", "99"));
    go_to(&mut bench, 51);
    assert_eq!(day_ends(&bench.tick()), 1);
    bench.fill(entry, "2", "99");
    let events = bench.tick();
    assert_eq!((day_ends(&events), submitted(&events).len()), (0, 1));

    let mut bench = Bench::with(intraday);
    bench.hold(A, (Side::Buy, "2"), "100");
    go_to(&mut bench, 50);
    bench.kill(KillLevel::K4, Scope::Strategy(A));
    bench.wait(MINUTE);
    bench.freshen();
    let events = bench.tick();
    assert!(submitted(&events).is_empty() && day_ends(&events) == 0);
}

/// A future and a call on the bench's linear instrument, ending after so many minutes.
fn family(genesis: &mut Genesis, ends: &[i64]) -> Vec<InstrumentId> {
    let mut made = Vec::new();
    for (index, minute) in ends.iter().enumerate() {
        let id = InstrumentId::new(u16::try_from(genesis.instruments.len()).unwrap());
        let (underlying, expiry) = (LIN, at(*minute));
        let class = if index % 2 == 0 {
            Class::Future { underlying, expiry }
        } else {
            Class::Option { underlying, expiry, strike: price("98"), right: Right::Call }
        };
        let mut one =
            Instrument { id, symbol: format!("D{index}").as_str().into(), ..genesis.instruments[0].clone() };
        one.min_price = price("0.1");
        one.min_notional = flightdeck::model::Money::ZERO;
        one.listing.class = class;
        one.listing.roll_before = minutes(2_880);
        genesis.instruments.push(one);
        let limits: InstrumentLimits = genesis.limits.instruments[0];
        genesis.limits.instruments.push(limits);
        made.push(id);
    }
    made
}

fn order(bench: &mut Bench, who: StrategyId, instrument: InstrumentId, side: Side, count: &str) -> Answer {
    let spec = flightdeck::engine::OrderSpec::market(instrument, side, qty(count), "test");
    bench.ask(who, spec)
}

#[test]
fn an_ended_contract_takes_no_order_and_is_settled_in_every_book() {
    let mut ids = Vec::new();
    let mut bench = Bench::with(|genesis| ids = family(genesis, &[30, 30]));
    let (future, call) = (ids[0], ids[1]);
    bench.quote(future, "100.9", "101.1");
    bench.quote(call, "3.9", "4.1");
    for (who, instrument, side, at) in
        [(A, future, Side::Buy, "101.1"), (B, future, Side::Sell, "100.9"), (A, call, Side::Buy, "4.1")]
    {
        let Answer::Released(id) = order(&mut bench, who, instrument, side, "2") else { panic!("{who:?}") };
        bench.accept(id);
        bench.fill(id, "2", at);
    }
    bench.wait(at(31).since(bench.now));
    bench.freshen();
    for instrument in [future, call] {
        assert_eq!(refused(order(&mut bench, A, instrument, Side::Buy, "1")).detail, "expired since");
    }
    let fills = bench.state().ledger.fills;
    for (instrument, settled) in [(future, "103"), (call, "5")] {
        let report = || BrokerReport::Settled { instrument, price: price(settled), at: at(30) };
        assert_eq!(bench.report(report()).len(), 1);
        assert!(bench.report(report()).is_empty(), "told twice, booked once");
    }
    let state = bench.state();
    for (who, instrument) in [(A, future), (B, future), (A, call)] {
        assert_eq!(state.ledger.position(who, instrument).net, NetQty::ZERO);
    }
    // 2 × (103 − 101.1) + 2 × (5 − 4.1), and 2 × (100.9 − 103). The future's account was flat: no fill of the broker's.
    assert_eq!(state.strategy_pnl(A).unwrap().net.to_string(), "5.6");
    assert_eq!(state.strategy_pnl(B).unwrap().net.to_string(), "-4.2");
    assert_eq!(state.account_pnl().unwrap().net.to_string(), "1.4");
    assert_eq!(state.ledger.fills, fills + 1);
    bench.assert_replica_is_equal();
}

#[test]
fn a_future_that_is_held_calls_for_its_roll_once_a_day() {
    let mut ids = Vec::new();
    let mut bench = Bench::with(|genesis| ids = family(genesis, &[3_000, 9, 9_000]));
    let (near, far) = (ids[0], ids[2]);
    let genesis = bench.state().genesis().clone();
    assert_eq!(genesis.front(LIN, at(0)), Some(near));
    assert_eq!(genesis.front(LIN, at(3_000)), Some(far));
    bench.quote(near, "100.9", "101.1");
    let Answer::Released(id) = order(&mut bench, A, near, Side::Buy, "1") else { panic!("denied") };
    bench.accept(id);
    bench.fill(id, "1", "101");
    let calls = |events: &[Envelope]| {
        let of = |one: &ControlEvent| {
            let ControlEvent::RollDue { strategy, instrument, into, .. } = one else { return None };
            Some((*strategy, *instrument, *into))
        };
        controls(events).into_iter().filter_map(of).collect::<Vec<_>>()
    };
    assert!(calls(&bench.tick()).is_empty(), "two days and two hours before");
    bench.wait(minutes(121));
    assert_eq!(calls(&bench.tick()), [(A, near, Some(far))]);
    assert!(calls(&bench.tick()).is_empty());
    bench.wait(minutes(1_441));
    assert_eq!(calls(&bench.tick()).len(), 1);
}

#[test]
fn what_is_held_at_an_account_is_rolled_at_that_account() {
    let mut ids = Vec::new();
    let mut bench = Bench::with(|genesis| {
        ids = family(genesis, &[3_000, 9, 9_000, 9, 9_000]);
        let further = VenueAccount { name: Label::new("b"), place: "openalgo b".into(), active: true };
        genesis.accounts = Accounts::new(&"openalgo a".into(), [(further, vec![ids[0], ids[4]])]);
    });
    bench.quote(ids[0], "100.9", "101.1");
    let Answer::Released(id) = order(&mut bench, A, ids[0], Side::Buy, "1") else { panic!("denied") };
    bench.accept(id);
    bench.fill(id, "1", "101");
    bench.wait(minutes(121));
    let events = bench.tick();
    let into = controls(&events).into_iter().find_map(|one| {
        let ControlEvent::RollDue { into, .. } = one else { return None };
        Some(*into)
    });
    assert_eq!(into, Some(Some(ids[4])), "not the first's contract of the same day");
}

#[test]
fn an_index_is_not_traded_and_a_superseded_contract_only_closed() {
    let mut bench = Bench::with(|genesis| genesis.instruments[LIN.index()].listing.class = Class::Index);
    assert_eq!(refused(bench.ask(A, buy("1", "100"))).detail, "an index is not traded");
    let mut bench = Bench::with(|genesis| {
        genesis.instruments[LIN.index()].listing.generation = 1;
    });
    bench.hold(A, (Side::Buy, "1"), "100");
    let mut old = bench.state().genesis().clone();
    old.instruments[LIN.index()].listing.superseded = true;
    let mut bench = Bench::with(|genesis| *genesis = old);
    let denied = refused(bench.ask(A, buy("1", "100")));
    assert_eq!((denied.value, denied.detail), (Measure::Count(1), "superseded generation"));
    assert!(matches!(bench.state().genesis().hours(INV, bench.now), Hours::Always));
    let closes = Command::Close { strategy: A, instrument: LIN };
    bench.command(Actor::Operator, closes);
}
