//! Flightdeck: a terminal cockpit for people who run several trading strategies at once.

pub mod adapters;
pub mod commands;
pub mod model;
pub mod sim;
