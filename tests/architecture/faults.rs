//! The faults a trader must survive, each with its proofs: a test that is named here must exist, a kind of the simulation must be
//! injected, and what a venue or the wire to it can do is proven over real sockets or at the real binary.

use crate::fault_kills::KILLS;
use crate::fault_orders::ORDERS;
use crate::fault_wire::WIRE;
use crate::source::Source;
use std::collections::BTreeSet;

/// Numbers of the list that have a line each.
const NUMBERS: [std::ops::RangeInclusive<u32>; 3] = [1..=38, 100..=118, 600..=611];

/// Where tests speak over real sockets: with the adapter, or with the whole program in a process of its own.
const SOCKETS: [&str; 5] = [
    "tests/broker_contract/",
    "tests/live/",
    "tests/venue_kills/",
    "tests/venue_sessions/",
    "tests/cockpit/",
];

/// What a seed of the sessions draws is a word in one of these files: the venue's own draws, and what happens to it.
const DRAWS: [&str; 2] = ["src/venue/mischief.rs", "tests/venue_sessions/plan.rs"];

/// The kinds of the fault simulation.
const SIMULATED: &str = "src/sim/faults/kind.rs";

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doer {
    /// The venue, or the wire to it: proven over real sockets.
    Venue,
    /// Ourselves: a strategy, a human, this machine.
    Us,
    /// It cannot happen at such a broker, or not to this program; the words say why.
    Nobody(&'static str),
}

/// A fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) id: &'static str,
    /// What happens.
    pub(crate) words: &'static str,
    pub(crate) by: Doer,
    /// `folder/file::function` below `tests`, or of `src` where it begins so.
    pub(crate) tests: &'static [&'static str],
    /// What seeded sessions of the real binary draw, as it is written where it is drawn.
    pub(crate) drawn: &'static [&'static str],
}

/// A line: number and words, who does it, its tests and draws.
pub(crate) const fn fault(
    (id, words): (&'static str, &'static str),
    by: Doer,
    tests: &'static [&'static str],
    drawn: &'static [&'static str],
) -> Fault {
    Fault { id, words, by, tests, drawn }
}

/// All of them.
pub(crate) fn all() -> Vec<Fault> {
    [ORDERS, WIRE, KILLS].concat()
}

/// Faults without a line, lines without a proof, proofs that are not there.
pub(crate) fn unproven(faults: &[Fault], sources: &[Source]) -> Vec<String> {
    let mut breaches = missing(faults);
    for fault in faults {
        let Fault { id, words, by, tests, drawn } = fault;
        if words.split_whitespace().count() < 2 {
            breaches.push(format!("{id}: without words"));
        }
        breaches.extend(
            tests.iter().filter(|test| !exists(test, sources)).map(|test| format!("{id}: no test {test}")),
        );
        breaches.extend(
            drawn
                .iter()
                .filter(|draw| !is_drawn(draw, sources))
                .map(|draw| format!("{id}: {draw} is not drawn")),
        );
        let simulated = of(SIMULATED, sources).is_some_and(|kinds| kinds.text.contains(&format!("\"{id}\"")));
        let sockets = !drawn.is_empty() || tests.iter().any(|test| over_sockets(test));
        match by {
            Doer::Venue if !sockets => {
                breaches.push(format!("{id}: a venue can do it, and no proof is over real sockets"));
            }
            Doer::Us if tests.is_empty() => breaches.push(format!("{id}: without a test")),
            Doer::Nobody(why) if why.split_whitespace().count() < 5 => {
                breaches.push(format!("{id}: why not?"));
            }
            Doer::Nobody(_) | Doer::Venue | Doer::Us if simulated || *id == "F-118" => {}
            Doer::Nobody(_) | Doer::Venue | Doer::Us => {
                breaches.push(format!("{id}: the simulation neither injects it nor says why not"));
            }
        }
    }
    breaches
}

