//! How inputs reach the core and events leave it: bounded, named, gauged, and never able to slow it.

mod aside;
mod durable;
mod gauge;
mod inbox;
mod kill_switch;
mod outlet;
mod subscriber;

pub use aside::{Aside, AsideDesk, aside};
pub use durable::{Durable, Stopwatch};
pub use gauge::{Gauge, GaugeReading};
pub use inbox::{ControlSender, Inbox, InboxEnds, LaneFull, MarketSender, ReportSender, Taken, Wake};
pub use kill_switch::{KillSwitch, Slot};
pub use outlet::{Offer, Outlet, OutletEnd};
pub use subscriber::Subscriber;
