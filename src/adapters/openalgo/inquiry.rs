//! Questions about markets and money that change nothing: asked over connections of their own, in their own pace, again where
//! an answer may yet come, and never taken for answered where it has not.

use super::answer::{Outcome, message};
use super::bucket::Bucket;
use super::fields::text;
use super::http::Http;
use super::secret::Secret;
use crate::adapters::port::{AdapterError, Clock};
use crate::model::DisplayText;
use crate::sim::Rng;
use serde_json::{Map, Value};
use std::time::Duration;
use thiserror::Error;

/// How often a question is asked that gets no whole answer.
const TRIES: u32 = 5;

/// The first pause before it is asked again; each is twice the one before, less a part at random.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How long one waits for a turn.
const TURN: Duration = Duration::from_millis(20);

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InquiryError {
    /// Nobody has said anything that can be read, however often it was asked.
    #[error("{what}: no answer after {tries} tries: {why}")]
    Silent { what: String, tries: u32, why: String },
    /// The server says no.
    #[error("{what}: {status}: {why}")]
    Refused { what: String, status: u16, why: String },
    /// The key is wrong, or nobody has logged in to the broker today: the server says the same (wire spec §1).
    #[error("{what}: 403: {why}: wrong key, or nobody has logged in to the broker today at {url}")]
    Login { what: String, why: String, url: String },
    /// The broker behind the server has no such thing.
    #[error("{what}: the broker has none: {why}")]
    Unsupported { what: String, why: String },
    /// An answer of another shape than it must have.
    #[error("{what}: the answer cannot be read: {why}")]
    Unreadable { what: String, why: String },
}

/// One server, asked.
#[derive(Debug)]
pub struct Inquiry {
    http: Http,
    pace: Bucket,
    clock: Clock,
    rng: Rng,
    tries: u32,
}

/// What came of asking once.
enum Once {
    Answer(Value),
    /// It may be answered yet.
    Again(String),
    Never(InquiryError),
}

impl Inquiry {
    /// A client before its first question. `per_second` bounds what leaves, `patience` an answer's time.
    pub fn new(
        url: &str,
        key: Secret,
        (per_second, patience): (u32, Duration),
        clock: Clock,
    ) -> Result<Self, AdapterError> {
        let http = Http::new(url, key, patience)
            .map_err(|error| AdapterError::Venue(format!("the HTTP client: {}", error.without_url())))?;
        let rng = Rng::new(u64::try_from(clock().nanos()).unwrap_or_default());
        Ok(Self { http, pace: Bucket::new(per_second), clock, rng, tries: TRIES })
    }

    /// The same for who would rather hear at once that there is no answer: each question is asked once.
    #[must_use]
    pub fn once(self) -> Self {
        Self { tries: 1, ..self }
    }

    /// Where the server is.
    pub fn url(&self) -> &str {
        self.http.url()
    }

    /// Asks until there is a whole answer, or it is clear that there will be none.
    pub(super) async fn ask(
        &mut self,
        (endpoint, what): (&str, &str),
        body: &Map<String, Value>,
    ) -> Result<Value, InquiryError> {
        let mut why = String::new();
        for tried in 0..self.tries {
            if tried > 0 {
                tokio::time::sleep(self.pause(tried)).await;
            }
            self.turn().await;
            why = match self.judge(self.http.post(endpoint, body.clone()).await, what) {
                Once::Answer(body) => return Ok(body),
                Once::Never(error) => return Err(error),
                Once::Again(said) => said,
            };
            if why.starts_with("429") {
                self.pace.drain((self.clock)());
            }
            tracing::debug!(what, why = %DisplayText::new(&why), "asked again");
        }
        Err(InquiryError::Silent { what: what.to_owned(), tries: self.tries, why })
    }

    fn judge(&self, outcome: Outcome, what: &str) -> Once {
        let what = what.to_owned();
        let (status, body) = match outcome {
            Outcome::NotSent(why) | Outcome::Unknown(why) => return Once::Again(why),
            Outcome::Answer { status, body } => (status, body),
        };
        let why = DisplayText::new(&message(body.as_ref())).to_string();
        match (status, body) {
            (200, Some(body)) => match text(&body, "status").as_deref() {
                Some("success") => Once::Answer(body),
                Some(_) => Once::Never(InquiryError::Refused { what, status, why }),
                None => Once::Again("an answer without a status".to_owned()),
            },
            (501, _) => Once::Never(InquiryError::Unsupported { what, why }),
            (403, _) => Once::Never(InquiryError::Login { what, why, url: self.http.url().to_owned() }),
            (408 | 429, _) => Once::Again(format!("{status}: {why}")),
            (400..=499, _) => Once::Never(InquiryError::Refused { what, status, why }),
            (_, _) => Once::Again(format!("{status}: {why}")),
        }
    }

    /// Waits until one more may leave.
    async fn turn(&mut self) {
        loop {
            let now = (self.clock)();
            if self.pace.has(1, now) {
                return self.pace.take(1, now);
            }
            tokio::time::sleep(TURN).await;
        }
    }

    fn pause(&mut self, tried: u32) -> Duration {
        let whole = FIRST_PAUSE.saturating_mul(1 << tried.saturating_sub(1).min(6));
        let part = u64::try_from(whole.as_millis()).unwrap_or(1).max(2) / 2;
        whole.saturating_sub(Duration::from_millis(self.rng.below(part)))
    }
}

/// What cannot be read.
pub(super) fn unreadable(what: &str, why: impl Into<String>) -> InquiryError {
    InquiryError::Unreadable { what: what.to_owned(), why: why.into() }
}

/// A body of texts.
pub(super) fn texts(fields: &[(&str, &str)]) -> Map<String, Value> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}
