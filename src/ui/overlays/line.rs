//! Lines of an overlay: texts with roles, rules between sections, drawn from a place onwards.

use crate::ui::pen::Pen;
use crate::ui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// One line.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    parts: Vec<(String, Role)>,
    /// Drawn over the whole width with the edge's character, its parts as a title.
    is_rule: bool,
}

impl Line {
    /// An empty line.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A line between sections, with a title.
    pub(super) fn rule(title: &str) -> Self {
        let mut line = Self::new();
        line.is_rule = true;
        if title.is_empty() { line } else { line.strong(&format!(" {title} ")) }
    }

    /// A plain line.
    pub(super) fn of(text: &str) -> Self {
        Self::new().text(text)
    }

    /// Adds plain text.
    #[must_use]
    pub(super) fn text(self, text: &str) -> Self {
        self.part(text, Role::Text)
    }

    /// Adds text to look at.
    #[must_use]
    pub(super) fn strong(self, text: &str) -> Self {
        self.part(text, Role::Strong)
    }

    /// Adds text of less weight.
    #[must_use]
    pub(super) fn dim(self, text: &str) -> Self {
        self.part(text, Role::Dim)
    }

    /// Adds a key.
    #[must_use]
    pub(super) fn key(self, text: &str) -> Self {
        self.part(text, Role::Accent)
    }

    /// Adds text of a role.
    #[must_use]
    pub(super) fn part(mut self, text: &str, role: Role) -> Self {
        self.parts.push((text.to_owned(), role));
        self
    }

    /// Whether it is the title of what follows.
    pub(super) fn is_heading(&self) -> bool {
        matches!(self.parts.as_slice(), [(_, Role::Strong)])
    }

    /// Its text without looks.
    pub(super) fn plain(&self) -> String {
        self.parts.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// Draws it into a row.
    pub(super) fn draw(&self, theme: Theme, area: Rect, row: u16, buf: &mut Buffer) {
        let mut pen = Pen::new(buf, area, row);
        if self.is_rule {
            let style = theme.style(Role::Border);
            pen.fill(theme.border().horizontal, style);
            pen = Pen::new(buf, area, row);
            pen.skip(1);
        }
        for (text, role) in &self.parts {
            if !pen.words(text, theme.style(*role)) {
                break;
            }
        }
    }
}

/// Draws lines from the `from`th on, as many as fit.
pub(super) fn draw(lines: &[Line], from: usize, theme: Theme, area: Rect, buf: &mut Buffer) {
    for (row, line) in (0..area.height).zip(lines.iter().skip(from)) {
        line.draw(theme, area, row, buf);
    }
}
