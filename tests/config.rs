//! The configuration: defaults equal their file, layers win in order, and every fault is named at once.

use flightdeck::config::{
    DEFAULT_FILE, Loaded, MAX_FILE_BYTES, Origin, Override, ParamKind, ParamSpec, Settings, SettingsFile,
    Sources, StrategyKind, load, show,
};
use flightdeck::model::{InstrumentId, Money, Span, StrategyId};
use proptest::prelude::*;

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
    load(&Sources {
        file: Some(file),
        environment: &environment,
        flags: &flags,
        kinds: KINDS,
        ..Sources::default()
    })
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

/// The default file with one piece replaced, which must be there exactly once.
fn edited(from: &str, to: &str) -> String {
    assert_eq!(DEFAULT_FILE.matches(from).count(), 1, "{from} must be in the default file once");
    DEFAULT_FILE.replace(from, to)
}

/// The one fault of a file.
fn only_fault(text: &str) -> String {
    let faults = load_file(text).expect_err(text);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults[0].clone()
}

#[test]
fn every_fault_of_a_file_is_reported_at_once_in_its_place() {
    let file = r#"[run]
mode = "live"
sead = 4

[feed]
speed = 0.5
loop = "yes"

[risk]
max_gross = "NaN"
daily_loss = "-5"
messages_per_s = 20
cancel_reserve = 20
max_open_orders = 99999999999999999999
duplicate_window_ms = 2.5

[screen]
max_fps = 31
palette = "pink"
ascii = = true
[run]
[account.convert]
ETH = "ETHUSD_PREP"
doge = "BTCUSDT"
"#;
    let faults = load_file(file).unwrap_err();
    let starts = [
        "my.toml:2:8: run.mode: \"live\" is refused: every start is in analyze; [live] and the key M lead on; expected \"analyze\"",
        "my.toml:3:1: run.sead: unknown key, did you mean seed?; expected one of mode",
        "my.toml:6:9: feed.speed: is the float 0.5: put it in quotes; expected \"max\" or",
        "my.toml:7:8: feed.loop: is the text \"yes\"; expected true or false",
        "my.toml:10:13: risk.max_gross: \"NaN\": not a plain decimal number",
        "my.toml:11:14: risk.daily_loss: \"-5\" is too small; expected a decimal in quotes from 0 to",
        "my.toml:13:18: risk.cancel_reserve: 20 leaves new orders no message; expected less than messages_per_s",
        "my.toml:14:19: risk.max_open_orders: is a whole number beyond 64 bits; expected a whole number from 0 to",
        "my.toml:15:23: risk.duplicate_window_ms: is the float 2.5; expected a whole number from 0 to 60000 ms",
        "my.toml:18:11: screen.max_fps: is the number 31; expected a whole number from 1 to 30",
        "my.toml:19:11: screen.palette: is the text \"pink\"; expected \"default\" or \"colorblind\" or \"mono\"",
        "my.toml:20:9: syntax: ",
        "my.toml:21:2: syntax: duplicate key",
        "my.toml:23:7: account.convert.ETH: there is no instrument \"ETHUSD_PREP\", did you mean \"ETHUSD_PERP\"?",
        "my.toml:24:1: account.convert.doge: not a currency code; expected a currency",
    ];
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "\n{fault}\ndoes not start with\n{start}");
    }
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
}

