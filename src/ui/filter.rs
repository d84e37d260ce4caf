//! The words rows are narrowed by: `mm btc`, `strat:mm state:work`, all of which must be found.

/// A row's fields, each with the word that narrows by it alone.
pub(super) type Fields<'a> = [(&'static str, &'a str)];

/// Whether a row has all words of a lower-case filter: `key:word` in that field, a bare word in any.
pub(super) fn matches(filter: &str, fields: &Fields<'_>) -> bool {
    filter.split_whitespace().all(|word| match word.split_once(':') {
        Some((key, rest)) if fields.iter().any(|(name, _)| *name == key) => {
            fields.iter().any(|(name, text)| *name == key && has(text, rest))
        }
        Some(_) | None => fields.iter().any(|(_, text)| has(text, word)),
    })
}

fn has(text: &str, word: &str) -> bool {
    text.to_lowercase().contains(word)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn all_words_must_be_found_and_a_key_narrows_to_its_field() {
        let row = [("strat", "mm-btc"), ("inst", "BTCUSDT"), ("state", "WORKING")];
        assert!(matches("", &row));
        assert!(matches("btc work", &row));
        assert!(matches("strat:mm inst:btc", &row));
        assert!(!matches("strat:usdt", &row));
        assert!(!matches("btc filled", &row));
    }
}
