//! What was stopped stays stopped over a restart, and a file that cannot be read arms nobody.

use crate::story::{BUYER, Story, kill};
use flightdeck::bus::Subscriber;
use flightdeck::model::{Command, KillLevel, Mode, Reason, Scope};
use flightdeck::store::{DataDir, Stopped, StoppedBefore, read_stopped};
use std::fs;

fn hear(stopped: &mut Stopped, story: &Story) {
    for event in &story.events {
        stopped.on_event(event).unwrap();
    }
}

fn name_of(story: &Story) -> String {
    story.genesis.strategy(BUYER).unwrap().name.to_string()
}

#[test]
fn a_paused_strategy_starts_disarmed_until_a_human_arms_it() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::begin(Mode::Analyze);
    story.command(10, Command::Disarm { strategy: BUYER, reason: Reason::new("had enough") });
    let mut stopped = Stopped::new(dir.paths().clone(), &story.genesis, &StoppedBefore::default());
    hear(&mut stopped, &story);
    let before = read_stopped(dir.paths());
    assert!(!before.lets_start(&name_of(&story)) && before.lets_start("another"));
    assert_eq!(before.stops[&name_of(&story)].reason, "had enough");
    let mut next = Story::begin(Mode::Analyze);
    next.command(5, Command::Disarm { strategy: BUYER, reason: Reason::new("again") });
    next.command(10, Command::Arm { strategy: BUYER });
    hear(&mut Stopped::new(dir.paths().clone(), &next.genesis, &before), &next);
    assert!(read_stopped(dir.paths()).lets_start(&name_of(&story)), "armed by a human");
}

#[test]
fn a_kill_stops_all_strategies_and_a_resume_arms_none() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::begin(Mode::Analyze);
    story.command(10, kill(KillLevel::K1, Scope::All));
    story.command(20, Command::Resume { reason: Reason::new("looked") });
    hear(&mut Stopped::new(dir.paths().clone(), &story.genesis, &StoppedBefore::default()), &story);
    assert!(!read_stopped(dir.paths()).lets_start(&name_of(&story)));
}

#[test]
fn a_damaged_file_arms_nobody_and_says_so() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    fs::write(dir.paths().stopped(), "{").unwrap();
    let before = read_stopped(dir.paths());
    assert!(!before.lets_start("anybody"));
    assert!(before.warning.unwrap().contains("stopped.json"));
}