/// What is replaced in the default file, by what, and the fault that follows.
const LIST_FAULTS: &[(&str, &str, &str)] = &[
    (
        "tick = \"0.1\"",
        "tick = \"0.123456789\"",
        "instrument.BTCUSDT.tick: \"0.123456789\": more than 8 decimal",
    ),
    ("tick = \"0.1\"", "tick = 0", "instrument.BTCUSDT.tick: \"0\" is too small"),
    ("tick = \"0.1\"", "tick = 1e-1", "instrument.BTCUSDT.tick: is the float 1e-1: put it in quotes"),
    ("tick = \"0.1\"", "", "instrument.BTCUSDT.tick: missing"),
    ("max_price = \"1000000\"", "max_price = \"2000000000\"", "instrument.BTCUSDT.max_price: "),
    ("max_price = \"1000000\"", "max_price = \"999\"", "instrument.BTCUSDT.max_price: 999 leaves no price"),
    (
        "min_qty = \"0.001\"",
        "min_qty = \"0.0015\"",
        "instrument.BTCUSDT.min_qty: 0.0015 is not a whole number of",
    ),
    ("contract = \"linear\"", "contract = \"quanto\"", "instrument.BTCUSDT.contract: is the text \"quanto\""),
    ("settle = \"ETH\"", "settle = \"BTC\"", "instrument.ETHUSD_PERP.settle: BTC has no capital"),
    ("par = [\"USD\"]", "par = [\"EUR\"]", "account.convert.ETH: ETHUSD_PERP is quoted in USD"),
    ("par = [\"USD\"]", "par = 7", "account.par: is the number 7; expected a list"),
    ("ETH = \"ETHUSD_PERP\"", "", "account.capital.ETH: ETH cannot be valued"),
    ("symbol = \"ETHUSD_PERP\"", "symbol = \"BTC USDT\"", "instrument[2].symbol: is the text \"BTC USDT\""),
    (
        "symbol = \"ETHUSD_PERP\"",
        "symbol = \"BTCUSDT\"",
        "instrument[2].symbol: \"BTCUSDT\" is the symbol of an",
    ),
    ("name = \"mm-btc\"", "name = \"sma-btc\"", "strategy[2].name: \"sma-btc\" is the name of an earlier"),
    ("name = \"mm-btc\"", "name = \"manual\"", "strategy[2].name: is the text \"manual\""),
    (
        "kind = \"breakout\"",
        "kind = \"brekout\"",
        "strategy.brk-eth.kind: no strategy is of kind \"brekout\", did",
    ),
    ("fast = 5", "fast = \"5\"", "strategy.sma-btc.params.fast: is the text \"5\"; expected a whole number"),
    (
        "fast = 5",
        "fast = 0",
        "strategy.sma-btc.params.fast: is the number 0; expected a whole number from 1 to 1000",
    ),
    ("fast = 5", "fats = 5", "strategy.sma-btc.params.fats: unknown key, did you mean fast?"),
    ("style = \"reverse\"", "style = \"both\"", "strategy.sma-btc.params.style: is the text \"both\""),
    (
        "entry_bps = 3",
        "entry_bps = 3, qyt = 1",
        "strategy.rev-eth.params.qyt: unknown key, did you mean qty?",
    ),
];

#[test]
fn each_kind_of_fault_in_lists_is_found_where_it_is() {
    for (from, to, problem) in LIST_FAULTS.iter().copied() {
        let text = edited(from, to);
        let faults = load_file(&text).expect_err(problem);
        let line = 1 + DEFAULT_FILE.split(from).next().unwrap().matches('\n').count();
        let found = faults.iter().find(|fault| fault.contains(problem));
        let found = found.unwrap_or_else(|| panic!("{problem} not in {faults:#?}"));
        let at_line = found.starts_with(&format!("my.toml:{line}:"));
        assert!(
            at_line || problem.contains("missing") || problem.starts_with("account."),
            "{found}, line {line}"
        );
    }
}

