//! The known name nearest to a mistyped one.

/// Longer names are not compared: a hint is for typing slips.
const MAX_CHARS: usize = 40;

/// The known name nearest to `typed`, if it is near enough to be a slip: at most two in five characters differ.
pub(super) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed_chars = typed.chars().count();
    if typed_chars > MAX_CHARS {
        return None;
    }
    let typed = typed.to_lowercase();
    let scored = known.into_iter().map(|name| (slips(&typed, &name.to_lowercase()), name));
    let (slips, name) = scored.min_by_key(|(slips, _)| *slips)?;
    let longest = typed_chars.max(name.chars().count());
    (slips * 5 <= longest * 2).then_some(name)
}

/// How far apart two texts are; the same letters in another order are one slip.
fn slips(typed: &str, name: &str) -> usize {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    if typed != name && sorted(typed) == sorted(name) { 1 } else { distance(typed, name) }
}

/// How many insertions, deletions and replacements of one character lie between two texts (Levenshtein), one row of
/// the table at a time.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (taken, from_char) in from.chars().enumerate() {
        let mut diagonal = taken;
        let mut left = taken + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, to_char) in row.iter_mut().skip(1).zip(to.chars()) {
            let replaced = diagonal + usize::from(from_char != to_char);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["max_gross", "daily_loss", "messages_per_s"];
        assert_eq!(nearest("max_gros", known), Some("max_gross"));
        assert_eq!(nearest("MAX_GROSS", known), Some("max_gross"));
        assert_eq!(nearest("dialy_loss", known), Some("daily_loss"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest(&"m".repeat(500), known), None);
    }

    #[test]
    fn distance_counts_single_character_edits() {
        assert_eq!((distance("", "abc"), distance("kitten", "sitting"), distance("same", "same")), (3, 3, 0));
    }
}
