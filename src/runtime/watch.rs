//! What comes from outside the terminal: signals and the `KILL` file.

use super::kill_file::KillFile;
use crate::bus::{ControlSender, KillSwitch};
use crate::model::{Actor, Command, KillLevel, Reason, Request, RequestId, Scope};
use crate::wire::Ask;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The signal of a terminal that has hung up.
pub(super) const HANG_UP: u8 = 1;

/// How often the `KILL` file is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is watched and who is told.
#[derive(Debug, Clone)]
pub struct Watched {
    pub control: ControlSender<Ask>,
    pub kill_switch: KillSwitch,
    /// The file whose appearance kills; its content may be a level 1 to 4, empty means 3.
    pub kill_file: KillFile,
    /// Cancelled when the watch shall end.
    pub stop: CancellationToken,
    /// Cancelled by a signal that ends the process.
    pub leave: CancellationToken,
    /// The signal that ended it, 0 while none did.
    pub signal: Arc<AtomicU8>,
    /// Whether the run stays when its terminal is gone: one with real money holds stops and exits that nobody else holds.
    pub outlives: bool,
}

/// Watches until `stop`: SIGTERM, SIGINT and, but for real money, SIGHUP end the process in order; SIGUSR1 raises K3.
pub async fn watch_outside(watched: Watched) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut user = signal(SignalKind::user_defined1())?;
    let mut file = tokio::time::interval(LOOK_EVERY);
    loop {
        // Kills before ends: a process asked to do both closes its gate first.
        tokio::select! {
            biased;
            _ = user.recv() => watched.kill(KillLevel::K3, Actor::Signal, "SIGUSR1"),
            _ = file.tick() => watched.look(),
            _ = terminate.recv() => watched.end(15, "SIGTERM"),
            _ = hang_up.recv() => {
                if !watched.outlives_terminal() {
                    watched.end(HANG_UP, "SIGHUP");
                }
            }
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

    /// The terminal is gone; whether the run stays all the same. Nobody sees it then, so it takes no new risk: what protects and
    /// what ends is held and sent as ever, and `flightdeck` from another shell reaches it.
    pub fn outlives_terminal(&self) -> bool {
        if self.outlives {
            tracing::warn!("the terminal is gone: the engine stays, at K1");
            self.kill(KillLevel::K1, Actor::Signal, "the terminal is gone");
        }
        self.outlives
    }

    /// Looks for the file; acts when it appears or was touched. The gate closes before a byte of it is read.
    fn look(&self) {
        if self.kill_file.is_new() {
            self.kill_switch.enforce(KillLevel::K1, Scope::All);
            self.kill(self.kill_file.level(), Actor::File, "KILL file");
        }
    }

    fn end(&self, number: u8, name: &str) {
        tracing::info!(signal = name, "ending");
        self.signal.store(number, Ordering::SeqCst);
        self.leave.cancel();
    }
}
