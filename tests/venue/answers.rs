//! The two ways of answering: the sandbox's and a broker's.

use crate::place::{Place, keys, name, order};
use flightdeck::venue::{Answers, Conduct};
use serde_json::{Value, json};

fn place(answers: Answers) -> Place {
    Place::open(Conduct { answers, ..Conduct::default() }, "")
}

/// The fields of a broker's row of the order book, in order of name.
const LIVE_ORDER: [&str; 11] = [
    "action",
    "exchange",
    "order_status",
    "orderid",
    "price",
    "pricetype",
    "product",
    "quantity",
    "symbol",
    "timestamp",
    "trigger_price",
];

#[test]
fn a_brokers_answers_say_no_mode_and_its_rows_neither_fills_nor_whose_they_are() {
    let place = place(Answers::Live);
    let (status, placed) = place.place(&json!({}));
    assert_eq!((status, keys(&placed)), (200, vec!["orderid", "status"]));
    let orderid = placed["orderid"].as_str().unwrap();
    assert!(orderid.len() == 12 && orderid.ends_with("000001"), "{orderid}");
    let book = place.ask("orderbook", &json!({})).1;
    assert_eq!(keys(&book), ["data", "status"]);
    let row = &book["data"]["orders"][0];
    assert_eq!(keys(row), LIVE_ORDER);
    assert_eq!((&row["order_status"], &row["orderid"]), (&json!("complete"), &json!(orderid)));
    assert!(book["data"]["statistics"].get("total_trigger_pending_orders").is_none());
    let trades = place.ask("tradebook", &json!({})).1;
    assert_eq!(
        keys(&trades["data"][0]),
        [
            "action",
            "average_price",
            "exchange",
            "orderid",
            "product",
            "quantity",
            "symbol",
            "timestamp",
            "trade_value"
        ]
    );
    let positions = place.ask("positionbook", &json!({})).1;
    assert_eq!(keys(&positions), ["data", "status"]);
    assert_eq!(
        keys(&positions["data"][0]),
        ["average_price", "exchange", "ltp", "pnl", "product", "quantity", "symbol"]
    );
    let funds = place.ask("funds", &json!({})).1;
    assert_eq!(
        keys(&funds["data"]),
        ["availablecash", "collateral", "m2mrealized", "m2munrealized", "utiliseddebits"]
    );
    let cash = funds["data"]["availablecash"].as_str().unwrap();
    assert_eq!(cash.split_once('.').unwrap().1.len(), 2, "{cash}");
    assert_eq!(place.ask("analyzer", &json!({})).1["data"]["mode"], "live");
    let status = place.ask("orderstatus", &json!({"strategy": "x", "orderid": orderid})).1;
    assert_eq!(
        (&status["data"]["pricetype"], &status["data"]["average_price"]),
        (&json!("MARKET"), &json!(820.05))
    );
}

#[test]
fn the_sandboxs_answers_say_analyze_and_its_rows_everything() {
    let place = place(Answers::Analyze);
    let placed = place.place(&json!({})).1;
    assert_eq!(keys(&placed), ["mode", "orderid", "status"]);
    assert_eq!(placed["orderid"].as_str().unwrap().len(), 14);
    let book = place.ask("orderbook", &json!({})).1;
    let row = &book["data"]["orders"][0];
    assert_eq!((&row["strategy"], &row["filled_quantity"]), (&json!("desk"), &json!(1)));
    assert!(place.ask("funds", &json!({})).1["data"]["availablecash"].is_number());
    let status = place.ask("orderstatus", &json!({"strategy": "x", "orderid": placed["orderid"]})).1;
    assert_eq!(status["data"]["price_type"], "MARKET");
    assert!(status["data"].get("rejection_reason").is_none());
}

#[test]
fn a_client_order_id_is_an_unknown_field_and_all_faults_are_told_before_the_key_is_looked_at() {
    for answers in [Answers::Analyze, Answers::Live] {
        let place = place(answers);
        let mut probe = order(&json!({"client_order_id": "1", "apikey": "x"}));
        probe.as_object_mut().unwrap().remove("symbol");
        let (status, body) = place.send("placeorder", &probe);
        let expected =
            "{'symbol': ['Missing data for required field.'], 'client_order_id': ['Unknown field.']}";
        assert_eq!((status, body["message"].as_str()), (400, Some(expected)));
        assert_eq!(place.send("ping", &json!({"apikey": "wrong"})).0, 403);
    }
}

