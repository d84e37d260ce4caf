//! Text from outside, made harmless once at the boundary.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The longest text kept, in characters; the rest is cut and marked with `…`.
const MAX_CHARS: usize = 256;

/// A text that may be shown: control, escape, bidi and zero-width characters are replaced by `·`, the length is
/// bounded. Whatever a venue, file, socket or operator says becomes this before it can reach a widget or a log.
/// Reason: ratatui lets U+202E, U+2066 and U+200B through and `Cell::set_symbol` filters nothing
/// (design: reliability, terminal injection).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DisplayText(Arc<str>);

impl DisplayText {
    /// Cleans a text.
    pub fn new(text: &str) -> Self {
        let mut clean = String::with_capacity(text.len().min(MAX_CHARS));
        for (count, character) in text.chars().enumerate() {
            if count == MAX_CHARS {
                clean.push('…');
                break;
            }
            clean.push(if is_harmless(character) { character } else { '·' });
        }
        Self(clean.into())
    }

    /// The cleaned text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character only draws itself: no control, escape, bidi or zero-width character.
pub fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{061C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

impl Default for DisplayText {
    fn default() -> Self {
        Self::new("")
    }
}

impl From<&str> for DisplayText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for DisplayText {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Ok(Self::new(&text))
    }
}

impl fmt::Display for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for DisplayText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::DisplayText;

    #[test]
    fn hostile_characters_never_survive_the_boundary() {
        let hostile = "\u{1b}]52;c;x\u{7}A\u{202e}B\u{2066}C\u{200b}D\u{9b}2JE\r\nF\u{feff}G\u{e0041}";
        let clean = DisplayText::new(hostile);
        assert_eq!(clean.as_str(), "·]52;c;x·A·B·C·D·2JE··F·G·");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let clean = DisplayText::new(&"x".repeat(10_000));
        assert_eq!(clean.as_str().chars().count(), 257);
        assert!(clean.as_str().ends_with('…'));
    }
}
