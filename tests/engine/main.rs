//! The engine as a trader meets it: scenarios on a bench with two instruments, two strategies and a scripted broker.
//! At every step of every scenario the books must balance and a state folded from the events alone must be the same.

mod alerts;
mod bench;
mod bracket;
mod close;
mod closes_anyway;
mod day;
mod world;

mod exits;
mod gate;
mod gate_limits;
mod held;
mod hostile;
mod kill;
mod kill_resume;
mod market;
mod oco;
mod orders;
mod random;
mod reconcile;
mod strategies;
mod trailing;
mod unproven;
mod watchdog;
