//! The status row: what the account is worth and how well the machine sees, in one line.

use super::bars::{Piece, chosen};
use super::figure::{self, Clock};
use super::pen::Pen;
use super::theme::Role;
use super::view::View;
use crate::model::{Money, Span};
use crate::state::{InstrumentMarket, Severity};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The feed as a whole: the oldest quote, the slowest way, the clocks' offset, and whether one is not to be believed.
#[derive(Debug, Clone, Copy, Default)]
struct FeedHealth {
    age: Option<Span>,
    lag: Span,
    skew: Option<Span>,
    distrusted: usize,
}

/// One item: a word and its value.
struct Item {
    piece: Piece,
    label: usize,
    style: Style,
}

/// Draws the row.
pub(super) fn draw(view: &View<'_>, row: Rect, buf: &mut Buffer) {
    let mut items = items(view);
    let pieces: Vec<Piece> = items.iter().map(|item| item.piece.clone()).collect();
    let beside = if row.width >= 100 { 18 } else { 2 };
    let mut kept = chosen(&pieces, row.width.saturating_sub(beside), 3).into_iter();
    items.retain(|_| kept.next().unwrap_or_default());
    let dim = view.theme.style(Role::Dim);
    let clock = view.clock(view.now, Clock::Seconds);
    let zone = if view.zone == Span::ZERO { "UTC" } else { "local" };
    let mut pen = Pen::new(buf, row, 0);
    pen.skip(1);
    for item in &items {
        let (label, value) = item.piece.text.split_at(item.label);
        pen.put(label, dim).put(value, item.style).skip(3);
    }
    let width = 9 + u16::try_from(zone.len()).unwrap_or(5);
    if pen.space() > width + 1 {
        pen.to(row.right().saturating_sub(width + 1));
        pen.put(clock.as_str(), view.theme.style(Role::Strong)).skip(1).put(zone, dim);
    }
}

fn items(view: &View<'_>) -> Vec<Item> {
    let mut items = Vec::with_capacity(10);
    money_items(view, &mut items);
    health_items(view, &mut items);
    items
}

fn item(rank: u8, label: &str, value: &str, style: Style) -> Item {
    Item { piece: Piece::new(rank, format!("{label} {value}")), label: label.len() + 1, style }
}

fn money_items(view: &View<'_>, items: &mut Vec<Item>) {
    let (state, theme, tilde) = (view.state, view.theme, view.tilde_of_sum());
    let strong = theme.style(Role::Strong);
    let equity = state.equity();
    let worth =
        equity.map_or(figure::Figure::of(format_args!("no mark")), |one| figure::money(one, 2, tilde));
    items.push(item(0, "eq", worth.as_str(), strong));
    if let Some((first, rest)) = view.unsure_of(usize::MAX).as_deref().and_then(|words| words.split_once(' '))
    {
        items.push(item(2, first, rest, theme.style(Role::Warn)));
    }
    if let Some(pnl) = state.account_pnl() {
        let style = theme.signed(figure::sign_of(pnl.day));
        let start = equity.map_or(Money::ZERO, |one| one - pnl.day);
        let (amount, part) = (figure::signed(pnl.day, 2, tilde), figure::percent(pnl.day, start, ""));
        items.push(item(1, "day", format!("{amount} {part}").trim_end(), style));
        let fall = view.drawdown(pnl.day);
        items.push(item(5, "dd", figure::signed(-fall, 2, tilde).as_str(), theme.style(Role::Text)));
        // Where collateral is no account currency, its price moves equity and not the day: say which part it is.
        if let (Some(equity), false) = (equity, state.genesis().conversions.is_empty()) {
            let capital = figure::money(equity - pnl.net, 2, "");
            items.push(item(6, "= capital", &format!("{capital} + net"), theme.style(Role::Dim)));
        }
        let limit = state.limits().daily_loss;
        let used = (-pnl.day).percent_of(limit);
        let role = match used {
            0..50 => Role::Text,
            50..80 => Role::Warn,
            80.. => Role::Bad,
        };
        let text = format!("{used}% of {}", figure::signed(-limit, 0, ""));
        items.push(item(if used < 50 { 3 } else { 1 }, "loss", &text, theme.style(role)));
    }
}

