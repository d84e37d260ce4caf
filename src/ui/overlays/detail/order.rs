//! An order and a trade, field by field.

use super::chain::{self, gone};
use crate::model::{LinkRole, Liquidity, Order, OrderId, OrderKind, TradeRow};
use crate::ui::figure::{self, Clock};
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;

/// An order in full, and its events.
pub(super) fn lines(view: &View<'_>, id: OrderId) -> Vec<Line> {
    let Some(order) = view.state.orders.get(id) else { return gone() };
    let request = &order.request;
    let (price_places, qty_places) = view.places(request.instrument);
    let tilde = view.tilde();
    let mut lines = vec![what(view, order), standing(view, order)];
    let average = view.state.genesis().instrument(request.instrument);
    let average = average.and_then(|one| one.average_price(order.cost, order.filled));
    let average =
        average.map_or_else(|| "--".to_owned(), |price| figure::price(price, price_places).to_string());
    lines.push(Line::of(&format!(
        " filled      {tilde}{} of {} @ {average}   leaves {}   fees {}",
        figure::qty(order.filled, qty_places),
        figure::qty(request.qty, qty_places),
        figure::qty(order.leaves(), qty_places),
        figure::money(order.fees, 4, tilde)
    )));
    lines.push(Line::of(&format!(
        " mode        {}   label {}   {}",
        request.mode.as_str(),
        request.label,
        if view.state.is_protective(order) { "PROTECTIVE: only takes risk away" } else { "may add risk" }
    )));
    lines.push(Line::of(&format!(" client id   {}", order.client_id)));
    let venue_id = order.venue_id.as_ref().map_or_else(|| "--".to_owned(), ToString::to_string);
    let number = figure::count(order.cause.0.get());
    lines.push(Line::of(&format!(
        " venue id    {venue_id}   cid {}   caused by event {number}",
        View::cid(order.cause.0)
    )));
    lines.extend(bonds(view, order));
    lines.push(times(view, order));
    if let Some(note) = &order.note {
        lines.push(Line::new().part(&format!(" note        {note}"), Role::Warn));
    }
    if order.late_fill {
        lines.push(Line::new().part(" a fill came after it had ended; it counts", Role::Warn));
    }
    lines.push(Line::rule("its events"));
    lines.extend(chain::of_order(view, id, order.cause.0));
    lines
}

fn what(view: &View<'_>, order: &Order) -> Line {
    let request = &order.request;
    let (price_places, qty_places) = view.places(request.instrument);
    let prices: Vec<String> = request
        .kind
        .trigger()
        .into_iter()
        .chain(request.kind.limit_price())
        .map(|price| figure::price(price, price_places).to_string())
        .collect();
    let flags = [(request.post_only, " POST-ONLY"), (request.reduce_only, " REDUCE-ONLY")];
    let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
    Line::new().strong(&format!(
        " {} {} {}  {} {}  {}{flags}",
        request.side,
        figure::qty(request.qty, qty_places),
        view.symbol(request.instrument),
        request.kind.as_str(),
        prices.join(" "),
        request.tif.as_str()
    ))
}

fn standing(view: &View<'_>, order: &Order) -> Line {
    let unknown = order.status == crate::model::OrderStatus::Unknown;
    let role = if unknown { Role::Bad } else { Role::Strong };
    let line = Line::new()
        .text(&format!(
            " {} of {}   ",
            View::order_name(order.request.mode, order.id),
            view.strategy_name(order.request.strategy)
        ))
        .part(order.status.as_str(), role);
    let triggered = if order.triggered { "   stop triggered" } else { "" };
    let line = line.text(triggered);
    if unknown { line.text("   no proof of anything: its worst case stays reserved") } else { line }
}

/// What it belongs to, and what is on its way.
fn bonds(view: &View<'_>, order: &Order) -> Vec<Line> {
    let name = |id| View::order_name(order.request.mode, id);
    let mut lines = Vec::new();
    if let Some(leg) = order.leg {
        lines.push(Line::of(&format!(" batch       leg {} of {}", leg.leg + 1, leg.batch)));
    }
    if let Some(link) = order.link {
        let role = match link.role {
            LinkRole::Entry => "entry: its fills wake the exits",
            LinkRole::Exit => "exit: its fill shrinks or cancels the others",
        };
        lines.push(Line::of(&format!(" group       of {}, {role}", name(link.group))));
    }
    if let OrderKind::TrailingStop { trigger, trail } = order.request.kind {
        let places = view.places(order.request.instrument).0;
        let (trigger, trail) = (figure::price(trigger, places), figure::price(trail, places));
        lines.push(Line::of(&format!(" trails      {trail} behind, trigger now {trigger}")));
    }
    if let Some((change, at)) = order.replace {
        let words = crate::ui::command_words::change_words(&change);
        lines.push(Line::new().part(
            &format!(" changing    to {words}, asked {} ago; the worse of both counts", view.age(at)),
            Role::Warn,
        ));
    }
    let pursuit = &order.pursuit;
    if pursuit.asked > 0 {
        let (asked, absent) = (pursuit.asked, pursuit.absent);
        lines.push(Line::of(&format!(
            " asked       {asked}x, {absent}x answered that there is no such order"
        )));
    }
    lines
}

fn times(view: &View<'_>, order: &Order) -> Line {
    let clock = |at| view.clock(at, Clock::Millis);
    let mut line = Line::of(&format!(" sent        {}", clock(order.submitted_at)));
    if let Some(at) = order.acknowledged_at {
        line = line.text(&format!("   acknowledged after {}", at.since(order.submitted_at)));
    }
    if let Some(at) = order.cancel_requested_at {
        line = line.text(&format!("   cancel asked {}", clock(at)));
    }
    line.text(&format!("   changed {} ago", view.age(order.updated_at)))
}

/// A fill in full.
pub(super) fn trade_lines(view: &View<'_>, row: &TradeRow) -> Vec<Line> {
    let fill = &row.fill;
    let (price_places, qty_places) = view.places(fill.instrument);
    let tilde = view.tilde();
    let worth =
        view.state.genesis().instrument(fill.instrument).map(|one| {
            format!("{} {}", figure::money(one.notional(fill.price, fill.qty), 2, tilde), one.settle)
        });
    let liquidity = match fill.liquidity {
        Liquidity::Maker => "maker",
        Liquidity::Taker => "taker",
    };
    let mut lines = vec![
        Line::new().strong(&format!(
            " {} {tilde}{} {} @ {}   {liquidity}",
            fill.side,
            figure::qty(fill.qty, qty_places),
            view.symbol(fill.instrument),
            figure::price(fill.price, price_places)
        )),
        Line::of(&format!(
            " worth       {}   fee {}",
            worth.unwrap_or_default(),
            figure::money(fill.fee, 4, tilde)
        )),
        Line::of(&format!(
            " order       {} of {}   mode {}",
            View::order_name(fill.mode, fill.order),
            view.strategy_name(fill.strategy),
            fill.mode.as_str()
        )),
        Line::of(&format!(
            " booked      {} UTC by our clock   matched {} by the venue's",
            view.clock(row.at, Clock::Millis),
            view.clock(fill.venue_time, Clock::Millis)
        )),
        Line::of(&format!(
            " fill id     {}   event {}   cid {}",
            fill.fill_id,
            row.seq,
            View::cid(row.cause.0)
        )),
        Line::rule("its order"),
    ];
    lines.extend(self::lines(view, fill.order));
    lines
}
