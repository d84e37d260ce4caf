//! The kills.

use crate::desk::{Desk, Ended};
use crate::inject::Injection;
use crate::judge::{judge, lots};
use serde_json::Value;
use std::time::{Duration, Instant};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The account's position as the engine tells it: the sum over strategies, in lots.
fn held(status: &Value) -> i64 {
    let strategies = status["strategies"].as_array().cloned().unwrap_or_default();
    let positions =
        strategies.iter().flat_map(|one| one["positions"].as_array().cloned().unwrap_or_default());
    positions.map(|one| lots(one["net"].as_str().unwrap())).sum()
}

/// Where the kills come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// At any instant, and just after an order message has reached the venue.
    Instants,
    /// Instead of the nth system call of a kind.
    Calls,
}

/// The longest a flight under an injection goes on that does not hit.
const FLIGHT: Duration = Duration::from_millis(1_500);

/// What became of the flights.
#[derive(Debug, Default)]
struct Tally {
    starts: Vec<Duration>,
    /// Halted again while it flew.
    again: u32,
    /// Ended by a system call before the books were equal, and after.
    in_start: usize,
    in_flight: usize,
}

impl Tally {
    /// One flight, from its start to its end.
    fn flies(&mut self, desk: &mut Desk, at: At, first: bool) -> Result<(), Ended> {
        let under = (at == At::Calls).then(|| Injection::kill(&mut desk.rng));
        let took = desk.start(under.as_ref()).inspect_err(|_ended| self.in_start += 1)?;
        if !first && under.is_none() {
            self.starts.push(took);
        }
        let resumed = desk.resume().inspect_err(|_ended| self.in_flight += 1)?;
        self.again += resumed.saturating_sub(u32::from(!first));
        let hand = desk.hand();
        match at {
            At::Instants => desk.wait(),
            At::Calls => self.in_flight += usize::from(desk.ends_within(FLIGHT)),
        }
        desk.kill();
        hand.rests();
        Ok(())
    }
}

/// Kills so often and judges; gives what there is to tell.
fn kills(count: u64, at: At, misbehave: u64, seed: u64) -> String {
    let mut desk = Desk::open(seed, misbehave);
    let (began, mut tally) = (Instant::now(), Tally::default());
    for kill in 0..count {
        match (tally.flies(&mut desk, at, kill == 0), at) {
            (Ok(()), _) => {}
            (Err(Ended), At::Calls) => desk.kill(),
            (Err(Ended), At::Instants) => panic!("the engine has ended: {}", desk.story()),
        }
    }
    desk.start(None).unwrap();
    let status = desk.comes_to_rest();
    // Everything it has met is written down at its end.
    desk.end();
    let verdict = judge(&desk, held(&status.unwrap()));
    let Tally { mut starts, again, in_start, in_flight } = tally;
    starts.sort();
    let part = |percent: usize| starts.get(starts.len() * percent / 100).copied().unwrap_or_default();
    let how = match at {
        At::Instants => format!(
            "start to equal books p50 {:?} p90 {:?} p99 {:?} most {:?}",
            part(50),
            part(90),
            part(99),
            starts.last().copied().unwrap_or_default()
        ),
        At::Calls => format!("{in_start} by a call before the books were equal, {in_flight} by one after"),
    };
    let story = format!(
        "{count} kills, seed {seed}, {misbehave} ‰ misbehaviour: {} orders, {} placements, {} fills, net {} lots; \
         {} exits left without a trace and were found; halted {again} times besides; {how}; {:?} in all",
        verdict.orders,
        verdict.placements,
        verdict.fills,
        verdict.net,
        verdict.found,
        began.elapsed()
    );
    assert!(verdict.wrong.is_empty(), "{story}\n{:#?}", verdict.wrong);
    assert!(verdict.fills > 0 || at == At::Calls, "nobody traded: {story}");
    story
}

#[test]
fn no_kill_loses_an_order_or_sends_one_twice_and_positions_are_the_venues() {
    let (count, seed) = (number("FLIGHTDECK_KILLS", 20), number("FLIGHTDECK_KILL_SEED", 1));
    println!("{}", kills(count, At::Instants, number("FLIGHTDECK_MISBEHAVE", 0), seed));
}

#[test]
fn no_kill_at_a_system_call_loses_an_order_or_sends_one_twice() {
    if !Injection::is_possible() {
        return println!("left out: strace is missing or may not trace");
    }
    let (count, seed) = (number("FLIGHTDECK_KILLS", 8), number("FLIGHTDECK_KILL_SEED", 1));
    println!("{}", kills(count, At::Calls, number("FLIGHTDECK_MISBEHAVE", 0), seed));
}
