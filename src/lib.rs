//! Flightdeck: a terminal cockpit for people who run several trading strategies at once.

pub mod adapters;
pub mod analytics;
pub mod bus;
pub mod commands;
pub mod config;
pub mod engine;
pub mod model;
pub mod runtime;
pub mod serve;
pub mod sim;
pub mod state;
pub mod store;
pub mod strategies;
pub mod ui;
pub mod venue;
pub mod wire;
