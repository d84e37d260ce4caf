//! Which accounts are killed directly, as the configuration names them.

use super::super::exit::UsageError;
use super::super::key::key_for_kill;
use super::super::output;
use crate::adapters::openalgo::{Direct, Secret};
use crate::config::{BrokerKind, KeyAt, LiveKind, Settings};
use crate::model::{Mode, Qty};
use crate::state::FIRST_NAME;
use std::collections::BTreeMap;
use std::time::Duration;

/// An account and how fast it may be spoken to.
#[derive(Debug)]
pub(in crate::commands) struct Target {
    /// What it is called: mode, server, account.
    pub(super) name: String,
    /// Its name among several; empty where it is the only one.
    pub(super) who: String,
    pub(super) direct: Direct,
    pub(super) cancels_per_s: usize,
    pub(super) freeze: BTreeMap<(String, String), Qty>,
}

/// Which of an engine's accounts: the one of the section, or a further one of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) struct Which {
    pub(in crate::commands) mode: Mode,
    /// The place in the list of further ones; `None` for the section's own.
    pub(in crate::commands) further: Option<usize>,
}

impl Which {
    /// All accounts of a mode.
    pub(in crate::commands) fn all(settings: &Settings, mode: Mode) -> impl Iterator<Item = Self> {
        let count = settings.further(mode).len();
        std::iter::once(None).chain((0..count).map(Some)).map(move |further| Self { mode, further })
    }

    /// Its name, where there are several.
    pub(super) fn name(self, settings: &Settings) -> &str {
        let several = !settings.further(self.mode).is_empty();
        match self.further {
            None if several => FIRST_NAME,
            None => "",
            Some(place) => settings.further(self.mode).get(place).map_or("", |one| one.name.as_str()),
        }
    }

    /// Where its key is.
    pub(in crate::commands) fn key_at(self, settings: &Settings) -> KeyAt {
        let further = self.further.and_then(|place| settings.further(self.mode).get(place));
        match (further, self.mode) {
            (Some(one), _) => one.key_at(),
            (None, Mode::Analyze) => settings.broker.key_at(),
            (None, Mode::Live) => settings.live.key_at().unwrap_or_else(|| KeyAt::Variable(String::new())),
        }
    }

    /// The account, with the key that a run of it has.
    pub(in crate::commands) fn target(self, settings: &Settings, key: Secret) -> anyhow::Result<Target> {
        let further = self.further.and_then(|place| settings.further(self.mode).get(place));
        let target = match (further, self.mode) {
            (None, Mode::Analyze) => analyze_target(settings, key),
            (None, Mode::Live) => live_target(settings, key),
            (Some(one), Mode::Analyze) => {
                target(settings, (self.mode, &one.url), format!("analyze {} {}", one.name, one.url), key)
            }
            (Some(one), Mode::Live) => {
                let name = format!("LIVE {} {} {}", one.name, one.url, one.masked());
                target(settings, (self.mode, &one.url), name, key)
            }
        }?;
        Ok(Target { who: self.name(settings).to_owned(), ..target })
    }
}

/// The sandbox of `[broker]`, with the key that a run of it has.
fn analyze_target(settings: &Settings, key: Secret) -> anyhow::Result<Target> {
    let broker = &settings.broker;
    target(settings, (Mode::Analyze, &broker.url), format!("analyze {}", broker.url), key)
}

/// The account of `[live]`.
fn live_target(settings: &Settings, key: Secret) -> anyhow::Result<Target> {
    let live = &settings.live;
    let url = live.url.as_deref().unwrap_or_default();
    target(settings, (Mode::Live, url), format!("LIVE {url} {}", live.masked()), key)
}

/// What `kill --direct` is about: real money where there is a way to it, unless the sandbox is asked for.
pub(super) fn chosen(settings: &Settings, analyze: bool) -> anyhow::Result<Vec<Which>> {
    let has_live = settings.live.kind == LiveKind::OpenAlgo;
    if has_live && !analyze {
        return Ok(Which::all(settings, Mode::Live).collect());
    }
    match settings.broker.kind {
        BrokerKind::OpenAlgo => Ok(Which::all(settings, Mode::Analyze).collect()),
        BrokerKind::Paper => {
            let text = "kill --direct: no account outside the engine is configured: the paper broker lives and ends with it";
            Err(UsageError(text.to_owned()).into())
        }
    }
}

/// A key that others could read has to be mended, but not before a kill.
pub(super) fn taken(at: &KeyAt) -> Result<Secret, UsageError> {
    let (key, warning) = key_for_kill(at).map_err(|error| UsageError(format!("kill --direct: {error}")))?;
    if let Some(warning) = warning {
        output::complain(warning);
    }
    Ok(key)
}

fn target(
    settings: &Settings,
    (mode, url): (Mode, &str),
    name: String,
    key: Secret,
) -> anyhow::Result<Target> {
    let broker = &settings.broker;
    let patience = Duration::from_millis(u64::try_from(broker.answer.millis()).unwrap_or(5_000));
    let direct =
        Direct::new(url, key, mode, patience).map_err(|error| anyhow::anyhow!("the HTTP client: {error}"))?;
    let frozen = settings.instruments.iter().filter_map(|entry| {
        let name = entry.openalgo.as_ref()?;
        Some(((name.symbol.clone(), name.exchange.clone()), entry.instrument.listing.freeze_qty))
    });
    let cancels_per_s = usize::try_from(broker.cancels_per_s).unwrap_or(1).max(1);
    let who = String::new();
    Ok(Target { name, who, direct, cancels_per_s, freeze: frozen.collect() })
}
