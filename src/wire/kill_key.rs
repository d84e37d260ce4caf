//! The kill key by itself: what closes the gate while the screen that should do it draws, or hangs.

use super::session::{Ask, Client};
use crate::bus::{ControlSender, KillSwitch};
use crate::model::{Actor, Command, KillLevel, Reason, Request, RequestId, Scope};

/// A way to the gate and to the engine that needs no screen. Belongs to the session that made it.
#[derive(Debug, Clone)]
pub struct KillKey {
    request: RequestId,
    actor: Actor,
    asks: ControlSender<Ask>,
    kill_switch: KillSwitch,
}

impl Client {
    /// The kill key of this session, for a thread that hears keys while the screen is busy.
    pub fn kill_key(&mut self) -> KillKey {
        KillKey {
            request: self.next_id(),
            actor: self.actor,
            asks: self.asks.clone(),
            kill_switch: self.kill_switch.clone(),
        }
    }
}

impl KillKey {
    /// Closes the gate to everything that adds risk, K1, before it returns. Whether this did it: a gate that is closed
    /// is left as it is. Not counted as a raise: the request that follows is, the screen's or `tell`'s, and one the engine
    /// never hears of would outlast the trader's resume.
    pub fn close(&self) -> bool {
        let was_open = self.kill_switch.global() == KillLevel::K0;
        if was_open {
            self.kill_switch.enforce(KillLevel::K1, Scope::All);
            tracing::warn!(level = ?KillLevel::K1, scope = ?Scope::All, actor = ?self.actor, "kill latched");
        }
        was_open
    }

    /// Tells the engine of the closed gate, in the stead of a screen that does not. `false` when its lane takes nothing
    /// now: to be told again.
    pub fn tell(&self) -> bool {
        let reason = Reason::new("kill key, while the screen stood still");
        let command = Command::Kill { level: KillLevel::K1, scope: Scope::All, reason };
        let request = Request { id: self.request, actor: self.actor, command };
        self.kill_switch.raise(KillLevel::K1, Scope::All);
        self.asks.send(Ask::Command(request)).is_ok()
    }
}
