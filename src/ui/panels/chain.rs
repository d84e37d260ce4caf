//! The option chain as a ladder by strike: calls left, puts right, what we hold in the middle.

use super::book::believed;
use super::chain_cells::{Columns, Contract, Working, about, columns, contract_words, heads, rung_row};
use crate::model::{Class, Instrument, InstrumentId, Right, Scope, Side, Span, StrategyId, Timestamp};
use crate::state::InstrumentMarket;
use crate::ui::action::{Action, Context};
use crate::ui::bars::fitting;
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::layout::{Fit, fit};
use crate::ui::option_list::{self, Rung};
use crate::ui::overlays::ask;
use crate::ui::panel::{Panel, Title, step};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows that are no strikes: what it is about, the heads, the contract under the cursor.
const FRAME: u16 = 3;

/// The panel.
pub(in crate::ui) fn chain() -> Box<dyn Panel> {
    Box::new(Chain)
}

#[derive(Debug)]
struct Chain;

/// Which chain is shown.
#[derive(Debug)]
struct Family<'a> {
    underlying: &'a Instrument,
    dates: Vec<Timestamp>,
    date: Timestamp,
}

/// The chain and where the cursor stands in it.
#[derive(Debug)]
struct Ladder<'a> {
    family: Family<'a>,
    rungs: Vec<Rung<'a>>,
    /// The strike nearest to the underlying, where that has a price.
    money: Option<usize>,
    row: usize,
    right: Right,
}

impl<'a> Family<'a> {
    /// The family of the selected instrument, else the first one; `None` where no options are listed.
    fn of(view: &View<'a>) -> Option<Self> {
        let genesis = view.state.genesis();
        let all = option_list::underlyings(view);
        let chosen = view.instrument();
        let class = chosen.map(|one| one.listing.class).unwrap_or_default();
        let on = class.underlying().or_else(|| chosen.map(|one| one.id)).filter(|id| all.contains(id));
        let underlying = genesis.instrument(on.or_else(|| all.first().copied())?)?;
        let keeps = |id: InstrumentId| {
            chosen.is_some_and(|one| one.id == id) || !view.state.ledger.account(id).net.is_zero()
        };
        let dates = option_list::expiries_or(view, underlying.id, keeps);
        let wanted = class.expiry().filter(|date| on.is_some() && dates.contains(date));
        let ahead = dates.iter().find(|date| **date > view.now).or_else(|| dates.last());
        // All have ended, and nothing of them is held: the last one is shown as it was.
        let last = || option_list::expiries_or(view, underlying.id, |_| true).last().copied();
        let date = wanted.or_else(|| ahead.copied()).or_else(last)?;
        Some(Self { underlying, dates, date })
    }

    fn market(&self, view: &View<'a>) -> Option<&'a InstrumentMarket> {
        view.state.market(self.underlying.id)
    }

    /// `expires 29 Nov 2026 in 6d 23h, 1 of 2`.
    fn expiry_words(&self, view: &View<'_>) -> String {
        let place = self.dates.iter().position(|date| *date == self.date).map_or(0, |at| at + 1);
        let (day, left) = (day(self.date, view), left(self.date, view));
        format!("expires {day}, {left}, {place} of {}", self.dates.len())
    }
}

impl<'a> Ladder<'a> {
    fn of(view: &View<'a>) -> Option<Self> {
        let family = Family::of(view)?;
        let rungs = option_list::ladder(view, family.underlying.id, family.date);
        let mark = family.market(view).and_then(InstrumentMarket::mark);
        let money = mark.and_then(|mark| option_list::at_the_money(&rungs, mark));
        let chosen = view.selection.instrument;
        let is = |one: Option<&Instrument>| one.is_some_and(|one| one.id == chosen);
        let here = |(row, rung): (usize, &Rung<'_>)| {
            let right = if is(rung.call) { Some(Right::Call) } else { is(rung.put).then_some(Right::Put) };
            right.map(|right| (row, right))
        };
        let start = || money.unwrap_or(rungs.len() / 2);
        let (row, right) = rungs.iter().enumerate().find_map(here).unwrap_or((start(), Right::Call));
        let right = rungs.get(row).and_then(|rung| rung.nearest(right)).map_or(right, |(_, right)| right);
        Some(Self { family, rungs, money, row, right })
    }

