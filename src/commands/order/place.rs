//! `order place`: one order.

use super::send::{Desk, TermsArgs, WhatArgs};
use crate::commands::exit::Exit;
use crate::wire::Operation;
use clap::Args;

/// Place one order: market, limit, stop, stop-limit or trailing stop, by the prices that are given
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order place buy 0.01 BTCUSDT
  flightdeck order place buy 0.01 BTCUSDT --price 61000 --post-only
  flightdeck order place sell 0.01 BTCUSDT --trigger 59000 --reduce-only
  flightdeck order place sell 0.01 BTCUSDT --trigger 59000 --trail 500 --reduce-only
  flightdeck order place buy 0.01 BTCUSDT --price 61000 --dry-run")]
pub struct PlaceOrderArgs {
    #[command(flatten)]
    pub what: WhatArgs,
    #[command(flatten)]
    pub terms: TermsArgs,
    /// Ask every rule of the gate and send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Places it.
pub(super) fn place(desk: &Desk, args: &PlaceOrderArgs) -> anyhow::Result<Exit> {
    let operation = Operation::Place { order: args.what.on(&args.terms) };
    if args.dry_run { desk.dry_run(operation) } else { desk.send(operation) }
}
