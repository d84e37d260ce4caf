//! Which account is killed directly, as the configuration names it.

use super::super::exit::UsageError;
use super::super::key::key_for_kill;
use super::super::output;
use crate::adapters::openalgo::{Direct, Secret};
use crate::config::{BrokerKind, KeyAt, LiveKind, Settings};
use crate::model::{Mode, Qty};
use std::collections::BTreeMap;
use std::time::Duration;

/// An account and how fast it may be spoken to.
#[derive(Debug)]
pub(in crate::commands) struct Target {
    /// What it is called: mode, server, account.
    pub(super) name: String,
    pub(super) direct: Direct,
    pub(super) cancels_per_s: usize,
    pub(super) freeze: BTreeMap<(String, String), Qty>,
}

/// The sandbox of `[broker]`, with the key that a run of it has.
pub(in crate::commands) fn analyze_target(settings: &Settings, key: Secret) -> anyhow::Result<Target> {
    let broker = &settings.broker;
    target(settings, (Mode::Analyze, &broker.url), format!("analyze {}", broker.url), key)
}

/// The account of `[live]`.
pub(in crate::commands) fn live_target(settings: &Settings, key: Secret) -> anyhow::Result<Target> {
    let live = &settings.live;
    let url = live.url.as_deref().unwrap_or_default();
    target(settings, (Mode::Live, url), format!("LIVE {url} {}", live.masked()), key)
}

/// What `kill --direct` is about: real money where there is a way to it, unless the sandbox is asked for.
pub(super) fn chosen(settings: &Settings, analyze: bool) -> anyhow::Result<Target> {
    let has_live = settings.live.kind == LiveKind::OpenAlgo;
    if has_live && !analyze {
        let at = settings.live.key_at().unwrap_or_else(|| KeyAt::Variable(String::new()));
        return live_target(settings, taken(&at)?);
    }
    match settings.broker.kind {
        BrokerKind::OpenAlgo => analyze_target(settings, taken(&settings.broker.key_at())?),
        BrokerKind::Paper => {
            let text = "kill --direct: no account outside the engine is configured: the paper broker lives and ends with it";
            Err(UsageError(text.to_owned()).into())
        }
    }
}

/// A key that others could read has to be mended, but not before a kill.
fn taken(at: &KeyAt) -> Result<Secret, UsageError> {
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
    Ok(Target { name, direct, cancels_per_s, freeze: frozen.collect() })
}
