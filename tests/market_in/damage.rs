//! A recording that is not as it was written is told so with its place, and nothing of the damaged part is used.

use crate::desk::{START, btcusdt, instruments, invented, tape_of};
use flightdeck::adapters::synthetic::SyntheticOptions;
use flightdeck::adapters::tape::{
    Damage, OnDamage, Part, Playback, Repeat, TapeError, TapeReader, TapeSource,
};
use flightdeck::model::{Instrument, Timestamp};
use flightdeck::sim::{MarketSource as _, RawBody, RawMessage, SourceError};
use proptest::prelude::*;

fn messages(count: usize) -> Vec<RawMessage> {
    invented(SyntheticOptions::new(11, START), count)
}

/// All messages, or the first error.
fn read(bytes: Vec<u8>) -> Result<Vec<RawMessage>, TapeError> {
    let mut reader = TapeReader::from_bytes(bytes, "test.tape")?;
    let mut all = Vec::new();
    while let Some(messages) = reader.next_block()? {
        all.extend(messages);
    }
    Ok(all)
}

#[test]
fn what_was_recorded_comes_back_exactly() {
    let mut recorded = messages(9_000);
    // Times that are no whole milliseconds, before the epoch of the other clock, and a session's own words.
    recorded[10].venue_time = Timestamp::from_nanos(1_723_161_255_000_000_017);
    recorded[11].venue_time = Timestamp::from_nanos(-3);
    let last = recorded.last().unwrap().clone();
    recorded.push(RawMessage { body: RawBody::Looped { pass: 3 }, ..last.clone() });
    recorded.push(RawMessage { body: RawBody::Damaged { detail: "recorded as damaged" }, ..last });
    assert!(read(tape_of(&recorded)).unwrap() == recorded);
}

#[test]
fn an_empty_recording_is_a_recording() {
    assert_eq!(read(tape_of(&[])).unwrap(), []);
}

#[test]
fn every_flipped_byte_is_found() {
    let recorded = messages(12);
    let bytes = tape_of(&recorded);
    for place in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut flipped = bytes.clone();
            flipped[place] ^= bit;
            let error = read(flipped).expect_err(&format!("byte {place} of {}", bytes.len()));
            assert!(error.to_string().starts_with("test.tape: "), "{error}");
        }
    }
}

#[test]
fn every_truncation_is_found_and_says_where_the_file_ends() {
    let bytes = tape_of(&messages(12));
    for length in 0..bytes.len() {
        let cut = bytes[..length].to_vec();
        match read(cut.clone()) {
            Err(TapeError::Truncated { offset, .. }) => assert_eq!(offset, u64::try_from(length).unwrap()),
            other => panic!("cut at {length}: {other:?}"),
        }
        // The walk over the heads, before any playback, finds it too.
        let walked = TapeReader::from_bytes(cut, "test.tape").and_then(|mut reader| reader.totals());
        assert!(matches!(walked, Err(TapeError::Truncated { .. })), "cut at {length}: {walked:?}");
    }
}

#[test]
fn foreign_newer_and_overlong_files_are_told_apart() {
    let bytes = tape_of(&messages(12));
    let error = read(b"seq,recv_ts_ns,price\n1,2,3\n".to_vec()).unwrap_err();
    assert!(matches!(error, TapeError::Foreign { .. }), "{error}");
    let mut newer = bytes.clone();
    newer[8] = 2;
    let error = read(newer).unwrap_err();
    assert!(matches!(error, TapeError::Newer { found: 2, known: 1, .. }), "{error}");
    let mut longer = bytes.clone();
    longer.push(0);
    let error = read(longer).unwrap_err();
    let trailing = TapeError::Damaged {
        path: "test.tape".to_owned(),
        offset: u64::try_from(bytes.len()).unwrap(),
        part: Part::End,
        damage: Damage::Trailing,
    };
    assert_eq!(error.to_string(), trailing.to_string());
}

/// A recording of three blocks with a byte flipped inside the second, and what was recorded.
fn damaged_in_the_middle() -> (Vec<u8>, Vec<RawMessage>) {
    let recorded = messages(20_000);
    let mut bytes = tape_of(&recorded);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    (bytes, recorded)
}

