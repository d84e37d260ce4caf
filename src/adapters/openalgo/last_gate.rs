//! The last look at the kill gate: the body of a request is given to the connection only while its gate is open.

use crate::adapters::gate::Gate;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use thiserror::Error;

/// A body in one piece.
struct Gated {
    bytes: Option<Bytes>,
    gate: Option<Gate>,
    held: Held,
}

/// Tells whether a gate has held a body back: then nothing of it was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Held(Arc<AtomicBool>);

/// The kill gate has closed while the request waited for its connection.
#[derive(Debug, Error)]
#[error("the kill gate closed before it was written")]
struct Closed;

/// A body of these bytes, whose gate is asked when the connection takes them: head and body leave in one write, so before
/// that nothing has left that a server could carry out.
pub(super) fn gated(bytes: Vec<u8>, gate: Option<Gate>) -> (reqwest::Body, Held) {
    let held = Held::default();
    let body = Gated { bytes: Some(bytes.into()), gate, held: held.clone() };
    (reqwest::Body::wrap(body), held)
}

impl Held {
    pub(super) fn is_held(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Body for Gated {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        let Some(bytes) = self.bytes.take() else { return Poll::Ready(None) };
        if self.gate.as_ref().is_some_and(|gate| !gate.is_open()) {
            self.held.0.store(true, Ordering::Release);
            return Poll::Ready(Some(Err(Closed)));
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::Outcome;
    use super::super::http::Http;
    use super::super::secret::Secret;
    use super::{Body as _, Closed, Gated, Held};
    use crate::adapters::{Gate, Outgoing, request_lanes};
    use crate::bus::KillSwitch;
    use crate::model::{
        BrokerRequest, ClientOrderId, InstrumentId, KillLevel, OrderChange, OrderId, OrderKind, RunId, Scope,
        StrategyId, Timestamp,
    };
    use serde_json::{Map, Value};
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// Answers everything with an empty object; gives what it was told on each connection.
    async fn server(listener: TcpListener, connections: usize) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            let mut piece = [0; 4_096];
            while !heard.ends_with(b"}") {
                match stream.read(&mut piece).await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => heard.extend_from_slice(&piece[..count]),
                }
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            // Whoever was held back has gone already.
            let _gone = stream.write_all(answer).await;
            told.push(String::from_utf8(heard).unwrap());
        }
        told
    }

    /// A switch that is open, and the gate of a change that it has let out.
    fn let_out() -> (KillSwitch, Gate) {
        let kill_switch = KillSwitch::new(2, 1);
        let (sender, mut requests) = request_lanes(4, kill_switch.clone());
        let order = ClientOrderId::derive(RunId::new(1), OrderId::new(1));
        let change = OrderChange { qty: "2".parse().unwrap(), kind: OrderKind::Market };
        let risk = Some((StrategyId::new(1), InstrumentId::new(0)));
        sender.send(BrokerRequest::Replace { order, change }, risk).unwrap();
        let Some(Outgoing::Risk(_, gate)) = requests.next(Timestamp::EPOCH) else { panic!("it is let out") };
        (kill_switch, gate)
    }

    fn body(text: &str) -> Map<String, Value> {
        [("strategy".to_owned(), Value::from(text))].into_iter().collect()
    }

    #[test]
    fn a_gate_that_closes_while_the_connection_is_made_holds_the_body_back() {
        let (kill_switch, gate) = let_out();
        let held = Held::default();
        let mut body = Gated { bytes: Some("order".into()), gate: Some(gate), held: held.clone() };
        assert!(!held.is_held(), "it was open when it was taken, and waits for its connection");
        kill_switch.raise(KillLevel::K1, Scope::All);
        let polled = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Some(Err(Closed)))));
        assert!(held.is_held() && body.is_end_stream());
    }

    #[tokio::test]
    async fn an_order_whose_gate_closes_before_it_is_written_is_not_sent_and_an_exit_is() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let http = Http::new(&url, Secret::new("k".repeat(64)), Duration::from_mins(1)).unwrap();
        let (kill_switch, gate) = let_out();
        let heard = tokio::spawn(server(listener, 2));
        let entry = http.post_through("placeorder", body("entry"), Some(gate));
        kill_switch.raise(KillLevel::K1, Scope::All);
        assert!(matches!(entry.await.0, Outcome::NotSent(why) if why == "kill gate closed"));
        let exit = http.post("placeorder", body("exit")).await;
        assert!(matches!(exit, Outcome::Answer { status: 200, .. }), "{exit:?}");
        drop(http);
        let told = heard.await.unwrap().concat();
        assert!(told.contains("exit") && !told.contains("entry"), "{told}");
    }
}
