//! Strategies: a row each, what nobody owns, and the sum against the broker.

use super::accounts;
use super::standing::{Holding, books_agree, held_words, holding, limit_used, standing, why};
use super::strategy_cells::{Cell, amount, mode_word, plain_amount};
use crate::model::{InstrumentId, Mode, Scope, Side, StrategyId};
use crate::state::Genesis;
use crate::ui::absent::without_words;
use crate::ui::action::{Action, Context};
use crate::ui::columns::{Align, Column, Mark, Placed, column, fit, heads, row};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Figure};
use crate::ui::overlays::ask;
use crate::ui::panel::{Panel, Title, step, window};
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use crate::wire::sum_of_rows;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The panel.
pub(crate) fn strategies() -> Box<dyn Panel> {
    Box::new(Strategies)
}

#[derive(Debug)]
struct Strategies;

const COLUMNS: &[Column<Cell>] = &[
    column(Cell::Name, "strategy", 10, Align::Left, 0),
    column(Cell::State, "st", 4, Align::Left, 1),
    column(Cell::Mode, "mode", 4, Align::Left, 9),
    column(Cell::Instrument, "inst", 11, Align::Left, 6),
    column(Cell::Position, "position", 9, Align::Right, 1),
    column(Cell::Average, "avg", 9, Align::Right, 7),
    column(Cell::Unrealised, "uPnL", 9, Align::Right, 3),
    column(Cell::Realised, "realised", 9, Align::Right, 11),
    column(Cell::Fees, "fees", 7, Align::Right, 12),
    column(Cell::Day, "day", 10, Align::Right, 2),
    column(Cell::Orders, "ord", 3, Align::Right, 5),
    column(Cell::Sent, "sent/den", 8, Align::Right, 13),
    column(Cell::Limit, "lim", 4, Align::Right, 8),
    column(Cell::Note, "note", 9, Align::Fill, 10),
];

/// How many rows there are in all, the sum among them.
pub(crate) fn wanted_rows(genesis: &Genesis) -> usize {
    genesis.strategies.len() + accounts::rows(&genesis.accounts).len() + 1
}

/// Own strategies, then the operator, then nobody's.
fn rows(view: &View<'_>) -> Vec<StrategyId> {
    let ids = view.state.genesis().strategy_ids();
    let mut list: Vec<_> = ids.filter(|id| id.index() > StrategyId::EXTERNAL.index()).collect();
    list.extend([StrategyId::MANUAL, StrategyId::EXTERNAL]);
    list
}

impl Panel for Strategies {
    fn context(&self) -> Context {
        Context::Strategies
    }

    fn title(&self, view: &View<'_>) -> Title {
        let (text, bad) = agreement(view);
        if let (false, Some(words)) = (bad, without_words(view)) {
            let brief = view.without().unwrap_or_default();
            return Title::new("STRATEGIES", words).brief(brief).alarm_if(true);
        }
        Title::new("STRATEGIES", text).brief(if bad { "DIFF" } else { "diff 0 ok" }).alarm_if(bad)
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let columns = fit(COLUMNS, area);
        heads(&columns, view.theme, area, buf);
        let list = rows(view);
        // Nobody's row stands above the sum whatever is scrolled: what is in it is what nobody watches.
        let owned = list.get(..list.len().saturating_sub(1)).unwrap_or_default();
        let accounts = accounts::rows(&view.state.genesis().accounts);
        let foot = u16::try_from(accounts.len()).unwrap_or(u16::MAX).saturating_add(3);
        let room = usize::from(area.height.saturating_sub(foot));
        let at = owned.iter().position(|id| *id == view.selection.strategy).unwrap_or(0);
        let from = window(at, owned.len(), room);
        let mut below = 1;
        for id in owned.iter().skip(from).take(room).chain(&[StrategyId::EXTERNAL]) {
            draw_strategy(view, *id, &columns, (area, below, buf));
            below += 1;
        }
        for account in accounts {
            accounts::draw(view, account, &columns, (area, below, buf));
            below += 1;
        }
        draw_sum(view, &columns, (area, below, buf));
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let strategy = view.selection.strategy;
        match action {
            Action::BuyTicket => Some(Effect::ticket(Side::Buy)),
            Action::SellTicket => Some(Effect::ticket(Side::Sell)),
            Action::Arm => ask::arm(view, strategy),
            Action::KillStrategy => Some(ask::kill(view, Scope::Strategy(strategy))),
            Action::CancelAll => Some(ask::cancel_all(view, Scope::Strategy(strategy))),
            Action::Close => Some(ask::close_of(view, strategy)),
            Action::Copy => Some(Effect::Copy(view.strategy_name(strategy).to_owned())),
            action => step(&rows(view), Some(strategy), action, view.page)
                .map(|id| Effect::Select(Selected::Strategy(id))),
        }
    }

