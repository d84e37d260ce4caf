//! Leaving: what stays and what ends, before either happens.

use super::line::{Line, draw};
use crate::model::{InstrumentId, KillLevel, Mode, Order, Qty, StrategyId};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::overlay::{Overlay, Place};
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The prompt.
#[derive(Debug)]
pub(super) struct Quit;

/// What there is, in lines: orders first, then positions.
fn standing(view: &View<'_>) -> Vec<Line> {
    let open = view.state.orders.open();
    let stops = open.iter().filter(|order| is_stop(view, order)).count();
    let held = positions(view);
    let world = match view.mode() {
        Mode::Live => "LIVE, real orders at the venue",
        Mode::Analyze => "ANALYZE, orders and positions of the sandbox",
    };
    let mut lines = vec![Line::new().strong(&format!(" {world}"))];
    lines.extend(not_there(view).map(|words| Line::new().part(&words, Role::Warn)));
    lines.push(Line::of(&format!(" working orders {}, protective stops among them {stops}", open.len())));
    lines.extend(open.iter().take(NAMED).map(|order| order_line(view, order)));
    lines.extend(more(open.len()));
    lines.push(Line::of(&format!(" open positions {}", held.len())));
    lines.extend(held.iter().take(NAMED).map(|text| Line::of(&format!("   {text}"))));
    lines.extend(more(held.len()));
    lines
}

/// Whether an order is a protective stop: a target closes too, and protects from nothing.
fn is_stop(view: &View<'_>, order: &Order) -> bool {
    order.request.kind.trigger().is_some() && view.state.is_protective(order)
}

/// How many orders the engine holds with real money: no venue knows of them.
fn kept_here(view: &View<'_>) -> usize {
    match view.mode() {
        Mode::Live => view.state.orders.open().iter().filter(|order| order.is_held()).count(),
        Mode::Analyze => 0,
    }
}

fn not_there(view: &View<'_>) -> Option<String> {
    let held = kept_here(view);
    let stops = view.state.orders.open().iter().filter(|order| order.is_held() && is_stop(view, order));
    (held > 0).then(|| format!(" {held} HELD here, NOT at the venue; stops among them {}", stops.count()))
}

/// How much of a position a stop at the venue covers.
fn covered(view: &View<'_>, strategy: StrategyId, instrument: InstrumentId) -> Qty {
    let of_it = |order: &&Order| {
        (order.request.strategy, order.request.instrument) == (strategy, instrument)
            && order.is_at_broker()
            && is_stop(view, order)
    };
    view.state.orders.open().iter().filter(of_it).fold(Qty::ZERO, |sum, order| sum.plus(order.leaves()))
}

/// Rows named one by one.
const NAMED: usize = 3;

fn more(count: usize) -> Option<Line> {
    (count > NAMED).then(|| Line::new().dim(&format!("   and {} more", count - NAMED)))
}

fn order_line(view: &View<'_>, order: &Order) -> Line {
    let request = &order.request;
    let name = View::order_name(request.mode, order.id);
    let leaves = figure::qty(order.leaves(), view.places(request.instrument).1);
    let (owner, symbol) = (view.strategy_name(request.strategy), view.symbol(request.instrument));
    Line::of(&format!(
        "   {name} {owner} {} {leaves} {symbol} {} {}",
        request.side,
        request.kind.as_str(),
        order.status
    ))
}

fn positions(view: &View<'_>) -> Vec<String> {
    let genesis = view.state.genesis();
    let all =
        genesis.strategy_ids().flat_map(|strategy| genesis.instrument_ids().map(move |one| (strategy, one)));
    let held = all.filter_map(|(strategy, instrument)| {
        let net = view.state.ledger.position(strategy, instrument).net;
        (!net.is_zero()).then(|| {
            let places = view.places(instrument).1;
            let size = figure::net(net, places, view.tilde_at(instrument));
            let covered = covered(view, strategy, instrument);
            let stop = match view.mode() {
                Mode::Live if covered.is_zero() => ", without a stop at the venue".to_owned(),
                Mode::Live if covered < net.magnitude() => {
                    format!(", a stop at the venue for {} of it", figure::qty(covered, places))
                }
                Mode::Live | Mode::Analyze => String::new(),
            };
            format!("{} {} {size}{stop}", view.strategy_name(strategy), view.symbol(instrument))
        })
    });
    held.collect()
}

/// The choices; these lines are shown whatever the height.
fn choices(view: &View<'_>, is_small: bool) -> Vec<Line> {
    if is_small {
        return vec![
            Line::new().key(" [Enter]").strong(" stop engine, leave"),
            Line::new().key(" [Esc]").text(" stay"),
        ];
    }
    let ids = view.state.genesis().strategy_ids();
    let own = ids.filter(|id| id.index() > StrategyId::EXTERNAL.index());
    let armed = own.filter(|id| view.state.control.is_armed(*id)).count();
    let what = match view.mode() {
        Mode::Analyze if keeps_our_time(view) => "the next start goes on with them (--fresh begins anew)",
        Mode::Analyze => "the sandbox ends with it, its orders and positions too",
        Mode::Live => "nothing is canceled: what is at the venue stays there",
    };
    let kill = match (view.kill(), view.mode()) {
        (KillLevel::K0, Mode::Analyze) => "no kill stands; the next start trades as configured".to_owned(),
        (KillLevel::K0, Mode::Live) => "no kill stands; the next start is in analyze".to_owned(),
        (level, Mode::Analyze) => {
            format!("K{} stands at the next start too, until a human resumes", level.number())
        }
        (level, Mode::Live) => {
            format!("K{} stands until a human resumes; the next start is in analyze", level.number())
        }
    };
    let kept = kept_here(view);
    let asleep = (kept > 0).then(|| {
        Line::new().part(
            &format!("         {kept} HELD here are NOT there: nothing watches them until M"),
            Role::Warn,
        )
    });
    let first = [
        Line::rule(""),
        Line::new()
            .key(" [Enter]")
            .strong(&format!(" stop the engine, {armed} armed strategies, and leave:")),
        Line::of(&format!("         {what}")),
    ];
    let last = [Line::of(&format!("         {kill}")), Line::new().key(" [Esc]").text("   stay")];
    first.into_iter().chain(asleep).chain(last).collect()
}

/// Only a run by our own clock is gone on with.
fn keeps_our_time(view: &View<'_>) -> bool {
    view.vitals.is_some_and(|vitals| vitals.speed.as_str() == "x1")
}

impl Overlay for Quit {
    fn context(&self) -> Context {
        Context::Leaving
    }

    fn title(&self, _view: &View<'_>) -> String {
        "LEAVE".to_owned()
    }

    fn place(&self, view: &View<'_>) -> Place {
        // What is held here takes two lines more, and none of the others may go for them.
        let more = if kept_here(view) > 0 { 2 } else { 0 };
        Place::Centre { width: 70, height: 18 + more }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let below = choices(view, area.height < 10);
        let rows = u16::try_from(below.len()).unwrap_or(u16::MAX).min(area.height);
        let above = Rect { height: area.height - rows, ..area };
        draw(&standing(view), 0, view.theme, above, buf);
        let foot = Rect { y: area.bottom() - rows, height: rows, ..area };
        draw(&below, 0, view.theme, foot, buf);
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Accept => Some(Effect::Quit { stop_engine: true }),
            _ => None,
        }
    }
}
