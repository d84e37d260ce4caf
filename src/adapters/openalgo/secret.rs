//! A secret: masked by its type wherever it is written, wiped when it goes.

use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use zeroize::Zeroizing;

/// What stands for a secret wherever something is shown.
const MASK: &str = "***";

/// A text that no log, error, record or screen may show.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same secret for a second owner, with a connection of its own. Said by name, so that every copy can be found.
    #[must_use]
    pub fn for_another(&self) -> Self {
        Self(Zeroizing::new(self.0.as_str().to_owned()))
    }

    /// A text somebody else wrote, with the secret masked where it is repeated.
    pub fn mask(&self, text: &str) -> String {
        if self.is_empty() { text.to_owned() } else { text.replace(self.0.as_str(), MASK) }
    }

    /// As `mask`, of everything in an answer: a server that repeats the key gives it to nobody.
    pub(super) fn mask_answer(&self, answer: &mut Value) {
        match answer {
            Value::String(text) if text.contains(self.0.as_str()) => *text = self.mask(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.mask_answer(item)),
            Value::Object(fields) => {
                if fields.keys().any(|key| key.contains(self.0.as_str())) {
                    *fields = std::mem::take(fields)
                        .into_iter()
                        .map(|(key, value)| (self.mask(&key), value))
                        .collect();
                }
                fields.values_mut().for_each(|value| self.mask_answer(value));
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The text itself, for the wire.
    pub(super) fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;
    use serde_json::json;

    #[test]
    fn a_secret_is_masked_wherever_it_is_written() {
        let secret = Secret::new("9f3c".to_owned());
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "*** *** Some(***)");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        assert_eq!(secret.for_another().expose(), secret.expose());
    }

    #[test]
    fn a_server_that_repeats_the_key_gives_it_to_nobody() {
        let secret = Secret::new("9f3c55".to_owned());
        let mut answer = json!({"message": {"apikey 9f3c55": ["no 9f3c55 here", 9]}, "status": "error"});
        secret.mask_answer(&mut answer);
        assert_eq!(answer, json!({"message": {"apikey ***": ["no *** here", 9]}, "status": "error"}));
        assert_eq!(secret.mask("http://h/?apikey=9f3c55"), "http://h/?apikey=***");
    }
}
