//! The options of an expiry, asked of a venue by the program itself.

use crate::import::Desk;
use crate::place::KEY;
use serde_json::{Value, json};

#[test]
fn options_are_told_strike_by_strike_with_their_quotes() {
    let desk = Desk::new("optionchain 1 503\n");
    let out = desk.run(KEY, "options NIFTY 2026-11-24 --strikes 1 --json");
    let complaint = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success(), "{complaint}");
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&told["expiry"], &told["underlying_last"]), (&json!("24NOV26"), &json!("23976")));
    assert_eq!((&told["at_the_money"], &told["unread_rows"]), (&json!("24000"), &json!(0)));
    let strikes: Vec<&Value> = told["chain"].as_array().unwrap().iter().map(|row| &row["strike"]).collect();
    assert_eq!(strikes, [&json!("23950"), &json!("24000"), &json!("24050")]);
    let call = &told["chain"][1]["call"];
    assert_eq!((&call["symbol"], &call["label"]), (&json!("NIFTY24NOV2624000CE"), &json!("ATM")));
    assert_eq!(
        (&call["bid"], &call["ask"], &call["last"]),
        (&json!("149.95"), &json!("150.05"), &json!("150"))
    );
    assert_eq!(call["open_interest"], json!("0"));
    let out = desk.run(KEY, "options NIFTY 24NOV26");
    let table = String::from_utf8(out.stdout).unwrap();
    let money = table.lines().find(|line| line.contains("24000*")).unwrap_or_else(|| panic!("{table}"));
    assert_eq!(money.matches("149.95").count(), 2, "{table}");
    assert!(!table.contains(KEY));
}

#[test]
fn what_the_server_says_of_others_is_told_in_its_words() {
    let desk = Desk::new("");
    for (args, code, words) in [
        ("options NIFTY 25NOV26", 1, "No options of NIFTY expire on 25NOV26"),
        ("options NOPE 24NOV26", 1, "NOPE not found on NSE_INDEX"),
        ("options NIFTY tomorrow", 2, "expected a day"),
        ("options NIFTY 24NOV26 --strikes 101", 2, "101"),
    ] {
        let out = desk.run(KEY, args);
        let complaint = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(code), "{args}: {complaint}");
        assert!(complaint.contains(words), "{args}: {complaint}");
    }
}