#[test]
fn a_missing_limit_blocks_the_start_and_is_named() {
    let risk = "[risk]\nmax_gross = 1\nmessages_per_s = 9\ncancel_reserve = 1\nmax_open_orders = 1\n";
    let rest = "messages_per_min = 9\nmessages_per_day = 9\norder_changes = 1\nmax_open_value = 1\nmax_batch_value = 1\n\
                identical_orders = 1\nmargin_use_bps = 1\naccount_age_ms = 1000\nself_trade_blocks = 1\n\
                self_trade_window_ms = 1000\n";
    let faults = load_file(&format!("{risk}{rest}order_answer_ms = 1000\n")).unwrap_err();
    assert_eq!(
        faults,
        [
            "my.toml:1:1: risk.daily_loss: missing; expected a decimal in quotes from 0 to 1000000000 in account currency",
            "my.toml:1:1: risk.duplicate_window_ms: missing; expected a whole number from 0 to 60000 ms",
            "my.toml:1:1: risk.loosen_delay_ms: missing; expected a whole number from 1000 to 86400000 ms",
        ]
    );
    assert!(
        only_fault("[manual]\nlimits = { daily_loss = 1 }")
            .contains("manual.limits.max_position_value: missing")
    );
    let gone = edited(", max_position = \"1\", collar_bps = 100 }", " }");
    let faults = load_file(&gone).unwrap_err();
    assert_eq!(faults.len(), 2);
    assert!(faults[0].contains(": instrument.BTCUSDT.limits.collar_bps: missing; expected a whole number"));
    assert!(faults[1].contains(": instrument.BTCUSDT.limits.max_position: missing; expected a decimal"));
    let none = edited("limits = { max_position_value = \"50000\", daily_loss = \"2000\" }", "");
    assert!(load_file(&none).is_ok(), "[manual] without limits changes nothing, so the defaults stand");
    let strategy = "[[strategy]]\nname = \"a\"\nkind = \"breakout\"\ninstrument = \"BTCUSDT\"\n";
    let faults = load_file(strategy).unwrap_err();
    assert_eq!(faults.len(), 2, "{faults:#?}");
    assert!(faults[0].starts_with("my.toml:1:1: strategy.a.limits.daily_loss: missing"));
    assert!(faults[1].starts_with("my.toml:1:1: strategy.a.limits.max_position_value: missing"));
}

#[test]
fn the_later_layer_wins_and_every_value_knows_its_layer() {
    let loaded = load_all(
        "[feed]\nspeed = 10\n[screen]\nmax_fps = 20\n[paper]\njitter_ms = 7\n",
        &[
            ("FLIGHTDECK_SCREEN__MAX_FPS", "15"),
            ("FLIGHTDECK_FEED__SPEED", "2.5"),
            ("FLIGHTDECK_STRATEGY__SMA_BTC__ARMED", "false"),
            ("FLIGHTDECK_STRATEGY__SMA_BTC__PARAMS__FAST", "7"),
            ("FLIGHTDECK_INSTRUMENT__ETHUSD_PERP__LIMITS__COLLAR_BPS", "50"),
            ("FLIGHTDECK_ACCOUNT__CAPITAL__ETH", "30"),
            ("FLIGHTDECK_ACCOUNT__PAR", "USD, USDC"),
            ("FLIGHTDECK_CONFIG", "elsewhere.toml"),
            ("PATH", "x"),
        ],
        &[("feed.speed", "max"), ("risk.max_gross", "1000.50"), ("strategy.sma-btc.limits.daily_loss", "1")],
    )
    .expect("no fault");
    let (settings, origins) = (&loaded.settings, &loaded.origins);
    assert_eq!(settings.feed.speed.to_string(), "max");
    assert_eq!((settings.screen.max_fps, settings.paper.jitter), (15, Span::from_millis(7)));
    assert!(!settings.strategies[0].armed);
    assert_eq!(settings.strategies[0].params.int("fast"), Ok(7));
    assert_eq!(settings.limits().instrument(InstrumentId::new(1)).collar_bps, 50);
    assert_eq!(settings.account.par.len(), 2);
    assert_eq!(settings.risk.max_gross, "1000.5".parse::<Money>().unwrap());
    let origin = |path: &str| origins.get(path).map(ToString::to_string).unwrap_or_default();
    assert_eq!(origin("feed.speed"), "--set feed.speed");
    assert_eq!(origin("screen.max_fps"), "environment FLIGHTDECK_SCREEN__MAX_FPS");
    assert_eq!(origin("paper.jitter_ms"), "my.toml:6:13");
    assert_eq!(origin("paper.queue"), "default");
    assert_eq!(origin("account.capital.ETH"), "environment FLIGHTDECK_ACCOUNT__CAPITAL__ETH");
    let shown = show(settings, origins);
    assert!(shown.lines().any(|line| line.starts_with("jitter_ms = 7 ") && line.ends_with("# my.toml:6:13")));
    assert_eq!(load_file(&shown).expect("what is shown is a file").settings, *settings);
}

