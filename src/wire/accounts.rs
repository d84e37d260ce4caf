//! The accounts of a run, each by itself, as doors tell them.

use super::results::Results;
use crate::model::{AccountId, DisplayText, InstrumentId, Label, Timestamp};
use crate::state::{BROKER_LINK, State};
use serde::{Deserialize, Serialize};

/// One account of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    pub name: Label,
    /// Server and account, the latter by its last digits.
    pub place: DisplayText,
    /// Its broker's link: `up`, `down`, `silent`, or `unknown` before the first word; and why, when not well.
    pub link: Label,
    pub detail: Option<DisplayText>,
    /// Whether its broker has told in this run what it holds; before that what stands here is what the book of before has.
    #[serde(default = "told_of_old")]
    pub told: bool,
    /// What is traded there.
    pub instruments: Vec<DisplayText>,
    /// Realised, unrealised, fees and their sum of what is traded there, in the run's currency; no day of its own.
    #[serde(flatten)]
    pub results: Results,
    pub orders_open: usize,
    pub positions: usize,
    /// How long ago its accounts and its orders were compared with ours, and on how many lines they differ.
    pub account_age_ms: Option<i64>,
    pub orders_age_ms: Option<i64>,
    pub differences: usize,
}

/// The names of the accounts of which it is not known how they stand: those of which nothing is in the sums, and those that
/// are there as last known.
pub(super) fn missing(state: &State) -> (Vec<Label>, Vec<Label>) {
    let accounts = &state.genesis().accounts;
    if accounts.is_single() {
        return (state.accounts_missing().map(|_only| Label::new(BROKER_LINK)).collect(), Vec::new());
    }
    let names = |ids: Vec<AccountId>| ids.into_iter().map(|id| Label::new(accounts.name(id))).collect();
    let (never, known) = state.accounts_unsure();
    (names(never), names(known))
}

/// A status of before the word was told says nothing against it.
const fn told_of_old() -> bool {
    true
}

impl AccountRow {
    /// All accounts somebody speaks with; none where there is one only.
    pub fn all(state: &State, now: Timestamp) -> Vec<Self> {
        let accounts = &state.genesis().accounts;
        if accounts.is_single() {
            return Vec::new();
        }
        accounts.active().filter_map(|id| Self::of(state, id, now)).collect()
    }

    fn of(state: &State, id: AccountId, now: Timestamp) -> Option<Self> {
        let genesis = state.genesis();
        let account = genesis.accounts.get(id)?;
        let link = state.links.broker(&genesis.accounts, id);
        let told = state.reconciliation.of(id);
        let there = |instrument: InstrumentId| genesis.accounts.of(instrument) == id;
        let age = |at: Option<Timestamp>| at.map(|at| now.since(at).millis());
        let open = state.orders.open().iter().filter(|order| there(order.request.instrument));
        let held = genesis.instruments_at(id).filter(|one| !state.ledger.account(one.id).net.is_zero());
        Some(Self {
            name: account.name,
            place: account.place.clone(),
            link: link.map_or_else(|| Label::new("unknown"), |link| link.state),
            detail: link.and_then(|link| link.detail.clone()),
            told: state.is_told(id),
            instruments: genesis.instruments_at(id).map(|one| one.symbol.clone()).collect(),
            results: Results::of_part(state.rows_pnl_at(id)),
            orders_open: open.count(),
            positions: held.count(),
            account_age_ms: age(told.checked_at),
            orders_age_ms: age(told.orders_checked_at),
            differences: state
                .reconciliation
                .differences()
                .filter(|line| line.account(genesis) == id)
                .count(),
        })
    }
}
