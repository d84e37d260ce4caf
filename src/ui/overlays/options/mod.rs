//! Options by their offsets from the money: one, a straddle, a strangle, a spread or a condor, in two beats.

mod contracts;
mod draft;
mod form;
mod payoff;

pub(super) use form::OptionsTicket;
