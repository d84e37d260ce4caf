//! Parses the command line, runs the chosen command, returns its exit code.

fn main() {}
