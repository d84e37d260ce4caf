//! The broker of the settings: the sandbox in this process, or a server on this machine.

use super::exit::UsageError;
use super::key::key;
use crate::adapters::Adapter;
use crate::adapters::openalgo::{Expect, Known, Named, OpenAlgo, OpenAlgoOptions};
use crate::config::Settings;

/// The adapter to an `OpenAlgo` server.
pub(super) fn openalgo(settings: &Settings, known: Known) -> anyhow::Result<Box<dyn Adapter>> {
    let broker = &settings.broker;
    let key =
        key(&broker.key_at()).map_err(|error| UsageError(format!("broker.kind is openalgo: {error}")))?;
    let named = |entry: &crate::config::InstrumentSettings| {
        let name = entry.openalgo.clone()?;
        Some(Named {
            instrument: entry.instrument.clone(),
            symbol: name.symbol,
            exchange: name.exchange,
            product: name.product,
        })
    };
    let adapter = OpenAlgo::new(OpenAlgoOptions {
        url: broker.url.clone(),
        stream: None,
        key,
        expect: Expect::Analyze,
        probe: false,
        names: settings.instruments.iter().filter_map(named).collect(),
        currency: settings.account.currency,
        orders_per_s: broker.orders_per_s,
        cancels_per_s: broker.cancels_per_s,
        reads_per_s: broker.reads_per_s,
        poll: broker.poll,
        quotes: broker.quotes,
        answer: broker.answer,
        known,
    })?;
    Ok(Box::new(adapter))
}
