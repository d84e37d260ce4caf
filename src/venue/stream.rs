//! The WebSocket door: one task a connection (wire spec §10).

use super::crier::Said;
use super::cut::{Budget, CutListener, Peer};
use super::keeper::Call;
use super::session::{Reply, Session};
use axum::Router;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

/// The largest frame of a client.
const MOST_BYTES: usize = 1 << 20;

/// How often a client is asked whether he is there; who has not answered by the next time is not.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// The server's code for one who does not say who he is.
const NOBODY: u16 = 4_401;

/// What every connection is served with.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    pub(super) calls: mpsc::Sender<Call>,
    pub(super) said: broadcast::Sender<Said>,
    pub(super) key: Arc<str>,
    /// What can be subscribed to: symbol and exchange.
    pub(super) names: Arc<BTreeSet<(String, String)>>,
    /// How long a client may take to say who he is.
    pub(super) patience: Duration,
    pub(super) stop: CancellationToken,
}

/// Serves until it is stopped.
pub(super) async fn serve(listener: CutListener, streams: Streams) {
    let stop = streams.stop.clone();
    let router = Router::new().fallback(upgrade).with_state(streams);
    let service = router.into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = serving.await {
        tracing::error!(%error, "the venue's stream has closed");
    }
}

async fn upgrade(
    State(streams): State<Streams>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .max_message_size(MOST_BYTES)
        .on_upgrade(move |socket| async move { Connection::new(socket, streams, peer.budget).run().await })
}

/// One client.
struct Connection {
    socket: WebSocket,
    session: Session,
    streams: Streams,
    budget: Budget,
    /// Whether the last question whether he is there was answered.
    alive: bool,
}

/// Whether a connection goes on.
enum Next {
    Go,
    End,
}

impl Connection {
    fn new(socket: WebSocket, streams: Streams, budget: Budget) -> Self {
        let session = Session::new(Arc::clone(&streams.key), Arc::clone(&streams.names));
        Self { socket, session, streams, budget, alive: true }
    }

    async fn run(mut self) {
        let mut said = self.streams.said.subscribe();
        let (stop, limit) = (self.streams.stop.clone(), Instant::now() + self.streams.patience);
        let mut beat = interval(HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beat.tick().await;
        loop {
            let known = self.session.is_known();
            // What ends it first, then what the client says, then what it is told.
            let next = tokio::select! {
                biased;
                () = stop.cancelled() => Next::End,
                () = sleep_until(limit), if !known => self.turn_out().await,
                _ = beat.tick() => self.beat().await,
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(message).await,
                    Some(Err(_)) | None => Next::End,
                },
                frame = said.recv() => match frame {
                    Ok(frame) => self.pass_on(frame).await,
                    // It could not follow: the server drops what is too much.
                    Err(broadcast::error::RecvError::Lagged(_)) => Next::Go,
                    Err(broadcast::error::RecvError::Closed) => Next::End,
                },
            };
            if matches!(next, Next::End) {
                break;
            }
        }
        self.note("closed").await;
    }

    async fn turn_out(&mut self) -> Next {
        let reason = Utf8Bytes::from_static("auth timeout");
        let frame = Message::Close(Some(CloseFrame { code: NOBODY, reason }));
        let _gone = self.socket.send(frame).await;
        Next::End
    }

    async fn beat(&mut self) -> Next {
        if !std::mem::replace(&mut self.alive, false) {
            return Next::End;
        }
        self.send(Message::Ping(Vec::new().into())).await
    }

    async fn hear(&mut self, message: Message) -> Next {
        let text = match message {
            Message::Text(text) => text,
            Message::Pong(_) => {
                self.alive = true;
                return Next::Go;
            }
            Message::Close(_) => return Next::End,
            Message::Binary(_) => return self.say(Session::not_json()).await,
            Message::Ping(_) => return Next::Go,
        };
        let Reply { knock, note, mut frames } = self.session.hear(&text);
        if let Some(part) = knock {
            let (back, answered) = tokio::sync::oneshot::channel();
            if self.streams.calls.send(Call::Knock { part, back }).await.is_err() {
                return Next::End;
            }
            let Ok(knock) = answered.await else { return Next::End };
            if let Some(pause) = knock.pause {
                tokio::time::sleep(pause).await;
            }
            frames = self.session.decide(part, knock.open, frames);
        }
        if let Some(note) = note {
            self.note(note).await;
        }
        self.say_all(frames).await
    }

    async fn pass_on(&mut self, frame: Said) -> Next {
        match frame {
            Said::Tick(tick) => {
                let frames = self.session.ticks(&tick);
                self.say_all(frames).await
            }
            Said::Update(text) if self.session.hears_orders() => {
                self.send(Message::Text(text.to_string().into())).await
            }
            Said::Noise(text) if self.session.is_known() => self.send(Message::Text(text.into())).await,
            Said::Update(_) | Said::Noise(_) => Next::Go,
            Said::Cut(bytes) => {
                self.budget.cut_after(bytes);
                // A frame of which only so many bytes arrive.
                let frame = format!("{{\"type\":\"market_data\",\"symbol\":\"{}\"}}", "CUT".repeat(100));
                let _cut = self.send(Message::Text(frame.into())).await;
                Next::End
            }
        }
    }

    async fn say_all(&mut self, frames: Vec<serde_json::Value>) -> Next {
        for frame in frames {
            if matches!(self.say(frame).await, Next::End) {
                return Next::End;
            }
        }
        Next::Go
    }

    async fn say(&mut self, frame: serde_json::Value) -> Next {
        self.send(Message::Text(frame.to_string().into())).await
    }

    async fn send(&mut self, message: Message) -> Next {
        match self.socket.send(message).await {
            Ok(()) => Next::Go,
            Err(_) => Next::End,
        }
    }

    async fn note(&mut self, note: &'static str) {
        // The venue closes: nobody writes any more.
        let _closing = self.streams.calls.send(Call::Note { what: "stream", detail: note }).await;
    }
}
