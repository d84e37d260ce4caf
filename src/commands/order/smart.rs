//! `order smart`: a target position.

use super::send::{Desk, TifWord};
use crate::commands::exit::Exit;
use crate::model::DisplayText;
use crate::wire::Operation;
use clap::Args;

/// Bring the strategy's position to a target: the difference to what it holds and has working is sent as one order
///
/// Refused while the position is not trusted: an order's fate is unknown, a cancel is on its way, or the books differ.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order smart BTCUSDT 0.05
  flightdeck order smart BTCUSDT -0.05 --price 61000
  flightdeck order smart BTCUSDT 0")]
pub struct SmartArgs {
    /// The instrument
    pub symbol: String,
    /// The position to reach; below zero is short
    #[arg(allow_hyphen_values = true)]
    pub target: String,
    /// Limit price; without it the order is a market order
    #[arg(long, allow_hyphen_values = true)]
    pub price: Option<String>,
    /// How long it lives [default: ioc for a market order, gtc for a limit]
    #[arg(long)]
    pub tif: Option<TifWord>,
}

/// Sends the difference.
pub(super) fn smart(desk: &Desk, args: &SmartArgs) -> anyhow::Result<Exit> {
    desk.send(Operation::Smart {
        symbol: DisplayText::new(&args.symbol),
        target: args.target.clone(),
        price: args.price.clone(),
        tif: args.tif.map(TifWord::tif),
    })
}
