//! The order ticket: fields, the gate's answer before anything is sent, and two beats; also the change of an order
//! that works.

mod amend;
mod draft;
mod effects;
mod face;
mod fields;
mod form;
mod intent;
mod number;
mod plan;
mod rules;
mod slot;

pub(super) use draft::{Draft, next};
pub(super) use intent::Ticket;
pub(super) use number::qty as typed_qty;
