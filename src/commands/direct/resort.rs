//! The dead-man's way past the adapter: a thread, a runtime and a connection of its own to the broker a run trades at.

use super::docket::Wish;
use super::pursuit::Pursuit;
use super::target::{Target, analyze_target, live_target};
use crate::adapters::openalgo::Secret;
use crate::commands::key::key;
use crate::config::{BrokerKind, Settings};
use crate::model::{DisplayText, Mode};
use crate::runtime::LastResort;
use anyhow::Context as _;
use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

/// The way to the broker of a run, where that outlives us.
pub(in crate::commands) fn last_resort(settings: &Settings) -> anyhow::Result<Option<LastResort>> {
    if settings.run.mode == Mode::Live {
        let at = settings.live.key_at().context("live.kind is openalgo without a key")?;
        return Ok(Some(way(settings, key(&at)?, live_target)));
    }
    match settings.broker.kind {
        // It ends with us, and so do its orders.
        BrokerKind::Paper => Ok(None),
        BrokerKind::OpenAlgo => {
            let key = key(&settings.broker.key_at())?;
            Ok(Some(way(settings, key, analyze_target)))
        }
    }
}

/// A way that can be gone more than once, each time with a connection of its own.
pub(in crate::commands) fn way(
    settings: &Settings,
    key: Secret,
    target: fn(&Settings, Secret) -> anyhow::Result<Target>,
) -> LastResort {
    let (settings, key) = (Arc::new(settings.clone()), Arc::new(key));
    Box::new(move || -> io::Result<JoinHandle<()>> {
        let (settings, key) = (Arc::clone(&settings), Arc::clone(&key));
        Builder::new().name("last resort".to_owned()).spawn(move || {
            if let Err(error) = go(&settings, key.for_another(), target) {
                let why = DisplayText::new(&format!("{error:#}"));
                tracing::error!(%why, "the way past the adapter");
            }
        })
    })
}

fn go(
    settings: &Settings,
    key: Secret,
    target: fn(&Settings, Secret) -> anyhow::Result<Target>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut pursuit = Pursuit::new(target(settings, key)?, Wish::NothingOpen, String::new(), false);
    let mut say = |words: &str| tracing::warn!(words = %DisplayText::new(words), "past the adapter");
    runtime.block_on(pursuit.run(&mut say));
    tracing::warn!("past the adapter: the broker's books prove that nothing is open");
    Ok(())
}
