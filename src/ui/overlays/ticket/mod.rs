//! The order ticket: fields, the gate's answer before anything is sent, and two beats.

mod draft;
mod effects;
mod face;
mod form;
mod intent;
mod number;
mod rules;

pub(super) use draft::Draft;
pub(super) use intent::Ticket;
