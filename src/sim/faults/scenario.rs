//! A world as a text that a test can run again: the seed, and exactly which faults strike.

use super::dice::{Faults, Strike};
use super::kind::FaultKind;
use super::run::Plan;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    #[error("line {0}: expected `seed N`, `steps N` or `strike F-NNN NTH`")]
    Line(usize),
    #[error("no line `seed N`")]
    NoSeed,
}

/// Writes a world as a scenario; comments say what it once broke.
pub fn write_scenario(seed: u64, steps: Option<u64>, strikes: &BTreeSet<Strike>, why: &str) -> String {
    let mut text = String::new();
    for line in why.lines() {
        writeln!(text, "# {line}").unwrap_or_default();
    }
    writeln!(text, "seed {seed}").unwrap_or_default();
    if let Some(steps) = steps {
        writeln!(text, "steps {steps}").unwrap_or_default();
    }
    for strike in strikes {
        writeln!(text, "strike {} {}", strike.kind.id(), strike.nth).unwrap_or_default();
    }
    text
}

/// Reads a scenario.
pub fn read_scenario(text: &str) -> Result<Plan, ScenarioError> {
    let (mut seed, mut steps, mut strikes) = (None, None, BTreeSet::new());
    for (index, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let wrong = ScenarioError::Line(index.saturating_add(1));
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["seed", number] => seed = Some(number.parse().map_err(|_error| wrong)?),
            ["steps", number] => steps = Some(number.parse().map_err(|_error| wrong)?),
            ["strike", id, nth] => {
                let (Some(kind), Ok(nth)) = (FaultKind::of_id(id), nth.parse()) else { return Err(wrong) };
                strikes.insert(Strike { kind, nth });
            }
            _ => return Err(wrong),
        }
    }
    let seed = seed.ok_or(ScenarioError::NoSeed)?;
    Ok(Plan { steps, ..Plan::new(seed, Faults::Script(strikes)) })
}

#[cfg(test)]
mod tests {
    use super::{ScenarioError, read_scenario, write_scenario};
    use crate::sim::faults::{FaultKind, Faults, Strike};

    #[test]
    fn a_scenario_reads_back_as_it_was_written() {
        let strikes =
            [Strike { kind: FaultKind::AckLost, nth: 3 }, Strike { kind: FaultKind::Crash, nth: 1 }];
        let text = write_scenario(42, Some(900), &strikes.into(), "broke 26");
        let plan = read_scenario(&text).unwrap();
        assert_eq!((plan.seed, plan.steps, plan.faults), (42, Some(900), Faults::Script(strikes.into())));
    }

    #[test]
    fn a_line_that_says_nothing_is_named() {
        assert_eq!(read_scenario("seed 1\nstrike F-999 1"), Err(ScenarioError::Line(2)));
        assert_eq!(read_scenario("# nothing"), Err(ScenarioError::NoSeed));
    }
}
