//! `order settle`: a human's word on an order whose fate the broker does not prove.

use super::send::Desk;
use crate::commands::exit::Exit;
use crate::model::{DisplayText, Verdict};
use crate::wire::Operation;
use clap::{Args, ValueEnum};

/// Say what became of an order of unknown fate, after a look at the broker's own books
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order settle A-12 absent --reason 'not in the order book of the broker'
  flightdeck order settle A-12 canceled --reason 'canceled by their desk, 10:41'

Only an order of unknown fate can be settled. What it has filled is not said by anybody: it comes from the broker's trades,
however late, and `flightdeck reconcile` shows what is missing. The word and its reason are in the journal for ever.")]
pub struct SettleArgs {
    /// The order, as screens show it: A-12
    pub order: String,
    /// What became of it
    pub verdict: VerdictWord,
    /// How that is known
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// A verdict on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerdictWord {
    /// It never reached the broker
    Absent,
    /// It is at the broker and works
    Working,
    /// It has ended there; what it filled is booked or comes with the broker's trades
    Canceled,
}

/// Settles it.
pub(super) fn settle(desk: &Desk, args: &SettleArgs) -> anyhow::Result<Exit> {
    let verdict = match args.verdict {
        VerdictWord::Absent => Verdict::Absent,
        VerdictWord::Working => Verdict::Working,
        VerdictWord::Canceled => Verdict::Canceled,
    };
    let reason = DisplayText::new(&args.reason);
    desk.send(Operation::Settle { order: args.order.clone(), verdict, reason })
}
