//! What mischief does to an answer on its way out.

use super::ask::Answer;
use super::cut::Budget;
use super::endpoint::Endpoint;
use super::fault::Fault;
use super::lies;
use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::watch;

/// The longest an answer waits for the next one.
const LONGEST: Duration = Duration::from_secs(1);

/// Into how many drops an answer is cut.
const DROPS: usize = 16;

/// What goes out instead of an answer that is not what it should be.
const GARBAGE: [&str; 8] = [
    "{\"status\": \"succ",
    "null",
    "[]",
    "{\"status\":\"success\",\"orderid\":{\"a\":[1]},\"data\":7}",
    "{\"status\":\"success\",\"orderid\":NaN,\"data\":NaN}",
    "{\"status\":\"error\",\"status\":\"success\",\"orderid\":\"1\",\"orderid\":\"2\",\"data\":null}",
    "\u{fffd}\u{0}\u{1}",
    "{\"status\":\"success\",\"data\":{\"orders\":[{\"orderid\":1e999,\"quantity\":-9e99}]}}",
];

/// The answer of a request that is not carried out.
pub(super) fn instead(fault: Fault, budget: &Budget) -> Response<Body> {
    if fault == Fault::TooMany {
        return reply(&Answer::too_many(10));
    }
    if fault == Fault::Unavailable {
        return page(503, "Service Unavailable");
    }
    if fault == Fault::Drop {
        budget.cut_after(0);
    }
    reply(&Answer::error(500, "An unexpected error occurred"))
}

/// Does to an answer what is to go wrong with it.
pub(super) async fn spoil(
    endpoint: Endpoint,
    mut answer: Answer,
    fault: Fault,
    (budget, answered): (&Budget, &watch::Sender<u64>),
) -> Response<Body> {
    match fault {
        Fault::Lost => budget.cut_after(0),
        Fault::Cut(bytes) => budget.cut_after(bytes),
        Fault::Late(pause) => tokio::time::sleep(pause).await,
        Fault::Swap => wait_for_another(answered).await,
        Fault::Double => budget.double(),
        Fault::ErrorAfter => return reply(&Answer::error(500, "An unexpected error occurred")),
        Fault::BadGateway => return page(502, "Bad Gateway"),
        Fault::Timeout => return page(504, "Gateway Time-out"),
        Fault::Garbage(kind) => return garbage(kind),
        Fault::Blank => return text(answer.status, "application/json", Body::empty()),
        Fault::Huge(bytes) => {
            let pad = "x".repeat(usize::try_from(bytes).unwrap_or_default());
            answer.body["pad"] = json!(pad);
        }
        Fault::Drip(over) => return drip(&answer, over),
        Fault::Twice if endpoint.is_book() => lies::twice(&mut answer.body),
        Fault::Empty if endpoint.is_book() => lies::empty(&mut answer.body),
        Fault::Flip if endpoint.is_book() => lies::scale(&mut answer.body, -1.0),
        Fault::Times(many) if endpoint.is_book() => lies::scale(&mut answer.body, f64::from(many)),
        Fault::SameId if endpoint.is_book() => lies::same_id(&mut answer.body),
        Fault::Absurd if endpoint.is_book() => lies::absurd(&mut answer.body),
        Fault::Strange if endpoint.is_book() => lies::strange(&mut answer.body),
        Fault::NoId => {
            if let Some(fields) = answer.body.as_object_mut().filter(|_| answer.status == 200) {
                fields.insert("orderid".to_owned(), Value::Null);
            }
        }
        Fault::Drop
        | Fault::Slow(_)
        | Fault::TooMany
        | Fault::Error
        | Fault::Unavailable
        | Fault::Twice
        | Fault::Empty
        | Fault::Stale
        | Fault::SemiAuto
        | Fault::Refused
        | Fault::Flip
        | Fault::Times(_)
        | Fault::SameId
        | Fault::Absurd
        | Fault::Strange => {}
    }
    reply(&answer)
}

async fn wait_for_another(answered: &watch::Sender<u64>) {
    let mut next = answered.subscribe();
    next.mark_unchanged();
    // Nobody else was answered: it goes by itself.
    let _alone = tokio::time::timeout(LONGEST, next.changed()).await;
}

fn drip(answer: &Answer, over: Duration) -> Response<Body> {
    let bytes = answer.body.to_string().into_bytes();
    let drops: Vec<Vec<u8>> = bytes.chunks(bytes.len().div_ceil(DROPS).max(1)).map(<[u8]>::to_vec).collect();
    let pause = over.checked_div(u32::try_from(drops.len()).unwrap_or(1)).unwrap_or_default();
    let stream = futures_util::stream::unfold(drops.into_iter(), move |mut drops| async move {
        let drop = drops.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok::<_, std::io::Error>(drop), drops))
    });
    text(answer.status, "application/json", Body::from_stream(stream))
}

fn garbage(kind: u64) -> Response<Body> {
    // Deeper than any parser should follow.
    if kind == 6 {
        return text(200, "application/json", Body::from("[".repeat(100_000)));
    }
    let kind = usize::try_from(kind).unwrap_or_default();
    let bytes = GARBAGE.get(kind.rem_euclid(GARBAGE.len())).copied().unwrap_or_default();
    text(200, "application/json", Body::from(bytes))
}

/// A page of garbage for the stream.
pub(super) fn noise(kind: u64) -> &'static str {
    let kind = usize::try_from(kind).unwrap_or_default();
    GARBAGE.get(kind.rem_euclid(GARBAGE.len())).copied().unwrap_or_default()
}

/// What a proxy says.
fn page(status: u16, words: &str) -> Response<Body> {
    let page = format!("<html><head><title>{status} {words}</title></head><body>nginx</body></html>");
    text(status, "text/html", Body::from(page))
}

/// An answer as it is.
pub(super) fn reply(answer: &Answer) -> Response<Body> {
    match answer.body.as_str() {
        Some(lines) => text(answer.status, "text/csv", Body::from(lines.to_owned())),
        None => text(answer.status, "application/json", Body::from(answer.body.to_string())),
    }
}

fn text(status: u16, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
