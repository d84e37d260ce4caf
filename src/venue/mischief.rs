//! Misbehaviour on demand: by a script (the nth call of an endpoint) or by a seed (so many in a thousand). Off by
//! default.

use super::endpoint::Endpoint;
use crate::sim::Rng;
use std::collections::BTreeMap;
use std::time::Duration;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not executed; the connection is cut before an answer.
    Drop,
    /// Executed; the connection is cut before an answer.
    Lost,
    /// Executed; the connection is cut after so many bytes of the answer.
    Cut(u64),
    /// Executed; answered this much later.
    Late(Duration),
    /// Executed this much later.
    Slow(Duration),
    /// Not executed; refused as one too many.
    TooMany,
    /// Not executed; an internal error.
    Error,
    /// Executed; an internal error all the same.
    ErrorAfter,
    /// Executed; a proxy's page instead of an answer.
    BadGateway,
    /// Executed; something that is no JSON.
    Garbage,
    /// Every row of a book twice.
    Twice,
    /// A book without rows.
    Empty,
}

/// A line of a script that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: {problem}; expected ENDPOINT NTH FAULT [NUMBER], as in `placeorder 3 lost` or `orderbook 1 slow 800`"
)]
pub struct ScriptError {
    pub line: usize,
    pub problem: String,
}

/// What will go wrong.
#[derive(Debug)]
pub struct Mischief {
    script: BTreeMap<(Endpoint, u64), Fault>,
    calls: BTreeMap<Endpoint, u64>,
    rng: Rng,
    permille: u64,
}

impl Mischief {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::seeded(0, 0)
    }

    /// So many requests in a thousand go wrong, drawn from a seed.
    pub fn seeded(seed: u64, permille: u64) -> Self {
        Self { script: BTreeMap::new(), calls: BTreeMap::new(), rng: Rng::new(seed), permille }
    }

    /// Adds what a script says. Empty lines and lines that begin with `#` say nothing.
    pub fn with_script(mut self, text: &str) -> Result<Self, ScriptError> {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (endpoint, nth, fault) =
                read(line).map_err(|problem| ScriptError { line: index + 1, problem })?;
            self.script.insert((endpoint, nth), fault);
        }
        Ok(self)
    }

    /// What goes wrong with this call of an endpoint, if anything.
    pub(super) fn next(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let calls = self.calls.entry(endpoint).or_default();
        *calls += 1;
        if let Some(fault) = self.script.get(&(endpoint, *calls)) {
            return Some(*fault);
        }
        (self.rng.below(1_000) < self.permille).then(|| drawn(&mut self.rng, endpoint)).flatten()
    }
}

fn drawn(rng: &mut Rng, endpoint: Endpoint) -> Option<Fault> {
    let millis = |rng: &mut Rng, most: u64| Duration::from_millis(rng.below(most));
    let any = match rng.below(9) {
        0 => Fault::Drop,
        1 => Fault::Lost,
        2 => Fault::Cut(rng.below(220)),
        3 => Fault::Late(millis(rng, 700)),
        4 => Fault::Slow(millis(rng, 700)),
        5 => Fault::TooMany,
        6 => Fault::Error,
        7 => Fault::BadGateway,
        _ => Fault::Garbage,
    };
    match endpoint {
        _ if endpoint.is_order() => Some(if rng.below(10) == 0 { Fault::ErrorAfter } else { any }),
        Endpoint::OrderBook | Endpoint::TradeBook => Some(if rng.below(4) == 0 { Fault::Twice } else { any }),
        Endpoint::PositionBook | Endpoint::Funds | Endpoint::Quotes | Endpoint::Depth => Some(any),
        _ => None,
    }
}

fn read(line: &str) -> Result<(Endpoint, u64, Fault), String> {
    let mut words = line.split_whitespace();
    let endpoint = words.next().unwrap_or_default();
    let endpoint = Endpoint::named(endpoint).ok_or_else(|| format!("no endpoint {endpoint:?}"))?;
    let nth = words.next().unwrap_or_default();
    let nth: u64 = nth.parse().ok().filter(|nth| *nth > 0).ok_or_else(|| format!("no call {nth:?}"))?;
    let word = words.next().unwrap_or_default();
    let number = words.next().map(|text| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}")));
    let number = number.transpose()?;
    let millis = Duration::from_millis(number.unwrap_or(1_000));
    let fault = match word {
        "drop" => Fault::Drop,
        "lost" => Fault::Lost,
        "cut" => Fault::Cut(number.unwrap_or(40)),
        "late" => Fault::Late(millis),
        "slow" => Fault::Slow(millis),
        "429" => Fault::TooMany,
        "500" => Fault::Error,
        "500-after" => Fault::ErrorAfter,
        "502" => Fault::BadGateway,
        "garbage" => Fault::Garbage,
        "twice" => Fault::Twice,
        "empty" => Fault::Empty,
        other => return Err(format!("no fault {other:?}")),
    };
    match words.next() {
        Some(more) => Err(format!("{more:?} is too much")),
        None => Ok((endpoint, nth, fault)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Mischief};
    use crate::venue::endpoint::Endpoint;

    #[test]
    fn a_script_names_the_call_that_goes_wrong_and_a_wrong_line_is_named() {
        let mut mischief = Mischief::none().with_script("# a plan\n\nplaceorder 2 lost\n").unwrap();
        let told: Vec<Option<Fault>> = (0..3).map(|_| mischief.next(Endpoint::Place)).collect();
        assert_eq!(told, [None, Some(Fault::Lost), None]);
        let wrong = Mischief::none().with_script("placeorder 1 lost\nplaceorder x lost").unwrap_err();
        assert_eq!(wrong.line, 2);
        assert!(Mischief::none().with_script("teleport 1 lost").is_err());
        assert!(Mischief::none().with_script("placeorder 1 vanish").is_err());
    }
}
