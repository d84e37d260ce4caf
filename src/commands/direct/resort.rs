//! The dead-man's way past the adapters: a thread, a runtime and connections of its own to the brokers a run trades at.

use super::docket::Wish;
use super::pursuit::Pursuit;
use super::target::Which;
use crate::adapters::openalgo::Secret;
use crate::commands::key::key;
use crate::config::{BrokerKind, Settings};
use crate::model::{DisplayText, Mode};
use crate::runtime::LastResort;
use futures_util::future::join_all;
use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

/// The way to the brokers of a run, where they outlive us.
pub(in crate::commands) fn last_resort(settings: &Settings) -> anyhow::Result<Option<LastResort>> {
    let mode = settings.run.mode;
    if mode == Mode::Analyze && settings.broker.kind == BrokerKind::Paper {
        // It ends with us, and so do its orders.
        return Ok(None);
    }
    let mut accounts = Vec::new();
    for one in Which::all(settings, mode) {
        accounts.push((one, key(&one.key_at(settings))?));
    }
    Ok(Some(way(settings, accounts)))
}

/// A way that can be gone more than once, each time with connections of its own.
fn way(settings: &Settings, accounts: Vec<(Which, Secret)>) -> LastResort {
    let (settings, accounts) = (Arc::new(settings.clone()), Arc::new(accounts));
    Box::new(move || -> io::Result<JoinHandle<()>> {
        let (settings, accounts) = (Arc::clone(&settings), Arc::clone(&accounts));
        Builder::new().name("last resort".to_owned()).spawn(move || {
            if let Err(error) = go(&settings, &accounts) {
                let why = DisplayText::new(&format!("{error:#}"));
                tracing::error!(%why, "the way past the adapter");
            }
        })
    })
}

/// Goes to all of them at once: none waits for another.
fn go(settings: &Settings, accounts: &[(Which, Secret)]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut pursuits = Vec::new();
    for (one, key) in accounts {
        match one.target(settings, key.for_another()) {
            Ok(target) => pursuits.push(Pursuit::new(target, Wish::NothingOpen, String::new(), false)),
            Err(error) if accounts.len() == 1 => return Err(error),
            Err(error) => {
                let why = DisplayText::new(&format!("{error:#}"));
                tracing::error!(account = one.name(settings), %why, "the way past the adapter");
            }
        }
    }
    let say = |words: &str| tracing::warn!(words = %DisplayText::new(words), "past the adapter");
    runtime.block_on(join_all(pursuits.iter_mut().map(|one| one.run(&say))));
    tracing::warn!("past the adapter: the broker's books prove that nothing is open");
    Ok(())
}
