//! Which configuration and which data directory a command speaks of.

use clap::Args;
use std::path::PathBuf;

/// Taken by every command, before or after its name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct PlaceArgs {
    /// The configuration file [default: ~/.config/flightdeck/flightdeck.toml, if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// A configuration that comes with the program, instead of a file (`flightdeck config profiles` lists them)
    #[arg(long, value_name = "NAME", global = true)]
    pub profile: Option<String>,
    /// Where records and the control socket are [default: the configuration's, then ~/.local/share/flightdeck]
    #[arg(long, value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
}
