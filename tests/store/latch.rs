//! The sticky kill: what is stopped stays stopped, and a file that cannot be read never means trading.

use crate::story::{BTC, BUYER, Story, genesis, kill};
use flightdeck::bus::Subscriber;
use flightdeck::model::{Command, KillLevel, Mode, Reason, Scope, Timestamp};
use flightdeck::store::{DataDir, Latch, Latched, NamedScope, halt_next_start, read_latch};
use std::fs;

fn hear(latch: &mut Latch, story: &Story) {
    for event in &story.events {
        latch.on_event(event).unwrap();
    }
}

#[test]
fn a_kill_outlives_its_run_by_name() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::begin(Mode::Analyze);
    story.command(10, kill(KillLevel::K1, Scope::Strategy(BUYER)));
    story.command(20, kill(KillLevel::K2, Scope::Instrument(BTC)));
    story.command(30, kill(KillLevel::K3, Scope::Strategy(BUYER)));
    let mut latch = Latch::new(dir.paths().clone(), &story.genesis, &Latched::default());
    hear(&mut latch, &story);
    // The next run counts its strategies otherwise.
    let mut next = genesis(Mode::Analyze);
    next.strategies.insert(2, next.strategies[0].clone());
    next.strategies[2].name = "newcomer".into();
    let latched = read_latch(dir.paths(), &next);
    assert_eq!(latched.warning, None);
    let expected = [
        (Scope::Instrument(BTC), KillLevel::K2),
        (Scope::Strategy(flightdeck::model::StrategyId::new(3)), KillLevel::K3),
    ];
    assert_eq!(latched.standing, expected);
    assert_eq!(
        (latched.records[1].actor.as_str(), latched.records[1].reason.as_str()),
        ("operator", "drill")
    );
    assert_eq!(latched.told().unwrap().as_str(), "operator: drill", "for the bar of the next run");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 2, "the lock and the latch, nothing beside them");
}

#[test]
fn what_stood_before_stays_until_a_human_resumes() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut first = Story::begin(Mode::Analyze);
    first.command(10, kill(KillLevel::K1, Scope::Strategy(BUYER)));
    hear(&mut Latch::new(dir.paths().clone(), &first.genesis, &Latched::default()), &first);
    let latched = read_latch(dir.paths(), &first.genesis);
    let mut second = Story::begin(Mode::Analyze);
    second.command(10, kill(KillLevel::K1, Scope::All));
    let mut latch = Latch::new(dir.paths().clone(), &second.genesis, &latched);
    hear(&mut latch, &second);
    assert_eq!(
        read_latch(dir.paths(), &second.genesis).standing.len(),
        2,
        "the first is not forgotten by the second"
    );
    second.events.clear();
    second.command(20, Command::Resume { reason: Reason::new("looked") });
    hear(&mut latch, &second);
    assert_eq!(read_latch(dir.paths(), &second.genesis), Latched::default());
}

#[test]
fn no_file_means_that_nothing_stands() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    assert_eq!(read_latch(dir.paths(), &genesis(Mode::Live)), Latched::default());
}

#[test]
fn a_damaged_latch_blocks_everything_and_says_so() {
    let whole =
        r#"[{"scope":"strategy","name":"buyer","level":"K2","actor":"operator","reason":"","at_ns":1}]"#;
    for length in 0..whole.len() {
        let latched = read(&whole[..length]);
        assert_eq!(latched.standing, [(Scope::All, KillLevel::K1)], "{}", &whole[..length]);
        assert!(latched.warning.unwrap().contains("kill.json"));
    }
    assert_eq!(read(whole).standing, [(Scope::Strategy(BUYER), KillLevel::K2)]);
    assert_eq!(read("[]").standing, []);
    for wrong in ["{}", "null", "\u{feff}[]", "[{\"scope\":\"all\",\"level\":\"K9\"}]", "[1]"] {
        assert_eq!(read(wrong).standing, [(Scope::All, KillLevel::K1)], "{wrong}");
    }
}

