//! The configuration: defaults equal their file, layers win in order, and every fault is named at once.

use flightdeck::config::{
    DEFAULT_FILE, Loaded, Origin, Override, ParamKind, ParamSpec, Settings, SettingsFile, Sources,
    StrategyKind, load, show,
};

const fn spec(name: &'static str, kind: ParamKind, default: &'static str) -> ParamSpec {
    ParamSpec { name, kind, default, doc: "" }
}

const MILLIS: ParamKind = ParamKind::Millis { min: 100, max: 3_600_000 };
const COUNT: ParamKind = ParamKind::Int { min: 1, max: 1000 };
const QTY: ParamKind = ParamKind::Decimal { min: 1, max: 100_000_000_000 };

const KINDS: &[StrategyKind] = &[
    StrategyKind {
        name: "sma_cross",
        doc: "",
        params: &[
            spec("bar_ms", MILLIS, "1000"),
            spec("fast", COUNT, "5"),
            spec("slow", COUNT, "20"),
            spec("qty", QTY, "0.01"),
            spec("style", ParamKind::Choice(&["reverse", "flat"]), "reverse"),
        ],
    },
    StrategyKind {
        name: "market_maker",
        doc: "",
        params: &[
            spec("qty", QTY, "0.01"),
            spec("half_spread_ticks", COUNT, "5"),
            spec("max_position", QTY, "0.05"),
            spec("requote_ms", MILLIS, "1000"),
        ],
    },
    StrategyKind {
        name: "breakout",
        doc: "",
        params: &[
            spec("window_ms", MILLIS, "20000"),
            spec("qty", QTY, "20"),
            spec("hold_ms", MILLIS, "15000"),
        ],
    },
    StrategyKind {
        name: "mean_reversion",
        doc: "",
        params: &[spec("window_ms", MILLIS, "30000"), spec("entry_bps", COUNT, "4"), spec("qty", QTY, "20")],
    },
];

/// Loads a file with the test's kinds; faults as lines.
fn load_file(text: &str) -> Result<Loaded, Vec<String>> {
    load_all(text, &[], &[])
}

fn load_all(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Loaded, Vec<String>> {
    let environment: Vec<(String, String)> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let flags: Vec<Override> = flags
        .iter()
        .map(|(path, value)| Override {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            flag: format!("--set {path}"),
        })
        .collect();
    let file = SettingsFile { name: "my.toml", bytes: text.as_bytes() };
    load(&Sources { file: Some(file), environment: &environment, flags: &flags, kinds: KINDS })
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn the_default_file_says_what_the_code_says() {
    let alone = load(&Sources { kinds: KINDS, ..Sources::default() }).expect("the defaults have no fault");
    assert_eq!(alone.settings, Settings::default());
    assert!(alone.origins.iter().all(|(_, origin)| *origin == Origin::Default));
    let as_file = load_file(DEFAULT_FILE).expect("the default file has no fault");
    assert_eq!(as_file.settings, Settings::default());
}

#[test]
fn what_is_shown_loads_to_the_same_settings() {
    let shown = show(&Settings::default(), &load_file("").unwrap().origins);
    assert_eq!(load_file(&shown).expect("what is shown is a file").settings, Settings::default());
}
