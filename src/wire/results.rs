//! What trading came to, as doors tell it.

use crate::model::Money;
use crate::state::Pnl;
use serde::{Deserialize, Serialize};

/// Results; `None` while something held has no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Results {
    pub realised: Option<Money>,
    pub unrealised: Option<Money>,
    pub fees: Option<Money>,
    /// Received, negative where paid.
    #[serde(default)]
    pub funding: Option<Money>,
    /// Realised plus unrealised less fees, with funding, since the start and since 00:00 UTC.
    pub net: Option<Money>,
    pub day: Option<Money>,
}

impl Results {
    /// Of a part of the account, whose day is not counted apart.
    pub(super) fn of_part(pnl: Option<Pnl>) -> Self {
        Self { day: None, ..Self::of(pnl) }
    }

    pub(super) fn of(pnl: Option<Pnl>) -> Self {
        let part = |part: fn(Pnl) -> Money| pnl.map(part);
        Self {
            realised: part(|pnl| pnl.realised),
            unrealised: part(|pnl| pnl.unrealised),
            fees: part(|pnl| pnl.fees),
            funding: part(|pnl| pnl.funding),
            net: part(|pnl| pnl.net),
            day: part(|pnl| pnl.day),
        }
    }
}
