//! Source files split into code and comments, texts blanked, so that a rule cannot be fooled by either.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One file of the house.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Below the project's top, with `/`: `src/model/price.rs`.
    pub(crate) path: String,
    /// As it is.
    pub(crate) text: String,
    /// The code without comments; the inside of texts and characters is blanked to `_`.
    pub(crate) code: String,
    /// As `code`, without modules that exist for tests only; empty where the whole file is one.
    pub(crate) production: String,
    /// The comments.
    pub(crate) comments: String,
}

impl Source {
    /// Reads a text as the file at a path.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, comments) = split(text);
        let production = without_test_modules(&code);
        Self { path: path.to_owned(), text: text.to_owned(), code, production, comments }
    }

    /// The room: the folder or file right below `src`; `None` for the crate's own face `lib.rs`.
    pub(crate) fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        let room = inside.split('/').next()?;
        let room = room.strip_suffix(".rs").unwrap_or(room);
        (room != "lib").then_some(room)
    }

    /// The module path below the crate: `["model", "price"]`, `["model"]` for its `mod.rs`.
    pub(crate) fn module(&self) -> Vec<String> {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let inside = inside.strip_suffix(".rs").unwrap_or(inside);
        let inside = inside.strip_suffix("/mod").unwrap_or(inside);
        inside.split('/').map(str::to_owned).collect()
    }
}

/// All of `src`; files declared `#[cfg(test)] mod name;` have no production code.
pub(crate) fn house() -> Vec<Source> {
    let mut sources = read_below("src");
    assert!(sources.len() > 10, "the house is found");
    blank_test_files(&mut sources);
    sources
}

/// All of `tests`.
pub(crate) fn tests_of_the_house() -> Vec<Source> {
    read_below("tests")
}

fn read_below(folder: &str) -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&top.join(folder), &mut files);
    files.sort();
    let read = |file: &PathBuf| {
        let path = file.strip_prefix(top).expect("below the top").to_string_lossy().replace('\\', "/");
        Source::new(&path, &std::fs::read_to_string(file).expect("a source file is text"))
    };
    files.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the house") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Takes the production code from files that their parent declares for tests only.
fn blank_test_files(sources: &mut [Source]) {
    let mut test_only: BTreeSet<Vec<String>> = BTreeSet::new();
    for source in sources.iter() {
        for name in declared_for_tests(&source.code) {
            let mut module = source.module();
            module.push(name);
            test_only.insert(module);
        }
    }
    for source in sources {
        let module = source.module();
        if (1..=module.len()).any(|depth| test_only.contains(&module[..depth])) {
            source.production.clear();
        }
    }
}

/// The names in `#[cfg(test)] mod name;`.
fn declared_for_tests(code: &str) -> Vec<String> {
    let after = code.split("#[cfg(test)]").skip(1);
    after
        .filter_map(|rest| {
            let (name, _) = rest.trim_start().strip_prefix("mod ")?.split_once([';', '{'])?;
            rest.trim_start().strip_prefix(&format!("mod {name};")).map(|_| name.trim().to_owned())
        })
        .collect()
}

/// The code without `#[cfg(test)] mod name { … }`.
fn without_test_modules(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        let (before, marked) = rest.split_at(at);
        let item = marked[MARK.len()..].trim_start();
        kept.push_str(before);
        let open = item.find(['{', ';']).filter(|open| item[*open..].starts_with('{'));
        let open = open.filter(|_| item.starts_with("mod "));
        if open.is_none() {
            kept.push_str(MARK);
        }
        rest = open.map_or(&marked[MARK.len()..], |open| after_block(&item[open..]));
    }
    kept.push_str(rest);
    kept
}

/// What follows the block that the text opens with.
fn after_block(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    ""
}

