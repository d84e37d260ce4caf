//! A book under a changed configuration: names keep their numbers, what is gone stays in sight, and what cannot be
//! counted any more is refused by name.

use crate::bench::{Bench, buy, new_order};
use crate::world::{A, B, INV, LIN, price};
use flightdeck::model::{
    Calendar, Command, Instrument, InstrumentId, Leads, LinkReport, Mode, OrderStatus, RuleId, Side, Span,
    StrategyId,
};
use flightdeck::state::{Conversion, Genesis, StrategyInfo, Unfit};

fn renamed(instrument: &Instrument, id: u16, symbol: &str) -> Instrument {
    Instrument { id: InstrumentId::new(id), symbol: symbol.into(), ..instrument.clone() }
}

/// Another order of the same things, with a new one in front of each list.
fn turned(genesis: &mut Genesis) {
    let [lin, inv] = [genesis.instruments[0].clone(), genesis.instruments[1].clone()];
    genesis.instruments = vec![renamed(&lin, 0, "NEW"), renamed(&inv, 1, "INV"), renamed(&lin, 2, "LIN")];
    let limits = genesis.limits.instruments.clone();
    genesis.limits.instruments = vec![limits[0], limits[1], limits[0]];
    genesis.conversions = vec![(genesis.conversions[0].0, Conversion::At(InstrumentId::new(1)))];
    let fresh = StrategyInfo {
        name: "fresh".into(),
        instruments: vec![InstrumentId::new(0)],
        ..genesis.strategies[2].clone()
    };
    genesis.strategies.insert(2, fresh);
    genesis.strategies.swap(3, 4);
    for info in &mut genesis.strategies[3..] {
        info.instruments = vec![InstrumentId::new(2)];
    }
    let wide = genesis.limits.strategies[2];
    genesis.limits.strategies.push(wide);
}

#[test]
fn names_keep_their_numbers_whatever_the_order_of_the_file() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    let rests = bench.working(B, buy("1", "99"));
    bench.restart(false, turned).expect("the same names and more");
    let genesis = bench.state().genesis();
    let symbols: Vec<&str> = genesis.instruments.iter().map(|one| one.symbol.as_str()).collect();
    assert_eq!(symbols, ["LIN", "INV", "NEW"]);
    let names: Vec<&str> = genesis.strategies.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["manual", "external", "a", "b", "fresh"]);
    assert!(genesis.instruments.iter().zip(0..).all(|(one, id)| one.id == InstrumentId::new(id)));
    assert_eq!(genesis.strategies[4].instruments, [InstrumentId::new(2)]);
    assert_eq!(genesis.strategies[2].instruments, [LIN]);
    assert_eq!(genesis.conversions[0].1, Conversion::At(INV));
    assert_eq!(bench.net(A), "3");
    assert_eq!(bench.status(rests), OrderStatus::Working);
    assert_eq!(bench.state().orders.total(LIN).orders, 1);
    bench.freshen();
    bench.fill(rests, "1", "99");
    assert_eq!(bench.net(B), "1");
    bench.assert_facts_are_enough();
}

#[test]
fn a_strategy_that_is_gone_stays_as_a_disarmed_row_that_counts() {
    let mut bench = Bench::new();
    bench.hold(B, (Side::Buy, "3"), "100");
    let change = |genesis: &mut Genesis| {
        genesis.strategies.pop();
    };
    bench.restart(false, change).expect("only a strategy less");
    let info = bench.state().genesis().strategy(B).expect("its row");
    assert_eq!((info.name.as_str(), info.kind.as_str(), info.armed), ("b", "-", false));
    assert!(!bench.is_armed(B));
    assert_eq!(bench.net(B), "3");
    bench.freshen();
    assert_eq!(bench.state().ledger.account(LIN).net.to_string(), "3");
    bench.operator(Command::Close { strategy: B, instrument: LIN });
    assert_eq!(bench.state().closing.len(), 1, "a human can still close it");
}

#[test]
fn what_is_held_must_be_counted_as_it_was() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    let changed = bench.restart(false, |genesis| genesis.instruments[0].tick = price("0.5"));
    assert_eq!(changed.expect_err("another tick"), Unfit::Changed { names: "LIN".to_owned() });
    let missing = bench.restart(false, |genesis| genesis.instruments[0].symbol = "OTHER".into());
    assert_eq!(missing.expect_err("no such instrument"), Unfit::Missing { names: "LIN".to_owned() });
    let live = bench.restart(false, |genesis| genesis.mode = Mode::Live);
    assert!(matches!(live.expect_err("another mode"), Unfit::Mode { .. }));
    bench.restart(false, |genesis| genesis.instruments[1].tick = price("0.5")).expect("not held, so free");
}

#[test]
fn an_instrument_that_is_gone_and_not_held_takes_no_new_order() {
    let mut bench = Bench::new();
    let change = |genesis: &mut Genesis| {
        genesis.instruments.pop();
        genesis.limits.instruments.pop();
        genesis.conversions.clear();
    };
    bench.restart(false, change).expect("nothing is held in it");
    assert!(bench.state().genesis().is_retired(INV));
    let spec = flightdeck::engine::OrderSpec { instrument: INV, ..buy("1", "1990") };
    let order = new_order(StrategyId::MANUAL, spec);
    let events = bench.operator(Command::Submit { order });
    let denial = crate::bench::denial(crate::bench::answer(&events));
    assert_eq!(denial.rule, RuleId::Permission, "{denial}");
}

#[test]
fn a_link_of_the_last_process_is_not_known_to_be_up() {
    let mut bench = Bench::new();
    let broker = flightdeck::model::Label::new("broker");
    bench.step(flightdeck::model::Input::Link(LinkReport::Alive { name: broker }));
    bench.restart(false, |_| {}).expect("the same configuration");
    assert!(bench.state().links.list().is_empty());
}

#[test]
fn the_calendar_of_an_instrument_that_is_gone_stays_its_own_over_any_number_of_starts() {
    let leads = Leads { no_entries: Span::ZERO, flatten: Span::ZERO, alarm: Span::ZERO };
    let calendar = |name: &str| Calendar::new(name.into(), leads, Vec::new());
    let mut bench = Bench::with(|genesis| {
        genesis.hours.calendars = vec![calendar("lin"), calendar("inv")];
        genesis.instruments[0].listing.calendar = Some(0);
        genesis.instruments[1].listing.calendar = Some(1);
    });
    for _ in 0..4 {
        let change = |genesis: &mut Genesis| {
            genesis.instruments.truncate(1);
            genesis.limits.instruments.truncate(1);
            genesis.conversions.clear();
            genesis.hours.calendars = vec![calendar("lin")];
        };
        bench.restart(false, change).expect("nothing is held in it");
        let genesis = bench.state().genesis();
        let at = genesis.instrument(INV).and_then(|one| one.listing.calendar).expect("it has one");
        assert_eq!(genesis.hours.calendars[usize::from(at)].name.as_str(), "inv");
        assert_eq!(genesis.hours.calendars.len(), 2);
    }
}
