//! `drill`: the kill fire drill in analyze: a cockpit of its own trades, is killed by every path in turn, and each must
//! close the gate and clear the orders.

use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::output;
use super::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::{DisplayText, KillLevel};
use crate::runtime::{monotonic_nanos, wall_now};
use crate::serve::{DoorReply, DoorRequest, KillOrder};
use crate::store::DataDir;
use crate::wire::{ScopeName, Status};
use anyhow::Context as _;
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long anything may take before the drill has failed.
const PATIENCE_NANOS: u64 = 120_000_000_000;

/// How often the engine is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// After how many seconds the core is made to hang: later again where no order worked by then, as on a slow machine.
const HANGS_AFTER_S: [u32; 3] = [3, 15, 60];

/// How long the process is stopped to see whether it notices: longer than `clock_gap_ms`.
const STOPPED: Duration = Duration::from_millis(2_500);

/// The kill fire drill: opens orders in a sandbox of its own and kills it by every path in turn
///
/// Prints how long each path took to close the gate and to have every order confirmed gone. Touches no other run and no
/// account. Takes about ten seconds.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck drill
  flightdeck drill --json

Exit codes: 0 every path passed, 1 one failed.")]
pub struct DrillArgs {
    /// Print the table as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// A way to kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Door,
    Signal,
    File,
    /// The process is stopped and goes on: nobody asks for a kill.
    Watchdog,
    /// A strategy hangs the core: the dead-man thread acts without it.
    Deadman,
}

/// What came of one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Row {
    path: &'static str,
    level: u8,
    /// Orders that worked when it was raised.
    orders: usize,
    /// Until the gate was closed, and until nothing was open that it wants gone, in milliseconds.
    gate_ms: Option<u64>,
    clear_ms: Option<u64>,
    pass: bool,
    note: String,
}

impl Way {
    const ALL: [Self; 5] = [Self::Door, Self::Signal, Self::File, Self::Watchdog, Self::Deadman];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Door => "cli (door)",
            Self::Signal => "signal USR1",
            Self::File => "KILL file",
            Self::Watchdog => "watchdog (clock gap)",
            Self::Deadman => "dead-man (core hangs)",
        }
    }

    /// What it raises.
    const fn level(self) -> KillLevel {
        match self {
            Self::Watchdog => KillLevel::K1,
            Self::Door | Self::Signal | Self::File | Self::Deadman => KillLevel::K3,
        }
    }
}

/// Runs the drill.
pub(super) fn drill(args: &DrillArgs, place: &PlaceArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let mut rows = Vec::new();
    for way in Way::ALL {
        rows.push(rehearse(way).unwrap_or_else(|error| failed(way, &format!("{error:#}"))));
    }
    if args.json {
        output::json(&rows)?;
    } else {
        output::text(table(&rows))?;
    }
    let passed = rows.iter().all(|row| row.pass);
    if passed {
        remember(place, kinds);
    }
    Ok(if passed { Exit::Done } else { Exit::Failed })
}

/// Writes down when it was passed, where arming looks for it; a place that has no data directory yet arms nothing.
fn remember(place: &PlaceArgs, kinds: &[StrategyKind]) {
    let paths = place_of(place, kinds).ok().and_then(|dir| DataDir::peek(&dir).ok());
    let written = paths.map(|paths| paths.remember_drill(wall_now()));
    if let Some(Err(error)) = written {
        output::complain(format!("the drill is not remembered for arming: {error}"));
    }
}

/// One way, in a cockpit of its own.
fn rehearse(way: Way) -> anyhow::Result<Row> {
    if way == Way::Deadman {
        // It strikes by itself: what worked then is not known to the second.
        for after in HANGS_AFTER_S {
            if let Some(row) = Sandbox::start(Some(after))?.struck(way)? {
                return Ok(row);
            }
        }
        anyhow::bail!("no order worked before the core hung");
    }
    let cockpit = Sandbox::start(None)?;
    let orders = cockpit.trading()?;
    let began = monotonic_nanos();
    cockpit.strike(way)?;
    let struck = if way == Way::Watchdog { monotonic_nanos() } else { began };
    let gate = cockpit.until("the gate closes", |reply| reply.gate >= Some(way.level()))?;
    let clear = cockpit.until("nothing is left open", |reply| {
        reply.status.as_ref().is_some_and(|status| is_clear(status, way))
    })?;
    Ok(row(way, orders, Some(millis(struck, gate)), Some(millis(struck, clear))))
}

/// Whether the kill is a fact and what it wants gone is gone: at K1 that is nothing.
fn is_clear(status: &Status, way: Way) -> bool {
    let gone = way.level() < KillLevel::K2 || (status.orders.is_empty() && status.kill.pending == 0);
    status.kill.level >= way.level() && gone
}

fn row(way: Way, orders: usize, gate_ms: Option<u64>, clear_ms: Option<u64>) -> Row {
    let (path, level) = (way.as_str(), way.level().number());
    Row { path, level, orders, gate_ms, clear_ms, pass: true, note: String::new() }
}

