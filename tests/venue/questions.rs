//! What is asked of the market, the contract master and the calendar.

use crate::place::{EXPIRY, KEY, Place, keys, name};
use flightdeck::venue::Conduct;
use serde_json::{Value, json};

fn open() -> Place {
    Place::open(Conduct::default(), "")
}

#[test]
fn quotes_and_depth_say_what_the_captures_say() {
    let place = open();
    let quote = place.ask("quotes", &name("SBIN", "NSE")).1;
    assert_eq!(
        keys(&quote["data"]),
        ["ask", "bid", "high", "low", "ltp", "oi", "open", "prev_close", "volume"]
    );
    assert_eq!((&quote["data"]["bid"], &quote["data"]["ask"]), (&json!(819.95), &json!(820.05)));
    let depth = place.ask("depth", &name("SBIN", "NSE")).1["data"].clone();
    assert_eq!(depth["asks"], json!([{"price": 820.05, "quantity": 20}, {"price": 820.1, "quantity": 1000}]));
    // An index is quoted and never traded.
    assert_eq!(place.ask("quotes", &name("NIFTY", "NSE_INDEX")).1["data"]["ltp"], 23_976.0);
}

#[test]
fn several_quotes_come_with_the_faults_first() {
    let place = open();
    let both = json!({"symbols": [name("SBIN", "NSE"), name("NOPE", "NSE")]});
    let rows = place.ask("multiquotes", &both).1["results"].clone();
    assert!(rows[0]["error"].is_string() && rows[1]["data"]["ltp"] == json!(820.0), "{rows}");
    let (status, none) = place.ask("multiquotes", &json!({"symbols": [name("NOPE", "NSE")]}));
    assert_eq!((status, none["invalid_symbols"].as_array().unwrap().len()), (400, 1));
}

#[test]
fn bars_are_the_same_at_every_asking_and_longer_ones_are_made_of_shorter_ones() {
    let place = open();
    let ask = |interval: &str| {
        let body = json!({"symbol": "SBIN", "exchange": "NSE", "interval": interval,
            "start_date": "2026-11-19", "end_date": "2026-11-20"});
        place.ask("history", &body).1["data"].as_array().unwrap().clone()
    };
    let (minutes, days) = (ask("1m"), ask("D"));
    assert_eq!((minutes.len(), days.len()), (2 * 375, 2));
    assert_eq!(minutes, ask("1m"));
    // 19 November 2026, 09:15 in India, and its midnight as if that were UTC.
    assert_eq!(
        (&minutes[0]["timestamp"], &days[0]["timestamp"]),
        (&json!(1_795_059_900), &json!(1_795_046_400))
    );
    let high = |bars: &[Value]| bars.iter().map(|bar| bar["high"].as_f64().unwrap()).fold(0.0, f64::max);
    assert_eq!(json!(high(&minutes[..375])), days[0]["high"]);
    let week = json!({"symbol": "SBIN", "exchange": "NSE", "interval": "W", "start_date": "2026-11-19",
        "end_date": "2026-11-20"});
    assert_eq!(place.ask("history", &week).0, 400);
    assert_eq!(place.ask("intervals", &json!({})).1["data"]["days"], json!(["D"]));
}

#[test]
fn the_contract_master_answers_by_name_by_words_and_whole() {
    let place = open();
    let one = place.ask("symbol", &name("NIFTY24NOV2624000CE", "NFO")).1["data"].clone();
    assert_eq!((&one["expiry"], &one["strike"]), (&json!("24-NOV-26"), &json!(24_000.0)));
    assert_eq!(
        (&one["instrumenttype"], &one["name"], &one["lotsize"]),
        (&json!("CE"), &json!("NIFTY"), &json!(75))
    );
    assert_eq!(place.ask("symbol", &name("NOPE", "NSE")).0, 404);
    let found = place.ask("search", &json!({"query": "nifty 24000", "exchange": "NFO"})).1;
    assert_eq!(
        (found["data"].as_array().unwrap().len(), &found["message"]),
        (2, &json!("Found 2 matching symbols"))
    );
    assert_eq!(place.ask("search", &json!({"query": "nothing"})).1["data"], json!([]));
    let (status, rows) = place.get(&format!("instruments?apikey={KEY}&exchange=NSE"));
    let rows: Value = serde_json::from_str(&rows).unwrap();
    assert_eq!((status, &rows["data"][0]["symbol"]), (200, &json!("SBIN")));
    let (_, csv) = place.get(&format!("instruments?apikey={KEY}&exchange=NFO&format=csv"));
    assert_eq!(csv.lines().count(), 8);
    assert_eq!(place.get("instruments?apikey=wrong&exchange=NSE").0, 403);
}

#[test]
fn an_option_is_found_by_its_distance_from_the_money() {
    let place = open();
    let body = json!({"symbol": "NIFTY", "exchange": "NFO", "instrumenttype": "options"});
    assert_eq!(place.ask("expiry", &body).1["data"], json!(["24-NOV-26"]));
    let which = |offset: &str, right: &str| {
        let body = json!({"underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": "24NOV26",
            "offset": offset, "option_type": right});
        place.ask("optionsymbol", &body)
    };
    assert_eq!(which("ATM", "CE").1["symbol"], "NIFTY24NOV2624000CE");
    assert_eq!(which("OTM1", "CE").1["symbol"], "NIFTY24NOV2624050CE");
    assert_eq!(which("ITM1", "PE").1["symbol"], "NIFTY24NOV2624050PE");
    assert_eq!(which("OTM9", "CE").0, 404);
    let chain =
        json!({"underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": "24NOV26", "strike_count": 1});
    let chain = place.ask("optionchain", &chain).1;
    assert_eq!((&chain["atm_strike"], &chain["expiry_ts"]), (&json!(24_000.0), &json!(EXPIRY)));
    let row = &chain["chain"][0];
    assert_eq!(
        (&row["strike"], &row["ce"]["label"], &row["pe"]["label"]),
        (&json!(23_950.0), &json!("ITM1"), &json!("OTM1"))
    );
    assert_eq!(row["ce"]["ltp"], 150.0);
}

#[test]
fn margin_and_hours_are_told() {
    let place = open();
    let leg = json!({"symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": "10", "product": "MIS",
        "pricetype": "LIMIT", "price": "800"});
    let margin = place.ask("margin", &json!({"positions": [leg]})).1;
    let expected =
        json!({"total_margin_required": 1_600.0, "span_margin": 1_280.0, "exposure_margin": 320.0});
    assert_eq!(margin, json!({"status": "success", "data": expected}));
    let hours = place.ask("market/timings", &json!({"date": "2026-11-23"})).1["data"].clone();
    assert_eq!(keys(&hours[0]), ["end_time", "exchange", "start_time"]);
    let off = place.ask("market/holidays", &json!({"year": 2026})).1["data"].clone();
    assert_eq!(keys(&off[0]), ["closed_exchanges", "date", "description", "holiday_type", "open_exchanges"]);
}
