//! Loads the settings: defaults, file, environment and flags, all or nothing.

use super::broker;
use super::broker_fit;
use super::chain;
use super::compliance;
use super::consistency::{self, MOST_ENTRIES};
use super::entries::{fill, is_name, names};
use super::fault::ConfigFault;
use super::hours;
use super::instruments::{self, instruments, is_symbol};
use super::layers::{Override, lay, lay_environment, lay_flags};
use super::listing::{self, Master};
use super::live;
use super::origin::{Origin, Origins};
use super::params::StrategyKind;
use super::reader::{Log, Section};
use super::sections;
use super::servers;
use super::settings::Settings;
use super::strategies::{self, Known, strategies};
use super::tree::{self, Table};
use super::watchdog;
use crate::model::{Mode, Timestamp};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

/// The default configuration, commented: what `flightdeck config init` writes.
pub const DEFAULT_FILE: &str = include_str!("../../config/flightdeck.toml");

/// The defaults as they are read, once: whoever loads many files is not to read these each time.
static DEFAULTS: LazyLock<(Table, Vec<ConfigFault>)> = LazyLock::new(|| tree::parse(None, DEFAULT_FILE));

/// A larger file is refused unread.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// More faults than this are counted, not listed.
const MOST_FAULTS: usize = 200;

/// A configuration file, read by the caller.
#[derive(Debug, Clone, Copy)]
pub struct SettingsFile<'a> {
    /// As messages shall name it.
    pub name: &'a str,
    /// Its content; at most `MAX_FILE_BYTES` are accepted.
    pub bytes: &'a [u8],
}

/// All that decides the settings. This room reads neither disk nor environment: the caller hands them in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    pub file: Option<SettingsFile<'a>>,
    /// The environment as (name, value); what does not start with `FLIGHTDECK_` is ignored.
    pub environment: &'a [(String, String)],
    /// Values from the command line; the later wins.
    pub flags: &'a [Override],
    /// The kinds of strategy there are, with their parameters.
    pub kinds: &'a [StrategyKind],
    /// The time by the market's clock: calendars and relative expiries are counted from it.
    pub now: Timestamp,
}

/// Settings without a fault, and where each value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    pub settings: Settings,
    pub origins: Origins,
}

/// Reads all layers. Either everything is right, or every fault is returned, in the order of layers and lines.
pub fn load(sources: &Sources<'_>) -> Result<Loaded, Vec<ConfigFault>> {
    let (loaded, faults) = read_all(sources, true)?;
    if faults.is_empty() { Ok(loaded) } else { Err(in_order(faults)) }
}

/// As `load`, for a kill that needs no more than to know the accounts: faults elsewhere are handed over beside what was read. An
/// error where one lies in `[broker]` or `[live]`, or where the file cannot be parsed, so that nobody knows what it says of them.
/// But what an account is called only arming asks for, nobody kills over a stream, a keyring is one account's and is no reason for
/// the others, and two modes at one server are killed once.
pub fn load_accounts(sources: &Sources<'_>) -> Result<(Settings, Vec<ConfigFault>), Vec<ConfigFault>> {
    let (loaded, faults) = read_all(sources, false)?;
    let matters = |fault: &ConfigFault| {
        let section = fault.path.split('.').next().unwrap_or_default();
        let needless = [".account", ".ws_url", ".key_ring"].iter().any(|key| fault.path.ends_with(key));
        ["", "broker", "live"].contains(&section) && !needless
    };
    let faults = in_order(faults);
    if faults.iter().any(matters) { Err(faults) } else { Ok((loaded.settings, faults)) }
}

/// What was read, with stand-ins for what is faulty, and every fault; where it is to be flown by, also what only a flight minds.
fn read_all(sources: &Sources<'_>, to_fly: bool) -> Result<(Loaded, Vec<ConfigFault>), Vec<ConfigFault>> {
    let (mut tree, mut faults) = DEFAULTS.clone();
    let mut forgive_missing = false;
    let mut over_file = Table::new();
    if let Some(file) = sources.file {
        let text = checked_text(file).map_err(|fault| vec![fault])?;
        let (over, syntax) = tree::parse(Some(file.name), text);
        forgive_missing = !syntax.is_empty();
        faults.extend(syntax);
        over_file = over;
    }
    if let Some(regime) = compliance::named(&over_file, sources.environment, sources.flags) {
        let (overlay, _faultless) = tree::parse(Some(regime.as_str()), regime.file());
        lay(&mut tree, overlay);
    }
    lay(&mut tree, over_file);
    faults.extend(lay_environment(&mut tree, sources.environment));
    faults.extend(lay_flags(&mut tree, sources.flags));
    let mut log = Log { forgive_missing, ..Log::default() };
    let chain = chain::expand(&mut tree, sources.now, &mut log);
    listing::fill_indexes(&mut tree);
    fill(&mut tree, "instrument", instruments::ABSENT);
    fill(&mut tree, "calendar", hours::ABSENT);
    fill(&mut tree, "strategy", strategies::ABSENT);
    let (settings, mode) = read(&tree, sources, &mut log);
    let mut settings = Settings { chain, ..settings };
    listing::families(&mut settings, &mut log);
    consistency::check(&settings, &mut log);
    broker_fit::check(&settings, &mut log);
    if to_fly {
        servers::check(&settings, &mut log);
    }
    compliance::check(&settings, mode, &mut log);
    let broken: BTreeSet<u32> = faults.iter().filter_map(|fault| Some(fault.position()?.0)).collect();
    // What is read from a line that does not parse is the parser's guess, not the operator's word.
    let guessed = |fault: &ConfigFault| fault.position().is_some_and(|(line, _)| broken.contains(&line));
    faults.extend(log.faults.into_iter().filter(|fault| !guessed(fault)));
    Ok((Loaded { settings, origins: log.origins }, faults))
}

