//! A request that comes twice is carried out once: a resend after a lost answer must not become a second order.

use crate::engine::core::Core;
use crate::model::{Command, Request, RequestId};
use crate::state::Bug;

/// Requests remembered.
const KEPT: usize = 256;

/// Whether a request that may make orders was carried out already; remembers it otherwise.
pub(super) fn is_repeat(core: &mut Core, request: &Request) -> bool {
    // Number 0 is nobody's: the shell's own requests are told apart by nothing.
    if !makes_orders(&request.command) || request.id == RequestId::default() {
        return false;
    }
    if core.carried_out.contains(&request.id) && !core.state.planted.has(Bug::RequestTwice) {
        return true;
    }
    if core.carried_out.len() == KEPT {
        core.carried_out.pop_front();
    }
    core.carried_out.push_back(request.id);
    false
}

/// Whether a command may release a new order, change one, or judge what has failed since. Repeating any other takes no more risk than giving it once.
const fn makes_orders(command: &Command) -> bool {
    match command {
        Command::Submit { .. }
        | Command::Replace { .. }
        | Command::Smart { .. }
        | Command::Basket { .. }
        | Command::Split { .. }
        | Command::Options { .. }
        | Command::Bracket { .. }
        | Command::Oco { .. }
        | Command::Claim { .. }
        | Command::Close { .. }
        | Command::CloseAll { .. }
        | Command::Decide { .. }
        | Command::Resolve { .. } => true,
        Command::Cancel { .. }
        | Command::CancelAll { .. }
        | Command::Kill { .. }
        | Command::Resume { .. }
        | Command::Arm { .. }
        | Command::Disarm { .. }
        | Command::SetMode { .. }
        | Command::ArmLive { .. }
        | Command::SetLimit { .. }
        | Command::ConfirmLimit { .. }
        | Command::Reconcile
        | Command::AcceptDifference { .. }
        | Command::Acknowledge { .. } => false,
    }
}
