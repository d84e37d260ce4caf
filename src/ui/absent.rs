//! Accounts that do not answer: what is known of them is what was known when they last did.

use super::view::View;
use crate::model::{AccountId, Timestamp};
use crate::state::BROKER_LINK;

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Absent {
    /// `b`; `broker` where there is one account only.
    pub name: String,
    /// Its link's word, in capitals.
    pub word: String,
    /// When its books were last compared with ours, by our clock.
    pub checked_at: Option<Timestamp>,
}

impl Absent {
    /// `b DOWN, compared 50s ago`.
    pub(super) fn words(&self, view: &View<'_>) -> String {
        let Self { name, word, checked_at } = self;
        match checked_at {
            Some(at) => format!("{name} {word}, compared {} ago", view.age(*at)),
            None => format!("{name} {word}, never compared"),
        }
    }
}

/// What an account's link says where it is not up; `None` where it is, or where the only one has not spoken yet.
pub(super) fn absent_at(view: &View<'_>, account: AccountId) -> Option<Absent> {
    let (state, accounts) = (view.state, &view.state.genesis().accounts);
    let word = match state.links.broker(accounts, account) {
        Some(link) if link.is_well() => return None,
        Some(link) => link.state.as_str().to_uppercase(),
        None if accounts.is_single() => return None,
        None => "not heard yet".to_owned(),
    };
    let name = if accounts.is_single() { BROKER_LINK } else { accounts.name(account) };
    Some(Absent { name: name.to_owned(), word, checked_at: state.reconciliation.of(account).checked_at })
}

/// All of them.
pub(super) fn absent(view: &View<'_>) -> Vec<Absent> {
    let accounts = &view.state.genesis().accounts;
    accounts.active().filter_map(|account| absent_at(view, account)).collect()
}

/// All of them in words; `None` where everybody answers.
pub(super) fn away_words(view: &View<'_>) -> Option<String> {
    let words: Vec<String> = absent(view).iter().map(|one| one.words(view)).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// What nothing differs without, and why it is missing: `diff 0 without b; b DOWN, compared 50s ago`.
pub(super) fn without_words(view: &View<'_>) -> Option<String> {
    match (view.without(), away_words(view)) {
        (Some(without), Some(why)) => Some(format!("diff 0 {without}; {why}")),
        (Some(without), None) => Some(format!("diff 0 {without}")),
        (None, why) => why,
    }
}
