//! A recording played again and again is one market whose time never goes back.

use crate::desk::{START, instruments, invented, tape_of};
use flightdeck::adapters::synthetic::SyntheticOptions;
use flightdeck::adapters::tape::{
    BUILT_IN, BUILT_IN_NAME, FolderMerge, FolderReader, OnDamage, Playback, Repeat, TapeReader, TapeSource,
};
use flightdeck::model::{MarketEvent, Span};
use flightdeck::sim::{MarketFold, MarketSource, RawBody, RawMessage};
use std::path::Path;

const LOOP: Playback = Playback { repeat: Repeat::Loop, on_damage: OnDamage::Stop };

/// The hashes of both books at the end of each of the first passes, checking the clock on the way.
fn books_by_pass(source: &mut dyn MarketSource, passes: usize) -> Vec<[String; 2]> {
    let ids = instruments().map(|instrument| instrument.id);
    let (mut fold, mut out, mut hashes) = (MarketFold::new(ids), Vec::new(), Vec::new());
    let mut before: Option<RawMessage> = None;
    while hashes.len() < passes {
        let message = source.next_message().unwrap().expect("a loop has no end");
        assert!(before.as_ref().is_none_or(|before| before.local_time <= message.local_time));
        if message.body == (RawBody::Looped { pass: u32::try_from(hashes.len() + 1).unwrap() }) {
            hashes.push(ids.map(|id| fold.book(id).unwrap().hash()));
            let other = source.next_message().unwrap().expect("each instrument is told");
            assert_eq!((&other.body, other.local_time), (&message.body, message.local_time));
            assert_ne!(other.instrument, message.instrument);
            fold.apply(&other, &mut out);
        }
        fold.apply(&message, &mut out);
        before = Some(message);
    }
    let told = out.iter().filter(|event| matches!(event, MarketEvent::Looped { .. })).count();
    assert_eq!(told, 2 * passes);
    hashes
}

#[test]
fn every_pass_builds_the_same_books_at_later_times() {
    let options = SyntheticOptions { gap_every: None, ..SyntheticOptions::new(5, START) };
    let recorded = invented(options, 3_000);
    let length = recorded.last().unwrap().local_time.since(START);
    let reader = TapeReader::from_bytes(tape_of(&recorded), "test.tape").unwrap();
    let mut source = TapeSource::tape(reader.select(&instruments()).unwrap(), LOOP).unwrap();
    assert_eq!(source.length(), Some(length));
    let hashes = books_by_pass(&mut source, 3);
    assert_eq!((&hashes[0], &hashes[1]), (&hashes[1], &hashes[2]));
    let first = source.next_message().unwrap().unwrap();
    assert_eq!(first.local_time.since(START), Span::from_nanos(3 * length.nanos()) + Span::from_secs(3));
    assert_eq!((first.instrument, &first.body), (recorded[0].instrument, &recorded[0].body));
    assert_eq!(
        first.local_time.since(first.venue_time),
        recorded[0].local_time.since(recorded[0].venue_time)
    );
}

#[test]
fn the_built_in_recording_begins_at_once_and_knows_its_length() {
    let reader = TapeReader::from_bytes(BUILT_IN, BUILT_IN_NAME).unwrap();
    let mut source = TapeSource::tape(reader.select(&instruments()).unwrap(), LOOP).unwrap();
    assert_eq!(source.length().unwrap().millis(), 344_958);
    let first = source.next_message().unwrap().unwrap();
    assert_eq!(first.local_time.nanos(), 1_723_161_255_030_314_667);
    assert_eq!(first.venue_time.nanos(), 1_723_161_256_298_000_000, "the venue's clock runs ahead");
}

#[test]
fn a_folder_plays_once_or_in_a_loop() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recording/btcusdt_small");
    let open = || FolderMerge::new(vec![FolderReader::open(&folder, &instruments()[0]).unwrap()]).unwrap();
    let mut once = TapeSource::folders(open(), Playback { repeat: Repeat::Once, on_damage: OnDamage::Stop });
    let mut count = 0;
    while once.next_message().unwrap().is_some() {
        count += 1;
    }
    assert_eq!((count, once.length()), (8, None));
    let mut looped = TapeSource::folders(open(), LOOP);
    let messages: Vec<_> = (0..10).map(|_| looped.next_message().unwrap().unwrap()).collect();
    assert_eq!(messages[8].body, RawBody::Looped { pass: 1 });
    assert_eq!(messages[9].local_time.since(messages[7].local_time), Span::from_secs(1));
    assert_eq!(looped.length(), Some(Span::from_nanos(700_000)));
}
