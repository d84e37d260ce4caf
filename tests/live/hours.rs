//! What the server says of its hours against the calendars of the configuration: told where they differ, and never taken over.

use crate::desk::Desk;
use serde_json::Value;
use std::fs;

/// The word on its hours, once there is one.
fn hours(status: &Value) -> Option<(String, String)> {
    let links = status["links"].as_array()?;
    let link = links.iter().find(|link| link["name"] == "market hours")?;
    let text = |field: &str| link[field].as_str().unwrap_or_default().to_owned();
    Some((text("state"), text("detail")))
}

#[test]
fn hours_that_are_the_servers_are_told_to_be() {
    let mut desk = Desk::open(&[]);
    desk.start(&[]);
    let status = desk.until("its hours are told", |status| hours(status).is_some());
    assert_eq!(hours(&status), Some(("ok".to_owned(), "as the server has them".to_owned())));
}

#[test]
fn a_calendar_that_is_not_the_servers_is_an_alert_in_the_words_of_both_and_still_holds() {
    let mut desk = Desk::open(&[]);
    let path = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace("unit = \"BTC\"", "unit = \"BTC\"\ncalendar = \"short\"");
    // Half an hour less than the market's day.
    let calendar =
        "\n[[calendar]]\nname = \"short\"\nzone = \"Asia/Kolkata\"\nsessions = [\"mon-sun 00:30-24:00\"]\n";
    fs::write(&path, text + calendar).unwrap();
    desk.start(&[]);
    let status = desk.until("its hours are told", |status| hours(status).is_some());
    let (state, detail) = hours(&status).unwrap();
    assert_eq!(state, "differs");
    assert!(detail.starts_with("CRYPTO on 20"), "{detail}");
    assert!(detail.contains("the server says 00:00-00:00 IST, here 00:30-00:00 IST"), "{detail}");
    let alerts = String::from_utf8(desk.says(&["alerts"]).stdout).unwrap();
    assert!(alerts.contains("market hours differ: CRYPTO on"), "{alerts}");
}
