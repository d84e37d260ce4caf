//! The cells of the option chain: which columns fit on both sides of the strikes, and what stands in them.

use crate::model::{Instrument, InstrumentId, OrderStatus, Price, Qty, Right, Side};
use crate::state::{InstrumentMarket, Position};
use crate::ui::bars::Piece;
use crate::ui::figure::{self, Figure};
use crate::ui::option_list::Rung;
use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::{Role, Theme};
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A column of a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Work,
    Gain,
    Average,
    Age,
    Time,
    Last,
    BidQty,
    Bid,
    Ask,
    AskQty,
    /// The one price there is room for where bid and ask have none: what P&L is counted at.
    Mark,
    Position,
}

/// A column in its place: which, where, how wide.
#[derive(Debug, Clone, Copy)]
struct Placed {
    cell: Cell,
    x: u16,
    width: u16,
}

/// Where everything of a row stands.
#[derive(Debug)]
pub(super) struct Columns {
    calls: Vec<Placed>,
    puts: Vec<Placed>,
    strike: (u16, u16),
    places: usize,
}

/// What works of ours, by instrument.
#[derive(Debug)]
pub(super) struct Working(Vec<Open>);

/// The orders that work in one instrument.
#[derive(Debug, Clone, Copy)]
struct Open {
    instrument: InstrumentId,
    buys: Qty,
    sells: Qty,
    count: usize,
    unknown: usize,
}

/// One contract as it stands now.
pub(super) struct Contract<'a> {
    one: &'a Instrument,
    market: Option<&'a InstrumentMarket>,
    /// Why its market is not to be believed.
    distrust: Option<&'static str>,
    position: Position,
    /// Whether its account does not answer.
    is_missing: bool,
    open: Option<Open>,
    underlying: Option<Price>,
}

/// The columns of the calls from the outside inwards, with their rank: the highest goes first. Puts have the same outside
/// in the mirror; bid stays left of ask.
const OUTER: [(Cell, u8); 6] =
    [(Cell::Work, 1), (Cell::Average, 7), (Cell::Gain, 4), (Cell::Age, 5), (Cell::Time, 6), (Cell::Last, 2)];
const QUOTE: [(Cell, u8); 4] = [(Cell::BidQty, 3), (Cell::Bid, 0), (Cell::Ask, 0), (Cell::AskQty, 3)];
/// The rank above which nothing is left out any more.
const MOST: u8 = 7;

/// Cells a column may grow by.
const AIR: u16 = 3;

impl Working {
    /// Of all open orders.
    pub(super) fn of(view: &View<'_>) -> Self {
        let mut all: Vec<Open> = Vec::new();
        for order in view.state.orders.open() {
            let instrument = order.request.instrument;
            let at = all.iter().position(|one| one.instrument == instrument).unwrap_or_else(|| {
                let (buys, sells) = (Qty::ZERO, Qty::ZERO);
                all.push(Open { instrument, buys, sells, count: 0, unknown: 0 });
                all.len() - 1
            });
            let Some(open) = all.get_mut(at) else { continue };
            match order.request.side {
                Side::Buy => open.buys = open.buys.plus(order.leaves()),
                Side::Sell => open.sells = open.sells.plus(order.leaves()),
            }
            open.count += 1;
            open.unknown += usize::from(order.status == OrderStatus::Unknown);
        }
        Self(all)
    }

    /// How many orders work in an instrument.
    pub(super) fn count(&self, id: InstrumentId) -> usize {
        self.at(id).map_or(0, |open| open.count)
    }

    fn at(&self, id: InstrumentId) -> Option<Open> {
        self.0.iter().find(|open| open.instrument == id).copied()
    }
}

impl Open {
    /// `B2 S1`, where there is room for it; else only the sides.
    fn words(&self, places: usize, width: u16) -> String {
        let side = |letter: &str, qty: Qty, in_full: bool| match (qty.is_zero(), in_full) {
            (true, _) => String::new(),
            (false, true) => format!("{letter}{}", figure::qty(qty, places)),
            (false, false) => letter.to_owned(),
        };
        let both = |in_full: bool| {
            let gap = if in_full && !self.buys.is_zero() && !self.sells.is_zero() { " " } else { "" };
            format!("{}{gap}{}", side("B", self.buys, in_full), side("S", self.sells, in_full))
        };
        let full = both(true);
        if display_width(&full) <= width { full } else { both(false) }
    }
}

