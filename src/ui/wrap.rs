//! A text in several lines, broken at spaces.

/// A text in lines of at most this many letters, broken at spaces.
pub(super) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let long = |line: &String| !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room;
        if lines.last().is_some_and(long) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