/// Numbers of the list without a line, and lines that are no such number or come twice.
fn missing(faults: &[Fault]) -> Vec<String> {
    let wanted: BTreeSet<String> =
        NUMBERS.into_iter().flatten().map(|number| format!("F-{number:03}")).collect();
    let mut seen = BTreeSet::new();
    let mut breaches: Vec<String> = Vec::new();
    for fault in faults {
        if !wanted.contains(fault.id) || !seen.insert(fault.id.to_owned()) {
            breaches.push(format!("{}: twice, or not of the list", fault.id));
        }
    }
    breaches.extend(wanted.difference(&seen).map(|id| format!("{id}: has no line")));
    breaches
}

/// The file of a proof, below the project's top.
fn path(test: &str) -> Option<(String, &str)> {
    let (file, function) = test.split_once("::")?;
    let folder = if file.starts_with("src/") { "" } else { "tests/" };
    Some((format!("{folder}{file}.rs"), function))
}

fn over_sockets(test: &str) -> bool {
    path(test).is_some_and(|(file, _)| SOCKETS.iter().any(|folder| file.starts_with(folder)))
}

fn of<'a>(path: &str, sources: &'a [Source]) -> Option<&'a Source> {
    sources.iter().find(|source| source.path == path)
}

/// Whether the function is there and is a test.
fn exists(test: &str, sources: &[Source]) -> bool {
    let Some((file, function)) = path(test) else { return false };
    let Some(source) = of(&file, sources) else { return false };
    let name = format!("fn {function}(");
    // A property's name stands in a macro, behind the same attribute.
    source
        .code
        .split("#[test]")
        .skip(1)
        .any(|item| item.split('}').next().is_some_and(|head| head.contains(&name)))
}

fn is_drawn(draw: &str, sources: &[Source]) -> bool {
    let production =
        |source: &Source| source.text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    DRAWS.iter().filter_map(|file| of(file, sources)).any(|source| production(source).contains(draw))
}

#[test]
fn a_line_without_its_proof_is_found() {
    let sources = [
        Source::new("tests/engine/a.rs", "#[test]\nfn b() {}\nfn helper() {}\n"),
        Source::new("tests/live/c.rs", "#[test]\nfn d() { assert!(true); }\n"),
        Source::new(SIMULATED, "AckLost \"F-001\" 500 \"lost\";"),
        Source::new(
            "src/venue/mischief.rs",
            "fn of() { Fault::Lost }\n#[cfg(test)]\nmod tests { Fault::Twice }",
        ),
    ];
    let line = |by, tests, drawn| Fault { id: "F-001", words: "an answer is lost", by, tests, drawn };
    let wrong =
        |fault: Fault| unproven(&[fault], &sources).iter().filter(|text| text.starts_with("F-001")).count();
    assert_eq!(wrong(line(Doer::Venue, &["live/c::d"], &[])), 0);
    assert_eq!(wrong(line(Doer::Venue, &[], &["Fault::Lost"])), 0);
    assert_eq!(wrong(line(Doer::Us, &["engine/a::b"], &[])), 0);
    assert_eq!(wrong(line(Doer::Nobody("such a server has no such thing"), &[], &[])), 0);
    assert_eq!(wrong(line(Doer::Venue, &["engine/a::b"], &[])), 1, "in the process alone");
    assert_eq!(wrong(line(Doer::Us, &["engine/a::helper"], &[])), 1, "no test");
    assert_eq!(wrong(line(Doer::Us, &["engine/a::gone"], &[])), 1);
    assert_eq!(wrong(line(Doer::Us, &[], &[])), 1);
    assert_eq!(wrong(line(Doer::Venue, &["live/c::d"], &["Fault::Twice"])), 1, "only a test says it");
    assert_eq!(wrong(line(Doer::Nobody("no"), &[], &[])), 1);
    let other = Fault { id: "F-002", ..line(Doer::Us, &["engine/a::b"], &[]) };
    assert!(
        unproven(&[other], &sources)
            .contains(&"F-002: the simulation neither injects it nor says why not".to_owned())
    );
    assert!(missing(&[other]).contains(&"F-611: has no line".to_owned()));
    assert_eq!(missing(&all()), Vec::<String>::new());
}
