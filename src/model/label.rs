//! Short inline texts that may ride on hot events: a signal's name, a reason, a currency's code.

use super::text::is_harmless;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Up to `N` bytes of harmless text (see `DisplayText`), `Copy`, compared as text. What does not fit is cut at a
/// character: it is a word or a sentence for a reader, never a key to look something up by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Inline<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

/// A word: a signal's name, a link's name.
pub type Label = Inline<23>;

/// A sentence: why somebody killed, resumed or paused.
pub type Reason = Inline<95>;

impl<const N: usize> Inline<N> {
    /// The most bytes it holds.
    pub const CAPACITY: usize = N;

    /// The text, made harmless and cut to size.
    #[inline]
    pub fn new(text: &str) -> Self {
        // A short word of printable ASCII, as all but foreign ones are, is taken as it stands, in one pass.
        let mut inline = Self::default();
        let mut plain = text.len() <= N;
        for (room, byte) in inline.bytes.iter_mut().zip(text.bytes()) {
            *room = byte;
            plain &= (b' '..=b'~').contains(&byte);
        }
        if !plain {
            return Self::cleaned(text);
        }
        inline.len = u8::try_from(text.len()).unwrap_or(u8::MAX);
        inline
    }

    /// A word of the program's own, made when it is compiled and not at every use. It is printable ASCII: anything else in
    /// it becomes `?`, and what does not fit is cut.
    ///
    /// ```
    /// use flightdeck::model::Label;
    /// const CROSS_UP: Label = Label::word("cross-up");
    /// assert_eq!(CROSS_UP, Label::new("cross-up"));
    /// ```
    #[expect(clippy::indexing_slicing, reason = "within both by the loop's condition")]
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "no more than N, which is small"
    )]
    pub const fn word(text: &str) -> Self {
        let (from, mut bytes) = (text.as_bytes(), [0; N]);
        let mut used = 0;
        while used < from.len() && used < N {
            let byte = from[used];
            bytes[used] = if byte >= b' ' && byte <= b'~' { byte } else { b'?' };
            used += 1;
        }
        Self { bytes, len: used as u8 }
    }

    #[cold]
    fn cleaned(text: &str) -> Self {
        let mut inline = Self::default();
        let mut used = 0;
        for character in text.chars() {
            let shown = if is_harmless(character) { character } else { '·' };
            let Some(room) = inline.bytes.get_mut(used..used + shown.len_utf8()) else { break };
            shown.encode_utf8(room);
            used += shown.len_utf8();
        }
        inline.len = u8::try_from(used).unwrap_or(u8::MAX);
        inline
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(used).unwrap_or_default()
    }
}

impl<const N: usize> From<&str> for Inline<N> {
    #[inline]
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<const N: usize> Default for Inline<N> {
    fn default() -> Self {
        Self { bytes: [0; N], len: 0 }
    }
}

impl<const N: usize> fmt::Display for Inline<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Inline<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> Serialize for Inline<N> {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> Deserialize<'de> for Inline<N> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Ok(Self::new(&text))
    }
}

/// A currency or coin code: 1 to 10 upper-case letters or digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Currency(Label);

impl Currency {
    /// Reads a code; `None` when it is not 1 to 10 upper-case letters or digits.
    pub fn new(code: &str) -> Option<Self> {
        let fits = (1..=10).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        fits.then(|| Self(Label::new(code)))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Label, Reason};

    #[test]
    fn a_reason_keeps_its_letters_and_loses_what_could_harm() {
        let reason = Reason::new("Größe falsch: 5 statt 0.05\u{1b}[2J\u{202e}");
        assert_eq!(reason.as_str(), "Größe falsch: 5 statt 0.05·[2J·");
    }

    #[test]
    fn what_does_not_fit_is_cut_at_a_character() {
        assert_eq!(Label::new(&"ü".repeat(40)).as_str(), "ü".repeat(11));
    }
}
