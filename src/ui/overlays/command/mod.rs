//! The command line: the words of the shell, with completion and history.

mod complete;
mod desk_words;
mod line;
mod names;
mod order_words;
mod parse;
mod words;

pub(super) use line::CommandLine;
pub(super) use words::COMMANDS;