/// Sorted by layer and line; a flood is cut and says so.
fn in_order(mut faults: Vec<ConfigFault>) -> Vec<ConfigFault> {
    faults.sort();
    faults.dedup();
    let more = faults.len().saturating_sub(MOST_FAULTS);
    faults.truncate(MOST_FAULTS);
    if let Some(last) = faults.last().cloned().filter(|_| more > 0) {
        let problem = format!("and {more} more faults");
        faults.push(ConfigFault { path: String::new(), problem, expected: String::new(), ..last });
    }
    faults
}

/// The file's text, if it is one.
fn checked_text(file: SettingsFile<'_>) -> Result<&str, ConfigFault> {
    let fault = |(line, column), problem: String, expected: &str| ConfigFault {
        origin: Origin::File { file: Arc::from(file.name), line, column },
        path: String::new(),
        problem,
        expected: expected.to_owned(),
    };
    if file.bytes.len() > MAX_FILE_BYTES {
        let problem = format!("the file has {} bytes", file.bytes.len());
        return Err(fault((1, 1), problem, "at most 1 MiB (1048576 bytes)"));
    }
    std::str::from_utf8(file.bytes).map_err(|error| {
        let good = file.bytes.get(..error.valid_up_to()).unwrap_or_default();
        let text = std::str::from_utf8(good).unwrap_or_default();
        let line = u32::try_from(text.matches('\n').count() + 1).unwrap_or(u32::MAX);
        let column = text.rsplit('\n').next().map_or(0, |last| last.chars().count());
        let column = u32::try_from(column + 1).unwrap_or(u32::MAX);
        fault((line, column), "not UTF-8 text".to_owned(), "UTF-8")
    })
}

/// Reads the merged tree.
fn read(tree: &Table, sources: &Sources<'_>, log: &mut Log) -> (Settings, Option<Mode>) {
    let top = Origin::Default;
    let mut root = Section::new(tree, &top, String::new(), log);
    // Its instruments stand in the list already.
    let least = usize::from(root.optional("chain").is_none());
    let instrument_tables = bounded(&mut root, "instrument", least);
    let strategy_tables = bounded(&mut root, "strategy", 0);
    let symbols = names(&instrument_tables, "symbol", is_symbol);
    let strategy_names = names(&strategy_tables, "name", is_name);
    let calendar_tables = bounded(&mut root, "calendar", 0);
    let calendar_names = names(&calendar_tables, "name", is_name);
    let calendars = hours::calendars(&calendar_tables, &calendar_names, root.log);
    let master = Master { symbols: &symbols, calendars: &calendars };
    let kinds = sources.kinds;
    let (run, mode) = sections::run(root.table("run"));
    let (manual, manual_rules) = sections::manual(root.table("manual"));
    let settings = Settings {
        start: sources.now,
        chain: None,
        run,
        feed: sections::feed(root.table("feed")),
        account: sections::account(root.table("account"), &symbols),
        paper: sections::paper(root.table("paper")),
        broker: broker::broker(root.table("broker"), &symbols),
        live: live::live(root.table("live"), &symbols),
        risk: sections::risk(root.table("risk")),
        watchdog: watchdog::watchdog(root.table("watchdog")),
        manual,
        manual_rules,
        screen: sections::screen(root.table("screen")),
        instruments: instruments(&instrument_tables, master, root.log),
        strategies: strategies(
            &strategy_tables,
            &strategy_names,
            Known { symbols: &symbols, kinds },
            root.log,
        ),
        calendars,
    };
    root.finish();
    (settings, mode)
}

/// The entries of a list; more than a run takes are one fault and none is read.
fn bounded<'a>(root: &mut Section<'a, '_>, list: &'static str, least: usize) -> Vec<(&'a Table, &'a Origin)> {
    let mut entries = root.tables(list);
    if !(least..=MOST_ENTRIES).contains(&entries.len()) && !root.log.forgive_missing {
        let origin = entries.get(MOST_ENTRIES).map_or(&Origin::Default, |(_, origin)| *origin);
        let problem = format!("there are {}", entries.len());
        root.log.fault(origin, list, problem, format!("{least} to {MOST_ENTRIES} [[{list}]]"));
    }
    if entries.len() > MOST_ENTRIES {
        entries.clear();
    }
    entries
}
