//! A server that says what a test wants, over a real socket: for what no honest venue does.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use tokio::runtime::Runtime;

/// What it answers: from the endpoint, which call of it this is, and the body.
type Script = dyn Fn(&str, usize, &Value) -> (u16, Value) + Send + Sync;

/// What a stream says once it is connected: from which connection this is and the words it has heard, until it says none.
type Words = dyn Fn(usize, &[Value]) -> Vec<String> + Send + Sync;

const ENDPOINTS: [&str; 11] = [
    "analyzer",
    "orderbook",
    "tradebook",
    "positionbook",
    "funds",
    "depth",
    "symbol",
    "placeorder",
    "modifyorder",
    "cancelorder",
    "cancelallorder",
];

struct Desk {
    script: Box<Script>,
    words: Box<Words>,
    calls: BTreeMap<&'static str, AtomicUsize>,
    connections: AtomicUsize,
    log: SyncSender<(String, Value)>,
}

/// The server.
pub(crate) struct Double {
    pub(crate) url: String,
    pub(crate) stream: String,
    log: Receiver<(String, Value)>,
    heard: Vec<(String, Value)>,
    _runtime: Runtime,
}

impl Double {
    pub(crate) fn open(script: impl Fn(&str, usize, &Value) -> (u16, Value) + Send + Sync + 'static) -> Self {
        Self::with_stream(script, |_, _| Vec::new())
    }

    pub(crate) fn with_stream(
        script: impl Fn(&str, usize, &Value) -> (u16, Value) + Send + Sync + 'static,
        words: impl Fn(usize, &[Value]) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (log, heard) = sync_channel(100_000);
        let calls = ENDPOINTS.into_iter().map(|name| (name, AtomicUsize::new(0))).collect();
        let desk = Arc::new(Desk {
            script: Box::new(script),
            words: Box::new(words),
            calls,
            connections: AtomicUsize::new(0),
            log,
        });
        let router = Router::new().route("/ws", get(upgrade)).fallback(answer).with_state(desk);
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            url: format!("http://{address}"),
            stream: format!("ws://{address}/ws"),
            log: heard,
            heard: Vec::new(),
            _runtime: runtime,
        }
    }

    /// The bodies of an endpoint's calls so far.
    pub(crate) fn calls(&mut self, endpoint: &str) -> Vec<Value> {
        self.heard.extend(self.log.try_iter());
        self.heard.iter().filter(|(name, _)| name == endpoint).map(|(_, body)| body.clone()).collect()
    }
}

/// What an idle server says in a mode: empty books, a market at 100.
pub(crate) fn idle(mode: &str, endpoint: &str) -> (u16, Value) {
    let mut body = match endpoint {
        "analyzer" => {
            return (
                200,
                json!({"status": "success", "data": {"mode": mode, "analyze_mode": mode == "analyze"}}),
            );
        }
        "depth" => {
            return (
                200,
                json!({"status": "success", "data": {"ltp": 100, "volume": 7,
                "bids": [{"price": 99.9, "quantity": 5}], "asks": [{"price": 100.1, "quantity": 5}]}}),
            );
        }
        "symbol" => {
            return (
                200,
                json!({"status": "success", "data": {"tick_size": 0.1, "lotsize": 0.1, "freeze_qty": 0}}),
            );
        }
        "orderbook" => json!({"data": {"orders": []}}),
        "tradebook" | "positionbook" => json!({"data": []}),
        "funds" => {
            json!({"data": {"availablecash": "10000.00", "utiliseddebits": "0.00", "m2mrealized": "0.00"}})
        }
        "cancelorder" | "modifyorder" => json!({"orderid": "1"}),
        _ => json!({}),
    };
    body["status"] = json!("success");
    if mode == "analyze" {
        body["mode"] = json!("analyze");
    }
    (200, body)
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches("/api/v1/").to_owned();
    let bytes = to_bytes(request.into_body(), 1 << 20).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let nth = desk.calls.get(name.as_str()).map_or(0, |calls| calls.fetch_add(1, Ordering::SeqCst));
    let told = desk.log.try_send((name.clone(), body.clone()));
    assert!(told.is_ok(), "the log is full");
    // A script may wait for its test.
    let (status, body) = tokio::task::block_in_place(|| (desk.script)(&name, nth, &body));
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

async fn upgrade(State(desk): State<Arc<Desk>>, upgrade: WebSocketUpgrade) -> Response {
    let nth = desk.connections.fetch_add(1, Ordering::SeqCst);
    upgrade.on_upgrade(move |socket| talk(desk, socket, nth))
}

/// Answers each message with the script's words; a word `CUT` ends the connection.
async fn talk(desk: Arc<Desk>, mut socket: WebSocket, nth: usize) {
    let mut heard: Vec<Value> = Vec::new();
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        heard.push(serde_json::from_str(text.as_str()).unwrap_or_default());
        for word in (desk.words)(nth, &heard) {
            if word == "CUT" || socket.send(Message::Text(word.into())).await.is_err() {
                return;
            }
        }
    }
}
