//! Flightdeck: a terminal cockpit for people who run several trading strategies at once.

pub mod bus;
pub mod model;
pub mod sim;
pub mod state;
pub mod ui;
pub mod wire;
