//! Where a value comes from: the defaults, a place in a file, the environment or a flag.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The layer, and the place in it, a value was read from. Ordered as the layers are: the later wins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The built-in defaults.
    Default,
    /// A configuration file; line and column count characters from 1.
    File { file: Arc<str>, line: u32, column: u32 },
    /// An environment variable, by its name.
    Environment(Arc<str>),
    /// A command-line flag, as the caller named it.
    Flag(Arc<str>),
}

/// The origin of every effective value, by its path (`risk.max_gross`, `strategy.sma-btc.params.fast`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// The origin of the value at a path; `None` when no such value was read.
    pub fn get(&self, path: &str) -> Option<&Origin> {
        self.0.get(path)
    }

    /// All of them, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.0.iter().map(|(path, origin)| (path.as_str(), origin))
    }

    pub(super) fn note(&mut self, path: String, origin: &Origin) {
        self.0.insert(path, origin.clone());
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}
