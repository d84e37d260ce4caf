//! What a backtest is to do, read from its flags and checked before anything is opened.

use super::args::BacktestArgs;
use crate::adapters::history::DayHours;
use crate::commands::door_client::place_of;
use crate::commands::exit::UsageError;
use crate::commands::place::PlaceArgs;
use crate::commands::settings::{self, Environment};
use crate::config::{ParamValue, Params, Settings, StrategyKind, StrategySettings};
use crate::model::{Money, Rate, Span, StrategyLimits, StrategyRules, Timestamp};
use crate::sim::bars::{BarRules, LimitFill};
use crate::store::Recording;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Why there is no plan: always one of usage.
pub type PlanError = UsageError;

/// A strategy that is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    pub name: String,
    pub kind: String,
    pub symbol: String,
    pub params: Params,
    /// Its own, where a configuration gives it some.
    pub limits: Option<(StrategyLimits, StrategyRules)>,
    /// Whether `--param` and `--sweep` speak of it.
    pub by_kind: bool,
}

/// What stands for the security master where data is named.
pub(super) const SECMASTER: &str = "secmaster";

/// Everything a backtest is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub data: Vec<(PathBuf, String)>,
    /// The data directory whose security master is read, where `secmaster` is named as data.
    pub master: Option<PathBuf>,
    /// Each once, in the order they were named.
    pub symbols: Vec<String>,
    pub strategies: Vec<Pick>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub hours: Option<DayHours>,
    pub bar: Option<Span>,
    pub resample: Option<Span>,
    pub skip_bad: bool,
    pub rules: BarRules,
    pub fee: Rate,
    pub capital: Money,
    /// The data directory in which every event is recorded, where that is wanted.
    pub record: Option<PathBuf>,
    /// How often positions and equity are sampled in it.
    pub sample: Span,
    /// What was asked for in flags, to be told with the run.
    pub flags: serde_json::Value,
    /// Instruments and limits of a configuration, where one is named.
    pub settings: Option<Box<Settings>>,
}

/// Reads the flags; what they name is not opened yet, but for configurations.
pub fn plan(args: &BacktestArgs, kinds: &[StrategyKind]) -> anyhow::Result<Plan> {
    let data = pairs(args)?;
    let mut symbols: Vec<String> = Vec::new();
    for (_, symbol) in &data {
        if !symbols.contains(symbol) {
            symbols.push(symbol.clone());
        }
    }
    let settings = configured(args, kinds)?;
    let params = params(args)?;
    let strategies = picks(args, kinds, &symbols, &params, settings.as_deref())?;
    let length =
        |flag: &str, text: &Option<String>| text.as_deref().map(|text| length(flag, text)).transpose();
    let instant =
        |flag: &str, text: &Option<String>| text.as_deref().map(|text| instant(flag, text)).transpose();
    let (from, to) = (instant("--from", &args.from)?, instant("--to", &args.to)?);
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        let text = "--from and --to leave nothing: expected --to after --from".to_owned();
        return Err(usage(text).into());
    }
    let fee = args.fee_bps.parse::<Rate>().ok().and_then(|bps| Rate::from_raw(bps.raw() / 10_000).ok());
    let limit = if args.touch { LimitFill::Touch } else { LimitFill::Through };
    let wants_master = data.iter().any(|(path, _)| path.as_os_str() == SECMASTER);
    Ok(Plan {
        master: wants_master.then(|| place_of(&args.place, kinds)).transpose()?,
        data,
        symbols,
        strategies,
        from,
        to,
        hours: args
            .session
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|error| usage(format!("--session {error}")))?,
        bar: length("--bar", &args.bar)?,
        resample: length("--resample", &args.resample)?,
        skip_bad: args.skip_bad,
        rules: BarRules { limit, slippage_bps: args.slippage_bps, latency: Span::ZERO },
        fee: fee.ok_or_else(|| usage(format!("--fee-bps {}: expected a number", args.fee_bps)))?,
        capital: args
            .capital
            .parse()
            .map_err(|error| usage(format!("--capital {}: {error}", args.capital)))?,
        record: args.record.then(|| record_folder(args, kinds)).transpose()?,
        sample: length("--sample", &args.sample)?.unwrap_or(Recording::SAMPLES),
        flags: flags(args),
        settings,
    })
}

