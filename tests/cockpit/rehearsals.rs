//! Fire drills: each fault has the effect on the screen that its help text promises, and trading goes on where it says so.

use crate::pilot::{PLAIN, Pilot, Place, Plan, row};

/// Orders and fills there have been, as the log panel counts its events.
fn events_in_log(screen: &str) -> u64 {
    let line = screen.lines().find(|row| row.contains("in log")).unwrap_or_default();
    let word = line.split(" in log").next().and_then(|start| start.split_whitespace().last());
    word.and_then(|word| word.replace(',', "").parse().ok()).unwrap_or_default()
}

#[test]
fn a_strategy_that_panics_is_quarantined_and_the_others_trade_on() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &["--rehearse", "panic-strategy@1"]);
    let screen = pilot.until("quarantined", |screen| row(screen, "sma-btc ").contains(" FAIL "));
    pilot.sees("rehearsal: the strategy panics");
    let before = events_in_log(&screen);
    let screen = pilot.until("more events", |screen| events_in_log(screen) > before + 20);
    assert!(row(&screen, " mm-btc ").contains(" ON "), "{screen}");
    assert!(screen.contains(".. ANALYZE .."));
    assert_eq!(pilot.leaves(), 0);
    assert_eq!(place.crashes(), Vec::<String>::new(), "a quarantine is no crash");
}

#[test]
fn a_slow_strategy_is_disarmed_and_no_longer_called() {
    let place = Place::new();
    let mut pilot =
        Pilot::starts(&place, &Plan { size: (200, 60), args: &["--rehearse", "slow-strategy@1"], ..PLAIN });
    let screen = pilot.until("disarmed", |screen| row(screen, "sma-btc ").contains(" off "));
    pilot.sees("too slow");
    let before = events_in_log(&screen);
    pilot.until("more events", |screen| events_in_log(screen) > before + 20);
    pilot.until("fast steps again", |screen| {
        let times = row(screen, "step p50/p99").to_owned();
        times.contains("us / ") && times.matches("us").count() == 2
    });
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_hanging_strategy_closes_the_gate_before_the_core_is_back() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &["--rehearse", "hang-strategy@1"]);
    let screen = pilot.sees("!! KILLED !!");
    assert!(!screen.contains("supervisor"), "the gate, before the engine has said anything\n{screen}");
    let screen = pilot.until("K3 by supervisor", |screen| {
        let bar = screen.lines().next().unwrap_or_default();
        bar.contains("K3") && bar.contains("supervisor")
    });
    assert!(screen.contains("core was silent"), "{screen}");
    pilot.until("nothing works at the broker", |screen| screen.contains("working 0"));
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_recorder_that_panics_is_restarted_and_shown() {
    let place = Place::new();
    let mut pilot =
        Pilot::starts(&place, &Plan { size: (200, 60), args: &["--rehearse", "panic-recorder@1"], ..PLAIN });
    pilot.until("restarted, its loss told", |screen| {
        row(screen, "sub recorder").contains("ok missed 1 restarts 1")
    });
    let before = events_in_log(&pilot.screen());
    pilot.until("trading goes on", |screen| events_in_log(screen) > before + 20);
    assert_eq!(pilot.leaves(), 0);
    assert!(place.is_completed());
    assert_eq!(place.crashes(), Vec::<String>::new());
}

#[test]
fn a_recorder_that_stalls_is_shown_and_the_core_does_not_wait() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &["--rehearse", "stall-recorder@1"]);
    let screen = pilot.sees("recorder STALLED");
    let before = events_in_log(&screen);
    let screen = pilot.until("trading goes on", |screen| events_in_log(screen) > before);
    assert!(screen.contains("recorder STALLED"), "{screen}");
    pilot.until("well again", |screen| !screen.contains("STALLED"));
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_mute_feed_is_stale_and_then_fresh() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &["--rehearse", "mute-feed@1"]);
    let screen = pilot.until("stale", |screen| screen.contains("STALE or QUARANTINED"));
    assert!(!row(&screen, " LINK ").contains("down"), "the transport is up\n{screen}");
    pilot.until("fresh", |screen| screen.contains("   feed ") && !screen.contains("STALE or"));
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn a_lost_feed_takes_its_link_down() {
    let place = Place::new();
    let mut pilot =
        Pilot::starts(&place, &Plan { size: (200, 60), args: &["--rehearse", "kill-feed@1"], ..PLAIN });
    let screen = pilot.sees("rehearsal: the feed is lost");
    assert!(row(&screen, "link feed").contains("down"), "{screen}");
    pilot.sees("STALE or QUARANTINED");
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn an_order_whose_answer_is_lost_is_unknown_until_the_broker_tells_of_it_after_all() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &["--rehearse", "lost-ack@1"]);
    pilot.until("unknown", |screen| screen.contains("UNKNOWN 1"));
    pilot.types("gu");
    pilot.until("the view of it", |screen| {
        let words = ["1 UNKNOWN -> reconciling", "worst case", "A never got there"];
        words.iter().all(|word| screen.contains(word))
    });
    let screen = pilot.until("found again", |screen| screen.contains("every fate is proven"));
    assert!(!screen.contains("!! KILLED !!"), "nothing differs once it is found\n{screen}");
    assert_eq!(pilot.leaves(), 0);
}

#[test]
fn books_that_differ_are_a_line_and_a_kill_and_nothing_is_traded_to_mend_them() {
    let place = Place::new();
    let args = ["--rehearse", "books@1", "--rehearse", "foreign-order@1"];
    let mut pilot = Pilot::flies(&place, &args);
    pilot.sees("!! KILLED !!");
    pilot.types("gd");
    let screen = pilot.until("the line", |screen| screen.contains(" DIFFER, never mended by trading"));
    assert!(screen.contains("position: ours") && screen.contains("diff +"), "{screen}");
    pilot.types(":reconcile");
    pilot.press("Enter");
    pilot.sees("a second engine?");
    pilot.until("K2 once it is seen again", |screen| {
        screen.lines().next().is_some_and(|bar| bar.contains("K2"))
    });
    assert_eq!(pilot.leaves(), 0);
}
