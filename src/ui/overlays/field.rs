//! A text field: what is typed or pasted, with a cursor. It never acts.

use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::{Role, Theme};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};

/// A field of one line.
#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    input: Input,
    /// The most characters it holds.
    most: usize,
}

impl Field {
    /// A field holding a text.
    pub(super) fn new(text: &str, most: usize) -> Self {
        Self { input: Input::new(text.to_owned()), most }
    }

    /// What stands in it.
    pub(super) fn value(&self) -> &str {
        self.input.value()
    }

    /// Replaces what stands in it; the cursor goes to its end.
    pub(super) fn set(&mut self, text: &str) {
        self.input = Input::new(text.to_owned());
    }

    /// Takes a key; whether it was one of a text field.
    pub(super) fn on_key(&mut self, key: KeyEvent) -> bool {
        let Some(request) = request(key) else { return false };
        let full = self.value().chars().count() >= self.most;
        if !(full && matches!(request, InputRequest::InsertChar(_))) {
            self.change(request);
        }
        true
    }

    /// Takes a pasted text. Control characters, newlines among them, are dropped.
    pub(super) fn paste(&mut self, text: &str) {
        let room = self.most.saturating_sub(self.value().chars().count());
        for letter in text.chars().filter(|letter| !letter.is_control()).take(room) {
            self.change(InputRequest::InsertChar(letter));
        }
    }

    /// Writes it, scrolled so that the cursor is seen, over exactly `width` cells.
    pub(super) fn draw(&self, pen: &mut Pen<'_>, width: u16, has_cursor: bool, theme: Theme) {
        let end = pen.at().saturating_add(width);
        let letters: Vec<char> = self.value().chars().collect();
        let cursor = self.input.cursor();
        let mut from = 0;
        let upto = cursor.saturating_add(1).min(letters.len().max(cursor));
        while has_cursor && cells(letters.get(from..upto).unwrap_or_default()) + 1 > width && from < cursor {
            from += 1;
        }
        let style = theme.style(if has_cursor { Role::Strong } else { Role::Text });
        for (index, letter) in letters.iter().enumerate().skip(from) {
            if pen.at() >= end {
                break;
            }
            let here = has_cursor && index == cursor;
            let style = if here { theme.style(Role::Cursor) } else { style };
            pen.put(letter.encode_utf8(&mut [0; 4]), style);
        }
        if has_cursor && cursor >= letters.len() && pen.at() < end {
            pen.put("_", theme.style(Role::Cursor));
        }
        while pen.at() < end && pen.space() > 0 {
            pen.put(" ", theme.style(Role::Text));
        }
    }

    fn change(&mut self, request: InputRequest) {
        // The answer says whether anything changed; the next frame shows it either way.
        let _changed = self.input.handle(request);
    }
}

fn cells(letters: &[char]) -> u16 {
    display_width(&letters.iter().collect::<String>())
}

fn request(key: KeyEvent) -> Option<InputRequest> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
        return None;
    }
    match key.code {
        KeyCode::Char('w') if control => Some(InputRequest::DeletePrevWord),
        KeyCode::Char('u') if control => Some(InputRequest::DeleteFromStart),
        KeyCode::Char(letter) if !control => Some(InputRequest::InsertChar(letter)),
        KeyCode::Backspace => Some(InputRequest::DeletePrevChar),
        KeyCode::Delete => Some(InputRequest::DeleteNextChar),
        KeyCode::Left => Some(InputRequest::GoToPrevChar),
        KeyCode::Right => Some(InputRequest::GoToNextChar),
        KeyCode::Home => Some(InputRequest::GoToStart),
        KeyCode::End => Some(InputRequest::GoToEnd),
        _ => None,
    }
}
