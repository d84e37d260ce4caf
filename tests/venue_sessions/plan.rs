//! What a seed makes of a session: how much goes wrong with requests, and what happens besides, and when.

use crate::desk::World;
use crate::further::Pair;
use flightdeck::sim::Rng;
use std::time::Duration;

/// Something that happens to the venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The operator's word.
    Says(String),
    /// The process is killed and opened again with its log.
    Restarts,
    /// The process stands still for so long: what is sent to it is carried out afterwards, all at once.
    StandsStill(Duration),
}

/// At which of two venues it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    First,
    Second,
    Both,
}

/// A session.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Where: each seed in the next one.
    pub(crate) world: World,
    /// How many requests in a thousand go wrong.
    pub(crate) misbehave: u64,
    /// What happens, each so long after the one before.
    pub(crate) turns: Vec<(Duration, At, Turn)>,
    /// What is traded at a second account, and how many of its requests in a thousand go wrong: each fourth seed.
    pub(crate) pair: Option<(Pair, u64)>,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::stream(seed, 0x0073_6573_7369_6f6e);
        let misbehave = wrong(&mut rng);
        // From a stream of its own: what a seed makes at one venue is what it always made.
        let mut apart = Rng::stream(seed, 0x0070_6169_7265_6400);
        let pair = seed.is_multiple_of(4).then(|| {
            let pair = if seed.is_multiple_of(8) { Pair::Same } else { Pair::Other };
            (pair, wrong(&mut apart))
        });
        let count = 1 + rng.below(4);
        let turns = (0..count)
            .map(|_| {
                let pause = Duration::from_millis(100 + rng.below(400));
                let turn = turn(&mut rng);
                let at = match apart.below(3) {
                    _ if pair.is_none() => At::First,
                    0 => At::First,
                    1 => At::Second,
                    _ => At::Both,
                };
                (pause, at, turn)
            })
            .collect();
        let world = match seed.rem_euclid(3) {
            0 => World::Streamed,
            1 => World::Analyze,
            _ => World::Live,
        };
        Self { seed, world, misbehave, turns, pair }
    }
}

/// How many requests in a thousand go wrong.
fn wrong(rng: &mut Rng) -> u64 {
    match rng.below(4) {
        0 => 0,
        1 => 20,
        2 => 60,
        _ => 120,
    }
}

fn turn(rng: &mut Rng) -> Turn {
    let millis = 50 + rng.below(500);
    Turn::Says(match rng.below(12) {
        0 => format!("stale {millis}"),
        1 => format!("down {millis}"),
        2 => "logout".to_owned(),
        3 => "login".to_owned(),
        4 => "foreign-cancel".to_owned(),
        // So far away that it rests.
        5 => "foreign BUY 0.001 BTCUSDT CRYPTO NRML 2000".to_owned(),
        6 => "cut".to_owned(),
        7 => format!("mute {}", 4 * millis),
        // Longer than an answer is waited for, three times of four.
        8 | 9 => return Turn::StandsStill(Duration::from_millis(6 * millis)),
        _ => return Turn::Restarts,
    })
}
