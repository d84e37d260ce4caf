//! The control door over a real socket, before a real engine with a scripted broker.

mod closing;
mod desk;
mod earlier;
mod guard;
mod limits;
mod operations;
mod orders;
