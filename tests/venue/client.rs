//! A client of the stream.

use crate::place::{KEY, PATIENCE, Place};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::Instant;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A connection.
pub(crate) struct Client<'p> {
    place: &'p Place,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl<'p> Client<'p> {
    pub(crate) fn connect(place: &'p Place) -> Self {
        let url = format!("ws://{}/", place.venue.as_ref().unwrap().stream().unwrap());
        let (socket, _) = place.runtime.block_on(connect_async(url)).unwrap();
        Self { place, socket }
    }

    /// One who has said who he is.
    pub(crate) fn known(place: &'p Place) -> Self {
        let mut client = Self::connect(place);
        let told = client.ask(&json!({"action": "authenticate", "api_key": KEY}));
        assert_eq!((&told["type"], &told["status"]), (&json!("auth"), &json!("success")));
        client
    }

    pub(crate) fn say(&mut self, frame: &str) {
        let sent = self.socket.send(Message::Text(frame.to_owned().into()));
        self.place.runtime.block_on(sent).unwrap();
    }

    /// What comes next, whatever it is; `None` where the connection has ended.
    pub(crate) fn message(&mut self) -> Option<Message> {
        let socket = &mut self.socket;
        let next = async { tokio::time::timeout(PATIENCE, socket.next()).await };
        let next = self.place.runtime.block_on(next);
        next.expect("a frame in time")?.ok()
    }

    /// The next frame of text.
    pub(crate) fn frame(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.message().expect("a frame") {
                return serde_json::from_str(&text).unwrap_or_else(|_| json!(text.to_string()));
            }
        }
    }

    /// Says it and gives the next frame that is no tick.
    pub(crate) fn ask(&mut self, frame: &Value) -> Value {
        self.say(&frame.to_string());
        self.until("an answer", |frame| frame["type"] != "market_data")
    }

    /// The next frame that is so.
    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let frame = self.frame();
            if is_so(&frame) {
                return frame;
            }
            assert!(began.elapsed() < PATIENCE, "{what} never came");
        }
    }

    /// Where orders stand, as the next frames say: status and what has filled.
    pub(crate) fn updates(&mut self, count: usize) -> Vec<String> {
        let one = |client: &mut Self| {
            let frame = client.until("an update", |frame| frame["type"] == "order_update");
            format!("{} {}", frame["order_status"].as_str().unwrap(), frame["filled_quantity"])
        };
        (0..count).map(|_| one(self)).collect()
    }
}