fn health_items(view: &View<'_>, items: &mut Vec<Item>) {
    let (state, theme) = (view.state, view.theme);
    let text = theme.style(Role::Text);
    let feed = feed_health(view);
    match (feed.distrusted, feed.age) {
        (0, Some(age)) => items.push(item(3, "feed", &age.to_string(), text)),
        (0, None) => items.push(item(1, "feed", "NO DATA", theme.style(Role::Warn))),
        (count, _) => {
            let words = format!("{count} STALE or QUARANTINED");
            items.push(item(1, "feed", &words, theme.style(Role::Bad)));
        }
    }
    let subscribers = view.vitals.map_or(&[][..], |vitals| vitals.subscribers.as_slice());
    // One that lags catches up; one of these does nothing at all at this moment.
    let does_nothing = |state: &str| matches!(state, "stalled" | "failing" | "restarting");
    for ill in subscribers.iter().filter(|one| does_nothing(one.state)) {
        items.push(item(0, ill.name.as_str(), &ill.state.to_uppercase(), theme.style(Role::Bad)));
    }
    let told = |name: &str| subscribers.iter().any(|one| one.state != "ok" && one.name.as_str() == name);
    for trouble in view.troubles() {
        if !told(trouble.name) {
            // What nothing goes without stands before what is only amiss, and before the money.
            let rank = if trouble.is_severe { 0 } else { 2 };
            items.push(item(rank, trouble.name, &trouble.words, theme.style(Role::Bad)));
        }
    }
    if let Some(worst) = state.alerts().worst_unseen() {
        let role = if worst.severity == Severity::Critical { Role::Bad } else { Role::Warn };
        items.push(item(1, "ALERTS", &state.alerts().unseen().to_string(), theme.style(role)));
    }
    let (open, unknown) = orders(view);
    if unknown > 0 {
        items.push(item(0, "UNKNOWN", &unknown.to_string(), theme.style(Role::Bad)));
    }
    items.push(item(4, "working", &open.to_string(), text));
    if let Some(vitals) = view.vitals.filter(|_| view.replay.is_none()) {
        items.push(item(6, "step p99", figure::brief(vitals.step_p99).as_str(), text));
        items.push(item(8, "in", &format!("{}/s", figure::count(vitals.inputs_per_s)), text));
    }
    items.push(item(7, "lag", &feed.lag.to_string(), text));
    if let Some(skew) = feed.skew {
        items.push(item(8, "skew", &skew.to_string(), text));
    }
    items.push(item(9, "seq", figure::count(state.seq.get()).as_str(), text));
}

fn orders(view: &View<'_>) -> (usize, usize) {
    let open = view.state.orders.open();
    let unknown = open.iter().filter(|order| order.status == crate::model::OrderStatus::Unknown).count();
    (open.len(), unknown)
}

fn feed_health(view: &View<'_>) -> FeedHealth {
    let mut health = FeedHealth::default();
    for instrument in &view.state.genesis().instruments {
        let Some(market) = view.state.market(instrument.id) else { continue };
        if market.quote.is_none() {
            continue;
        }
        health.age = health.age.max(market.age(view.now)).map(|age| age.max(Span::ZERO));
        health.lag = health.lag.max(market.lag);
        health.skew = skew(health.skew, market);
        health.distrusted += usize::from(view.distrust(instrument, market).is_some());
    }
    health
}

/// The offset that is furthest from zero.
fn skew(worst: Option<Span>, market: &InstrumentMarket) -> Option<Span> {
    match (worst, market.clock_offset) {
        (Some(one), Some(other)) if one.nanos().abs() >= other.nanos().abs() => Some(one),
        (_, Some(other)) => Some(other),
        (one, None) => one,
    }
}
