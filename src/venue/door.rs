//! The HTTP door: finds the endpoint, asks the keeper, and does to the answer what mischief wants.

use super::ask::Answer;
use super::cut::{Budget, CutListener, Peer};
use super::endpoint::Endpoint;
use super::fault::Fault;
use super::keeper::{Arrival, Call};
use super::spoil::{instead, reply, spoil};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{Method, Response, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// The largest body that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// What every path begins with.
const PREFIX: &str = "/api/v1/";

/// Where the operator of the venue says what happens; no client's place.
const OPERATOR: &str = "/operator";

/// What every request is served with.
#[derive(Debug, Clone)]
struct Door {
    calls: mpsc::Sender<Call>,
    /// How many answers have left.
    answered: watch::Sender<u64>,
}

/// Serves until it is stopped.
pub(super) async fn serve(listener: CutListener, calls: mpsc::Sender<Call>, stop: CancellationToken) {
    let router = Router::new().fallback(answer).with_state(Door { calls, answered: watch::Sender::new(0) });
    let service = router.into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = serving.await {
        tracing::error!(%error, "the venue's door has closed");
    }
}

async fn answer(
    State(door): State<Door>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    if path == OPERATOR {
        // What goes wrong goes wrong with clients.
        peer.budget.spare();
        return operate(&door.calls, request).await;
    }
    let name = path.strip_prefix(PREFIX).unwrap_or_default().trim_end_matches('/');
    let wanted =
        |endpoint: &Endpoint| request.method() == if endpoint.is_get() { Method::GET } else { Method::POST };
    let Some(endpoint) = Endpoint::named(name).filter(wanted) else {
        let body = json!({"status": "error", "message": "Not found", "path": path});
        return reply(&Answer { status: 404, body });
    };
    let body = match read(request, endpoint).await {
        Ok(body) => body,
        Err(answer) => return reply(&answer),
    };
    // Carried out whether or not the client is still there: a task of its own, which no dropped connection ends.
    let working = tokio::spawn(work(door.clone(), endpoint, body, peer.budget));
    let out = working.await;
    door.answered.send_modify(|count| *count += 1);
    out.unwrap_or_else(|_panicked| reply(&Answer::error(500, "An unexpected error occurred")))
}

/// The object a request brings: its body, or with GET what stands behind the question mark.
async fn read(request: Request, endpoint: Endpoint) -> Result<Value, Answer> {
    let text = "The browser (or proxy) sent a request that this server could not understand.";
    let unread = || Answer { status: 400, body: json!({"message": text}) };
    let typed = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = typed.is_some_and(|typed| typed.starts_with("application/json"));
    if endpoint.is_get() {
        let words = Query::<BTreeMap<String, String>>::try_from_uri(request.uri());
        return match words {
            Ok(Query(words)) if !is_json => Ok(json!(words)),
            Ok(_) | Err(_) => Err(unread()),
        };
    }
    if !is_json {
        return Err(Answer::error(500, "An unexpected error occurred in the API endpoint"));
    }
    let read = to_bytes(request.into_body(), MOST_BYTES).await;
    let body = read.ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    body.filter(Value::is_object).ok_or_else(unread)
}

async fn work(door: Door, endpoint: Endpoint, body: Value, budget: Budget) -> Response<Body> {
    let calls = &door.calls;
    let gone = || reply(&Answer::error(500, "The venue is closing"));
    let (back, arrived) = oneshot::channel();
    if calls.send(Call::Arrived { endpoint, body: body.clone(), back }).await.is_err() {
        return gone();
    }
    let Ok(Arrival { request, fault }) = arrived.await else { return gone() };
    if let Some(fault) = fault.filter(|fault| fault.prevents()) {
        return instead(fault, &budget);
    }
    if let Some(Fault::Slow(pause)) = fault {
        tokio::time::sleep(pause).await;
    }
    let (back, answered) = oneshot::channel();
    if calls.send(Call::Execute { request, endpoint, body, fault, back }).await.is_err() {
        return gone();
    }
    let Ok(answer) = answered.await else { return gone() };
    match fault {
        Some(fault) => spoil(endpoint, answer, fault, (&budget, &door.answered)).await,
        None => reply(&answer),
    }
}

/// What the venue's operator wants: one action a line; with GET he sees how things truly are.
async fn operate(calls: &mpsc::Sender<Call>, request: Request) -> Response<Body> {
    let lines = to_bytes(request.into_body(), MOST_BYTES).await.unwrap_or_default();
    let (back, done) = oneshot::channel();
    let text = String::from_utf8_lossy(&lines).into_owned();
    let sent = calls.send(Call::Operate { text, back }).await.is_ok();
    match done.await {
        Ok(answer) if sent => reply(&answer),
        Ok(_) | Err(_) => reply(&Answer::error(500, "The venue is closing")),
    }
}
