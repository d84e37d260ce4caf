//! The kills.

use crate::desk::{Desk, no_lines};
use crate::judge::{judge, lots};
use serde_json::Value;
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

/// Kills so often and judges; gives what there is to tell.
fn kills(count: u64, misbehave: u64, seed: u64) -> String {
    let mut desk = Desk::open(seed, misbehave);
    let mut starts: Vec<Duration> = Vec::new();
    let (began, mut again) = (Instant::now(), 0);
    for kill in 0..count {
        let took = desk.start();
        if kill > 0 {
            starts.push(took);
        }
        again += desk.resume().saturating_sub(u32::from(kill > 0));
        desk.wait();
        desk.kill();
    }
    desk.start();
    assert!(desk.types(&["kill", "--level", "3", "--reason", "the end"]));
    let status = desk.until("everything canceled and equal", |status| {
        let open = status["orders"].as_array().is_some_and(Vec::is_empty);
        open && no_lines(status) && status["books"]["account_age_ms"].as_u64().is_some_and(|age| age < 500)
    });
    let verdict = judge(&desk, held(&status));
    desk.end();
    starts.sort();
    let p99 = starts.get(starts.len() * 99 / 100).or(starts.last()).copied().unwrap_or_default();
    let story = format!(
        "{count} kills, seed {seed}, {misbehave} ‰ misbehaviour: {} orders, {} placements, {} fills, net {} lots; \
         halted {again} times besides; start to equal books p50 {:?} p99 {p99:?}; {:?} in all",
        verdict.orders,
        verdict.placements,
        verdict.fills,
        verdict.net,
        starts.get(starts.len() / 2).copied().unwrap_or_default(),
        began.elapsed()
    );
    assert!(verdict.wrong.is_empty(), "{story}\n{:#?}", verdict.wrong);
    assert!(verdict.fills > 0, "nobody traded: {story}");
    story
}

#[test]
fn no_kill_loses_an_order_or_sends_one_twice_and_positions_are_the_venues() {
    let story = kills(
        number("FLIGHTDECK_KILLS", 20),
        number("FLIGHTDECK_MISBEHAVE", 0),
        number("FLIGHTDECK_KILL_SEED", 1),
    );
    println!("{story}");
}
