//! Batches: newest first, a row a leg and the sum; a batch that has stopped waits for its decision here.

use crate::model::{BatchDecision, BatchId, LegOutcome, Money, NewOrder, Order, Side};
use crate::state::{Batch, Leg};
use crate::ui::action::{Action, Context};
use crate::ui::batches::{filled, order, rows, stage_words};
use crate::ui::columns::{Align, Column, Mark, Placed, column, fit, heads, row};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Figure};
use crate::ui::overlays::ask;
use crate::ui::panel::{Panel, Title, step, window};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The panel.
pub(in crate::ui) fn batches() -> Box<dyn Panel> {
    Box::new(Batches)
}

#[derive(Debug)]
struct Batches;

#[derive(Debug, Clone, Copy)]
enum Cell {
    Leg,
    Order,
    Instrument,
    Side,
    Kind,
    Qty,
    Price,
    State,
    Filled,
    Average,
    Why,
}

const COLUMNS: &[Column<Cell>] = &[
    column(Cell::Leg, "leg", 7, Align::Left, 0),
    column(Cell::Order, "id", 6, Align::Left, 6),
    column(Cell::Instrument, "inst", 11, Align::Left, 1),
    column(Cell::Side, "side", 4, Align::Left, 1),
    column(Cell::Kind, "type", 4, Align::Left, 7),
    column(Cell::Qty, "qty", 7, Align::Right, 2),
    column(Cell::Price, "price", 9, Align::Right, 4),
    column(Cell::State, "state", 9, Align::Left, 0),
    column(Cell::Filled, "filled", 7, Align::Right, 3),
    column(Cell::Average, "avg", 9, Align::Right, 5),
    column(Cell::Why, "why", 10, Align::Fill, 8),
];

