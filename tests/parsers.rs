//! Bytes nobody promised, at every door by which they come in: the saved corpus, and seeded mutations of it. The same doors
//! as the targets under `fuzz/`.
//!
//! `FLIGHTDECK_FUZZ=20` makes twenty times as many mutations, `FLIGHTDECK_FUZZ_SEED` draws others.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

#[path = "../fuzz/entries.rs"]
mod entries;

use flightdeck::sim::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What replaces a piece of a seed: numbers that are none, texts that are hostile, structure that leads nowhere.
const HOSTILE: [&str; 24] = [
    "NaN",
    "1e308",
    "-1",
    "0",
    "\"\"",
    "null",
    "99999999999999999999999999",
    "-0.0",
    "1e-320",
    "[]",
    "{}",
    "true",
    "\"\\u0000\\u001b[2J\"",
    "\"\\u202e\"",
    "9223372036854775807",
    "-9223372036854775808",
    "\"1,000\"",
    "\"0x10\"",
    ",",
    "}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "\\ud800",
    "\"complete\"",
    "0.00000000000001",
];

fn number(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or)
}

fn seeds(kind: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(kind);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = paths.iter().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>();
    assert!(!read.is_empty(), "no corpus for {kind}");
    read
}

fn below(rng: &mut Rng, bound: usize) -> usize {
    usize::try_from(rng.below(u64::try_from(bound.max(1)).unwrap())).unwrap()
}

/// One to four changes to a seed.
fn mutated(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[below(rng, seeds.len())].clone();
    for _ in 0..=below(rng, 4) {
        let (from, length) = (below(rng, bytes.len() + 1), below(rng, 24));
        let to = (from + length).min(bytes.len());
        match rng.below(7) {
            0 => bytes.truncate(from),
            1 => drop(bytes.drain(from..to)),
            2 => {
                let again = bytes[from..to].to_vec();
                bytes.splice(from..from, again);
            }
            3 if from < bytes.len() => bytes[from] ^= 1 << rng.below(8),
            4 => {
                let other = &seeds[below(rng, seeds.len())];
                let start = below(rng, other.len() + 1);
                let end = (start + below(rng, 400)).min(other.len());
                bytes.splice(from..to, other[start..end].to_vec());
            }
            _ => replace_value(rng, &mut bytes, from),
        }
    }
    bytes
}

/// Puts something hostile in the place of the value that follows the next colon.
fn replace_value(rng: &mut Rng, bytes: &mut Vec<u8>, from: usize) {
    let Some(colon) = bytes[from..].iter().position(|byte| *byte == b':').map(|at| from + at + 1) else {
        return;
    };
    let end =
        bytes[colon..].iter().position(|byte| b",}]".contains(byte)).map_or(bytes.len(), |at| colon + at);
    bytes.splice(colon..end, HOSTILE[below(rng, HOSTILE.len())].bytes());
}

/// The corpus, then so many mutations of it.
fn enter(kind: &str, door: fn(&[u8]), more: Vec<Vec<u8>>, count: u64) {
    let seeds = [seeds(kind), more].concat();
    for seed in &seeds {
        door(seed);
    }
    let seed = number("FLIGHTDECK_FUZZ_SEED", 1);
    let mut rng = Rng::new(seed);
    for nth in 0..count * number("FLIGHTDECK_FUZZ", 1) {
        let bytes = mutated(&mut rng, &seeds);
        let stood = catch_unwind(AssertUnwindSafe(|| door(&bytes))).is_ok();
        assert!(stood, "{kind}, seed {seed}, number {nth}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn no_book_breaks_the_reader_of_books() {
    enter("books", entries::books, vec![], 30_000);
}

#[test]
fn no_answer_breaks_the_reader_of_answers() {
    enter("answers", entries::answers, vec![], 25_000);
}

#[test]
fn no_frame_breaks_the_reader_of_the_stream() {
    enter("frames", entries::frames, vec![], 30_000);
}

#[test]
fn no_depth_breaks_the_reader_of_prices() {
    enter("quotes", entries::quotes, vec![], 20_000);
}

#[test]
fn no_answer_to_a_question_breaks_its_reader() {
    enter("questions", entries::questions, vec![], 20_000);
}

#[test]
fn no_file_breaks_the_reader_of_the_configuration() {
    let defaults =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/flightdeck.toml")).unwrap();
    enter("config", entries::config, vec![defaults], 150);
}

#[test]
fn no_file_breaks_the_reader_of_recordings() {
    enter("tape", entries::tape, vec![], 300);
}

#[test]
fn contents_under_right_checksums_reach_the_decoder() {
    let seed =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/tape/few.contents")).unwrap();
    assert_eq!(entries::read_tape(entries::sealed(&seed).unwrap()), 6);
}
