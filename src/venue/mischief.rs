//! Misbehaviour on demand: by a script (the nth call of an endpoint, the nth frame, an instant) or by a seed (so many in
//! a thousand). Off by default.

use super::action::{self, Action};
use super::endpoint::Endpoint;
use super::fault::{Fault, WORDS};
use crate::sim::Rng;
use std::collections::BTreeMap;
use std::time::Duration;

/// The grammar of a script, as the help has it.
pub fn script_help() -> String {
    format!(
        "A script has one misbehaviour a line; lines that begin with # say nothing:
  ENDPOINT NTH FAULT [NUMBER]     the nth call of an endpoint (* = each): placeorder 3 lost, orderbook 1 slow 800
  ws/PART NTH FAULT [NUMBER]      the nth auth, subscribe, tick or update of the stream: ws/update 2 swap
  connection NTH cut-in|cut-out BYTES     the nth connection ends after so many bytes of the request, of the answer
  at MS ACTION                    so long after the start
Faults: {WORDS}.
Of the stream: lost, late, swap, double, garbage, cut; of auth and subscribe also 500 (a broker that is not there).
Actions: {}.",
        action::WORDS
    )
}

/// A part of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Auth,
    Subscribe,
    Tick,
    Update,
}

/// How many connections a seed decides about, and after how many bytes one of them ends: within a few requests, and not
/// before the word of an operator is heard.
const CUT_CONNECTIONS: u64 = 100;
const CUT_FROM: u64 = 400;
const CUT_WITHIN: u64 = 2_600;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Call(Endpoint),
    Frame(Part),
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// After so many bytes of what the client sends.
    In(u64),
    /// After so many bytes of what it is sent.
    Out(u64),
}

/// A line of a script that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: {problem}; expected ENDPOINT NTH FAULT [NUMBER], as in `placeorder 3 lost` or `orderbook 1 slow 800`, \
     ws/PART NTH FAULT, connection NTH cut-in BYTES, or at MS ACTION"
)]
pub struct ScriptError {
    pub line: usize,
    pub problem: String,
}

/// What will go wrong.
#[derive(Debug)]
pub struct Mischief {
    script: BTreeMap<(Spot, u64), Fault>,
    always: BTreeMap<Spot, Fault>,
    connections: BTreeMap<u64, Cut>,
    /// By when, in order.
    actions: Vec<(Duration, Action)>,
    calls: BTreeMap<Spot, u64>,
    rng: Rng,
    permille: u64,
}

/// A line of a script.
enum Line {
    Fault(Spot, Option<u64>, Fault),
    Connection(u64, Cut),
    At(Duration, Action),
}

impl Mischief {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::seeded(0, 0)
    }

    /// So many requests and frames in a thousand go wrong, drawn from a seed.
    pub fn seeded(seed: u64, permille: u64) -> Self {
        Self {
            script: BTreeMap::new(),
            always: BTreeMap::new(),
            connections: cut_connections(seed, permille),
            actions: Vec::new(),
            calls: BTreeMap::new(),
            rng: Rng::new(seed),
            permille,
        }
    }

    /// Adds what a script says. Empty lines and lines that begin with `#` say nothing.
    pub fn with_script(mut self, text: &str) -> Result<Self, ScriptError> {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match read(line).map_err(|problem| ScriptError { line: index + 1, problem })? {
                Line::Fault(spot, Some(nth), fault) => {
                    self.script.insert((spot, nth), fault);
                }
                Line::Fault(spot, None, fault) => {
                    self.always.insert(spot, fault);
                }
                Line::Connection(nth, cut) => {
                    self.connections.insert(nth, cut);
                }
                Line::At(when, action) => self.actions.push((when, action)),
            }
        }
        self.actions.sort_by_key(|(when, _)| *when);
        Ok(self)
    }

    /// What goes wrong with this call of an endpoint, if anything.
    pub(super) fn next(&mut self, endpoint: Endpoint) -> Option<Fault> {
        self.drawn(Spot::Call(endpoint), |rng| of_call(rng, endpoint))
    }

    /// What goes wrong with this frame, if anything.
    pub(super) fn frame(&mut self, part: Part) -> Option<Fault> {
        self.drawn(Spot::Frame(part), |rng| of_frame(rng, part))
    }

    fn drawn(&mut self, spot: Spot, draw: impl FnOnce(&mut Rng) -> Option<Fault>) -> Option<Fault> {
        let calls = self.calls.entry(spot).or_default();
        *calls += 1;
        let written = self.script.get(&(spot, *calls)).or(self.always.get(&spot));
        if let Some(fault) = written {
            return Some(*fault);
        }
        (self.rng.below(1_000) < self.permille).then(|| draw(&mut self.rng)).flatten()
    }

    /// From now on every call of an endpoint goes wrong so.
    pub(super) fn begin(&mut self, endpoint: Endpoint, fault: Fault) {
        self.always.insert(Spot::Call(endpoint), fault);
    }

    /// No longer.
    pub(super) fn end(&mut self, endpoint: Endpoint) {
        self.always.remove(&Spot::Call(endpoint));
    }

    /// What is left to chance ends.
    pub(super) const fn calm(&mut self) {
        self.permille = 0;
    }

    /// The connections that are cut, by their number.
    pub(super) fn connections(&self) -> BTreeMap<u64, Cut> {
        self.connections.clone()
    }

    /// What is due so long after the start.
    pub(super) fn due(&mut self, since: Duration) -> Option<Action> {
        let (when, _) = self.actions.first()?;
        (*when <= since).then(|| self.actions.remove(0).1)
    }
}

