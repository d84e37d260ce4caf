//! The commented configuration: what it shows in comments is as right as what it sets.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use flightdeck::config::{DEFAULT_FILE, Loaded, SettingsFile, Sources, load};
use flightdeck::model::StrategyRules;

fn read(text: &str) -> Loaded {
    let kinds = flightdeck::strategies::declared();
    let file = Some(SettingsFile { name: "example.toml", bytes: text.as_bytes() });
    load(&Sources { file, kinds: &kinds, ..Sources::default() }).unwrap_or_else(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

/// The keys that one line of the file says, `rules = { … }`.
fn example() -> &'static str {
    DEFAULT_FILE.lines().find_map(|line| line.strip_prefix("# rules = ")).unwrap()
}

#[test]
fn the_example_of_all_rules_is_read_and_names_every_rule_there_is() {
    let plain = "rules = { stop_loss = \"400\", rejects = 10 }";
    let text = DEFAULT_FILE.replacen(plain, &format!("rules = {}", example()), 1);
    let rules = read(&text).settings.strategies[0].rules;
    let all = serde_json::to_value(rules).unwrap();
    let absent: Vec<&String> =
        all.as_object().unwrap().iter().filter(|(_, value)| value.is_null()).map(|(key, _)| key).collect();
    assert!(absent.is_empty(), "not in the example: {absent:?}");
    assert_ne!(rules, StrategyRules::NONE);
    let described = |key: &str| DEFAULT_FILE.matches(key).count() >= 2;
    for key in
        example().split(['{', ',']).filter_map(|part| part.split_once(" = ")).map(|(key, _)| key.trim())
    {
        assert!(described(key), "{key} is not described");
    }
}

#[test]
fn the_example_of_a_calendar_is_read() {
    let (_, rest) = DEFAULT_FILE.split_once("# [[calendar]]\n").unwrap();
    let block = rest.lines().take_while(|line| line.starts_with("# "));
    let block: String =
        block.filter_map(|line| line.strip_prefix("# ")).flat_map(|line| [line, "\n"]).collect();
    let text = format!("{DEFAULT_FILE}\n[[calendar]]\n{block}");
    let loaded = read(&text.replace("# calendar = \"nyse\"", "calendar = \"nyse\""));
    assert_eq!(loaded.settings.calendars.len(), 1);
}

#[test]
fn single_keys_that_are_commented_out_are_keys() {
    let examples = ["data_dir = ", "regime = ", "static_ip = ", "roll_days = ", "algo_id = "];
    for key in examples {
        let commented = DEFAULT_FILE.lines().find(|line| line.starts_with(&format!("# {key}"))).unwrap();
        let text = DEFAULT_FILE.replacen(commented, commented.trim_start_matches("# "), 1);
        // What a key asks for beside it is another matter; that it is one is what counts here.
        let kinds = flightdeck::strategies::declared();
        let file = Some(SettingsFile { name: "example.toml", bytes: text.as_bytes() });
        let faults = load(&Sources { file, kinds: &kinds, ..Sources::default() }).err().unwrap_or_default();
        let unknown = faults.iter().any(|fault| fault.to_string().contains("unknown"));
        assert!(!unknown, "{key}: {faults:?}");
    }
}
