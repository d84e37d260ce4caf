//! One connection: reads a line, asks, writes the answer; bounded in length and in time.

use super::lanes::Lanes;
use super::protocol::{DoorReply, DoorRequest, LONGEST_LINE};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// What a connection may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Everything,
    /// All places are taken; the last ones are kept for kills.
    KillsOnly,
}

/// What came of reading a line.
enum Line {
    Read(Vec<u8>),
    /// The peer is done.
    End,
    TooLong,
    TooSlow,
}

/// Serves a connection until its peer is done or breaks a rule.
pub(super) async fn attend(stream: UnixStream, lanes: Lanes, admission: Admission, patience: Duration) {
    let (read, mut write) = stream.into_split();
    let mut reader = BufReader::new(read);
    loop {
        let (reply, more) = match next_line(&mut reader, patience).await {
            Line::Read(line) if line.trim_ascii().is_empty() => continue,
            Line::Read(line) => answer(&line, &lanes, admission).await,
            Line::TooLong => (refused(&format!("a request is longer than {LONGEST_LINE} bytes")), false),
            Line::TooSlow => (refused(&format!("no request within {patience:?}")), false),
            Line::End => return,
        };
        let written = timeout(patience, write.write_all(&encoded(&reply))).await;
        if !more || !matches!(written, Ok(Ok(()))) {
            return;
        }
    }
}

/// A reply that no connection of ours makes room for.
pub(super) async fn turn_away(mut stream: UnixStream, patience: Duration) {
    let reply = encoded(&refused("too many connections"));
    if !matches!(timeout(patience, stream.write_all(&reply)).await, Ok(Ok(()))) {
        tracing::debug!("a connection turned away did not take the answer");
    }
}

async fn next_line(reader: &mut (impl AsyncBufReadExt + Unpin), patience: Duration) -> Line {
    let mut line = Vec::new();
    let most = u64::try_from(LONGEST_LINE + 1).unwrap_or(u64::MAX);
    let mut bounded = reader.take(most);
    match timeout(patience, bounded.read_until(b'\n', &mut line)).await {
        Err(_elapsed) => Line::TooSlow,
        Ok(Err(_) | Ok(0)) => Line::End,
        Ok(Ok(_)) if line.len() > LONGEST_LINE => Line::TooLong,
        // A last line without its end is a request all the same: `printf '{"cmd":"kill"}' | nc -U …`.
        Ok(Ok(_)) => Line::Read(line),
    }
}

/// The answer, and whether the connection goes on.
async fn answer(line: &[u8], lanes: &Lanes, admission: Admission) -> (DoorReply, bool) {
    let request = match serde_json::from_slice::<DoorRequest>(line) {
        Ok(request) => request,
        Err(error) => return (refused(&format!("not a request: {error}")), true),
    };
    if admission == Admission::KillsOnly && !request.is_kill() {
        return (refused("too many connections: only a kill is served here"), false);
    }
    match lanes.ask(request).await {
        Some(reply) => (reply, true),
        None => (refused("the door is closing"), false),
    }
}

/// A refusal by the door itself, which does not know the gate.
fn refused(why: &str) -> DoorReply {
    DoorReply::failed(None, why)
}

fn encoded(reply: &DoorReply) -> Vec<u8> {
    let mut line = serde_json::to_vec(reply).unwrap_or_else(|error| {
        tracing::error!(%error, "a reply could not be written");
        br#"{"ok":false,"error":"the reply could not be written"}"#.to_vec()
    });
    line.push(b'\n');
    line
}
