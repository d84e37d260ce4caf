//! What is asked at the door of an engine, and an operator who trades by hand through it.
#![allow(dead_code, reason = "several tests and a bench share it, each uses its part")]

use flightdeck::venue::{Entry, Judge};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long an answer may take on a machine that is merely busy, or ten times as slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// One request at the door, by the bytes of the protocol: whatever version of the program listens.
pub(crate) fn ask(data: &Path, request: &Value) -> Option<Value> {
    let mut stream = UnixStream::connect(data.join("flightdeck.sock")).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(format!("{request}\n").as_bytes()).ok()?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// A venue's log, while it may be writing a line.
pub(crate) fn log_at(path: &Path) -> Vec<Entry> {
    let began = Instant::now();
    loop {
        match Judge::read(path) {
            Ok(log) => return log,
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What the operator of a venue says to it.
pub(crate) fn operate(url: &str, words: &str) {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = words.len();
    let head = format!(
        "POST /operator HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(words.as_bytes()).unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 200"), "{words}: {told}");
}

/// A limit price at which nothing trades and that no rule finds too far away.
pub(crate) fn far(data: &Path, side: &str) -> Option<String> {
    far_in(data, side, "BTCUSDT")
}

/// The same of any instrument.
fn far_in(data: &Path, side: &str, symbol: &str) -> Option<String> {
    loop {
        let status = ask(data, &json!({"cmd": "status"}))?;
        let rows = status["status"]["instruments"].as_array().map(Vec::as_slice).unwrap_or_default();
        let row = rows.iter().find(|row| row["symbol"] == symbol).unwrap_or(&Value::Null);
        let quote = &row[if side == "BUY" { "bid" } else { "ask" }];
        if let Some(text) = quote.as_str() {
            let whole: u64 = text.split('.').next()?.parse().ok()?;
            return Some((if side == "BUY" { whole * 98 / 100 } else { whole * 102 / 100 }).to_string());
        }
        // The first quote is still to come.
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An operator at work.
pub(crate) struct Hand(JoinHandle<()>);

impl Hand {
    /// Trades as fast as it is answered: market orders there and back, now and then a limit order far away, now and then
    /// a cancel of all of them.
    pub(crate) fn trades(data: PathBuf, buys: bool) -> Self {
        Self::trades_in(data, buys, "BTCUSDT")
    }

    /// The same in any instrument.
    pub(crate) fn trades_in(data: PathBuf, buys: bool, symbol: &'static str) -> Self {
        Self(std::thread::spawn(move || trade(&data, buys, symbol)))
    }

    /// Waits until nobody has answered.
    pub(crate) fn rests(self) {
        self.0.join().unwrap();
    }
}

fn trade(data: &Path, buys: bool, symbol: &str) {
    let (Some(below), Some(above)) = (far_in(data, "BUY", symbol), far_in(data, "SELL", symbol)) else {
        return;
    };
    let operations = (0_u32..).map(|turn| {
        let (side, far) = if buys == turn.is_multiple_of(2) { ("BUY", &below) } else { ("SELL", &above) };
        let price = (turn % 5 == 2).then_some(far);
        let order = json!({"side": side, "qty": "0.002", "symbol": symbol, "price": price});
        let cancels = json!({"op": "cancel_all", "scope": "strategy:manual"});
        if turn % 7 == 6 { cancels } else { json!({"op": "place", "order": order}) }
    });
    for operation in operations {
        if ask(data, &json!({"cmd": "order", "ask": operation})).is_none() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