    fn page(&self, height: u16) -> u16 {
        height.saturating_sub(2)
    }
}

/// Whether rows, our account and the broker agree, in words.
fn agreement(view: &View<'_>) -> (String, bool) {
    let told = &view.state.reconciliation;
    let book = match view.mode() {
        _ if !view.state.genesis().accounts.is_single() => "brokers",
        Mode::Live => "broker",
        Mode::Analyze => "sim book",
    };
    if !books_agree(view) {
        return (format!("sum of rows DIFFERS from {book}"), true);
    }
    if let (0, Some(without)) = (told.differences().count(), view.without()) {
        return (format!("diff 0 {without}"), false);
    }
    match (told.differences().count(), view.state.checked_at()) {
        (0, _) if view.state.is_comparing() => (format!("diff 0, comparing with {book}"), false),
        (0, Some(at)) => (format!("sum of rows = {book}, diff 0, checked {} ago", view.age(at)), false),
        (0, None) => ("diff 0, broker not yet asked".to_owned(), false),
        (count, _) => (format!("{count} DIFFERENCES from {book}"), true),
    }
}

fn draw_strategy(
    view: &View<'_>,
    id: StrategyId,
    columns: &[Placed<Cell>],
    target: (Rect, u16, &mut Buffer),
) {
    let pnl = view.state.strategy_pnl(id);
    let held = holding(view, id);
    let mark = Mark::of(id == view.selection.strategy, view.focused);
    let (state, role) = standing(view, id);
    let plain = view.theme.style(if role == Role::Dim { Role::Dim } else { Role::Text });
    let tilde = view.tilde_of(id);
    // What nobody of ours trades may stand at an account that has told nothing.
    let is_untold = || view.state.accounts_missing().any(|account| !view.state.is_told(account));
    let is_unknown = id == StrategyId::EXTERNAL && held == Holding::Nothing && is_untold();
    row(columns, target, (mark, view.theme), |cell, width| -> (String, Style) {
        match cell {
            Cell::Name => (view.strategy_name(id).to_owned(), plain),
            Cell::State => (state.to_owned(), view.theme.style(role)),
            Cell::Mode if id == StrategyId::EXTERNAL => ("--".to_owned(), plain),
            Cell::Mode => (mode_word(view.mode()).to_owned(), plain),
            Cell::Instrument => (held.instrument(view).to_string(), plain),
            Cell::Position if is_unknown => ("unknown".to_owned(), plain),
            Cell::Position => (held.position_of(view, id).to_string(), plain),
            Cell::Average => (average(view, held, id).to_string(), plain),
            Cell::Unrealised => amount((view, tilde), pnl.map(|pnl| pnl.unrealised), width),
            Cell::Realised => amount((view, tilde), pnl.map(|pnl| pnl.realised), width),
            Cell::Fees => plain_amount((view, tilde), pnl.map(|pnl| -pnl.fees), width),
            Cell::Day => amount((view, tilde), pnl.map(|pnl| pnl.day), width),
            Cell::Orders => (open_orders(view, Some(id)).to_string(), plain),
            Cell::Sent => {
                let (sent, denied) = (view.state.orders.submitted_by(id), view.state.denied_of(id));
                (format!("{sent}/{denied}"), plain)
            }
            Cell::Limit => limit(view, id),
            Cell::Note => note(view, id),
        }
    });
}

