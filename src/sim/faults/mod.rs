//! The fault simulation: seeded worlds in which broker, market, clock and operator do everything wrong to the engine,
//! and the invariants that must hold all the same.

mod chaos;
mod checker;
mod dice;
mod inbound;
mod invariants;
mod kind;
mod lies;
mod market;
mod matching;
mod minimise;
mod operator;
mod outbound;
mod run;
mod scenario;
mod setup;
mod turns;
mod venue;
mod world;

pub use checker::Violation;
pub use dice::{Faults, Strike};
pub use invariants::{INVARIANTS, Invariant};
pub use kind::{FaultKind, KINDS, KindInfo, NOT_INJECTED, NotInjected};
pub use minimise::minimise;
pub use run::{Outcome, Plan, counts, run_seed};
pub use scenario::{ScenarioError, read_scenario, write_scenario};
