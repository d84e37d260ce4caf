//! The HTTP end: one client with kept connections, the key put in at the last moment, answers bounded in size and time.

use super::answer::Outcome;
use super::last_gate::gated;
use super::secret::Secret;
use super::strict::json;
use crate::adapters::gate::Gate;
use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

/// The largest answer that is read.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);

/// Connections kept for the next message, of a kind: as many as may be on their way at once.
const KEPT: usize = 256;

/// Our end of a connection, where it is known: it tells one from another.
pub(super) type End = Option<SocketAddr>;

/// A client of one server. What places or changes an order, what cancels and what only asks have connections of their own:
/// an answer that comes twice is never taken for that of a message of another kind.
#[derive(Debug)]
pub(super) struct Http {
    orders: reqwest::Client,
    cancels: reqwest::Client,
    questions: reqwest::Client,
    base: String,
    key: Secret,
    patience: Duration,
}

impl Http {
    pub(super) fn new(url: &str, key: Secret, patience: Duration) -> Result<Self, reqwest::Error> {
        let base = format!("{}/api/v1/", url.trim_end_matches('/'));
        let new = || client(&base, patience, KEPT);
        let (orders, cancels, questions) = (new()?, new()?, new()?);
        Ok(Self { orders, cancels, questions, base, key, patience })
    }

    /// The same, with a connection of its own for each order: for who sends few and may never take a wrong answer for one.
    pub(super) fn each_alone(self) -> Result<Self, reqwest::Error> {
        Ok(Self { orders: client(&self.base, self.patience, 0)?, ..self })
    }

    /// The same with new connections for orders, and where it is said for cancels; those of old are closed as soon as what is
    /// on its way is answered.
    pub(super) fn reconnected(&self, cancels: bool) -> Result<Self, reqwest::Error> {
        let new = || client(&self.base, self.patience, KEPT);
        Ok(Self {
            orders: new()?,
            cancels: if cancels { new()? } else { self.cancels.clone() },
            questions: self.questions.clone(),
            base: self.base.clone(),
            key: self.key.for_another(),
            patience: self.patience,
        })
    }

    /// Where the server is, for people: its page for logging in is there too.
    pub(super) fn url(&self) -> &str {
        self.base.strip_suffix("/api/v1/").unwrap_or(&self.base)
    }

    /// Sends one request, once.
    pub(super) async fn post(&self, endpoint: &str, body: Map<String, Value>) -> Outcome {
        self.post_through(endpoint, body, None).await.0
    }

    /// Asks what the server makes of client order ids, by an order that names nothing: over the questions' connections, so that
    /// its answer is never taken for an order's.
    pub(super) async fn probe(&self, body: Map<String, Value>) -> Outcome {
        self.send(&self.questions, "placeorder", (body, None)).await.0
    }

    /// As `post`, with the end of the connection it was answered on; a gate is asked again when the connection stands and takes
    /// the first byte of the body, and a request it holds back then is `NotSent`.
    pub(super) async fn post_through(
        &self,
        endpoint: &str,
        body: Map<String, Value>,
        gate: Option<Gate>,
    ) -> (Outcome, End) {
        let client = match endpoint {
            "placeorder" | "modifyorder" => &self.orders,
            "cancelorder" | "cancelallorder" => &self.cancels,
            _ => &self.questions,
        };
        self.send(client, endpoint, (body, gate)).await
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        endpoint: &str,
        (mut body, gate): (Map<String, Value>, Option<Gate>),
    ) -> (Outcome, End) {
        body.insert("apikey".to_owned(), Value::from(self.key.expose()));
        let bytes = match serde_json::to_vec(&body) {
            Ok(bytes) => bytes,
            Err(error) => return (Outcome::NotSent(error.to_string()), None),
        };
        let (body, held) = gated(bytes, gate);
        let request = client.post(format!("{}{endpoint}", self.base));
        let sent = request.header(CONTENT_TYPE, "application/json").body(body).send().await;
        let mut answer = match sent {
            Ok(answer) => answer,
            Err(_) if held.is_held() => return (Outcome::NotSent("kill gate closed".to_owned()), None),
            Err(error) => return (failed(error), None),
        };
        let end = answer.extensions().get::<HttpInfo>().map(HttpInfo::local_addr);
        let status = answer.status().as_u16();
        let mut bytes = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() <= MOST_BYTES => bytes.extend_from_slice(&chunk),
                Ok(Some(_)) => return (Outcome::Unknown("the answer is too large".to_owned()), end),
                Ok(None) => break,
                Err(error) => return (failed(error), end),
            }
        }
        let mut body = json(&bytes);
        if let Some(body) = &mut body {
            self.key.mask_answer(body);
        }
        (Outcome::Answer { status, body }, end)
    }
}

/// Connections to a server, at most so many of them kept for the next message.
fn client(base: &str, patience: Duration, kept: usize) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder();
    // Reading this machine's certificates takes longer than the rest of a start, and a plain connection, which no redirect
    // can make another, uses none of them.
    let builder = if base.starts_with("http://") { builder.tls_certs_only([]) } else { builder };
    builder
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(kept)
        .connect_timeout(CONNECT.min(patience))
        .timeout(patience)
        .build()
}

/// A connection that was never made sent nothing; of everything else nobody knows.
fn failed(error: reqwest::Error) -> Outcome {
    let before = error.is_connect() || error.is_builder();
    let timeout = error.is_timeout();
    let text = words(&error.without_url());
    if before {
        Outcome::NotSent(text)
    } else if timeout {
        Outcome::Unknown("no answer in time".to_owned())
    } else {
        Outcome::Unknown(text)
    }
}

/// What went wrong, and its innermost cause: a certificate nobody vouches for, a name nobody knows, a port nobody listens at.
fn words(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
