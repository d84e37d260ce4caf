//! The health of transports and subscribers, as told by the shell.

use crate::model::{DisplayText, Label, LinkEvent, Span, Timestamp};
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

/// All of them, in the order they first spoke.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Links {
    list: Vec<Link>,
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

    pub(super) fn apply(&mut self, event: &LinkEvent, at: Timestamp) {
        match event {
            LinkEvent::Up { name } => self.set(*name, "up", None, at),
            LinkEvent::Down { name, reason } => self.set(*name, "down", Some(reason.clone()), at),
            LinkEvent::Silent { name, age } => {
                self.set(*name, "silent", Some(silence(*age)), at);
            }
            LinkEvent::Subscriber { name, state, detail } => {
                self.set(*name, state, (!detail.as_str().is_empty()).then(|| detail.clone()), at);
            }
        }
    }

    fn set(&mut self, name: Label, state: &str, detail: Option<DisplayText>, at: Timestamp) {
        let link = Link { name, state: Label::new(state), detail, since: at };
        match self.list.iter_mut().find(|one| one.name == name) {
            Some(known) => *known = link,
            None => self.list.push(link),
        }
    }
}

fn silence(age: Span) -> DisplayText {
    DisplayText::new(&format!("no answer for {age}"))
}
