//! Where markets and brokers come in: one folder or file for each, behind the traits the cockpit knows.

pub mod tape;
