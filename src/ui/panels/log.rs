//! The diagnostic log of this process: what went on behind the events.

use crate::model::Timestamp;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Clock};
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::harmless;
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use std::fmt;
use tui_logger::{ExtLogRecord, LogFormatter, TuiLoggerWidget, TuiWidgetEvent, TuiWidgetState};

/// The panel.
pub(in crate::ui) fn log() -> Box<dyn Panel> {
    Box::new(Log(TuiWidgetState::new()))
}

struct Log(TuiWidgetState);

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

/// One record a line, with our clock and our styles.
#[derive(Debug)]
struct OneLine {
    zone: crate::model::Span,
    dim: Style,
    text: Style,
    warn: Style,
    bad: Style,
}

impl LogFormatter for OneLine {
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
        let clean: String = record.msg().chars().map(harmless).take(width).collect();
        let target: String = record.target().chars().map(harmless).collect();
        vec![Line::from(vec![
            Span::styled(format!(" {clock} "), self.dim),
            Span::styled(format!("{level:<5} "), style),
            Span::styled(format!("{target} "), self.dim),
            Span::styled(clean, style),
        ])]
    }
}

impl Panel for Log {
    fn context(&self) -> Context {
        Context::Log
    }

    fn title(&self, _view: &View<'_>) -> Title {
        Title::new("LOG", "diagnostics of this process, not the event log")
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let style = |role| view.theme.style(role);
        let formatter = OneLine {
            zone: view.zone,
            dim: style(Role::Dim),
            text: style(Role::Text),
            warn: style(Role::Warn),
            bad: style(Role::Bad),
        };
        TuiLoggerWidget::default().formatter(Box::new(formatter)).state(&self.0).render(area, buf);
    }

    fn on_action(&mut self, action: Action, _view: &View<'_>) -> Option<Effect> {
        let event = match action {
            Action::Up | Action::HalfPageUp => TuiWidgetEvent::PrevPageKey,
            Action::Down | Action::HalfPageDown => TuiWidgetEvent::NextPageKey,
            Action::Bottom | Action::Follow => TuiWidgetEvent::EscapeKey,
            Action::LogMore => TuiWidgetEvent::PlusKey,
            Action::LogLess => TuiWidgetEvent::MinusKey,
            _ => return None,
        };
        self.0.transition(event);
        Some(Effect::Scroll(0))
    }
}
