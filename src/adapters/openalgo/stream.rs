//! The stream: a WebSocket that is logged in, subscribed and kept; what it says goes to the adapter, and so does its silence.

use super::frames::{Frame, Tick, Update, frame};
use super::secret::Secret;
use crate::sim::Rng;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc::Sender;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use tokio_util::sync::CancellationToken;

/// Words of the stream that wait for the adapter.
pub(super) const NEWS_BOUND: usize = 4_096;

/// The largest frame and message that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// How long a connection, its login and its subscriptions may take together. The server opens the broker's feed at the
/// login (wire spec §10).
const READY: Duration = Duration::from_secs(15);

/// How often it is asked whether it is there, and how long it may say nothing at all.
const PING: Duration = Duration::from_secs(5);
const SILENT: Duration = Duration::from_secs(12);

/// Pauses between two tries: at random up to a bound that doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A connection that lasted so long begins to count its tries anew.
const LASTING: Duration = Duration::from_secs(30);

/// What the stream says.
#[derive(Debug)]
pub(super) enum News {
    /// It is logged in and subscribed: what was missed meanwhile only the books know.
    Up,
    /// It is gone, and why.
    Down(String),
    Tick(Tick),
    Update(Update),
    /// A symbol it does not give, and why.
    Missing(String),
}

/// What to listen to.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) url: String,
    pub(super) key: Secret,
    /// Symbol and exchange of what trades.
    pub(super) symbols: Vec<(String, String)>,
    pub(super) seed: u64,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Listens until it is stopped or nobody is there to hear.
pub(super) async fn listen(plan: Plan, news: Sender<News>, stop: CancellationToken) {
    let mut rng = Rng::new(plan.seed);
    let mut tries = 0_u32;
    loop {
        let began = tokio::time::Instant::now();
        let why = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            ended = attend(&plan, &news) => ended,
        };
        if news.send(News::Down(why)).await.is_err() {
            return;
        }
        tries = if began.elapsed() >= LASTING { 0 } else { tries.saturating_add(1) };
        let most = FIRST_PAUSE.saturating_mul(1 << tries.min(10)).min(LONGEST_PAUSE);
        let random = rng.below(u64::try_from(most.as_millis()).unwrap_or(1).max(1));
        let pause = Duration::from_millis(random).max(FIRST_PAUSE / 2);
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One connection, from its making to its end; gives why it ended.
async fn attend(plan: &Plan, news: &Sender<News>) -> String {
    let mut socket = match tokio::time::timeout(READY, ready(plan, news)).await {
        Ok(Ok(socket)) => socket,
        Ok(Err(why)) => return why,
        Err(_late) => return "no login within 15 s".to_owned(),
    };
    if news.send(News::Up).await.is_err() {
        return "nobody listens".to_owned();
    }
    let mut ping = tokio::time::interval(PING);
    ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut heard = tokio::time::Instant::now();
    loop {
        tokio::select! {
            biased;
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    heard = tokio::time::Instant::now();
                    if let Err(why) = tell(&plan.key.mask(text.as_str()), news).await {
                        return why;
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    return frame.map_or_else(|| "closed".to_owned(), |frame| format!("closed: {} {}", frame.code, frame.reason));
                }
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                    heard = tokio::time::Instant::now();
                }
                Some(Err(error)) => return error.to_string(),
                None => return "ended".to_owned(),
            },
            _ = ping.tick() => {
                if heard.elapsed() >= SILENT {
                    return "silent: not even an answer to a ping".to_owned();
                }
                let asked = [Message::Ping(Vec::new().into()), Message::text(json!({"action": "ping", "timestamp": 0}).to_string())];
                for message in asked {
                    if let Err(error) = socket.send(message).await {
                        return error.to_string();
                    }
                }
            }
        }
    }
}

