//! Asks the broker what the orders on a screen would need: over connections of its own, one question at a time, for nobody who
//! could wait for it.

use super::instance::asking;
use super::key::key;
use crate::adapters::openalgo::{Inquiry, InquiryError, MarginOrder, Named};
use crate::config::{BrokerKind, Settings};
use crate::model::{AccountId, Currency, DisplayText, Mode};
use crate::state::Genesis;
use crate::wire::{Client, MarginDesk, MarginLeg, MarginReply, MarginWord, margin_lane};
use anyhow::Context as _;

/// Lets a session ask the brokers of this run for margins where they are `OpenAlgo` servers. Must be called inside a tokio
/// runtime; what answers ends with the session.
pub(super) fn set_broker(client: &mut Client, settings: &Settings, genesis: &Genesis) {
    let brokers = match brokers(settings, genesis) {
        Ok(brokers) if brokers.is_empty() => return,
        Ok(brokers) => brokers,
        Err(error) => {
            tracing::warn!(error = %DisplayText::new(&format!("{error:#}")), "the broker is not asked for margins");
            return;
        }
    };
    let (aside, desk) = margin_lane();
    let teller = Teller { brokers, currency: settings.account.currency };
    // It ends by itself when nobody can ask any more.
    drop(tokio::spawn(teller.answer(desk)));
    client.set_broker(aside);
}

/// What the broker of an account calls the instruments traded there, by the book's numbers: a configuration that continues a book
/// may count them otherwise, and an order for one contract must never leave for another.
pub(super) fn named(settings: &Settings, genesis: &Genesis, account: AccountId) -> Vec<Named> {
    let named = |entry: &crate::config::InstrumentSettings| {
        let name = entry.openalgo.clone()?;
        let id = genesis.instrument_named(entry.instrument.symbol.as_str())?;
        (genesis.accounts.of(id) == account).then_some(())?;
        Some(Named {
            instrument: genesis.instrument(id)?.clone(),
            symbol: name.symbol,
            exchange: name.exchange,
            product: name.product,
        })
    };
    settings.instruments.iter().filter_map(named).collect()
}

/// The servers that execute the orders of this run, asked once a question: who waits has eyes.
fn brokers(settings: &Settings, genesis: &Genesis) -> anyhow::Result<Vec<Asked>> {
    let (url, at) = match (settings.run.mode, settings.broker.kind) {
        (Mode::Live, _) => {
            let at = settings.live.key_at().context("live.kind is openalgo without a key")?;
            (settings.live.url.clone().unwrap_or_default(), at)
        }
        (Mode::Analyze, BrokerKind::OpenAlgo) => (settings.broker.url.clone(), settings.broker.key_at()),
        (Mode::Analyze, BrokerKind::Paper) => return Ok(Vec::new()),
    };
    let mut servers = vec![(AccountId::FIRST, url, at)];
    for one in settings.further(settings.run.mode) {
        let account = genesis.accounts.named(&one.name).context("an account without a number")?;
        servers.push((account, one.url.clone(), one.key_at()));
    }
    let mut brokers = Vec::new();
    for (account, url, at) in servers {
        let inquiry = asking(settings, &url, key(&at)?)?.once();
        brokers.push(Asked { inquiry, names: named(settings, genesis, account) });
    }
    Ok(brokers)
}

/// A server and what is traded there.
struct Asked {
    inquiry: Inquiry,
    names: Vec<Named>,
}

/// Who answers.
struct Teller {
    brokers: Vec<Asked>,
    currency: Currency,
}

impl Teller {
    async fn answer(mut self, mut desk: MarginDesk) {
        while let Some(legs) = desk.next().await {
            let word = self.word(&legs).await;
            if !desk.tell(MarginReply { legs, word }) {
                tracing::debug!("nobody heard what the broker says of a margin");
            }
        }
    }

    async fn word(&mut self, legs: &[MarginLeg]) -> MarginWord {
        let unknown = |words: &str| MarginWord::Unknown(DisplayText::new(words));
        let there = |broker: &Asked, leg: &MarginLeg| {
            broker.names.iter().any(|one| one.instrument.id == leg.instrument)
        };
        let first = legs.first();
        let home = first.and_then(|leg| self.brokers.iter_mut().find(|broker| there(broker, leg)));
        let Some(Asked { inquiry, names }) = home else { return unknown("not traded at the broker") };
        let order = |leg: &MarginLeg| {
            let named = names.iter().find(|one| one.instrument.id == leg.instrument)?;
            let MarginLeg { side, qty, kind, .. } = *leg;
            Some(MarginOrder { named, side, qty, kind })
        };
        let Some(orders) = legs.iter().map(order).collect::<Option<Vec<_>>>() else {
            return unknown("not all of it is traded at one broker");
        };
        match inquiry.margin(&orders).await {
            Ok(margin) => MarginWord::Needs(margin.total, self.currency),
            Err(InquiryError::Silent { why, .. }) => unknown(&format!("no answer: {why}")),
            Err(InquiryError::Refused { status, why, .. }) => unknown(&format!("refused, {status}: {why}")),
            Err(InquiryError::Unsupported { why, .. }) => unknown(&format!("the broker tells none: {why}")),
            Err(InquiryError::Login { why, .. }) => unknown(&format!("403: {why}: log in at the server")),
            Err(InquiryError::Unreadable { why, .. }) => {
                unknown(&format!("its answer cannot be read: {why}"))
            }
        }
    }
}
