//! The WebSocket: its frames against the captures, and what can go wrong with them.

use crate::client::Client;
use crate::place::{KEY, Place, keys, name};
use flightdeck::venue::{Answers, Conduct};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

fn conduct() -> Conduct {
    Conduct { stream: Some("127.0.0.1:0".parse().unwrap()), ..Conduct::default() }
}

fn open(script: &str) -> Place {
    Place::open(conduct(), script)
}

fn listening(place: &Place) -> Client<'_> {
    let mut client = Client::known(place);
    client.ask(&json!({"action": "subscribe_orders"}));
    client
}

fn limit() -> Value {
    json!({"pricetype": "LIMIT", "price": "800"})
}

#[test]
fn nobody_is_served_before_he_has_said_who_he_is() {
    let place = open("");
    let mut client = Client::connect(&place);
    let told = client.ask(&json!({"action": "subscribe", "mode": "LTP", "symbols": [name("SBIN", "NSE")]}));
    assert_eq!(
        told,
        json!({"status": "error", "code": "NOT_AUTHENTICATED", "message": "You must authenticate first"})
    );
    let wrong = client.ask(&json!({"action": "authenticate", "api_key": "wrong"}));
    assert_eq!(
        wrong,
        json!({"status": "error", "code": "AUTHENTICATION_ERROR", "message": "Invalid API key"})
    );
    let told = client.ask(&json!({"type": "auth", "apikey": KEY}));
    assert_eq!(keys(&told), ["broker", "message", "status", "supported_features", "type", "user_id"]);
}

#[test]
fn who_does_not_say_who_he_is_in_time_is_shown_out_with_4401() {
    let place = Place::open(Conduct { patience: Some(Duration::from_millis(50)), ..conduct() }, "");
    let mut client = Client::connect(&place);
    let Some(Message::Close(Some(frame))) = client.message() else { panic!("no word of farewell") };
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (4_401, "auth timeout"));
}

