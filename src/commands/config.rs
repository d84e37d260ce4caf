//! `config`: the commented default, every fault of a configuration at once, and the effective values with origins.

use super::exit::{Exit, UsageError};
use super::output;
use super::place::PlaceArgs;
use super::settings::{self, Environment, Found, SettingsError};
use super::warnings::warnings;
use crate::config::{ConfigFault, DEFAULT_FILE, PROFILES, Regime, StrategyKind, show};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Write, check or show the configuration
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck config check --config desk.toml")]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// What to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ConfigAction {
    Init(InitArgs),
    Check(CheckArgs),
    Show(ShowArgs),
    Profiles(ProfilesArgs),
}

/// List the configurations that come with the program, and the regimes of rules a run can be held to
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck config profiles
  flightdeck run --profile options
  flightdeck run --regime sebi")]
pub struct ProfilesArgs {
    /// Print them as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Write the commented default configuration, to --config or the default place
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck config init
  flightdeck config init --print
  flightdeck config init --profile options")]
pub struct InitArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print it instead
    #[arg(long)]
    pub print: bool,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

/// Read the configuration and name every fault in it with file, line and column
///
/// Where there is none, warnings follow: API keys that cannot be had here and now, each with the command that mends it (a keyring
/// is not asked), and instruments traded at another account in live than in analyze. They change no exit code: the configuration may be meant for
/// another machine, and what needs a key looks at it again and refuses.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck config check
  flightdeck config check --config desk.toml --json

Exit codes: 0 no fault, whatever is warned of; 2 faults. In JSON each row says \"fault\" or \"warning\" as its severity.")]
pub struct CheckArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print faults and warnings as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Show every effective value and where it comes from
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck config show
  flightdeck config show --config desk.toml --json")]
pub struct ShowArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print values and origins as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// How much a row matters.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Severity {
    /// Nothing starts with it.
    Fault,
    Warning,
}

/// A fault or a warning as a document.
#[derive(Debug, Serialize)]
struct FaultRow<'a> {
    severity: Severity,
    origin: String,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    path: &'a str,
    problem: &'a str,
    expected: &'a str,
}

/// Does it.
pub(super) fn config(args: &ConfigArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    match &args.action {
        ConfigAction::Init(args) => init(args, &environment),
        ConfigAction::Check(args) => check(args, kinds, &environment),
        ConfigAction::Show(args) => shown(args, kinds, &environment),
        ConfigAction::Profiles(args) => profiles(args),
    }
}

fn profiles(args: &ProfilesArgs) -> anyhow::Result<Exit> {
    if args.json {
        let row = |name: &str, about: &str| serde_json::json!({ "name": name, "about": about });
        let profiles: Vec<_> = PROFILES.iter().map(|one| row(one.name, one.about)).collect();
        let regimes: Vec<_> = Regime::all().map(|one| row(one.as_str(), one.about())).collect();
        output::json(&serde_json::json!({ "profiles": profiles, "regimes": regimes }))?;
    } else {
        let mut lines = vec!["profiles, to start from (--profile NAME):".to_owned()];
        lines.extend(PROFILES.iter().map(|one| format!("  {:<10} {}", one.name, one.about)));
        lines.push("regimes, whose rules a run is held to (run --regime NAME, or run.regime):".to_owned());
        lines.extend(Regime::all().map(|one| format!("  {:<10} {}", one.as_str(), one.about())));
        output::text(lines.join("\n"))?;
    }
    Ok(Exit::Done)
}

fn init(args: &InitArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let profile = args.place.profile.as_deref().map(settings::profile).transpose()?;
    let content = profile.map_or(DEFAULT_FILE, |profile| profile.text);
    if args.print {
        output::text(content)?;
        return Ok(Exit::Done);
    }
    let given = args.place.config.clone().or_else(|| environment.config_file());
    let path = given.ok_or(SettingsError::NoConfigDir)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("{}: making the folder", folder.display()))?;
    }
    write(&path, content, args.force)?;
    output::text(format!("{}: written; a file of yours needs only the values it changes", path.display()))?;
    Ok(Exit::Done)
}

/// Writes the file; one that is there is replaced only when that was asked for.
fn write(path: &Path, content: &str, force: bool) -> anyhow::Result<()> {
    let mut open = OpenOptions::new();
    open.write(true).create(true).truncate(force).create_new(!force);
    let mut file = match open.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text =
                format!("{}: is there already and was left alone; --force replaces it", path.display());
            return Err(UsageError(text).into());
        }
        Err(error) => return Err(error).with_context(|| format!("{}: writing", path.display())),
    };
    file.write_all(content.as_bytes()).with_context(|| format!("{}: writing", path.display()))
}

fn check(args: &CheckArgs, kinds: &[StrategyKind], environment: &Environment) -> anyhow::Result<Exit> {
    match settings::find(&args.place, &[], kinds, environment) {
        Ok(found) => passed(args, &found),
        Err(SettingsError::Faults(faults)) if args.json => {
            let rows = faults.iter().map(|fault| FaultRow::of(fault, Severity::Fault));
            output::json(&rows.collect::<Vec<_>>())?;
            Ok(Exit::Usage)
        }
        Err(error) => Err(error.into()),
    }
}

/// Says that there is no fault, and what is to be said all the same.
fn passed(args: &CheckArgs, found: &Found) -> anyhow::Result<Exit> {
    let warnings = warnings(&found.loaded);
    if args.json {
        let rows = warnings.iter().map(|warning| FaultRow::of(warning, Severity::Warning));
        output::json(&rows.collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let settings = &found.loaded.settings;
    let profile = args.place.profile.as_ref().map(|name| format!("profile {name}"));
    let file = found.file.as_ref().map(|path| path.display().to_string()).or(profile);
    let file = file.unwrap_or_else(|| "the defaults".to_owned());
    let (instruments, strategies) = (settings.instruments.len(), settings.strategies.len());
    output::text(format!("{file}: no fault, {instruments} instruments, {strategies} strategies"))?;
    for warning in warnings {
        output::complain(format!("warning: {warning}"));
    }
    Ok(Exit::Done)
}

fn shown(args: &ShowArgs, kinds: &[StrategyKind], environment: &Environment) -> anyhow::Result<Exit> {
    let found = settings::find(&args.place, &[], kinds, environment)?;
    let text = show(&found.loaded.settings, &found.loaded.origins);
    if !args.json {
        output::text(text)?;
        return Ok(Exit::Done);
    }
    let values: toml::Value = toml::from_str(&text).context("reading what `config show` prints")?;
    let origins: BTreeMap<&str, String> =
        found.loaded.origins.iter().map(|(path, origin)| (path, origin.to_string())).collect();
    output::json(&serde_json::json!({ "settings": values, "origins": origins }))?;
    Ok(Exit::Done)
}

impl<'a> FaultRow<'a> {
    fn of(fault: &'a ConfigFault, severity: Severity) -> Self {
        let position = fault.position();
        Self {
            severity,
            origin: fault.origin.to_string(),
            file: fault.file(),
            line: position.map(|(line, _)| line),
            column: position.map(|(_, column)| column),
            path: &fault.path,
            problem: &fault.problem,
            expected: &fault.expected,
        }
    }
}