fn draw_sum(view: &View<'_>, columns: &[Placed<Cell>], target: (Rect, u16, &mut Buffer)) {
    let pnl = sum_of_rows(view.state);
    let strong = view.theme.style(Role::Strong);
    let (_, bad) = agreement(view);
    let is_part = view.state.accounts_missing().next().is_some();
    let (genesis, tilde) = (view.state.genesis(), view.tilde_of_sum());
    let name = match view.mode() {
        _ if !genesis.accounts.is_single() => "= all",
        Mode::Live => "= broker",
        Mode::Analyze => "= sim book",
    };
    row(columns, target, (Mark::None, view.theme), |cell, width| -> (String, Style) {
        match cell {
            Cell::Name => (name.to_owned(), strong),
            Cell::State if bad => ("DIFF".to_owned(), view.theme.style(Role::Bad)),
            Cell::State if is_part => ("part".to_owned(), view.theme.style(Role::Warn)),
            Cell::State => ("ok".to_owned(), view.theme.style(Role::Good)),
            Cell::Mode => (mode_word(view.mode()).to_owned(), strong),
            Cell::Instrument => (format!("{} inst", genesis.instruments.len()), strong),
            Cell::Position => (account_net(view).to_string(), strong),
            Cell::Average | Cell::Limit => ("--".to_owned(), strong),
            Cell::Unrealised => amount((view, tilde), pnl.map(|pnl| pnl.unrealised), width),
            Cell::Realised => amount((view, tilde), pnl.map(|pnl| pnl.realised), width),
            Cell::Fees => plain_amount((view, tilde), pnl.map(|pnl| -pnl.fees), width),
            Cell::Day => amount((view, tilde), pnl.map(|pnl| pnl.day), width),
            Cell::Orders => (open_orders(view, None).to_string(), strong),
            Cell::Sent => (figure::count(u64::from(view.state.orders.issued())).to_string(), strong),
            Cell::Note if bad => ("DIFF, see risk".to_owned(), view.theme.style(Role::Bad)),
            Cell::Note => match view.unsure_of(usize::from(width)) {
                Some(words) => (words, view.theme.style(Role::Warn)),
                None => ("diff 0".to_owned(), strong),
            },
        }
    });
}

/// What the account holds after netting: the position where it is one, else how many.
fn account_net(view: &View<'_>) -> Figure {
    let net = |id: &InstrumentId| view.state.ledger.account(*id).net;
    let held: Vec<_> = view.state.genesis().instrument_ids().filter(|id| !net(id).is_zero()).collect();
    let tilde = view.tilde_of_sum();
    match held.as_slice() {
        [] => Figure::of(format_args!("{tilde}0")),
        [one] => figure::net(net(one), view.places(*one).1, tilde),
        more => Figure::of(format_args!("{tilde}{} pos", more.len())),
    }
}

fn average(view: &View<'_>, held: Holding, id: StrategyId) -> Figure {
    let average = match held {
        Holding::One(instrument) => view.state.genesis().instrument(instrument).and_then(|one| {
            let position = view.state.ledger.position(id, instrument);
            position.average(one).map(|price| figure::price(price, one.price_places()))
        }),
        Holding::Nothing | Holding::Several { .. } => None,
    };
    average.unwrap_or_else(|| Figure::of(format_args!("--")))
}

fn open_orders(view: &View<'_>, of: Option<StrategyId>) -> usize {
    let open = view.state.orders.open().iter();
    open.filter(|order| of.is_none_or(|id| order.request.strategy == id)).count()
}

fn limit(view: &View<'_>, id: StrategyId) -> (String, Style) {
    match limit_used(view, id) {
        None => ("--".to_owned(), view.theme.style(Role::Dim)),
        Some(used) => {
            let role = match used {
                0..70 => Role::Text,
                70..90 => Role::Warn,
                90.. => Role::Bad,
            };
            (format!("{}%", used.min(999)), view.theme.style(role))
        }
    }
}

fn note(view: &View<'_>, id: StrategyId) -> (String, Style) {
    let (word, role) = standing(view, id);
    let role = if matches!(word, "KILL" | "FAIL") { role } else { Role::Dim };
    let reason = match (holding(view, id), word) {
        (Holding::Several { held: 1.., .. }, "ON") => format!("{}  {}", why(view, id), held_words(view, id)),
        _ => why(view, id),
    };
    (reason, view.theme.style(if role == Role::Bad { Role::Warn } else { role }))
}