#[test]
fn a_tick_says_as_much_as_was_subscribed_to() {
    let place = open("");
    let mut client = Client::known(&place);
    let mut seen = Vec::new();
    for (number, mode) in [(1, json!("ltp")), (2, json!("Quote")), (3, json!(3))] {
        let told =
            client.ask(&json!({"action": "subscribe", "mode": mode, "symbols": [name("SBIN", "NSE")]}));
        assert_eq!((&told["type"], &told["status"]), (&json!("subscribe"), &json!("success")));
        let tick = client.until("a tick", |frame| frame["mode"] == number);
        assert_eq!(tick["data"]["ltp"], 820.0);
        seen.push(keys(&tick["data"]).into_iter().map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!(seen[0], ["close", "exchange", "last_price", "ltp", "ltt", "symbol", "timestamp"]);
    assert!(seen[1].contains(&"volume".to_owned()) && !seen[1].contains(&"depth".to_owned()));
    assert!(seen[2].contains(&"depth".to_owned()));
}

#[test]
fn what_cannot_be_subscribed_to_is_named_and_a_wrong_mode_has_no_number() {
    let place = open("");
    let mut client = Client::known(&place);
    let told = client.ask(&json!({"action": "subscribe", "mode": "LTP", "request_id": "r1",
        "symbols": [name("SBIN", "NSE"), name("NOPE", "NSE")]}));
    assert_eq!((&told["status"], &told["request_id"]), (&json!("partial"), &json!("r1")));
    assert_eq!(told["subscriptions"][1]["message"], "No token for NSE:NOPE");
    let told = client
        .ask(&json!({"action": "subscribe", "mode": "Tick", "request_id": "r2", "symbol": "SBIN",
        "exchange": "NSE"}));
    assert_eq!((&told["code"], told.get("request_id")), (&json!("INVALID_MODE"), None));
    let told = client.ask(&json!({"action": "unsubscribe", "mode": "LTP", "request_id": "u",
        "symbols": [name("SBIN", "NSE"), name("NOPE", "NSE")]}));
    assert_eq!((&told["status"], told["failed"].as_array().unwrap().len()), (&json!("partial"), 1));
    let told = client.ask(&json!({"action": "ping", "timestamp": 123}));
    assert_eq!(keys(&told), ["client_timestamp", "server_timestamp", "status", "type"]);
    assert_eq!(client.ask(&json!({"action": "get_broker_info"}))["adapter_status"], "connected");
    assert_eq!(client.ask(&json!({"action": "bogus"}))["message"], "Invalid action: bogus");
    client.say("not json");
    assert_eq!(client.until("an error", |frame| frame["status"] == "error")["code"], "INVALID_JSON");
}

#[test]
fn an_order_is_told_from_open_to_its_end_in_the_words_of_each_mode() {
    for answers in [Answers::Analyze, Answers::Live] {
        let place = Place::open(Conduct { answers, ..conduct() }, "");
        let mut client = listening(&place);
        place.place(&json!({"quantity": "20"}));
        assert_eq!(client.updates(2), ["open 0", "complete 20"]);
        let id = place.place(&limit()).1["orderid"].clone();
        assert_eq!(client.updates(1), ["open 0"]);
        place.ask("cancelorder", &json!({"strategy": "x", "orderid": id}));
        let last = client.until("the end", |frame| frame["order_status"] == "cancelled");
        assert_eq!((&last["mode"], &last["orderid"]), (&json!(answers.as_str()), &id));
        assert!(last.get("strategy").is_none() && last.get("timestamp").is_none());
    }
}

#[test]
fn a_refusal_by_the_broker_is_told_with_its_reason_on_the_stream_alone() {
    let place = Place::open(Conduct { answers: Answers::Live, ..conduct() }, "");
    let mut client = listening(&place);
    place.place(&json!({"quantity": "1000000000", "pricetype": "LIMIT", "price": "800"}));
    let told = client.until("a refusal", |frame| frame["order_status"] == "rejected");
    assert!(!told["rejection_reason"].as_str().unwrap().is_empty());
}

/// The frames of a real server where they lie beside the project.
fn captures() -> Vec<Value> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name = "shared/specs/openalgo-ws-captures.json";
    let places = [here.join("..").join(name), here.join("../..").join(name)];
    let text = places.iter().find_map(|place| std::fs::read_to_string(place).ok());
    let all: Vec<Value> = text.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    all.into_iter().filter(|one| one["dir"] == "server->client").map(|one| one["msg"].clone()).collect()
}

#[test]
fn every_kind_of_frame_has_the_fields_of_the_captured_one() {
    let place = open("");
    let mut client = listening(&place);
    let mut ours: Vec<Value> = Vec::new();
    for mode in 1..=3 {
        let body = json!({"action": "subscribe", "mode": mode, "request_id": "r", "symbols": [name("SBIN", "NSE"), name("NOPE", "NSE")]});
        ours.push(client.ask(&body));
        ours.push(client.until("a tick", |frame| frame["mode"] == mode));
    }
    place.place(&json!({}));
    ours.push(client.until("an update", |frame| frame["type"] == "order_update"));
    ours.push(client.ask(&json!({"action": "ping", "timestamp": 1})));
    ours.push(client.ask(&json!({"action": "get_broker_info"})));
    ours.push(client.ask(&json!({"action": "subscribe_orders", "request_id": "o"})));
    ours.push(client.ask(&json!({"action": "unsubscribe_orders"})));
    let captured = captures();
    let kind = |frame: &Value| (frame["type"].clone(), frame["mode"].as_u64());
    for frame in &ours {
        let Some(theirs) = captured.iter().find(|one| kind(one) == kind(frame)) else {
            assert!(captured.is_empty(), "no such frame was captured: {frame}");
            continue;
        };
        assert_eq!(keys(frame), keys(theirs), "{frame}");
        if frame["data"].is_object() {
            assert_eq!(keys(&frame["data"]), keys(&theirs["data"]), "{frame}");
        }
        if frame["subscriptions"].is_array() && theirs["subscriptions"].as_array().unwrap().len() > 1 {
            for at in 0..2 {
                assert_eq!(keys(&frame["subscriptions"][at]), keys(&theirs["subscriptions"][at]));
            }
        }
    }
}

#[test]
fn updates_are_lost_doubled_late_and_reordered_on_demand() {
    let place = open("ws/update 1 swap\nws/update 3 double\nws/update 4 lost");
    let mut client = listening(&place);
    place.place(&json!({}));
    assert_eq!(client.updates(2), ["complete 1", "open 0"]);
    place.place(&json!({}));
    // The third is said twice, the fourth not at all.
    assert_eq!(client.updates(2), ["open 0", "open 0"]);
    place.place(&limit());
    assert_eq!(client.updates(1), ["open 0"]);
}

#[test]
fn a_frame_of_garbage_and_a_connection_cut_in_the_middle_of_a_frame_come_on_demand() {
    let place = open("ws/update 1 garbage 0\nws/update 2 cut 9");
    let mut client = listening(&place);
    place.place(&limit());
    assert_eq!(client.frame(), json!("{\"status\": \"succ"));
    place.place(&limit());
    assert!(client.message().is_none());
    // What happened meanwhile is nowhere said again.
    let mut again = listening(&place);
    place.place(&limit());
    assert_eq!(again.updates(1), ["open 0"]);
}

#[test]
fn a_mute_stream_is_connected_answers_and_says_nothing() {
    let place = open("");
    let mut client = listening(&place);
    client.ask(&json!({"action": "subscribe", "mode": 1, "symbols": [name("SBIN", "NSE")]}));
    place.operate("mute 60000");
    place.place(&json!({}));
    // Whatever was under way comes first; then only answers.
    let mut number = 0;
    place.until("silence", || {
        number += 1;
        client.say(&json!({"action": "ping", "timestamp": number}).to_string());
        client.frame()["client_timestamp"] == number
    });
    place.operate("mute 0");
    assert_eq!(client.until("a tick", |frame| frame["type"] == "market_data")["mode"], 1);
}

#[test]
fn a_logout_ends_every_answer_until_a_human_logs_in() {
    let place = open("");
    place.operate("logout");
    assert_eq!(place.ask("ping", &json!({})).0, 403);
    assert_eq!(place.place(&json!({})).1["message"], "Invalid openalgo apikey");
    let mut client = Client::connect(&place);
    let told = client.ask(&json!({"action": "authenticate", "api_key": KEY}));
    assert_eq!(told["code"], "BROKER_INIT_ERROR");
    place.operate("login");
    assert_eq!(place.ask("ping", &json!({})).0, 200);
    Client::known(&place);
}
