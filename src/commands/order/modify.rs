//! `order modify`: another quantity, price or trigger for a working order.

use super::send::Desk;
use crate::commands::exit::{Exit, UsageError};
use crate::wire::Operation;
use clap::Args;

/// Change a working order; what is not said stays as it is
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order modify A-12 --price 60900
  flightdeck order modify A-12 --qty 0.02 --price 60900")]
pub struct ModifyArgs {
    /// The order, as screens show it: A-12
    pub order: String,
    /// The whole new quantity, the filled part included
    #[arg(long, allow_hyphen_values = true)]
    pub qty: Option<String>,
    /// The new limit price
    #[arg(long, allow_hyphen_values = true)]
    pub price: Option<String>,
    /// The new trigger
    #[arg(long, allow_hyphen_values = true)]
    pub trigger: Option<String>,
}

/// Changes it.
pub(super) fn modify(desk: &Desk, args: &ModifyArgs) -> anyhow::Result<Exit> {
    if args.qty.is_none() && args.price.is_none() && args.trigger.is_none() {
        let text = "change what? Say --qty, --price or --trigger; what is not said stays as it is";
        return Err(UsageError(text.to_owned()).into());
    }
    desk.send(Operation::Modify {
        order: args.order.clone(),
        qty: args.qty.clone(),
        price: args.price.clone(),
        trigger: args.trigger.clone(),
    })
}
