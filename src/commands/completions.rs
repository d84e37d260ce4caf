//! `completions`: what a shell needs to complete our commands.

use super::exit::Exit;
use super::output;
use clap::Args;
use clap_complete::Shell;

/// Print the completions of a shell
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck completions bash > ~/.local/share/bash-completion/completions/flightdeck
  flightdeck completions fish | source")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Prints them for this command line.
pub(super) fn completions(args: &CompletionsArgs, mut command: clap::Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "flightdeck", &mut script);
    output::bytes(&script)?;
    Ok(Exit::Done)
}
