//! `order options` and `order multileg`: options by their offset from the money.

use super::basket::OnFailureWord;
use super::send::{Desk, SideWord, TifWord};
use crate::commands::exit::{Exit, UsageError};
use crate::model::{DisplayText, Right};
use crate::wire::{Operation, OptionText};
use clap::{Args, ValueEnum};

/// Place one option by its offset from the money, at market
///
/// The strike is counted from the underlying's fresh price when the order is taken; without one it is refused.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order options FDX buy 5 atm call                  under --profile options
  flightdeck order options FDX sell 5 otm2 put --expiry next")]
pub struct OptionsArgs {
    /// The underlying
    pub underlying: String,
    /// Buy or sell
    pub side: SideWord,
    /// How much, in units of the option
    #[arg(allow_hyphen_values = true)]
    pub qty: String,
    /// atm, itm1, itm2 … or otm1, otm2 …
    pub offset: String,
    /// Call or put
    pub right: RightWord,
    /// nearest, next, or its day as 2024-08-30
    #[arg(long, default_value = "nearest")]
    pub expiry: String,
    /// How long it lives
    #[arg(long, default_value = "ioc")]
    pub tif: TifWord,
}

/// Place several options by their offsets from the money: what is bought has filled before anything is sold
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order multileg FDX --leg 'buy 5 atm call' --leg 'buy 5 atm put'     under --profile options
  flightdeck order multileg FDX --on-failure unwind --leg 'sell 5 otm1 put' --leg 'buy 5 otm3 put'")]
pub struct MultilegArgs {
    /// The underlying
    pub underlying: String,
    /// A leg in words: SIDE QTY OFFSET RIGHT [EXPIRY]
    #[arg(long, value_name = "LEG", required = true)]
    pub leg: Vec<String>,
    /// What happens by itself when a leg fails
    #[arg(long, default_value = "hold")]
    pub on_failure: OnFailureWord,
    /// How long they live
    #[arg(long, default_value = "ioc")]
    pub tif: TifWord,
}

/// Call or put on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RightWord {
    #[value(alias = "ce")]
    Call,
    #[value(alias = "pe")]
    Put,
}

/// Places one.
pub(super) fn options(desk: &Desk, args: &OptionsArgs) -> anyhow::Result<Exit> {
    let leg = OptionText {
        side: args.side.side(),
        qty: args.qty.clone(),
        offset: args.offset.clone(),
        right: match args.right {
            RightWord::Call => Right::Call,
            RightWord::Put => Right::Put,
        },
        expiry: Some(args.expiry.clone()),
    };
    let places = [format!("{} {} {}", args.underlying, args.offset, args.expiry)];
    let operation = Operation::Options {
        underlying: DisplayText::new(&args.underlying),
        legs: vec![leg],
        tif: Some(args.tif.tif()),
        on_failure: OnFailureWord::Hold.policy(),
    };
    desk.send_legs(operation, &places)
}

/// Places several.
pub(super) fn multileg(desk: &Desk, args: &MultilegArgs) -> anyhow::Result<Exit> {
    let place = |index: usize| format!("--leg {}", index + 1);
    let read = |(index, words): (usize, &String)| {
        crate::wire::option_of_words(words)
            .map_err(|problem| UsageError(format!("{}: {problem}", place(index))))
    };
    let legs = args.leg.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    let places: Vec<String> = args.leg.iter().map(|words| format!("{} {words:?}", args.underlying)).collect();
    let operation = Operation::Options {
        underlying: DisplayText::new(&args.underlying),
        legs,
        tif: Some(args.tif.tif()),
        on_failure: args.on_failure.policy(),
    };
    desk.send_legs(operation, &places)
}