#[test]
fn faults_of_environment_and_flags_are_reported_with_those_of_the_file() {
    let faults = load_all(
        "[screen]\nutc = 1\n",
        &[
            ("FLIGHTDECK_RISK__MAX_GROS", "1"),
            ("FLIGHTDECK_RISK_MAX_GROSS", "1"),
            ("FLIGHTDECK_RISK__DAILY_LOSS", "-1"),
            ("FLIGHTDECK_RISK__", "1"),
            ("FLIGHTDECK_STRATEGY__SMA_ETH__ARMED", "true"),
        ],
        &[("feed.speed.up", "1"), ("strategy.mm-btc", "off"), ("screen.ascii", "perhaps"), ("nonsense", "1")],
    )
    .unwrap_err();
    let starts = [
        "my.toml:2:7: screen.utc: is the number 1; expected true or false",
        "environment FLIGHTDECK_RISK_MAX_GROSS: names no setting: one underscore after the section; expected FLIGHTDECK_RISK__MAX_GROSS",
        "environment FLIGHTDECK_RISK__: risk.: not the path of a setting; expected section.key",
        "environment FLIGHTDECK_RISK__DAILY_LOSS: risk.daily_loss: \"-1\" is too small",
        "environment FLIGHTDECK_RISK__MAX_GROS: risk.max_gros: unknown key, did you mean max_gross?",
        "environment FLIGHTDECK_STRATEGY__SMA_ETH__ARMED: strategy.sma_eth.armed: there is none named \"SMA_ETH\"",
        "--set feed.speed.up: feed.speed.up: \"speed\" holds a value, not a table",
        "--set nonsense: nonsense: unknown key",
        "--set screen.ascii: screen.ascii: is the text \"perhaps\"; expected true or false",
        "--set strategy.mm-btc: strategy.mm-btc: names a table, not a setting",
    ];
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "\n{fault}\ndoes not start with\n{start}");
    }
}

#[test]
fn a_file_as_other_editors_write_it_loads_the_same() {
    let windows = format!("\u{feff}{}", DEFAULT_FILE.replace('\n', "\r\n"));
    assert_eq!(load_file(&windows).expect("BOM and CRLF are no fault").settings, Settings::default());
    assert!(only_fault("\u{feff}[screen]\r\n\r\nutc = 3\r\n").starts_with("my.toml:3:7: screen.utc"));
    let wide = "[run]\ndata_dir = \"ü\"\n[account]\ncapital = { \"ü\" = 1, USDT = 1, ETH = 1 }\n";
    assert!(only_fault(wide).starts_with("my.toml:4:13: account.capital.ü: not a currency code"));
}

