//! The dead-man's ways past the adapters: for each account of a run a thread, a runtime and connections of its own to its broker.

use super::docket::Wish;
use super::pursuit::Pursuit;
use super::target::Which;
use crate::adapters::openalgo::Secret;
use crate::commands::key::key;
use crate::config::{BrokerKind, Settings};
use crate::model::{DisplayText, Mode};
use crate::runtime::LastResort;
use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

/// The ways to the brokers of a run, where they outlive us: one for each account, so that none waits for another.
pub(in crate::commands) fn last_resorts(settings: &Settings) -> anyhow::Result<Vec<LastResort>> {
    let mode = settings.run.mode;
    if mode == Mode::Analyze && settings.broker.kind == BrokerKind::Paper {
        // It ends with us, and so do its orders.
        return Ok(Vec::new());
    }
    let settings = Arc::new(settings.clone());
    let way_to = |one: Which| Ok(way(&settings, one, key(&one.key_at(&settings))?));
    Which::all(&settings, mode).map(way_to).collect()
}

/// A way that can be gone more than once, each time with connections of its own.
fn way(settings: &Arc<Settings>, one: Which, key: Secret) -> LastResort {
    let (settings, key) = (Arc::clone(settings), Arc::new(key));
    Box::new(move || -> io::Result<JoinHandle<()>> {
        let (settings, key) = (Arc::clone(&settings), Arc::clone(&key));
        Builder::new().name("last resort".to_owned()).spawn(move || {
            let account = one.name(&settings);
            match go(&settings, one, &key) {
                Ok(()) => {
                    tracing::warn!(
                        account,
                        "past the adapter: the broker's books prove that no order is open"
                    );
                }
                Err(error) => {
                    let why = DisplayText::new(&format!("{error:#}"));
                    tracing::error!(account, %why, "the way past the adapter");
                }
            }
        })
    })
}

/// Goes on until the account's books prove it.
fn go(settings: &Settings, one: Which, key: &Secret) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let target = one.target(settings, key.for_another())?;
    let mut pursuit = Pursuit::new(target, Wish::NothingOpen, String::new(), false);
    let say = |words: &str| tracing::warn!(words = %DisplayText::new(words), "past the adapter");
    runtime.block_on(pursuit.run(&say));
    Ok(())
}
