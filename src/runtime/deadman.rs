//! The dead-man thread: when the core falls silent it closes the gate and cancels at the broker without asking it.

use super::heartbeat::Heartbeat;
use crate::bus::{ControlSender, KillSwitch};
use crate::model::{Actor, BrokerRequest, Command, KillLevel, Reason, Request, RequestId, Scope};
use crate::wire::Ask;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// How often the core is looked at, and how many looks in a row without a beat make it silent (500 ms).
const LOOK_EVERY: Duration = Duration::from_millis(50);
const SILENT_LOOKS: u32 = 10;

/// What the dead-man holds: its own way to the gate, the broker and the core.
#[derive(Debug)]
pub struct Deadman {
    pub heartbeat: Heartbeat,
    pub kill_switch: KillSwitch,
    pub requests: Sender<BrokerRequest>,
    pub control: ControlSender<Ask>,
    /// Set when the core is to end: silence is then no alarm.
    pub done: Arc<AtomicBool>,
}

/// Watches until `done`. Run on a thread of its own. Only looks that came in time count: when the whole machine
/// stood still it is not the core that hung.
pub fn watch_core(deadman: &Deadman) {
    let mut last = deadman.heartbeat.count();
    let mut silent = 0;
    let mut acted = false;
    while !deadman.done.load(Ordering::Relaxed) {
        let before = super::clock::monotonic_nanos();
        std::thread::sleep(LOOK_EVERY);
        let slept = super::clock::monotonic_nanos().saturating_sub(before);
        let now = deadman.heartbeat.count();
        let in_time = u128::from(slept) < 3 * LOOK_EVERY.as_nanos();
        if now != last {
            last = now;
            silent = 0;
            acted = false;
        } else if in_time {
            silent += 1;
        }
        if silent >= SILENT_LOOKS && !acted {
            acted = true;
            act(deadman);
        }
    }
}

fn act(deadman: &Deadman) {
    deadman.kill_switch.raise(KillLevel::K1, Scope::All);
    tracing::error!("the core is silent: gate closed, cancel-all sent to the broker directly");
    if deadman.requests.try_send(BrokerRequest::CancelAll).is_err() {
        tracing::error!("the broker's queue did not take the cancel-all");
    }
    let command =
        Command::Kill { level: KillLevel::K3, scope: Scope::All, reason: Reason::new("core was silent") };
    let request = Request { id: RequestId(0), actor: Actor::Supervisor, command };
    if deadman.control.send(Ask::Command(request)).is_err() {
        tracing::error!("the core's control lane did not take the kill");
    }
}
