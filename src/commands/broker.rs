//! The broker of the settings: the sandbox in this process, or a server on this machine.

use super::exit::UsageError;
use super::key::key;
use super::margins::named;
use crate::adapters::Adapter;
use crate::adapters::openalgo::{Expect, Known, Named, OpenAlgo, OpenAlgoOptions, Secret};
use crate::config::Settings;
use crate::model::StrategyId;
use anyhow::Context as _;
use std::collections::BTreeMap;

/// The adapter to the `OpenAlgo` server of `[broker]`: a sandbox.
pub(super) fn openalgo(settings: &Settings, known: Known) -> anyhow::Result<Box<dyn Adapter>> {
    let broker = &settings.broker;
    let key =
        key(&broker.key_at()).map_err(|error| UsageError(format!("broker.kind is openalgo: {error}")))?;
    adapter(settings, (&broker.url, broker.ws_url.clone()), (key, Expect::Analyze), known)
}

/// The adapter to the server of `[live]`: real money. Made in a live leg and nowhere else.
pub(super) fn openalgo_live(settings: &Settings, known: Known) -> anyhow::Result<Box<dyn Adapter>> {
    let live = &settings.live;
    let at = live.key_at().context("live.kind is openalgo without a key")?;
    let key = key(&at).map_err(|error| UsageError(format!("live.kind is openalgo: {error}")))?;
    let url = live.url.as_deref().unwrap_or_default();
    adapter(settings, (url, live.ws_url.clone()), (key, Expect::Live), known)
}

/// The exchange's ids of the strategies that have one, by the numbers of the book.
fn algo_ids(settings: &Settings, known: &Known) -> BTreeMap<StrategyId, String> {
    let one = |strategy: &crate::config::StrategySettings| {
        let number = known.strategies.get(&strategy.name)?;
        Some((*number, strategy.algo_id.clone()?))
    };
    settings.strategies.iter().filter_map(one).collect()
}

/// The names with the numbers of the book: a configuration that continues a book may count its instruments otherwise, and
/// an order for one contract must never leave for another.
fn by_the_book(names: Vec<Named>, known: &Known) -> Vec<Named> {
    let one = |mut named: Named| {
        named.instrument.id = *known.instruments.get(named.instrument.symbol.as_str())?;
        Some(named)
    };
    names.into_iter().filter_map(one).collect()
}

fn adapter(
    settings: &Settings,
    (url, stream): (&str, Option<String>),
    (key, expect): (Secret, Expect),
    known: Known,
) -> anyhow::Result<Box<dyn Adapter>> {
    let broker = &settings.broker;
    let adapter = OpenAlgo::new(OpenAlgoOptions {
        url: url.to_owned(),
        stream,
        key,
        expect,
        // With real money it is asked at the start what the server makes of a repeat, and shown; nothing depends on it.
        probe: expect == Expect::Live,
        names: by_the_book(named(settings), &known),
        calendars: settings.calendars(settings.start),
        algo_ids: algo_ids(settings, &known),
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

#[cfg(test)]
mod tests {
    use super::{Known, Named, Settings, by_the_book};
    use crate::model::InstrumentId;

    #[test]
    fn an_instrument_has_the_number_of_the_book_and_not_its_place_in_the_file() {
        let settings = Settings::default();
        let named = |place: usize| {
            let instrument = settings.instruments[place].instrument.clone();
            let symbol = instrument.symbol.to_string();
            Named { instrument, symbol, exchange: "CRYPTO".to_owned(), product: "MIS".to_owned() }
        };
        let written = vec![named(0), named(1)];
        let symbols: Vec<String> = written.iter().map(|one| one.instrument.symbol.to_string()).collect();
        let mut known = Known::default();
        known.instruments.insert(symbols[0].clone(), InstrumentId::new(1));
        known.instruments.insert(symbols[1].clone(), InstrumentId::new(0));
        let told = by_the_book(written, &known);
        let numbers: Vec<_> =
            told.iter().map(|one| (one.instrument.symbol.to_string(), one.instrument.id)).collect();
        let expected =
            [(symbols[0].clone(), InstrumentId::new(1)), (symbols[1].clone(), InstrumentId::new(0))];
        assert_eq!(numbers, expected);
    }
}
