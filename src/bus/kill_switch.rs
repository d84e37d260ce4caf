//! The gate at the last step before a broker: an atomic read that holds when everything else hangs.

use crate::model::{InstrumentId, KillLevel, Scope, StrategyId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Kill levels as atomics. Any thread raises them at once; the engine journals the raise and acts on it; only the
/// engine, carrying out a human's `Resume`, lowers them.
#[derive(Debug, Clone)]
pub struct KillSwitch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    global: AtomicU8,
    strategies: Vec<AtomicU8>,
    instruments: Vec<AtomicU8>,
    /// Counts raises: an order approved under an older epoch does not pass.
    epoch: AtomicU64,
}

impl KillSwitch {
    /// An open switch for this many strategies and instruments.
    pub fn new(strategies: usize, instruments: usize) -> Self {
        let zeros = |count: usize| (0..count).map(|_| AtomicU8::new(0)).collect();
        Self(Arc::new(Inner {
            global: AtomicU8::new(0),
            strategies: zeros(strategies),
            instruments: zeros(instruments),
            epoch: AtomicU64::new(0),
        }))
    }

    /// Raises a scope to a level; never lowers.
    pub fn raise(&self, level: KillLevel, scope: Scope) {
        let slot = match scope {
            Scope::All => Some(&self.0.global),
            Scope::Strategy(id) => self.0.strategies.get(id.index()),
            Scope::Instrument(id) => self.0.instruments.get(id.index()),
        };
        if let Some(slot) = slot {
            slot.fetch_max(level.number(), Ordering::SeqCst);
        }
        self.0.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// Back to trading. Only for the engine's `Resumed`, and only if nothing was raised since `epoch`, which the loop
    /// read before it took the request: a kill on its way is never undone by a resume that did not know of it.
    pub fn lower_all(&self, epoch: u64) {
        if self.epoch() != epoch {
            return;
        }
        self.0.global.store(0, Ordering::SeqCst);
        for slot in self.0.strategies.iter().chain(&self.0.instruments) {
            slot.store(0, Ordering::SeqCst);
        }
    }

    /// Whether an order that adds risk may leave.
    pub fn allows_risk(&self, strategy: StrategyId, instrument: InstrumentId) -> bool {
        let level = |slot: Option<&AtomicU8>| slot.map_or(0, |slot| slot.load(Ordering::SeqCst));
        self.0.global.load(Ordering::SeqCst) == 0
            && level(self.0.strategies.get(strategy.index())) == 0
            && level(self.0.instruments.get(instrument.index())) == 0
    }

    /// The level of everything.
    pub fn global(&self) -> KillLevel {
        KillLevel::from_number(self.0.global.load(Ordering::SeqCst)).unwrap_or(KillLevel::K4)
    }

    /// How often it was raised.
    pub fn epoch(&self) -> u64 {
        self.0.epoch.load(Ordering::SeqCst)
    }
}
