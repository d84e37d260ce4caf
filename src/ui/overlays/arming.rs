//! Arming: what will change and what was checked, then the last four digits of the account. In a live run: the digits for
//! another while, or nothing for the way back.

use super::field::Field;
use super::line::{Line, draw};
use crate::model::{Arming, Command, Label, LiveCheck, LiveTerms, Mode, Passed, StrategyId};
use crate::state::live_checks;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

/// The digits arming asks for.
const DIGITS: usize = 4;

/// Strategies whose rows are shown at once.
const ROWS: usize = 4;

/// Which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Checks,
    Digits,
}

/// The form.
#[derive(Debug)]
pub(super) struct ArmLive {
    step: Step,
    /// Strategies that go live: none until they are chosen, one by one.
    chosen: Vec<StrategyId>,
    at: usize,
    digits: Field,
    note: &'static str,
}

impl ArmLive {
    /// The form for the present mode.
    pub(super) fn new(view: &View<'_>) -> Self {
        let step = if view.mode() == Mode::Live { Step::Digits } else { Step::Checks };
        let digits = Field::new("", digits(view).chars().count().max(DIGITS));
        Self { step, chosen: Vec::new(), at: 0, digits, note: "" }
    }

    fn changes(&self, view: &View<'_>, terms: &LiveTerms) -> Vec<Line> {
        let mut lines = vec![Line::of(" You are in ANALYZE. Nothing you do here reaches a venue.")];
        let held = view.state.positions_held();
        lines.push(Line::of(&format!(" from  ANALYZE  sim book, {held} positions (none is copied)")));
        lines.push(Line::new().text(" to    ").strong(&format!("LIVE  {}", terms.account)));
        let checks: Vec<LiveCheck> = live_checks(view.state, view.now);
        for pair in checks.chunks(2) {
            lines.push(pair.iter().fold(Line::new(), checked));
        }
        let all = strategies(view);
        let from = self.at.saturating_sub(ROWS - 1).min(all.len().saturating_sub(ROWS));
        for (index, id) in all.iter().enumerate().skip(from).take(ROWS) {
            let mark = if self.chosen.contains(id) { "[x]" } else { "[ ]" };
            let here = if index == self.at { ">" } else { " " };
            let title = if index == from { "goes live" } else { "" };
            lines.push(Line::of(&format!(" {title:10}{here}{mark} {}", view.strategy_name(*id))));
        }
        lines.push(Line::of(&format!(" arm for   {} min, then reduce-only until re-armed", minutes(terms))));
        lines.push(Line::new().part(&format!(" {}", self.note), Role::Bad));
        lines.push(
            Line::new()
                .key(" [Enter]")
                .text(" step 2 ")
                .key("[Space]")
                .text(" choose ")
                .key("[Up Down] ")
                .key("[Esc]")
                .text(" stay in ANALYZE"),
        );
        lines
    }

    fn question(&self, view: &View<'_>, terms: &LiveTerms) -> Vec<Line> {
        let mut lines = vec![Line::new()];
        let live = view.mode() == Mode::Live;
        if live {
            let left = remaining(view).unwrap_or_else(|| "over: reduce-only".to_owned());
            lines.push(Line::new().strong(&format!(" LIVE on {}   armed {left}", terms.account)));
            lines.push(Line::of(" Down to ANALYZE needs every order and position of LIVE closed."));
        } else {
            lines.push(Line::new().strong(" You are about to trade REAL MONEY on"));
            lines.push(Line::new().strong(&format!("        {}", terms.account)));
            let names: Vec<&str> = self.chosen.iter().map(|id| view.strategy_name(*id)).collect();
            let names = names.iter().fold("manual".to_owned(), |all, name| format!("{all}, {name}"));
            lines.push(Line::of(&format!("        {names}   {} min", minutes(terms))));
        }
        lines.push(Line::new());
        lines.push(Line::of(if terms.digits.as_str().len() > DIGITS {
            " Type the last four digits of every account, in this order:"
        } else {
            " Type the last four digits of the account:"
        }));
        lines.push(Line::new());
        lines.push(Line::new().part(&format!(" {}", self.note), Role::Bad));
        lines.push(if live {
            Line::new()
                .key(" [Enter]")
                .text(" without digits: to ANALYZE, with them: arm again ")
                .key("[Esc]")
                .text(" stay")
        } else {
            Line::new().key(" [Enter]").text(" go LIVE   ").key("[Esc]").text(" stay in ANALYZE")
        });
        lines
    }

