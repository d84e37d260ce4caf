//! `order bracket`: an entry with the exits that protect it.

use super::send::{Desk, TermsArgs, TifWord, WhatArgs};
use crate::commands::exit::Exit;
use crate::wire::Operation;
use clap::Args;

/// Place an entry with a stop and a target that protect what it fills
///
/// The exits are held by the engine and reduce only: they sleep until the entry fills, grow with its fills, and whichever
/// comes first ends the other. They end when the engine does.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order bracket buy 0.01 BTCUSDT --stop 59000 --target 63000
  flightdeck order bracket sell 0.01 BTCUSDT --price 61500 --stop 62000")]
pub struct BracketArgs {
    #[command(flatten)]
    pub what: WhatArgs,
    /// Trigger of the stop: below the entry of a buy, above that of a sell
    #[arg(long, allow_hyphen_values = true)]
    pub stop: String,
    /// Limit price of the target, on the other side of the entry
    #[arg(long, allow_hyphen_values = true)]
    pub target: Option<String>,
    /// Limit price of the entry; without it the entry is a market order
    #[arg(long, allow_hyphen_values = true)]
    pub price: Option<String>,
    /// Trigger of a stop as the entry; with --price of a stop-limit
    #[arg(long, allow_hyphen_values = true)]
    pub trigger: Option<String>,
    /// How long the entry lives [default: ioc for a market order, gtc for others]
    #[arg(long)]
    pub tif: Option<TifWord>,
    /// The entry never takes liquidity
    #[arg(long)]
    pub post_only: bool,
}

/// Places it.
pub(super) fn bracket(desk: &Desk, args: &BracketArgs) -> anyhow::Result<Exit> {
    let entry = TermsArgs {
        price: args.price.clone(),
        trigger: args.trigger.clone(),
        tif: args.tif,
        post_only: args.post_only,
        ..TermsArgs::default()
    };
    desk.send(Operation::Bracket {
        order: args.what.on(&entry),
        stop: args.stop.clone(),
        target: args.target.clone(),
    })
}
