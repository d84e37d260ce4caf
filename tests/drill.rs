//! The fire drill on the real program: every path closes the gate, clears the orders and says how long it took.

use std::process::Command;

#[test]
fn the_kill_drill_passes_by_every_path() {
    let home = tempfile::tempdir().expect("a home of its own");
    let output = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
        .env_clear()
        .env("HOME", home.path())
        .args(["drill", "--json"])
        .output()
        .expect("the program starts");
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows: serde_json::Value = serde_json::from_str(&words).expect("a table as JSON");
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), 5, "{words}");
    for row in rows {
        assert_eq!(row["pass"], true, "{words}{}", String::from_utf8_lossy(&output.stderr));
        assert!(row["orders"].as_u64() > Some(0), "orders worked before it: {words}");
    }
    assert_eq!(output.status.code(), Some(0));
}
