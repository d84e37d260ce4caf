//! Parses the command line, runs the chosen command, returns its exit code.

use clap::Parser as _;
use flightdeck::commands::{Cli, Exit, dispatch, output};
use flightdeck::strategies::declared;
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = dispatch(Cli::parse(), &declared()).unwrap_or_else(|error| {
        output::complain(format!("{error:#}"));
        Exit::of_error(&error)
    });
    exit.into()
}