/// Connections that end after any byte of what the client sends, or is sent. From a stream of their own.
fn cut_connections(seed: u64, permille: u64) -> BTreeMap<u64, Cut> {
    let mut rng = Rng::stream(seed, 0x0063_7574_7300_0000);
    let drawn = (1..=CUT_CONNECTIONS).map(|number| {
        let (is_cut, bytes) = (rng.below(1_000) < permille, CUT_FROM + rng.below(CUT_WITHIN));
        let cut = if rng.below(2) == 0 { Cut::In(bytes) } else { Cut::Out(bytes) };
        (number, is_cut.then_some(cut))
    });
    drawn.filter_map(|(number, cut)| Some((number, cut?))).collect()
}

fn of_call(rng: &mut Rng, endpoint: Endpoint) -> Option<Fault> {
    let millis = |rng: &mut Rng, most: u64| Duration::from_millis(rng.below(most));
    let any = match rng.below(18) {
        0 => Fault::Drop,
        1 | 2 => Fault::Lost,
        3 | 4 => Fault::Cut(rng.below(260)),
        5 => Fault::Late(millis(rng, 700)),
        6 => Fault::Slow(millis(rng, 700)),
        7 => Fault::TooMany,
        8 => Fault::Error,
        9 => Fault::BadGateway,
        10 => Fault::Timeout,
        11 => Fault::Garbage(rng.below(8)),
        12 => Fault::Blank,
        13 => Fault::Huge(1 << 21),
        14 => Fault::Drip(millis(rng, 700)),
        15 => Fault::Swap,
        16 => Fault::Double,
        _ => Fault::Unavailable,
    };
    if endpoint.is_order() {
        return Some(match rng.below(12) {
            0 => Fault::ErrorAfter,
            1 if endpoint == Endpoint::Place => Fault::NoId,
            2 => Fault::Refused,
            _ => any,
        });
    }
    if endpoint.is_book() {
        match rng.below(8) {
            0 | 1 => return Some(Fault::Twice),
            2 => return Some(Fault::Empty),
            3 => return Some(Fault::Absurd),
            _ => {}
        }
    }
    (endpoint.is_book() || endpoint.is_question()).then_some(any)
}

fn of_frame(rng: &mut Rng, part: Part) -> Option<Fault> {
    let pause = Duration::from_millis(rng.below(400));
    let kind = rng.below(8);
    match part {
        Part::Auth | Part::Subscribe => (kind < 3).then_some(Fault::Error),
        Part::Tick | Part::Update => Some(match rng.below(7) {
            0 => Fault::Lost,
            1 => Fault::Late(pause),
            2 | 3 => Fault::Swap,
            4 => Fault::Double,
            5 => Fault::Garbage(kind),
            _ => Fault::Cut(rng.below(200)),
        }),
    }
}

