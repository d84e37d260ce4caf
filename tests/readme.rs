//! The README says what the program says.

use flightdeck::ui::key_table_markdown;

const README: &str = include_str!("../README.md");
const BEGIN: &str = "<!-- keys:begin (flightdeck keys) -->\n";
const END: &str = "<!-- keys:end -->";

#[test]
fn the_key_table_is_the_one_the_program_prints() {
    let (_, rest) = README.split_once(BEGIN).expect("the README has a place for the keys");
    let (table, _) = rest.split_once(END).expect("the place for the keys ends");
    assert_eq!(
        table.trim(),
        key_table_markdown().trim(),
        "paste the output of `flightdeck keys` between the marks"
    );
}

#[test]
fn every_room_stands_in_the_architecture_page() {
    let page = include_str!("../ARCHITECTURE.md");
    for entry in
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).expect("the sources are there")
    {
        let entry = entry.expect("the sources can be listed");
        if entry.path().is_dir() {
            let room = format!("`{}/`", entry.file_name().to_string_lossy());
            assert!(page.contains(&room), "{room} is not in ARCHITECTURE.md");
        }
    }
}

/// The names of an enum's variants, as its `as_str` lists them.
fn variants(source: &'static str, of: &str) -> Vec<&'static str> {
    let (_, body) = source.split_once(&format!("impl {of} {{")).expect("the enum has words");
    let body = body.split_once("\n}\n").map_or(body, |(body, _)| body);
    let named =
        |line: &'static str| line.trim().strip_prefix("Self::")?.split_once(" => \"").map(|(name, _)| name);
    body.lines().filter_map(named).collect()
}

#[test]
fn every_rule_and_every_trigger_stands_in_the_architecture_page() {
    let page = include_str!("../ARCHITECTURE.md");
    let rules = variants(include_str!("../src/model/assessment.rs"), "RuleId");
    let triggers = variants(include_str!("../src/model/watchdog.rs"), "Trigger");
    assert!(rules.len() > 30 && triggers.len() > 8, "{rules:?} {triggers:?}");
    for name in rules.iter().chain(&triggers) {
        assert!(page.contains(&format!("`{name}`")), "{name} is not in ARCHITECTURE.md");
    }
}
