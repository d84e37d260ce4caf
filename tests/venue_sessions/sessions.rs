//! The sessions.

use crate::desk::{Desk, World};
use crate::further::Further;
use crate::hand::Hand;
use crate::judge::{judge_all, lots};
use crate::plan::{At, Plan, Turn};
use crate::screen::goes_live;
use flightdeck::venue::Entry;
use rustix::process::Signal;
use serde_json::Value;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// An instrument's position as the engine tells it: the sum over strategies, in lots.
fn held(status: &Value, symbol: &str) -> i64 {
    let strategies = status["strategies"].as_array().cloned().unwrap_or_default();
    let positions =
        strategies.iter().flat_map(|one| one["positions"].as_array().cloned().unwrap_or_default());
    let of_it = positions.filter(|one| one["instrument"] == symbol);
    of_it.map(|one| lots(one["net"].as_str().unwrap())).sum()
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
    /// Sessions with two venues, and fills at the second ones.
    pairs: usize,
    there: usize,
}

/// Flies a session and judges it.
fn fly(plan: &Plan) -> Outcome {
    let (mut desk, mut further) = match plan.pair {
        None => (Desk::open_in(plan.world, plan.seed, plan.misbehave), None),
        Some((pair, misbehave)) => {
            let (desk, further) = Further::open(plan.world, plan.seed, (plan.misbehave, misbehave), pair);
            (desk, Some(further))
        }
    };
    if plan.world == World::Analyze {
        desk.start(None).unwrap();
    } else {
        goes_live(&mut desk, if further.is_some() { "33217788" } else { "3321" });
        desk.agrees().unwrap();
    }
    desk.resume().unwrap();
    let hands = hands(&mut desk, further.as_ref());
    let mut outcome = Outcome { pairs: usize::from(further.is_some()), ..Outcome::default() };
    for (pause, at, turn) in &plan.turns {
        std::thread::sleep(*pause);
        happens(&mut desk, further.as_mut(), (*at, turn));
        outcome.restarts += usize::from(*turn == Turn::Restarts);
        desk.nudge();
    }
    std::thread::sleep(LAST);
    // What is wrong ends; what it has made must come right.
    let calm = "login\nstale 0\ndown 0\ncalm";
    desk.operate(calm);
    if let Some(further) = &further {
        further.operate(calm);
    }
    let status = desk.comes_to_rest().unwrap();
    // Ended in order, the journal is whole: what it then lacks it will never have.
    desk.end();
    hands.into_iter().for_each(Hand::rests);
    let mut venues = vec![(desk.log(), held(&status, "BTCUSDT"))];
    venues.extend(further.iter().map(|one| (one.log(), held(&status, one.pair.symbol()))));
    let verdict = judge_all(&desk, &venues);
    assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
    let count = |log: &[Entry], what: &str| log.iter().filter(|entry| entry.what == what).count();
    outcome.faults = venues.iter().map(|(log, _)| count(log, "fault")).sum();
    outcome.there = venues.iter().skip(1).map(|(log, _)| count(log, "fill")).sum();
    Outcome { orders: verdict.orders, fills: verdict.fills, ..outcome }
}

/// An operator who trades by hand, at both accounts where there are two.
fn hands(desk: &mut Desk, further: Option<&Further>) -> Vec<Hand> {
    let first = desk.hand();
    let second = further.map(|one| Hand::trades_in(desk.data(), true, one.pair.symbol()));
    [first].into_iter().chain(second).collect()
}

/// Does what a turn says, at the venues it is about.
fn happens(desk: &mut Desk, mut further: Option<&mut Further>, (at, turn): (At, &Turn)) {
    if at != At::Second {
        match turn {
            Turn::Says(words) => desk.operate(words),
            Turn::Restarts => desk.restart_venue(),
            Turn::StandsStill(_) => desk.venue_signal(Signal::STOP),
        }
    }
    if let Some(further) = further.as_mut().filter(|_| at != At::First) {
        match turn {
            Turn::Says(words) => further.operate(&words.replace("BTCUSDT", further.pair.there())),
            Turn::Restarts => further.restarts(),
            Turn::StandsStill(_) => further.signal(Signal::STOP),
        }
    }
    if let Turn::StandsStill(span) = turn {
        std::thread::sleep(*span);
        desk.venue_signal(Signal::CONT);
        if let Some(further) = further {
            further.signal(Signal::CONT);
        }
    }
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
                pairs: sum.pairs + one.pairs,
                there: sum.there + one.there,
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
    let (pairs, there) =
        sums.iter().fold((0, 0), |(pairs, there), (.., sum)| (pairs + sum.pairs, there + sum.there));
    assert!(pairs <= 3 || there >= pairs, "{pairs} sessions with a second account, {there} fills there");
}
