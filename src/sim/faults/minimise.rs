//! Makes a failing world small: leaves out strikes as long as the same invariant still breaks (delta debugging).

use super::dice::{Faults, Strike};
use super::run::{Outcome, Plan, run_seed};
use std::collections::BTreeSet;

/// The most runs one minimisation may take.
const MOST_RUNS: u32 = 200;

/// The smallest set of strikes found that still breaks the same invariant, and what it breaks.
pub fn minimise(plan: &Plan, failed: &Outcome) -> (BTreeSet<Strike>, Outcome) {
    let mut best = (failed.strikes.iter().copied().collect::<BTreeSet<_>>(), failed.clone());
    let Some(invariant) = failed.violation.as_ref().map(|violation| violation.invariant) else { return best };
    let mut runs = 0;
    let mut pieces = 2_usize;
    while best.0.len() >= pieces && runs < MOST_RUNS {
        let strikes: Vec<Strike> = best.0.iter().copied().collect();
        let size = strikes.len().div_ceil(pieces);
        let smaller = strikes.chunks(size).find_map(|left_out| {
            runs += 1;
            let kept: BTreeSet<Strike> =
                strikes.iter().copied().filter(|strike| !left_out.contains(strike)).collect();
            let outcome = run_seed(&Plan { faults: Faults::Script(kept.clone()), ..plan.clone() });
            let same = outcome.violation.as_ref().is_some_and(|one| one.invariant == invariant);
            same.then_some((kept, outcome))
        });
        match smaller {
            Some(found) => {
                best = found;
                pieces = pieces.saturating_sub(1).max(2);
            }
            None if size == 1 => break,
            None => pieces = pieces.saturating_mul(2).min(strikes.len()),
        }
    }
    best
}
