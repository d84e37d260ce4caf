//! What a venue can do, declared by its adapter and shown to whoever trades there: what it cannot do the engine holds or
//! refuses, and nothing is pretended.

use crate::model::{IdempotencyClass, VenueTraits};
use std::fmt;

/// Whose orders a venue's own cancel-all cancels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelAllScope {
    /// Everything of the account, whoever sent it.
    Account,
    /// What this program sent.
    Ours,
}

/// A venue's abilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// The kinds of order it takes itself; the others are held here until they are one of these.
    pub kinds: &'static [&'static str],
    /// What the engine decides by.
    pub traits: VenueTraits,
    pub cancel_all: CancelAllScope,
    /// Whether it cancels by itself when we fall silent.
    pub dead_man: bool,
    /// What it tells without being asked.
    pub streams: &'static [&'static str],
    /// New orders and changes, and cancels, that leave in any second at most; `None`: as many as are asked for.
    pub per_second: Option<(u32, u32)>,
}

impl Abilities {
    fn words(&self, streams: &str) -> String {
        let changes = if self.traits.can_replace { "changes" } else { "no changes" };
        let order_ids = match self.traits.idempotency {
            IdempotencyClass::UniqueForever => "order ids unique for ever",
            IdempotencyClass::UniquePerDay => "order ids unique for a day",
            IdempotencyClass::UniqueWhileOpen => "order ids unique while open",
            IdempotencyClass::None => "no order ids, nothing is sent twice",
        };
        let cancel_all = match self.cancel_all {
            CancelAllScope::Account => "the whole account",
            CancelAllScope::Ours => "ours",
        };
        let dead_man = if self.dead_man { "dead-man timer" } else { "no dead-man timer" };
        let rates = match self.per_second {
            Some((orders, cancels)) => format!("; {orders} orders and {cancels} cancels a second"),
            None => String::new(),
        };
        let kinds = self.kinds.join(" ");
        format!(
            "takes {kinds}, {changes}; {order_ids}; cancel-all: {cancel_all}; {dead_man}; {streams}{rates}"
        )
    }

    fn streams(&self) -> String {
        match self.streams {
            [] => "no stream".to_owned(),
            streams => format!("streams {}", streams.join(" ")),
        }
    }
}

impl fmt::Display for Abilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(&self.streams()))
    }
}

/// What the accounts of a run can do, each with its name: what all can is said once.
pub fn in_words<'a>(all: impl IntoIterator<Item = (&'a str, Abilities)>) -> String {
    let all: Vec<(&str, Abilities)> = all.into_iter().collect();
    let Some(((_, first), further)) = all.split_first() else { return String::new() };
    if further.is_empty() {
        return first.to_string();
    }
    let are_alike =
        |but: &dyn Fn(Abilities) -> Abilities| further.iter().all(|(_, one)| but(*one) == but(*first));
    let each = |words: &dyn Fn(&Abilities) -> String| {
        let one = |(name, can): &(&str, Abilities)| format!("{name} {}", words(can));
        all.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    if are_alike(&|one| one) {
        format!("{} accounts, each {first}", all.len())
    } else if are_alike(&|one| Abilities { streams: &[], ..one }) {
        format!("{} accounts, each {}", all.len(), first.words(&each(&Abilities::streams)))
    } else {
        each(&Abilities::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::{Abilities, CancelAllScope, in_words};
    use crate::model::VenueTraits;

    #[test]
    fn what_accounts_can_is_said_once_and_where_they_differ_of_each() {
        let one = Abilities {
            kinds: &["market", "limit"],
            traits: VenueTraits::PAPER,
            cancel_all: CancelAllScope::Ours,
            dead_man: false,
            streams: &["quotes", "orders"],
            per_second: Some((8, 8)),
        };
        let polled = Abilities { streams: &[], ..one };
        assert_eq!(in_words([("main", one)]), one.to_string());
        assert_eq!(in_words([("main", one), ("b", one)]), format!("2 accounts, each {one}"));
        let told = in_words([("main", one), ("b", polled)]);
        assert!(told.contains("; main streams quotes orders, b no stream; 8 orders"), "{told}");
        assert_eq!(told.matches("takes").count(), 1, "{told}");
        let guarded = Abilities { dead_man: true, ..polled };
        assert_eq!(in_words([("main", one), ("b", guarded)]), format!("main {one}, b {guarded}"));
    }
}
