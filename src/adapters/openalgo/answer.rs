//! What an answer proves: it was done, it was not done, it never left, or nobody knows (wire spec §1, §13).

use serde_json::Value;

/// What came of sending a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Nothing left.
    NotSent(String),
    /// It left, or may have, and there is no whole answer.
    Unknown(String),
    /// An answer; no body where it is no JSON.
    Answer { status: u16, body: Option<Value> },
}

/// What an order message came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Done, under this id of the venue's.
    Accepted(String),
    /// Definitely not done.
    Refused { status: u16, reason: String },
    /// It never got to a broker.
    NotSent(String),
    /// Nobody knows. Never sent again.
    Unknown(String),
    /// Done by a server that trades real money.
    WrongMode,
}

impl Outcome {
    /// What it proves of an order message: the HTTP status decides first.
    pub fn verdict(&self) -> Verdict {
        let (status, body) = match self {
            Self::NotSent(why) => return Verdict::NotSent(why.clone()),
            Self::Unknown(why) => return Verdict::Unknown(why.clone()),
            Self::Answer { status, body } => (*status, body.as_ref()),
        };
        match status {
            200 => body.map_or_else(|| Verdict::Unknown("unreadable answer".to_owned()), said),
            429 => Verdict::NotSent(format!("429: {}", message(body))),
            // A proxy that waited in vain.
            408 => Verdict::Unknown("408: no answer in time".to_owned()),
            400..=499 => Verdict::Refused { status, reason: message(body) },
            _ => Verdict::Unknown(format!("{status}: {}", message(body))),
        }
    }

    /// The body of a good answer in analyze mode, or what is wrong.
    pub(super) fn good(self, with_mode: bool) -> Result<Value, Bad> {
        let (status, body) = match self {
            Self::NotSent(why) | Self::Unknown(why) => return Err(Bad::Failed(why)),
            Self::Answer { status, body } => (status, body),
        };
        match body {
            Some(body) if status == 200 && text(&body, "status").as_deref() == Some("success") => {
                if with_mode && !is_analyze(&body) { Err(Bad::WrongMode) } else { Ok(body) }
            }
            body => Err(Bad::Failed(format!("{status}: {}", message(body.as_ref())))),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bad {
    /// It proves nothing.
    Failed(String),
    /// The server trades real money.
    WrongMode,
}

fn said(body: &Value) -> Verdict {
    if text(body, "status").as_deref() != Some("success") {
        return match text(body, "status") {
            Some(_) => Verdict::Refused { status: 200, reason: message(Some(body)) },
            None => Verdict::Unknown("an answer without a status".to_owned()),
        };
    }
    match text(body, "orderid").filter(|id| !id.is_empty()) {
        Some(_) if !is_analyze(body) => Verdict::WrongMode,
        Some(id) => Verdict::Accepted(id),
        // Semi-auto: it waits for a human in the browser and may leave later (wire spec §4).
        None if body.get("pending_order_id").is_some() => {
            Verdict::NotSent("waits for approval in the Action Center (semi-auto mode)".to_owned())
        }
        None => Verdict::Unknown("accepted without an order id".to_owned()),
    }
}

/// Whether an answer says that no real money moves: no mode means live (wire spec §1).
pub(super) fn is_analyze(body: &Value) -> bool {
    text(body, "mode").as_deref() == Some("analyze")
}

/// What an answer says in words, whatever its shape.
pub(super) fn message(body: Option<&Value>) -> String {
    let Some(body) = body else { return "no readable answer".to_owned() };
    match body.get("message") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "no reason given".to_owned(),
    }
}

/// A field as text: a server may send a number or a text (wire spec §11). A number of up to fifteen digits is read back
/// exactly as it was written; no money has more.
pub(super) fn text(row: &Value, key: &str) -> Option<String> {
    match row.get(key)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(
            number
                .as_f64()
                .filter(|_| number.is_f64())
                .map_or_else(|| number.to_string(), |number| format!("{number}")),
        ),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A field as a decimal.
pub(super) fn decimal<T: std::str::FromStr>(row: &Value, key: &str) -> Option<T> {
    text(row, key)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Verdict};
    use serde_json::{Value, json};

    fn verdict(status: u16, body: Value) -> Verdict {
        Outcome::Answer { status, body: Some(body) }.verdict()
    }

    #[test]
    fn only_a_definite_answer_is_one() {
        let done = json!({"status": "success", "orderid": "1", "mode": "analyze"});
        assert_eq!(verdict(200, done.clone()), Verdict::Accepted("1".to_owned()));
        assert!(matches!(verdict(500, done), Verdict::Unknown(_)));
        let null = json!({"status": "success", "orderid": null, "mode": "analyze"});
        assert!(matches!(verdict(200, null), Verdict::Unknown(_)));
        assert!(matches!(verdict(502, json!("<html>")), Verdict::Unknown(_)));
        assert!(matches!(Outcome::Answer { status: 200, body: None }.verdict(), Verdict::Unknown(_)));
        assert!(matches!(Outcome::Answer { status: 504, body: None }.verdict(), Verdict::Unknown(_)));
        assert!(matches!(Outcome::Unknown(String::new()).verdict(), Verdict::Unknown(_)));
        assert!(matches!(verdict(429, json!({"message": "10 per 1 second"})), Verdict::NotSent(_)));
        let refused =
            json!({"status": "error", "message": "{'symbol': ['Missing data for required field.']}"});
        assert!(matches!(verdict(400, refused.clone()), Verdict::Refused { status: 400, .. }));
        assert!(matches!(verdict(403, refused), Verdict::Refused { status: 403, .. }));
        let waits = json!({"status": "success", "mode": "semi_auto", "pending_order_id": 17});
        assert!(matches!(verdict(200, waits), Verdict::NotSent(_)));
    }

    #[test]
    fn an_order_that_was_done_for_real_money_is_an_alarm() {
        assert_eq!(verdict(200, json!({"status": "success", "orderid": "1"})), Verdict::WrongMode);
    }
}
