//! The kill switch, goal G10: from the key to the closed gate, from the gate to the wire, and nothing after it.
//!
//! `cargo bench --bench kill`. Four parts.
//!
//! `gate`: 1,000 kills in the middle of 20,000 orders a second, over the real loop and its real lanes, a fifth each with
//! nothing wrong, with a screen that takes nothing, a subscriber that takes nothing, a core that hangs and a runtime whose
//! workers are blocked. What adds risk and was let out after the gate had closed: exactly 0, asserted.
//! `key`: the real program in a pseudo-terminal under the fastest market it plays; the clock is read before the key is
//! written, the program's log says when the gate was closed. p99 ≤ 500 µs. In turns with it a byte to a bare reader of a
//! terminal: what the machine needs under that flood whoever reads.
//! `cancel`: the real program at a venue process with 200 orders at rest, for one in ten of the trials; from the closed gate
//! to the first cancel in the venue's log: p99 ≤ 10 ms.
//! `last`: kills while strategies and a hand trade there: how long after the gate the last order that adds risk has reached
//! the venue, beside how long any order needs.
//!
//! `-- --only gate|key|cancel|last` runs one part; `-- --trials 100` fewer of each.
#![expect(clippy::unwrap_used, reason = "a broken bench fails")]
#![expect(clippy::disallowed_methods, reason = "processes take real time")]

#[path = "../tests/venue_kills/desk.rs"]
mod desk;
#[path = "../tests/venue_kills/hand.rs"]
mod hand;
#[path = "../tests/venue_kills/inject.rs"]
mod inject;
mod kill_gate;
mod kill_key;
mod kill_wire;
mod live_core;

use flightdeck::runtime::wall_now;
use hdrhistogram::Histogram;
use std::path::Path;

/// What was measured, in microseconds.
type Micros = Histogram<u64>;

/// Runs so many trials; gives the lines to print.
type Part = fn(usize) -> Vec<String>;

fn micros() -> Micros {
    Histogram::new_with_bounds(1, 60_000_000, 3).unwrap()
}

/// The wall clock in microseconds, as precise as the program's log.
fn now_us() -> i64 {
    wall_now().nanos() / 1_000
}

fn line(name: &str, times: &Micros, goal: &str) -> String {
    let at = |quantile| times.value_at_quantile(quantile);
    format!(
        "{name:<52}{:>6} trials  p50 {:>6} us  p99 {:>6} us  max {:>7} us  {goal}",
        times.len(),
        at(0.5),
        at(0.99),
        times.max()
    )
}

/// When the program's own log says that a kill of this level closed the gate, in microseconds of the wall clock.
fn latches(data: &Path, level: &str) -> Vec<i64> {
    let mut all = Vec::new();
    for file in std::fs::read_dir(data.join("logs")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let lines = text.lines().filter(|line| line.contains("\"kill latched\""));
        all.extend(lines.filter_map(|line| {
            let said: serde_json::Value = serde_json::from_str(line).ok()?;
            let is_it = said["level"] == level;
            let at = chrono::DateTime::parse_from_rfc3339(said["timestamp"].as_str()?).ok()?;
            is_it.then(|| at.timestamp_micros())
        }));
    }
    all.sort_unstable();
    all
}

fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|word| word != name).nth(1)
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    if let Some(heard) = argument(kill_key::LISTEN) {
        kill_key::listen(&heard);
        return;
    }
    let trials: usize = argument("--trials").map_or(1_000, |text| text.parse().unwrap());
    let only = argument("--only");
    let parts: [(&str, Part); 4] = [
        ("gate", kill_gate::run),
        ("key", kill_key::run),
        ("cancel", kill_wire::first_cancels),
        ("last", kill_wire::last_orders),
    ];
    for (name, run) in parts {
        if only.as_ref().is_none_or(|only| only == name) {
            for line in run(trials) {
                println!("{name:<6}{line}");
            }
        }
    }
}
