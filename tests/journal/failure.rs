//! A disk that fails: full, or with an error where data was to be synced. The journal is dead for the run, and says so.

use crate::book::{Place, facts, header, new_state, story};
use crate::story::{BTC, NOON, Story, kill};
use flightdeck::model::{
    Actor, Command, ControlEvent, DisplayText, Event, Input, KillLevel, Label, LinkReport, Mode, NewOrder,
    OrderEvent, OrderKind, Reason, Request, RequestId, RuleId, Scope, Side, StrategyId, TimeInForce,
};
use flightdeck::state::{Journal, Severity};
use flightdeck::store::{FactOptions, FactWriter, check_facts, read_past, start_facts};
use std::io::Write as _;

fn wait(durable: &flightdeck::bus::Durable) {
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    waiting.block_on(durable.beyond(flightdeck::model::Seq::new(u64::MAX - 1), false));
}

#[test]
fn a_full_disk_ends_new_risk_and_the_kill_is_still_recorded() {
    let place = Place::new();
    let options = FactOptions { most_pages: Some(60), ..FactOptions::default() };
    let (mut feed, thread) = place.at_work(Mode::Live, options, None);
    let events = story(Mode::Live, 2_000);
    feed.take(&events, 1);
    let durable = feed.durable();
    wait(&durable);
    assert!(durable.is_dead());
    assert_eq!(feed.standing(1), Journal::Dead);
    let why = format!("no space left for {}", place.paths().journal().display());
    assert_eq!(feed.why().as_str(), why, "the disk is named as the cause");
    let said = durable.upto();
    assert!(said > events[0].seq && said < events.last().unwrap().seq, "what was committed before stays so");
    let mut story = Story::begin(Mode::Live);
    story.events.clear();
    story.command(9_000_000, kill(KillLevel::K1, Scope::All));
    let mut last = story.events.remove(0);
    last.seq = flightdeck::model::Seq::new(events.last().unwrap().seq.get() + 1);
    feed.take(&[last], 2);
    drop(feed);
    thread.finish(Some(NOON));
    assert!(thread.join());
    assert_eq!(durable.upto(), said, "a dead journal promises nothing more");
    assert!(!place.paths().reserve().exists(), "the kept room was given back");
    let past = read_past(place.paths()).unwrap().unwrap();
    assert_eq!(past.state.control.highest_kill(), KillLevel::K1, "the kill is on record");
    assert_eq!(past.ended, None, "a run whose journal failed did not end in order");
    assert_eq!(check_facts(place.paths(), None).unwrap().unwrap().damage, None);
}

