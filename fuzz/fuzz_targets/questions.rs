//! Bytes nobody promised, given to: questions.
#![no_main]

#[path = "../entries.rs"]
#[allow(dead_code, reason = "each target enters by one door")]
mod entries;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::questions(bytes));
