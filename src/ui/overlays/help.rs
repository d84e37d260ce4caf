//! Help of the view it was asked in, made of the action table and the command table and nothing else.

use super::command::COMMANDS;
use super::field::Field;
use super::line::{Line, draw};
use super::menu::LEADER;
use crate::model::KillLevel;
use crate::ui::action::{Action, ActionRow, Context, Group};
use crate::ui::action_table::TABLE;
use crate::ui::effect::Effect;
use crate::ui::overlay::{Answer, Overlay, Place};
use crate::ui::pen::Pen;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::ui::wrap::wrapped;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells for the keys of a row.
const KEYS: usize = 9;

/// Shapes that say the mode where no colour is seen.
const SHAPES: [&str; 7] = [
    "## LIVE ##     == double edges  real money",
    ".. ANALYZE ..  -- thin edges    simulated",
    "!! KILLED !!   bars             nothing new",
    "~ before a figure: simulated; A- orders of",
    "the sandbox, L- live; !! before a notice and",
    "STALE, UNKNOWN, DENIED in words: look at it",
    "replaced: overtaken by a newer quote, unread",
];

/// The help.
#[derive(Debug)]
pub(super) struct Help {
    context: Context,
    search: Field,
    page: usize,
}

impl Help {
    /// Help of a context.
    pub(super) fn new(context: Context) -> Self {
        Self { context, search: Field::new("", 40), page: 0 }
    }
}

fn keys_of(row: &ActionRow) -> String {
    row.keys.join(" ")
}

/// A row of the table in a column of this width, wrapped.
fn entry(keys: &str, text: &str, width: usize) -> Vec<Line> {
    let first = keys.chars().count().max(KEYS);
    let parts = wrapped(text, width.saturating_sub(first + 2).max(8));
    let row = |(index, part): (usize, &String)| {
        let keys = if index == 0 { keys } else { "" };
        Line::new().key(&format!(" {keys:<first$} ")).text(part)
    };
    parts.iter().enumerate().map(row).collect()
}

fn said(row: &ActionRow) -> String {
    match row.guard.as_str() {
        "" => row.help.to_owned(),
        guard => format!("{} ({guard})", row.help),
    }
}

fn section(title: &str, rows: Vec<Line>) -> Vec<Line> {
    if rows.is_empty() {
        return rows;
    }
    let mut lines = vec![Line::new().strong(&format!(" {title}"))];
    lines.extend(rows);
    lines.push(Line::new());
    lines
}

impl Help {
    fn is_here(&self, row: &ActionRow) -> bool {
        let shared = row.contexts.contains(&Context::Global) || row.contexts.contains(&Context::Always);
        !shared && row.contexts.contains(&self.context)
    }

    /// Everything, in a column of this width. In the past its own keys come first: nothing else can be done there.
    fn all(&self, width: usize, is_past: bool) -> Vec<Line> {
        let rows = |keep: &dyn Fn(&ActionRow) -> bool| -> Vec<Line> {
            let kept = TABLE.iter().filter(|row| keep(row));
            kept.flat_map(|row| entry(&keys_of(row), &said(row), width)).collect()
        };
        let first = if is_past { rows(&|row| row.group == Group::Replay) } else { Vec::new() };
        let mut lines = section(Group::Replay.as_str(), first);
        lines.extend(section("ANYWHERE", rows(&|row| row.group == Group::Anywhere)));
        let here = format!("THIS VIEW: {}", self.context.as_str().to_uppercase());
        lines.extend(section(
            &here,
            rows(&|row| {
                row.group != Group::Anywhere && !(is_past && row.group == Group::Replay) && self.is_here(row)
            }),
        ));
        lines.extend(section("KILL LADDER", ladder(width)));
        let later = |group: &Group| *group != Group::Anywhere && !(is_past && *group == Group::Replay);
        for group in Group::ALL.into_iter().filter(later) {
            let own = rows(&|row| row.group == group && !self.is_here(row));
            lines.extend(section(group.as_str(), own));
        }
        let leader = LEADER.iter().flat_map(|(key, action)| {
            entry(&format!("Space {key}"), action.row().map_or("", |row| row.help), width)
        });
        lines.extend(section("MENU", leader.collect()));
        let commands = COMMANDS.iter().flat_map(|one| {
            let mut lines = vec![Line::new().key(&format!(" :{} {}", one.word, one.args))];
            lines.extend(
                wrapped(one.help, width.saturating_sub(5))
                    .into_iter()
                    .map(|part| Line::of(&format!("    {part}"))),
            );
            lines
        });
        lines.extend(section("COMMANDS (the same words in the shell)", commands.collect()));
        let shapes = SHAPES.iter().flat_map(|text| wrapped(text, width.saturating_sub(2)));
        lines.extend(section(
            "SHAPES, if you see no colour",
            shapes.map(|text| Line::of(&format!(" {text}"))).collect(),
        ));
        lines
    }

