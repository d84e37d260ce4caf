//! `simulate`: seeded worlds in which everything goes wrong, and what must hold all the same.

use super::exit::{Exit, UsageError};
use super::output;
use crate::runtime::monotonic_nanos;
use crate::sim::faults::{
    FaultKind, Faults, INVARIANTS, KINDS, NOT_INJECTED, Outcome, Plan, Violation, counts, minimise, run_seed,
    write_scenario,
};
use clap::Args;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

/// Seeds between two lines of progress.
const PROGRESS: u64 = 1_000;

/// Failing seeds that are made small; the rest is only named.
const MINIMISED: usize = 3;

/// Prove the engine against a broker, market and clock that do everything wrong (virtual time, seeded)
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck simulate --seeds 1000
  flightdeck simulate --seeds 200 --faults none
  flightdeck simulate --seeds 1 --from-seed 4711 --faults F-001,F-013
  flightdeck simulate --list

Exit codes: 0 every invariant held, 1 one did not.")]
pub struct SimulateArgs {
    /// How many worlds
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub seeds: u64,
    /// The first seed
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub from_seed: u64,
    /// all, none, or numbers of kinds: F-001,F-006
    #[arg(long, value_name = "KINDS", default_value = "all")]
    pub faults: String,
    /// Engine inputs of the faulty phase (default: as many as 25 to 45 seconds give)
    #[arg(long, value_name = "N")]
    pub steps: Option<u64>,
    /// Threads (default: one a processor); the result is the same for any number
    #[arg(long, value_name = "N")]
    pub jobs: Option<u64>,
    /// Print the result as one JSON document
    #[arg(long)]
    pub json: bool,
    /// List the kinds of fault and the invariants, and what is proven elsewhere
    #[arg(long)]
    pub list: bool,
}

/// What all worlds came to. Equal arguments and binary give equal results but for the times.
#[derive(Debug, Clone, Default, Serialize)]
struct Summary {
    seeds: u64,
    from_seed: u64,
    violations: Vec<Broken>,
    faults: BTreeMap<&'static str, Count>,
    /// The pair of kinds that met in the fewest worlds, and in how many.
    least_pair: (String, u64),
    not_injected: BTreeMap<&'static str, &'static str>,
    steps: u64,
    events: u64,
    orders: u64,
    fills: u64,
    automatic_kills: u64,
    /// SHA-256 over the event hashes of all worlds, by seed.
    event_hash: String,
    elapsed_s: String,
    seeds_per_s: u64,
    #[serde(skip)]
    rows: Vec<(FaultKind, Count)>,
}

/// One broken invariant.
#[derive(Debug, Clone, Serialize)]
struct Broken {
    seed: u64,
    invariant: &'static str,
    step: u64,
    text: String,
    command: String,
    /// The smallest world found that still breaks it.
    scenario: String,
}

/// How often a kind was injected, and in how many worlds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Count {
    injected: u64,
    seeds: u64,
}

/// Runs the worlds and says what held.
pub(super) fn simulate(args: &SimulateArgs) -> anyhow::Result<Exit> {
    if args.list {
        output::text(list())?;
        return Ok(Exit::Done);
    }
    let faults = faults(&args.faults)?;
    let began = monotonic_nanos();
    let mut summary = worlds(args, &faults);
    let elapsed = monotonic_nanos().saturating_sub(began);
    summary.elapsed_s = format!("{}.{}", elapsed / 1_000_000_000, elapsed / 100_000_000 % 10);
    summary.seeds_per_s = u64::try_from(u128::from(args.seeds) * 1_000_000_000 / u128::from(elapsed.max(1)))
        .unwrap_or(u64::MAX);
    if args.json {
        output::json(&summary)?;
    } else {
        output::text(&summary)?;
    }
    Ok(if summary.violations.is_empty() { Exit::Done } else { Exit::Failed })
}

