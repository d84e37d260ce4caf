//! From keys to actions: (context, strokes) looked up in a map built from the table.

use super::action::{Action, Context};
use super::action_table::TABLE;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::BTreeMap;

/// What the strokes so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Action(Action),
    /// The beginning of a longer sequence.
    Pending,
    Nothing,
}

/// The map and the strokes of an unfinished sequence.
#[derive(Debug)]
pub(super) struct Keymap {
    map: BTreeMap<(Context, String), Action>,
    pending: String,
}

impl Keymap {
    /// The map of the table.
    pub(super) fn new() -> Self {
        let bindings = TABLE.iter().flat_map(|row| {
            let keys = row.keys.iter();
            keys.flat_map(|key| {
                row.contexts.iter().map(|context| ((*context, (*key).to_owned()), row.action))
            })
        });
        let map = bindings.collect();
        Self { map, pending: String::new() }
    }

    /// The action of a key that acts everywhere; while text is typed only keys that are no text do.
    pub(super) fn always(&self, key: KeyEvent, typing: bool) -> Option<Action> {
        let stroke = stroke(key)?;
        let is_text = stroke.chars().count() == 1 || stroke == "Space";
        if typing && is_text { None } else { self.map.get(&(Context::Always, stroke)).copied() }
    }

    /// What a key means after those before it, in the first of these contexts that knows it.
    pub(super) fn press(&mut self, key: KeyEvent, contexts: &[Context]) -> Meaning {
        let Some(stroke) = stroke(key) else { return Meaning::Nothing };
        let sequence =
            if self.pending.is_empty() { stroke.clone() } else { format!("{} {stroke}", self.pending) };
        self.pending.clear();
        for context in contexts {
            if let Some(action) = self.map.get(&(*context, sequence.clone())) {
                return Meaning::Action(*action);
            }
            let start = format!("{sequence} ");
            if self.map.keys().any(|(place, keys)| place == context && keys.starts_with(&start)) {
                self.pending = sequence;
                return Meaning::Pending;
            }
        }
        if sequence == stroke { Meaning::Nothing } else { self.press(key, contexts) }
    }

    /// The strokes of an unfinished sequence.
    pub(super) fn pending(&self) -> &str {
        &self.pending
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the terminal's keys, most of which we do not use")]
/// A key as the table writes it; `None` for keys it has no words for.
fn stroke(key: KeyEvent) -> Option<String> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
        return None;
    }
    let word = match key.code {
        KeyCode::Char(' ') if !control => "Space",
        KeyCode::Char(letter) if control => return Some(format!("^{}", letter.to_ascii_uppercase())),
        KeyCode::Char(letter) => return Some(letter.to_string()),
        KeyCode::Enter => "Enter",
        KeyCode::Esc => "Esc",
        KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => "S-Tab",
        KeyCode::Tab => "Tab",
        KeyCode::BackTab => "S-Tab",
        KeyCode::Up => "Up",
        KeyCode::Down => "Down",
        KeyCode::Left => "Left",
        KeyCode::Right => "Right",
        KeyCode::Home => "Home",
        KeyCode::End => "End",
        KeyCode::PageUp => "PageUp",
        KeyCode::PageDown => "PageDown",
        KeyCode::F(1) => "F1",
        _ => return None,
    };
    Some(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Action, Context, Keymap, Meaning};
    use crate::ui::action_table::TABLE;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn key(word: &str) -> KeyEvent {
        let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
        match word {
            "Space" => plain(KeyCode::Char(' ')),
            "Enter" => plain(KeyCode::Enter),
            "Esc" => plain(KeyCode::Esc),
            "Tab" => plain(KeyCode::Tab),
            "S-Tab" => plain(KeyCode::BackTab),
            "Up" => plain(KeyCode::Up),
            "Down" => plain(KeyCode::Down),
            "Left" => plain(KeyCode::Left),
            "Right" => plain(KeyCode::Right),
            "Home" => plain(KeyCode::Home),
            "End" => plain(KeyCode::End),
            "PageUp" => plain(KeyCode::PageUp),
            "PageDown" => plain(KeyCode::PageDown),
            "F1" => plain(KeyCode::F(1)),
            word if word.starts_with('^') => {
                let letter = word.chars().nth(1).unwrap().to_ascii_lowercase();
                KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)
            }
            word => plain(KeyCode::Char(word.chars().next().unwrap())),
        }
    }

    #[test]
    fn every_action_is_reached_by_every_key_of_its_row() {
        for (row, context) in TABLE.iter().flat_map(|row| row.contexts.iter().map(move |one| (row, one))) {
            for keys in row.keys {
                let mut map = Keymap::new();
                let met = keys.split(' ').map(|word| map.press(key(word), &[*context])).last();
                assert_eq!(met, Some(Meaning::Action(row.action)), "{keys} in {context:?}");
            }
        }
    }

    #[test]
    fn a_broken_sequence_still_does_what_its_last_key_means() {
        let mut map = Keymap::new();
        assert_eq!(map.press(key("g"), &[Context::Global]), Meaning::Pending);
        assert_eq!(map.press(key("j"), &[Context::Global]), Meaning::Action(Action::Down));
        assert_eq!(map.press(key("g"), &[Context::Global]), Meaning::Pending);
        assert_eq!(map.press(key("g"), &[Context::Global]), Meaning::Action(Action::Top));
    }
}
