//! The control door over a real socket, before a real engine with a scripted broker.

mod desk;
mod guard;
mod operations;
mod orders;