#[test]
fn a_name_this_run_does_not_know_blocks_everything_too() {
    let text = r#"[{"scope":"strategy","name":"gone","level":"K1","actor":"cli","reason":"x","at_ns":1},
                   {"scope":"instrument","name":"BTCUSDT","level":"K4","actor":"cli","reason":"x","at_ns":2}]"#;
    let latched = read(text);
    assert_eq!(latched.standing, [(Scope::Instrument(BTC), KillLevel::K4), (Scope::All, KillLevel::K1)]);
    assert!(latched.warning.unwrap().contains("\"gone\""));
}

fn read(text: &str) -> Latched {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    fs::write(dir.paths().latch(), text).unwrap();
    read_latch(dir.paths(), &genesis(Mode::Analyze))
}

#[test]
fn a_damaged_latch_is_kept_as_evidence_and_replaced_by_a_whole_one() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    fs::write(dir.paths().latch(), "[{").unwrap();
    let genesis = genesis(Mode::Analyze);
    let latched = read_latch(dir.paths(), &genesis);
    let mut latch = Latch::new(dir.paths().clone(), &genesis, &latched);
    latch.on_idle().unwrap();
    assert_eq!(fs::read_to_string(temp.path().join("kill.json.damaged")).unwrap(), "[{");
    let again = read_latch(dir.paths(), &genesis);
    assert_eq!((again.standing, again.warning), (vec![(Scope::All, KillLevel::K1)], None));
    assert_eq!(again.records[0].scope, NamedScope::All);
}

#[test]
fn a_latch_that_may_have_missed_a_kill_halts_the_next_start() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let genesis = genesis(Mode::Analyze);
    let mut latch = Latch::new(dir.paths().clone(), &genesis, &Latched::default());
    assert!(latch.on_lag(3).is_err());
    assert_eq!(read_latch(dir.paths(), &genesis).standing, [(Scope::All, KillLevel::K1)]);
}

#[test]
fn an_engine_that_fell_halts_the_next_start_and_lowers_nothing_that_stands() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let genesis = genesis(Mode::Analyze);
    for _ in 0..2 {
        halt_next_start(dir.paths(), &genesis, "the engine panicked", Timestamp::from_nanos(7)).unwrap();
        let latched = read_latch(dir.paths(), &genesis);
        assert_eq!(latched.standing, [(Scope::All, KillLevel::K1)]);
        let record = &latched.records[0];
        assert_eq!((record.actor.as_str(), record.at_ns), ("supervisor", 7));
        assert_eq!(record.reason, "the engine panicked");
    }
    let mut story = Story::begin(Mode::Analyze);
    story.command(10, kill(KillLevel::K3, Scope::All));
    let mut latch = Latch::new(dir.paths().clone(), &story.genesis, &Latched::default());
    hear(&mut latch, &story);
    halt_next_start(dir.paths(), &genesis, "the engine panicked", Timestamp::EPOCH).unwrap();
    assert_eq!(read_latch(dir.paths(), &genesis).standing, [(Scope::All, KillLevel::K3)]);
}

#[test]
fn a_kill_that_could_not_be_written_is_tried_again() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    // A directory where the new file would be written: the write fails, whoever runs this.
    let in_the_way = temp.path().join("kill.json.part");
    fs::create_dir(&in_the_way).unwrap();
    let mut story = Story::begin(Mode::Analyze);
    story.command(10, kill(KillLevel::K1, Scope::All));
    let mut latch = Latch::new(dir.paths().clone(), &story.genesis, &Latched::default());
    let told = story.events.iter().find_map(|event| latch.on_event(event).err()).unwrap();
    assert!(told.contains("kill.json"), "{told}");
    fs::remove_dir(&in_the_way).unwrap();
    latch.on_idle().unwrap();
    assert_eq!(read_latch(dir.paths(), &story.genesis).standing, [(Scope::All, KillLevel::K1)]);
}
