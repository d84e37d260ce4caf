//! The rows of the accounts where there are several: whether each answers, what stands there and what it came to.

use super::strategy_cells::{Cell, amount, mode_word, plain_amount};
use crate::model::{AccountId, InstrumentId};
use crate::state::{Accounts, BROKER_LINK};
use crate::ui::columns::{Mark, Placed, row};
use crate::ui::figure::{self, Figure};
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The accounts that have a row; none where there is one only.
pub(super) fn rows(accounts: &Accounts) -> Vec<AccountId> {
    if accounts.is_single() { Vec::new() } else { accounts.active().collect() }
}

/// How an account stands, in a word.
fn standing(view: &View<'_>, account: AccountId) -> (&'static str, Role) {
    let state = view.state;
    let genesis = state.genesis();
    let link = state.links.named(genesis.accounts.link(account, BROKER_LINK).as_str());
    let differs = state.reconciliation.differences().any(|line| line.account(genesis) == account);
    match link.map(|link| link.state) {
        Some(word) if word.as_str() != "up" => ("DOWN", Role::Bad),
        None => ("--", Role::Warn),
        Some(_) if differs => ("DIFF", Role::Bad),
        Some(_) => ("ok", Role::Good),
    }
}

/// Accounts that do not answer, by name: the sum of the rows is of what was last known there.
pub(super) fn away(view: &View<'_>) -> Option<String> {
    let accounts = &view.state.genesis().accounts;
    let silent = |id: &AccountId| ["DOWN", "--"].contains(&standing(view, *id).0);
    let names: Vec<&str> = rows(accounts).into_iter().filter(silent).map(|id| accounts.name(id)).collect();
    (!names.is_empty()).then(|| format!("without {}", names.join(", ")))
}

/// Why it stands so: what the link said, or when its books were compared where that fits.
fn note(view: &View<'_>, account: AccountId, width: u16) -> String {
    let (state, genesis) = (view.state, view.state.genesis());
    let link = state.links.named(genesis.accounts.link(account, BROKER_LINK).as_str());
    if let Some(why) = link.filter(|link| link.state.as_str() != "up").and_then(|link| link.detail.as_ref()) {
        return why.to_string();
    }
    match state.reconciliation.of(account).checked_at {
        _ if standing(view, account).0 == "DIFF" => "DIFF, see risk".to_owned(),
        Some(at) => {
            let whole = format!("diff 0, checked {} ago", view.age(at));
            if whole.len() > usize::from(width) { "diff 0".to_owned() } else { whole }
        }
        None => "not compared yet".to_owned(),
    }
}

/// Draws the row of one.
pub(super) fn draw(
    view: &View<'_>,
    account: AccountId,
    columns: &[Placed<Cell>],
    target: (Rect, u16, &mut Buffer),
) {
    let (state, genesis) = (view.state, view.state.genesis());
    let pnl = state.rows_pnl_at(account);
    let plain = view.theme.style(Role::Text);
    let (word, role) = standing(view, account);
    let open = state.orders.open().iter();
    let orders = open.filter(|order| genesis.accounts.of(order.request.instrument) == account).count();
    row(columns, target, (Mark::None, view.theme), |cell, width| -> (String, Style) {
        match cell {
            Cell::Name => (format!("= {}", genesis.accounts.name(account)), plain),
            Cell::State => (word.to_owned(), view.theme.style(role)),
            Cell::Mode => (mode_word(view.mode()).to_owned(), plain),
            Cell::Instrument => (format!("{} inst", genesis.instruments_at(account).count()), plain),
            Cell::Position => (held(view, account).to_string(), plain),
            Cell::Average | Cell::Day | Cell::Sent | Cell::Limit => ("--".to_owned(), plain),
            Cell::Unrealised => amount(view, pnl.map(|pnl| pnl.unrealised), width),
            Cell::Realised => amount(view, pnl.map(|pnl| pnl.realised), width),
            Cell::Fees => plain_amount(view, pnl.map(|pnl| -pnl.fees), width),
            Cell::Orders => (orders.to_string(), plain),
            Cell::Note => (
                note(view, account, width),
                view.theme.style(if role == Role::Bad { Role::Warn } else { Role::Dim }),
            ),
        }
    });
}

/// What is held there after netting: the position where it is one, else how many.
fn held(view: &View<'_>, account: AccountId) -> Figure {
    let net = |id: &InstrumentId| view.state.ledger.account(*id).net;
    let there = view.state.genesis().instruments_at(account).map(|one| one.id);
    let held: Vec<_> = there.filter(|id| !net(id).is_zero()).collect();
    match held.as_slice() {
        [] => Figure::of(format_args!("{}0", view.tilde())),
        [one] => figure::net(net(one), view.places(*one).1, view.tilde()),
        more => Figure::of(format_args!("{}{} pos", view.tilde(), more.len())),
    }
}
