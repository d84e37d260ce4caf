//! Rules for one file: its opening sentence, its length, faces, globs, ignored tests, nameless intentions.

use crate::source::Source;

/// The most lines of code of a file: neither blank nor comment nor a module of tests.
const MOST_LINES: usize = 500;

/// Files that do not open with `//!` and a sentence.
pub(crate) fn without_sentence(sources: &[Source]) -> Vec<String> {
    let opens = |source: &&Source| {
        let sentence = source.text.strip_prefix("//!").and_then(|rest| rest.lines().next());
        sentence.is_none_or(|sentence| sentence.split_whitespace().count() < 3)
    };
    sources
        .iter()
        .filter(opens)
        .map(|source| format!("{}: opens without //! and a sentence", source.path))
        .collect()
}

/// Faces that hold more than docs, attributes, `mod` and `pub use`.
pub(crate) fn faces_that_define(sources: &[Source]) -> Vec<String> {
    let face = |source: &&Source| source.path.ends_with("/mod.rs") || source.path == "src/lib.rs";
    let mut breaches = Vec::new();
    for source in sources.iter().filter(face) {
        for item in without_attributes(&source.production).split(';').map(str::trim) {
            let visible = item.strip_prefix("pub").map_or(item, |rest| {
                let rest = rest.trim_start();
                rest.strip_prefix('(')
                    .and_then(|inner| inner.split_once(')'))
                    .map_or(rest, |(_, after)| after)
            });
            let visible = visible.trim_start();
            let module = visible.strip_prefix("mod ").is_some_and(|name| !name.contains('{'));
            let reexport = item.starts_with("pub") && visible.starts_with("use ");
            if !item.is_empty() && !module && !reexport {
                let start: String = item.chars().take(40).collect();
                breaches.push(format!("{}: a face defines `{}`", source.path, start.replace('\n', " ")));
            }
        }
    }
    breaches
}

/// The code without `#[…]` and `#![…]`.
fn without_attributes(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find('#') {
        kept.push_str(&rest[..at]);
        let mut depth = 0_i32;
        let mut end = rest.len();
        for (offset, character) in rest[at..].char_indices() {
            depth += i32::from(character == '[') - i32::from(character == ']');
            if character == ']' && depth == 0 {
                end = at + offset + 1;
                break;
            }
        }
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept
}

/// Files longer than allowed.
pub(crate) fn long_files(sources: &[Source]) -> Vec<String> {
    let count = |source: &Source| source.production.lines().filter(|line| !line.trim().is_empty()).count();
    let long = sources.iter().map(|source| (source, count(source))).filter(|(_, lines)| *lines > MOST_LINES);
    long.map(|(source, lines)| format!("{}: {lines} lines of code, more than {MOST_LINES}", source.path))
        .collect()
}

/// Imports of everything.
pub(crate) fn globs(sources: &[Source]) -> Vec<String> {
    let glob = |source: &&Source| source.production.replace(char::is_whitespace, "").contains("::*");
    sources
        .iter()
        .filter(glob)
        .map(|source| format!("{}: a glob import outside tests", source.path))
        .collect()
}

/// Tests that are not run.
pub(crate) fn ignored_tests(sources: &[Source]) -> Vec<String> {
    let ignored = |source: &&Source| {
        let dense = source.code.replace(char::is_whitespace, "");
        dense.contains("#[ignore") || dense.contains(",ignore)]") || dense.contains(",ignore=")
    };
    sources.iter().filter(ignored).map(|source| format!("{}: an ignored test", source.path)).collect()
}

/// Intentions left in comments without the name of who has them: `WORD(name): condition` is the form.
pub(crate) fn nameless_intentions(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources {
        for word in ["TODO", "FIXME", "XXX", "HACK"] {
            let nameless = source.comments.match_indices(word).any(|(at, _)| {
                let (before, after) = (&source.comments[..at], &source.comments[at + word.len()..]);
                let whole =
                    !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
                let named = after.strip_prefix('(').and_then(|rest| rest.split_once("):"));
                whole && !named.is_some_and(|(name, _)| !name.is_empty() && !name.contains('\n'))
            });
            if nameless {
                breaches.push(format!("{}: {word} without a name and a condition", source.path));
            }
        }
    }
    breaches
}

#[test]
fn each_rule_of_shape_can_fail() {
    let one = |text: &str| [Source::new("src/model/x.rs", text)];
    let face = |text: &str| faces_that_define(&[Source::new("src/model/mod.rs", text)]).len();
    assert_eq!(without_sentence(&one("use a;\n//! Late.\n")).len(), 1);
    assert_eq!(without_sentence(&one("//!\nfn a() {}")).len(), 1);
    assert!(without_sentence(&one("//! Prices and what they cost.\n")).is_empty());
    assert_eq!(face("//! A face.\n#![deny(x)]\nmod a;\npub struct B;\npub use a::A;"), 1);
    assert_eq!(face("mod a { pub fn b() {} }"), 1);
    assert_eq!(face("use std::fmt;"), 1);
    assert_eq!(face("macro_rules! m { () => {}; }"), 2);
    assert_eq!(
        face("#![cfg_attr(not(test), deny(a, b))]\n/// Doc.\npub mod a;\npub(crate) use a::{A, B};\nmod c;"),
        0
    );
    assert_eq!(face("mod a;\n#[cfg(test)]\nmod tests { fn b() {} }"), 0);
    assert_eq!(long_files(&one(&"fn a() {}\n".repeat(501))).len(), 1);
    assert!(long_files(&one(&"fn a() {}\n// why\n\n".repeat(500))).is_empty());
    assert!(
        long_files(&one(&format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn a() {}\n".repeat(600))))
            .is_empty()
    );
    assert_eq!(globs(&one("use super::a :: *;")).len(), 1);
    assert_eq!(globs(&one("pub use a::{b::*, C};")).len(), 1);
    assert!(globs(&one("let x = 2 * 3; #[cfg(test)] mod tests { use super::*; }")).is_empty());
    assert_eq!(ignored_tests(&one("#[test]\n#[ignore = \"slow\"]\nfn a() {}")).len(), 1);
    assert_eq!(ignored_tests(&one("#[cfg_attr(x, ignore)]\nfn a() {}")).len(), 1);
    assert!(ignored_tests(&one("// #[ignore] is not used\nlet a = \"#[ignore]\";")).is_empty());
    let note = |rest: &str| {
        nameless_intentions(&one(&format!("// {}{rest}\nfn a() {{}}", "TO".to_owned() + "DO"))).len()
    };
    assert_eq!((note(": later"), note("(): later"), note("(ada) later")), (1, 1, 1));
    assert_eq!((note("(ada): when the venue sends ids"), note("S are a word")), (0, 0));
}