#[test]
fn a_lock_held_by_somebody_else_is_waited_for_and_is_no_failure() {
    let place = Place::new();
    let (mut feed, thread) = place.at_work(Mode::Live, FactOptions::default(), None);
    let other = rusqlite::Connection::open(place.paths().journal()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let events = story(Mode::Live, 3);
    feed.take(&events, 0);
    assert_eq!(feed.standing(0), Journal::Well);
    assert_eq!(feed.standing(249_999_999), Journal::Well);
    assert_eq!(feed.standing(250_000_000), Journal::Slow, "later than a quarter of a second is told");
    other.execute_batch("COMMIT").unwrap();
    let durable = feed.durable();
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    waiting.block_on(durable.beyond(flightdeck::model::Seq::default(), false));
    while !durable.holds(facts(&events).last().unwrap().envelope.seq) {
        waiting.block_on(durable.beyond(durable.upto(), false));
    }
    assert_eq!(feed.standing(300_000_000), Journal::Well);
    drop(feed);
    thread.finish(Some(NOON));
    assert!(thread.join());
    assert!(read_past(place.paths()).unwrap().unwrap().ended.is_some());
}

fn order(side: Side, reduce_only: bool) -> Command {
    let order = NewOrder {
        strategy: StrategyId::MANUAL,
        instrument: BTC,
        side,
        qty: "0.1".parse().unwrap(),
        kind: OrderKind::Limit { price: "60000.1".parse().unwrap() },
        tif: TimeInForce::Gtc,
        post_only: false,
        reduce_only,
        mode: Mode::Analyze,
        label: Label::new("ticket"),
    };
    Command::Submit { order }
}

/// As `command`, each time another request.
fn ask(story: &mut Story, micros: i64, command: Command) {
    let id = RequestId(u64::try_from(micros).unwrap());
    story.input(micros, Input::Command(Request { id, actor: Actor::Operator, command }));
}

fn journal_is(story: &mut Story, micros: i64, standing: Journal) {
    let (name, state) = (Label::new(Journal::NAME), standing.as_str());
    let news = LinkReport::Subscriber { name, state, detail: DisplayText::default() };
    story.input(micros, Input::Link(news));
}

fn last_denial(story: &Story) -> Option<RuleId> {
    let Event::Denied { denial, .. } = &story.events.last().unwrap().event else { return None };
    Some(denial.rule)
}

#[test]
fn a_dead_journal_denies_new_risk_by_its_name_and_lets_cancels_go() {
    let mut story = Story::one_trade(Mode::Analyze);
    journal_is(&mut story, 2_100_000, Journal::Dead);
    let alerts = story.engine.state().alerts();
    assert_eq!(alerts.worst_unseen().map(|alert| alert.severity), Some(Severity::Critical));
    story.quote(2_200_000, "60000", "60000.1");
    ask(&mut story, 2_200_001, order(Side::Buy, false));
    assert_eq!(last_denial(&story), Some(RuleId::Journal));
    ask(&mut story, 2_300_000, Command::Resume { reason: Reason::new("looked") });
    ask(&mut story, 2_300_001, order(Side::Buy, false));
    assert_eq!(last_denial(&story), Some(RuleId::Journal), "a resume does not mend a journal");
    let working = story.engine.state().orders.open().first().unwrap().id;
    ask(&mut story, 2_400_000, Command::Cancel { order: working });
    let asked = |event: &Event| matches!(event, Event::Order(OrderEvent::CancelRequested { id, .. }) if *id == working);
    assert!(story.events.iter().any(|one| asked(&one.event)), "a cancel leaves");
    journal_is(&mut story, 2_500_000, Journal::Well);
    story.quote(2_500_001, "60000", "60000.1");
    ask(&mut story, 2_500_002, order(Side::Buy, false));
    assert_ne!(last_denial(&story), Some(RuleId::Journal));
}

#[test]
fn a_journal_that_is_behind_denies_and_one_that_is_slow_only_tells() {
    let mut story = Story::one_trade(Mode::Analyze);
    story.quote(2_200_000, "60000", "60000.1");
    journal_is(&mut story, 2_200_001, Journal::Behind);
    ask(&mut story, 2_200_002, order(Side::Buy, false));
    assert_eq!(last_denial(&story), Some(RuleId::Journal));
    journal_is(&mut story, 2_200_003, Journal::Slow);
    assert!(story.engine.state().alerts().worst_unseen().is_some());
    ask(&mut story, 2_200_004, order(Side::Buy, false));
    assert_ne!(last_denial(&story), Some(RuleId::Journal), "it waits where it leaves");
}

/// Set where this very test binary runs under `strace` with an error injected into its syncs.
const INJECTED: &str = "FLIGHTDECK_TEST_EIO";

/// Writes facts until the disk fails; what is said then is checked by the test that started this.
#[test]
fn under_an_injected_error() {
    let Some(root) = std::env::var_os(INJECTED) else { return };
    let dir = flightdeck::store::DataDir::open(std::path::Path::new(&root)).unwrap();
    let writer = FactWriter::begin(&dir, new_state(Mode::Live), &header(), FactOptions::default()).unwrap();
    let (mut feed, thread) = start_facts(writer, || 0, None).unwrap();
    let durable = feed.durable();
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for one in story(Mode::Live, 50) {
        let before = durable.upto();
        feed.take(std::slice::from_ref(&one), 1);
        if !one.event.is_replaceable() {
            waiting.block_on(durable.beyond(before, false));
        }
        if durable.is_dead() {
            break;
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "dead {} durable {}", durable.is_dead(), durable.upto()).unwrap();
    drop(feed);
    thread.finish(Some(NOON));
    assert!(thread.join());
}

#[test]
fn an_error_of_one_sync_is_the_end_of_the_journal_and_is_not_tried_again() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let this = std::env::current_exe().unwrap();
    let log = root.path().join("strace");
    let run = std::process::Command::new("strace")
        .args(["-f", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO:when=20", "-o"])
        .arg(&log)
        .arg(&this)
        .args(["--exact", "failure::under_an_injected_error", "--nocapture", "--test-threads=1"])
        .env(INJECTED, &data)
        .output();
    let Ok(run) = run else {
        let mut out = std::io::stdout().lock();
        return writeln!(out, "skipped: strace is not here").unwrap();
    };
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let traced = std::fs::read_to_string(&log).unwrap_or_default();
    if !traced.contains("(INJECTED)") {
        let mut out = std::io::stdout().lock();
        return writeln!(out, "skipped: strace may not trace here: {said}").unwrap();
    }
    let durable: u64 = said
        .split("dead true durable ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("it is dead: {said}\n{traced}"));
    let (_, after) = traced.split_once("(INJECTED)").unwrap();
    assert!(!after.contains("sync("), "a disk that lied once is not asked again:\n{traced}");
    let past = read_past(&flightdeck::store::DataDir::peek(&data).unwrap().clone()).unwrap().unwrap();
    assert_eq!(past.ended, None);
    assert!(past.state.seq.get() >= durable, "what was promised is there");
}

#[test]
fn the_run_itself_raises_the_kill() {
    crate::run::a_journal_that_dies_kills();
}

/// What the log says of a run's control events.
pub(crate) fn is_kill(event: &Event) -> bool {
    matches!(event, Event::Control(ControlEvent::KillRaised { level: KillLevel::K1, scope: Scope::All, .. }))
}

#[test]
fn a_journal_whose_file_is_removed_has_failed() {
    let place = Place::new();
    let options = FactOptions::default();
    let writer = FactWriter::begin(&place.dir, new_state(Mode::Analyze), &header(), options).unwrap();
    let (feed, thread) = start_facts(writer, flightdeck::runtime::monotonic_nanos, None).unwrap();
    let durable = feed.durable();
    std::fs::remove_file(place.dir.paths().journal()).unwrap();
    let deadline = flightdeck::runtime::monotonic_nanos() + 120_000_000_000;
    while !durable.is_dead() {
        assert!(flightdeck::runtime::monotonic_nanos() < deadline, "nobody noticed");
        std::thread::yield_now();
    }
    drop(feed);
    thread.finish(None);
    assert!(thread.join());
}