/// Splits a text into (code, comments). Lines stay where they are in the code.
fn split(text: &str) -> (String, String) {
    let (mut code, mut comments) = (String::new(), String::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            comments.push_str(&rest[..end]);
            comments.push('\n');
            end
        } else if rest.starts_with("/*") {
            let end = block_comment(rest);
            comments.push_str(&rest[..end]);
            comments.push('\n');
            code.extend(rest[..end].chars().filter(|character| *character == '\n'));
            end
        } else if let Some(end) = literal(rest, code.chars().next_back()) {
            let blank = |character: char| if character.is_whitespace() { character } else { '_' };
            code.push('"');
            code.extend(rest[..end].chars().map(blank));
            code.push('"');
            end
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    (code, comments)
}

/// The length of a block comment, which may hold others.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let step = if rest.starts_with("/*") {
            depth += 1;
            2
        } else if rest.starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of the text or character literal that starts here, if one does. A prefix (`b`, `r`, `c`) counts only
/// where no name runs into it; a quote that is not closed after one character is a lifetime.
fn literal(text: &str, before: Option<char>) -> Option<usize> {
    let in_name = before.is_some_and(|character| character.is_alphanumeric() || character == '_');
    let prefix = ["br", "cr", "r", "b", "c"].into_iter().find(|prefix| !in_name && text.starts_with(prefix));
    for prefix in [prefix, Some("")].into_iter().flatten() {
        let body = &text[prefix.len()..];
        let hashes = body.chars().take_while(|character| *character == '#').count();
        if (prefix.ends_with('r') && body[hashes..].starts_with('"'))
            || (hashes == 0 && body.starts_with('"'))
        {
            let closing = format!("\"{}", "#".repeat(hashes));
            let inside = &body[hashes + 1..];
            let length = if prefix.ends_with('r') { inside.find(&closing) } else { unescaped(inside, '"') };
            let length = length.map_or(inside.len(), |at| at + closing.len());
            return Some(prefix.len() + hashes + 1 + length);
        }
        if body.starts_with('\'') && (prefix.is_empty() || prefix == "b") {
            let inside = &body[1..];
            let mut characters = inside.chars();
            let first = characters.next()?;
            if first == '\\' || characters.next() == Some('\'') {
                return unescaped(inside, '\'').map(|at| prefix.len() + 1 + at + 1);
            }
        }
    }
    None
}

/// Where a quote stands that no backslash escapes.
fn unescaped(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return Some(at),
            _ => {}
        }
    }
    None
}

#[test]
fn texts_and_comments_are_not_code() {
    let text = concat!(
        "let a = \"std::fs // no \\\" comment\"; // use crate::engine\n",
        "let b = r#\"/* \" HashMap\"#; /* outer /* inner */ tokio */ let c = '\"'; let d: &'a str = b'\\'';\n",
        "let e = br\"x\\\"; let var\"\"; fn f<'x>() {}\n",
    );
    let source = Source::new("src/model/x.rs", text);
    for word in ["std::fs", "engine", "HashMap", "tokio", "comment"] {
        assert!(!source.code.contains(word), "{word} in {}", source.code);
    }
    for word in ["let a", "let b", "let c", "let d: &'a str", "let e", "fn f<'x>"] {
        assert!(source.code.contains(word), "{word} not in {}", source.code);
    }
    assert!(source.comments.contains("use crate::engine") && source.comments.contains("inner"));
    assert_eq!(source.code.lines().count(), 3);
}

#[test]
fn modules_for_tests_are_not_production() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests { use x::*; fn b() { \"}\"; } }\n#[cfg(test)]\nuse y;\nfn c() {}\n";
    let source = Source::new("src/model/x.rs", text);
    assert!(!source.production.contains("fn b") && source.production.contains("fn c"));
    assert_eq!(declared_for_tests("#[cfg(test)] mod scenes; #[cfg(test)] mod tests {}"), ["scenes"]);
    let mut sources = vec![
        Source::new("src/engine/mod.rs", "#[cfg(test)]\nmod scenes;"),
        Source::new("src/engine/scenes.rs", "use crate::sim::X;"),
    ];
    blank_test_files(&mut sources);
    assert!(sources[1].production.is_empty());
}
