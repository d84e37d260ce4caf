//! Short inline texts that may ride on hot events: a signal's name, a currency's code.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The bytes a label holds.
const CAPACITY: usize = 23;

/// Up to 23 printable ASCII characters, `Copy`, compared as text. Other characters become `?`, longer texts are cut:
/// a label is our own word (a signal's name), never a key to look something up by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Label {
    bytes: [u8; CAPACITY],
    len: u8,
}

impl Label {
    /// The label of a text.
    pub fn new(text: &str) -> Self {
        let mut label = Self::default();
        for (slot, character) in label.bytes.iter_mut().zip(text.chars()) {
            *slot = u8::try_from(character).ok().filter(|byte| (0x20..=0x7e).contains(byte)).unwrap_or(b'?');
            label.len += 1;
        }
        label
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(used).unwrap_or_default()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Label {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Label {
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
