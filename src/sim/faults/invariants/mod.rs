//! What must hold: every invariant of the reliability list by number, each one function, or why it is proven elsewhere.

mod books;
mod journal;
mod kill;
mod orders;
mod quiet;
mod registry;
mod risk;

pub(super) use registry::{Check, Verdict};
pub use registry::{INVARIANTS, Invariant};
