//! A strategy over the whole screen: its money, its rules, its orders, and what became of what it wanted.

use super::strategy;
use crate::model::{Scope, Side, StrategyId};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Overlay, Place};
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::overlays::ask;
use crate::ui::overlays::line::{Line, draw};
use crate::ui::view::{Selected, View};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The page.
#[derive(Debug)]
pub(in crate::ui::overlays) struct StrategyDetail {
    id: StrategyId,
    from: usize,
}

/// From this width on two columns stand side by side.
const WIDE: u16 = 110;

impl StrategyDetail {
    /// The page of a strategy.
    pub(in crate::ui::overlays) const fn new(id: StrategyId) -> Self {
        Self { id, from: 0 }
    }

    /// All lines, one under the other.
    fn lines(&self, view: &View<'_>) -> Vec<Line> {
        let page = strategy::page(view, self.id);
        [page.head, page.money, page.rules, page.orders, page.signals].concat()
    }

    /// Shows the strategy before or after this one.
    fn turn(&mut self, by: i32, view: &View<'_>) -> Effect {
        let all: Vec<StrategyId> = view.state.genesis().strategy_ids().collect();
        let count = i32::try_from(all.len()).unwrap_or(1).max(1);
        let here = i32::try_from(self.id.index()).unwrap_or(0);
        let to = usize::try_from((here + by).rem_euclid(count)).unwrap_or(0);
        self.id = all.get(to).copied().unwrap_or(self.id);
        self.from = 0;
        Effect::Select(Selected::Strategy(self.id))
    }

    fn scroll(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        let last = self.lines(view).len().saturating_sub(1);
        self.from = match action {
            Action::Down => self.from + 1,
            Action::Up => self.from.saturating_sub(1),
            Action::HalfPageDown => self.from + 10,
            Action::HalfPageUp => self.from.saturating_sub(10),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return None,
        }
        .min(last);
        Some(Effect::Nothing)
    }
}

impl Overlay for StrategyDetail {
    fn context(&self) -> Context {
        Context::Strategy
    }

    fn title(&self, view: &View<'_>) -> String {
        format!("STRATEGY {}", view.strategy_name(self.id))
    }

    fn place(&self, view: &View<'_>) -> Place {
        Place::Centre { width: view.screen.width, height: view.screen.height.saturating_sub(3) }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        if area.width < WIDE {
            let lines = self.lines(view);
            let most = lines.len().saturating_sub(usize::from(area.height));
            return draw(&lines, self.from.min(most), view.theme, area, buf);
        }
        let page = strategy::page(view, self.id);
        let rows = |lines: &[Line]| u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let head = rows(&page.head);
        let upper = rows(&page.money).max(rows(&page.rules)).min(area.height / 2);
        let half = area.width / 2;
        let band = |y: u16, height: u16| {
            let y = y.min(area.height);
            Rect { y: area.y + y, height: height.min(area.height - y), ..area }
        };
        draw(&page.head, 0, view.theme, band(0, head), buf);
        let top = band(head, upper);
        draw(&page.money, 0, view.theme, Rect { width: half, ..top }, buf);
        let right = Rect { x: top.x + half, width: top.width - half, ..top };
        draw(&page.rules, 0, view.theme, right, buf);
        let below = band(head + upper, u16::MAX);
        let orders = rows(&page.orders).min(below.height * 3 / 5);
        draw(&page.orders, 0, view.theme, Rect { height: orders, ..below }, buf);
        let rest = Rect { y: below.y + orders, height: below.height - orders, ..below };
        let signals: Vec<Line> = page.signals;
        draw(&signals, self.from.min(signals.len().saturating_sub(1)), view.theme, rest, buf);
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::BuyTicket => Some(Effect::ticket(Side::Buy)),
            Action::SellTicket => Some(Effect::ticket(Side::Sell)),
            Action::Arm => ask::arm(view, self.id),
            Action::KillStrategy => Some(ask::kill(view, Scope::Strategy(self.id))),
            Action::CancelAll => Some(ask::cancel_all(view, Scope::Strategy(self.id))),
            Action::Close => Some(ask::close_all(view, Scope::Strategy(self.id))),
            Action::ChangeLimit => {
                Some(Effect::Command(format!("limit strategy:{}.", view.strategy_name(self.id))))
            }
            Action::NextInstrument => Some(self.turn(1, view)),
            Action::PreviousInstrument => Some(self.turn(-1, view)),
            Action::Help => Some(Effect::Open(OverlayKind::HelpOf(Context::Strategy))),
            Action::Copy => {
                let lines: Vec<String> = self.lines(view).iter().map(Line::plain).collect();
                Some(Effect::Copy(lines.join("\n")))
            }
            action => self.scroll(action, view),
        }
    }
}