fn faults(text: &str) -> Result<Faults, UsageError> {
    match text {
        "all" => Ok(Faults::All),
        "none" => Ok(Faults::None),
        ids => {
            let kind = |id: &str| {
                FaultKind::of_id(id.trim()).ok_or_else(|| {
                    UsageError(format!("no kind of fault {id:?}; `flightdeck simulate --list` names them"))
                })
            };
            Ok(Faults::Only(ids.split(',').map(kind).collect::<Result<_, _>>()?))
        }
    }
}

/// Runs every seed, on several threads; the summary takes them in the order of their numbers.
fn worlds(args: &SimulateArgs, faults: &Faults) -> Summary {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = args.jobs.unwrap_or(u64::try_from(processors).unwrap_or(1)).clamp(1, 64);
    let plan = |seed: u64| Plan { steps: args.steps, ..Plan::new(seed, faults.clone()) };
    let (next, end) = (AtomicU64::new(args.from_seed), args.from_seed.saturating_add(args.seeds));
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let (results, done) = mpsc::sync_channel::<Outcome>(64);
        for _ in 0..jobs {
            let results = results.clone();
            let (next, plan) = (&next, &plan);
            scope.spawn(move || {
                let seeds = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
                let mut outcomes = seeds.take_while(|seed| *seed < end).map(|seed| run_seed(&plan(seed)));
                outcomes.try_for_each(|outcome| results.send(outcome).map_err(drop))
            });
        }
        drop(results);
        let mut waiting = BTreeMap::new();
        let mut turn = args.from_seed;
        for outcome in done {
            waiting.insert(outcome.seed, outcome);
            while let Some(outcome) = waiting.remove(&turn) {
                tally.take(&outcome, &plan(turn));
                turn += 1;
                tell_progress(args, turn, tally.broken.len());
            }
        }
    });
    tally.summary(args)
}

/// A line now and then, for somebody who waits.
fn tell_progress(args: &SimulateArgs, turn: u64, broken: usize) {
    let done = turn - args.from_seed;
    if !args.json && done.is_multiple_of(PROGRESS) {
        output::complain(format!("{done} worlds, {broken} broken"));
    }
}

/// Adds worlds up.
#[derive(Default)]
struct Tally {
    hash: Sha256,
    rows: BTreeMap<FaultKind, Count>,
    pairs: BTreeMap<(FaultKind, FaultKind), u64>,
    broken: Vec<Broken>,
    totals: Summary,
}

impl Tally {
    fn take(&mut self, outcome: &Outcome, plan: &Plan) {
        self.hash.update(outcome.event_hash.as_bytes());
        let counts = counts(outcome);
        for (kind, count) in &counts {
            let row = self.rows.entry(*kind).or_default();
            row.injected += count;
            row.seeds += 1;
            for (other, _) in counts.range(*kind..).skip(1) {
                *self.pairs.entry((*kind, *other)).or_default() += 1;
            }
        }
        self.totals.steps += outcome.steps;
        self.totals.events += outcome.events;
        self.totals.orders += outcome.orders;
        self.totals.fills += outcome.fills;
        self.totals.automatic_kills += u64::from(outcome.automatic_kills);
        if let Some(violation) = &outcome.violation {
            self.broken.push(broken(outcome, violation, plan, self.broken.len() < MINIMISED));
        }
    }

    fn summary(self, args: &SimulateArgs) -> Summary {
        let all: Vec<FaultKind> = KINDS.iter().map(|info| info.kind).collect();
        let rows: Vec<(FaultKind, Count)> =
            all.iter().map(|kind| (*kind, self.rows.get(kind).copied().unwrap_or_default())).collect();
        let pairs = all
            .iter()
            .enumerate()
            .flat_map(|(index, one)| all.iter().skip(index + 1).map(move |other| (*one, *other)));
        let least = pairs.min_by_key(|pair| self.pairs.get(pair).copied().unwrap_or_default());
        let least_pair = least.map_or_else(Default::default, |pair| {
            let count = self.pairs.get(&pair).copied().unwrap_or_default();
            (format!("{}+{}", pair.0.id(), pair.1.id()), count)
        });
        Summary {
            seeds: args.seeds,
            from_seed: args.from_seed,
            violations: self.broken,
            faults: rows.iter().map(|(kind, count)| (kind.id(), *count)).collect(),
            least_pair,
            not_injected: NOT_INJECTED.iter().map(|line| (line.id, line.why)).collect(),
            event_hash: format!("{:x}", self.hash.finalize()),
            rows,
            ..self.totals
        }
    }
}

