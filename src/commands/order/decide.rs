//! `order decide`: what becomes of a batch that has stopped.

use super::send::Desk;
use crate::commands::exit::Exit;
use crate::model::BatchDecision;
use crate::wire::Operation;
use clap::{Args, ValueEnum};

/// Settle a batch that has stopped at a failed leg
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck order decide B-1 unwind
  flightdeck order decide B-1 leave")]
pub struct DecideArgs {
    /// The batch, as screens show it: B-1
    pub batch: String,
    /// What becomes of it
    pub decision: DecisionWord,
}

/// A decision on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DecisionWord {
    /// Send the legs that were held back
    Complete,
    /// Cancel what works and close what has filled
    Unwind,
    /// Leave everything as it is; what was held back is never sent
    Leave,
}

/// Settles it.
pub(super) fn decide(desk: &Desk, args: &DecideArgs) -> anyhow::Result<Exit> {
    let decision = match args.decision {
        DecisionWord::Complete => BatchDecision::Complete,
        DecisionWord::Unwind => BatchDecision::Unwind,
        DecisionWord::Leave => BatchDecision::Leave,
    };
    desk.send(Operation::Decide { batch: args.batch.clone(), decision })
}
