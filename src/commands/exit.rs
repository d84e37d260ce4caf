//! Exit codes: what a script learns without reading a word.

use super::settings::SettingsError;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// It was tried and failed.
    Failed,
    /// Wrong usage or configuration: nothing was tried.
    Usage,
    /// Verified and found different, or refused because it would not be safe.
    Unsafe,
    /// A signal of this number ended it, in order.
    Signal(u8),
}

/// A wrong combination of arguments that the parser cannot see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

impl Exit {
    /// The code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unsafe => 3,
            Self::Signal(number) => 128 + number,
        }
    }

    /// How a command ended that ended with this error.
    pub fn of_error(error: &anyhow::Error) -> Self {
        let is_usage = |cause: &(dyn std::error::Error + 'static)| {
            cause.is::<SettingsError>() || cause.is::<UsageError>()
        };
        if error.chain().any(is_usage) { Self::Usage } else { Self::Failed }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
