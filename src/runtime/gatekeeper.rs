//! The loop's side of the kill switch: which raises the engine has heard of, so that a resume undoes no other.

use crate::bus::KillSwitch;
use crate::model::{KillLevel, Scope};

/// Counts, for each scope, the raises from outside that have become facts.
#[derive(Debug)]
pub struct Gatekeeper {
    switch: KillSwitch,
    slots: Vec<Heard>,
}

#[derive(Debug)]
struct Heard {
    scope: Scope,
    raises: u64,
    /// Raises there were at the last look and whose requests had not come then.
    overdue: Option<u64>,
}

impl Gatekeeper {
    /// A keeper of a switch nobody has raised yet.
    pub fn new(switch: KillSwitch) -> Self {
        let slots = switch.scopes().map(|scope| Heard { scope, raises: 0, overdue: None }).collect();
        Self { switch, slots }
    }

    /// A kill request from outside is at hand: one raise of its scope has been heard.
    pub fn heard(&mut self, scope: Scope) {
        let Some(raised) = self.switch.read(scope).map(|slot| slot.raises) else { return };
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.scope == scope) {
            slot.raises = (slot.raises + 1).min(raised);
        }
    }

    /// The engine made a kill a fact.
    pub fn raised(&self, level: KillLevel, scope: Scope) {
        self.switch.enforce(level, scope);
    }

    /// The engine carried out a human's resume: every scope whose raises have all been heard is lowered to what is `left`
    /// there in the books. What stays stopped is open at no time.
    pub fn resumed(&self, left: impl Fn(Scope) -> KillLevel) {
        for slot in &self.slots {
            if !self.switch.lower(slot.scope, left(slot.scope), slot.raises) {
                tracing::warn!(scope = ?slot.scope, "raised again: the gate stays closed");
            }
        }
    }

    /// Kills that stand at the gate and not in the books, and whose requests did not come from one look to the next:
    /// they are lost, and what they asked for is to be made a fact.
    pub fn unheard(&mut self, known: impl Fn(Scope) -> KillLevel) -> Vec<(Scope, KillLevel)> {
        let mut lost = Vec::new();
        for slot in &mut self.slots {
            let Some(gate) = self.switch.read(slot.scope) else { continue };
            let known = known(slot.scope);
            if gate.raises == slot.raises && gate.level <= known {
                slot.overdue = None;
            } else if slot.overdue == Some(gate.raises) {
                slot.raises = gate.raises;
                slot.overdue = None;
                lost.extend((gate.level > known).then_some((slot.scope, gate.level)));
            } else {
                slot.overdue = Some(gate.raises);
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::Gatekeeper;
    use crate::bus::KillSwitch;
    use crate::model::{InstrumentId, KillLevel, Scope, StrategyId};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{SyncSender, sync_channel};
    use std::thread;

    const SEED: u64 = 0x5eed;

    /// Numbers that look random and are the same each time (xorshift).
    fn next(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    const TURNS: usize = 2_000;

    /// Raises and asks, and never sees an open gate before it was heard.
    fn raise_and_ask(
        raiser: usize,
        switch: &KillSwitch,
        heard: &[AtomicBool],
        asks: &SyncSender<(Scope, usize)>,
    ) {
        let scopes = [Scope::All, Scope::Strategy(StrategyId::new(1))];
        let mut dice = SEED + u64::try_from(raiser).unwrap();
        for (id, heard) in heard.iter().enumerate().skip(raiser * TURNS).take(TURNS) {
            let scope = if next(&mut dice).is_multiple_of(2) { scopes[0] } else { scopes[1] };
            switch.raise(KillLevel::K1, scope);
            for _ in 0..next(&mut dice) % 4 {
                let is_open = switch.read(scope).unwrap().level == KillLevel::K0;
                assert!(!is_open || heard.load(Ordering::SeqCst), "a raise is lost, seed {SEED:#x}");
            }
            asks.send((scope, id)).unwrap();
        }
    }

    #[test]
    fn no_resume_opens_a_gate_whose_raise_the_engine_has_not_heard() {
        let switch = KillSwitch::new(2, 1);
        let (asks, requests) = sync_channel(64);
        let heard: Vec<AtomicBool> = (0..4 * TURNS).map(|_| AtomicBool::new(false)).collect();
        thread::scope(|threads| {
            for raiser in 0..4 {
                let (asks, switch, heard) = (asks.clone(), switch.clone(), &heard);
                threads.spawn(move || raise_and_ask(raiser, &switch, heard, &asks));
            }
            drop(asks);
            let mut keeper = Gatekeeper::new(switch.clone());
            // The core resumes after every kill it hears.
            while let Ok((scope, id)) = requests.recv() {
                keeper.heard(scope);
                heard[id].store(true, Ordering::SeqCst);
                keeper.raised(KillLevel::K1, scope);
                keeper.resumed(|_| KillLevel::K0);
            }
        });
        assert_eq!(switch.standing(), [], "all were heard, so the last resume opened everything");
    }

    #[test]
    fn a_kill_whose_request_was_lost_becomes_a_fact_in_its_own_scope() {
        let switch = KillSwitch::new(2, 1);
        let mut keeper = Gatekeeper::new(switch.clone());
        let control = |_: Scope| KillLevel::K0;
        let scope = Scope::Strategy(StrategyId::new(1));
        switch.raise(KillLevel::K2, scope);
        assert_eq!(keeper.unheard(control), [], "its request may be on the way");
        keeper.resumed(control);
        assert_eq!(switch.standing(), [(scope, KillLevel::K2)]);
        assert_eq!(keeper.unheard(control), [(scope, KillLevel::K2)]);
        keeper.resumed(control);
        assert_eq!(switch.standing(), []);
    }

    #[test]
    fn a_resume_opens_nothing_that_stays_stopped() {
        let switch = KillSwitch::new(2, 2);
        let mut keeper = Gatekeeper::new(switch.clone());
        let [lost, held] = [0, 1].map(|number| Scope::Instrument(InstrumentId::new(number)));
        for (scope, level) in [(Scope::All, KillLevel::K1), (lost, KillLevel::K2), (held, KillLevel::K3)] {
            keeper.raised(level, scope);
        }
        // At one the stop of a lost account stays as it is, at another less than there was.
        let left = |scope: Scope| match scope {
            Scope::Instrument(_) => KillLevel::K2,
            Scope::All | Scope::Strategy(_) => KillLevel::K0,
        };
        keeper.resumed(left);
        assert_eq!(switch.standing(), [(lost, KillLevel::K2), (held, KillLevel::K2)]);
        for _ in 0..3 {
            assert_eq!(keeper.unheard(left), [], "nothing is left at the gate that is not in the books");
        }
    }
}
