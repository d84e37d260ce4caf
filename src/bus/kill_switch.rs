//! The gate at the last step before a broker: an atomic read that holds when everything else hangs.

use crate::model::{InstrumentId, KillLevel, Scope, StrategyId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bits of the level in a slot's word; the raises from outside are counted above them.
const LEVEL_BITS: u32 = 8;
const LEVEL_MASK: u64 = 0xff;

/// Kill levels as atomics. Any thread raises them at once; the engine journals the raise and acts on it; only the
/// engine, carrying out a human's `Resume`, lowers them, and only by what it knew.
#[derive(Debug, Clone)]
pub struct KillSwitch(Arc<Inner>);

/// One word per scope, level and count of raises together: no order of reads and writes can lose a raise.
#[derive(Debug)]
struct Inner {
    global: AtomicU64,
    strategies: Vec<AtomicU64>,
    instruments: Vec<AtomicU64>,
}

/// A scope of the switch at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// How often it was raised from outside the engine.
    pub raises: u64,
    pub level: KillLevel,
}

impl KillSwitch {
    /// An open switch for this many strategies and instruments.
    pub fn new(strategies: usize, instruments: usize) -> Self {
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Inner {
            global: AtomicU64::new(0),
            strategies: zeros(strategies),
            instruments: zeros(instruments),
        }))
    }

    /// Raises a scope to a level, from outside the engine; never lowers. Counted: no resume undoes it before the
    /// engine has heard of it.
    pub fn raise(&self, level: KillLevel, scope: Scope) {
        self.lift(level, scope, 1);
    }

    /// Closes the gate for a kill the engine has made a fact; never lowers.
    pub fn enforce(&self, level: KillLevel, scope: Scope) {
        self.lift(level, scope, 0);
    }

    fn lift(&self, level: KillLevel, scope: Scope, raises: u64) {
        let Some(slot) = self.slot(scope) else { return };
        let lifted = |word: u64| {
            let level = (word & LEVEL_MASK).max(u64::from(level.number()));
            Some((((word >> LEVEL_BITS) + raises) << LEVEL_BITS) | level)
        };
        // The closure always gives a word, so this ends with it written.
        let _before = slot.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lifted);
    }

    /// A scope back to what still holds there, if it was raised from outside exactly this often: whoever raised since, or has
    /// not been heard yet, keeps the gate as it is. Never raises. Returns whether it was lowered.
    pub fn lower(&self, scope: Scope, to: KillLevel, raises: u64) -> bool {
        let Some(slot) = self.slot(scope) else { return false };
        let lowered = |word: u64| {
            let level = (word & LEVEL_MASK).min(u64::from(to.number()));
            (word >> LEVEL_BITS == raises).then_some((raises << LEVEL_BITS) | level)
        };
        slot.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lowered).is_ok()
    }

    /// A scope at this instant; `None` for one it does not have.
    pub fn read(&self, scope: Scope) -> Option<Slot> {
        self.slot(scope).map(|slot| {
            let word = slot.load(Ordering::SeqCst);
            Slot { raises: word >> LEVEL_BITS, level: level_of(word) }
        })
    }

    /// Every scope it has.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> + use<> {
        let strategies = (0_u16..).take(self.0.strategies.len()).map(StrategyId::new).map(Scope::Strategy);
        let instruments = (0_u16..).take(self.0.instruments.len()).map(InstrumentId::new);
        std::iter::once(Scope::All).chain(strategies).chain(instruments.map(Scope::Instrument))
    }

    /// The scopes that are closed now, and how far.
    pub fn standing(&self) -> Vec<(Scope, KillLevel)> {
        let level = |scope| self.read(scope).map_or(KillLevel::K0, |slot| slot.level);
        self.scopes().map(|scope| (scope, level(scope))).filter(|(_, level)| *level > KillLevel::K0).collect()
    }

    /// Whether an order that adds risk may leave.
    pub fn allows_risk(&self, strategy: StrategyId, instrument: InstrumentId) -> bool {
        let level =
            |slot: Option<&AtomicU64>| slot.map_or(0, |slot| slot.load(Ordering::SeqCst) & LEVEL_MASK);
        level(Some(&self.0.global)) == 0
            && level(self.0.strategies.get(strategy.index())) == 0
            && level(self.0.instruments.get(instrument.index())) == 0
    }

    /// The level of everything.
    pub fn global(&self) -> KillLevel {
        level_of(self.0.global.load(Ordering::SeqCst))
    }

    fn slot(&self, scope: Scope) -> Option<&AtomicU64> {
        match scope {
            Scope::All => Some(&self.0.global),
            Scope::Strategy(id) => self.0.strategies.get(id.index()),
            Scope::Instrument(id) => self.0.instruments.get(id.index()),
        }
    }
}

fn level_of(word: u64) -> KillLevel {
    let number = u8::try_from(word & LEVEL_MASK).unwrap_or(u8::MAX);
    KillLevel::from_number(number).unwrap_or(KillLevel::K4)
}