    fn next(&mut self, view: &View<'_>) -> Option<Effect> {
        let failed = live_checks(view.state, view.now).iter().any(|check| check.passed == Passed::No);
        let send = |command| Some(Effect::CloseThen(Box::new(Effect::Send(command))));
        match self.step {
            Step::Digits if view.mode() == Mode::Live && self.digits.value().is_empty() => {
                send(Command::SetMode { mode: Mode::Analyze })
            }
            _ if failed => {
                self.note = "a check has not passed: nothing goes live";
                None
            }
            Step::Checks => {
                self.step = Step::Digits;
                None
            }
            Step::Digits if fours(self.digits.value()) == digits(view) => {
                let digits = Label::new(&fours(self.digits.value()));
                let arming = Arming { digits, strategies: self.chosen.clone() };
                send(Command::ArmLive { arming: Arc::new(arming) })
            }
            Step::Digits => {
                self.note = if digits(view).len() > DIGITS {
                    "these are not the last four digits of each account"
                } else {
                    "these are not the last four digits of the account"
                };
                None
            }
        }
    }

    fn toggle(&mut self, view: &View<'_>) {
        let Some(id) = strategies(view).get(self.at).copied() else { return };
        if self.chosen.contains(&id) {
            self.chosen.retain(|one| *one != id);
        } else {
            self.chosen.push(id);
        }
    }
}

impl Overlay for ArmLive {
    fn context(&self) -> Context {
        Context::Question
    }

    fn title(&self, view: &View<'_>) -> String {
        match (view.mode(), self.step) {
            (Mode::Live, _) => "LIVE: arm again, or back to ANALYZE".to_owned(),
            (Mode::Analyze, Step::Checks) => "ARM LIVE - step 1 of 2: what will change".to_owned(),
            (Mode::Analyze, Step::Digits) => "ARM LIVE - step 2 of 2   ANALYZE -> LIVE".to_owned(),
        }
    }

    fn place(&self, _view: &View<'_>) -> Place {
        match self.step {
            Step::Checks => Place::Centre { width: 76, height: 20 },
            Step::Digits => Place::Centre { width: 70, height: 12 },
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let Some(terms) = &view.state.genesis().live else { return };
        let lines = match self.step {
            Step::Checks => self.changes(view, terms),
            Step::Digits => self.question(view, terms),
        };
        draw(&lines, 0, view.theme, area, buf);
        let row = lines.len().saturating_sub(3);
        if let (Step::Digits, Ok(row)) = (self.step, u16::try_from(row))
            && row < area.height
        {
            let mut pen = Pen::new(buf, area, row);
            pen.put("        [ ", view.theme.style(Role::Text));
            let width = u16::try_from(digits(view).chars().count().max(DIGITS)).unwrap_or(4);
            self.digits.draw(&mut pen, width + 1, true, view.theme);
            pen.put(" ]", view.theme.style(Role::Text));
        }
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn on_key(&mut self, key: KeyEvent, view: &View<'_>) -> Answer {
        self.note = "";
        if self.step == Step::Digits {
            return if self.digits.on_key(key) { Answer::Taken } else { Answer::Pass };
        }
        match key.code {
            KeyCode::Char(' ') => self.toggle(view),
            KeyCode::Up | KeyCode::Char('k') => self.at = self.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                self.at = (self.at + 1).min(strategies(view).len().saturating_sub(1));
            }
            _ => return Answer::Pass,
        }
        Answer::Taken
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        if action == Action::Accept { self.next(view) } else { None }
    }
}

/// How long the arming still lasts, as `14:31`; `None` once it is over.
pub(in crate::ui) fn remaining(view: &View<'_>) -> Option<String> {
    let control = &view.state.control;
    let until = control.armed_until.filter(|_| !control.is_over)?;
    let left = until.since(view.now).millis().div_euclid(1_000);
    (left >= 0).then(|| format!("{}:{:02}", left.div_euclid(60), left.rem_euclid(60)))
}

fn digits<'a>(view: &View<'a>) -> &'a str {
    view.state.genesis().live.as_ref().map_or("", |terms| terms.digits.as_str())
}

/// What was typed as the digits of one account after the other, however they were kept apart.
fn fours(typed: &str) -> String {
    let digits: Vec<char> = typed.chars().filter(|one| *one != ' ').collect();
    digits.chunks(DIGITS).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn minutes(terms: &LiveTerms) -> i64 {
    terms.arm.millis().div_euclid(60_000).max(1)
}

/// What can be chosen: every strategy that is one.
fn strategies(view: &View<'_>) -> Vec<StrategyId> {
    view.state.genesis().strategy_ids().filter(|id| *id > StrategyId::EXTERNAL).collect()
}

fn checked(line: Line, check: &LiveCheck) -> Line {
    let (mark, role) = match check.passed {
        Passed::Yes => ("[x]", Role::Text),
        Passed::Unsure => ("[!]", Role::Warn),
        Passed::No => ("[ ]", Role::Bad),
    };
    let text: String = format!("{mark} {} {}", check.name, check.detail).chars().take(36).collect();
    line.part(&format!(" {text:36}"), role)
}
