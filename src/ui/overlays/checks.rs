//! What is looked at before real money moves, as lines: what failed first and in full, two in a line where both fit.

use super::line::Line;
use crate::model::{LiveCheck, Passed};
use crate::state::live_checks;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::ui::wrap::wrapped;

/// The checks of this moment.
#[derive(Debug)]
pub(super) struct Checks {
    all: Vec<LiveCheck>,
}

impl Checks {
    /// All of them.
    pub(super) fn of(view: &View<'_>) -> Self {
        Self { all: live_checks(view.state, view.now) }
    }

    /// Why nothing goes live: the first check that has not passed, and how many more.
    pub(super) fn objection(&self) -> Option<String> {
        let (first, more) = (self.failed().next()?, self.failed().count() - 1);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        Some(format!("{}{more}", words(first)))
    }

    /// Those that have not passed, each on lines of its own.
    pub(super) fn failed_lines(&self, width: usize) -> Vec<Line> {
        self.failed().flat_map(|check| whole(check, width)).collect()
    }

    /// The others in so many lines, those in doubt before those that have passed; the last line counts what has no room, and says
    /// where a doubt is among it.
    pub(super) fn other_lines(&self, width: usize, room: usize) -> Vec<Line> {
        let (mut lines, mut passed) =
            (self.lines_of(Passed::Unsure, width), self.lines_of(Passed::Yes, width));
        let doubts = lines.len();
        lines.append(&mut passed);
        if lines.len() > room {
            let shown = room.saturating_sub(1);
            let left = lines.len() - shown;
            lines.truncate(shown);
            lines.push(if shown < doubts {
                Line::new().part(&format!(" [!] {left} lines more: read them on a larger screen"), Role::Warn)
            } else {
                Line::new().dim(&format!(" {left} lines more of checks that have passed"))
            });
        }
        lines
    }

    /// Two in a line where both fit.
    fn lines_of(&self, passed: Passed, width: usize) -> Vec<Line> {
        let half = width.saturating_sub(2) / 2;
        let mut lines: Vec<Line> = Vec::new();
        let mut waiting: Option<&LiveCheck> = None;
        for check in self.all.iter().filter(|check| check.passed == passed) {
            if text(check).chars().count() > half {
                lines.extend(whole(check, width));
            } else if let Some(first) = waiting.take() {
                lines.push(beside(beside(Line::new(), first, half), check, half));
            } else {
                waiting = Some(check);
            }
        }
        lines.extend(waiting.map(|check| beside(Line::new(), check, half)));
        lines
    }

    fn failed(&self) -> impl Iterator<Item = &LiveCheck> {
        self.all.iter().filter(|check| check.passed == Passed::No)
    }
}

const fn mark(check: &LiveCheck) -> (&'static str, Role) {
    match check.passed {
        Passed::Yes => ("[x]", Role::Text),
        Passed::Unsure => ("[!]", Role::Warn),
        Passed::No => ("[ ]", Role::Bad),
    }
}

fn words(check: &LiveCheck) -> String {
    format!("{} {}", check.name, check.detail).trim_end().to_owned()
}

fn text(check: &LiveCheck) -> String {
    format!("{} {}", mark(check).0, words(check))
}

fn beside(line: Line, check: &LiveCheck, half: usize) -> Line {
    line.part(&format!(" {:half$}", text(check)), mark(check).1)
}

/// A check over as many lines as it needs.
fn whole(check: &LiveCheck, width: usize) -> Vec<Line> {
    const INDENT: &str = "     ";
    let parts = wrapped(&words(check), width.saturating_sub(INDENT.len()));
    let before = |row: usize| if row == 0 { format!(" {} ", mark(check).0) } else { INDENT.to_owned() };
    let line = |(row, part): (usize, &String)| Line::new().part(&(before(row) + part), mark(check).1);
    parts.iter().enumerate().map(line).collect()
}