#[test]
fn what_came_before_a_damaged_block_is_delivered_and_nothing_of_the_block() {
    let (bytes, recorded) = damaged_in_the_middle();
    let playback = Playback { repeat: Repeat::Once, on_damage: OnDamage::Stop };
    let reader = TapeReader::from_bytes(bytes, "test.tape").unwrap();
    let mut source = TapeSource::tape(reader, playback).unwrap();
    for expected in &recorded[..8_192] {
        assert!(source.next_message().unwrap().as_ref() == Some(expected));
    }
    let error = source.next_message().unwrap_err();
    let SourceError::Damaged { path, problem } = &error else { panic!("{error}") };
    assert_eq!(path, "test.tape");
    assert!(
        problem.starts_with("block 2 at byte ") && problem.ends_with("checksum does not match"),
        "{problem}"
    );
    assert!(source.next_message().unwrap().is_none());
}

#[test]
fn a_damaged_block_can_be_left_out_and_each_book_is_told() {
    let (bytes, recorded) = damaged_in_the_middle();
    let playback = Playback { repeat: Repeat::Once, on_damage: OnDamage::Skip };
    let mut source = TapeSource::tape(TapeReader::from_bytes(bytes, "test.tape").unwrap(), playback).unwrap();
    let mut played = Vec::new();
    while let Some(message) = source.next_message().unwrap() {
        played.push(message);
    }
    let lost = &played[8_192..8_194];
    assert!(lost.iter().all(|message| matches!(message.body, RawBody::Damaged { .. })), "{lost:?}");
    assert_eq!(lost[0].local_time, recorded[8_192].local_time);
    assert!(played[8_194..] == recorded[16_384..]);
}

#[test]
fn a_recording_that_was_cut_off_is_refused_or_played_up_to_its_last_whole_block() {
    let recorded = messages(9_000);
    let mut bytes = tape_of(&recorded);
    bytes.truncate(bytes.len() - 40);
    let open = |on_damage| {
        let reader = TapeReader::from_bytes(bytes.clone(), "test.tape").unwrap();
        TapeSource::tape(reader, Playback { repeat: Repeat::Once, on_damage })
    };
    let error = open(OnDamage::Stop).unwrap_err().to_string();
    assert!(error.contains("cut off at byte") && error.contains("in block 2"), "{error}");
    let mut source = open(OnDamage::Skip).unwrap();
    assert_eq!(source.length(), None);
    for expected in &recorded[..8_192] {
        assert!(source.next_message().unwrap().as_ref() == Some(expected));
    }
    assert!(source.next_message().unwrap_err().to_string().contains("cut off at byte"));
}

#[test]
fn a_recording_of_none_of_the_configured_instruments_names_what_it_holds() {
    let other = Instrument { symbol: "SOLUSDT".into(), ..btcusdt() };
    let reader = TapeReader::from_bytes(tape_of(&messages(12)), "test.tape").unwrap();
    let error = reader.select(&[other]).unwrap_err().to_string();
    assert_eq!(error, "test.tape: holds BTCUSDT, ETHUSD_PERP, none of which is configured");
    let reader = TapeReader::from_bytes(tape_of(&messages(300)), "test.tape").unwrap();
    let mut reader = reader.select(&instruments()[1..]).unwrap();
    let only = reader.next_block().unwrap().unwrap();
    assert!(!only.is_empty() && only.iter().all(|message| message.instrument == instruments()[1].id));
}

/// A change to the bytes of a file.
#[derive(Debug, Clone)]
enum Mutation {
    Set(usize, u8),
    Insert(usize, u8),
    Delete(usize, usize),
    Repeat(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        (any::<usize>(), 1..64_usize).prop_map(|(at, count)| Mutation::Delete(at, count)),
        (any::<usize>(), 1..64_usize).prop_map(|(at, count)| Mutation::Repeat(at, count)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    let length = bytes.len().max(1);
    match *mutation {
        Mutation::Set(at, byte) => {
            if let Some(place) = bytes.get_mut(at % length) {
                *place = byte;
            }
        }
        Mutation::Insert(at, byte) => bytes.insert(at % length, byte),
        Mutation::Delete(at, count) => {
            let (from, to) = (at % length, (at % length + count).min(bytes.len()));
            bytes.drain(from..to);
        }
        Mutation::Repeat(at, count) => {
            let (from, to) = (at % length, (at % length + count).min(bytes.len()));
            bytes.extend_from_within(from..to);
        }
    }
}

proptest! {
    #[test]
    fn no_mutation_of_a_file_panics_or_changes_a_message(mutations in prop::collection::vec(mutation(), 1..6)) {
        let recorded = messages(12);
        let mut bytes = tape_of(&recorded);
        for one in &mutations {
            mutate(&mut bytes, one);
        }
        match read(bytes) {
            Ok(read) => prop_assert!(read == recorded),
            Err(error) => prop_assert!(error.to_string().starts_with("test.tape: ")),
        }
    }
}