/// What the flags say of the history and of how it fills; those not given are left out.
fn flags(args: &BacktestArgs) -> serde_json::Value {
    let mut all = serde_json::json!({ "fee_bps": args.fee_bps, "slippage_bps": args.slippage_bps, "capital": args.capital });
    let given = [
        ("from", &args.from),
        ("to", &args.to),
        ("session", &args.session),
        ("bar", &args.bar),
        ("resample", &args.resample),
        ("sample", &args.sample),
    ];
    let switches = [("skip_bad", args.skip_bad), ("touch", args.touch)];
    let given = given.into_iter().filter_map(|(name, text)| Some((name, serde_json::json!(text.as_ref()?))));
    let switches = switches.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| (name, true.into()));
    for (name, value) in given.chain(switches) {
        all[name] = value;
    }
    all
}

/// Where a run is recorded: the data directory.
fn record_folder(args: &BacktestArgs, kinds: &[StrategyKind]) -> anyhow::Result<PathBuf> {
    let environment = Environment::of_process();
    let found = settings::find(&args.place, &[], kinds, &environment)?;
    Ok(settings::data_dir(&args.place, &found.loaded.settings, &environment)?)
}

impl Plan {
    /// Everything that was asked for, as it is told with the run.
    pub(super) fn told(&self) -> serde_json::Value {
        let strategies: Vec<_> = self
            .strategies
            .iter()
            .map(|pick| {
                let params: BTreeMap<_, _> =
                    pick.params.iter().map(|(name, value)| (name, value.to_string())).collect();
                serde_json::json!({ "name": pick.name, "kind": pick.kind, "instrument": pick.symbol, "params": params })
            })
            .collect();
        let mut told = serde_json::json!({ "backtest": strategies, "limits": self.limits() });
        let data: Vec<_> =
            self.data.iter().map(|(path, symbol)| format!("{symbol} {}", path.display())).collect();
        told["data"] = data.into();
        if let (Some(all), Some(flags)) = (told.as_object_mut(), self.flags.as_object()) {
            all.extend(flags.clone());
        }
        told
    }

    /// Where the limits are from.
    pub(super) const fn limits(&self) -> &'static str {
        if self.settings.is_some() { "configuration" } else { "generated: present, far" }
    }
}

pub(super) const fn usage(text: String) -> UsageError {
    UsageError(text)
}

fn pairs(args: &BacktestArgs) -> Result<Vec<(PathBuf, String)>, UsageError> {
    let (data, instruments) = (&args.data, &args.instrument);
    match instruments.as_slice() {
        [only] => Ok(data.iter().map(|path| (path.clone(), only.clone())).collect()),
        several if several.len() == data.len() => {
            Ok(data.iter().cloned().zip(several.iter().cloned()).collect())
        }
        several => Err(usage(format!(
            "{} --data and {} --instrument: expected one instrument for each, or one for all",
            data.len(),
            several.len()
        ))),
    }
}

/// The settings of `--config` or `--profile`; without either a backtest has none.
fn configured(args: &BacktestArgs, kinds: &[StrategyKind]) -> anyhow::Result<Option<Box<Settings>>> {
    if args.place.config.is_none() && args.place.profile.is_none() {
        return Ok(None);
    }
    let found = settings::find(&args.place, &[], kinds, &Environment::of_process())?;
    Ok(Some(Box::new(found.loaded.settings)))
}

