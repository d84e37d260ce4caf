//! Configurations that come with the program, to be flown as they are or to be started from.

/// A configuration of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// As the command line names it.
    pub name: &'static str,
    /// What it is for, in a line.
    pub about: &'static str,
    /// The file, commented.
    pub text: &'static str,
}

/// All of them.
pub const PROFILES: &[Profile] = &[Profile {
    name: "options",
    about: "an invented index with two futures and an option chain: spreads, rolls and expiries without an account",
    text: include_str!("../../config/options.toml"),
}];

impl Profile {
    /// The one of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PROFILES.iter().find(|profile| profile.name == name)
    }
}
