//! Kills at the lanes: whether anything that adds risk is let out after the gate has closed, whatever stands still.

use crate::line;
use crate::live_core::{Bench, Stalls, answer, next_request, pace, quote, start};
use crate::micros;
use flightdeck::adapters::Outgoing;
use flightdeck::model::{KillLevel, MarketEvent, Scope};
use flightdeck::runtime::monotonic_nanos;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;

const WORKERS: usize = 2;

/// Until the core, the subscribers and the runtime go on after a kill.
const STALL: Duration = Duration::from_millis(10);

/// What stands still while the gate closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Still {
    Nothing,
    Screen,
    Recorder,
    Core,
    Runtime,
}

const ALL: [Still; 5] = [Still::Nothing, Still::Screen, Still::Recorder, Still::Core, Still::Runtime];

/// What came of one kill.
struct Trial {
    /// From the closed gate to the last request that adds risk, as the adapter took it.
    last_us: u64,
    /// Taken after the gate had closed.
    after: usize,
    /// Stopped by the gate.
    stopped: usize,
    orders: usize,
}

/// All of them; asserts the zero.
pub(crate) fn run(trials: usize) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let runtime = runtime.unwrap();
    let mut lines = Vec::new();
    for still in ALL {
        let (mut last, mut orders, mut stopped) = (micros(), 0, 0);
        for trial in 0..trials.div_ceil(ALL.len()) {
            let wait = Duration::from_micros(3_000 + u64::try_from(trial).unwrap() * 37 % 5_000);
            let one = kill_once(&runtime, wait, still);
            assert_eq!(one.after, 0, "let out after the gate had closed, while {still:?} stood still");
            last.saturating_record(one.last_us.max(1));
            orders += one.orders;
            stopped += one.stopped;
        }
        let name = format!("gate -> last request taken, stalled: {still:?}");
        let told = format!("after it: 0 of {orders} orders; {stopped} stopped by the gate");
        lines.push(line(&name, &last, &told));
    }
    lines
}

/// Blocks every worker of a runtime for a while, from a thread outside it.
fn block(runtime: &Runtime) {
    for _ in 0..WORKERS * 8 {
        runtime.spawn(async { std::thread::sleep(STALL) });
    }
}

/// One kill under a flood of orders.
fn kill_once(runtime: &Runtime, wait: Duration, still: Still) -> Trial {
    let stalls = Stalls::default();
    let Bench { core, mut client, kill_switch, mut market, reports, mut requests, staff } =
        start(true, &stalls);
    let stop = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&stop);
    let feed = runtime.spawn(async move {
        let began = monotonic_nanos();
        let mut number = 0;
        while !over.load(Ordering::Relaxed) {
            number += 1;
            pace(began, number).await;
            if market.push(MarketEvent::Quote(quote(number % 400_000 + 1))).is_err() {
                market.lost(1);
            }
            market.flush();
        }
    });
    let closed = Arc::new(AtomicU64::new(u64::MAX));
    let known = Arc::clone(&closed);
    let adapter = runtime.spawn(async move {
        let (mut taken, mut after, mut stopped) = (Vec::new(), 0, 0);
        loop {
            // Read before the gate is asked: who comes later than the gate has certainly met it closed.
            let began = monotonic_nanos();
            match next_request(&mut requests).await {
                Some(Outgoing::Risk(request, gate)) => {
                    let before_last = monotonic_nanos();
                    let written = gate.is_open();
                    let closed = known.load(Ordering::SeqCst);
                    after += usize::from(began > closed || (written && before_last > closed));
                    taken.push(monotonic_nanos());
                    answer(&reports, &request, u64::try_from(taken.len()).unwrap());
                }
                Some(Outgoing::Send(_)) => {}
                Some(Outgoing::Stopped(_)) => stopped += 1,
                None => return (taken, after, stopped),
            }
        }
    });
    let pause = std::thread::spawn(move || std::thread::sleep(wait));
    while !pause.is_finished() {
        if still != Still::Screen {
            while client.receive().is_some() {}
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    match still {
        Still::Nothing | Still::Screen => {}
        Still::Recorder => stalls.staff.store(true, Ordering::Relaxed),
        Still::Core => stalls.core.store(true, Ordering::Relaxed),
        Still::Runtime => block(runtime),
    }
    kill_switch.raise(KillLevel::K1, Scope::All);
    let raised = monotonic_nanos();
    closed.store(raised, Ordering::SeqCst);
    std::thread::sleep(STALL * 2);
    stalls.staff.store(false, Ordering::Relaxed);
    stalls.core.store(false, Ordering::Relaxed);
    stop.store(true, Ordering::Relaxed);
    runtime.block_on(feed).unwrap();
    client.stop("done");
    core.join().unwrap();
    for member in staff {
        member.join().unwrap();
    }
    let (taken, after, stopped) = runtime.block_on(adapter).unwrap();
    let last = taken.last().copied().unwrap_or(0).saturating_sub(raised);
    Trial { last_us: last / 1_000, after, stopped, orders: taken.len() }
}