#[test]
fn what_is_no_configuration_is_refused_whole() {
    let load_bytes = |bytes: &[u8]| {
        let file = Some(SettingsFile { name: "my.toml", bytes });
        let faults = load(&Sources { file, kinds: KINDS, ..Sources::default() }).unwrap_err();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let huge = vec![b'#'; MAX_FILE_BYTES + 1];
    assert_eq!(
        load_bytes(&huge),
        ["my.toml:1:1: the file has 1048577 bytes; expected at most 1 MiB (1048576 bytes)"]
    );
    assert_eq!(load_bytes(b"[run]\n# \xff"), ["my.toml:2:3: not UTF-8 text; expected UTF-8"]);
    let nested = load_bytes(format!("x = {}", "[".repeat(100_000)).as_bytes());
    assert!(!nested.is_empty() && nested.len() <= 201);
    let flood = load_bytes("a b\n".repeat(1000).as_bytes());
    assert!(flood.len() == 201 && flood[200].contains("more faults"), "{}", flood[200]);
    let many = load_bytes("[[strategy]]\n".repeat(5000).as_bytes());
    assert!(
        many.iter().any(|fault| fault.contains("strategy: there are 5000; expected 0 to 256")),
        "{many:#?}"
    );
    let hostile = load_bytes("[run]\nlog = \"\\u001b]52;c;x\\u0007\\u202e\"\n".as_bytes());
    assert!(hostile[0].starts_with("my.toml:2:7: run.log: is the text \"·]52;c;x··\";"), "{}", hostile[0]);
}

#[test]
fn a_path_of_strange_characters_is_shown_harmlessly_and_loads_again() {
    let path = "C:\\My \"tapes\"\u{202e}\u{200b}/ü";
    let loaded =
        load_all("", &[], &[("run.data_dir", path)]).expect("a path may hold what a file system allows");
    assert_eq!(loaded.settings.run.data_dir.as_deref(), Some(path));
    let shown = show(&loaded.settings, &loaded.origins);
    assert!(!shown.contains('\u{202e}') && shown.contains("/ü"));
    assert_eq!(load_file(&shown).expect("what is shown is a file").settings, loaded.settings);
}

#[test]
fn settings_become_the_limits_of_the_gate() {
    let limits = Settings::default().limits();
    assert_eq!(limits.strategy(StrategyId::MANUAL).max_position_value, Money::units(50_000));
    assert_eq!(limits.strategy(StrategyId::EXTERNAL).max_position_value, Money::ZERO);
    assert_eq!(limits.strategy(Settings::strategy_id(3)).max_position_value, Money::units(10_000));
    assert_eq!(limits.instruments.len(), 2);
    assert_eq!(Settings::default().strategy_names()[2..4], ["sma-btc", "mm-btc"]);
    let instruments = Settings::default().instruments();
    assert!(instruments.iter().enumerate().all(|(index, entry)| entry.id.index() == index));
}

#[test]
fn no_strategies_is_a_choice_that_can_be_written_and_shown() {
    let loaded = load_file("strategy = []").expect("a desk traded by hand alone");
    assert!(loaded.settings.strategies.is_empty());
    let shown = show(&loaded.settings, &loaded.origins);
    assert_eq!(load_file(&shown).expect("what is shown is a file").settings, loaded.settings);
    assert!(
        only_fault("instrument = []\nstrategy = []\naccount.convert = {}\naccount.capital = {}")
            .contains("there are 0")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to the file, it loads or every fault has a place and a problem; proptest prints the failing
    /// input and its seed.
    #[test]
    fn a_mutated_file_loads_or_names_its_faults(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, 0_usize..40), 1..6)
    ) {
        const PIECES: [&str; 12] =
            ["", "\"", "[", "]", "=", "\n", "-1", "1e400", "nan", "\u{202e}", "{ a = ", "[[strategy]]\n"];
        let mut text = DEFAULT_FILE.to_owned();
        for (at, piece, removed) in edits {
            let start = text.floor_char_boundary(at.index(text.len()));
            let end = text.floor_char_boundary((start + removed).min(text.len())).max(start);
            text.replace_range(start..end, PIECES[piece]);
        }
        let file = SettingsFile { name: "my.toml", bytes: text.as_bytes() };
        match load(&Sources { file: Some(file), kinds: KINDS, ..Sources::default() }) {
            Ok(loaded) => {
                let shown = show(&loaded.settings, &loaded.origins);
                prop_assert_eq!(load_file(&shown).map(|again| again.settings), Ok(loaded.settings));
            }
            Err(faults) => {
                let lines = u32::try_from(text.lines().count()).unwrap() + 1;
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(!fault.problem.is_empty());
                    prop_assert!(fault.position().is_none_or(|(line, column)| line <= lines && line > 0 && column > 0));
                    prop_assert!(fault.position().is_some() || fault.origin == Origin::Default, "{}", fault);
                }
            }
        }
    }
}

