//! The health of transports and subscribers, as told by the shell.

use super::accounts::{Accounts, BROKER_LINK};
use crate::model::{AccountId, DisplayText, Label, LinkEvent, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// One connection or subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub name: Label,
    /// `up`, `down`, `silent`, or a subscriber's own word.
    pub state: Label,
    /// Why, when not well.
    pub detail: Option<DisplayText>,
    /// Since when it stands so, by our clock.
    pub since: Timestamp,
}

/// How the journal of facts does: what is not written down is not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Journal {
    #[default]
    Well,
    /// What was said long ago is not durable yet: new orders wait where they leave.
    Slow,
    /// More waits for it than it takes: no new risk is taken.
    Behind,
    /// It has failed: no new risk is taken in this run.
    Dead,
}

/// All of them, in the order they first spoke.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Links {
    list: Vec<Link>,
    /// The journal's, in a form that the gate can read.
    #[serde(default)]
    journal: Journal,
}

impl Link {
    /// Whether it works: a transport that is up, a subscriber that is well.
    pub fn is_well(&self) -> bool {
        matches!(self.state.as_str(), "up" | "ok")
    }
}

impl Journal {
    /// Its name among the links.
    pub const NAME: &str = "journal";

    const ALL: [Self; 4] = [Self::Well, Self::Slow, Self::Behind, Self::Dead];

    /// Its word in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Slow => "slow",
            Self::Behind => "behind",
            Self::Dead => "dead",
        }
    }

    /// Whether new risk may be taken: it is written down, if late.
    pub const fn takes_risk(self) -> bool {
        matches!(self, Self::Well | Self::Slow)
    }
}

impl Links {
    /// All of them.
    pub fn list(&self) -> &[Link] {
        &self.list
    }

    /// The one of a name.
    pub fn named(&self, name: &str) -> Option<&Link> {
        self.list.iter().find(|link| link.name.as_str() == name)
    }

    /// That of an account's broker.
    pub fn broker(&self, accounts: &Accounts, account: AccountId) -> Option<&Link> {
        self.named(accounts.link(account, BROKER_LINK).as_str())
    }

    /// Whether an account is known not to be there while another is that goes on without it. Where none is, there is nobody
    /// who could: everything waits as it does for a single one.
    pub fn is_lost(&self, accounts: &Accounts, account: AccountId) -> bool {
        let link = |of| self.broker(accounts, of);
        let is_up = |of| link(of).is_some_and(Link::is_well);
        !accounts.is_single()
            && link(account).is_some()
            && !is_up(account)
            && accounts.active().any(|other| other != account && is_up(other))
    }

    /// The accounts somebody speaks with, without those that are lost. There is always one.
    pub fn accounts_there<'a>(&'a self, accounts: &'a Accounts) -> impl Iterator<Item = AccountId> + 'a {
        accounts.active().filter(|account| !self.is_lost(accounts, *account))
    }

    /// How the journal of facts does.
    pub const fn journal(&self) -> Journal {
        self.journal
    }

    pub(super) fn apply(&mut self, event: &LinkEvent, at: Timestamp) {
        match event {
            LinkEvent::Up { name } => self.set(*name, "up", None, at),
            LinkEvent::Down { name, reason } => self.set(*name, "down", Some(reason.clone()), at),
            LinkEvent::Silent { name, age } => {
                self.set(*name, "silent", Some(silence(*age)), at);
            }
            LinkEvent::Subscriber { name, state, detail } => {
                if name.as_str() == Journal::NAME {
                    let known = Journal::ALL.into_iter().find(|one| one.as_str() == *state);
                    self.journal = known.unwrap_or(self.journal);
                }
                self.set(*name, state, (!detail.as_str().is_empty()).then(|| detail.clone()), at);
            }
        }
    }

    fn set(&mut self, name: Label, state: &str, detail: Option<DisplayText>, at: Timestamp) {
        let state = Label::new(state);
        let away = |word: &Label| matches!(word.as_str(), "down" | "silent");
        match self.list.iter_mut().find(|one| one.name == name) {
            // Said again, or for another reason: it stands so since it began.
            Some(known) => {
                let same = known.state == state || (away(&known.state) && away(&state));
                let since = if same { known.since } else { at };
                *known = Link { name, state, detail, since };
            }
            None => self.list.push(Link { name, state, detail, since: at }),
        }
    }
}

fn silence(age: Span) -> DisplayText {
    DisplayText::new(&format!("no answer for {age}"))
}
