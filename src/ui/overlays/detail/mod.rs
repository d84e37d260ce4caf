//! What a row is: everything known of an order, a trade, a strategy, an instrument, an event, and the chain behind it.

mod chain;
mod order;
mod place;
mod reader;
mod strategy;
mod strategy_page;
mod subject;

pub(super) use chain::gone;
pub(super) use reader::Reader;
pub(super) use strategy_page::StrategyDetail;
pub(super) use subject::Subject;