fn broken(outcome: &Outcome, violation: &Violation, plan: &Plan, small: bool) -> Broken {
    let steps = plan.steps.map_or_else(String::new, |steps| format!(" --steps {steps}"));
    let faults = match &plan.faults {
        Faults::All | Faults::Script(_) => "all".to_owned(),
        Faults::None => "none".to_owned(),
        Faults::Only(kinds) => kinds.iter().map(|kind| kind.id()).collect::<Vec<_>>().join(","),
    };
    let command =
        format!("flightdeck simulate --seeds 1 --from-seed {} --faults {faults}{steps}", violation.seed);
    let scenario = if small {
        let (strikes, least): (BTreeSet<_>, Outcome) = minimise(plan, outcome);
        let why = least.violation.map_or_else(String::new, |one| format!("{}: {}", one.invariant, one.text));
        write_scenario(plan.seed, plan.steps, &strikes, &why)
    } else {
        String::new()
    };
    Broken {
        seed: violation.seed,
        invariant: violation.invariant,
        step: violation.step,
        text: violation.text.clone(),
        command,
        scenario,
    }
}

fn list() -> String {
    let mut text = String::new();
    let mut line = |words: String| writeln!(text, "{words}").unwrap_or_default();
    line("faults".to_owned());
    for info in KINDS {
        line(format!("  {}  {}", info.id, info.doc));
    }
    line("not injected".to_owned());
    for one in NOT_INJECTED {
        line(format!("  {}  {}", one.id, one.why));
    }
    line("invariants".to_owned());
    for invariant in INVARIANTS {
        match invariant.elsewhere() {
            None => line(format!("  {}", invariant.name)),
            Some(why) => line(format!("  {} (not asked here: {why})", invariant.name)),
        }
    }
    text
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<7} {:>9} {:>8}  fault", "", "injected", "seeds")?;
        for (kind, count) in &self.rows {
            let doc = KINDS.get(kind.index()).map_or("", |info| info.doc);
            writeln!(f, "{:<7} {:>9} {:>8}  {doc}", kind.id(), count.injected, count.seeds)?;
        }
        for (id, why) in &self.not_injected {
            writeln!(f, "{id:<7} {:>9} {:>8}  {why}", "-", "-")?;
        }
        let least = self.rows.iter().map(|(_, count)| count.injected).min().unwrap_or_default();
        writeln!(
            f,
            "least injected {least}, rarest pair {} in {} seeds",
            self.least_pair.0, self.least_pair.1
        )?;
        for one in &self.violations {
            writeln!(f, "BROKEN {} at step {}: {}", one.invariant, one.step, one.text)?;
            writeln!(f, "  again: {}", one.command)?;
            for line in one.scenario.lines() {
                writeln!(f, "  | {line}")?;
            }
        }
        writeln!(
            f,
            "{} worlds from seed {}: {} inputs, {} events, {} orders, {} fills, {} automatic kills",
            self.seeds,
            self.from_seed,
            self.steps,
            self.events,
            self.orders,
            self.fills,
            self.automatic_kills
        )?;
        writeln!(f, "event hash {}", self.event_hash)?;
        match self.seeds_per_s {
            0 => writeln!(f, "{} s", self.elapsed_s)?,
            many => writeln!(f, "{} s, {many} worlds a second", self.elapsed_s)?,
        }
        write!(f, "{} violations", self.violations.len())
    }
}
