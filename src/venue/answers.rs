//! Which of the server's two tongues a venue speaks: its sandbox's or a broker's.

use super::ask::Answer;
use serde_json::{Value, json};
use std::str::FromStr;

/// Whose answers they are (wire spec §1, §5). They are two accounts: an order of the one is not known to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Answers {
    /// The sandbox's: every order reply says `"mode":"analyze"`, and rows say what has filled and whose they are.
    #[default]
    Analyze,
    /// A broker's: no `mode`, rows of the fewest fields, funds as texts.
    Live,
}

impl Answers {
    /// The word of the server.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
            Self::Live => "live",
        }
    }

    /// Whether it is the sandbox.
    pub(super) const fn is_analyze(self) -> bool {
        matches!(self, Self::Analyze)
    }

    /// A success that says the mode where this one does.
    pub(super) fn ok(self, mut body: Value) -> Answer {
        body["status"] = json!("success");
        Answer::ok(self.said(body))
    }

    /// A success with `data`.
    #[expect(clippy::needless_pass_by_value, reason = "a body is made to be given away")]
    pub(super) fn data(self, data: Value) -> Answer {
        self.ok(json!({ "data": data }))
    }

    /// A refusal.
    pub(super) fn refused(self, status: u16, message: &str) -> Answer {
        Answer { status, body: self.said(json!({"status": "error", "message": message})) }
    }

    fn said(self, mut body: Value) -> Value {
        if self.is_analyze() {
            body["mode"] = json!("analyze");
        }
        body
    }
}

impl FromStr for Answers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "analyze" => Ok(Self::Analyze),
            "live" => Ok(Self::Live),
            other => Err(format!("{other:?}; expected analyze or live")),
        }
    }
}
