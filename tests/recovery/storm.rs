//! Many kills: several desks at once, each killed at random instants of its start, its recovery and its trading.

use super::flight::{Flight, Place};
use super::journal_judge::JournalJudge;
use super::judge::Judge;
use flightdeck::model::{DisplayText, KillLevel, Side};
use flightdeck::serve::DoorRequest;
use flightdeck::sim::Rng;
use flightdeck::wire::{Operation, OrderAsk, OrderText};
use std::path::Path;
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
    refused: usize,
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
        "{} kills, {} with something in the air; {} orders, {} fills, {} resumes refused; start to reconciled p50 {} ms, p99 {} ms, most {} ms of {}",
        sum(|log| log.kills),
        sum(|log| log.in_the_air),
        sum(|log| log.sent),
        sum(|log| log.fills),
        sum(|log| log.refused),
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
    let (mut recoveries, mut refused) = (Vec::new(), 0);
    for kill in 0..kills {
        let told = |text: String| panic!("desk {seed}, kill {kill}: {text}");
        let mut flight = Flight::starts(&place, ARGS);
        // Now and then within its start or its recovery.
        if rng.one_in(5) && kill > 0 {
            Flight::flies(Duration::from_millis(rng.below(250)));
        } else {
            let status = flight.until("its books are compared", |status| {
                !status.book.comparing && status.account.reconciled_age_ms.is_some()
            });
            recoveries.push(flight.age());
            judge.recovered(flight.data(), &status).unwrap_or_else(told);
            let unknown = !status.book.unknown.is_empty();
            resumes(&flight, &mut refused, unknown && rng.one_in(2));
            let span = Duration::from_millis(200 + rng.below(500));
            let (data, side) = (place.data(), rng.one_in(2));
            // An operator trades by hand beside the strategies, until nobody answers any more.
            let hand = std::thread::spawn(move || by_hand(&data, side));
            Flight::flies(span);
            flight.dies();
            hand.join().unwrap();
            judge.dead(&place.data()).unwrap_or_else(told);
            continue;
        }
        flight.dies();
        judge.dead(&place.data()).unwrap_or_else(told);
    }
    let kills = usize::try_from(kills).unwrap();
    Log { kills, recoveries, sent: judge.sent, fills: judge.fills, in_the_air: judge.in_the_air, refused }
}

/// A human looks, resumes and arms. With some fate unproven that takes seconds, so not always.
fn resumes(flight: &Flight, refused: &mut usize, waits: bool) {
    let began = flight.age();
    while flight.status().is_some_and(|status| status.kill.highest > KillLevel::K0) {
        let reply = flight.ask(&DoorRequest::Resume { reason: DisplayText::new("looked") });
        if reply.is_none_or(|reply| reply.ok) {
            break;
        }
        *refused += 1;
        if flight.age() - began > if waits { 8_000_000_000 } else { 300_000_000 } {
            return;
        }
        Flight::flies(Duration::from_millis(30));
    }
    for strategy in ["mm-btc", "brk-eth", "rev-eth"] {
        flight.ask(&DoorRequest::Arm { strategy: DisplayText::new(strategy) });
    }
}

/// Orders by hand as fast as they are answered, until the desk is gone.
fn by_hand(data: &Path, buys: bool) {
    let mut buys = buys;
    for turn in 0.. {
        let price = (turn % 3 == 2).then(|| if buys { "1000" } else { "900000" }.to_owned());
        let order = OrderText {
            side: if buys { Side::Buy } else { Side::Sell },
            qty: "0.002".to_owned(),
            symbol: DisplayText::new("BTCUSDT"),
            price,
            trigger: None,
            trail: None,
            tif: None,
            post_only: false,
            reduce_only: false,
        };
        let ask = OrderAsk {
            strategy: None,
            mode: None,
            label: DisplayText::new("storm"),
            dry_run: false,
            ask: Operation::Place { order },
        };
        if flightdeck::commands::ask(data, &DoorRequest::Order(Box::new(ask))).is_err() {
            return;
        }
        buys = !buys;
    }
}
