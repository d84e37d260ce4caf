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

impl fmt::Display for Abilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "takes {}", self.kinds.join(" "))?;
        f.write_str(if self.traits.can_replace { ", changes" } else { ", no changes" })?;
        f.write_str(match self.traits.idempotency {
            IdempotencyClass::UniqueForever => "; order ids unique for ever",
            IdempotencyClass::UniquePerDay => "; order ids unique for a day",
            IdempotencyClass::UniqueWhileOpen => "; order ids unique while open",
            IdempotencyClass::None => "; no order ids, nothing is sent twice",
        })?;
        f.write_str(match self.cancel_all {
            CancelAllScope::Account => "; cancel-all: the whole account",
            CancelAllScope::Ours => "; cancel-all: ours",
        })?;
        f.write_str(if self.dead_man { "; dead-man timer" } else { "; no dead-man timer" })?;
        match self.streams {
            [] => f.write_str("; no stream")?,
            streams => write!(f, "; streams {}", streams.join(" "))?,
        }
        match self.per_second {
            Some((orders, cancels)) => write!(f, "; {orders} orders and {cancels} cancels a second"),
            None => Ok(()),
        }
    }
}
