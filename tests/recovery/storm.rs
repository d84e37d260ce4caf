//! Many kills: several desks at once, each killed at random instants of its start, its recovery and its trading.

use super::flight::{Flight, Place};
use super::journal_judge::JournalJudge;
use super::judge::Judge;
use flightdeck::model::DisplayText;
use flightdeck::serve::DoorRequest;
use flightdeck::sim::Rng;
use std::time::Duration;

/// Desks flown beside each other.
const DESKS: u64 = 3;

/// A market maker that has something in the air at most instants.
const ARGS: &[&str] = &[
    "--loop",
    "--set",
    "strategy.mm-btc.params.requote_ms=100",
    "--set",
    "strategy.mm-btc.params.half_spread_ticks=1",
    "--set",
    "strategy.sma-btc.armed=false",
    "--set",
    "risk.daily_loss=1000000",
    "--set",
    "strategy.mm-btc.limits.daily_loss=1000000",
];

/// What one desk saw.
struct Log {
    kills: usize,
    /// From the start of the process to books compared, in nanoseconds.
    recoveries: Vec<u64>,
    sent: usize,
    fills: usize,
    in_the_air: usize,
}

fn number(name: &str, else_: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(else_)
}

#[test]
#[expect(clippy::print_stdout, reason = "seeds and measures of a harness")]
fn whatever_instant_it_is_killed_at_nothing_is_lost_and_nothing_is_sent_twice() {
    let kills = number("FLIGHTDECK_KILLS", 50);
    let seed = number("FLIGHTDECK_KILL_SEED", 20_261_121);
    println!("{kills} kills over {DESKS} desks, seed {seed} (FLIGHTDECK_KILLS, FLIGHTDECK_KILL_SEED)");
    let logs: Vec<Log> = std::thread::scope(|scope| {
        let desks: Vec<_> = (0..DESKS)
            .map(|desk| {
                let share = kills / DESKS + u64::from(desk < kills % DESKS);
                scope.spawn(move || fly(seed.wrapping_add(desk), share, &mut JournalJudge::default()))
            })
            .collect();
        desks.into_iter().map(|desk| desk.join().unwrap()).collect()
    });
    let mut recoveries: Vec<u64> = logs.iter().flat_map(|log| log.recoveries.iter().copied()).collect();
    recoveries.sort_unstable();
    let at = |percent: usize| recoveries.get((recoveries.len() * percent / 100).min(recoveries.len() - 1));
    let millis = |nanos: Option<&u64>| nanos.map_or(0, |nanos| nanos / 1_000_000);
    let sum = |of: fn(&Log) -> usize| logs.iter().map(of).sum::<usize>();
    println!(
        "{} kills, {} with something in the air; {} orders, {} fills; start to reconciled p50 {} ms, p99 {} ms, most {} ms of {}",
        sum(|log| log.kills),
        sum(|log| log.in_the_air),
        sum(|log| log.sent),
        sum(|log| log.fills),
        millis(at(50)),
        millis(at(99)),
        millis(recoveries.last()),
        recoveries.len(),
    );
    assert_eq!(sum(|log| log.kills), usize::try_from(kills).unwrap());
    assert!(sum(|log| log.sent) > 0 && sum(|log| log.fills) > 0, "nothing was traded");
}

/// One desk, killed so often.
fn fly(seed: u64, kills: u64, judge: &mut JournalJudge) -> Log {
    let mut rng = Rng::new(seed);
    let place = Place::new();
    let mut recoveries = Vec::new();
    for kill in 0..kills {
        let told = |text: String| panic!("desk {seed}, kill {kill}: {text}");
        let mut flight = Flight::starts(&place, ARGS);
        // Now and then within its start or its recovery.
        if rng.one_in(5) && kill > 0 {
            flight.flies(Duration::from_millis(rng.below(250)));
        } else {
            let status = flight.until("its books are compared", |status| {
                !status.book.comparing && status.account.reconciled_age_ms.is_some()
            });
            recoveries.push(flight.age());
            judge.recovered(flight.data(), &status).unwrap_or_else(told);
            let waits = rng.one_in(2);
            if flight.status().is_some_and(|status| status.book.unknown.is_empty()) || waits {
                trade(&mut flight);
            }
            flight.flies(Duration::from_millis(300 + rng.below(500)));
        }
        flight.is_killed();
        judge.dead(&place.data()).unwrap_or_else(told);
    }
    let kills = usize::try_from(kills).unwrap();
    Log { kills, recoveries, sent: judge.sent, fills: judge.fills, in_the_air: judge.in_the_air }
}

/// A human looks, resumes and arms.
fn trade(flight: &mut Flight) {
    flight.until("every fate is proven", |status| {
        status.book.unknown.is_empty() && status.orders.iter().all(|order| order.status.as_str() != "UNKNOWN")
    });
    let reason = DisplayText::new("looked");
    flight.ask(&DoorRequest::Resume { reason });
    for strategy in ["mm-btc", "brk-eth", "rev-eth"] {
        flight.ask(&DoorRequest::Arm { strategy: DisplayText::new(strategy) });
    }
}
