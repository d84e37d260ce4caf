//! The same recording, settings and seed give the same events, byte for byte, in debug and in release.

use flightdeck::commands::{Summary, fly_offline};
use flightdeck::config::{Settings, Sources, load};
use flightdeck::strategies::declared;

/// What the built-in recording gives under the default settings. It changes only with a reason: a change of strategies,
/// matcher, events or defaults, told in the commit that changes it.
const GOLDEN: &str = include_str!("fixtures/determinism.sha256");

fn fly() -> Summary {
    let kinds = declared();
    let loaded = load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the defaults load");
    let settings: Settings = loaded.settings;
    fly_offline(&settings).expect("the built-in recording plays")
}

#[test]
fn one_recording_gives_one_story_and_the_books_agree() {
    let first = fly();
    assert_eq!(first.differences, Vec::<String>::new());
    for strategy in first.strategies.iter().filter(|row| row.name != "manual" && row.name != "external") {
        assert!(strategy.fills > 0, "{} has not traded", strategy.name);
    }
    let second = fly();
    assert_eq!(first.event_hash, second.event_hash, "two runs in one process differ");
    assert_eq!(
        first.event_hash,
        GOLDEN.trim(),
        "the story is not the recorded one; if that is meant, record it"
    );
}

#[test]
fn a_damaged_recording_gives_no_summary() {
    let mut bytes = flightdeck::adapters::tape::BUILT_IN.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("flipped.tape");
    std::fs::write(&path, bytes).expect("the tape is written");
    let kinds = declared();
    let mut settings =
        load(&Sources { kinds: &kinds, ..Sources::default() }).expect("the defaults load").settings;
    settings.feed.source = flightdeck::config::FeedSource::Tape(path.display().to_string());
    let told = format!("{:#}", fly_offline(&settings).expect_err("a flipped bit is found"));
    assert!(told.contains("flipped.tape"), "{told}");
}
