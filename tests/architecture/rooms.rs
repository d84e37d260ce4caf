//! Rules between files: floors, shut doors, words of the pure floors, circles.

use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// Each room and its floor. A room names lower floors only; two rooms of one floor do not know each other.
const FLOORS: &[(&str, u8)] = &[
    ("model", 1),
    ("state", 2),
    ("analytics", 2),
    ("bus", 2),
    ("config", 2),
    ("engine", 3),
    ("store", 3),
    ("wire", 3),
    ("strategies", 4),
    ("sim", 4),
    ("serve", 4),
    ("ui", 4),
    ("adapters", 5),
    ("runtime", 6),
    ("venue", 6),
    ("commands", 7),
    ("main", 8),
];

/// Doors that the floors would allow and that stay shut: (who, may not name).
const SHUT: &[(&str, &[&str])] =
    &[("ui", &["engine", "bus", "store"]), ("serve", &["engine"]), ("strategies", &["bus"])];

/// Words that mean disk, network, environment, clocks, chance, waiting, sharing or an order that differs from run to
/// run.
const IMPURE: &[&str] = &[
    "tokio",
    "std::fs",
    "fs::",
    "File::",
    "std::env",
    "env::",
    "std::net",
    "std::process",
    "std::thread",
    "thread::",
    "::now()",
    "SystemTime",
    "Instant",
    "rand::",
    "getrandom",
    "uuid::",
    "HashMap",
    "HashSet",
    "Mutex",
    "RwLock",
    "RefCell",
    "static mut",
    "thread_local",
    ".await",
    "async",
];

/// The pure rooms, with the words each may say after all; the reason stands above the line.
const PURE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("state", &[]),
    ("engine", &[]),
    ("sim", &[]),
    ("strategies", &[]),
    ("config", &[]),
    ("analytics", &[]),
    // The bus is the place where the core's thread meets those who wait: its queues are tokio's, its waits async, and
    // it wakes the core by unparking its thread.
    ("bus", &["tokio", "async", ".await", "std::thread", "thread::"]),
];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Imports that point up or sideways.
pub(crate) fn floor_breaches(house: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in house {
        let Some((room, own)) = source.room().and_then(|room| Some((room, floor(room)?))) else {
            continue;
        };
        for named in rooms_named(source) {
            let other = floor(&named).unwrap_or(u8::MAX);
            if named != room && other >= own {
                breaches.push(format!("{}: {room} (floor {own}) names {named} (floor {other})", source.path));
            }
        }
        if climbs_out(source) {
            breaches.push(format!("{}: climbs out of its room by super; say crate::room", source.path));
        }
    }
    breaches
}

/// Imports through a shut door.
pub(crate) fn door_breaches(house: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in house {
        let shut = SHUT.iter().find(|(room, _)| source.room() == Some(room)).map(|(_, shut)| *shut);
        for named in rooms_named(source) {
            if shut.unwrap_or_default().contains(&named.as_str()) {
                breaches.push(format!("{}: the door to {named} is shut", source.path));
            }
        }
    }
    breaches
}

/// Impure words in pure rooms.
pub(crate) fn word_breaches(house: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in house {
        let Some((room, allowed)) = PURE.iter().find(|(room, _)| source.room() == Some(room)) else {
            continue;
        };
        for word in IMPURE.iter().filter(|word| !allowed.contains(word)) {
            if says(&source.production, word) {
                breaches.push(format!("{}: {room} is pure and says {word}", source.path));
            }
        }
    }
    breaches
}

/// Files and folders right below `src` that the table does not know.
pub(crate) fn unknown_rooms(house: &[Source]) -> Vec<String> {
    let rooms: BTreeSet<&str> = house.iter().filter_map(Source::room).collect();
    let unknown = rooms.into_iter().filter(|room| floor(room).is_none());
    unknown.map(|room| format!("src/{room}: no floor in the table")).collect()
}

/// Whether a text holds a word, not as a part of a longer name.
fn says(text: &str, word: &str) -> bool {
    let name = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().filter(|_| word.starts_with(name));
        let after = text[at + word.len()..].chars().next().filter(|_| word.ends_with(name));
        !before.is_some_and(name) && !after.is_some_and(name)
    })
}

