//! The engine as a trader meets it: scenarios on a bench with two instruments, two strategies and a scripted broker.
//! At every step of every scenario the books must balance and a state folded from the events alone must be the same.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

mod alerts;
mod bars;
mod bench;
mod bounds;
mod bracket;
mod close;
mod closes_anyway;
mod day;
mod world;

mod batches;
mod batches_decided;
mod batches_edges;
mod corrections;
mod discipline;
mod doubt;
mod edges;
mod ended;
mod exits;
mod faults_orders;
mod gate;
mod gate_limits;
mod gate_rules;
mod hearing;
mod held;
mod held_edges;
mod hostile;
mod hours;
mod intake_edges;
mod kill;
mod kill_resume;
mod leftovers;
mod limits;
mod machine;
mod market;
mod modes;
mod oco;
mod operations;
mod options;
mod orders;
mod random;
mod reconcile;
mod replace;
mod report_edges;
mod rules_edges;
mod self_trade;
mod smart;
mod split;
mod strategies;
mod trailing;
mod triggers;
mod unproven;
mod watchdog;
