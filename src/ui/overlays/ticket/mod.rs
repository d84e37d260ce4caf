//! The order ticket: fields, the gate's answer before anything is sent, and two beats.

mod draft;
mod face;
mod form;
mod number;
mod rules;

pub(super) use draft::{Draft, Kind};
pub(super) use form::Ticket;
