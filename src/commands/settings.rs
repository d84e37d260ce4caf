//! Finds the configuration: file, environment and flags become settings, or every fault is told at once.

use super::place::PlaceArgs;
use crate::config::{
    ConfigFault, ENVIRONMENT_PREFIX, Loaded, MAX_FILE_BYTES, Override, PROFILES, Profile, Settings,
    SettingsFile, Sources, StrategyKind, load, load_accounts,
};
use crate::model::DisplayText;
use crate::runtime::wall_now;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Our folder below the platform's.
const FOLDER: &str = "flightdeck";

/// The file in it.
const FILE: &str = "flightdeck.toml";

/// What of the process's environment decides anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// `$XDG_CONFIG_HOME`, or `.config` in `$HOME`.
    config_home: Option<PathBuf>,
    /// `$XDG_DATA_HOME`, or `.local/share` in `$HOME`.
    data_home: Option<PathBuf>,
    /// Variables that set a value.
    variables: Vec<(String, String)>,
}

/// Settings without a fault and where they came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub loaded: Loaded,
    /// The file that was read; `None` when there is none and the defaults hold.
    pub file: Option<PathBuf>,
}

/// Why there are no settings, or no place for data.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{}: cannot be read as the configuration ({from}): {source}", .path.display())]
    Unreadable { path: PathBuf, from: &'static str, source: io::Error },
    /// What is wrong with the configuration, one fault a line.
    #[error("{}", lines(.0))]
    Faults(Vec<ConfigFault>),
    /// There is no such profile.
    #[error("there is no profile {name}; expected one of {known}")]
    NoProfile { name: DisplayText, known: String },
    /// No default place is known.
    #[error(
        "no place for data: neither --data-dir nor run.data_dir is given, and neither XDG_DATA_HOME nor HOME is an absolute path"
    )]
    NoDataDir,
    /// No default place is known.
    #[error(
        "no place for the configuration: --config is not given, and neither XDG_CONFIG_HOME nor HOME is an absolute path"
    )]
    NoConfigDir,
    /// A profile stands instead of a file.
    #[error(
        "--profile stands instead of a file: it cannot be used with --config, but in `config init`, which writes it there"
    )]
    TwoSources,
}

impl Environment {
    /// The process's.
    pub fn of_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// Of these variables. What is not an absolute path is no home (XDG Base Directory Specification).
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut found = Self::default();
        let mut home = None;
        for (name, value) in variables {
            let path = || Some(PathBuf::from(&value)).filter(|path| path.is_absolute());
            match name.to_str() {
                Some("XDG_CONFIG_HOME") => found.config_home = path(),
                Some("XDG_DATA_HOME") => found.data_home = path(),
                Some("HOME") => home = path(),
                Some(name) if name.starts_with(ENVIRONMENT_PREFIX) => {
                    let value = value.to_string_lossy().into_owned();
                    found.variables.push((name.to_owned(), value));
                }
                Some(_) | None => {}
            }
        }
        let below_home = |folder: &str| home.as_ref().map(|home| home.join(folder));
        found.config_home = found.config_home.take().or_else(|| below_home(".config"));
        found.data_home = found.data_home.take().or_else(|| below_home(".local/share"));
        found
    }

    /// Where the configuration lies when no flag says so.
    pub fn config_file(&self) -> Option<PathBuf> {
        self.config_home.as_ref().map(|home| home.join(FOLDER).join(FILE))
    }

    /// Where data lies when neither flag nor settings say so.
    pub fn data_dir(&self) -> Option<PathBuf> {
        self.data_home.as_ref().map(|home| home.join(FOLDER))
    }
}

/// Reads the settings. `flags` come from the command's own arguments; `--data-dir` is added here.
pub fn find(
    place: &PlaceArgs,
    flags: &[Override],
    kinds: &[StrategyKind],
    environment: &Environment,
) -> Result<Found, SettingsError> {
    let (loaded, file) = sourced(place, flags, kinds, environment, load)?;
    Ok(Found { loaded, file })
}

