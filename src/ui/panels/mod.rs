//! The panels: one file each.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a panel answers a few actions and leaves the rest to the app"
)]

mod accounts;
mod alerts;
mod batches;
mod book;
mod books;
mod candles;
mod chain;
mod chain_cells;
mod chart;
mod equity;
mod events;
mod gauge;
mod limits;
mod log;
mod measured;
mod orders;
mod report;
mod risk;
mod standing;
mod strategies;
mod strategy_cells;
mod system;
mod tape;
mod trades;
mod unknown;

pub(super) use alerts::alerts;
pub(super) use batches::batches;
pub(super) use book::book;
pub(super) use books::books;
pub(super) use chain::chain;
pub(super) use chart::chart;
pub(super) use equity::equity;
pub(super) use events::events;
pub(super) use log::{gather_log, log};
pub(super) use measured::measure;
pub(super) use orders::orders;
pub(super) use report::report;
pub(super) use risk::risk;
pub(super) use standing::{books_agree, holding, standing};
pub(super) use strategies::{strategies, wanted_rows};
pub(super) use system::system;
pub(super) use tape::tape;
pub(super) use trades::trades;
pub(super) use unknown::unknown;