/// Connects, logs in and subscribes; every subscription must be answered, or a mute stream would look like a quiet one.
async fn ready(plan: &Plan, news: &Sender<News>) -> Result<Socket, String> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MOST_BYTES))
        .max_frame_size(Some(MOST_BYTES))
        .max_write_buffer_size(MOST_BYTES);
    let made = connect_async_with_config(plan.url.as_str(), Some(config), true).await;
    let (mut socket, _answer) = made.map_err(|error| error.to_string())?;
    say(&mut socket, &json!({"action": "authenticate", "api_key": plan.key.expose()})).await?;
    loop {
        match next(&mut socket, &plan.key).await? {
            Frame::Auth { ok: true, .. } => break,
            Frame::Auth { message, .. } | Frame::Error { message, .. } => {
                return Err(format!("login refused: {message}"));
            }
            Frame::Subscribed { .. }
            | Frame::Orders { .. }
            | Frame::Tick(_)
            | Frame::Update(_)
            | Frame::Other => {}
        }
    }
    say(&mut socket, &json!({"action": "subscribe_orders", "request_id": "orders"})).await?;
    let mut awaited: BTreeSet<String> = ["orders".to_owned()].into();
    for (mode, request) in [("Quote", "quote"), ("Depth", "depth")] {
        let symbols: Vec<_> = plan
            .symbols
            .iter()
            .map(|(symbol, exchange)| json!({"symbol": symbol, "exchange": exchange}))
            .collect();
        if !symbols.is_empty() {
            say(&mut socket, &json!({"action": "subscribe", "mode": mode, "symbols": symbols, "depth": 5, "request_id": request})).await?;
            awaited.insert(request.to_owned());
        }
    }
    while !awaited.is_empty() {
        match next(&mut socket, &plan.key).await? {
            Frame::Orders { ok: true } => {
                awaited.remove("orders");
            }
            Frame::Orders { ok: false } => return Err("order updates were refused".to_owned()),
            Frame::Subscribed { request, failed } => {
                awaited.remove(&request);
                for (symbol, exchange, why) in failed {
                    let missing = News::Missing(format!("{request} of {symbol} on {exchange}: {why}"));
                    news.send(missing).await.map_err(|_gone| "nobody listens".to_owned())?;
                }
            }
            Frame::Error { code, message } => return Err(format!("{code}: {message}")),
            Frame::Tick(tick) => keep(News::Tick(tick), news)?,
            Frame::Update(update) => {
                news.send(News::Update(update)).await.map_err(|_gone| "nobody listens".to_owned())?;
            }
            Frame::Auth { .. } | Frame::Other => {}
        }
    }
    Ok(socket)
}

async fn say(socket: &mut Socket, words: &serde_json::Value) -> Result<(), String> {
    socket.send(Message::text(words.to_string())).await.map_err(|error| error.to_string())
}

async fn next(socket: &mut Socket, key: &Secret) -> Result<Frame, String> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                return frame(&key.mask(text.as_str())).ok_or_else(|| "not a frame".to_owned());
            }
            Some(Ok(Message::Close(_))) | None => return Err("closed".to_owned()),
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(error)) => return Err(error.to_string()),
        }
    }
}

/// Hands a frame on. One that is none ends the connection: who knows what else is lost.
async fn tell(text: &str, news: &Sender<News>) -> Result<(), String> {
    match frame(text) {
        Some(Frame::Tick(tick)) => keep(News::Tick(tick), news),
        // Never dropped: the adapter is waited for.
        Some(Frame::Update(update)) => {
            news.send(News::Update(update)).await.map_err(|_gone| "nobody listens".to_owned())
        }
        Some(Frame::Error { code, message }) => {
            tracing::warn!(code = %crate::model::DisplayText::new(&code), message = %crate::model::DisplayText::new(&message), "the stream");
            Ok(())
        }
        Some(Frame::Auth { .. } | Frame::Subscribed { .. } | Frame::Orders { .. } | Frame::Other) => Ok(()),
        None => Err("a frame that is no JSON object".to_owned()),
    }
}

/// A tick is dropped where the adapter is behind: the next one says as much.
fn keep(tick: News, news: &Sender<News>) -> Result<(), String> {
    match news.try_send(tick) {
        Ok(()) | Err(tokio::sync::mpsc::error::TrySendError::Full(_)) => Ok(()),
        Err(tokio::sync::mpsc::error::TrySendError::Closed(_)) => Err("nobody listens".to_owned()),
    }
}
