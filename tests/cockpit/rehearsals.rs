//! Fire drills: each fault has the effect on the screen that its help text promises, and trading goes on where it says so.

use crate::pilot::{Pilot, row};

const SIZE: (u16, u16) = (120, 40);
const LARGE: (u16, u16) = (200, 60);

/// Orders and fills there have been, as the log panel counts its events.
fn events_in_log(screen: &str) -> u64 {
    let line = screen.lines().find(|row| row.contains("in log")).unwrap_or_default();
    let word = line.split(" in log").next().and_then(|start| start.split_whitespace().last());
    word.and_then(|word| word.replace(',', "").parse().ok()).unwrap_or_default()
}

/// Waits for words among its events, where there is room for many; then looks at everything again.
fn has_in_its_log(pilot: &mut Pilot, words: &str) {
    pilot.views("6", "6 EVENTS");
    pilot.tells(words);
    pilot.views("1", "1 STRATEGIES");
}

/// How long the slowest steps take, in whole milliseconds.
fn slowest_step_ms(screen: &str) -> Option<u64> {
    let word = row(screen, "step p50/p99").split(" / ").nth(1)?.split_whitespace().next()?;
    let whole = word.split(['.', 'u', 'm', 's']).next()?.parse().ok()?;
    match word.trim_start_matches(|one: char| one.is_ascii_digit() || one == '.') {
        "us" => Some(0),
        "ms" => Some(whole),
        _ => Some(u64::MAX),
    }
}

#[test]
fn a_strategy_that_panics_is_quarantined_and_the_others_trade_on() {
    let (place, mut pilot) = Pilot::rehearses(SIZE, &["panic-strategy"]);
    let screen = pilot.until("quarantined", |screen| row(screen, "sma-btc ").contains(" FAIL "));
    has_in_its_log(&mut pilot, "rehearsal: the strategy panics");
    let before = events_in_log(&screen);
    // Not each of them for ever: on a starved machine any strategy may be found too slow.
    let others = [" mm-btc ", " brk-eth ", " rev-eth "];
    let screen = pilot.until("the others trade on", |screen| {
        let on = others.iter().any(|name| row(screen, name).contains(" ON "));
        on && events_in_log(screen) > before + 20
    });
    assert!(screen.contains(".. ANALYZE .."));
    assert_eq!(pilot.leaves(), 0);
    assert_eq!(place.crashes(), Vec::<String>::new(), "a quarantine is no crash");
}

#[test]
fn a_slow_strategy_is_disarmed_and_no_longer_called() {
    let (_place, mut pilot) = Pilot::rehearses(LARGE, &["slow-strategy"]);
    let screen = pilot.until("disarmed", |screen| row(screen, "sma-btc ").contains(" off "));
    has_in_its_log(&mut pilot, "too slow");
    let before = events_in_log(&screen);
    pilot.until("more events", |screen| events_in_log(screen) > before + 20);
    // Each of its calls would be one.
    pilot.marks().showed("no step of ten milliseconds", |screen| {
        slowest_step_ms(screen).is_some_and(|most| most < 10)
    });
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_hanging_strategy_closes_the_gate_before_the_core_is_back() {
    let (_place, mut pilot) = Pilot::rehearses(SIZE, &["hang-strategy"]);
    let screen = pilot.tells("!! KILLED !!");
    assert!(!screen.contains("supervisor"), "the gate, before the engine has said anything\n{screen}");
    pilot.until("K3 by supervisor", |screen| {
        let bar = screen.lines().next().unwrap_or_default();
        bar.contains("K3") && bar.contains("supervisor")
    });
    pilot.tells("core was silent");
    pilot.until("nothing works at the broker", |screen| screen.contains("working 0"));
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_recorder_that_panics_is_restarted_and_shown() {
    let (place, mut pilot) = Pilot::rehearses(LARGE, &["panic-recorder"]);
    pilot.until("restarted, its loss told", |screen| {
        // More than the one it fell over, where it was long in coming back.
        let health = row(screen, "sub recorder");
        health.contains(" ok missed ") && health.contains(" restarts 1")
    });
    let before = events_in_log(&pilot.screen());
    pilot.until("trading goes on", |screen| events_in_log(screen) > before + 20);
    assert_eq!(pilot.leaves(), 0);
    assert!(place.is_completed());
    assert_eq!(place.crashes(), Vec::<String>::new());
}

#[test]
fn a_recorder_that_stalls_is_shown_and_the_core_does_not_wait() {
    let (_place, mut pilot) = Pilot::rehearses(SIZE, &["stall-recorder"]);
    let stalled = |screen: &str| screen.contains("recorder STALLED");
    let before = events_in_log(&pilot.showed("it is stalled", stalled));
    pilot.showed("trading goes on", |screen| stalled(screen) && events_in_log(screen) > before);
    pilot.until("well again", |screen| !screen.contains("STALLED"));
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_mute_feed_is_stale_and_then_fresh() {
    let (_place, mut pilot) = Pilot::rehearses(SIZE, &["mute-feed"]);
    let screen = pilot.tells("STALE or QUARANTINED");
    assert!(!row(&screen, " LINK ").contains("down"), "the transport is up\n{screen}");
    let fresh = |screen: &str| screen.contains("   feed ") && !screen.contains("STALE or");
    pilot.marks().showed("fresh", fresh);
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_lost_feed_takes_its_link_down() {
    let (_place, mut pilot) = Pilot::rehearses(LARGE, &["kill-feed"]);
    pilot.until("its link is down", |screen| row(screen, "link feed").contains("down"));
    has_in_its_log(&mut pilot, "rehearsal: the feed is lost");
    pilot.sees("STALE or QUARANTINED");
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn an_order_whose_answer_is_lost_is_unknown_until_the_broker_tells_of_it_after_all() {
    let (_place, mut pilot) = Pilot::rehearses(SIZE, &["lost-ack"]);
    pilot.tells("UNKNOWN 1");
    pilot.types("gu");
    pilot.showed("the view of it", |screen| {
        let words = ["1 UNKNOWN -> reconciling", "worst case", "A never got there"];
        words.iter().all(|word| screen.contains(word))
    });
    let screen = pilot.until("found again", |screen| screen.contains("every fate is proven"));
    assert!(!screen.contains("!! KILLED !!"), "nothing differs once it is found\n{screen}");
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn books_that_differ_are_a_line_and_a_kill_and_nothing_is_traded_to_mend_them() {
    let (_place, mut pilot) = Pilot::rehearses(SIZE, &["books", "foreign-order"]);
    pilot.sees("!! KILLED !!");
    pilot.types("gd");
    pilot.until("the line", |screen| {
        let words = [" DIFFER, never mended by trading", "position: ours", "diff +"];
        words.iter().all(|word| screen.contains(word))
    });
    pilot.types(":reconcile");
    pilot.press("Enter");
    pilot.sees("a second engine?");
    pilot.until("K2 once it is seen again", |screen| {
        screen.lines().next().is_some_and(|bar| bar.contains("K2"))
    });
    assert_eq!(pilot.leaves(), 0);
}
