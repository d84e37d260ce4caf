//! What is written is read back: the state, the header, the end; snapshots and several runs in one chain.

use crate::book::{Place, facts, folded, header, story, written};
use crate::story::NOON;
use flightdeck::model::{Mode, OrderStatus};
use flightdeck::store::{FactOptions, FactWriter, check_facts, read_past, state_hash};

#[test]
fn what_was_committed_is_read_back_to_the_same_state() {
    let (place, facts) = written(Mode::Analyze, 20, false);
    let past = read_past(place.paths()).unwrap().unwrap();
    assert_eq!(past.facts, i64::try_from(facts.len()).unwrap());
    assert_eq!(past.folded, past.facts, "no snapshot yet");
    assert_eq!(state_hash(&past.state).unwrap(), folded(Mode::Analyze, &facts));
    assert_eq!(past.ended, None, "nobody said that it ended");
    assert_eq!((past.cut, past.ignored.len()), (None, 0));
    let order = past.state.orders.open().first().unwrap().clone();
    assert_eq!((order.id.get(), order.status), (2, OrderStatus::Working));
    assert_eq!(past.state.genesis(), past.genesis.as_ref());
    let told = (past.header.run, past.header.name.as_str(), past.header.epoch, past.header.account.as_str());
    assert_eq!(told, (past.genesis.run, "20240808-120000_buyer", 1, "sandbox"));
    assert_eq!((past.header.host.as_str(), past.header.started_at), ("desk", NOON));
}

#[test]
fn nothing_written_is_no_past_and_no_error() {
    let place = Place::new();
    assert!(read_past(place.paths()).unwrap().is_none());
    assert!(check_facts(place.paths(), None).unwrap().is_none());
}

#[test]
fn a_run_goes_on_where_the_last_ended_and_all_runs_are_one_chain() {
    let (place, first) = written(Mode::Analyze, 5, true);
    let past = read_past(place.paths()).unwrap().unwrap();
    assert_eq!(past.ended, Some(NOON));
    assert_eq!(past.folded, 0, "an end in order leaves a snapshot of the last state");
    let hash = state_hash(&past.state).unwrap();
    let seq = past.state.seq;
    let mut second = FactWriter::begin(&place.dir, past.state, &header(), FactOptions::default()).unwrap();
    assert_eq!((second.seq(), second.epoch()), (seq, 2));
    let mut later = facts(&story(Mode::Analyze, 30)).split_off(first.len());
    later.truncate(7);
    second.commit(&later).unwrap();
    drop(second);
    let past = read_past(place.paths()).unwrap().unwrap();
    assert_eq!((past.header.epoch, past.facts, past.ended), (2, 7, None));
    let all: Vec<_> = first.iter().chain(&later).cloned().collect();
    assert_ne!(state_hash(&past.state).unwrap(), hash);
    assert_eq!(state_hash(&past.state).unwrap(), folded(Mode::Analyze, &all));
    let checked = check_facts(place.paths(), None).unwrap().unwrap();
    assert_eq!((checked.runs, checked.facts, checked.damage), (2, i64::try_from(all.len()).unwrap(), None));
}

#[test]
fn snapshots_save_folding_and_give_the_same_state() {
    let place = Place::new();
    let events = story(Mode::Analyze, 700);
    let expected = folded(Mode::Analyze, &facts(&events));
    let options = FactOptions { snapshot_every: 100, ..FactOptions::default() };
    let (mut feed, thread) = place.at_work(Mode::Analyze, options, None);
    let durable = feed.durable();
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for group in events.chunks(50) {
        let before = durable.upto();
        feed.take(group, 1);
        waiting.block_on(durable.beyond(before, false));
    }
    drop(feed);
    thread.finish(None);
    assert!(thread.join());
    let past = read_past(place.paths()).unwrap().unwrap();
    assert!(past.folded < past.facts, "{} of {} were folded", past.folded, past.facts);
    assert_eq!(state_hash(&past.state).unwrap(), expected);
    let checked = check_facts(place.paths(), None).unwrap().unwrap();
    assert!(checked.snapshots >= 1 && checked.snapshots <= 3, "{checked:?}");
    assert_eq!(checked.damage, None);
}

#[test]
fn a_full_ring_loses_nothing_and_keeps_the_order() {
    let place = Place::new();
    let events = story(Mode::Analyze, 9_000);
    let (release, locked) = std::sync::mpsc::sync_channel::<()>(0);
    let hold = Box::new(move || while locked.recv().is_ok() {});
    let (mut feed, thread) = place.at_work(Mode::Analyze, FactOptions::default(), Some(hold));
    feed.take(&events, 1);
    assert_eq!(feed.standing(1), flightdeck::state::Journal::Behind, "more waits than the ring holds");
    drop(release);
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let durable = feed.durable();
    while !durable.holds(events.last().unwrap().seq) {
        waiting.block_on(durable.beyond(durable.upto(), false));
        feed.standing(1);
    }
    assert_eq!(feed.standing(1), flightdeck::state::Journal::Well);
    drop(feed);
    thread.finish(Some(NOON));
    assert!(thread.join());
    let checked = check_facts(place.paths(), None).unwrap().unwrap();
    let count = i64::try_from(facts(&events).len()).unwrap();
    assert_eq!((checked.facts, checked.damage), (count, None));
}

#[test]
fn a_state_that_was_written_and_read_back_is_the_same_state() {
    let (place, facts) = written(Mode::Analyze, 5, true);
    let mut direct = crate::book::new_state(Mode::Analyze);
    for fact in &facts {
        direct.apply(&fact.envelope);
    }
    let read = read_past(place.paths()).unwrap().unwrap().state;
    let (direct, read) = (format!("{:#?}", direct.canonical()), format!("{:#?}", read.canonical()));
    let differ = direct.lines().zip(read.lines()).enumerate().find(|(_, (one, other))| one != other);
    let around =
        |at: usize| direct.lines().skip(at.saturating_sub(12)).take(16).collect::<Vec<_>>().join("\n");
    assert_eq!(
        differ,
        None,
        "the first line that differs:\n{}",
        differ.map_or_else(String::new, |(at, _)| around(at))
    );
    assert_eq!(direct.lines().count(), read.lines().count());
}
