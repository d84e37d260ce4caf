//! What comes from outside the terminal: signals and the `KILL` file.

use crate::bus::{ControlSender, KillSwitch};
use crate::model::{Actor, Command, DisplayText, KillLevel, Reason, Request, RequestId, Scope};
use crate::wire::Ask;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How often the `KILL` file is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is watched and who is told.
#[derive(Debug, Clone)]
pub struct Watched {
    pub control: ControlSender<Ask>,
    pub kill_switch: KillSwitch,
    /// The file whose appearance kills; its content may be a level 1 to 4, empty means 3.
    pub kill_file: PathBuf,
    /// Cancelled by a signal that ends the process.
    pub stop: CancellationToken,
    /// The signal that ended it, 0 while none did.
    pub signal: Arc<AtomicU8>,
}

/// Watches until `stop`: SIGTERM, SIGHUP and SIGINT end the process in order, SIGUSR1 raises K3.
pub async fn watch_outside(watched: Watched) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut user = signal(SignalKind::user_defined1())?;
    let mut file = tokio::time::interval(LOOK_EVERY);
    let mut seen = false;
    loop {
        // Kills before ends: a process asked to do both closes its gate first.
        tokio::select! {
            biased;
            _ = user.recv() => watched.kill(KillLevel::K3, Actor::Signal, "SIGUSR1"),
            _ = file.tick() => seen = watched.look(seen),
            _ = terminate.recv() => watched.end(15, "SIGTERM"),
            _ = hang_up.recv() => watched.end(1, "SIGHUP"),
            _ = interrupt.recv() => watched.end(2, "SIGINT"),
            () = watched.stop.cancelled() => return Ok(()),
        }
    }
}

impl Watched {
    /// Raises everything to a level: the gate at once, then the request.
    fn kill(&self, level: KillLevel, actor: Actor, reason: &str) {
        self.kill_switch.raise(level, Scope::All);
        let command = Command::Kill { level, scope: Scope::All, reason: Reason::new(reason) };
        let request = Request { id: RequestId(0), actor, command };
        if self.control.send(Ask::Command(request)).is_err() {
            tracing::error!(reason, "the core's control lane did not take the kill; the gate is closed");
        }
    }

    /// Looks for the file; acts when it appears. Returns whether it is there.
    fn look(&self, seen: bool) -> bool {
        let there = self.kill_file.symlink_metadata().is_ok();
        if there && !seen {
            self.kill(level_in(&self.kill_file), Actor::File, "KILL file");
        }
        there
    }

    fn end(&self, number: u8, name: &str) {
        tracing::info!(signal = name, "ending");
        self.signal.store(number, Ordering::SeqCst);
        let reason = DisplayText::new(name);
        if self.control.send(Ask::Stop { reason }).is_err() {
            tracing::error!("the core's control lane did not take the stop request");
        }
        self.stop.cancel();
    }
}

/// The level a `KILL` file asks for: its first character, if that is 1 to 4; otherwise K3.
fn level_in(path: &Path) -> KillLevel {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let number = text.trim_start().bytes().next().filter(u8::is_ascii_digit).map(|digit| digit - b'0');
    match number.and_then(KillLevel::from_number) {
        None | Some(KillLevel::K0) => KillLevel::K3,
        Some(level) => level,
    }
}
