//! What happens: one pure step from an input to the events it makes, with the risk gate on every order's way.
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::integer_division
    )
)]

mod account;
mod batch;
mod close;
mod closing;
mod core;
mod day_end;
mod discipline;
mod dispatch;
mod effect;
mod held;
mod inquiry;
mod intake;
mod kill;
mod limits;
mod live;
mod loss;
mod netting;
mod options;
mod pens;
mod recovery;
mod replace;
pub mod risk;
mod settle;
mod smart;
mod step;
mod strategy;
mod submit;
mod trim;
mod watchdog;

pub use batch::assess as assess_batch;
pub use effect::{Effect, destination, effect};
pub use pens::{BasketSpec, OptionsSpec, SmartSpec};
pub use step::Engine;
pub use strategy::{Desk, Hired, NoProbe, OrderSpec, Probe, Strategy};