/// The rooms a file names after `crate::` (or the crate's own name, as the binary does).
fn rooms_named(source: &Source) -> BTreeSet<String> {
    let starts = ["crate::", "flightdeck::"];
    let paths = starts.iter().flat_map(|start| paths_after(&source.production, start));
    let firsts = paths.filter_map(|path| path.first().cloned());
    firsts.filter(|first| floor(first).is_some()).collect()
}

/// The paths that follow a start like `crate::`, groups in braces unfolded: `crate::{a::B, c::{D, E}}` gives
/// `a::B`, `c::D`, `c::E`.
fn paths_after(code: &str, start: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices(start) {
        let runs_on =
            code[..at].chars().next_back().is_some_and(|before| before.is_alphanumeric() || before == '_');
        if !runs_on {
            unfold(&code[at + start.len()..], &[], &mut paths);
        }
    }
    paths
}

/// Reads one path, or a group of them, at the start of the text; returns what follows.
fn unfold<'a>(text: &'a str, above: &[String], paths: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = unfold(rest, above, paths).trim_start();
            // An alias stands between a path and its comma.
            rest = rest.find([',', '}', '{', ';']).map_or("", |at| &rest[at..]);
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end =
        text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len());
    let mut path = above.to_vec();
    path.extend((end > 0).then(|| text[..end].to_owned()));
    match text[end..].strip_prefix("::") {
        Some(rest) if end > 0 && !rest.trim_start().starts_with('<') => unfold(rest, &path, paths),
        _ => {
            paths.push(path);
            &text[end..]
        }
    }
}

/// Whether a file uses so many `super::` that it stands outside its room.
fn climbs_out(source: &Source) -> bool {
    let depth = source.module().len();
    source.production.contains(&"super::".repeat(depth)) && depth > 0
}

/// Circles between files of a room, by `super::file` and `crate::room::file`.
pub(crate) fn circles(house: &[Source]) -> Vec<String> {
    let files: BTreeMap<Vec<String>, &Source> =
        house.iter().map(|source| (source.module(), source)).collect();
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in house.iter().filter(|source| !source.path.ends_with("/mod.rs")) {
        let named = modules_named(source);
        let targets = named.iter().filter_map(|path| deepest_file(path, &files));
        let others = targets.filter(|target| target.path != source.path && target.room() == source.room());
        edges.insert(&source.path, others.map(|target| target.path.as_str()).collect());
    }
    let mut found = BTreeSet::new();
    for start in edges.keys() {
        found.extend(circle_from(start, &edges));
    }
    found.into_iter().collect()
}

/// The full module paths a file names.
fn modules_named(source: &Source) -> Vec<Vec<String>> {
    let module = source.module();
    let mut named = paths_after(&source.production, "crate::");
    for up in 1..module.len() {
        // `super::super::x` is not also `super::x`: the second `super` follows a name's end, `::`.
        for (at, start) in source.production.match_indices(&"super::".repeat(up)) {
            let rest = &source.production[at + start.len()..];
            if source.production[..at].ends_with("super::") || rest.starts_with("super::") {
                continue;
            }
            let above = &module[..module.len() - up];
            unfold(rest, above, &mut named);
        }
    }
    named
}

/// The file the longest part of a path leads to; a face leads nowhere further.
fn deepest_file<'a>(path: &[String], files: &BTreeMap<Vec<String>, &'a Source>) -> Option<&'a Source> {
    let found = (1..=path.len()).rev().find_map(|depth| files.get(&path[..depth]));
    found.copied().filter(|source| !source.path.ends_with("/mod.rs"))
}

/// The circle through a file, told from its first name in order so that it is told once.
fn circle_from(start: &str, edges: &BTreeMap<&str, BTreeSet<&str>>) -> Option<String> {
    let mut open = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while let Some(trail) = open.pop() {
        let here = trail.last().copied()?;
        for next in edges.get(here).into_iter().flatten() {
            if *next == start {
                let first = trail.iter().enumerate().min_by_key(|(_, name)| **name).map_or(0, |(at, _)| at);
                let round: Vec<&str> = trail[first..].iter().chain(&trail[..first]).copied().collect();
                return Some(format!("a circle: {} -> {}", round.join(" -> "), round[0]));
            }
            if seen.insert(*next) {
                open.push(trail.iter().copied().chain([*next]).collect());
            }
        }
    }
    None
}

