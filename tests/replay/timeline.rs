//! A recorded run as a line in time: any instant of it is what it was then, whichever way one comes there.

use crate::flight::Flight;
use flightdeck::commands::replay::{Facts, Rerun, Timeline, compare};
use flightdeck::model::{Envelope, Event, OrderEvent, Seq, Span};
use flightdeck::state::State;
use flightdeck::store::{RecordedFact, TapeReader};
use flightdeck::strategies::declared;
use flightdeck::wire::MarkKind;
use std::path::Path;

pub(crate) fn open(tape: &Path) -> anyhow::Result<Timeline> {
    let facts = Facts::again(&mut Rerun::open(tape, &declared())?)?;
    Timeline::open(TapeReader::open(tape)?, facts)
}

/// Everything a state is, markets and equity samples too.
pub(crate) fn bytes(state: &State) -> Vec<u8> {
    rmp_serde::to_vec_named(state).unwrap()
}

/// Numbers that look thrown.
fn thrown(count: u64, below: u64) -> impl Iterator<Item = u64> {
    (1..=count).map(move |one| (one.wrapping_mul(6_364_136_223_846_793_005) >> 17) % below)
}

#[test]
fn any_event_one_jumps_to_shows_the_state_of_then() {
    let flight = Flight::of_seconds(40);
    let mut line = open(&flight.tape()).unwrap();
    let (first, last) = (line.track().first_seq.get(), line.track().last_seq.get());
    assert_eq!((first, last), (1, flight.events.last().unwrap().seq.get()));
    assert!(line.track().is_whole && line.kept() > 2 && line.kept() <= 64, "{} states kept", line.kept());
    for seq in thrown(25, last) {
        line.to_event(Seq::new(seq.max(1))).unwrap();
        assert_eq!(line.state().seq.get(), seq.max(1));
        assert!(bytes(line.state()) == bytes(&flight.state_at(seq.max(1))), "the state after #{seq}");
    }
}

#[test]
fn back_is_the_same_as_forward_and_a_step_the_same_as_a_jump() {
    let flight = Flight::of_seconds(30);
    let mut line = open(&flight.tape()).unwrap();
    let (first, last) = (line.track().first, line.track().last);
    for millis in [29_000_i64, 3_000, 17_250, 17_249, 60_000, -5] {
        line.to_time(first.after(Span::from_millis(millis))).unwrap();
        let at = first.after(Span::from_millis(millis)).clamp(first, last);
        assert_eq!(line.at(), at);
        let until = flight.events.iter().take_while(|one| one.at <= at).count();
        assert!(bytes(line.state()) == bytes(&flight.state_at(u64::try_from(until).unwrap())), "{millis} ms");
    }
    let here = flight.events.len() / 2;
    line.to_event(Seq::new(u64::try_from(here).unwrap())).unwrap();
    for wanted in &flight.events[here..here + 500] {
        assert_eq!(line.step().unwrap().as_ref(), Some(wanted));
    }
    let stepped = bytes(line.state());
    line.to_end().unwrap();
    assert!(line.is_at_end() && line.step().unwrap().is_none());
    line.to_event(Seq::new(u64::try_from(here + 500).unwrap())).unwrap();
    assert!(bytes(line.state()) == stepped);
}

#[test]
fn playing_gives_every_event_once_and_no_more_at_a_time_than_asked() {
    let flight = Flight::of_seconds(10);
    let mut line = open(&flight.tape()).unwrap();
    let mut played: Vec<Envelope> = Vec::new();
    let seen = usize::try_from(line.state().seq.get()).unwrap();
    while !line.is_at_end() {
        let before = played.len();
        line.play_to(line.at().after(Span::from_millis(400)), 64, &mut played).unwrap();
        assert!(played.len() - before <= 64);
    }
    assert!(played == flight.events[seen..]);
}