impl<'a> Contract<'a> {
    /// As the replica knows it.
    pub(super) fn of(view: &View<'a>, one: &'a Instrument, working: &Working) -> Self {
        let market = view.state.market(one.id);
        let on = one.listing.class.underlying();
        Self {
            one,
            market,
            distrust: market.and_then(|market| view.distrust(one, market)),
            position: view.state.ledger.account(one.id),
            is_missing: view.state.is_missing(view.state.genesis().accounts.of(one.id)),
            open: working.at(one.id),
            underlying: on.and_then(|id| view.state.market(id)?.mark()),
        }
    }

    /// What is paid above what exercising it now would bring.
    fn time_value(&self) -> Option<Figure> {
        let mark = self.market?.mark()?;
        let inside = self.one.listing.class.settlement(self.underlying?)?;
        let value = mark - inside;
        let places = self.one.price_places();
        Some(Figure::of(format_args!("{value:.places$}")))
    }
}

/// The columns that fit, equally many on both sides, the strikes between them.
pub(super) fn columns(view: &View<'_>, rungs: &[Rung<'_>], area: Rect) -> Columns {
    let places = rungs.iter().map(|rung| strike_places(rung.strike)).max().unwrap_or(0);
    let strikes = rungs.iter().map(|rung| display_width(&strike_text(view, rung, places)));
    let strike = strikes.max().unwrap_or(0).max(6) + 2;
    let widths = Widths::of(view, rungs);
    let room = area.width.saturating_sub(strike + 3) / 2;
    let needed = |cells: &[(Cell, u16)]| cells.iter().map(|(_, width)| width + 1).sum::<u16>();
    let mut cells = sides(widths).find(|cells| needed(cells) <= room).unwrap_or_default();
    let mut spare = room.saturating_sub(needed(&cells));
    for _ in 0..AIR {
        for (_, width) in &mut cells {
            let more = spare.min(1);
            *width += more;
            spare -= more;
        }
    }
    let total = needed(&cells);
    let left = area.x + 1 + spare;
    let at = left + total;
    let puts = at + strike + 2;
    let mirrored = mirrored(&cells);
    Columns { calls: placed(&cells, left), puts: placed(&mirrored, puts), strike: (at, strike), places }
}

/// The cells of the calls, from the most there can be to the least that still says something.
fn sides(widths: Widths) -> impl Iterator<Item = Vec<(Cell, u16)>> {
    let kept = |rank: u8| -> Vec<Cell> {
        let all = OUTER.iter().chain(&QUOTE).filter(move |(_, own)| *own <= rank);
        all.map(|(cell, _)| *cell).chain([Cell::Position]).collect()
    };
    let least = [vec![Cell::Mark, Cell::Position], vec![Cell::Position]];
    let all = (0..=MOST).rev().map(kept).chain(least);
    all.map(move |cells| cells.iter().map(|cell| (*cell, widths.width(*cell))).collect())
}

/// The cells of the puts: what is held beside the strikes, the quote as it reads everywhere, the rest in the mirror.
fn mirrored(calls: &[(Cell, u16)]) -> Vec<(Cell, u16)> {
    let Some((position, rest)) = calls.split_last() else { return Vec::new() };
    let is_price = |(cell, _): &&(Cell, u16)| {
        matches!(cell, Cell::BidQty | Cell::Bid | Cell::Ask | Cell::AskQty | Cell::Mark)
    };
    let prices = rest.iter().filter(is_price);
    let outer = rest.iter().rev().filter(|one| !is_price(one));
    std::iter::once(position).chain(prices).chain(outer).copied().collect()
}

fn placed(cells: &[(Cell, u16)], from: u16) -> Vec<Placed> {
    let mut x = from;
    let place = |(cell, width): &(Cell, u16)| {
        let one = Placed { cell: *cell, x, width: *width };
        x = x.saturating_add(width + 1);
        one
    };
    cells.iter().map(place).collect()
}

