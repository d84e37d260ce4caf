//! `tape`: makes a recording of recorded-market folders, or proves what one holds.

use super::exit::Exit;
use super::output;
use super::place::PlaceArgs;
use super::settings::{self, Environment};
use super::tape::{pack, verify};
use crate::adapters::tape::{BUILT_IN, BUILT_IN_NAME, TapeError, TapeReader};
use crate::config::StrategyKind;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Pack or verify recordings of markets
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck tape verify")]
pub struct TapeArgs {
    #[command(subcommand)]
    pub action: TapeAction,
}

/// What to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum TapeAction {
    Pack(PackArgs),
    Verify(VerifyArgs),
}

/// Pack recorded-market folders into one recording; which instrument a folder is of is told by its name
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck tape pack btcusdt-2024-08-08 ethusd_perp-2024-08-08 --out day.tape")]
pub struct PackArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The folders
    #[arg(required = true, value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// The recording to be written; appears whole or not at all
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Print what was packed as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Read a recording to its end, build every book, and tell what they come to; exit code 3 when it is damaged
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck tape verify
  flightdeck tape verify day.tape --json")]
pub struct VerifyArgs {
    /// The recording; the built-in one when not given
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Print what was found as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Does it.
pub(super) fn tape(args: &TapeArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    match &args.action {
        TapeAction::Pack(args) => packed(args, kinds),
        TapeAction::Verify(args) => verified(args),
    }
}

fn packed(args: &PackArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let found = settings::find(&args.place, &[], kinds, &Environment::of_process())?;
    let summary = pack(&args.folders, &found.loaded.settings.instruments(), &args.out)?;
    if args.json { output::json(&summary) } else { output::text(&summary) }?;
    Ok(Exit::Done)
}

fn verified(args: &VerifyArgs) -> anyhow::Result<Exit> {
    let opened = match &args.file {
        Some(file) => TapeReader::open(file),
        None => TapeReader::from_bytes(BUILT_IN, BUILT_IN_NAME),
    };
    match opened.and_then(verify) {
        Ok(summary) => {
            if args.json { output::json(&summary) } else { output::text(&summary) }?;
            Ok(Exit::Done)
        }
        Err(
            damage @ (TapeError::Damaged { .. } | TapeError::Truncated { .. } | TapeError::Foreign { .. }),
        ) => {
            output::complain(&damage);
            Ok(Exit::Unsafe)
        }
        Err(
            error @ (TapeError::Io { .. }
            | TapeError::Newer { .. }
            | TapeError::NoInstrument { .. }
            | TapeError::Unwritable { .. }),
        ) => Err(error.into()),
    }
}
