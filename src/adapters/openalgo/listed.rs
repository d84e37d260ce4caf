//! What is done with a contract the venue has told: differences are shown, and end a run with real money.

use super::answer::{Outcome, message};
use super::master::{ClientIds, contract_differences};
use super::mode::Expect;
use super::work::Work;
use crate::model::{DisplayText, InstrumentId, LinkReport, Timestamp};

/// What the server makes of client order ids is shown under this name.
const CLIENT_IDS: &str = "client ids";

/// Contracts are shown under this name.
const CONTRACTS: &str = "contracts";

impl Work {
    /// The venue's word on one contract.
    pub(super) fn listed(&mut self, id: InstrumentId, outcome: &Outcome, now: Timestamp) {
        let Some(named) = self.desk.names.iter().find(|one| one.instrument.id == id) else { return };
        let name = format!("{} on {}", named.symbol, named.exchange);
        let (differences, unknown) = match outcome {
            Outcome::Answer { status: 200, body: Some(body) } => (contract_differences(body, named), false),
            // An unknown symbol; an unknown path says which path (wire spec §1).
            Outcome::Answer { status: 404, body: Some(body) } => (None, body.get("path").is_none()),
            Outcome::Answer { .. } | Outcome::NotSent(_) | Outcome::Unknown(_) => (None, false),
        };
        match differences {
            Some(differences) => {
                self.master.read(id);
                if !differences.is_empty() {
                    self.differs(&format!("{name}: the venue says {}", differences.join(", ")), now);
                }
            }
            None if unknown => {
                self.master.read(id);
                let said = match outcome {
                    Outcome::Answer { body, .. } => message(body.as_ref()),
                    Outcome::NotSent(why) | Outcome::Unknown(why) => why.clone(),
                };
                self.differs(&format!("{name}: the venue has no such contract ({said})"), now);
            }
            None => {
                if self.master.unread(id) {
                    tracing::warn!(name = %DisplayText::new(&name), "the venue's contract could not be read");
                }
            }
        }
    }

    /// Says what the server makes of client order ids.
    pub(super) fn tell_client_ids(&self) {
        let words = match self.master.client_ids {
            Some(ClientIds::Unknown) => "the server has none: nothing is ever sent twice",
            Some(ClientIds::Known) => "the server knows them; nothing is sent twice all the same",
            None => "the server does not say: nothing is ever sent twice",
        };
        let (name, detail) = (self.link(CLIENT_IDS), DisplayText::new(words));
        self.reports.link(LinkReport::Subscriber { name, state: "ok", detail });
    }

    fn differs(&mut self, what: &str, now: Timestamp) {
        let (name, detail) = (self.link(CONTRACTS), DisplayText::new(what));
        self.reports.link(LinkReport::Subscriber { name, state: "differs", detail });
        if self.expect == Expect::Live {
            let why = DisplayText::new(what);
            self.end(&format!("{why}: mend the [[instrument]] before real money trades it"), now);
        }
    }
}
