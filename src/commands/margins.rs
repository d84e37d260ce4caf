//! Asks the broker what the orders on a screen would need: over connections of its own, one question at a time, for nobody who
//! could wait for it.

use super::instance::asking;
use super::key::key;
use crate::adapters::openalgo::{Inquiry, InquiryError, MarginOrder, Named};
use crate::config::{BrokerKind, Settings};
use crate::model::{Currency, DisplayText, Mode};
use crate::wire::{Client, MarginDesk, MarginLeg, MarginReply, MarginWord, margin_lane};
use anyhow::Context as _;

/// Lets a session ask the broker of this run for margins where that is an `OpenAlgo` server. Must be called inside a tokio
/// runtime; what answers ends with the session.
pub(super) fn set_broker(client: &mut Client, settings: &Settings) {
    let inquiry = match broker(settings) {
        Ok(Some(inquiry)) => inquiry,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(error = %DisplayText::new(&format!("{error:#}")), "the broker is not asked for margins");
            return;
        }
    };
    let (aside, desk) = margin_lane();
    let teller = Teller { inquiry, names: named(settings), currency: settings.account.currency };
    // It ends by itself when nobody can ask any more.
    drop(tokio::spawn(teller.answer(desk)));
    client.set_broker(aside);
}

/// What the broker calls the instruments it trades.
pub(super) fn named(settings: &Settings) -> Vec<Named> {
    let named = |entry: &crate::config::InstrumentSettings| {
        let name = entry.openalgo.clone()?;
        Some(Named {
            instrument: entry.instrument.clone(),
            symbol: name.symbol,
            exchange: name.exchange,
            product: name.product,
        })
    };
    settings.instruments.iter().filter_map(named).collect()
}

/// The server that executes the orders of this run, asked once a question: who waits has eyes.
fn broker(settings: &Settings) -> anyhow::Result<Option<Inquiry>> {
    let (url, at) = match (settings.run.mode, settings.broker.kind) {
        (Mode::Live, _) => {
            let at = settings.live.key_at().context("live.kind is openalgo without a key")?;
            (settings.live.url.clone().unwrap_or_default(), at)
        }
        (Mode::Analyze, BrokerKind::OpenAlgo) => (settings.broker.url.clone(), settings.broker.key_at()),
        (Mode::Analyze, BrokerKind::Paper) => return Ok(None),
    };
    Ok(Some(asking(settings, &url, key(&at)?)?.once()))
}

/// Who answers.
struct Teller {
    inquiry: Inquiry,
    names: Vec<Named>,
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
        let order = |leg: &MarginLeg| {
            let named = self.names.iter().find(|one| one.instrument.id == leg.instrument)?;
            let MarginLeg { side, qty, kind, .. } = *leg;
            Some(MarginOrder { named, side, qty, kind })
        };
        let Some(orders) = legs.iter().map(order).collect::<Option<Vec<_>>>() else {
            return unknown("not traded at the broker");
        };
        match self.inquiry.margin(&orders).await {
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
