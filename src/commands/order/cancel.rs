//! `order cancel` and `order cancel-all`.

use super::send::Desk;
use crate::commands::exit::Exit;
use crate::wire::{Operation, ScopeName};
use clap::Args;

/// Cancel one order
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Example:
  flightdeck order cancel A-12")]
pub struct CancelArgs {
    /// The order, as screens show it: A-12
    pub order: String,
}

/// Cancel every order of a scope, sleeping stops and held orders too; batches under it send no further leg
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order cancel-all
  flightdeck order cancel-all --scope strategy:manual
  flightdeck order cancel-all --scope instrument:BTCUSDT")]
pub struct CancelAllArgs {
    /// all, strategy:NAME or instrument:SYMBOL
    #[arg(long, default_value = "all")]
    pub scope: ScopeName,
}

/// Cancels it.
pub(super) fn cancel(desk: &Desk, args: &CancelArgs) -> anyhow::Result<Exit> {
    desk.send(Operation::Cancel { order: args.order.clone() })
}

/// Cancels them.
pub(super) fn cancel_all(desk: &Desk, args: &CancelAllArgs) -> anyhow::Result<Exit> {
    desk.send(Operation::CancelAll { scope: args.scope.clone() })
}
