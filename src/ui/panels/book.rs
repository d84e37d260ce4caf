//! The book: levels with bars, our own orders among them, and whether it is to be believed.

use crate::model::{Instrument, Level, Order, Price, Qty, Scope, Side};
use crate::state::{InstrumentMarket, Trust};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::event_line::fault_word;
use crate::ui::figure;
use crate::ui::overlays::ask;
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn book() -> Box<dyn Panel> {
    Box::new(Book)
}

#[derive(Debug)]
struct Book;

/// How wide the parts of a row are.
#[derive(Debug, Clone, Copy)]
struct Widths {
    price: u16,
    qty: u16,
    bar: u16,
}

/// One row's level and what the whole book's largest is.
#[derive(Debug, Clone, Copy)]
struct Line {
    side: Side,
    level: Level,
    most: Qty,
}

impl Panel for Book {
    fn context(&self) -> Context {
        Context::Book
    }

    fn title(&self, view: &View<'_>) -> Title {
        let name = format!("BOOK {}", view.symbol(view.selection.instrument));
        let (Some(instrument), Some(market)) = (view.instrument(), view.market()) else {
            return Title::new(&name, "");
        };
        let (state, alarm) = believed(view, instrument, market);
        Title::new(&name, state.clone()).brief(first_word(&state)).alarm_if(alarm)
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let (Some(instrument), Some(market)) = (view.instrument(), view.market()) else {
            Pen::new(buf, area, 0).put(" no instrument", view.theme.style(Role::Dim));
            return;
        };
        let (bids, asks) = levels(market);
        if bids.is_empty() && asks.is_empty() {
            Pen::new(buf, area, 0).put(" no data yet", view.theme.style(Role::Dim));
            return;
        }
        let above = area.height.saturating_sub(1) / 2;
        let below = area.height.saturating_sub(1) - above;
        let shown =
            |side: &[Level], rows: u16| side.iter().copied().take(usize::from(rows)).collect::<Vec<_>>();
        let (asks, bids) = (shown(&asks, above), shown(&bids, below));
        let most = asks.iter().chain(&bids).map(|level| level.qty).max().unwrap_or_default();
        let widths = widths(instrument, &asks, &bids, area.width);
        let own = own_orders(view, instrument);
        let first = above - u16::try_from(asks.len()).unwrap_or(above).min(above);
        for (row, level) in (first..).zip(asks.iter().rev()) {
            let line = Line { side: Side::Sell, level: *level, most };
            draw_level(view, line, widths, &own, &mut Pen::new(buf, area, row));
        }
        middle(view, instrument, (&bids, &asks), &mut Pen::new(buf, area, above));
        for (row, level) in (above + 1..).zip(&bids) {
            let line = Line { side: Side::Buy, level: *level, most };
            draw_level(view, line, widths, &own, &mut Pen::new(buf, area, row));
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let instrument = view.selection.instrument;
        match action {
            Action::BuyTicket => Some(Effect::ticket(Side::Buy)),
            Action::SellTicket => Some(Effect::ticket(Side::Sell)),
            Action::CancelAll => Some(ask::cancel_all(view, Scope::Instrument(instrument))),
            Action::KillInstrument => Some(ask::kill(view, Scope::Instrument(instrument))),
            Action::Close => Some(ask::close(view, view.selection.strategy, instrument)),
            _ => None,
        }
    }
}

/// The state of a market in words: its age, or why it is not believed and since when.
pub(super) fn believed(
    view: &View<'_>,
    instrument: &Instrument,
    market: &InstrumentMarket,
) -> (String, bool) {
    let age = market.age(view.now).map(figure::span);
    match (view.distrust(instrument, market), market.trust) {
        (_, Trust::Quarantined { fault, since }) => {
            (format!("QUARANTINED {} {}", fault_word(fault), view.age(since)), true)
        }
        (Some(word), Trust::Good) => match age {
            Some(age) => (format!("{word} {age}"), true),
            None => (word.to_owned(), true),
        },
        (None, Trust::Good) => (age.map(|age| age.to_string()).unwrap_or_default(), false),
    }
}

/// The word of a state.
pub(super) fn first_word(state: &str) -> &str {
    state.split(' ').next().unwrap_or_default()
}

/// Best levels outwards, bids and asks; the quote alone where there is no depth.
fn levels(market: &InstrumentMarket) -> (Vec<Level>, Vec<Level>) {
    if let Some(depth) = &market.depth {
        return (depth.bids.clone(), depth.asks.clone());
    }
    market.quote.as_ref().map_or_else(Default::default, |quote| {
        let level = |price, qty| vec![Level { price, qty }];
        (level(quote.bid, quote.bid_qty), level(quote.ask, quote.ask_qty))
    })
}

fn widths(instrument: &Instrument, asks: &[Level], bids: &[Level], width: u16) -> Widths {
    let longest =
        |texts: &mut dyn Iterator<Item = usize>| u16::try_from(texts.max().unwrap_or(0)).unwrap_or(0);
    let all = || asks.iter().chain(bids);
    let (price_places, qty_places) = (instrument.price_places(), instrument.qty_places());
    let price =
        longest(&mut all().map(|level| figure::price(level.price, price_places).as_str().len())).max(8);
    let qty = longest(&mut all().map(|level| figure::qty(level.qty, qty_places).as_str().len())).max(5);
    let fixed = 1 + 3 + 1 + price + 1 + qty + 1;
    let own = if width >= fixed + 18 { 13 } else { 9 };
    Widths { price, qty, bar: width.saturating_sub(fixed + own).min(40) }
}

/// Our open quantity per side and price, with how many orders it is.
fn own_orders(view: &View<'_>, instrument: &Instrument) -> Vec<(Side, Price, Qty, usize)> {
    let mut own: Vec<(Side, Price, Qty, usize)> = Vec::new();
    let here = |order: &&Order| order.request.instrument == instrument.id;
    for order in view.state.orders.open().iter().filter(here) {
        let waiting = order.request.kind.trigger().is_some() && !order.triggered;
        let Some(price) = order.request.kind.limit_price().filter(|_| !waiting) else { continue };
        let side = order.request.side;
        match own.iter_mut().find(|one| one.0 == side && one.1 == price) {
            Some(one) => {
                one.2 = one.2.plus(order.leaves());
                one.3 += 1;
            }
            None => own.push((side, price, order.leaves(), 1)),
        }
    }
    own
}

fn draw_level(
    view: &View<'_>,
    line: Line,
    widths: Widths,
    own: &[(Side, Price, Qty, usize)],
    pen: &mut Pen<'_>,
) {
    let (word, role) = match line.side {
        Side::Buy => ("bid", Role::Buy),
        Side::Sell => ("ask", Role::Sell),
    };
    let (price_places, qty_places) = view.places(view.selection.instrument);
    let style = view.theme.style(role);
    pen.skip(1).put(word, view.theme.style(Role::Dim)).skip(1);
    pen.right(figure::price(line.level.price, price_places).as_str(), widths.price, style).skip(1);
    pen.right(figure::qty(line.level.qty, qty_places).as_str(), widths.qty, view.theme.style(Role::Text))
        .skip(1);
    let end = pen.at().saturating_add(widths.bar);
    if widths.bar > 2 {
        quantity_bar(view, line, widths.bar - 1, pen);
        pen.to(end);
    }
    let mine = own.iter().find(|one| one.0 == line.side && one.1 == line.level.price);
    if let Some((side, _, qty, count)) = mine {
        let letter = if *side == Side::Buy { 'B' } else { 'S' };
        let many = if *count > 1 { format!(" x{count}") } else { String::new() };
        let text = format!("{letter} {}{many}", figure::qty(*qty, qty_places));
        pen.put(&text, view.theme.style(Role::Accent).patch(view.theme.style(Role::Strong)));
    }
}

/// A bar in eighths of a cell, at least one for a level that is there.
fn quantity_bar(view: &View<'_>, line: Line, width: u16, pen: &mut Pen<'_>) {
    let role = if line.side == Side::Buy { Role::Buy } else { Role::Sell };
    let style = view.theme.style(role).patch(view.theme.style(Role::Dim));
    let (qty, most) = (i128::from(line.level.qty.raw()), i128::from(line.most.raw()).max(1));
    let eighths = (qty * i128::from(width) * 8 / most).max(if view.theme.ascii { 4 } else { 1 });
    let eighths = usize::try_from(eighths).unwrap_or(0).min(usize::from(width) * 8);
    for _ in 0..eighths / 8 {
        pen.put(view.theme.block(8).encode_utf8(&mut [0; 4]), style);
    }
    if eighths % 8 > 0 {
        pen.put(view.theme.block(eighths % 8).encode_utf8(&mut [0; 4]), style);
    }
}

/// Mid, spread and the imbalance of what is shown.
fn middle(view: &View<'_>, instrument: &Instrument, (bids, asks): (&[Level], &[Level]), pen: &mut Pen<'_>) {
    let (dim, text) = (view.theme.style(Role::Dim), view.theme.style(Role::Text));
    let (Some(bid), Some(ask)) = (bids.first(), asks.first()) else {
        pen.put(" --- one side is empty", view.theme.style(Role::Warn));
        return;
    };
    let places = instrument.price_places();
    let mid = figure::price(bid.price.midpoint(ask.price), (places + 1).min(8));
    let spread = ask.price - bid.price;
    pen.put(" --- mid ", dim).put(mid.as_str(), view.theme.style(Role::Strong));
    pen.put("  sp ", dim).put(&format!("{spread:.places$}"), text);
    let sum = |side: &[Level]| side.iter().map(|level| i128::from(level.qty.raw())).sum::<i128>();
    let (bought, offered) = (sum(bids), sum(asks));
    let imbalance = (bought - offered) * 100 / (bought + offered).max(1);
    if pen.space() >= 11 {
        pen.put("  imb ", dim).put(&format!("{imbalance:+}%"), text);
    }
}
