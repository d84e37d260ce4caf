//! The `OpenAlgo` server questions about markets and money go to, as the configuration names it.

use super::exit::UsageError;
use super::key::key;
use crate::adapters::openalgo::{Inquiry, Secret};
use crate::config::{BrokerKind, LiveKind, Settings};
use crate::runtime::wall_now;
use anyhow::Context as _;
use std::time::Duration;

/// A client that asks: of the account of `[live]` where that is wanted, else of `[broker]`'s server, else of whichever there is.
pub(super) fn inquiry(settings: &Settings, live: bool, what: &str) -> anyhow::Result<Inquiry> {
    let has_live = settings.live.kind == LiveKind::OpenAlgo;
    let of_broker = settings.broker.kind == BrokerKind::OpenAlgo;
    if live && !has_live {
        let text = format!("{what}: --live is the server of [live], and live.kind is none");
        return Err(UsageError(text).into());
    }
    if !has_live && !of_broker {
        let text = format!(
            "{what} needs an OpenAlgo server: broker.kind = \"openalgo\" with broker.url, or live.kind with live.url"
        );
        return Err(UsageError(text).into());
    }
    let (url, at) = if live || !of_broker {
        let at = settings.live.key_at().context("live.kind is openalgo without a key")?;
        (settings.live.url.clone().unwrap_or_default(), at)
    } else {
        (settings.broker.url.clone(), settings.broker.key_at())
    };
    let key = key(&at).map_err(|error| UsageError(format!("{what}: {error}")))?;
    asking(settings, &url, key)
}

/// A client of one server, in the pace of the settings.
pub(super) fn asking(settings: &Settings, url: &str, key: Secret) -> anyhow::Result<Inquiry> {
    let broker = &settings.broker;
    let patience = Duration::from_millis(u64::try_from(broker.answer.millis()).unwrap_or(5_000));
    Ok(Inquiry::new(url, key, (broker.reads_per_s, patience), wall_now)?)
}
