//! The rows of the accounts where there are several: whether each answers, what stands there and what it came to.

use super::strategy_cells::{Cell, amount, mode_word, plain_amount};
use crate::model::{AccountId, InstrumentId};
use crate::state::Accounts;
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
    let differs = state.reconciliation.differences().any(|line| line.account(genesis) == account);
    match state.links.broker(&genesis.accounts, account) {
        Some(link) if !link.is_well() => ("DOWN", Role::Bad),
        None => ("--", Role::Warn),
        Some(_) if !state.is_told(account) => ("--", Role::Warn),
        Some(_) if differs => ("DIFF", Role::Bad),
        Some(_) if state.is_missing(account) => ("--", Role::Warn),
        Some(_) => ("ok", Role::Good),
    }
}

/// Why it stands so: what the link said, or when its books were compared where that fits.
fn note(view: &View<'_>, account: AccountId, width: u16) -> String {
    let (state, genesis) = (view.state, view.state.genesis());
    let away = state.links.broker(&genesis.accounts, account).filter(|link| !link.is_well());
    if let Some(why) = away.and_then(|link| link.detail.as_ref()) {
        return why.to_string();
    }
    match state.reconciliation.of(account).checked_at {
        _ if standing(view, account).0 == "DIFF" => "DIFF, see risk".to_owned(),
        Some(_) if state.is_missing(account) => "not told again yet".to_owned(),
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
    let blank = is_blank(view, account);
    let tilde = view.tilde_there(account);
    let money = |value, width| amount((view, tilde), value, width);
    row(columns, target, (Mark::None, view.theme), |cell, width| -> (String, Style) {
        match cell {
            Cell::Name => (format!("= {}", genesis.accounts.name(account)), plain),
            Cell::State => (word.to_owned(), view.theme.style(role)),
            Cell::Mode => (mode_word(view.mode()).to_owned(), plain),
            Cell::Instrument => (format!("{} inst", genesis.instruments_at(account).count()), plain),
            Cell::Position => (held(view, account).to_string(), plain),
            Cell::Unrealised | Cell::Realised | Cell::Fees | Cell::Orders if blank => {
                ("--".to_owned(), plain)
            }
            Cell::Average | Cell::Day | Cell::Sent | Cell::Limit => ("--".to_owned(), plain),
            Cell::Unrealised => money(pnl.map(|pnl| pnl.unrealised), width),
            Cell::Realised => money(pnl.map(|pnl| pnl.realised), width),
            Cell::Fees => plain_amount((view, tilde), pnl.map(|pnl| -pnl.fees), width),
            Cell::Orders if view.state.is_missing(account) => (format!("~{orders}"), plain),
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
    let tilde = view.tilde_there(account);
    match held.as_slice() {
        [] if !view.state.is_told(account) => Figure::of(format_args!("unknown")),
        [] => Figure::of(format_args!("{tilde}0")),
        [one] => figure::net(net(one), view.places(*one).1, tilde),
        more => Figure::of(format_args!("{tilde}{} pos", more.len())),
    }
}

/// Whether nothing at all is known of an account: its broker has told nothing in this run, the book nothing of before.
fn is_blank(view: &View<'_>, account: AccountId) -> bool {
    let (state, genesis) = (view.state, view.state.genesis());
    let there = |id: InstrumentId| genesis.accounts.of(id) == account;
    let held = genesis.instruments_at(account).any(|one| !state.ledger.account(one.id).net.is_zero());
    !state.is_told(account)
        && !held
        && state.ledger.fills_at(account) == 0
        && !state.orders.open().iter().any(|order| there(order.request.instrument))
}