#[test]
fn orders_of_one_mode_are_unknown_in_the_other_and_nothing_is_lost_by_turning() {
    let place = place(Answers::Analyze);
    let id = place.place(&json!({"pricetype": "LIMIT", "price": "800"})).1["orderid"].clone();
    let status = json!({"strategy": "x", "orderid": id});
    let turned = place.ask("analyzer/toggle", &json!({"mode": false})).1;
    assert_eq!((&turned["data"]["mode"], &turned["data"]["analyze_mode"]), (&json!("live"), &json!(false)));
    let (code, missed) = place.ask("orderstatus", &status);
    assert_eq!((code, missed.get("mode")), (404, None));
    assert_eq!(place.ask("orderbook", &json!({})).1["data"]["orders"], json!([]));
    place.ask("analyzer/toggle", &json!({"mode": true}));
    assert_eq!(place.ask("orderstatus", &status).1["data"]["order_status"], "open");
    let turns: Vec<String> =
        place.log().into_iter().filter(|one| one.what == "mode").map(|one| one.detail).collect();
    assert_eq!(turns, ["live", "analyze"]);
}

#[test]
fn a_broker_takes_first_and_refuses_in_its_book_and_the_sandbox_refuses_at_once() {
    let much = json!({"quantity": "1000000000", "pricetype": "LIMIT", "price": "800"});
    let live = place(Answers::Live);
    let (status, placed) = live.place(&much);
    assert_eq!((status, placed["status"].as_str()), (200, Some("success")));
    let row = live.ask("orderbook", &json!({})).1["data"]["orders"][0].clone();
    assert_eq!((&row["order_status"], row.get("rejection_reason")), (&json!("rejected"), None));
    let analyze = place(Answers::Analyze);
    let (status, refused) = analyze.place(&much);
    assert_eq!((status, refused["mode"].as_str()), (400, Some("analyze")));
    assert_eq!(analyze.ask("orderbook", &json!({})).1["data"]["orders"], json!([]));
    // What cannot be delivered is refused and kept (wire spec §14).
    let (status, refused) = analyze.place(&json!({"action": "SELL", "product": "CNC"}));
    assert!(status == 400 && refused["orderid"].is_string(), "{refused}");
    let row = analyze.ask("orderbook", &json!({})).1["data"]["orders"][0].clone();
    assert_eq!((&row["order_status"], &row["orderid"]), (&json!("rejected"), &refused["orderid"]));
}