/// `--param` and `--style` as names and texts.
fn params(args: &BacktestArgs) -> Result<Vec<(String, String)>, UsageError> {
    let mut all = Vec::new();
    for text in &args.param {
        let Some((name, value)) = text.split_once('=') else {
            return Err(usage(format!("--param {text}: expected KEY=VALUE")));
        };
        all.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    all.extend(args.style.iter().map(|style| ("style".to_owned(), style.clone())));
    Ok(all)
}

/// A strategy named by its kind, on an instrument; with several its name says which.
fn of_kind(
    kind: &StrategyKind,
    symbol: &str,
    params: &[(String, String)],
    several: bool,
) -> anyhow::Result<Pick> {
    let word = kind.name;
    let name = if several { format!("{word}:{symbol}") } else { word.to_owned() };
    let params = read_params(kind, params)?;
    Ok(Pick { name, kind: word.to_owned(), symbol: symbol.to_owned(), params, limits: None, by_kind: true })
}

fn picks(
    args: &BacktestArgs,
    kinds: &[StrategyKind],
    symbols: &[String],
    params: &[(String, String)],
    settings: Option<&Settings>,
) -> anyhow::Result<Vec<Pick>> {
    let mut picks: Vec<Pick> = Vec::new();
    for word in &args.strategy {
        if let Some(own) = settings.and_then(|all| all.strategies.iter().find(|one| one.name == *word)) {
            picks.push(of_settings(own, settings, symbols)?);
        } else if let Some(kind) = kinds.iter().find(|kind| kind.name == *word) {
            let several = symbols.len() > 1 || picks.iter().any(|pick| pick.name == *word);
            for symbol in symbols {
                picks.push(of_kind(kind, symbol, params, several)?);
            }
        } else if std::path::Path::new(word)
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
        {
            let place = PlaceArgs { config: Some(PathBuf::from(word)), ..PlaceArgs::default() };
            let found = settings::find(&place, &[], kinds, &Environment::of_process())?;
            let file = found.loaded.settings;
            for own in &file.strategies {
                picks.push(of_settings(own, Some(&file), symbols)?);
            }
        } else {
            let known: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
            let text = format!("--strategy {word}: neither one of {} nor a .toml file", known.join(", "));
            return Err(usage(text).into());
        }
    }
    let mut names: Vec<&str> = picks.iter().map(|pick| pick.name.as_str()).collect();
    names.sort_unstable();
    let twice =
        names.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first().copied());
    if let Some(name) = twice {
        return Err(usage(format!("--strategy: {name} stands twice")).into());
    }
    let takes = |name: &str| {
        picks.iter().any(|pick| pick.by_kind && pick.params.iter().any(|(known, _)| known == name))
    };
    if let Some((name, _)) = params.iter().find(|(name, _)| !takes(name)) {
        let known: Vec<&str> =
            picks.iter().flat_map(|pick| pick.params.iter().map(|(known, _)| known)).collect();
        return Err(usage(format!(
            "--param {name}: no such parameter; expected one of {}",
            known.join(", ")
        ))
        .into());
    }
    Ok(picks)
}

fn of_settings(
    own: &StrategySettings,
    settings: Option<&Settings>,
    symbols: &[String],
) -> Result<Pick, UsageError> {
    let instruments = settings.map(Settings::instruments).unwrap_or_default();
    let symbol =
        instruments.get(own.instrument.index()).map(|one| one.symbol.to_string()).unwrap_or_default();
    if !symbols.contains(&symbol) {
        return Err(usage(format!("strategy {} trades {symbol}, of which there is no --data", own.name)));
    }
    Ok(Pick {
        name: own.name.clone(),
        kind: own.kind.clone(),
        symbol,
        params: own.params.clone(),
        limits: Some((own.limits, own.rules)),
        by_kind: false,
    })
}

/// All parameters of a kind: what is given, else its default. What the kind does not take is another's.
pub(super) fn read_params(kind: &StrategyKind, given: &[(String, String)]) -> Result<Params, UsageError> {
    let mut values: Vec<(&str, ParamValue)> = Vec::new();
    for spec in kind.params {
        let text =
            given.iter().rev().find(|(name, _)| name == spec.name).map_or(spec.default, |(_, text)| text);
        let value = spec.read(text).map_err(|_unread| {
            usage(format!("--param {}={text}: expected {}", spec.name, spec.expected()))
        })?;
        values.push((spec.name, value));
    }
    Ok(Params::new(values))
}

/// `90s`, `5m`, `1h`, `250ms`.
pub(in crate::commands) fn length(flag: &str, text: &str) -> Result<Span, UsageError> {
    let digits = text.find(|one: char| !one.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let nanos = match unit {
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        "m" => Some(60_000_000_000),
        "h" => Some(3_600_000_000_000),
        "d" => Some(86_400_000_000_000),
        _ => None,
    };
    let nanos =
        count.parse::<i64>().ok().zip(nanos).and_then(|(count, unit): (i64, i64)| count.checked_mul(unit));
    let nanos = nanos.filter(|nanos| *nanos > 0);
    nanos
        .map(Span::from_nanos)
        .ok_or_else(|| usage(format!("{flag} {text}: expected a length such as 250ms, 60s, 5m, 1h")))
}

/// RFC 3339, or a date, which begins at midnight UTC.
fn instant(flag: &str, text: &str) -> Result<Timestamp, UsageError> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let time = chrono::DateTime::parse_from_rfc3339(&whole).ok().and_then(|time| time.timestamp_nanos_opt());
    time.map(Timestamp::from_nanos).ok_or_else(|| {
        usage(format!("{flag} {text}: expected RFC 3339 (2011-01-03T09:00:00Z) or a date (2011-01-03)"))
    })
}
