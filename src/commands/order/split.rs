//! `order split`: one large order in children.

use super::send::{Desk, TermsArgs, WhatArgs};
use crate::commands::exit::Exit;
use crate::wire::Operation;
use clap::Args;

/// Place one large order in children, one after the other; judged as a whole before the first leaves
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order split buy 0.6 BTCUSDT --each 0.2
  flightdeck order split sell 40 ETHUSD_PERP --each 10

No child is larger than the venue's freeze quantity, and there are at most 100. The next leaves when the one before is
acknowledged.")]
pub struct SplitArgs {
    #[command(flatten)]
    pub what: WhatArgs,
    /// The largest child, a multiple of the lot
    #[arg(long, value_name = "QTY", allow_hyphen_values = true)]
    pub each: String,
    #[command(flatten)]
    pub terms: TermsArgs,
}

/// Places it.
pub(super) fn split(desk: &Desk, args: &SplitArgs) -> anyhow::Result<Exit> {
    desk.send(Operation::Split { order: args.what.on(&args.terms), each: args.each.clone() })
}