impl Columns {
    /// The column the strikes stand around.
    pub(super) const fn middle(&self) -> u16 {
        self.strike.0 + self.strike.1 / 2
    }

    /// What a reader of a chain looks for and does not find at this width; `None` where bid and ask stand there.
    pub(super) fn left_out(&self) -> Option<&'static str> {
        let has = |cell| self.calls.iter().any(|one| one.cell == cell);
        match (has(Cell::Bid), has(Cell::Mark)) {
            (true, _) => None,
            (false, true) => Some("bid, ask, orders"),
            (false, false) => Some("prices, orders"),
        }
    }

    fn side(&self, right: Right) -> &[Placed] {
        match right {
            Right::Call => &self.calls,
            Right::Put => &self.puts,
        }
    }
}

/// How wide the numbers are, by the largest of them.
#[derive(Debug, Clone, Copy)]
struct Widths {
    price: u16,
    qty: u16,
    position: u16,
}

impl Widths {
    fn of(view: &View<'_>, rungs: &[Rung<'_>]) -> Self {
        let (mut price, mut qty, mut net) = (Price::ZERO, Qty::ZERO, Qty::ZERO);
        let (mut places, mut qty_places) = (0, 0);
        for one in rungs.iter().flat_map(|rung| [rung.call, rung.put]).flatten() {
            places = places.max(one.price_places());
            qty_places = qty_places.max(one.qty_places());
            net = net.max(view.state.ledger.account(one.id).net.magnitude());
            let Some(market) = view.state.market(one.id) else { continue };
            if let Some(quote) = &market.quote {
                price = price.max(quote.ask);
                qty = qty.max(quote.bid_qty).max(quote.ask_qty);
            }
            price = price.max(market.last_trade.map_or(Price::ZERO, |trade| trade.price));
        }
        let price = display_width(figure::price(price, places).as_str());
        let qty = display_width(figure::qty(qty, qty_places).as_str());
        let net = display_width(figure::net(net.signed(Side::Buy), qty_places, view.tilde_of_sum()).as_str());
        Self { price: price.clamp(6, 12), qty: qty.clamp(4, 10), position: net.clamp(4, 12) }
    }

    const fn width(self, cell: Cell) -> u16 {
        match cell {
            Cell::Work => 2,
            Cell::Gain => 9,
            Cell::Age => 4,
            Cell::Average | Cell::Time | Cell::Last | Cell::Bid | Cell::Ask | Cell::Mark => self.price,
            Cell::BidQty | Cell::AskQty => self.qty,
            Cell::Position => self.position,
        }
    }
}

/// Writes the heads.
pub(super) fn heads(columns: &Columns, theme: Theme, pen: &mut Pen<'_>) {
    let style = theme.style(Role::Dim);
    let head = |cell: Cell| match cell {
        Cell::Work => "wk",
        Cell::Gain => "uPnL",
        Cell::Average => "avg",
        Cell::Age => "age",
        Cell::Time => "time",
        Cell::Last => "last",
        Cell::BidQty | Cell::AskQty => "qty",
        Cell::Bid => "bid",
        Cell::Ask => "ask",
        Cell::Mark => "mark",
        Cell::Position => "net",
    };
    for one in &columns.calls {
        pen.to(one.x).right(head(one.cell), one.width, style);
    }
    pen.to(columns.strike.0).right("strike ", columns.strike.1, style);
    for one in &columns.puts {
        pen.to(one.x).right(head(one.cell), one.width, style);
    }
}