/// As `find`, for what needs no more than the accounts: settings whose `[broker]` and `[live]` are right, and the faults elsewhere.
pub fn find_accounts(
    place: &PlaceArgs,
    kinds: &[StrategyKind],
    environment: &Environment,
) -> Result<(Settings, Vec<ConfigFault>), SettingsError> {
    sourced(place, &[], kinds, environment, load_accounts).map(|(read, _file)| read)
}

/// What `read` makes of the layers, and the file that is one of them.
fn sourced<T>(
    place: &PlaceArgs,
    flags: &[Override],
    kinds: &[StrategyKind],
    environment: &Environment,
    read: impl FnOnce(&Sources<'_>) -> Result<T, Vec<ConfigFault>>,
) -> Result<(T, Option<PathBuf>), SettingsError> {
    if place.profile.is_some() && place.config.is_some() {
        return Err(SettingsError::TwoSources);
    }
    let profile = place.profile.as_deref().map(profile).transpose()?;
    let file = if profile.is_some() { None } else { read_file(place, environment)? };
    let mut flags = flags.to_vec();
    flags.extend(place.data_dir.as_ref().map(|dir| Override {
        path: "run.data_dir".to_owned(),
        value: dir.to_string_lossy().into_owned(),
        flag: "--data-dir".to_owned(),
    }));
    let name = match (&file, profile) {
        (Some((path, _)), _) => path.display().to_string(),
        (None, Some(profile)) => format!("profile {}", profile.name),
        (None, None) => String::new(),
    };
    let bytes = file.as_ref().map(|(_, bytes)| bytes.as_slice());
    let bytes = bytes.or(profile.map(|profile| profile.text.as_bytes()));
    let sources = Sources {
        file: bytes.map(|bytes| SettingsFile { name: &name, bytes }),
        environment: &environment.variables,
        flags: &flags,
        kinds,
        now: wall_now(),
    };
    let read = read(&sources).map_err(SettingsError::Faults)?;
    Ok((read, file.map(|(path, _)| path)))
}

/// The profile of a name.
pub fn profile(name: &str) -> Result<&'static Profile, SettingsError> {
    Profile::named(name).ok_or_else(|| SettingsError::NoProfile {
        name: DisplayText::new(name),
        known: PROFILES.iter().map(|profile| profile.name).collect::<Vec<_>>().join(", "),
    })
}

/// Where data lies: the flag, then the settings, then the platform's place. The flag itself is taken, not its text.
pub fn data_dir(
    place: &PlaceArgs,
    settings: &Settings,
    environment: &Environment,
) -> Result<PathBuf, SettingsError> {
    let given = place.data_dir.clone().or_else(|| settings.run.data_dir.as_ref().map(PathBuf::from));
    given.or_else(|| environment.data_dir()).ok_or(SettingsError::NoDataDir)
}

/// The file's path and content, if there is one: one byte more than is accepted, so that too much is seen as such.
fn read_file(
    place: &PlaceArgs,
    environment: &Environment,
) -> Result<Option<(PathBuf, Vec<u8>)>, SettingsError> {
    let (path, from) = match (&place.config, environment.config_file()) {
        (Some(path), _) => (path.clone(), "--config"),
        (None, Some(path)) => (path, "the default place"),
        (None, None) => return Ok(None),
    };
    match read_bounded(&path) {
        Ok(bytes) => Ok(Some((path, bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound && place.config.is_none() => Ok(None),
        Err(source) => Err(SettingsError::Unreadable { path, from, source }),
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let most = u64::try_from(MAX_FILE_BYTES + 1).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn lines(faults: &[ConfigFault]) -> String {
    let count = if faults.len() == 1 { "1 fault".to_owned() } else { format!("{} faults", faults.len()) };
    let first = [format!("the configuration has {count}:")];
    first.into_iter().chain(faults.iter().map(ConfigFault::to_string)).collect::<Vec<_>>().join("\n")
}