    /// What matches the search.
    fn found(&self, width: usize) -> Vec<Line> {
        let words = self.search.value().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&words);
        let mut lines = Vec::new();
        for row in TABLE {
            let places: Vec<&str> = row.contexts.iter().map(|context| context.as_str()).collect();
            if has(row.name) || has(row.help) || row.keys.iter().any(|key| has(key)) {
                lines.extend(entry(&keys_of(row), &said(row), width));
                lines.push(Line::new().dim(&format!(" {:KEYS$} {}", "", places.join(", "))));
            }
        }
        for one in COMMANDS {
            if has(one.word) || has(one.help) || has(one.args) {
                lines.push(Line::new().key(&format!(" :{} {}", one.word, one.args)));
                lines.extend(
                    wrapped(one.help, width.saturating_sub(5))
                        .into_iter()
                        .map(|part| Line::of(&format!("    {part}"))),
                );
            }
        }
        if lines.is_empty() {
            lines.push(Line::new().part(" nothing matches", Role::Warn));
        }
        lines
    }
}

/// The ladder in three lines.
fn ladder(width: usize) -> Vec<Line> {
    let rung = |level: KillLevel| format!("K{} {}", level.number(), crate::ui::view::kill_verb(level));
    let lines = [
        format!("^K at once: {}, by anybody, in every view.", rung(KillLevel::K1)),
        format!("Then Enter {}, a {}, f {}.", rung(KillLevel::K2), rung(KillLevel::K3), rung(KillLevel::K4)),
        "Only a human lowers it: :resume REASON, and arms each strategy again.".to_owned(),
    ];
    lines
        .iter()
        .flat_map(|text| wrapped(text, width.saturating_sub(2)))
        .map(|text| Line::of(&format!(" {text}")))
        .collect()
}

/// Lines in columns of at most this many rows. No entry and no heading is parted from what follows it.
fn broken(lines: Vec<Line>, rows: usize) -> Vec<Vec<Line>> {
    let mut columns: Vec<Vec<Line>> = vec![Vec::new()];
    let mut block: Vec<Line> = Vec::new();
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        let is_heading = line.is_heading();
        block.push(line);
        let goes_on = lines.peek().is_some_and(|next| next.plain().starts_with("     "));
        if (is_heading || goes_on) && block.len() < rows {
            continue;
        }
        if columns.last().is_some_and(|column| column.len() + block.len() > rows) {
            columns.push(Vec::new());
        }
        if let Some(column) = columns.last_mut() {
            column.append(&mut block);
        }
    }
    columns
}

/// Columns that fit into a width.
const fn columns(width: u16) -> u16 {
    match width {
        0..72 => 1,
        72..108 => 2,
        _ => 3,
    }
}

impl Overlay for Help {
    fn context(&self) -> Context {
        Context::Reader
    }

    fn title(&self, _view: &View<'_>) -> String {
        format!("? HELP: {}   type to search", self.context.as_str().to_uppercase())
    }

    fn place(&self, view: &View<'_>) -> Place {
        Place::Centre { width: view.screen.width.min(114), height: 38.min(view.screen.height) }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let last = area.height.saturating_sub(1);
        let body = Rect { height: last, ..area };
        let searching = !self.search.value().is_empty();
        let count = if searching { 1 } else { columns(area.width) };
        let width = area.width / count;
        let room = usize::from(width.saturating_sub(1));
        let lines = if searching { self.found(room) } else { self.all(room, view.replay.is_some()) };
        let rows = usize::from(body.height).max(1);
        let columns = broken(lines, rows);
        let pages = columns.len().div_ceil(usize::from(count)).max(1);
        let page = self.page.min(pages - 1);
        for column in 0..count {
            let Some(lines) = columns.get(page * usize::from(count) + usize::from(column)) else { break };
            let place = Rect { x: body.x + column * width, width: width.saturating_sub(1), ..body };
            draw(lines, 0, view.theme, place, buf);
        }
        let mut pen = Pen::new(buf, area, last);
        let dim = view.theme.style(Role::Dim);
        pen.put(" search: ", dim);
        self.search.draw(&mut pen, 22, true, view.theme);
        pen.put(&format!(" page {}/{pages}", page + 1), view.theme.style(Role::Strong));
        pen.put("  PageDown PageUp  Esc closes", dim);
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn on_key(&mut self, key: KeyEvent, _view: &View<'_>) -> Answer {
        if key.code == KeyCode::Char('?') && self.search.value().is_empty() {
            return Answer::Do(Effect::Close);
        }
        let text = matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace) && self.search.on_key(key);
        if text {
            self.page = 0;
            Answer::Taken
        } else {
            Answer::Pass
        }
    }

    fn on_paste(&mut self, text: &str) {
        self.search.paste(text);
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        match action {
            Action::Help => return Some(Effect::Close),
            Action::Down | Action::HalfPageDown => self.page = (self.page + 1).min(99),
            Action::Up | Action::HalfPageUp => self.page = self.page.saturating_sub(1),
            Action::Top => self.page = 0,
            Action::Bottom => self.page = 99,
            Action::Back if !self.search.value().is_empty() => self.search.set(""),
            _ => return None,
        }
        Some(Effect::Nothing)
    }
}
