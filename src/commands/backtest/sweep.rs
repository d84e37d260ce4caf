//! Every combination of parameters, over all processors; the table is in the order of the grid whoever was first.

use super::args::BacktestArgs;
use super::plan::{Plan, read_params, usage};
use super::result::Outcome;
use super::run::run_plan;
use crate::commands::exit::{Exit, UsageError};
use crate::commands::output;
use crate::strategies::declared;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, stderr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// More combinations than this are refused: a slip of the pen, not a sweep.
const COMBINATIONS_MAX: usize = 100_000;

/// One combination: names and texts.
type Combination = Vec<(String, String)>;

/// One line of the table.
#[derive(Debug, Serialize)]
pub struct Line {
    /// What was tried.
    pub params: BTreeMap<String, String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Runs the grid and prints the table.
pub(super) fn sweep(args: &BacktestArgs, plan: &Plan) -> anyhow::Result<Exit> {
    let lines = lines(args, plan)?;
    if args.json {
        lines.iter().try_for_each(output::json)?;
    } else {
        output::text(table(&lines))?;
    }
    Ok(Exit::Done)
}

/// Runs the grid; the lines are in its order, the last parameter running fastest.
pub fn lines(args: &BacktestArgs, plan: &Plan) -> anyhow::Result<Vec<Line>> {
    let grid = grid(&args.sweep)?;
    let given: Combination = given(args);
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = args.jobs.unwrap_or(processors).clamp(1, 64).min(grid.len().max(1));
    let next = AtomicUsize::new(0);
    let shown = stderr().is_terminal();
    let mut lines: Vec<Option<Line>> = grid.iter().map(|_| None).collect();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let (results, done) = mpsc::sync_channel(64);
        for _ in 0..jobs {
            let (results, next, grid, given) = (results.clone(), &next, &grid, &given);
            scope.spawn(move || work(plan, given, (next, grid), &results));
        }
        drop(results);
        for (count, (index, line)) in done.into_iter().enumerate() {
            if let Some(place) = lines.get_mut(index) {
                *place = Some(line?);
            }
            if shown && (count + 1).is_multiple_of(10) {
                output::complain(format!("{} of {}", count + 1, grid.len()));
            }
        }
        Ok(())
    })?;
    Ok(lines.into_iter().flatten().collect())
}

/// Runs what is left of the grid, one after the other, until nothing is, or nobody listens since one has failed.
fn work(
    plan: &Plan,
    given: &Combination,
    (next, grid): (&AtomicUsize, &[Combination]),
    results: &mpsc::SyncSender<(usize, anyhow::Result<Line>)>,
) {
    while let Some((index, combination)) = take(next, grid) {
        if results.send((index, one(plan, given, combination))).is_err() {
            return;
        }
    }
}

fn take<'g>(next: &AtomicUsize, grid: &'g [Combination]) -> Option<(usize, &'g Combination)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    grid.get(index).map(|combination| (index, combination))
}

/// One combination; one that makes no sense is refused and told.
fn one(plan: &Plan, given: &Combination, combination: &Combination) -> anyhow::Result<Line> {
    let params: BTreeMap<String, String> = combination.iter().cloned().collect();
    let mut plan = plan.clone();
    let all: Combination = given.iter().chain(combination).cloned().collect();
    for pick in plan.strategies.iter_mut().filter(|pick| pick.by_kind) {
        let kinds = declared();
        let Some(kind) = kinds.iter().find(|kind| kind.name == pick.kind) else { continue };
        pick.params = read_params(kind, &all)?;
    }
    match run_plan(&plan) {
        Ok(outcome) => Ok(Line { params, outcome: Some(outcome), refused: None }),
        Err(error) if error.is::<UsageError>() => {
            Ok(Line { params, outcome: None, refused: Some(error.to_string()) })
        }
        Err(error) => Err(error),
    }
}

fn given(args: &BacktestArgs) -> Combination {
    let pairs = args.param.iter().filter_map(|text| text.split_once('='));
    let style = args.style.iter().map(|style| ("style".to_owned(), style.clone()));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).chain(style).collect()
}

/// All combinations, the last parameter running fastest.
fn grid(sweeps: &[String]) -> Result<Vec<Combination>, UsageError> {
    let mut grid: Vec<Combination> = vec![Vec::new()];
    for text in sweeps {
        let (name, values) = values(text)?;
        if grid.len().saturating_mul(values.len()) > COMBINATIONS_MAX {
            return Err(usage(format!("--sweep {text}: more than {COMBINATIONS_MAX} combinations")));
        }
        grid = grid
            .iter()
            .flat_map(|before| {
                values.iter().map(|value| {
                    let mut combination = before.clone();
                    combination.push((name.clone(), value.clone()));
                    combination
                })
            })
            .collect();
    }
    Ok(grid)
}

/// `k=a..b`, `k=a..b:step` (both ends included), `k=a,b,c`.
fn values(text: &str) -> Result<(String, Vec<String>), UsageError> {
    let wrong = || usage(format!("--sweep {text}: expected KEY=FROM..TO, KEY=FROM..TO:STEP or KEY=A,B,C"));
    let (name, range) = text.split_once('=').ok_or_else(wrong)?;
    let values = match range.split_once("..") {
        None => range.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect(),
        Some((from, rest)) => {
            let (to, step) = rest.split_once(':').unwrap_or((rest, "1"));
            let number = |text: &str| {
                text.trim()
                    .parse::<crate::model::NetQty>()
                    .map(crate::model::NetQty::raw)
                    .map_err(|_unread| wrong())
            };
            let (from, to, step) = (number(from)?, number(to)?, number(step)?);
            if step <= 0
                || to < from
                || (to - from) / step >= i64::try_from(COMBINATIONS_MAX).unwrap_or(i64::MAX)
            {
                return Err(wrong());
            }
            let steps = (0..).map(|count| from + count * step).take_while(|value| *value <= to);
            steps
                .filter_map(|raw| crate::model::NetQty::from_raw(raw).ok())
                .map(|one| one.to_string())
                .collect::<Vec<_>>()
        }
    };
    if name.is_empty() || values.is_empty() {
        return Err(wrong());
    }
    Ok((name.trim().to_owned(), values))
}

fn table(lines: &[Line]) -> String {
    let mut text = format!(
        "{:<32} {:>8} {:>8} {:>16} {:>16} {:>8} {:>8}\n",
        "parameters", "orders", "fills", "pnl", "max drawdown", "trips", "won"
    );
    for line in lines {
        let params: Vec<String> = line.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let row = match (&line.outcome, &line.refused) {
            (Some(one), _) => format!(
                "{:<32} {:>8} {:>8} {:>16} {:>16} {:>8} {:>8}\n",
                params.join(" "),
                one.orders,
                one.fills,
                one.pnl,
                one.max_drawdown,
                one.round_trips,
                one.wins
            ),
            (None, why) => {
                format!("{:<32} refused: {}\n", params.join(" "), why.as_deref().unwrap_or_default())
            }
        };
        text.push_str(&row);
    }
    text
}
