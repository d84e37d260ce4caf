//! The mode box of a live run: what is armed until when, the checks, the digits for another while, and the way to ANALYZE.

use super::account_digits::{AccountDigits, question};
use super::checks::Checks;
use super::line::{Line, draw};
use crate::model::{Arming, Command, Mode, StrategyId};
use crate::state::live_unavailable;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Clock};
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::ui::wrap::wrapped;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

/// The field, the note and the keys: shown whatever the height.
const FOOT: u16 = 3;

/// From this size on every check has room and a title stands above each part.
const ROOMY: (u16, u16) = (56, 12);

/// The box.
#[derive(Debug)]
pub(super) struct Rearm {
    digits: AccountDigits,
    /// What the last key led to, where it led to nothing else.
    note: String,
}

impl Rearm {
    /// With nothing typed.
    pub(super) fn new(view: &View<'_>) -> Self {
        Self { digits: AccountDigits::new(view), note: String::new() }
    }

    /// Enter: another while with the right digits. Without any it does nothing: an Enter too many ends no live run.
    fn enter(&mut self, view: &View<'_>) -> Effect {
        if self.digits.is_empty() {
            return self.stay("no digits typed, nothing done: A leads to ANALYZE, Esc stays".to_owned());
        }
        if let Some(why) = objection(view) {
            return self.stay(format!("not armed again: {why}"));
        }
        match self.digits.answer(view) {
            Ok(digits) => {
                // Strategies stand as they stand: only the time is armed again.
                let arming = Arming { digits, strategies: Vec::new() };
                closing(Command::ArmLive { arming: Arc::new(arming) })
            }
            Err(why) => self.stay(why.to_owned()),
        }
    }

    fn lead_back(&mut self, view: &View<'_>) -> Effect {
        match open_words(view) {
            Some(open) => self.stay(format!("not to ANALYZE: {open}")),
            None => closing(Command::SetMode { mode: Mode::Analyze }),
        }
    }

    fn stay(&mut self, why: String) -> Effect {
        self.note = why;
        Effect::Nothing
    }

    fn note_line(&self, view: &View<'_>, is_roomy: bool) -> Line {
        if is_roomy || !self.note.is_empty() {
            return Line::new().part(&format!(" {}", self.note), Role::Bad);
        }
        // Where nothing else has room, this line says what stands in the way.
        match (objection(view), open_words(view)) {
            (Some(why), _) => Line::new().part(&format!(" {why}"), Role::Bad),
            (None, Some(open)) => Line::new().dim(&format!(" {open}")),
            (None, None) => Line::new().dim(" nothing is open"),
        }
    }

    fn field(&self, view: &View<'_>, pen: &mut Pen<'_>) {
        let name = if pen.space() < ROOMY.0 { "digits" } else { question(view) };
        pen.put(&format!(" {name} "), view.theme.style(Role::Text));
        self.digits.draw(view, pen);
    }
}

impl Overlay for Rearm {
    fn context(&self) -> Context {
        Context::Rearm
    }

    fn title(&self, _view: &View<'_>) -> String {
        "LIVE: arm again, or back to ANALYZE".to_owned()
    }

    fn place(&self, view: &View<'_>) -> Place {
        // Where the screen is low the status row stays in sight.
        let height = if view.screen.height < 30 { 20 } else { 24 };
        Place::Centre { width: 76, height }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let is_roomy = area.width >= ROOMY.0 && area.height >= ROOMY.1;
        let foot = area.height.min(FOOT);
        let above = Rect { height: area.height - foot, ..area };
        let lines = if is_roomy { roomy(view, above) } else { scant(view, above) };
        draw(&lines, 0, view.theme, above, buf);
        let foot = Rect { y: above.bottom(), height: foot, ..area };
        self.field(view, &mut Pen::new(buf, foot, 0));
        let below = Rect { y: foot.y + 1, height: foot.height.saturating_sub(1), ..foot };
        draw(&[self.note_line(view, is_roomy), keys(view, area.width)], 0, view.theme, below, buf);
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn types(&self, letter: char) -> bool {
        AccountDigits::types(letter)
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        let answer = self.digits.on_key(key);
        if matches!(answer, Answer::Taken) {
            self.note.clear();
        }
        answer
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Accept => Some(self.enter(view)),
            Action::ToAnalyze => Some(self.lead_back(view)),
            _ => None,
        }
    }
}

fn closing(command: Command) -> Effect {
    Effect::CloseThen(Box::new(Effect::Send(command)))
}

/// Everything: whose money until when, the checks, what is open.
fn roomy(view: &View<'_>, area: Rect) -> Vec<Line> {
    let width = usize::from(area.width);
    let checks = Checks::of(view);
    let mut lines = vec![head(view), strategies(view)];
    lines.push(Line::rule("to arm again every check must have passed"));
    lines.extend(unavailable(view));
    lines.extend(checks.failed_lines(width));
    let open = open_lines(view, width);
    let room = usize::from(area.height).saturating_sub(lines.len() + open.len() + 1);
    lines.extend(checks.other_lines(width, room));
    lines.push(Line::rule("to go to ANALYZE nothing may be open"));
    lines.extend(open);
    lines
}

