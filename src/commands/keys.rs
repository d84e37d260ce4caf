//! `keys`: every key of the cockpit, as it really is.

use super::exit::Exit;
use super::output;
use crate::ui::key_table_markdown;
use clap::Args;

/// Print every key of the cockpit as a Markdown table
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck keys")]
pub struct KeysArgs {}

/// Prints them.
pub(super) fn keys(_args: KeysArgs) -> anyhow::Result<Exit> {
    output::text(key_table_markdown())?;
    Ok(Exit::Done)
}
