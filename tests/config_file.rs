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

/// The default file with two instruments at `OpenAlgo` servers, and these further accounts.
fn with_accounts(also: &str) -> Result<Loaded, Vec<String>> {
    with_accounts_beside("openalgo", also)
}

fn with_accounts_beside(kind: &str, also: &str) -> Result<Loaded, Vec<String>> {
    let instrument = |symbol: &str| {
        format!(
            "[[instrument]]\nsymbol = \"{symbol}\"\nvenue = \"NSE\"\ncontract = \"linear\"\nquote = \"USDT\"\nsettle = \"USDT\"\n\
             tick = \"0.05\"\nlot = \"1\"\nmin_qty = \"1\"\nmin_price = \"1\"\nmax_price = \"10000\"\nmaker_fee = \"0\"\n\
             taker_fee = \"0\"\ninitial_margin = \"0.2\"\nlimits = {{ max_order_qty = \"5\", max_order_value = \"5000\", max_position = \"5\", collar_bps = 100 }}\n\
             openalgo = {{ symbol = \"SBIN\", exchange = \"NSE\", product = \"MIS\" }}\n"
        )
    };
    let text = format!(
        "strategy = []\n[account]\npar = []\n[account.capital]\nUSDT = \"100000\"\n[account.convert]\n[broker]\nkind = \"{kind}\"\n{also}\n{}{}",
        instrument("SBIN"),
        instrument("SBIN-B")
    );
    let file = Some(SettingsFile { name: "example.toml", bytes: text.as_bytes() });
    load(&Sources { file, ..Sources::default() })
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

/// The commented example of the file, of one of its lists.
fn commented(list: &str) -> String {
    let (_, rest) = DEFAULT_FILE.split_once(&format!("# [[{list}]]\n")).unwrap();
    let block =
        rest.lines().take_while(|line| line.starts_with("# ")).filter_map(|line| line.strip_prefix("# "));
    let block: String = block.filter(|line| !line.starts_with("# ")).flat_map(|line| [line, "\n"]).collect();
    format!("[[{list}]]\n{block}")
}

#[test]
fn the_example_of_a_further_account_is_read_and_shown_as_it_is() {
    let loaded = with_accounts(&commented("broker.also")).unwrap();
    let also = &loaded.settings.broker.also;
    assert_eq!((also.len(), also[0].name.as_str(), also[0].url.as_str()), (1, "b", "http://127.0.0.1:5001"));
    assert_eq!(also[0].instruments.len(), 1);
    let shown = flightdeck::config::show(&loaded.settings, &loaded.origins);
    assert!(shown.contains("[[broker.also]]"), "{shown}");
    let file = Some(SettingsFile { name: "shown.toml", bytes: shown.as_bytes() });
    assert_eq!(load(&Sources { file, ..Sources::default() }).unwrap().settings, loaded.settings);
    let live = "[live]\nkind = \"openalgo\"\nurl = \"https://a.example.com\"\naccount = \"AB3321\"\nkey_env = \"A\"\n";
    let both = commented("broker.also") + live + &commented("live.also");
    let loaded = with_accounts(&both).unwrap();
    assert_eq!(loaded.settings.live.also[0].digits(), "7788");
    assert!(!flightdeck::config::show(&loaded.settings, &loaded.origins).contains("CD7788"), "masked");
}

#[test]
fn one_contract_at_two_accounts_is_one_book_unless_its_orders_may_meet() {
    use flightdeck::model::{InstrumentId, RunId};
    let good = "[[broker.also]]\nname = \"b\"\ninstruments = [\"SBIN-B\"]\nurl = \"http://127.0.0.1:5001\"\nkey_env = \"B\"\n";
    let mut settings = with_accounts(good).unwrap().settings;
    assert!(!settings.risk.self_trade_across, "where nothing is said they may not");
    let twins = |settings: &flightdeck::config::Settings| {
        let genesis = flightdeck::runtime::genesis(settings, RunId::new(1), Vec::new());
        let named = |symbol: &str| genesis.instrument_named(symbol).unwrap();
        let of = |symbol: &str| genesis.accounts.twins(named(symbol)).to_vec();
        (of("SBIN"), of("SBIN-B"), named("SBIN"), named("SBIN-B"))
    };
    let (of_one, of_other, one, other) = twins(&settings);
    assert_eq!((of_one, of_other), (vec![other], vec![one]));
    settings.risk.self_trade_across = true;
    assert_eq!(twins(&settings).0, Vec::<InstrumentId>::new());
}

/// The two instruments with the same future of an index, one at the first account and one where `also` says.
fn futures_at_two(generation: u32, also: &str) -> Result<Loaded, Vec<String>> {
    let index = "[[instrument]]\nsymbol = \"NIFTY\"\nclass = \"index\"\nvenue = \"NSE\"\nquote = \"USDT\"\ntick = \"0.05\"\n\
                 min_price = \"1\"\nmax_price = \"100000\"\n";
    let future = |symbol: &str, generation: u32| {
        format!(
            "[[instrument]]\nsymbol = \"{symbol}\"\nvenue = \"NFO\"\nclass = \"future\"\nunderlying = \"NIFTY\"\nexpiry = \"2030-12-24\"\n\
             generation = {generation}\ncontract = \"linear\"\nquote = \"USDT\"\nsettle = \"USDT\"\n\
             tick = \"0.05\"\nlot = \"1\"\nmin_qty = \"1\"\nmin_price = \"1\"\nmax_price = \"100000\"\nmaker_fee = \"0\"\n\
             taker_fee = \"0\"\ninitial_margin = \"0.2\"\nlimits = {{ max_order_qty = \"5\", max_order_value = \"5000\", max_position = \"5\", collar_bps = 100 }}\n\
             openalgo = {{ symbol = \"NIFTY{generation}\", exchange = \"NFO\", product = \"NRML\" }}\n"
        )
    };
    let text = format!(
        "strategy = []\n[account]\npar = []\n[account.capital]\nUSDT = \"100000\"\n[account.convert]\n[broker]\nkind = \"openalgo\"\n{also}\n{index}{}{}",
        future("FUT", 0),
        future("FUT-B", generation)
    );
    let file = Some(SettingsFile { name: "example.toml", bytes: text.as_bytes() });
    load(&Sources { file, ..Sources::default() })
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn one_future_is_traded_at_two_accounts_and_a_generation_there_closes_nothing_here() {
    let at_b = "[[broker.also]]\nname = \"b\"\ninstruments = [\"FUT-B\"]\nurl = \"http://127.0.0.1:5001\"\nkey_env = \"B\"\n";
    let superseded = |loaded: Loaded| -> Vec<bool> {
        loaded.settings.instruments.iter().map(|one| one.instrument.listing.superseded).collect()
    };
    for generation in [0, 1] {
        assert_eq!(superseded(futures_at_two(generation, at_b).unwrap()), [false; 3], "{generation}");
    }
    // At one account the later one holds, and which that is has to be told.
    assert_eq!(superseded(futures_at_two(1, "").unwrap()), [false, true, false]);
    let faults = futures_at_two(0, "").unwrap_err();
    assert!(faults.iter().any(|one| one.contains("the same contract of the same generation")), "{faults:?}");
    let both = at_b.replace("[\"FUT-B\"]", "[\"FUT\", \"FUT-B\"]");
    assert_eq!(superseded(futures_at_two(1, &both).unwrap()), [false, true, false]);
}

#[test]
fn further_accounts_that_cannot_be_are_refused_in_their_place() {
    let good = "[[broker.also]]\nname = \"b\"\ninstruments = [\"SBIN-B\"]\nurl = \"http://127.0.0.1:5001\"\nkey_env = \"B\"\n";
    let second = good.replace("\"b\"", "\"c\"").replace("5001", "5002");
    let cases = [
        (good.replace("\"b\"", "\"main\""), "broker.also[1].name"),
        (good.replace("5001", "5000"), "another account's server"),
        (good.replace("127.0.0.1:5001", "localhost:5000"), "another account's server"),
        (good.replace("127.0.0.1:5001", "[::1]:5000"), "another account's server"),
        (
            good.replace("\"b\"", "\"family-fund\""),
            "also[1].name: is the text \"family-fund\"; expected 1 to 10 of",
        ),
        (good.replace("http://127.0.0.1", "http://10.0.0.1"), "broker.also.b.url"),
        (good.replace("SBIN-B", "SBIN-C"), "did you mean \"SBIN-B\"?"),
        (
            good.replace("[\"SBIN-B\"]", "[]"),
            "broker.also.b.instruments: is an empty list; expected at least one symbol",
        ),
        (good.replace(":5001", ":05000"), "broker.also.b.url"),
        (good.replace("key_env = \"B\"\n", ""), "broker.also.b.key_env"),
        (format!("{good}pace = 3\n"), "unknown key"),
        (format!("{good}{second}"), "is traded at \"b\" already"),
        (format!("{good}{}", good.replace("5001", "5002").replace("SBIN-B", "SBIN")), "an earlier account's"),
        (String::new(), "another instrument's"),
    ];
    for (also, expected) in cases {
        let faults = with_accounts(&also).expect_err(expected);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:#?}");
        assert!(faults.iter().all(|fault| fault.contains("example.toml:")), "{faults:#?}");
    }
    with_accounts(good).unwrap();
    let faults = with_accounts_beside("paper", good).unwrap_err();
    assert_eq!(
        faults,
        [
            "example.toml:8:8: broker.kind: is \"paper\", and [[broker.also]] names further accounts; expected \"openalgo\", or no [[broker.also]]"
        ]
    );
}

const LIVE: &str =
    "[live]\nkind = \"openalgo\"\nurl = \"https://a.example.com\"\naccount = \"AB3321\"\nkey_env = \"A\"\n";

/// Two accounts in each mode, as the examples have them.
fn both() -> String {
    commented("broker.also") + LIVE + &commented("live.also")
}

#[test]
fn accounts_that_arming_could_not_tell_apart_are_refused_and_a_kill_knows_them_all_the_same() {
    with_accounts(&both()).unwrap();
    let third = "[[live.also]]\nname = \"c\"\ninstruments = [\"SBIN\"]\nurl = \"https://c.example.com\"\nkey_env = \"C\"\naccount = \"EF7788\"\n";
    for (text, expected) in [
        (
            both().replace("AB3321", "AB7788"),
            "live.also.b.account: ends in 7788 as that of main does; expected four last digits of its own",
        ),
        (both().replace("CD7788", "**3321"), "live.also.b.account: ends in 3321 as that of main does"),
        (both() + third, "live.also.c.account: ends in 7788 as that of b does"),
        (both().replace("CD7788", "AB3321"), "live.also.b.account: is another's"),
    ] {
        let faults = with_accounts(&text).expect_err(expected);
        assert!(faults.len() == 1 && faults[0].contains(expected), "{expected}: {faults:#?}");
        assert!(faults[0].starts_with("example.toml:") && !faults[0].contains("CD7788"), "{faults:#?}");
    }
    let whole = with_accounts(&both()).unwrap();
    let shown = flightdeck::config::show(&whole.settings, &whole.origins).replace("**3321", "**7788");
    let file = Some(SettingsFile { name: "alike.toml", bytes: shown.as_bytes() });
    let (settings, faults) =
        flightdeck::config::load_accounts(&Sources { file, ..Sources::default() }).unwrap();
    assert_eq!((settings.live.also.len(), faults.len()), (1, 1), "{faults:?}");
}

#[test]
fn no_fault_that_a_kill_does_not_mind_keeps_a_kill_from_the_accounts() {
    let whole = with_accounts(&(commented("broker.also") + LIVE + &commented("live.also"))).unwrap();
    let shown = flightdeck::config::show(&whole.settings, &whole.origins).replace("**3321", "AB3321");
    let shown = shown.replace("**7788", "CD7788");
    let one_server = shown.replace("https://a.example.com", "http://127.0.0.1:5000");
    assert_ne!(one_server, shown);
    // In a build without the keyring, or beside another place: that account's trouble, and none of the others'.
    let ring = shown.replacen("[live]\n", "[live]\nkey_ring = \"live\"\n", 1);
    assert_ne!(ring, shown);
    for text in [one_server, ring] {
        let file = Some(SettingsFile { name: "kill.toml", bytes: text.as_bytes() });
        let sources = Sources { file, ..Sources::default() };
        assert!(flightdeck::config::load(&sources).is_err(), "no run begins with it");
        let (settings, _faults) = flightdeck::config::load_accounts(&sources).expect("a kill does");
        assert_eq!(settings.live.also.len(), 1);
    }
}

#[test]
fn a_server_is_in_one_mode_so_none_is_both_a_sandbox_and_where_real_money_is() {
    let live = |from: &str, to: &str| {
        let (sandboxes, real) = (commented("broker.also"), LIVE.to_owned() + &commented("live.also"));
        assert!(real.contains(from), "{real}");
        sandboxes + &real.replace(from, to)
    };
    for (text, expected) in [
        (
            live("https://a.example.com", "http://localhost:5000"),
            "live.url: leads where broker.url does: a server is in one mode, analyze or live; expected another server",
        ),
        (
            live("https://a.example.com", "http://127.0.0.1:5001/"),
            "live.url: leads where broker.also.b.url does",
        ),
        (
            live("https://b.example.com", "http://127.0.0.1:5000"),
            "live.also.b.url: leads where broker.url does",
        ),
        (
            live("https://b.example.com", "http://[::1]:5001"),
            "live.also.b.url: leads where broker.also.b.url does",
        ),
        (
            live("account = \"AB3321\"", "account = \"AB3321\"\nws_url = \"ws://127.0.0.1:8766\""),
            "live.ws_url: leads where broker.also.b.ws_url does",
        ),
    ] {
        let faults = with_accounts(&text).expect_err(expected);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:#?}");
        assert!(faults.iter().all(|fault| fault.starts_with("example.toml:")), "{faults:#?}");
    }
    // The sandbox in the process is at no address.
    let real = LIVE.replace("https://a.example.com", "http://127.0.0.1:5000") + &commented("live.also");
    with_accounts_beside("paper", &real).unwrap();
}

#[test]
fn one_stream_tells_of_one_account() {
    let stream = "ws_url = \"ws://127.0.0.1:8766\"\n";
    let faults = with_accounts(&format!("{stream}{}", commented("broker.also"))).unwrap_err();
    assert!(
        faults.len() == 1 && faults[0].contains("broker.also.b.ws_url: is another account's stream"),
        "{faults:?}"
    );
}

#[test]
fn an_instrument_that_is_traded_at_another_account_in_live_is_told_and_no_fault() {
    let told = |text: &str| -> Vec<String> {
        flightdeck::config::notes(&with_accounts(text).unwrap()).iter().map(ToString::to_string).collect()
    };
    assert_eq!(told(&both()), Vec::<String>::new());
    let at_c = commented("broker.also") + LIVE + &commented("live.also").replace("\"b\"", "\"c\"");
    let notes = told(&at_c);
    let expected = "live.also.c.instruments: traded at b in analyze and at c in live: \"SBIN-B\"; expected one account in both";
    assert!(notes.len() == 1 && notes[0].contains(expected), "{notes:#?}");
    assert!(notes[0].starts_with("example.toml:"), "{notes:#?}");
    // What a list does not name goes to the first account, and would with real money.
    let turned = commented("broker.also") + LIVE + &commented("live.also").replace("SBIN-B", "SBIN");
    let notes = told(&turned);
    assert!(
        notes.iter().any(|note| {
            note.contains("broker.also.b.instruments: traded at b in analyze and at main in live: \"SBIN-B\"")
        }),
        "{notes:#?}"
    );
    assert_eq!(notes.len(), 2, "{notes:#?}");
    // One sandbox for several accounts is what most have.
    let real = LIVE.to_owned() + &commented("live.also");
    let alone = with_accounts_beside("paper", &real).unwrap();
    assert!(flightdeck::config::notes(&alone).is_empty());
}
