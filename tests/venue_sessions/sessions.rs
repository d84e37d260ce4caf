//! The sessions.

use crate::desk::{Desk, World};
use crate::judge::{judge, lots};
use crate::plan::{Plan, Turn};
use crate::screen::goes_live;
use serde_json::Value;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The account's position as the engine tells it: the sum over strategies, in lots.
fn held(status: &Value) -> i64 {
    let strategies = status["strategies"].as_array().cloned().unwrap_or_default();
    let positions =
        strategies.iter().flat_map(|one| one["positions"].as_array().cloned().unwrap_or_default());
    positions.map(|one| lots(one["net"].as_str().unwrap())).sum()
}

/// How long it trades after the last turn.
const LAST: Duration = Duration::from_millis(300);

/// What a session came to.
#[derive(Debug, Default, Clone, Copy)]
struct Outcome {
    orders: usize,
    fills: usize,
    faults: usize,
    restarts: usize,
}

/// Flies a session and judges it.
fn fly(plan: &Plan) -> Outcome {
    let mut desk = Desk::open_in(plan.world, plan.seed, plan.misbehave);
    if plan.world == World::Analyze {
        desk.start(None).unwrap();
    } else {
        goes_live(&mut desk);
        desk.agrees().unwrap();
    }
    desk.resume().unwrap();
    let hand = desk.hand();
    let mut outcome = Outcome::default();
    for (pause, turn) in &plan.turns {
        std::thread::sleep(*pause);
        match turn {
            Turn::Says(words) => desk.operate(words),
            Turn::Restarts => {
                desk.restart_venue();
                outcome.restarts += 1;
            }
        }
        desk.nudge();
    }
    std::thread::sleep(LAST);
    // What is wrong ends; what it has made must come right.
    desk.operate("login\nstale 0\ndown 0\ncalm");
    let status = desk.comes_to_rest();
    // Ended in order, the journal is whole: what it then lacks it will never have.
    desk.end();
    hand.rests();
    let verdict = judge(&desk, held(&status.unwrap()));
    assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
    outcome.faults = desk.log().iter().filter(|entry| entry.what == "fault").count();
    Outcome { orders: verdict.orders, fills: verdict.fills, ..outcome }
}

/// Flies sessions until none is left; gives what each came to.
fn worker(next: &AtomicU64, end: u64) -> Vec<Result<(World, Outcome), (Plan, String)>> {
    let mut done = Vec::new();
    loop {
        let seed = next.fetch_add(1, Ordering::SeqCst);
        if seed >= end {
            return done;
        }
        let plan = Plan::of(seed);
        let flown = catch_unwind(|| (plan.world, fly(&plan)));
        done.push(flown.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            (plan.clone(), text.unwrap_or_else(|| "it panicked".to_owned()))
        }));
    }
}

#[test]
fn whatever_the_venue_does_nothing_is_lost_nothing_is_sent_twice_and_positions_are_the_venues() {
    let (count, first) = (number("FLIGHTDECK_SESSIONS", 50), number("FLIGHTDECK_SESSION_SEED", 1));
    let at_once = number("FLIGHTDECK_SESSIONS_AT_ONCE", 8);
    let (began, next) = (Instant::now(), AtomicU64::new(first));
    let done: Vec<Result<(World, Outcome), (Plan, String)>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(|| worker(&next, first + count))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let sums = [World::Analyze, World::Live, World::Streamed].map(|world| {
        let flown = done.iter().flatten().filter(|(flown, _)| *flown == world);
        flown.fold((world, 0, Outcome::default()), |(_, count, sum), (_, one)| {
            let sum = Outcome {
                orders: sum.orders + one.orders,
                fills: sum.fills + one.fills,
                faults: sum.faults + one.faults,
                restarts: sum.restarts + one.restarts,
            };
            (world, count + 1, sum)
        })
    });
    let wrong: Vec<String> = done
        .iter()
        .filter_map(|one| one.as_ref().err())
        .map(|(plan, text)| {
            let again = format!("FLIGHTDECK_SESSIONS=1 FLIGHTDECK_SESSION_SEED={}", plan.seed);
            format!("{again}: {plan:?}\n{text}")
        })
        .collect();
    let took = began.elapsed();
    println!("{count} sessions from seed {first}, {at_once} at once, {took:?}: {sums:?}");
    assert!(wrong.is_empty(), "{} of {count} went wrong:\n{}", wrong.len(), wrong.join("\n\n"));
    let idle = sums.iter().filter(|(_, flown, sum)| *flown > 3 && sum.fills == 0);
    assert_eq!(idle.count(), 0, "nobody traded");
}
