//! The one way text reaches the screen: cleaned a last time, clipped by display width, never outside its box.

use crate::model::is_harmless;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::fmt;
use unicode_width::UnicodeWidthChar;

/// Writes along one row of a buffer, from `x` to before `end`. What does not fit is cut.
#[derive(Debug)]
pub struct Pen<'a> {
    buf: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
    style: Style,
}

impl<'a> Pen<'a> {
    /// A pen at the left end of a row of an area; it writes nothing when there is no such row.
    pub fn new(buf: &'a mut Buffer, area: Rect, row: u16) -> Self {
        let area = area.intersection(buf.area);
        let inside = row < area.height;
        let end = if inside { area.right() } else { area.x };
        let y = area.y.saturating_add(if inside { row } else { 0 });
        Self { buf, x: area.x, y, end, style: Style::new() }
    }

    /// The style of what follows.
    pub fn style(&mut self, style: Style) -> &mut Self {
        self.style = style;
        self
    }

    /// Writes a text in a style.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        self.style = style;
        for character in text.chars() {
            self.write(character);
        }
        self
    }

    /// Writes a text in a style; where it does not fit it ends with a whole word and `..`, so that no number is cut.
    /// Whether it did fit.
    pub fn words(&mut self, text: &str, style: Style) -> bool {
        if display_width(text) <= self.space() {
            self.put(text, style);
            return true;
        }
        match whole_words(text, self.space()) {
            Some(part) => self.put(part, style).put(" ..", style),
            None if text.contains(|one: char| one.is_ascii_digit()) => self.put("..", style),
            None => self.put(text, style),
        };
        false
    }

    /// The same in `width` cells, filled.
    pub fn left_words(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let (from, end) = (self.x, self.end);
        self.end = self.end.min(self.x.saturating_add(width));
        self.words(text, style);
        self.end = end;
        self.to(from.saturating_add(width))
    }

    /// Writes a text in a style, cut or filled to exactly `width` cells, from the left.
    pub fn left(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let (from, end) = (self.x, self.end);
        self.end = self.end.min(self.x.saturating_add(width));
        self.put(text, style);
        self.end = end;
        self.to(from.saturating_add(width))
    }

    /// Writes a text in a style at the right of `width` cells. A text that is too wide is not cut, since half a number
    /// is a wrong number: it loses its commas first, then the field fills with `#`. So does one that would reach beyond the end.
    pub fn right(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let from = self.x;
        let (needed, width) = (display_width(text), width.min(self.space()));
        let commas = u16::try_from(text.matches(',').count()).unwrap_or(0);
        if needed > width && needed - commas <= width {
            self.to(from.saturating_add(width - (needed - commas)));
            for part in text.split(',') {
                self.put(part, style);
            }
        } else if needed > width {
            for _ in 0..width {
                self.style = style;
                self.write('#');
            }
        } else {
            self.to(from.saturating_add(width - needed));
            self.put(text, style);
        }
        self.to(from.saturating_add(width))
    }

    /// Moves to a column; never beyond the end.
    pub fn to(&mut self, x: u16) -> &mut Self {
        self.x = x.min(self.end);
        self
    }

    /// Leaves cells as they are.
    pub fn skip(&mut self, cells: u16) -> &mut Self {
        self.to(self.x.saturating_add(cells))
    }

    /// Where it stands.
    pub const fn at(&self) -> u16 {
        self.x
    }

    /// How many cells are left.
    pub const fn space(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// Fills the rest of the row with a character.
    pub fn fill(&mut self, character: char, style: Style) -> &mut Self {
        self.style = style;
        while self.x < self.end {
            self.write(character);
        }
        self
    }

    fn write(&mut self, character: char) {
        let character = harmless(character);
        let Ok(width @ 1..=2) = u16::try_from(character.width().unwrap_or(0)) else {
            return self.write('·');
        };
        if self.x.saturating_add(width) > self.end {
            self.x = self.end;
            return;
        }
        if let Some(cell) = self.buf.cell_mut((self.x, self.y)) {
            cell.set_char(character).set_style(self.style);
        }
        if width == 2
            && let Some(cell) = self.buf.cell_mut((self.x + 1, self.y))
        {
            cell.reset();
            cell.set_style(self.style);
        }
        self.x += width;
    }
}

impl fmt::Write for Pen<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            self.write(character);
        }
        Ok(())
    }
}

/// The character itself, or `·` for one that would do more than draw itself. The boundary has done this before
/// (`DisplayText`); here it is done for texts that forgot to pass there.
pub(super) fn harmless(character: char) -> char {
    if is_harmless(character) { character } else { '·' }
}

/// The most whole words of a text that leave room for ` ..` within `room` cells, if any do.
pub(super) fn whole_words(text: &str, room: u16) -> Option<&str> {
    let room = room.saturating_sub(3);
    let ends = text.match_indices(' ').map(|(at, _)| text.get(..at).unwrap_or_default());
    ends.take_while(|part| display_width(part) <= room).last().filter(|part| !part.trim().is_empty())
}

/// Cells a text takes on the screen.
pub fn display_width(text: &str) -> u16 {
    let cells: usize =
        text.chars().map(|character| harmless(character).width().unwrap_or(1).clamp(1, 2)).sum();
    u16::try_from(cells).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::Pen;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn row(write: impl FnOnce(&mut Pen<'_>)) -> String {
        let area = Rect::new(0, 0, 12, 1);
        let mut buf = Buffer::empty(area);
        write(&mut Pen::new(&mut buf, area, 0));
        buf.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn hostile_text_is_drawn_as_dots() {
        let text = row(|pen| {
            pen.put("a\u{1b}[2J\u{202e}b\u{200b}c\u{301}", Style::new());
        });
        assert_eq!(text, "a·[2J·b·c·  ");
    }

    #[test]
    fn a_number_that_does_not_fit_is_never_cut() {
        let text = row(|pen| {
            pen.right("1,234,567", 6, Style::new()).put("|", Style::new());
        });
        assert_eq!(text, "######|     ");
        let text = row(|pen| {
            pen.right("1,234,567", 8, Style::new()).put("|", Style::new());
        });
        assert_eq!(text, " 1234567|   ");
    }

    #[test]
    fn a_number_at_the_edge_is_never_cut_either() {
        let text = row(|pen| {
            pen.skip(6).right("1,234,567", 9, Style::new());
        });
        assert_eq!(text, "      ######");
    }

    #[test]
    fn words_that_do_not_fit_end_before_a_number() {
        let text = row(|pen| {
            assert!(!pen.words("fee 12,569.17 USDT", Style::new()));
        });
        assert_eq!(text, "fee ..      ");
    }

    #[test]
    fn a_wide_character_at_the_edge_is_left_out() {
        let text = row(|pen| {
            pen.left("abc漢字漢字漢字", 12, Style::new());
        });
        assert_eq!(text.chars().filter(|character| *character == '漢').count(), 2);
    }
}
