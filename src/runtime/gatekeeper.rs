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

    /// The engine carried out a human's resume: every scope whose raises have all been heard is opened.
    pub fn resumed(&self) {
        for slot in &self.slots {
            if !self.switch.lower(slot.scope, slot.raises) {
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
                if gate.level > known {
                    lost.push((slot.scope, gate.level));
                }
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
    use crate::model::{KillLevel, Scope, StrategyId};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::sync_channel;
    use std::thread;

    const SEED: u64 = 0x5eed;

    /// Numbers that look random and are the same each time (xorshift).
    fn next(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[test]
    fn no_resume_opens_a_gate_whose_raise_the_engine_has_not_heard() {
        println!("seed {SEED:#x}");
        let switch = KillSwitch::new(2, 1);
        let scopes = [Scope::All, Scope::Strategy(StrategyId::new(1))];
        let (send, requests) = sync_channel::<(Scope, usize)>(64);
        let heard: Vec<AtomicBool> = (0..4 * 2_000).map(|_| AtomicBool::new(false)).collect();
        thread::scope(|threads| {
            for raiser in 0..4_usize {
                let (send, switch, heard) = (send.clone(), switch.clone(), &heard);
                threads.spawn(move || {
                    let mut seed = SEED + raiser as u64;
                    for turn in 0..2_000 {
                        let id = raiser * 2_000 + turn;
                        let scope = scopes[(next(&mut seed) % 2) as usize];
                        switch.raise(KillLevel::K1, scope);
                        for _ in 0..next(&mut seed) % 4 {
                            let gate = switch.read(scope).unwrap().level;
                            assert!(
                                gate > KillLevel::K0 || heard[id].load(Ordering::SeqCst),
                                "lost, seed {SEED:#x}"
                            );
                        }
                        send.send((scope, id)).unwrap();
                    }
                });
            }
            drop(send);
            let mut keeper = Gatekeeper::new(switch.clone());
            let mut seed = SEED;
            // The core resumes as often as it hears a kill.
            while let Ok((scope, id)) = requests.recv() {
                keeper.heard(scope);
                heard[id].store(true, Ordering::SeqCst);
                keeper.raised(KillLevel::K1, scope);
                if next(&mut seed) % 2 == 0 {
                    keeper.resumed();
                }
            }
            keeper.resumed();
        });
        assert_eq!(switch.standing(), [], "all were heard, so the last resume opened everything");
    }

    #[test]
    fn a_kill_whose_request_was_lost_becomes_a_fact_in_its_own_scope() {
        let switch = KillSwitch::new(2, 1);
        let mut keeper = Gatekeeper::new(switch.clone());
        let control = |_| KillLevel::K0;
        let scope = Scope::Strategy(StrategyId::new(1));
        switch.raise(KillLevel::K2, scope);
        assert_eq!(keeper.unheard(control), [], "its request may be on the way");
        keeper.resumed();
        assert_eq!(switch.standing(), [(scope, KillLevel::K2)]);
        assert_eq!(keeper.unheard(control), [(scope, KillLevel::K2)]);
        keeper.resumed();
        assert_eq!(switch.standing(), []);
    }
}
