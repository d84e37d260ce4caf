//! Flightdeck: a terminal cockpit for people who run several trading strategies at once.

pub mod config;
pub mod model;
pub mod sim;
