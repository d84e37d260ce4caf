//! The HTTP door: finds the endpoint, asks the keeper, and does to the answer what mischief wants.

use super::ask::Answer;
use super::cut::{Budget, CutListener, Peer};
use super::endpoint::Endpoint;
use super::keeper::{Arrival, Call};
use super::mischief::Fault;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// The largest body that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// What every path begins with.
const PREFIX: &str = "/api/v1/";

/// Serves until it is stopped.
pub(super) async fn serve(listener: TcpListener, calls: mpsc::Sender<Call>, stop: CancellationToken) {
    let router = Router::new().fallback(answer).with_state(calls);
    let service = router.into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(CutListener(listener), service).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = serving.await {
        tracing::error!(%error, "the venue's door has closed");
    }
}

async fn answer(
    State(calls): State<mpsc::Sender<Call>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
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
    let working = tokio::spawn(work(calls, endpoint, body, peer.budget));
    working.await.unwrap_or_else(|_panicked| reply(&Answer::error(500, "An unexpected error occurred")))
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

async fn work(calls: mpsc::Sender<Call>, endpoint: Endpoint, body: Value, budget: Budget) -> Response<Body> {
    let gone = || reply(&Answer::error(500, "The venue is closing"));
    let (back, arrived) = oneshot::channel();
    if calls.send(Call::Arrived { endpoint, body: body.clone(), back }).await.is_err() {
        return gone();
    }
    let Ok(Arrival { request, fault }) = arrived.await else { return gone() };
    match fault {
        Some(Fault::Drop) => {
            budget.cut_after(0);
            return reply(&Answer::error(500, ""));
        }
        Some(Fault::TooMany) => return reply(&Answer::too_many(10)),
        Some(Fault::Error) => return reply(&Answer::error(500, "An unexpected error occurred")),
        Some(Fault::Slow(pause)) => tokio::time::sleep(pause).await,
        Some(
            Fault::Lost
            | Fault::Cut(_)
            | Fault::Late(_)
            | Fault::ErrorAfter
            | Fault::BadGateway
            | Fault::Garbage
            | Fault::Twice
            | Fault::Empty,
        )
        | None => {}
    }
    let (back, answered) = oneshot::channel();
    if calls.send(Call::Execute { request, endpoint, body, back }).await.is_err() {
        return gone();
    }
    let Ok(answer) = answered.await else { return gone() };
    spoil(endpoint, answer, fault, &budget).await
}

/// Does to an answer what is to go wrong with it.
async fn spoil(
    endpoint: Endpoint,
    mut answer: Answer,
    fault: Option<Fault>,
    budget: &Budget,
) -> Response<Body> {
    match fault {
        Some(Fault::Lost) => budget.cut_after(0),
        Some(Fault::Cut(bytes)) => budget.cut_after(bytes),
        Some(Fault::Late(pause)) => tokio::time::sleep(pause).await,
        Some(Fault::ErrorAfter) => return reply(&Answer::error(500, "An unexpected error occurred")),
        Some(Fault::BadGateway) => {
            let page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
            return text(502, "text/html", page.to_owned());
        }
        Some(Fault::Garbage) => return text(200, "application/json", "{\"status\": \"succ".to_owned()),
        Some(Fault::Twice) if endpoint.is_book() => {
            if let Some(rows) = rows(&mut answer.body) {
                let again = rows.clone();
                rows.extend(again);
            }
        }
        Some(Fault::Empty) if endpoint.is_book() => {
            if let Some(rows) = rows(&mut answer.body) {
                rows.clear();
            }
        }
        Some(Fault::Twice | Fault::Empty | Fault::Drop | Fault::TooMany | Fault::Error | Fault::Slow(_))
        | None => {}
    }
    reply(&answer)
}

/// The rows of a book.
fn rows(body: &mut Value) -> Option<&mut Vec<Value>> {
    let data = body.get_mut("data")?;
    if data.is_array() { data.as_array_mut() } else { data.get_mut("orders")?.as_array_mut() }
}

fn reply(answer: &Answer) -> Response<Body> {
    match &answer.body {
        Value::String(lines) => text(answer.status, "text/csv", lines.clone()),
        body => text(answer.status, "application/json", body.to_string()),
    }
}

fn text(status: u16, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
