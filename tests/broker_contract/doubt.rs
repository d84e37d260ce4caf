//! Answers that may be those of another order: a refusal names none, so one that came twice, or over connections that have
//! mixed up their answers, proves nothing until the book does.

use crate::bench::{Bench, word};
use crate::double::{Double, idle};
use flightdeck::adapters::openalgo::{Expect, our_text};
use flightdeck::model::{BrokerReport, BrokerRequest, ClientOrderId, Side};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

fn up(bench: &mut Bench) {
    bench.until(|bench| bench.links.iter().any(|name| name == "up broker"));
}

/// The row of an order of ours, by its number among those the test has sent.
fn row(id: &str, number: u32, price: &str) -> Value {
    json!({"orderid": id, "symbol": "TEST", "exchange": "CRYPTO", "product": "NRML", "action": "BUY", "quantity": 1,
        "price": price, "pricetype": "LIMIT", "order_status": "open", "timestamp": "-",
        "strategy": our_text(Bench::id(number))})
}

fn refusal() -> (u16, Value) {
    (400, json!({"status": "error", "message": "RMS: margin"}))
}

fn is_accepted(order: ClientOrderId, id: &'static str) -> impl Fn(&BrokerReport) -> bool {
    move |report| {
        matches!(report, BrokerReport::Accepted { order: told, venue_id, .. }
            if *told == order && venue_id.0.as_str() == id)
    }
}

/// A server whose connections say a refusal again, late: in answer to whatever is asked there next, which is carried out.
fn late_doubles(listener: &TcpListener, placed: &Arc<AtomicUsize>) {
    for stream in listener.incoming() {
        let (stream, placed) = (stream.unwrap(), Arc::clone(placed));
        std::thread::spawn(move || connection(&stream, &placed));
    }
}

fn connection(stream: &TcpStream, placed: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut again = None;
    while let Some(endpoint) = request(&mut reader) {
        let own = match endpoint.as_str() {
            // The first is refused, all others are taken.
            "placeorder" => match placed.fetch_add(1, Ordering::SeqCst) {
                0 => refusal(),
                count => (200, json!({"status": "success", "orderid": format!("L-{count}")})),
            },
            "orderbook" => {
                let there = placed.load(Ordering::SeqCst) > 1;
                let rows: Vec<Value> = there.then(|| row("L-1", 2, "99.2")).into_iter().collect();
                (200, json!({"status": "success", "data": {"orders": rows}}))
            }
            other => idle("live", other),
        };
        let said = again.take().unwrap_or_else(|| own.clone());
        again = (own.0 == 400).then_some(own);
        let text = said.1.to_string();
        let head = format!(
            "HTTP/1.1 {} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
            said.0,
            text.len()
        );
        if (&mut &*stream).write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

/// The endpoint of a connection's next request.
fn request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let endpoint = line.split(' ').nth(1)?.trim_start_matches("/api/v1/").to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(endpoint)
}

#[test]
fn a_refusal_that_is_told_again_late_is_never_taken_for_that_of_the_next_order() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let placed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&placed);
    std::thread::spawn(move || late_doubles(&listener, &count));
    let mut bench = Bench::at(&url, Expect::Live, None);
    up(&mut bench);
    let first = bench.submit(Side::Buy, "1", Bench::limit("99.1"));
    bench.expect(first, &["rejected"]);
    // It leaves by a connection on which nothing can be left of the first.
    let second = bench.submit(Side::Buy, "1", Bench::limit("99.2"));
    bench.hear_of(is_accepted(second, "L-1"));
    assert!(bench.story(second).is_empty(), "{:?}", bench.story(second));
    assert_eq!(placed.load(Ordering::SeqCst), 2, "each was sent once");
}

/// A server that has answered one order with the id of another while a third waits for its answer, which is a refusal.
/// `kept` says whether it has the third all the same.
fn confused(expect: Expect, kept: bool) -> (Bench, Double, ClientOrderId) {
    let (third_is_there, released) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (there, release) = (Arc::clone(&third_is_there), Arc::clone(&released));
    // Which orders have a row, a bit each.
    let rows = AtomicUsize::new(0);
    let word = if expect == Expect::Live { "live" } else { "analyze" };
    let double = Double::open(move |endpoint, _, body| {
        let mut answer = match (endpoint, body["price"].as_str()) {
            ("placeorder", Some("99.3")) => {
                there.store(true, Ordering::SeqCst);
                while !release.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                rows.fetch_or(if kept { 2 } else { 0 }, Ordering::SeqCst);
                refusal()
            }
            ("placeorder", price) => {
                rows.fetch_or(if price == Some("99.1") { 1 } else { 4 }, Ordering::SeqCst);
                (200, json!({"status": "success", "orderid": "L-1"}))
            }
            ("orderbook", _) => {
                let all =
                    [(1, row("L-1", 1, "99.1")), (2, row("L-3", 2, "99.3")), (4, row("L-2", 3, "99.2"))];
                let there = rows.load(Ordering::SeqCst);
                let shown = all.into_iter().filter(|(bit, _)| there & bit != 0);
                let shown: Vec<Value> = shown.map(|(_, row)| row).collect();
                (200, json!({"status": "success", "data": {"orders": shown}}))
            }
            (other, _) => idle(word, other),
        };
        if word == "analyze" && endpoint != "depth" && endpoint != "symbol" {
            answer.1["mode"] = json!("analyze");
        }
        answer
    });
    let mut bench = Bench::at(&double.url, expect, None);
    up(&mut bench);
    let first = bench.submit(Side::Buy, "1", Bench::limit("99.1"));
    bench.hear_of(is_accepted(first, "L-1"));
    let third = bench.submit(Side::Buy, "1", Bench::limit("99.3"));
    bench.until(|_| third_is_there.load(Ordering::SeqCst));
    // Answered with the id of the first.
    let second = bench.submit(Side::Buy, "1", Bench::limit("99.2"));
    bench.hear_of(|report| report.order() == Some(second) && self::word(report) == "unknown");
    released.store(true, Ordering::SeqCst);
    (bench, double, third)
}

#[test]
fn a_refusal_over_confused_connections_leaves_the_order_unknown_until_the_book_shows_it() {
    let (mut bench, mut double, third) = confused(Expect::Live, true);
    bench.hear_of(|report| report.order() == Some(third) && word(report) == "unknown");
    bench.hear_of(is_accepted(third, "L-3"));
    assert!(bench.story(third).is_empty(), "it was never rejected: {:?}", bench.story(third));
    assert_eq!(double.calls("placeorder").len(), 3, "nothing was sent twice");
}

#[test]
fn a_refusal_over_confused_connections_that_no_book_contradicts_is_found_not_to_be_there() {
    let (mut bench, mut double, third) = confused(Expect::Analyze, false);
    bench.hear_of(|report| report.order() == Some(third) && word(report) == "unknown");
    bench.send(BrokerRequest::QueryOrder { order: third });
    bench.hear_of(|report| report.order() == Some(third) && word(report) == "not found");
    assert!(bench.story(third).is_empty(), "it was never rejected: {:?}", bench.story(third));
    assert_eq!(double.calls("placeorder").len(), 3, "nothing was sent twice");
}