/// Draws a strike with both of its contracts; `cursor` says on which side it stands, if it does.
pub(super) fn rung_row(
    view: &View<'_>,
    (rung, is_money): (&Rung<'_>, bool),
    (columns, working): (&Columns, &Working),
    cursor: Option<Right>,
    (area, row, buf): (Rect, u16, &mut Buffer),
) {
    if row >= area.height {
        return;
    }
    for right in [Right::Call, Right::Put] {
        let own = columns.side(right);
        let chosen = cursor == Some(right);
        let Some(first) = own.first().filter(|_| chosen) else { continue };
        let last = own.last().map_or(first.x, |one| one.x + one.width);
        let mark = Rect { x: first.x - 1, y: area.y + row, width: last - first.x + 1, height: 1 };
        if view.focused {
            buf.set_style(mark.intersection(area), view.theme.style(Role::Cursor));
        }
    }
    let mut pen = Pen::new(buf, area, row);
    for right in [Right::Call, Right::Put] {
        let over = match (cursor == Some(right), view.focused) {
            (false, _) => None,
            (true, false) => Some(view.theme.style(Role::CursorElsewhere)),
            (true, true) => Some(view.theme.style(Role::Cursor)),
        };
        let contract = rung.of(right).map(|one| Contract::of(view, one, working));
        if let (Some(_), Some(first)) = (over, columns.side(right).first()) {
            let mark = view.theme.cursor_mark();
            pen.to(first.x - 1).put(mark.encode_utf8(&mut [0; 4]), view.theme.style(Role::Strong));
        }
        let Some(contract) = contract else { continue };
        for one in columns.side(right) {
            let (text, style) = cell(view, &contract, *one, columns.side(right));
            pen.to(one.x).right(text.as_str(), one.width, over.map_or(style, |over| style.patch(over)));
        }
    }
    let text = strike_text(view, rung, columns.places);
    let (at, width) = columns.strike;
    if is_money {
        let style = view.theme.style(Role::Accent).patch(view.theme.style(Role::Strong));
        pen.to(at).right(&format!(">{text}<"), width, style);
    } else {
        pen.to(at).right(&format!("{text} "), width, view.theme.style(Role::Strong));
    }
}

fn cell(view: &View<'_>, contract: &Contract<'_>, place: Placed, beside: &[Placed]) -> (Figure, Style) {
    let theme = view.theme;
    let (text, dim) = (theme.style(Role::Text), theme.style(Role::Dim));
    let (one, places) = (contract.one, contract.one.price_places());
    let quote = contract.market.and_then(|market| market.quote.as_ref());
    let price = |price: Option<Price>, role: Role| {
        let role = if contract.distrust.is_some() { Role::Dim } else { role };
        price.map_or((Figure::cut("--"), dim), |price| (figure::price(price, places), theme.style(role)))
    };
    let size =
        |qty: Option<Qty>| qty.map_or((Figure::new(), dim), |qty| (figure::qty(qty, one.qty_places()), dim));
    // Where no age is shown, what is too old says so in the place of the last price, or else of the bid or the mark.
    let speaks = [Cell::Age, Cell::Last, Cell::Bid, Cell::Mark]
        .into_iter()
        .find(|cell| beside.iter().any(|one| one.cell == *cell));
    if let (Some(word), true) = (contract.distrust, speaks == Some(place.cell))
        && quote.is_some()
    {
        let word: String = word.chars().take(usize::from(place.width)).collect();
        return (Figure::cut(&word), theme.style(Role::Warn));
    }
    match place.cell {
        Cell::Bid => price(quote.map(|quote| quote.bid), Role::Buy),
        Cell::Ask => price(quote.map(|quote| quote.ask), Role::Sell),
        Cell::Mark => price(contract.market.and_then(InstrumentMarket::mark), Role::Text),
        Cell::BidQty => size(quote.map(|quote| quote.bid_qty)),
        Cell::AskQty => size(quote.map(|quote| quote.ask_qty)),
        Cell::Last => match contract.market.and_then(|market| market.last_trade) {
            Some(trade) => (figure::price(trade.price, places), text),
            None => (Figure::new(), dim),
        },
        Cell::Time => (contract.time_value().unwrap_or_default(), text),
        Cell::Age => {
            let age = contract.market.and_then(|market| market.age(view.now));
            (age.map(figure::span).unwrap_or_default(), dim)
        }
        // What stands at an account that does not answer, nobody knows; what was held there is shown as last known.
        Cell::Position if contract.position.net.is_zero() && contract.is_missing => {
            (Figure::cut("?"), theme.style(Role::Warn))
        }
        Cell::Position if contract.position.net.is_zero() => (Figure::new(), dim),
        Cell::Position => {
            let net = figure::net(contract.position.net, one.qty_places(), view.tilde_at(one.id));
            (net, theme.style(Role::Strong))
        }
        Cell::Average => {
            let average = contract.position.average(one);
            (average.map(|price| figure::price(price, places)).unwrap_or_default(), text)
        }
        Cell::Gain => gain(view, contract, place.width).unwrap_or((Figure::new(), dim)),
        Cell::Work => match contract.open {
            Some(open) => {
                let role = if open.unknown > 0 { Role::Bad } else { Role::Accent };
                (Figure::cut(&open.words(one.qty_places(), place.width)), theme.style(role))
            }
            None => (Figure::new(), dim),
        },
    }
}

fn gain(view: &View<'_>, contract: &Contract<'_>, width: u16) -> Option<(Figure, Style)> {
    let mark = contract.market?.mark().filter(|_| !contract.position.net.is_zero())?;
    let gain = contract.position.unrealised(contract.one, mark);
    let style = view.theme.signed(figure::sign_of(gain));
    Some((figure::fitted(gain, width, view.tilde_at(contract.one.id)), style))
}

/// Everything known of a contract, what matters most with the lowest rank.
pub(super) fn contract_words(view: &View<'_>, contract: &Contract<'_>) -> Vec<Piece> {
    let (one, places) = (contract.one, contract.one.price_places());
    let price = |price: Price| figure::price(price, places);
    let qty = |qty: Qty| figure::qty(qty, one.qty_places());
    let mut pieces = vec![Piece::new(0, one.symbol.as_str())];
    if let Some(word) = contract.distrust {
        let age = contract.market.and_then(|market| market.age(view.now)).map(figure::span);
        pieces.push(Piece::new(1, format!("{word} {}", age.unwrap_or_default()).trim_end()));
    }
    let genesis = view.state.genesis();
    for strategy in genesis.strategy_ids() {
        let net = view.state.ledger.position(strategy, one.id).net;
        if !net.is_zero() {
            let net = figure::net(net, one.qty_places(), view.tilde_at(one.id));
            pieces.push(Piece::new(1, format!("{} {net}", view.strategy_name(strategy))));
        }
    }
    if let Some(average) = contract.position.average(one) {
        pieces.push(Piece::new(4, format!("at {}", price(average))));
    }
    if let Some((gain, _)) = gain(view, contract, 14) {
        pieces.push(Piece::new(3, format!("uPnL {gain}")));
    }
    if let Some(open) = contract.open {
        let unknown = if open.unknown > 0 { format!(", {} UNKNOWN", open.unknown) } else { String::new() };
        let sides = open.words(one.qty_places(), u16::MAX);
        pieces.push(Piece::new(1, format!("{} working {sides}{unknown}", open.count)));
    }
    if let Some(quote) = contract.market.and_then(|market| market.quote.as_ref()) {
        let (bid, ask) = (price(quote.bid), price(quote.ask));
        pieces
            .push(Piece::new(2, format!("{} x {bid} / {ask} x {}", qty(quote.bid_qty), qty(quote.ask_qty))));
        let spread = quote.ask - quote.bid;
        pieces.push(Piece::new(5, format!("spread {spread:.places$}")));
    }
    if let Some(trade) = contract.market.and_then(|market| market.last_trade) {
        let age = view.age(trade.local_time);
        pieces.push(Piece::new(6, format!("last {} x {}, {age} ago", price(trade.price), qty(trade.qty))));
    }
    if let Some(time) = contract.time_value() {
        pieces.push(Piece::new(7, format!("time value {time}")));
    }
    pieces.push(Piece::new(8, format!("lot {} {}", one.lot, one.unit)));
    pieces
}

/// The same as one text, for `y`.
pub(super) fn about(view: &View<'_>, one: &Instrument, working: &Working) -> String {
    let pieces = contract_words(view, &Contract::of(view, one, working));
    pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join("  ")
}

/// A strike, and whose it is where that is not the first account's.
fn strike_text(view: &View<'_>, rung: &Rung<'_>, places: usize) -> String {
    let strike = figure::price(rung.strike, places);
    if rung.account.is_first() {
        return strike.to_string();
    }
    let name: String = view.state.genesis().accounts.name(rung.account).chars().take(8).collect();
    format!("{name} {strike}")
}

/// The places a strike needs.
fn strike_places(strike: Price) -> usize {
    let text = strike.to_string();
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}
