//! The diagnostic log of this process: what went on behind the events.

use crate::model::Timestamp;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Clock};
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::{Pen, harmless};
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::ui::wrap::wrapped;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use std::fmt;
use tui_logger::{ExtLogRecord, LevelFilter, LogFormatter, TuiLoggerWidget, TuiWidgetEvent, TuiWidgetState};

/// The levels a key goes through, and what is shown at each.
const LEVELS: [(LevelFilter, &str); 5] = [
    (LevelFilter::Error, "errors only"),
    (LevelFilter::Warn, "warnings and worse"),
    (LevelFilter::Info, "info and worse"),
    (LevelFilter::Debug, "debug and worse"),
    (LevelFilter::Trace, "everything"),
];

/// Where every event is written down as it is: its lines are for machines, and it has a view of its own.
const EVENTS: &str = "flightdeck::events";

/// The least letters of a line.
const LEAST: usize = 12;

/// Lines of one record: what is longer stands in the file.
const MOST_LINES: usize = 6;

/// The panel.
pub(in crate::ui) fn log() -> Box<dyn Panel> {
    Box::new(Log { lines: lines(LevelFilter::Trace), level: LEVELS.len() - 1 })
}

/// Takes what was logged since the last frame to where the panel shows it.
pub(in crate::ui) fn gather_log() {
    tui_logger::move_events();
}

/// What is shown up to a level.
fn lines(level: LevelFilter) -> TuiWidgetState {
    TuiWidgetState::new().set_default_display_level(level).set_level_for_target(EVENTS, LevelFilter::Off)
}

struct Log {
    /// Where it is scrolled to, and what is left out.
    lines: TuiWidgetState,
    /// The place in `LEVELS` up to which lines are shown.
    level: usize,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

/// The place in `LEVELS` up to which this process writes lines down at all.
fn recorded() -> usize {
    use tracing::level_filters::LevelFilter as Written;
    match Written::current() {
        Written::OFF | Written::ERROR => 0,
        Written::WARN => 1,
        Written::INFO => 2,
        Written::DEBUG => 3,
        _ => 4,
    }
}

impl Log {
    /// What is shown, in words.
    fn words(&self) -> &'static str {
        LEVELS.get(self.level.min(recorded())).map_or("", |(_, words)| words)
    }

    fn show(&mut self, level: usize) -> Effect {
        if level > recorded() {
            return Effect::Toast(format!(
                "{} is all that is logged: `log` in the configuration",
                self.words()
            ));
        }
        if let Some((filter, _)) = LEVELS.get(level) {
            self.level = level;
            self.lines = lines(*filter);
        }
        Effect::Scroll(0)
    }

    /// What stands where no line does.
    fn nothing(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let why = if self.level < recorded() { ": = shows more" } else { "" };
        let text = format!(" nothing logged yet, showing {}{why}", self.words());
        Pen::new(buf, area, 0).words(&text, view.theme.style(Role::Dim));
    }
}

/// A record in whole words, with our clock and our styles.
#[derive(Debug)]
struct Record {
    zone: crate::model::Span,
    dim: Style,
    text: Style,
    warn: Style,
    bad: Style,
}

impl LogFormatter for Record {
    fn min_width(&self) -> u16 {
        10
    }

    fn format(&self, width: usize, record: &ExtLogRecord) -> Vec<Line<'_>> {
        let level = record.level.as_str();
        let style = match level {
            "ERROR" => self.bad,
            "WARN" => self.warn,
            "INFO" => self.text,
            _ => self.dim,
        };
        let nanos = i64::try_from(record.timestamp.timestamp().as_nanosecond()).unwrap_or_default();
        let clock = figure::clock(Timestamp::from_nanos(nanos).after(self.zone), Clock::Millis);
        let text = format!("{}: {}", record.target().trim_start_matches("flightdeck::"), record.msg());
        let text: String = text.chars().map(harmless).collect();
        let before = format!(" {clock} ");
        let indent = before.chars().count() + 6;
        let parts = wrapped(&text, width.saturating_sub(indent).max(LEAST)).into_iter().take(MOST_LINES);
        let line = |(row, part): (usize, String)| match row {
            0 => Line::from(vec![
                Span::styled(before.clone(), self.dim),
                Span::styled(format!("{level:<5} "), style),
                Span::styled(part, style),
            ]),
            _ => Line::from(vec![Span::raw(" ".repeat(indent)), Span::styled(part, style)]),
        };
        parts.enumerate().map(line).collect()
    }
}

impl Panel for Log {
    fn context(&self) -> Context {
        Context::Log
    }

    fn title(&self, _view: &View<'_>) -> Title {
        let words = self.words();
        Title::new("LOG", format!("diagnostics of this process, not the event log: {words}")).brief(words)
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let style = |role| view.theme.style(role);
        let formatter = Record {
            zone: view.zone,
            dim: style(Role::Dim),
            text: style(Role::Text),
            warn: style(Role::Warn),
            bad: style(Role::Bad),
        };
        TuiLoggerWidget::default().formatter(Box::new(formatter)).state(&self.lines).render(area, buf);
        if is_blank(area, buf) {
            self.nothing(view, area, buf);
        }
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        let event = match action {
            Action::Up | Action::HalfPageUp => TuiWidgetEvent::PrevPageKey,
            Action::Down | Action::HalfPageDown => TuiWidgetEvent::NextPageKey,
            Action::Bottom | Action::Follow => TuiWidgetEvent::EscapeKey,
            Action::LogMore => return Some(self.show(self.level.min(recorded()) + 1)),
            Action::LogLess => return Some(self.show(self.level.min(recorded()).saturating_sub(1))),
            _ => return None,
        };
        self.lines.transition(event);
        Some(Effect::Scroll(0))
    }
}

/// Whether nothing was drawn.
fn is_blank(area: Rect, buf: &Buffer) -> bool {
    area.positions().all(|place| buf.cell(place).is_none_or(|cell| cell.symbol() == " "))
}