    /// The contract under the cursor.
    fn contract(&self) -> Option<&'a Instrument> {
        self.rungs.get(self.row)?.of(self.right)
    }

    /// The contract of a row, on the cursor's side where there is one.
    fn go(&self, row: usize) -> Effect {
        self.rungs
            .get(row)
            .and_then(|rung| rung.nearest(self.right))
            .map_or(Effect::Nothing, |(one, _)| select(one))
    }

    fn turn(&self, right: Right) -> Effect {
        self.rungs.get(self.row).and_then(|rung| rung.of(right)).map_or(Effect::Nothing, select)
    }

    /// Another expiry, at the strike nearest to this one.
    fn expire(&self, view: &View<'_>, by: isize) -> Effect {
        let dates = &self.family.dates;
        let here = dates.iter().position(|date| *date == self.family.date);
        let Some(date) = here.and_then(|at| at.checked_add_signed(by)).and_then(|at| dates.get(at)) else {
            let which = if by < 0 { "earlier" } else { "later" };
            return Effect::Toast(format!(
                "no {which} expiry is listed on {}",
                self.family.underlying.symbol
            ));
        };
        let there = option_list::ladder(view, self.family.underlying.id, *date);
        let strike = self.rungs.get(self.row).map(|rung| rung.strike);
        let row = strike.and_then(|strike| option_list::at_the_money(&there, strike));
        let contract = row.and_then(|row| there.get(row)).and_then(|rung| rung.nearest(self.right));
        contract.map_or(Effect::Nothing, |(one, _)| select(one))
    }

    /// Another underlying, at its money.
    fn move_on(&self, view: &View<'_>, by: isize) -> Effect {
        let all = option_list::underlyings(view);
        let here = all.iter().position(|id| *id == self.family.underlying.id);
        let Some(next) = here.and_then(|at| at.checked_add_signed(by)).and_then(|at| all.get(at)) else {
            let which = if by < 0 { "before" } else { "after" };
            return Effect::Toast(format!(
                "no underlying {which} {} has options",
                self.family.underlying.symbol
            ));
        };
        let dates = option_list::expiries_or(view, *next, |_| true);
        let date = dates.iter().find(|date| **date > view.now).or_else(|| dates.last());
        let first = date.and_then(|date| option_list::first_contract(view, *next, *date));
        first.map_or(Effect::Nothing, |id| Effect::Select(Selected::Instrument(id)))
    }
}

impl Panel for Chain {
    fn context(&self) -> Context {
        Context::Chain
    }