fn failed(way: Way, why: &str) -> Row {
    Row { pass: false, note: DisplayText::new(why).to_string(), ..row(way, 0, None, None) }
}

fn millis(from: u64, to: u64) -> u64 {
    to.saturating_sub(from) / 1_000_000
}

/// A cockpit without a screen in a directory of its own; both go with this.
struct Sandbox {
    child: Child,
    dir: PathBuf,
}

impl Sandbox {
    /// Takes off; the core hangs after so many seconds, if at all.
    fn start(hangs_after: Option<u32>) -> anyhow::Result<Self> {
        let name = format!("flightdeck-drill-{}", uuid::Uuid::now_v7().simple());
        let dir = std::env::temp_dir().join(name);
        let mut command = Command::new(std::env::current_exe().context("finding this program")?);
        command.args(["run", "--headless", "--feed", "demo", "--speed", "1", "--set", "run.mode=analyze"]);
        command.arg("--data-dir").arg(&dir);
        if let Some(seconds) = hangs_after {
            command.arg("--rehearse").arg(format!("hang-strategy@{seconds}"));
        }
        // The operator's own configuration does not take part, and neither does what stands in the environment.
        command.env_clear().env("HOME", &dir).env("TZ", "UTC");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().context("starting a cockpit to drill with")?;
        Ok(Self { child, dir })
    }

    /// Waits until orders work at the venue; how many.
    fn trading(&self) -> anyhow::Result<usize> {
        let mut orders = 0;
        self.until("an order works", |reply| {
            orders = reply.status.as_ref().map_or(0, |status| status.orders.len());
            orders > 0
        })?;
        Ok(orders)
    }

    fn strike(&self, way: Way) -> anyhow::Result<()> {
        match way {
            Way::Door => {
                let reason = DisplayText::new("fire drill");
                let kill = KillOrder { level: 3, scope: ScopeName::All, reason };
                let reply = ask(&self.dir, &DoorRequest::Kill(kill))?;
                anyhow::ensure!(reply.ok, "the door refused the kill");
            }
            Way::Signal => self.signal(Signal::USR1)?,
            Way::File => {
                let file = DataDir::peek(&self.dir)?.kill_file();
                std::fs::write(file, "3\n").context("writing the KILL file")?;
            }
            Way::Watchdog => {
                self.signal(Signal::STOP)?;
                std::thread::sleep(STOPPED);
                self.signal(Signal::CONT)?;
            }
            Way::Deadman => {}
        }
        Ok(())
    }

    /// Waits for what strikes by itself. A core that hangs answers nothing; the gate is read without it. `None` where it struck
    /// before an order worked.
    fn struck(&self, way: Way) -> anyhow::Result<Option<Row>> {
        let mut orders = 0;
        self.until("an order works or the gate closes", |reply| {
            orders = reply.status.as_ref().map_or(0, |status| status.orders.len());
            orders > 0 || reply.gate >= Some(way.level())
        })?;
        if orders == 0 {
            return Ok(None);
        }
        let gate = self.until("the gate closes", |reply| reply.gate >= Some(way.level()))?;
        let clear = self.until("nothing is left open", |reply| {
            reply.ok && reply.status.as_ref().is_some_and(|status| is_clear(status, way))
        })?;
        let note = format!("all confirmed {} ms after the gate had closed", millis(gate, clear));
        Ok(Some(Row { note, ..row(way, orders, None, None) }))
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("no process")?, signal).context("signalling the cockpit")
    }

    /// Looks until the answer is so; when it was, by the steady clock.
    fn until(&self, what: &str, mut so: impl FnMut(&DoorReply) -> bool) -> anyhow::Result<u64> {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        loop {
            let reply = ask(&self.dir, &DoorRequest::Status {});
            let now = monotonic_nanos();
            if reply.is_ok_and(|reply| so(&reply)) {
                return Ok(now);
            }
            anyhow::ensure!(now < deadline, "waited in vain for this: {what}");
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            output::complain(format!("drill: the cockpit did not end: {error}"));
        }
        remove(&self.dir);
    }
}

fn remove(dir: &Path) {
    if let Err(error) = std::fs::remove_dir_all(dir) {
        output::complain(format!("drill: {} was not removed: {error}", dir.display()));
    }
}

fn table(rows: &[Row]) -> String {
    let mut lines = vec![format!(
        "{:<22} {:>5} {:>7} {:>9} {:>10}  {}",
        "path", "level", "orders", "gate ms", "clear ms", ""
    )];
    let shown = |millis: Option<u64>| millis.map_or("-".to_owned(), |millis| millis.to_string());
    lines.extend(rows.iter().map(|row| {
        let verdict = if row.pass { "PASS" } else { "FAIL" };
        let (gate, clear) = (shown(row.gate_ms), shown(row.clear_ms));
        let line = format!(
            "{:<22} {:>5} {:>7} {gate:>9} {clear:>10}  {verdict} {}",
            row.path,
            format!("K{}", row.level),
            row.orders,
            row.note
        );
        line.trim_end().to_owned()
    }));
    lines.push("times as seen from outside; a status is at most 250 ms old".to_owned());
    lines.join("\n")
}