#[test]
fn a_wall_can_fail() {
    let breaches = |path: &str, text: &str| floor_breaches(&[Source::new(path, text)]).len();
    assert_eq!(breaches("src/state/fold.rs", "use crate::engine::Engine;"), 1);
    assert_eq!(breaches("src/state/fold.rs", "use crate::config::Settings;"), 1, "the same floor");
    assert_eq!(breaches("src/state/fold.rs", "use crate::{model::{A, B}, engine::{C as D, E}, sim::F};"), 2);
    assert_eq!(breaches("src/state/fold.rs", "fn f() { crate::ui::run::<crate::bus::B>(); }"), 2);
    assert_eq!(breaches("src/state/fold.rs", "use super::super::engine::Engine;"), 1);
    assert_eq!(breaches("src/state/a/b.rs", "use super::super::fold::Fold;"), 0);
    assert_eq!(breaches("src/state/fold.rs", "use crate::model::Price; use super::market::Market;"), 0);
    assert_eq!(breaches("src/state/fold.rs", "#[cfg(test)] mod tests { use crate::sim::World; }"), 0);
    assert_eq!(breaches("src/main.rs", "use flightdeck::commands::run;"), 0);
    assert_eq!(breaches("src/commands/run.rs", "flightdeck::main::x();"), 1);
}

#[test]
fn a_shut_door_can_fail() {
    let breaches = |path: &str, text: &str| door_breaches(&[Source::new(path, text)]).len();
    assert_eq!(breaches("src/ui/panels/orders.rs", "use crate::{model::A, bus::B};"), 1);
    assert_eq!(breaches("src/serve/rest.rs", "fn f(e: &crate::engine::Engine) {}"), 1);
    assert_eq!(breaches("src/strategies/sma.rs", "use crate::bus::Subscriber;"), 1);
    assert_eq!(breaches("src/ui/app.rs", "use crate::state::State; // not crate::engine"), 0);
}

#[test]
fn an_impure_word_can_fail() {
    let breaches = |path: &str, text: &str| word_breaches(&[Source::new(path, text)]);
    for text in [
        "use std::fs;",
        "let now = Instant::now();",
        "let t = x::Clock::now();",
        "use std::collections::{BTreeMap, HashMap};",
        "rand::random()",
        "async fn f() {}",
        "std::thread::sleep(d)",
        "std::env::var(x)",
    ] {
        assert!(!breaches("src/engine/step.rs", text).is_empty(), "{text}");
    }
    for text in
        ["brand::Name", "fn asynchronous() {}", "\"tokio\"; // HashMap", "struct InstantNote;", "refs::x"]
    {
        assert_eq!(breaches("src/engine/step.rs", text), Vec::<String>::new(), "{text}");
    }
    assert!(breaches("src/bus/fanout.rs", "use tokio::sync::mpsc;").is_empty());
    assert!(!breaches("src/bus/fanout.rs", "use std::fs;").is_empty());
    assert!(breaches("src/runtime/clock.rs", "Instant::now()").is_empty());
}

#[test]
fn a_circle_can_be_found() {
    let circle = [
        Source::new("src/state/a.rs", "use super::b::B; use crate::model::X;"),
        Source::new("src/state/b.rs", "use super::{d::D, c::{self, C}};"),
        Source::new("src/state/c.rs", "fn f() { crate::state::a::A::new(); }"),
        Source::new("src/state/d.rs", "use super::super::x; use super::mod_is_a_face;"),
        Source::new("src/state/mod.rs", "mod a; mod b; mod c; mod d; pub use a::A;"),
    ];
    let found = circles(&circle);
    assert_eq!(found, ["a circle: src/state/a.rs -> src/state/b.rs -> src/state/c.rs -> src/state/a.rs"]);
    assert!(circles(&circle[..2]).is_empty());
    let nested = [
        Source::new("src/ui/app.rs", "use super::panels::orders::Orders;"),
        Source::new("src/ui/panels/orders.rs", "use super::super::app::App;"),
    ];
    assert_eq!(circles(&nested).len(), 1);
}

#[test]
fn a_room_without_a_floor_is_noticed() {
    let sources =
        [Source::new("src/helpers/a.rs", ""), Source::new("src/lib.rs", ""), Source::new("src/main.rs", "")];
    assert_eq!(unknown_rooms(&sources), ["src/helpers: no floor in the table"]);
}
