//! Which world the server must trade: every answer says it, or says it by silence (wire spec §1, §9).

use super::fields::text;
use serde_json::Value;

/// What every answer must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// A sandbox: `"mode":"analyze"`. An answer without it moved real money.
    Analyze,
    /// Real money: no `mode` key at all. An answer in analyze mode never got to a broker.
    Live,
}

impl Expect {
    /// Whether an answer that carries a mode is of the world that is expected.
    pub(super) fn admits(self, body: &Value) -> bool {
        is_analyze(body) == (self == Self::Analyze)
    }

    /// The word `/analyzer` must say.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
            Self::Live => "live",
        }
    }
}

/// Whether an answer says that no real money moves: no mode means live (wire spec §1).
pub(super) fn is_analyze(body: &Value) -> bool {
    text(body, "mode").as_deref() == Some("analyze")
}