/// What matters most where there is little room; the note says the rest.
fn scant(view: &View<'_>, area: Rect) -> Vec<Line> {
    let width = usize::from(area.width);
    let account = view.state.genesis().live.as_ref().map_or("", |terms| terms.account.as_str());
    let left = remaining(view).map_or_else(|| "reduce-only".to_owned(), |left| format!("armed {left}"));
    let mut lines = vec![Line::new().strong(&format!(" {left}")).text(&format!("  {account}"))];
    lines.extend(unavailable(view));
    lines.extend(Checks::of(view).failed_lines(width));
    lines.extend(open_words(view).map(|open| Line::of(&format!(" {open}"))));
    lines
}

fn head(view: &View<'_>) -> Line {
    let account = view.state.genesis().live.as_ref().map_or("", |terms| terms.account.as_str());
    let line = Line::new().strong(&format!(" LIVE on {account}"));
    match (remaining(view), view.state.control.armed_until) {
        (Some(left), Some(until)) => {
            let clock = view.clock(until, Clock::Seconds);
            line.text(&format!("   armed {left} more, until {clock}"))
        }
        (None, Some(_)) => line.part("   the time is over: only what reduces passes", Role::Warn),
        (_, None) => line,
    }
}

/// Whose orders pass, which arming again leaves as it is.
fn strategies(view: &View<'_>) -> Line {
    let all = view.state.genesis().strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
    let armed: Vec<&str> =
        all.filter(|id| view.state.control.is_armed(*id)).map(|id| view.strategy_name(id)).collect();
    let names = if armed.is_empty() { "none".to_owned() } else { armed.join(", ") };
    Line::of(&format!(" armed     {names}; stays as it is"))
}

/// Why nobody can arm again, where nobody can.
fn unavailable(view: &View<'_>) -> Option<Line> {
    let why = live_unavailable(view.state)?;
    Some(Line::new().part(&format!(" [ ] {why}"), Role::Bad))
}

fn objection(view: &View<'_>) -> Option<String> {
    let unavailable = live_unavailable(view.state).map(ToString::to_string);
    unavailable.or_else(|| Checks::of(view).objection())
}

/// What keeps the live run, in one line: `4 orders and 2 positions are open`; `None` where nothing is.
fn open_words(view: &View<'_>) -> Option<String> {
    let count = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        more => Some(format!("{more} {what}s")),
    };
    let orders = count(view.state.orders.open().len(), "order");
    let parts: Vec<String> =
        orders.into_iter().chain(count(view.state.held_positions(), "position")).collect();
    let is_one = matches!(parts.as_slice(), [one] if one.starts_with("1 "));
    let verb = if is_one { "is" } else { "are" };
    (!parts.is_empty()).then(|| format!("{} {verb} open", parts.join(" and ")))
}

/// The same one by one.
fn open_lines(view: &View<'_>, width: usize) -> Vec<Line> {
    let Some(words) = open_words(view) else {
        return vec![Line::of(" nothing is open: A ends this live run and begins one in ANALYZE")];
    };
    let orders = view.state.orders.open().iter().map(|order| {
        let request = &order.request;
        format!("{} {}", View::order_name(request.mode, order.id), view.symbol(request.instrument))
    });
    let text = format!("{words}: {}", orders.chain(positions(view)).collect::<Vec<_>>().join(", "));
    let mut parts = wrapped(&text, width.saturating_sub(5));
    if parts.len() > MOST_OPEN {
        parts.truncate(MOST_OPEN);
        if let Some(last) = parts.last_mut() {
            last.push_str(" ..");
        }
    }
    parts.iter().map(|part| Line::new().part(&format!(" {part}"), Role::Warn)).collect()
}

/// Lines that name what is open.
const MOST_OPEN: usize = 3;

fn positions(view: &View<'_>) -> Vec<String> {
    let genesis = view.state.genesis();
    let pairs =
        genesis.strategy_ids().flat_map(|strategy| genesis.instrument_ids().map(move |one| (strategy, one)));
    let held = pairs.filter_map(|(strategy, one)| {
        let net = view.state.ledger.position(strategy, one).net;
        let size = figure::net(net, view.places(one).1, view.tilde_at(one));
        let (name, symbol) = (view.strategy_name(strategy), view.symbol(one));
        (!net.is_zero()).then(|| format!("{name} {symbol} {size}"))
    });
    held.collect()
}

fn keys(view: &View<'_>, width: u16) -> Line {
    if width < ROOMY.0 {
        return Line::new()
            .key(" [Enter]")
            .text(" arm ")
            .key("[A]")
            .text(" ANALYZE ")
            .key("[Esc]")
            .text(" stay");
    }
    let minutes = view.state.genesis().live.as_ref().map_or(0, super::arming::minutes);
    Line::new()
        .key(" [Enter]")
        .text(&format!(" arm again for {minutes} min   "))
        .key("[A]")
        .text(" to ANALYZE   ")
        .key("[Esc]")
        .text(" stay as it is")
}

/// How long the arming still lasts, as `14:31`; `None` once it is over.
pub(in crate::ui) fn remaining(view: &View<'_>) -> Option<String> {
    let control = &view.state.control;
    let until = control.armed_until.filter(|_| !control.is_over)?;
    let left = until.since(view.now).millis().div_euclid(1_000);
    (left >= 0).then(|| format!("{}:{:02}", left.div_euclid(60), left.rem_euclid(60)))
}
