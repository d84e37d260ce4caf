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

/// What the broker of an account calls the instruments traded there, by the book's numbers: a configuration that continues a
/// book may count them otherwise, and an order for one contract must never leave for another.
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

#[cfg(test)]
mod tests {
    use super::{AccountId, Settings, brokers, named};
    use crate::config::{SettingsFile, Sources, load};
    use crate::model::RunId;
    use crate::runtime::genesis;
    use crate::state::State;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Arc;

    /// Settings with these instruments in this order, INFY traded at a further account.
    fn written(key: &str, symbols: &[&str]) -> Settings {
        let instrument = |symbol: &&str| {
            format!(
                "[[instrument]]\nsymbol = \"{symbol}\"\nvenue = \"NSE\"\ncontract = \"linear\"\nquote = \"INR\"\nsettle = \"INR\"\n\
                 tick = \"0.05\"\nlot = \"1\"\nmin_qty = \"1\"\nmin_price = \"1\"\nmax_price = \"10000\"\nmaker_fee = \"0\"\n\
                 taker_fee = \"0\"\ninitial_margin = \"0.2\"\n\
                 limits = {{ max_order_qty = \"5\", max_order_value = \"5000\", max_position = \"5\", collar_bps = 100 }}\n\
                 openalgo = {{ symbol = \"{symbol}-EQ\", exchange = \"NSE\", product = \"MIS\" }}\n"
            )
        };
        let text = format!(
            "strategy = []\n[account]\ncurrency = \"INR\"\npar = []\n[account.capital]\nINR = \"100000\"\n[account.convert]\n\
             [broker]\nkind = \"openalgo\"\nkey_file = \"{key}\"\n\
             [[broker.also]]\nname = \"b\"\ninstruments = [\"INFY\"]\nurl = \"http://127.0.0.1:5001\"\nkey_file = \"{key}-b\"\n{}",
            symbols.iter().map(instrument).collect::<String>()
        );
        let file = Some(SettingsFile { name: "example.toml", bytes: text.as_bytes() });
        load(&Sources { file, ..Sources::default() }).unwrap().settings
    }

    #[test]
    fn orders_and_questions_about_a_contract_name_that_contract_whatever_place_the_file_gives_it() {
        let temp = tempfile::tempdir().unwrap();
        let key = temp.path().join("key").display().to_string();
        for path in [key.clone(), format!("{key}-b")] {
            fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
        let began = written(&key, &["SBIN", "TCS", "INFY"]);
        let past = State::new(Arc::new(genesis(&began, RunId::new(1), Vec::new())));
        let settings = written(&key, &["INFY", "TCS", "SBIN"]);
        let (genesis, _) = genesis(&settings, RunId::new(2), Vec::new()).continuing(&past).unwrap();
        let numbers = |names: &[super::Named]| -> Vec<_> {
            let mut numbers: Vec<_> =
                names.iter().map(|one| (one.instrument.id.index(), one.symbol.clone())).collect();
            numbers.sort();
            numbers
        };
        let told = |list: &[(usize, &str)]| -> Vec<_> {
            list.iter().map(|(number, symbol)| (*number, (*symbol).to_owned())).collect()
        };
        let expected = [told(&[(0, "SBIN-EQ"), (1, "TCS-EQ")]), told(&[(2, "INFY-EQ")])];
        let orders = [0, 1].map(|number| numbers(&named(&settings, &genesis, AccountId::new(number))));
        assert_eq!(orders, expected, "what an adapter is given");
        let asked = brokers(&settings, &genesis).unwrap();
        let asked: Vec<_> = asked.iter().map(|broker| numbers(&broker.names)).collect();
        assert_eq!(asked, expected, "what margins are asked by");
    }
}
