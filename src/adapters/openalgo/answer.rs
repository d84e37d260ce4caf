//! What an answer proves: it was done, it was not done, it never left, or nobody knows (wire spec §1, §13).

use super::fields::{order_id, text};
use super::mode::{Expect, is_analyze};
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
    /// It waits for a human at the server, who may let it go on later (semi-auto). Never sent again.
    Waiting(String),
    /// Answered by a server in the other mode; done there under this id, where there is one.
    OtherMode(String),
}

impl Outcome {
    /// What it proves of an order message: the mode decides first, then the HTTP status.
    pub fn verdict(&self, expect: Expect) -> Verdict {
        let (status, body) = match self {
            Self::NotSent(why) => return Verdict::NotSent(why.clone()),
            Self::Unknown(why) => return Verdict::Unknown(why.clone()),
            Self::Answer { status, body } => (*status, body.as_ref()),
        };
        // A refusal in analyze mode comes without the word now and then: only the word itself proves something there.
        if expect == Expect::Live && body.is_some_and(is_analyze) {
            return Verdict::OtherMode(body.and_then(order_id).unwrap_or_default());
        }
        match status {
            200 => body
                .map_or_else(|| Verdict::Unknown("unreadable answer".to_owned()), |body| said(body, expect)),
            429 => Verdict::NotSent(format!("429: {}", message(body))),
            // A proxy that waited in vain.
            408 => Verdict::Unknown("408: no answer in time".to_owned()),
            400..=499 => Verdict::Refused { status, reason: message(body) },
            _ => Verdict::Unknown(format!("{status}: {}", message(body))),
        }
    }

    /// The body of a good answer in the mode that is expected, or what is wrong.
    pub(super) fn good(self, mode: Option<Expect>) -> Result<Value, Bad> {
        let (status, body) = match self {
            Self::NotSent(why) | Self::Unknown(why) => return Err(Bad::Failed(why)),
            Self::Answer { status, body } => (status, body),
        };
        match body {
            Some(body) if status == 200 && text(&body, "status").as_deref() == Some("success") => {
                if mode.is_none_or(|expect| expect.admits(&body)) { Ok(body) } else { Err(Bad::OtherMode) }
            }
            body if status == 403 => Err(Bad::Login(message(body.as_ref()))),
            body => Err(Bad::Failed(format!("{status}: {}", message(body.as_ref())))),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bad {
    /// It proves nothing.
    Failed(String),
    /// The key is wrong, or nobody has logged in to the broker today: the server says the same (wire spec §1).
    Login(String),
    /// The server trades in the other mode.
    OtherMode,
}

fn said(body: &Value, expect: Expect) -> Verdict {
    if text(body, "status").as_deref() != Some("success") {
        return match text(body, "status") {
            Some(_) => Verdict::Refused { status: 200, reason: message(Some(body)) },
            None => Verdict::Unknown("an answer without a status".to_owned()),
        };
    }
    match order_id(body) {
        Some(id) if !expect.admits(body) => Verdict::OtherMode(id),
        Some(id) => Verdict::Accepted(id),
        // Semi-auto: it waits for a human in the browser and may leave later (wire spec §4).
        None => match text(body, "pending_order_id") {
            Some(number) => {
                let number = number.chars().take(20).collect::<String>();
                Verdict::Waiting(format!(
                    "waits for approval in the Action Center (semi-auto), number {number}"
                ))
            }
            None => Verdict::Unknown("accepted without an order id".to_owned()),
        },
    }
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

#[cfg(test)]
mod tests {
    use super::{Expect, Outcome, Verdict};
    use serde_json::{Value, json};

    fn verdict(status: u16, body: Value) -> Verdict {
        Outcome::Answer { status, body: Some(body) }.verdict(Expect::Analyze)
    }

    #[test]
    fn only_a_definite_answer_is_one() {
        let done = json!({"status": "success", "orderid": "1", "mode": "analyze"});
        assert_eq!(verdict(200, done.clone()), Verdict::Accepted("1".to_owned()));
        assert!(matches!(verdict(500, done), Verdict::Unknown(_)));
        let null = json!({"status": "success", "orderid": null, "mode": "analyze"});
        assert!(matches!(verdict(200, null), Verdict::Unknown(_)));
        assert!(matches!(verdict(502, json!("<html>")), Verdict::Unknown(_)));
        assert!(matches!(
            Outcome::Answer { status: 200, body: None }.verdict(Expect::Live),
            Verdict::Unknown(_)
        ));
        assert!(matches!(
            Outcome::Answer { status: 504, body: None }.verdict(Expect::Live),
            Verdict::Unknown(_)
        ));
        assert!(matches!(Outcome::Unknown(String::new()).verdict(Expect::Live), Verdict::Unknown(_)));
        assert!(matches!(verdict(429, json!({"message": "10 per 1 second"})), Verdict::NotSent(_)));
        let refused =
            json!({"status": "error", "message": "{'symbol': ['Missing data for required field.']}"});
        assert!(matches!(verdict(400, refused.clone()), Verdict::Refused { status: 400, .. }));
        assert!(matches!(verdict(403, refused), Verdict::Refused { status: 403, .. }));
        let waits = json!({"status": "success", "mode": "semi_auto", "pending_order_id": 17});
        assert!(matches!(verdict(200, waits), Verdict::Waiting(why) if why.contains("17")));
    }

    #[test]
    fn an_answer_of_the_other_mode_is_an_alarm_either_way() {
        let real = json!({"status": "success", "orderid": "1"});
        assert_eq!(verdict(200, real.clone()), Verdict::OtherMode("1".to_owned()));
        let live = |status, body| Outcome::Answer { status, body: Some(body) }.verdict(Expect::Live);
        assert_eq!(live(200, real), Verdict::Accepted("1".to_owned()));
        let sandbox = json!({"status": "success", "orderid": "2", "mode": "analyze"});
        assert_eq!(live(200, sandbox), Verdict::OtherMode("2".to_owned()));
        let refused = json!({"status": "error", "mode": "analyze", "message": "no"});
        assert_eq!(live(400, refused), Verdict::OtherMode(String::new()));
    }
}
