//! The fault simulation finds what it should: each bug planted on purpose breaks an invariant within a thousand seeds, and
//! one that is always there breaks every one. `cargo test --features planted --test planted`

use flightdeck::sim::faults::{Faults, Outcome, Plan, run_seed};
use flightdeck::state::{Bug, Planted};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seeds in which a bug must show.
const SEEDS: u64 = 1_000;

fn run(bug: Bug, seed: u64) -> Outcome {
    run_seed(&Plan { planted: Planted::with(bug), ..Plan::new(seed, Faults::All) })
}

#[test]
fn every_planted_bug_is_found_within_a_thousand_seeds() {
    let next = AtomicUsize::new(0);
    let missed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get) {
            scope.spawn(|| {
                while let Some((bug, what)) = Bug::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = (1..=SEEDS).find_map(|seed| Some((seed, run(*bug, seed).violation?)));
                    match found {
                        Some((seed, violation)) => {
                            println!("{bug:?}: seed {seed}, {} ({})", violation.invariant, violation.text);
                        }
                        None => missed.lock().expect("no thread panicked").push(format!("{bug:?}: {what}")),
                    }
                }
            });
        }
    });
    let missed = missed.into_inner().expect("no thread panicked");
    assert!(Bug::ALL.len() > 30 && missed.is_empty(), "not found: {missed:#?}");
}

#[test]
fn the_canary_breaks_every_seed() {
    for seed in 1..=5 {
        assert!(run(Bug::Canary, seed).violation.is_some(), "seed {seed}");
    }
}
