//! The subcommands of `order`, and what all of them take.

use super::basket::{BasketArgs, basket};
use super::bracket::{BracketArgs, bracket};
use super::cancel::{CancelAllArgs, CancelArgs, cancel, cancel_all};
use super::close::{CloseArgs, close};
use super::decide::{DecideArgs, decide};
use super::modify::{ModifyArgs, modify};
use super::oco::{OcoArgs, oco};
use super::options::{MultilegArgs, OptionsArgs, multileg, options};
use super::place::{PlaceOrderArgs, place};
use super::send::{Desk, SenderArgs};
use super::settle::{SettleArgs, settle};
use super::smart::{SmartArgs, smart};
use super::split::{SplitArgs, split};
use crate::commands::door_client::place_of;
use crate::commands::exit::Exit;
use crate::commands::place::PlaceArgs;
use crate::config::StrategyKind;
use clap::{Args, Subcommand};

/// Place, change, cancel and close orders of a running engine, through its risk gate
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  flightdeck order place buy 0.01 BTCUSDT --price 61000
  flightdeck order place sell 0.01 BTCUSDT --reduce-only --dry-run
  flightdeck order bracket buy 0.01 BTCUSDT --price 61000 --stop 59000 --target 63000
  flightdeck order oco sell 0.01 BTCUSDT --price 63000 --stop 59000 --reduce-only
  flightdeck order smart BTCUSDT 0.05
  flightdeck order basket legs.csv --on-failure unwind
  flightdeck order split buy 0.6 BTCUSDT --each 0.2 --price 61000
  flightdeck order multileg FDX --leg 'sell 5 otm1 put' --leg 'buy 5 otm3 put'   under --profile options
  flightdeck order modify A-12 --price 60900
  flightdeck order cancel-all --scope strategy:manual
  flightdeck order close --all
  flightdeck order settle A-12 absent --reason 'not in their book'

Names, quantities and prices are read by the engine exactly as written; what cannot be read is refused with its
field and nothing is sent.

Exit codes: 0 done, 1 refused, denied or failed, 2 wrong usage or a field that cannot be read, 3 refused as unsafe.")]
pub struct OrderArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub sender: SenderArgs,
    #[command(subcommand)]
    pub order: OrderCommand,
}

/// What can be done about orders.
#[derive(Debug, Clone, Subcommand)]
pub enum OrderCommand {
    Place(PlaceOrderArgs),
    Bracket(BracketArgs),
    Oco(OcoArgs),
    Smart(SmartArgs),
    Basket(BasketArgs),
    Split(SplitArgs),
    Options(OptionsArgs),
    Multileg(MultilegArgs),
    Modify(ModifyArgs),
    Cancel(CancelArgs),
    CancelAll(CancelAllArgs),
    Close(CloseArgs),
    Decide(DecideArgs),
    Settle(SettleArgs),
}

/// Asks the running engine and tells what became of it.
pub(in crate::commands) fn order(args: &OrderArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let desk = Desk { place: place_of(&args.place, kinds)?, sender: args.sender.clone() };
    match &args.order {
        OrderCommand::Place(args) => place(&desk, args),
        OrderCommand::Bracket(args) => bracket(&desk, args),
        OrderCommand::Oco(args) => oco(&desk, args),
        OrderCommand::Smart(args) => smart(&desk, args),
        OrderCommand::Basket(args) => basket(&desk, args),
        OrderCommand::Split(args) => split(&desk, args),
        OrderCommand::Options(args) => options(&desk, args),
        OrderCommand::Multileg(args) => multileg(&desk, args),
        OrderCommand::Modify(args) => modify(&desk, args),
        OrderCommand::Cancel(args) => cancel(&desk, args),
        OrderCommand::CancelAll(args) => cancel_all(&desk, args),
        OrderCommand::Close(args) => close(&desk, args),
        OrderCommand::Decide(args) => decide(&desk, args),
        OrderCommand::Settle(args) => settle(&desk, args),
    }
}
