//! What the core leaves behind when it panics: a closed gate and a cancel-all, without anybody having to notice first.

use crate::adapters::RequestSender;
use crate::bus::KillSwitch;
use crate::model::{BrokerRequest, KillLevel, Scope};

/// Held by the core's thread. Carried out while that unwinds; an end in order leaves nothing.
#[derive(Debug)]
pub(super) struct LastWill {
    kill_switch: KillSwitch,
    requests: RequestSender,
}

impl LastWill {
    pub(super) const fn new(kill_switch: KillSwitch, requests: RequestSender) -> Self {
        Self { kill_switch, requests }
    }
}

impl Drop for LastWill {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        self.kill_switch.raise(KillLevel::K1, Scope::All);
        if self.requests.send(BrokerRequest::CancelAll, None).is_err() {
            tracing::error!("the broker's queue did not take the cancel-all");
        }
        tracing::error!("the core panicked: gate closed, cancel-all sent to the broker directly");
    }
}

#[cfg(test)]
mod tests {
    use super::LastWill;
    use crate::adapters::{Outgoing, request_lanes};
    use crate::bus::KillSwitch;
    use crate::model::{BrokerRequest, KillLevel, Timestamp};

    #[test]
    fn a_core_that_panics_closes_the_gate_and_cancels_and_one_that_ends_does_not() {
        for falls in [true, false] {
            let kill_switch = KillSwitch::new(1, 1);
            let (requests, mut to_broker) = request_lanes(4, kill_switch.clone());
            let will = LastWill::new(kill_switch.clone(), requests);
            let core = std::thread::spawn(move || {
                let _will = will;
                assert!(!falls, "rehearsal");
            });
            assert_eq!(core.join().is_err(), falls);
            assert_eq!(kill_switch.global() == KillLevel::K1, falls);
            let sent = to_broker.next(Timestamp::EPOCH);
            assert_eq!(sent, falls.then_some(Outgoing::Send(BrokerRequest::CancelAll)));
        }
    }
}
