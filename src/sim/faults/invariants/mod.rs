//! What must hold: every invariant of the reliability list by number, each one function, or why it is proven elsewhere.

mod batches;
mod books;
mod doubt;
mod journal;
mod kill;
mod limits;
mod orders;
mod quiet;
mod registry;
mod reserve;
mod risk;
mod self_match;

pub(super) use registry::{Check, Verdict};
pub use registry::{INVARIANTS, Invariant};

pub(in crate::sim::faults) use batches::SeenBatch;
pub(in crate::sim::faults) use kill::protection_taken;
