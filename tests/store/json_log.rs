//! The text log: one JSON line per fact, tied together by the cause.

use crate::story::Story;
use flightdeck::bus::Subscriber;
use flightdeck::model::Mode;
use flightdeck::store::EventLog;
use std::fs::File;
use std::sync::Arc;

#[test]
fn each_fact_is_a_line_with_its_correlation() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("log");
    let story = Story::one_trade(Mode::Analyze);
    let lines = tracing_subscriber::fmt().json().with_writer(Arc::new(File::create(&path).unwrap())).finish();
    tracing::subscriber::with_default(lines, || {
        let mut log = EventLog::new(&story.genesis);
        story.events.iter().for_each(|event| log.on_event(event).unwrap());
    });
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let facts = story.events.iter().filter(|event| !event.event.is_replaceable());
    assert_eq!(lines.len(), facts.count(), "market data does not fill the disk");
    let fill = lines.iter().map(|line| &line["fields"]).find(|fields| fields["kind"] == "filled").unwrap();
    assert_eq!(
        (&fill["cause"], &fill["order"], &fill["strategy"]),
        (&"2".into(), &"A-1".into(), &"buyer".into())
    );
    assert_eq!(fill["client_order_id"], story.client(1).to_string());
}
