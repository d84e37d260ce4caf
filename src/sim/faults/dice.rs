//! Who is struck when: each seed switches some kinds on, and every decision can be repeated, also one by one.

use super::kind::{FaultKind, KINDS};
use crate::sim::Rng;
use std::collections::BTreeSet;

/// A fault that was injected: the kind, and which of its opportunities it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strike {
    pub kind: FaultKind,
    pub nth: u32,
}

/// Which faults a world may meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Faults {
    /// A random part of all kinds, other ones and at other rates for each seed.
    All,
    None,
    /// These kinds, always.
    Only(BTreeSet<FaultKind>),
    /// Exactly these strikes: a world that is repeated, whole or in part.
    Script(BTreeSet<Strike>),
}

/// The dice of one world. Whether an opportunity is taken depends on the seed, the kind and its count alone, so that
/// leaving one strike out does not move the others' dice.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    /// Strikes in ten thousand opportunities, by kind; zero is off.
    rates: Vec<u64>,
    seen: Vec<u32>,
    script: Option<BTreeSet<Strike>>,
    healed: bool,
    struck: Vec<Strike>,
}

impl Dice {
    pub(super) fn new(seed: u64, faults: &Faults) -> Self {
        let mut rng = Rng::stream(seed, 1);
        let share = match rng.below(4) {
            0 => 12,
            1 => 30,
            2 => 55,
            _ => 85,
        };
        let rates = KINDS.iter().map(|info| {
            let (on, pace) = (rng.percent(share), rng.below(3));
            let usual = u64::from(info.chance);
            let swarm = match pace {
                0 => usual.div_ceil(2),
                1 => usual,
                _ => usual.saturating_mul(3),
            };
            match faults {
                Faults::All if on => swarm,
                Faults::Only(kinds) if kinds.contains(&info.kind) => swarm.max(usual),
                Faults::All | Faults::Only(_) | Faults::None | Faults::Script(_) => 0,
            }
        });
        let rates = rates.collect();
        let script = match faults {
            Faults::Script(strikes) => Some(strikes.clone()),
            Faults::All | Faults::None | Faults::Only(_) => None,
        };
        Self { seed, rates, seen: vec![0; KINDS.len()], script, healed: false, struck: Vec::new() }
    }

    /// Whether the next opportunity of a kind is taken; the numbers that shape the fault come with it.
    pub(super) fn strikes(&mut self, kind: FaultKind) -> Option<Rng> {
        if self.healed {
            return None;
        }
        let index = kind.index();
        let rate = self.rates.get(index).copied().unwrap_or_default();
        if rate == 0 && self.script.is_none() {
            return None;
        }
        let seen = self.seen.get_mut(index)?;
        *seen += 1;
        let strike = Strike { kind, nth: *seen };
        let stream = u64::try_from(index).unwrap_or_default().wrapping_add(1) << 32 | u64::from(strike.nth);
        let mut rng = Rng::stream(self.seed, stream);
        let roll = rng.below(10_000);
        let hit = match &self.script {
            Some(script) => script.contains(&strike),
            None => roll < rate,
        };
        hit.then(|| {
            self.struck.push(strike);
            rng
        })
    }

    /// No fault strikes any more.
    pub(super) const fn heal(&mut self) {
        self.healed = true;
    }

    /// What was injected, in order.
    pub(super) fn struck(&self) -> &[Strike] {
        &self.struck
    }
}

#[cfg(test)]
mod tests {
    use super::{Dice, FaultKind, Faults, Strike};
    use std::collections::BTreeSet;

    #[test]
    fn a_script_of_all_strikes_repeats_them_and_one_of_some_does_not_move_them() {
        let only = Faults::Only([FaultKind::AckLost, FaultKind::DupFill].into());
        let roll = |faults: &Faults| {
            let mut dice = Dice::new(7, faults);
            for _ in 0..400 {
                dice.strikes(FaultKind::AckLost);
                dice.strikes(FaultKind::DupFill);
            }
            dice.struck().to_vec()
        };
        let all = roll(&only);
        assert!(all.len() > 10);
        assert_eq!(roll(&Faults::Script(all.iter().copied().collect())), all);
        let half: BTreeSet<Strike> = all.iter().copied().step_by(2).collect();
        assert_eq!(roll(&Faults::Script(half.clone())).into_iter().collect::<BTreeSet<_>>(), half);
        assert!(roll(&Faults::None).is_empty());
    }
}