#[test]
fn every_trade_and_order_can_be_jumped_to() {
    let flight = Flight::of_seconds(60);
    let mut line = open(&flight.tape()).unwrap();
    let fills =
        flight.events.iter().filter(|one| matches!(one.event, Event::Order(OrderEvent::Filled { .. })));
    let trades: Vec<u64> = fills.map(|one| one.seq.get()).collect();
    assert!(!trades.is_empty(), "a minute of the demo trades");
    let mut met = Vec::new();
    while let Some(mark) = line.mark_after(|kind| kind == MarkKind::Trade) {
        line.to_event(mark.seq).unwrap();
        met.push(mark.seq.get());
    }
    assert_eq!(met, trades);
    let before = line.mark_before(|kind| kind == MarkKind::Trade).map(|mark| mark.seq.get());
    assert_eq!(before, trades.len().checked_sub(2).map(|at| trades[at]));
    let drawn = line.track().parts.iter().map(|part| u64::from(part.events)).sum::<u64>();
    assert_eq!(drawn, line.track().last_seq.get(), "the scrubber counts every event");
}

#[test]
fn a_cut_tape_says_where_it_ends_and_a_damaged_one_ends_before_the_damage() {
    let flight = Flight::of_seconds(20);
    let whole = std::fs::read(flight.tape()).unwrap();
    let cut = flight.dir().join("cut.fdtape");
    std::fs::write(&cut, &whole[..whole.len() * 2 / 3]).unwrap();
    let mut line = open(&cut).unwrap();
    let told = line.track().checked.to_string();
    assert!(!line.track().is_whole && told.starts_with("CUT: the tape ends at byte"), "{told}");
    line.to_end().unwrap();
    let last = line.state().seq.get();
    assert!(last > 1 && last < u64::try_from(flight.events.len()).unwrap());
    assert!(bytes(line.state()) == bytes(&flight.state_at(last)));

    let mut bad = whole.clone();
    bad[whole.len() / 2] ^= 1;
    let path = flight.dir().join("bad.fdtape");
    std::fs::write(&path, &bad).unwrap();
    // The facts come from elsewhere; the damage lies in the tape.
    let facts = Facts::again(&mut Rerun::open(&flight.tape(), &declared()).unwrap()).unwrap();
    let mut line = Timeline::open(TapeReader::open(&path).unwrap(), facts).unwrap();
    let told = line.track().checked.to_string();
    assert!(!line.track().is_whole && told.contains("ENDS AT #") && told.contains("block"), "{told}");
    line.to_end().unwrap();
    let last = line.state().seq.get();
    line.to_event(Seq::new(1)).unwrap();
    line.to_end().unwrap();
    assert_eq!(line.state().seq.get(), last, "the damage is not read again");
    assert!(bytes(line.state()) == bytes(&flight.state_at(last)));
}

#[test]
fn the_same_strategies_decide_the_same_and_others_are_told_by_their_first_decision() {
    let flight = Flight::of_seconds(60);
    let facts = || {
        flight.events.iter().filter(|one| !one.event.is_replaceable()).map(|one| {
            let event = serde_json::to_string(&one.event).unwrap();
            Ok(RecordedFact { seq: one.seq, at: one.at, cause: one.cause.0, event })
        })
    };
    let mut rerun = Rerun::open(&flight.tape(), &declared()).unwrap();
    let same = compare(&mut rerun, &mut facts(), "itself".to_owned()).unwrap();
    assert_eq!((same.difference.clone(), same.recorded), (None, same.now));
    assert!(same.same > 0 && same.recorded.submitted > 0);

    let kinds = declared();
    let sources = flightdeck::config::Sources { kinds: &kinds, ..Default::default() };
    let mut settings = flightdeck::config::load(&sources).unwrap().settings;
    let gone = settings.strategies.iter().position(|one| one.name == "mm-btc").unwrap();
    settings.strategies.remove(gone);
    let tape = TapeReader::open(&flight.tape()).unwrap();
    let mut rerun = Rerun::with_others(tape, &settings).unwrap();
    let other = compare(&mut rerun, &mut facts(), "without the market maker".to_owned()).unwrap();
    let difference = other.difference.clone().expect("its orders are missing");
    assert!(other.now.submitted < other.recorded.submitted, "{other:?}");
    assert!(difference.recorded.contains(&format!("#{}", difference.seq)), "{difference:?}");
}
