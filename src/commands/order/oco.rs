//! `order oco`: a limit and a stop, of which one's fills end the other.

use super::send::{Desk, TermsArgs, TifWord, WhatArgs};
use crate::commands::exit::Exit;
use crate::wire::Operation;
use clap::Args;

/// Place a limit and a stop of one quantity: the fills of one shrink the other until it ends
///
/// At most one of them is at the venue at a time; the other is held by the engine and watched while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order oco sell 0.01 BTCUSDT --price 63000 --stop 59000 --reduce-only
  flightdeck order oco buy 0.01 BTCUSDT --price 59000 --stop 63000
  flightdeck order oco sell 0.01 BTCUSDT --price 63000 --stop 59000 --trail 500 --reduce-only")]
pub struct OcoArgs {
    #[command(flatten)]
    pub what: WhatArgs,
    /// Price of the limit
    #[arg(long, allow_hyphen_values = true)]
    pub price: String,
    /// Trigger of the stop
    #[arg(long, allow_hyphen_values = true)]
    pub stop: String,
    /// Limit price of the stop, which is then a stop-limit
    #[arg(long, allow_hyphen_values = true, conflicts_with = "trail")]
    pub stop_price: Option<String>,
    /// Distance at which the trigger of the stop follows the market
    #[arg(long, allow_hyphen_values = true)]
    pub trail: Option<String>,
    /// How long they live [default: gtc]
    #[arg(long)]
    pub tif: Option<TifWord>,
    /// Never enlarge or flip the position
    #[arg(long)]
    pub reduce_only: bool,
}

/// Places both.
pub(super) fn oco(desk: &Desk, args: &OcoArgs) -> anyhow::Result<Exit> {
    let (tif, reduce_only) = (args.tif, args.reduce_only);
    let limit = TermsArgs { price: Some(args.price.clone()), tif, reduce_only, ..TermsArgs::default() };
    let stop = TermsArgs {
        trigger: Some(args.stop.clone()),
        price: args.stop_price.clone(),
        trail: args.trail.clone(),
        ..TermsArgs { tif, reduce_only, ..TermsArgs::default() }
    };
    let places = ["--price".to_owned(), "--stop".to_owned()];
    desk.send_legs(Operation::Oco { one: args.what.on(&limit), other: args.what.on(&stop) }, &places)
}