fn read(line: &str) -> Result<Line, String> {
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim_start();
    if first == "at" {
        let (when, what) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let millis: u64 = when.parse().map_err(|error| format!("{when:?}: {error}"))?;
        return Ok(Line::At(Duration::from_millis(millis), Action::read(what)?));
    }
    let mut words = rest.split_whitespace();
    let nth = words.next().unwrap_or_default();
    let nth = match nth {
        "*" => None,
        nth => Some(nth.parse().ok().filter(|nth| *nth > 0).ok_or_else(|| format!("no call {nth:?}"))?),
    };
    let word = words.next().unwrap_or_default();
    let number = words.next().map(|text| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}")));
    let number = number.transpose()?;
    if let Some(more) = words.next() {
        return Err(format!("{more:?} is too much"));
    }
    if first == "connection" {
        let nth = nth.ok_or("a connection has a number")?;
        let bytes = number.unwrap_or(0);
        return match word {
            "cut-in" => Ok(Line::Connection(nth, Cut::In(bytes))),
            "cut-out" => Ok(Line::Connection(nth, Cut::Out(bytes))),
            other => Err(format!("no fault {other:?} of a connection: cut-in or cut-out")),
        };
    }
    let spot = match first {
        "ws/auth" => Spot::Frame(Part::Auth),
        "ws/subscribe" => Spot::Frame(Part::Subscribe),
        "ws/tick" => Spot::Frame(Part::Tick),
        "ws/update" => Spot::Frame(Part::Update),
        name => Spot::Call(Endpoint::named(name).ok_or_else(|| format!("no endpoint {name:?}"))?),
    };
    Ok(Line::Fault(spot, nth, Fault::read(word, number)?))
}

#[cfg(test)]
mod tests {
    use super::{Cut, Fault, Mischief, Part};
    use crate::venue::action::Action;
    use crate::venue::endpoint::Endpoint;
    use std::time::Duration;

    #[test]
    fn a_script_names_the_call_that_goes_wrong_and_a_wrong_line_is_named() {
        let mut mischief = Mischief::none().with_script("# a plan\n\nplaceorder 2 lost\n").unwrap();
        let told: Vec<Option<Fault>> = (0..3).map(|_| mischief.next(Endpoint::Place)).collect();
        assert_eq!(told, [None, Some(Fault::Lost), None]);
        let wrong = Mischief::none().with_script("placeorder 1 lost\nplaceorder x lost").unwrap_err();
        assert_eq!(wrong.line, 2);
        for line in
            ["teleport 1 lost", "placeorder 1 vanish", "at x logout", "at 5 fly", "connection * cut-in 4"]
        {
            assert!(Mischief::none().with_script(line).is_err(), "{line}");
        }
    }

    #[test]
    fn frames_connections_and_instants_have_lines_too() {
        let script =
            "ws/update 1 swap\nws/tick * garbage 3\nconnection 2 cut-in 17\nat 900 login\nat 500 logout";
        let mut mischief = Mischief::none().with_script(script).unwrap();
        assert_eq!(mischief.frame(Part::Update), Some(Fault::Swap));
        assert_eq!(mischief.frame(Part::Update), None);
        assert_eq!([mischief.frame(Part::Tick), mischief.frame(Part::Tick)], [Some(Fault::Garbage(3)); 2]);
        assert_eq!(mischief.connections().get(&2), Some(&Cut::In(17)));
        assert_eq!(mischief.due(Duration::from_millis(499)), None);
        assert_eq!(mischief.due(Duration::from_millis(999)), Some(Action::Logout));
        assert_eq!(mischief.due(Duration::from_millis(999)), Some(Action::Login));
    }

    #[test]
    fn a_seed_repeats_itself() {
        let faults = |seed| -> Vec<Option<Fault>> {
            let mut mischief = Mischief::seeded(seed, 300);
            (0..200).map(|_| mischief.next(Endpoint::Place)).collect()
        };
        assert_eq!(faults(7), faults(7));
        assert_ne!(faults(7), faults(8));
    }
}
