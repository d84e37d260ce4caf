//! The contract master: what the venue says an instrument is, against what we take it for; and what it makes of client ids.

use super::answer::{Outcome, message};
use super::fields::decimal;
use super::mode::Expect;
use super::names::Named;
use crate::model::{InstrumentId, Price, Qty};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often a contract is asked for that cannot be read.
const TRIES: u32 = 3;

/// What a server makes of a client order id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientIds {
    /// Refused as an unknown field: every released version (wire spec §13).
    Unknown,
    /// The field is known. It is not sent all the same: what a repeat of it does is not proven.
    Known,
}

/// Contracts asked for, and what came of it.
#[derive(Debug)]
pub(super) struct Master {
    ask: VecDeque<InstrumentId>,
    out: BTreeSet<InstrumentId>,
    tries: BTreeMap<InstrumentId, u32>,
    probe: bool,
    pub(super) client_ids: Option<ClientIds>,
}

impl Master {
    /// Everything is still to be asked for.
    pub(super) fn new(names: &[Named], probe: bool) -> Self {
        let ask = names.iter().map(|one| one.instrument.id).collect();
        Self { ask, out: BTreeSet::new(), tries: BTreeMap::new(), probe, client_ids: None }
    }

    /// The next contract to be asked for.
    pub(super) fn next(&mut self) -> Option<InstrumentId> {
        let id = self.ask.pop_front()?;
        self.out.insert(id);
        Some(id)
    }

    /// Whether orders may leave: with real money not before every contract was compared.
    pub(super) fn is_done(&self, expect: Expect) -> bool {
        expect == Expect::Analyze || (self.ask.is_empty() && self.out.is_empty())
    }

    /// It was answered.
    pub(super) fn read(&mut self, id: InstrumentId) {
        self.out.remove(&id);
    }

    /// It could not be read: asked again, a few times. Whether it is given up.
    pub(super) fn unread(&mut self, id: InstrumentId) -> bool {
        self.out.remove(&id);
        let tries = self.tries.entry(id).or_default();
        *tries += 1;
        let again = *tries < TRIES;
        if again {
            self.ask.push_back(id);
        }
        !again
    }

    /// The question what the server makes of client ids, once. Nothing can be placed by it: there is no symbol.
    pub(super) fn take_probe(&mut self) -> Option<Map<String, Value>> {
        std::mem::take(&mut self.probe).then(|| {
            let body = [("strategy", "flightdeck"), ("client_order_id", "flightdeck-probe")];
            body.into_iter().map(|(key, text)| (key.to_owned(), Value::from(text))).collect()
        })
    }

    /// Reads its answer.
    pub(super) fn probed(&mut self, outcome: &Outcome) {
        self.client_ids = client_ids(outcome);
        tracing::info!(client_ids = ?self.client_ids, "what the server makes of client order ids");
    }
}

/// What the answer to a placement with a client id and without a symbol says of client ids; `None` where it says nothing.
pub fn client_ids(outcome: &Outcome) -> Option<ClientIds> {
    let Outcome::Answer { status: 400, body: Some(body) } = outcome else { return None };
    let text = message(Some(body));
    if !text.contains("symbol") {
        return None;
    }
    let told = text.split_once("client_order_id").map(|(_, rest)| rest);
    match told {
        Some(rest) if rest.trim_start_matches(['\'', '"', ':', ' ', '[']).starts_with("Unknown field") => {
            Some(ClientIds::Unknown)
        }
        Some(_) | None => Some(ClientIds::Known),
    }
}

/// Where the venue's contract is not what we take it for, in words; `None` where the answer cannot be read.
pub fn contract_differences(body: &Value, named: &Named) -> Option<Vec<String>> {
    let data = body.get("data").filter(|data| data.is_object())?;
    let ours = &named.instrument;
    let mut found = Vec::new();
    let tick: Option<Price> = decimal(data, "tick_size");
    if let Some(tick) = tick.filter(|tick| *tick > Price::ZERO && *tick != ours.tick) {
        found.push(format!("tick {tick}, here {}", ours.tick));
    }
    let lot: Option<Qty> = decimal(data, "lotsize");
    if let Some(lot) = lot.filter(|lot| !lot.is_zero() && *lot != ours.lot) {
        found.push(format!("lot {lot}, here {}", ours.lot));
    }
    let freeze: Option<Qty> = decimal(data, "freeze_qty");
    let kept = ours.listing.freeze_qty;
    // A freeze of nothing or of one lot is how a server says that it has none.
    let freeze = freeze.filter(|freeze| !freeze.is_zero() && *freeze > ours.lot);
    if let Some(freeze) = freeze.filter(|freeze| *freeze != kept && !(kept.is_zero() && freeze.raw() >= MANY))
    {
        found.push(format!(
            "freeze quantity {freeze}, here {}",
            if kept.is_zero() { "none".to_owned() } else { kept.to_string() }
        ));
    }
    Some(found)
}

/// A freeze quantity that is none.
const MANY: i64 = i64::MAX / 1_000;