#[test]
fn the_sebi_regime_stands_between_the_defaults_and_the_file() {
    let loaded = load_file("[run]\nregime = \"sebi\"\n").unwrap();
    let risk = &loaded.settings.risk;
    assert_eq!((risk.messages_per_s, risk.cancel_reserve, risk.messages_per_min), (8, 2, 320));
    assert_eq!(loaded.settings.instruments, Settings::default().instruments);
    let own = DEFAULT_FILE.replace("[run]", "[run]\nregime = \"sebi\"");
    assert!(only_fault(&own).contains("risk.messages_per_s: 20 messages a second; expected at most 10"));
    let own = own.replace("messages_per_s = 20", "messages_per_s = 10");
    assert_eq!(load_file(&own).unwrap().settings.risk.messages_per_s, 10);
    assert!(only_fault("[run]\nregime = \"sebbi\"\n").contains("expected \"sebi\""));
    let flags =
        [Override { path: "run.regime".to_owned(), value: "sebi".to_owned(), flag: "--set".to_owned() }];
    let kinds = flightdeck::strategies::declared();
    let loaded = load(&Sources { flags: &flags, kinds: &kinds, ..Sources::default() }).unwrap();
    assert_eq!(loaded.settings.risk.messages_per_s, 8);
}

#[test]
fn live_under_sebi_needs_the_algorithms_ids_and_the_registered_address() {
    let faults = load_file("[run]\nregime = \"sebi\"\nmode = \"live\"\n").unwrap_err();
    let about = |text: &str| faults.iter().filter(|fault| fault.contains(text)).count();
    assert_eq!((about("has no algo_id"), about("no address is declared")), (4, 1), "{faults:?}");
    let named = DEFAULT_FILE
        .replace("mode = \"analyze\"", "mode = \"live\"\nregime = \"sebi\"\nstatic_ip = \"203.0.113.7\"")
        .replace("messages_per_s = 20", "messages_per_s = 8")
        .replace("armed = true\n", "armed = true\nalgo_id = \"NSE-1\"\n");
    let faults = load_file(&named).unwrap_err();
    assert!(!faults.iter().any(|fault| fault.contains("algo_id") || fault.contains("address")), "{faults:?}");
}

#[test]
fn rules_are_optional_but_what_belongs_together_comes_together() {
    let with = |rules: &str| DEFAULT_FILE.replacen("rules = { stop_loss = \"400\", rejects = 10 }", rules, 1);
    let loaded = load_file(&with("")).unwrap();
    assert_eq!(loaded.settings.strategies[0].rules, flightdeck::model::StrategyRules::NONE);
    for (rules, fault) in [
        ("{ trail_from = \"1\" }", "trail_from: means nothing without trail_by"),
        ("{ trail_by = \"1\" }", "trail_by: means nothing without trail_from"),
        ("{ target_bps = 100 }", "target_bps: means nothing without capital"),
        ("{ lock_at = \"5\", lock_floor = \"5\" }", "lock_floor: 5 would end it at once"),
        ("{ session_from = \"9:15\", session_to = \"15:20\" }", "session_from: \"9:15\": not a time of day"),
        ("{ session_from = \"09:15\", session_to = \"24:00\" }", "session_to: \"24:00\": not a time of day"),
        ("{ entries = 3 }", "entries: means nothing without entries_ms"),
        ("{ losers = 0 }", "losers: is the number 0"),
        ("{ stop_los = \"1\" }", "stop_los: unknown key, did you mean stop_loss"),
        ("{ stop_loss = 0.5 }", "stop_loss: is the float 0.5"),
    ] {
        let found = only_fault(&with(&format!("rules = {rules}")));
        assert!(found.contains(fault), "{found}");
    }
    let all = "rules = { capital = \"1000\", stop_loss = \"10\", target_bps = 500, trail_from = \"20\", trail_by = \"5\", \
        breakeven_at = \"8\", lock_at = \"9\", lock_floor = \"4\", lock_step = \"1\", max_position = \"2\", \
        max_open_orders = 3, daily_trades = 4, cooldown_loss_ms = 5, cooldown_exit_ms = 6, losers = 7, max_spread_bps = 8, \
        max_spread_ticks = 9, session_from = \"09:15\", session_to = \"15:20\", session_flatten = true, entries = 10, \
        entries_ms = 11, entries_day = 12, rejects = 13, order_ratio = 14 }";
    let loaded = load_file(&with(all)).unwrap();
    let shown = flightdeck::config::show(&loaded.settings, &loaded.origins);
    assert_eq!(load_file(&shown).unwrap().settings, loaded.settings, "{shown}");
}

