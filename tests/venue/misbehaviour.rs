//! What goes wrong on demand, and the log that knows what really happened.

use crate::place::{Place, name, order};
use flightdeck::venue::{Answers, Conduct};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

fn open(script: &str) -> Place {
    Place::open(Conduct::default(), script)
}

fn limit() -> Value {
    json!({"pricetype": "LIMIT", "price": "800"})
}

/// How many orders there truly are.
fn orders(place: &Place) -> usize {
    place.log().iter().filter(|entry| entry.what == "order").count()
}

/// The bytes of one placement on a connection of its own.
fn request() -> Vec<u8> {
    let mut body = order(&limit());
    body["apikey"] = json!(crate::place::KEY);
    let body = body.to_string();
    let head = format!(
        "POST /api/v1/placeorder HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head, body].concat().into_bytes()
}

/// Sends one placement; gives all bytes that come back.
fn bytes(place: &Place) -> Vec<u8> {
    let mut stream = TcpStream::connect(place.venue.as_ref().unwrap().address()).unwrap();
    let mut read = Vec::new();
    // Reset or closed: what came is what counts.
    let _reset = stream.write_all(&request()).and_then(|()| stream.read_to_end(&mut read));
    read
}

#[test]
fn an_answer_is_cut_after_exactly_so_many_bytes_and_the_order_is_there_all_the_same() {
    let whole = bytes(&open("")).len();
    assert!(whole > 100, "{whole}");
    for cut in [0, 1, 17, whole / 2, whole - 1] {
        let place = open(&format!("placeorder 1 cut {cut}"));
        assert_eq!((bytes(&place).len(), orders(&place)), (cut, 1), "{cut}");
    }
}

#[test]
fn a_request_cut_before_its_last_byte_never_arrived() {
    let whole = request().len();
    for cut in [1, 40, whole / 2, whole - 1] {
        // The first connection is that of the fixture.
        let place = open(&format!("connection 2 cut-in {cut}"));
        assert_eq!((bytes(&place).len(), orders(&place)), (0, 0), "{cut}");
        assert_eq!(place.place(&limit()).0, 200);
    }
}

#[test]
fn an_answer_said_twice_is_twice_on_the_wire_and_once_in_the_book() {
    let once = bytes(&open("")).len();
    let place = open("placeorder 1 double");
    assert_eq!((bytes(&place).len(), orders(&place)), (2 * once, 1));
}

#[test]
fn what_is_executed_in_spite_of_its_answer_and_what_is_not() {
    let cases = [
        ("429", 429, 0),
        ("500", 500, 0),
        ("503", 503, 0),
        ("500-after", 500, 1),
        ("502", 502, 1),
        ("504", 504, 1),
        ("blank", 200, 1),
        ("garbage", 200, 1),
        ("garbage 6", 200, 1),
        ("no-id", 200, 1),
        ("semi-auto", 200, 0),
        ("huge", 200, 1),
        ("drip 50", 200, 1),
        ("swap", 200, 1),
        ("late 50", 200, 1),
        ("slow 50", 200, 1),
    ];
    for (fault, status, there) in cases {
        let place = open(&format!("placeorder 1 {fault}"));
        let (told, body) = place.place(&limit());
        assert_eq!((told, orders(&place)), (status, there), "{fault}");
        match fault {
            "no-id" => assert_eq!(body["orderid"], Value::Null),
            "semi-auto" => assert!(body["pending_order_id"].is_number() && body.get("orderid").is_none()),
            "huge" => assert!(body["pad"].as_str().unwrap().len() > 1 << 20),
            "drip 50" | "swap" => assert!(body["orderid"].is_string()),
            _ => {}
        }
        assert!(place.log().iter().any(|entry| entry.what == "fault"), "{fault}");
    }
}

#[test]
fn books_are_empty_doubled_or_stale_on_demand() {
    let place = open("orderbook 1 empty\norderbook 2 twice\norderbook 4 stale");
    place.place(&limit());
    let count = || place.ask("orderbook", &json!({})).1["data"]["orders"].as_array().unwrap().len();
    assert_eq!([count(), count(), count()], [0, 2, 1]);
    place.place(&limit());
    assert_eq!([count(), count()], [1, 2]);
    place.operate("stale 60000");
    place.place(&limit());
    assert_eq!(count(), 2);
    place.operate("stale 0");
    assert_eq!(count(), 3);
}

#[test]
fn from_an_operators_word_until_the_next_every_call_of_an_endpoint_goes_wrong_and_books_lie() {
    let place = open("");
    place.operate("foreign BUY 3 SBIN NSE MIS\nforeign BUY 2 SBIN NSE MIS");
    let book = |endpoint: &str| place.ask(endpoint, &json!({})).1["data"].clone();
    let net = || book("positionbook")[0]["quantity"].as_f64().unwrap();
    for (lie, told) in [("flip", -5.0), ("times 100", 500.0)] {
        place.operate(&format!("begin positionbook {lie}"));
        assert_eq!([net(), net()].map(|net| net.to_string()), [told.to_string(), told.to_string()]);
    }
    place.operate(
        "end positionbook\nbegin tradebook same-id\nbegin orderbook strange\nbegin placeorder refuse",
    );
    assert_eq!(net().to_string(), "5");
    let trades = book("tradebook");
    assert!(
        trades.as_array().unwrap().len() >= 2 && trades[0]["tradeid"] == trades[1]["tradeid"],
        "{trades}"
    );
    assert_eq!(book("orderbook")["orders"][0]["order_status"], "amo req received");
    let (before, (status, refused)) = (orders(&place), place.place(&limit()));
    assert_eq!((status, &refused["status"], orders(&place)), (400, &json!("error"), before));
    place.operate("begin tradebook absurd");
    assert!(book("tradebook").as_array().unwrap().len() > 10 * trades.as_array().unwrap().len());
    place.operate("end placeorder");
    assert_eq!(place.place(&limit()).0, 200);
}

#[test]
fn another_client_of_the_account_trades_and_cancels_and_the_log_says_it_was_not_us() {
    let place = Place::open(Conduct { answers: Answers::Live, ..Conduct::default() }, "");
    place.operate("foreign BUY 3 SBIN NSE MIS\nforeign SELL 1 SBIN NSE MIS 900");
    let id = place.place(&limit()).1["orderid"].clone();
    let rows = place.ask("orderbook", &json!({})).1["data"]["orders"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    place.operate("foreign-cancel");
    let status = place.ask("orderstatus", &json!({"strategy": "x", "orderid": id})).1;
    assert_eq!(status["data"]["order_status"], "cancelled");
    let foreign: Vec<bool> =
        place.log().iter().filter(|one| one.what == "order").map(|one| one.foreign).collect();
    assert_eq!(foreign, [true, true, false]);
    let truth = place.operate("");
    assert_eq!(
        truth["live"]["positions"],
        json!([{"symbol": "SBIN", "exchange": "NSE", "product": "MIS", "net": "3"}])
    );
    assert_eq!(truth["analyze"]["orders"], json!([]));
}

#[test]
fn in_semi_auto_an_order_waits_for_a_human_and_a_broker_lets_nobody_cancel() {
    let place = Place::open(Conduct { answers: Answers::Live, ..Conduct::default() }, "");
    let id = place.place(&limit()).1["orderid"].clone();
    place.operate("semi-auto on");
    let (status, waits) = place.place(&limit());
    assert_eq!((status, &waits["mode"], waits.get("orderid")), (200, &json!("semi_auto"), None));
    assert_eq!(place.ask("cancelorder", &json!({"strategy": "x", "orderid": id})).0, 403);
    assert_eq!(orders(&place), 1);
    place.operate("approve\nsemi-auto off");
    assert_eq!(orders(&place), 2);
    assert_eq!(place.ask("cancelorder", &json!({"strategy": "x", "orderid": id})).0, 200);
}

#[test]
fn a_script_turns_the_mode_at_an_instant_and_nobody_is_reached_while_it_is_down() {
    let place = open("at 0 mode live");
    place.until("live", || place.ask("analyzer", &json!({})).1["data"]["mode"] == "live");
    assert!(place.place(&limit()).1.get("mode").is_none());
    place.operate("down 60000");
    assert!(bytes(&place).is_empty());
    place.operate("down 0");
    assert_eq!(place.ask("quotes", &name("SBIN", "NSE")).0, 200);
    assert_eq!(orders(&place), 1);
}

#[test]
fn a_venue_opened_again_goes_on_with_its_orders_positions_and_mode() {
    let mut place = open("");
    place.ask("analyzer/toggle", &json!({"mode": false}));
    place.place(&json!({"quantity": "5"}));
    let rests = place.place(&limit()).1["orderid"].clone();
    let changed = json!({"orderid": rests, "quantity": "7", "price": "801"});
    let mut change = order(&limit());
    for (field, value) in changed.as_object().unwrap() {
        change[field] = value.clone();
    }
    place.ask("modifyorder", &change);
    let gone = place.place(&limit()).1["orderid"].clone();
    place.ask("cancelorder", &json!({"strategy": "x", "orderid": gone}));
    let books = |place: &Place| {
        ["orderbook", "tradebook", "positionbook", "funds"].map(|name| place.ask(name, &json!({})).1)
    };
    let before = books(&place);
    place.restart("");
    let after = books(&place);
    assert_eq!(before[..2], after[..2]);
    assert_eq!(before[2]["data"][0]["quantity"], after[2]["data"][0]["quantity"]);
    assert_eq!(place.ask("analyzer", &json!({})).1["data"]["mode"], "live");
    // What rested rests: it trades, is changed and canceled as ever.
    let done = place.ask("cancelorder", &json!({"strategy": "x", "orderid": rests})).1;
    assert_eq!(done["status"], "success", "{done}");
    let next = place.place(&limit()).1["orderid"].clone();
    assert!(next.as_str().unwrap().ends_with("000004"), "{next}");
    let lines: Vec<u64> = place.log().iter().map(|entry| entry.n).collect();
    assert!(lines.windows(2).all(|pair| pair[0] + 1 == pair[1]));
}