/// A line of the panel.
#[derive(Debug, Clone, Copy)]
enum Item<'a> {
    Head(&'a Batch),
    Leg(&'a Batch, usize, &'a NewOrder),
    /// Legs there is no room for: how many, and how many of them have filled.
    More(usize, usize),
    Sum(&'a Batch),
}

impl Panel for Batches {
    fn context(&self) -> Context {
        Context::Batches
    }

    fn title(&self, view: &View<'_>) -> Title {
        let list = rows(view.state);
        let stopped = list.iter().filter(|batch| batch.is_stopped()).count();
        let name = format!("BATCHES {}", list.len());
        if stopped > 0 {
            let keys = if list.iter().any(|batch| batch.is_stopped() && batch.may_be(BatchDecision::Complete))
            {
                "C complete  U unwind  L leave"
            } else {
                "U unwind  L leave"
            };
            let words = format!("{stopped} STOPPED: {keys}");
            return Title::new(&name, words).brief(format!("{stopped} STOPPED")).alarm_if(true);
        }
        let waiting = view.selection.basket.len();
        let state =
            if waiting == 0 { String::new() } else { format!("{waiting} in the basket, g n reviews") };
        Title::new(&name, state)
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let columns = fit(COLUMNS, area);
        heads(&columns, view.theme, area, buf);
        let list = rows(view.state);
        if list.is_empty() {
            let text = " no batch yet: ^T in a ticket puts an order into the basket, g n reviews it";
            Pen::new(buf, area, 1).words(text, view.theme.style(Role::Dim));
            return;
        }
        let room = usize::from(area.height.saturating_sub(1));
        let items: Vec<Item<'_>> = list.iter().copied().flat_map(|batch| items(batch, room)).collect();
        let chosen = chosen(view, &list).map(|batch| batch.id);
        let is_head = |item: &Item<'_>| matches!(item, Item::Head(batch) if Some(batch.id) == chosen);
        let from = window(items.iter().position(is_head).unwrap_or(0), items.len(), room);
        for (line, item) in (1..).zip(items.iter().skip(from).take(room)) {
            match item {
                Item::Head(batch) => head(view, batch, chosen == Some(batch.id), (area, line, &mut *buf)),
                Item::Leg(batch, index, leg) => {
                    draw_leg(view, &columns, (batch, *index, leg), (area, line, &mut *buf));
                }
                Item::More(count, filled) => {
                    let text = format!("   and {count} more, {filled} of them filled");
                    Pen::new(buf, area, line).put(&text, view.theme.style(Role::Dim));
                }
                Item::Sum(batch) => sum(view, batch, (area, line, &mut *buf)),
            }
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let list = rows(view.state);
        let batch = chosen(view, &list);
        let decide = |decision| Some(batch.map_or_else(nothing, |batch| ask::decide(view, batch, decision)));
        match action {
            Action::Complete => decide(BatchDecision::Complete),
            Action::Unwind => decide(BatchDecision::Unwind),
            Action::LeaveBatch => decide(BatchDecision::Leave),
            Action::CancelAll => Some(batch.map_or_else(nothing, |batch| ask::cancel_batch(view, batch))),
            Action::Copy => batch.map(|batch| Effect::Copy(batch.id.to_string())),
            action => {
                let keys: Vec<BatchId> = list.iter().map(|batch| batch.id).collect();
                let at = batch.map(|batch| batch.id);
                step(&keys, at, action, view.page).map(|id| Effect::Select(Selected::Batch(id)))
            }
        }
    }
}

fn nothing() -> Effect {
    Effect::Toast("there is no batch".to_owned())
}

/// The selected batch, else one that waits for a decision, else the newest.
fn chosen<'a>(view: &View<'_>, list: &[&'a Batch]) -> Option<&'a Batch> {
    let own = list.iter().find(|batch| Some(batch.id) == view.selection.batch);
    own.or_else(|| list.iter().find(|batch| batch.is_stopped())).or(list.first()).copied()
}

/// A batch in at most this many lines: where its legs are more, those with news come first.
fn items(batch: &Batch, room: usize) -> Vec<Item<'_>> {
    let mut legs: Vec<(usize, &NewOrder)> = batch.batch.legs.iter().enumerate().collect();
    let mut more = None;
    if legs.len() + 2 > room {
        legs.sort_by_key(|(index, _)| batch.legs.get(*index).map(|leg| news(&leg.outcome())));
        let rest = legs.split_off(legs.len().min(room.saturating_sub(3).max(1)));
        let filled = |one: &&(usize, &NewOrder)| batch.legs.get(one.0).is_some_and(Leg::is_filled);
        more = Some(Item::More(rest.len(), rest.iter().filter(filled).count()));
    }
    let legs = legs.into_iter().map(|(index, leg)| Item::Leg(batch, index, leg));
    std::iter::once(Item::Head(batch)).chain(legs).chain(more).chain([Item::Sum(batch)]).collect()
}

/// What a trader has to see first: what failed, what is open, what never left.
const fn news(outcome: &LegOutcome) -> u8 {
    match outcome {
        LegOutcome::Denied { .. } | LegOutcome::Unknown { .. } | LegOutcome::Ended { .. } => 0,
        LegOutcome::Open { .. } => 1,
        LegOutcome::NotSent => 2,
        LegOutcome::Filled { .. } => 3,
    }
}

fn head(view: &View<'_>, batch: &Batch, is_chosen: bool, (area, line, buf): (Rect, u16, &mut Buffer)) {
    let (theme, strong) = (view.theme, view.theme.style(Role::Strong));
    let mark = if is_chosen { theme.cursor_mark() } else { ' ' };
    let (words, role) = stage_words(batch);
    let mut pen = Pen::new(buf, area, line);
    pen.put(mark.encode_utf8(&mut [0; 4]), strong);
    let style = if is_chosen && view.focused { theme.style(Role::Cursor) } else { strong };
    let kind = batch.batch.kind.as_str();
    let title = format!("{} {kind} of {} {}", batch.id, batch.batch.legs.len(), batch.batch.label);
    pen.put(title.trim_end(), style).skip(2);
    pen.put(view.strategy_name(batch.batch.strategy), theme.style(Role::Text)).skip(2);
    pen.words(&words, theme.style(role));
    pen.skip(2).put(&format!("{} ago", view.age(batch.began_at)), theme.style(Role::Dim));
}

fn draw_leg(
    view: &View<'_>,
    columns: &[Placed<Cell>],
    (batch, index, leg): (&Batch, usize, &NewOrder),
    target: (Rect, u16, &mut Buffer),
) {
    let order = order(batch, view.state, index);
    row(columns, target, (Mark::None, view.theme), |cell, width| -> (Figure, Style) {
        let (figure, role) = leg_cell(view, batch, (index, leg, order), (cell, width));
        (figure, view.theme.style(role))
    });
}

fn leg_cell(
    view: &View<'_>,
    batch: &Batch,
    (index, leg, order): (usize, &NewOrder, Option<&Order>),
    (cell, width): (Cell, u16),
) -> (Figure, Role) {
    let (price_places, qty_places) = view.places(leg.instrument);
    let instrument = view.state.genesis().instrument(leg.instrument);
    match cell {
        Cell::Leg => (Figure::of(format_args!("  .{}", index + 1)), Role::Dim),
        Cell::Order => match order {
            Some(order) => (View::order_name(order.request.mode, order.id), Role::Text),
            None => (Figure::cut("--"), Role::Dim),
        },
        Cell::Instrument => (figure::ending(view.symbol(leg.instrument), width), Role::Text),
        Cell::Side if leg.side == Side::Buy => (Figure::cut("BUY"), Role::Buy),
        Cell::Side => (Figure::cut("SELL"), Role::Sell),
        Cell::Kind => (Figure::cut(leg.kind.as_str()), Role::Text),
        Cell::Qty => (figure::qty(leg.qty, qty_places), Role::Text),
        Cell::Price => {
            let price = leg.kind.limit_price().or(leg.kind.trigger());
            let price = price.map(|price| figure::price(price, price_places));
            (price.unwrap_or_else(|| Figure::cut("MKT")), Role::Text)
        }
        Cell::State => leg_state(batch, index, order),
        Cell::Filled => {
            let filled = batch.legs.get(index).map_or(crate::model::Qty::ZERO, |leg| leg.filled);
            (figure::qty(filled, qty_places), Role::Text)
        }
        Cell::Average => {
            let average =
                order.zip(instrument).and_then(|(order, one)| one.average_price(order.cost, order.filled));
            let average = average.map(|price| figure::price(price, price_places));
            (average.unwrap_or_else(|| Figure::cut("--")), Role::Text)
        }
        Cell::Why => (leg_why(view, batch, index, order), Role::Dim),
    }
}

/// Where a leg stands; one whose order is no longer kept by what the batch knows of it.
fn leg_state(batch: &Batch, index: usize, order: Option<&Order>) -> (Figure, Role) {
    if let Some(order) = order {
        return (Figure::cut(order.status.as_str()), super::orders::state_role(order));
    }
    match batch.legs.get(index).map(Leg::outcome) {
        Some(LegOutcome::Denied { .. }) => (Figure::cut("DENIED"), Role::Bad),
        Some(LegOutcome::Filled { .. }) => (Figure::cut("FILLED"), Role::Text),
        Some(LegOutcome::Ended { .. }) => (Figure::cut("ENDED"), Role::Dim),
        Some(LegOutcome::Unknown { .. }) => (Figure::cut("UNKNOWN"), Role::Bad),
        Some(LegOutcome::NotSent | LegOutcome::Open { .. }) | None => (Figure::cut("NOT SENT"), Role::Dim),
    }
}

fn leg_why(view: &View<'_>, batch: &Batch, index: usize, order: Option<&Order>) -> Figure {
    let Some(leg) = batch.legs.get(index) else { return Figure::new() };
    if !leg.unwound.is_zero() {
        let places = batch.batch.legs.get(index).map_or(2, |leg| view.places(leg.instrument).1);
        return Figure::of(format_args!("closed again {}", figure::qty(leg.unwound, places)));
    }
    match (leg.denial, order.and_then(|order| order.note.as_ref())) {
        (Some(denial), _) => Figure::cut(&denial.to_string()),
        (None, Some(note)) => Figure::cut(note.as_str()),
        (None, None) => Figure::new(),
    }
}

/// Legs filled, what the whole was worth, and what its fills have made since.
fn sum(view: &View<'_>, batch: &Batch, (area, line, buf): (Rect, u16, &mut Buffer)) {
    let orders: Vec<&Order> = (0..batch.legs.len()).filter_map(|leg| order(batch, view.state, leg)).collect();
    let filled = filled(batch);
    let result: Option<Money> = orders.iter().map(|order| result(view, order)).sum();
    let strong = view.theme.style(Role::Strong);
    let mut pen = Pen::new(buf, area, line);
    let notional = figure::money(batch.notional, 2, view.tilde());
    pen.skip(3).put(&format!("sum {filled}/{} legs filled", batch.batch.legs.len()), strong).skip(3);
    pen.put(&format!("gross {notional} {}", view.state.genesis().currency), strong).skip(3);
    match result {
        Some(result) => {
            let style = view.theme.signed(figure::sign_of(result));
            pen.put("P&L ", strong).put(figure::signed(result, 2, view.tilde()).as_str(), style)
        }
        None => pen.put("P&L no mark", view.theme.style(Role::Warn)),
    };
}

/// What an order's fills have made at the mark, after fees, in account currency.
fn result(view: &View<'_>, order: &Order) -> Option<Money> {
    let instrument = view.state.genesis().instrument(order.request.instrument)?;
    if order.filled.is_zero() {
        return Some(Money::ZERO);
    }
    let mark = view.state.market(instrument.id)?.mark()?;
    let average = instrument.average_price(order.cost, order.filled)?;
    let net = order.filled.signed(order.request.side);
    let made = instrument.value(net, mark) - instrument.flow(net, average) - order.fees;
    view.state.in_account(made, instrument.settle)
}
