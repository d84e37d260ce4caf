//! The engine as a trader meets it: scenarios on a bench with two instruments, two strategies and a scripted broker.
//! At every step of every scenario the books must balance and a state folded from the events alone must be the same.

mod bench;
mod close;
mod closes_anyway;
mod day;
mod world;

mod gate;
mod gate_limits;
mod hostile;
mod kill;
mod kill_resume;
mod market;
mod orders;
mod random;
mod reconcile;
mod strategies;
mod unproven;
mod watchdog;