/// What makes the default instruments fit for an `OpenAlgo` server: the perpetual settled in coin goes, and the other has
/// a name there.
fn at_openalgo(broker: &str, name: &str) -> String {
    format!(
        "strategy = []\n[broker]\nkind = \"openalgo\"\n{broker}\n[account]\ncurrency = \"USDT\"\n[account.capital]\nUSDT = 1000\n\
         [account.convert]\n[[instrument]]\nsymbol = \"BTCUSDT\"\nvenue = \"v\"\ncontract = \"linear\"\nquote = \"USDT\"\n\
         settle = \"USDT\"\ntick = \"0.1\"\nmin_price = 1\nmax_price = 100000\nlot = \"0.001\"\nmin_qty = \"0.001\"\n\
         maker_fee = 0\ntaker_fee = 0\ninitial_margin = \"0.1\"\n\
         limits = {{ max_order_qty = 1, max_order_value = 1000, max_position = 1, collar_bps = 100 }}\n{name}"
    )
}

const NAME: &str = "openalgo = { symbol = \"BTCUSDT\", exchange = \"CRYPTO\", product = \"NRML\" }\n";

#[test]
fn an_openalgo_broker_is_read_and_shown_with_what_it_calls_an_instrument() {
    let loaded =
        load_file(&at_openalgo("url = \"http://127.0.0.1:5001\"\nkey_env = \"DESK_KEY\"", NAME)).unwrap();
    let name = loaded.settings.instruments[0].openalgo.as_ref().unwrap();
    assert_eq!((name.symbol.as_str(), name.product.as_str()), ("BTCUSDT", "NRML"));
    let shown = show(&loaded.settings, &loaded.origins);
    assert_eq!(load_file(&shown).expect("what is shown is a file").settings, loaded.settings);
}

#[test]
fn a_broker_that_others_could_reach_or_that_cannot_trade_an_instrument_stops_the_start() {
    let cases = [
        (
            at_openalgo("url = \"http://10.0.0.1:5000\"", NAME),
            "broker.url: is the text \"http://10.0.0.1:5000\"",
        ),
        (at_openalgo("url = \"https://127.0.0.1:5000\"", NAME), "broker.url"),
        (at_openalgo("key_env = \"my key\"", NAME), "broker.key_env"),
        (at_openalgo("orders_per_s = 0", NAME), "broker.orders_per_s"),
        (
            at_openalgo("poll_ms = 2000", NAME),
            "broker.poll_ms: 2000 is more than a third of watchdog.broker_silent_ms, 5000",
        ),
        (at_openalgo("", ""), "has no name at the openalgo broker"),
        (at_openalgo("", &NAME.replace("CRYPTO", "NASDAQ")), "openalgo.exchange"),
        (at_openalgo("", &NAME.replace("CRYPTO", "NSE")), "NSE does not take NRML"),
        (at_openalgo("", &NAME.replace("CRYPTO", "NFO")), "NFO takes whole quantities"),
        (at_openalgo("[feed]\nspeed = 10", NAME), "feed.speed: 10 is not the speed of another process"),
        ("[broker]\nkind = \"openalgo\"\n".to_owned(), "OpenAlgo keeps one account in one currency"),
    ];
    for (text, problem) in cases {
        let faults = load_file(&text).map(|_| ()).unwrap_err();
        let told = faults.iter().any(|fault| fault.contains(problem));
        assert!(told || problem.starts_with("OpenAlgo keeps"), "{problem} not in {faults:#?}");
    }
}