    fn title(&self, view: &View<'_>) -> Title {
        let Some(family) = Family::of(view) else { return Title::new("OPTION CHAIN", "none is listed") };
        let (one, words) = (family.underlying, family.expiry_words(view));
        let market = family.market(view);
        let price = market.and_then(InstrumentMarket::mark).map_or_else(
            || "no price".to_owned(),
            |mark| figure::price(mark, one.price_places()).to_string(),
        );
        // Which expiry it is stands there at every width: one is soon taken for another.
        let is_narrow = fit(view.screen) == Fit::Mini;
        let name = if is_narrow { "" } else { "CHAIN " };
        let name = format!("{name}{} {price}", one.symbol);
        let day = day(family.date, view);
        let day = day.rsplit_once(' ').filter(|_| is_narrow).map_or(day.as_str(), |(day, _year)| day);
        let brief = format!("{day}, {}", left(family.date, view));
        match market.filter(|market| view.distrust(one, market).is_some()) {
            Some(market) => {
                let (trust, _) = believed(view, one, market);
                Title::new(&name, format!("{trust}   {words}")).brief(trust).alarm_if(true)
            }
            None => Title::new(&name, words).brief(brief),
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let Some(ladder) = Ladder::of(view) else { return nothing_listed(view, area, buf) };
        let working = Working::of(view);
        let columns = columns(view, &ladder.rungs, area);
        let is_low = area.height < FRAME + 3;
        let mut row = 0;
        if !is_low {
            head_line(view, &ladder, &columns, &working, &mut Pen::new(buf, area, 0));
            row = 1;
        }
        heads(&columns, view.theme, &mut Pen::new(buf, area, row));
        row += 1;
        let foot = u16::from(!is_low);
        let left_out = columns.left_out().filter(|_| area.height > row + foot + 2);
        let room = usize::from(area.height.saturating_sub(row + foot + u16::from(left_out.is_some())));
        // The cursor stays in the middle, so that both wings of the chain are seen.
        let most = ladder.rungs.len().saturating_sub(room);
        let from = ladder.row.saturating_sub(room / 2).min(most);
        for (index, rung) in ladder.rungs.iter().enumerate().skip(from).take(room) {
            let cursor = (index == ladder.row).then_some(ladder.right);
            let is_money = ladder.money == Some(index);
            rung_row(view, (rung, is_money), (&columns, &working), cursor, (area, row, buf));
            row += 1;
        }
        if let Some(words) = left_out {
            let row = area.height.saturating_sub(foot + 1);
            Pen::new(buf, area, row).words(&format!(" wider also: {words}"), view.theme.style(Role::Dim));
        }
        if let Some(one) = ladder.contract().filter(|_| foot > 0) {
            foot_line(view, one, &working, &mut Pen::new(buf, area, area.height.saturating_sub(1)));
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let ladder = Ladder::of(view)?;
        let traded = |then: Effect| {
            let contract = ladder.contract();
            contract.map_or(Effect::Nothing, |one| Effect::Both(Box::new(select(one)), Box::new(then)))
        };
        let id = ladder.contract().map(|one| one.id);
        match action {
            Action::Left => Some(ladder.turn(Right::Call)),
            Action::Right => Some(ladder.turn(Right::Put)),
            Action::Centre => ladder.money.map(|row| ladder.go(row)),
            Action::PreviousExpiry => Some(ladder.expire(view, -1)),
            Action::NextExpiry => Some(ladder.expire(view, 1)),
            Action::PreviousUnderlying => Some(ladder.move_on(view, -1)),
            Action::NextUnderlying => Some(ladder.move_on(view, 1)),
            Action::BuyTicket | Action::TradeContract => Some(traded(Effect::ticket(Side::Buy))),
            Action::SellTicket => Some(traded(Effect::ticket(Side::Sell))),
            Action::CancelAll => Some(ask::cancel_all(view, Scope::Instrument(id?))),
            Action::KillInstrument => Some(ask::kill(view, Scope::Instrument(id?))),
            Action::Close => Some(ask::close(view, holder(view, id?), id?)),
            Action::Copy => Some(Effect::Copy(about(view, ladder.contract()?, &Working::of(view)))),
            action => {
                let rows: Vec<usize> = (0..ladder.rungs.len()).collect();
                step(&rows, Some(ladder.row), action, view.page).map(|row| ladder.go(row))
            }
        }
    }

    fn on_show(&self, view: &View<'_>) -> Effect {
        Ladder::of(view).and_then(|ladder| ladder.contract().map(select)).unwrap_or(Effect::Nothing)
    }

    fn page(&self, height: u16) -> u16 {
        height.saturating_sub(FRAME)
    }
}

fn select(one: &Instrument) -> Effect {
    Effect::Select(Selected::Instrument(one.id))
}

/// Whose position `c` closes: the selected strategy's where it holds some, else the first that does.
fn holder(view: &View<'_>, id: InstrumentId) -> StrategyId {
    let holds = |strategy: &StrategyId| !view.state.ledger.position(*strategy, id).net.is_zero();
    let selected = Some(view.selection.strategy).filter(holds);
    selected.or_else(|| view.state.genesis().strategy_ids().find(holds)).unwrap_or(StrategyId::MANUAL)
}

/// The sides, what is held and works on each, and the future of the same expiry.
fn head_line(view: &View<'_>, ladder: &Ladder<'_>, columns: &Columns, working: &Working, pen: &mut Pen<'_>) {
    let (strong, dim, text) =
        (view.theme.style(Role::Strong), view.theme.style(Role::Dim), view.theme.style(Role::Text));
    let side = |right: Right| {
        let contracts = ladder.rungs.iter().filter_map(|rung| rung.of(right));
        let (mut held, mut orders) = (0, 0);
        for one in contracts {
            held += usize::from(!view.state.ledger.account(one.id).net.is_zero());
            orders += working.count(one.id);
        }
        match (held, orders) {
            (0, 0) => String::new(),
            (held, 0) => format!("{held} held"),
            (0, orders) => format!("{orders} working"),
            (held, orders) => format!("{held} held, {orders} working"),
        }
    };
    let future = future_words(view, ladder);
    let end = pen.at().saturating_add(pen.space());
    pen.skip(1).put("CALLS  ", strong).put(&side(Right::Call), text);
    let words = if future.is_empty() { String::new() } else { format!(" {future} ") };
    let width = crate::ui::pen::display_width(&words);
    let at = columns.middle().saturating_sub(width / 2);
    if at > pen.at() {
        pen.to(at).put(&words, dim);
    }
    let puts = format!("{}  PUTS", side(Right::Put));
    let at = end.saturating_sub(crate::ui::pen::display_width(&puts) + 1);
    if at > pen.at() {
        pen.to(at).put(puts.trim_end_matches("PUTS"), text).put("PUTS", strong);
    }
}

/// The future that ends with these options, with its price.
fn future_words(view: &View<'_>, ladder: &Ladder<'_>) -> String {
    let is = |one: &&Instrument| {
        one.listing.class
            == Class::Future { underlying: ladder.family.underlying.id, expiry: ladder.family.date }
    };
    let Some(one) = view.state.genesis().instruments.iter().find(is) else { return String::new() };
    let mark = view.state.market(one.id).and_then(InstrumentMarket::mark);
    mark.map(|mark| format!("{} {}", one.symbol, figure::price(mark, one.price_places()))).unwrap_or_default()
}

/// Everything about the contract under the cursor, as far as there is room.
fn foot_line(view: &View<'_>, one: &Instrument, working: &Working, pen: &mut Pen<'_>) {
    let mut pieces: Vec<_> = contract_words(view, &Contract::of(view, one, working));
    fitting(&mut pieces, pen.space().saturating_sub(2), 2);
    pen.skip(1);
    for (index, piece) in pieces.iter().enumerate() {
        let role = if index == 0 { Role::Strong } else { Role::Text };
        pen.put(&piece.text, view.theme.style(role)).put("  ", view.theme.style(Role::Text));
    }
}

/// What is said where no option is listed, and how one comes to be.
fn nothing_listed(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let lines = [
        (Role::Warn, " no options are listed in this run"),
        (Role::Text, ""),
        (Role::Text, " to look at some without an account, an invented chain:"),
        (Role::Accent, "   flightdeck run --profile options"),
        (Role::Text, " in a file of yours: [chain] writes a whole one in a few lines, and"),
        (
            Role::Text,
            " [[instrument]] with class = \"option\", underlying, expiry, strike and right each one",
        ),
        (Role::Accent, "   flightdeck config init --profile options --print"),
    ];
    for (row, (role, text)) in (0..area.height).zip(lines) {
        Pen::new(buf, area, row).words(text, view.theme.style(role));
    }
}

/// The day of an expiry; what ends with the day ends at its last instant, which is the first of the next.
fn day(date: Timestamp, view: &View<'_>) -> String {
    let last = date.after(view.zone).after(Span::from_millis(-1));
    let at = chrono::DateTime::from_timestamp_nanos(last.nanos());
    at.format("%d %b %Y").to_string()
}

/// How long until then: `6d 23h`, `5h 12m`, or that it is over.
fn left(date: Timestamp, view: &View<'_>) -> String {
    let minutes = date.since(view.now).millis().div_euclid(60_000);
    match minutes {
        ..0 => "ENDED".to_owned(),
        0..1_440 => format!("{}h {:02}m", minutes / 60, minutes % 60),
        _ => format!("{}d {}h", minutes / 1_440, minutes % 1_440 / 60),
    }
}
