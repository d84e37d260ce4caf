//! Arming: what will change and what was checked, then the last four digits of the account.

use super::account_digits::{AccountDigits, question};
use super::checks::Checks;
use super::line::{Line, draw};
use crate::model::{Arming, Command, LiveTerms, StrategyId};
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::layout::{Fit, fit};
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

/// Strategies whose rows are shown at once.
const ROWS: usize = 4;

/// The note and the keys: shown whatever the height.
const FOOT: u16 = 2;

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
    digits: AccountDigits,
    note: String,
}

impl ArmLive {
    /// The first step.
    pub(super) fn new(view: &View<'_>) -> Self {
        Self {
            step: Step::Checks,
            chosen: Vec::new(),
            at: 0,
            digits: AccountDigits::new(view),
            note: String::new(),
        }
    }

    fn changes(&self, view: &View<'_>, terms: &LiveTerms, area: Rect) -> Vec<Line> {
        let width = usize::from(area.width);
        let mut lines = vec![Line::of(" You are in ANALYZE. Nothing you do here reaches a venue.")];
        let held = view.state.positions_held();
        lines.push(Line::of(&format!(" from  ANALYZE  sim book, {held} positions (none is copied)")));
        lines.push(Line::new().text(" to    ").strong(&format!("LIVE  {}", terms.account)));
        let checks = Checks::of(view);
        lines.extend(checks.failed_lines(width));
        let mut below = self.choices(view);
        below.push(Line::of(&format!(" arm for   {} min, then reduce-only until re-armed", minutes(terms))));
        let room = usize::from(area.height).saturating_sub(lines.len() + below.len());
        lines.extend(checks.other_lines(width, room));
        lines.append(&mut below);
        lines
    }

    fn choices(&self, view: &View<'_>) -> Vec<Line> {
        let all = strategies(view);
        let from = self.at.saturating_sub(ROWS - 1).min(all.len().saturating_sub(ROWS));
        let shown = all.iter().enumerate().skip(from).take(ROWS);
        let line = |(index, id): (usize, &StrategyId)| {
            let mark = if self.chosen.contains(id) { "[x]" } else { "[ ]" };
            let here = if index == self.at { ">" } else { " " };
            let title = if index == from { "goes live" } else { "" };
            Line::of(&format!(" {title:10}{here}{mark} {}", view.strategy_name(*id)))
        };
        shown.map(line).collect()
    }

    fn question(&self, view: &View<'_>, terms: &LiveTerms) -> Vec<Line> {
        let names: Vec<&str> = self.chosen.iter().map(|id| view.strategy_name(*id)).collect();
        let names = names.iter().fold("manual".to_owned(), |all, name| format!("{all}, {name}"));
        vec![
            Line::new(),
            Line::new().strong(" You are about to trade REAL MONEY on"),
            Line::new().strong(&format!("        {}", terms.account)),
            Line::of(&format!("        {names}   {} min", minutes(terms))),
            Line::new(),
            Line::of(&format!(" Type the {}:", question(view))),
        ]
    }

    fn keys(&self) -> Line {
        match self.step {
            Step::Checks => Line::new()
                .key(" [Enter]")
                .text(" step 2 ")
                .key("[Space]")
                .text(" choose ")
                .key("[Up Down] ")
                .key("[Esc]")
                .text(" stay in ANALYZE"),
            Step::Digits => {
                Line::new().key(" [Enter]").text(" go LIVE   ").key("[Esc]").text(" stay in ANALYZE")
            }
        }
    }

    fn next(&mut self, view: &View<'_>) -> Effect {
        if is_too_small(view) {
            return Effect::Nothing;
        }
        match (self.step, Checks::of(view).objection()) {
            (_, Some(why)) => self.note = format!("not passed: {why}"),
            (Step::Checks, None) => self.step = Step::Digits,
            (Step::Digits, None) => match self.digits.answer(view) {
                Ok(digits) => {
                    let arming = Arming { digits, strategies: self.chosen.clone() };
                    let command = Command::ArmLive { arming: Arc::new(arming) };
                    return Effect::CloseThen(Box::new(Effect::Send(command)));
                }
                Err(why) => why.clone_into(&mut self.note),
            },
        }
        Effect::Nothing
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

    fn title(&self, _view: &View<'_>) -> String {
        match self.step {
            Step::Checks => "ARM LIVE - step 1 of 2: what will change".to_owned(),
            Step::Digits => "ARM LIVE - step 2 of 2   ANALYZE -> LIVE".to_owned(),
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
        if is_too_small(view) {
            let words = [
                " Too small to arm: what was checked",
                " and goes live cannot be shown.",
                " 60x16 or more. [Esc] closes.",
            ];
            return draw(&words.map(Line::of), 0, view.theme, area, buf);
        }
        let foot = area.height.min(FOOT);
        let above = Rect { height: area.height - foot, ..area };
        let lines = match self.step {
            Step::Checks => self.changes(view, terms, above),
            Step::Digits => self.question(view, terms),
        };
        draw(&lines, 0, view.theme, above, buf);
        if self.step == Step::Digits {
            let row = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            let mut pen = Pen::new(buf, above, row);
            pen.put("        ", view.theme.style(Role::Text));
            self.digits.draw(view, &mut pen);
        }
        let below = Rect { y: above.bottom(), height: foot, ..area };
        let note = Line::new().part(&format!(" {}", self.note), Role::Bad);
        draw(&[note, self.keys()], 0, view.theme, below, buf);
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn types(&self, letter: char) -> bool {
        self.step == Step::Digits && AccountDigits::types(letter)
    }

    fn on_key(&mut self, key: KeyEvent, view: &View<'_>) -> Answer {
        self.note.clear();
        if self.step == Step::Digits {
            return self.digits.on_key(key);
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
        (action == Action::Accept).then(|| self.next(view))
    }
}

/// Whether less is shown than must be read before real money moves.
fn is_too_small(view: &View<'_>) -> bool {
    fit(view.screen) != Fit::Panels
}

/// The minutes an arming lasts.
pub(super) fn minutes(terms: &LiveTerms) -> i64 {
    terms.arm.millis().div_euclid(60_000).max(1)
}

/// What can be chosen: every strategy that is one.
fn strategies(view: &View<'_>) -> Vec<StrategyId> {
    view.state.genesis().strategy_ids().filter(|id| *id > StrategyId::EXTERNAL).collect()
}
