//! `order close`: out of a position, or out of every position of a scope.

use super::send::Desk;
use crate::commands::exit::{Exit, UsageError};
use crate::model::DisplayText;
use crate::wire::{Operation, ScopeName};
use clap::Args;

/// Close a position, or every position of a scope: its orders are canceled, then it is closed at market, reduce-only
///
/// The answer names every order that was canceled to make way: what protected the position is gone, also where it was not closed
/// in the end.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order close BTCUSDT
  flightdeck order close BTCUSDT --strategy sma-btc
  flightdeck order close --scope strategy:sma-btc
  flightdeck order close --all")]
pub struct CloseArgs {
    /// The instrument of one position of --strategy
    pub symbol: Option<String>,
    /// Every position there is
    #[arg(long, conflicts_with_all = ["symbol", "scope"])]
    pub all: bool,
    /// Every position of strategy:NAME or instrument:SYMBOL
    #[arg(long, conflicts_with = "symbol")]
    pub scope: Option<ScopeName>,
}

/// Closes it.
pub(super) fn close(desk: &Desk, args: &CloseArgs) -> anyhow::Result<Exit> {
    if args.symbol.is_none() && args.scope.is_none() && !args.all {
        let text =
            "close what? Name SYMBOL (of --strategy), --scope strategy:NAME or instrument:SYMBOL, or --all";
        return Err(UsageError(text.to_owned()).into());
    }
    desk.send(match (&args.symbol, &args.scope) {
        (Some(symbol), _) => Operation::Close { symbol: DisplayText::new(symbol) },
        (None, Some(scope)) => Operation::CloseAll { scope: scope.clone() },
        (None, None) => Operation::CloseAll { scope: ScopeName::All },
    })
}
