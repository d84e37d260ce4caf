//! The fault simulation as part of the ordinary tests: a hundred worlds hold, the same seed is the same world, and every
//! world that ever broke is run again.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use flightdeck::sim::faults::{
    FaultKind, Faults, KINDS, Outcome, Plan, Strike, minimise, read_scenario, run_seed,
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// The events of seed 7 with all faults, as the hash that `flightdeck simulate --seeds 1 --from-seed 7` prints. It changes
/// with every change of what the engine says; then record it again (the failing assertion prints the new one).
const SEED_7: &str = include_str!("../fixtures/simulation.sha256");

/// The worlds of seeds 1 to `seeds`, on as many threads as there are cores.
fn worlds(seeds: u64, faults: &Faults) -> Vec<Outcome> {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let threads = u64::try_from(threads).unwrap();
    let every = |first: u64| (first..=seeds).step_by(usize::try_from(threads).unwrap()).collect::<Vec<u64>>();
    let run = |seed: u64| run_seed(&Plan::new(seed, faults.clone()));
    std::thread::scope(|scope| {
        let started: Vec<_> = (1..=threads)
            .map(|first| scope.spawn(move || every(first).into_iter().map(run).collect::<Vec<_>>()))
            .collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn broken(outcomes: &[Outcome]) -> Vec<String> {
    let violations = outcomes.iter().filter_map(|outcome| outcome.violation.as_ref());
    violations
        .map(|one| format!("seed {} step {}: {}: {}", one.seed, one.step, one.invariant, one.text))
        .collect()
}

#[test]
fn a_hundred_worlds_in_which_everything_goes_wrong_break_nothing() {
    let outcomes = worlds(100, &Faults::All);
    assert_eq!(broken(&outcomes), Vec::<String>::new());
    let struck: BTreeSet<FaultKind> =
        outcomes.iter().flat_map(|outcome| outcome.strikes.iter().map(|strike| strike.kind)).collect();
    let never: Vec<&str> =
        KINDS.iter().filter(|info| !struck.contains(&info.kind)).map(|info| info.id).collect();
    assert_eq!(never, Vec::<&str>::new(), "never injected");
    assert!(outcomes.iter().map(|outcome| outcome.fills).sum::<u64>() > 5_000, "worlds that trade");
}

#[test]
fn worlds_without_a_fault_raise_no_kill() {
    let outcomes = worlds(20, &Faults::None);
    assert_eq!(broken(&outcomes), Vec::<String>::new());
    assert_eq!(outcomes.iter().map(|outcome| outcome.automatic_kills).sum::<u32>(), 0);
    assert!(outcomes.iter().all(|outcome| outcome.strikes.is_empty() && outcome.fills > 50));
}

#[test]
fn the_same_seed_is_the_same_world_and_its_strikes_alone_make_it_again() {
    let plan = Plan::new(7, Faults::All);
    let (first, second) = (run_seed(&plan), run_seed(&plan));
    assert_eq!(first, second);
    let script: BTreeSet<Strike> = first.strikes.iter().copied().collect();
    let again = run_seed(&Plan::new(7, Faults::Script(script)));
    assert_eq!(again.event_hash, first.event_hash);
    // As `flightdeck simulate --seeds 1 --from-seed 7` prints it.
    let hash = format!("{:x}", Sha256::digest(first.event_hash.as_bytes()));
    assert_eq!(
        hash,
        SEED_7.trim(),
        "the events of seed 7 are others: record tests/fixtures/simulation.sha256 again"
    );
}

#[test]
fn every_world_that_once_broke_holds_now() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/scenarios");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of scenarios") {
        let path = entry.expect("an entry").path();
        let plan = read_scenario(&std::fs::read_to_string(&path).expect("a text")).expect("a scenario");
        let outcome = run_seed(&plan);
        assert_eq!(broken(&[outcome]), Vec::<String>::new(), "{}", path.display());
        count += 1;
    }
    assert!(count > 0);
}

/// Without a bug nothing breaks, so the minimiser is tried on a world that already holds: it leaves that as it is.
#[test]
fn a_world_that_holds_is_not_made_smaller() {
    let plan = Plan::new(3, Faults::Only([FaultKind::AckLost].into()));
    let outcome = run_seed(&plan);
    let (strikes, least) = minimise(&plan, &outcome);
    assert_eq!((strikes.len(), least), (outcome.strikes.len(), outcome));
}
