//! The input tape itself: what goes in comes out, a tape cut anywhere gives what is whole, a byte changed anywhere is found.

use crate::sample::{entries, header};
use flightdeck::model::Seq;
use flightdeck::store::{Entry, TapeEnd, TapeFileError, TapeReader, TapeWriter};
use std::path::Path;

fn write(path: &Path, all: &[Entry], per_block: usize, in_order: bool) {
    let mut writer = TapeWriter::create(path, &header()).unwrap();
    for part in all.chunks(per_block) {
        for entry in part {
            writer.add(entry).unwrap();
        }
        writer.flush().unwrap();
    }
    if in_order {
        writer.finish().unwrap();
    }
}

fn read(path: &Path) -> Result<(Vec<Entry>, Option<TapeEnd>), TapeFileError> {
    let mut reader = TapeReader::open(path)?;
    let mut all = Vec::new();
    while reader.block(&mut all)? {}
    Ok((all, reader.end()))
}

#[test]
fn what_the_core_took_comes_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.fdtape");
    let all = entries();
    write(&path, &all, 7, true);
    assert_eq!(read(&path).unwrap(), (all, Some(TapeEnd::InOrder)));
}

#[test]
fn a_tape_cut_at_any_byte_gives_what_is_whole_and_says_where_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.fdtape");
    let all = entries();
    write(&path, &all, 5, false);
    let whole = std::fs::read(&path).unwrap();
    let (full, end) = read(&path).unwrap();
    assert_eq!(full, all);
    assert_eq!(end, Some(TapeEnd::Cut { offset: u64::try_from(whole.len()).unwrap() }));
    let cut = dir.path().join("cut.fdtape");
    let mut before = all.len();
    for length in (0..whole.len()).rev().step_by(3) {
        std::fs::write(&cut, &whole[..length]).unwrap();
        match read(&cut) {
            Ok((some, Some(TapeEnd::Cut { offset }))) => {
                assert!(all.starts_with(&some) && some.len() <= before && offset <= length as u64);
                before = some.len();
            }
            Err(TapeFileError::Head { .. } | TapeFileError::Foreign { .. }) => assert!(before <= 5),
            other => panic!("cut at {length}: {other:?}"),
        }
    }
}

#[test]
fn one_byte_changed_anywhere_is_found_and_nothing_after_it_is_believed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.fdtape");
    let all = entries();
    write(&path, &all, 5, true);
    let whole = std::fs::read(&path).unwrap();
    let bad = dir.path().join("bad.fdtape");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&bad, &bytes).unwrap();
        let mut some = Vec::new();
        let found = TapeReader::open(&bad).and_then(|mut reader| {
            while reader.block(&mut some)? {}
            Ok(reader.end())
        });
        assert!(all.starts_with(&some), "byte {at}: an entry that never was");
        match found {
            Err(TapeFileError::Block { offset, block, .. }) => {
                assert!(offset <= at as u64 && block > 0, "byte {at} told as of {offset}");
            }
            Err(TapeFileError::Head { .. } | TapeFileError::Foreign { .. } | TapeFileError::Newer { .. }) => {
            }
            // A length made longer than the file looks like a cut there.
            Ok(Some(TapeEnd::Cut { offset })) => assert!(offset <= at as u64, "byte {at}"),
            other => panic!("byte {at}: {other:?}"),
        }
    }
}

#[test]
fn a_block_taken_out_or_moved_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.fdtape");
    write(&path, &entries(), 5, true);
    let mut reader = TapeReader::open(&path).unwrap();
    let mut places = vec![reader.place()];
    let mut all = Vec::new();
    while reader.block(&mut all).unwrap() {
        places.push(reader.place());
    }
    let whole = std::fs::read(&path).unwrap();
    let at = |index: usize| usize::try_from(places[index].offset).unwrap();
    let without = [&whole[..at(1)], &whole[at(2)..]].concat();
    let bad = dir.path().join("bad.fdtape");
    std::fs::write(&bad, without).unwrap();
    let error = read(&bad).unwrap_err().to_string();
    assert!(error.contains("bad.fdtape: block 2 at byte"), "{error}");
}

#[test]
fn a_place_met_before_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.fdtape");
    let all = entries();
    write(&path, &all, 5, true);
    let mut reader = TapeReader::open(&path).unwrap();
    let mut first = Vec::new();
    assert!(reader.block(&mut first).unwrap());
    let second = reader.place();
    let mut rest = Vec::new();
    while reader.block(&mut rest).unwrap() {}
    reader.seek(second).unwrap();
    let mut again = Vec::new();
    assert!(reader.block(&mut again).unwrap());
    assert_eq!(again, all[5..10]);
    assert_eq!(
        second.first_seq,
        Seq::new(1 + first.iter().map(|entry| u64::from(entry.events)).sum::<u64>())
    );
}

#[test]
fn another_file_and_a_newer_format_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.fdtape");
    std::fs::write(&path, b"PK\x03\x04 something else").unwrap();
    let error = TapeReader::open(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("a.fdtape: not an input tape of flightdeck (its first bytes are others)"),
        "{error}"
    );
    std::fs::write(&path, b"FDTAPE07 of the future").unwrap();
    let error = TapeReader::open(&path).unwrap_err().to_string();
    assert!(error.contains("input tape of format 07, this binary reads format 01"), "{error}");
    let exists = TapeWriter::create(&path, &header()).unwrap_err().to_string();
    assert!(exists.contains("creating it"), "{exists}");
}