#[test]
fn orders_are_refused_where_a_real_server_refuses_them() {
    let place = place(Answers::Analyze);
    let refused = |more: Value| {
        let (status, body) = place.place(&more);
        assert_eq!(status, 400, "{body}");
        body["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused(json!({"symbol": "NOPE"})), "Symbol NOPE not found on NSE");
    assert_eq!(
        refused(json!({"product": "NRML"})),
        "NRML product not allowed for NSE equity segment. Use CNC for delivery or MIS for intraday."
    );
    let future = json!({"symbol": "NIFTY24NOV26FUT", "exchange": "NFO", "product": "NRML", "quantity": "10"});
    assert_eq!(refused(future.clone()), "Quantity must be in multiples of lot size 75");
    let mut delivered = future;
    delivered["product"] = json!("CNC");
    assert!(refused(delivered).starts_with("CNC product not allowed for NFO"));
    assert_eq!(refused(json!({"pricetype": "LIMIT"})), "LIMIT orders require price");
    assert!(refused(json!({"symbol": "NIFTY", "exchange": "NSE_INDEX"})).contains("index"));
    let fraction = refused(json!({"quantity": "1.5"}));
    assert!(fraction.contains("Fractional quantity (1.5) is not allowed"), "{fraction}");
}

#[test]
fn a_cancel_of_everything_ends_also_what_waits_for_its_trigger() {
    for answers in [Answers::Analyze, Answers::Live] {
        let place = place(answers);
        place.place(&json!({"pricetype": "LIMIT", "price": "800"}));
        place.place(&json!({"pricetype": "SL-M", "action": "SELL", "trigger_price": "790"}));
        place.place(&json!({"pricetype": "SL", "action": "SELL", "trigger_price": "790", "price": "789"}));
        let done = place.ask("cancelallorder", &json!({"strategy": "x"})).1;
        assert_eq!(done["canceled_orders"].as_array().unwrap().len(), 3, "{done}");
        let rows = place.ask("orderbook", &json!({})).1["data"]["orders"].clone();
        assert!(rows.as_array().unwrap().iter().all(|row| row["order_status"] == "cancelled"), "{rows}");
        let none = place.ask("cancelallorder", &json!({"strategy": "x"})).1;
        let expected = match answers {
            Answers::Analyze => "No open orders to cancel",
            Answers::Live => "Canceled 0 orders. Failed to cancel 0 orders.",
        };
        assert_eq!(none["message"], expected);
    }
}

#[test]
fn a_second_cancel_is_refused_in_the_words_of_each_mode() {
    for (answers, words) in
        [(Answers::Analyze, "Cannot cancel order in cancelled status"), (Answers::Live, "Order is not open")]
    {
        let place = place(answers);
        let id = place.place(&json!({"pricetype": "LIMIT", "price": "800"})).1["orderid"].clone();
        let cancel = json!({"strategy": "x", "orderid": id});
        assert_eq!(place.ask("cancelorder", &cancel).0, 200);
        let (status, again) = place.ask("cancelorder", &cancel);
        assert_eq!((status, again["message"].as_str()), (400, Some(words)));
    }
}

#[test]
fn a_target_trades_what_lacks_and_nothing_where_nothing_lacks() {
    let place = place(Answers::Live);
    let smart = |target: &str, qty: &str| {
        place.ask("placesmartorder", &order(&json!({"position_size": target, "quantity": qty}))).1
    };
    assert_eq!(smart("0", "0")["message"], "No OpenPosition Found. Not placing Exit order.");
    assert!(smart("5", "0")["orderid"].is_string());
    assert_eq!(smart("5", "9")["message"], "Positions Already Matched. No Action needed.");
    assert!(smart("-2", "0")["orderid"].is_string());
    let open = json!({"strategy": "x", "symbol": "SBIN", "exchange": "NSE", "product": "MIS"});
    assert_eq!(place.ask("openposition", &open).1, json!({"status": "success", "quantity": -2}));
    assert_eq!(
        place.ask("closeposition", &json!({"strategy": "x"})).1["message"],
        "All Open Positions Squared Off"
    );
    assert_eq!(place.ask("openposition", &open).1["quantity"], 0);
}

#[test]
fn a_basket_buys_first_and_parts_go_one_by_one() {
    let place = place(Answers::Analyze);
    let leg = |action: &str, symbol: &str| json!({"exchange": "NSE", "symbol": symbol, "action": action, "quantity": "5"});
    let basket =
        json!({"strategy": "x", "orders": [leg("SELL", "SBIN"), leg("BUY", "SBIN"), leg("BUY", "NOPE")]});
    let done = place.ask("basketorder", &basket).1;
    let told: Vec<&Value> = done["results"].as_array().unwrap().iter().map(|row| &row["status"]).collect();
    assert_eq!(told, [&json!("success"), &json!("error"), &json!("success")]);
    let sides: Vec<String> =
        place.log().into_iter().filter(|one| one.what == "order").map(|one| one.action).collect();
    assert_eq!(sides, ["BUY", "SELL"]);
    let (status, wrong) =
        place.ask("basketorder", &json!({"strategy": "x", "orders": [{"exchange": "NSE"}]}));
    assert_eq!(status, 400);
    assert!(wrong["message"].as_str().unwrap().starts_with("{'orders': {0: {'symbol': ['Missing"), "{wrong}");
    let split = place.ask("splitorder", &order(&json!({"quantity": "25", "splitsize": "10"}))).1;
    let parts: Vec<&Value> =
        split["results"].as_array().unwrap().iter().map(|row| &row["quantity"]).collect();
    assert_eq!(parts, [&json!(10), &json!(10), &json!(5)]);
    assert_eq!((&split["total_quantity"], &split["split_size"]), (&json!(25), &json!(10)));
    let (status, many) = place.ask("splitorder", &order(&json!({"quantity": "101", "splitsize": "1"})));
    assert_eq!(status, 400, "{many}");
    let book = place.ask("positionbook", &json!({})).1;
    assert_eq!(book["data"][0]["quantity"], 25);
    let closed = place.ask("closeposition", &json!({"strategy": "x"})).1;
    assert_eq!((&closed["closed_positions"], &closed["failed_closures"]), (&json!(1), &json!(0)));
}

#[test]
fn what_is_asked_the_wrong_way_is_answered_as_a_real_server_does() {
    let place = place(Answers::Analyze);
    assert_eq!(place.get("placeorder").0, 404);
    let (status, missing) = place.ask("nope", &json!({}));
    assert_eq!(
        (status, missing["message"].as_str(), missing["path"].as_str()),
        (404, Some("Not found"), Some("/api/v1/nope"))
    );
    let (status, unknown) = place.ask("quotes", &name("NOPE", "NSE"));
    assert_eq!(status, 400);
    assert!(unknown["message"].as_str().unwrap().starts_with("Symbol 'NOPE' not found for exchange 'NSE'."));
}
