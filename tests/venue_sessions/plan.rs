//! What a seed makes of a session: how much goes wrong with requests, and what happens besides, and when.

use crate::desk::World;
use flightdeck::sim::Rng;
use std::time::Duration;

/// Something that happens to the venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The operator's word.
    Says(String),
    /// The process is killed and opened again with its log.
    Restarts,
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
    pub(crate) turns: Vec<(Duration, Turn)>,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::stream(seed, 0x0073_6573_7369_6f6e);
        let misbehave = match rng.below(4) {
            0 => 0,
            1 => 20,
            2 => 60,
            _ => 120,
        };
        let count = 1 + rng.below(4);
        let turns = (0..count)
            .map(|_| {
                let pause = Duration::from_millis(100 + rng.below(400));
                (pause, turn(&mut rng))
            })
            .collect();
        let world = match seed.rem_euclid(3) {
            0 => World::Streamed,
            1 => World::Analyze,
            _ => World::Live,
        };
        Self { seed, world, misbehave, turns }
    }
}

fn turn(rng: &mut Rng) -> Turn {
    let millis = 50 + rng.below(500);
    Turn::Says(match rng.below(8) {
        0 => format!("stale {millis}"),
        1 => format!("down {millis}"),
        2 => "logout".to_owned(),
        3 => "login".to_owned(),
        4 => "foreign-cancel".to_owned(),
        // So far away that it rests.
        5 => "foreign BUY 0.001 BTCUSDT CRYPTO NRML 2000".to_owned(),
        6 => "semi-auto off".to_owned(),
        _ => return Turn::Restarts,
    })
}