/// The default file with a way to live.
fn with_live(live: &str) -> String {
    at_openalgo("", NAME).replace("kind = \"openalgo\"\n", "kind = \"paper\"\n")
        + "\n[live]\nkind = \"openalgo\"\n"
        + live
}

const LIVE: &str =
    "url = \"https://algo.example.com\"\nkey_file = \"/etc/desk/live.key\"\naccount = \"AB123321\"\n";

#[test]
fn where_real_money_is_traded_is_read_and_shown_with_the_accounts_last_digits_only() {
    let loaded = load_file(&with_live(LIVE)).unwrap();
    let live = &loaded.settings.live;
    assert_eq!((live.digits(), live.arm_minutes), ("3321", 15));
    assert_eq!(loaded.settings.run.mode, flightdeck::model::Mode::Analyze, "every start is in analyze");
    let shown = show(&loaded.settings, &loaded.origins);
    assert!(shown.contains("account = \"**3321\"") && !shown.contains("AB123321"), "{shown}");
    let again = load_file(&shown).expect("what is shown is a file");
    assert_eq!(again.settings.live.digits(), "3321");
}

#[test]
fn a_way_to_live_that_is_wrong_stops_the_start_where_it_is_written() {
    let without = |key: &str| -> String {
        let kept: Vec<&str> = LIVE.lines().filter(|line| !line.starts_with(key)).collect();
        kept.join("\n") + "\n"
    };
    let instead = |key: &str, line: &str| format!("{}{line}\n", without(key));
    let cases = [
        (without("url"), "live.kind: openalgo, and url is missing"),
        (without("account"), "live.kind: openalgo, and account is missing"),
        (without("key_file"), "live.kind: openalgo, and key_env is missing"),
        (instead("url", "url = \"http://algo.example.com\""), "live.url: is the text"),
        (instead("url", "url = \"https://algo.example.com/api/v1\""), "live.url: is the text"),
        (instead("account", "account = \"AB12\""), "live.account: is the text"),
        (instead("key_file", "key_file = \"live.key\""), "live.key_file: is none"),
        (format!("{LIVE}key_env = \"live key\"\n"), "live.key_env: is none"),
        (format!("{LIVE}ws_url = \"ws://algo.example.com\"\n"), "live.ws_url: is the text"),
        (format!("{LIVE}arm_minutes = 0\n"), "live.arm_minutes: is the number 0"),
        (format!("{LIVE}key = \"x\"\n"), "live.key: unknown key"),
        (LIVE.replace("https", "htps"), "live.url: is the text"),
    ];
    for (live, problem) in cases {
        let faults = load_file(&with_live(&live)).map(|_| ()).unwrap_err();
        let told = faults.iter().find(|fault| fault.contains(problem));
        let told = told.unwrap_or_else(|| panic!("{problem} not in {faults:#?}"));
        assert!(told.starts_with("my.toml:"), "{told}");
    }
    let nothing = load_file(&with_live("")).unwrap_err();
    assert_eq!(nothing.len(), 3, "each thing that is missing is named: {nothing:#?}");
}

#[test]
fn a_key_that_was_written_where_it_does_not_belong_is_not_repeated() {
    let key = "9f3c55aa9f3c55aa9f3c55aa9f3c55aa9f3c55aa9f3c55aa9f3c55aa9f3c55aa";
    for wrong in [
        format!("key_env = \"{key}\"\n"),
        format!("key_env = \"A{}\"\n", key.to_uppercase()),
        format!("key_file = \"{key}\"\n"),
        format!("key = \"{key}\"\n"),
        format!("account = \"{key}\"\n"),
        format!("ws_url = \"wss://algo.example.com/?apikey={key}\"\n"),
        format!("arm_minutes = \"{key}\"\n"),
        format!("kind = {key}\n"),
        format!("key_env = \"{}\"\n", &key[..16]),
        format!("key_file = \"{}\"\n", &key[..16]),
    ] {
        let faults = load_file(&with_live(&wrong)).map(|_| ()).unwrap_err().join("\n");
        assert!(!faults.to_lowercase().contains(&key[..16]), "{faults}");
    }
}
