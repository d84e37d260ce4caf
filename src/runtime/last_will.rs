//! What the core leaves behind when it panics: a closed gate and a cancel-all, without anybody having to notice first.

use crate::adapters::RequestSender;
use crate::bus::KillSwitch;
use crate::model::{AccountId, KillLevel, Scope};

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
        let mut owed: Vec<AccountId> = self.requests.accounts().collect();
        self.requests.cancel_all(&mut owed);
        for account in owed {
            // The dead-man goes on with it.
            tracing::error!(account = account.index(), "the broker's queue did not take the cancel-all");
        }
        tracing::error!("the core panicked: gate closed, cancel-all sent to the broker directly");
    }
}

#[cfg(test)]
mod tests {
    use super::LastWill;
    use crate::adapters::{Outgoing, RequestSender, Requests, request_lanes};
    use crate::bus::KillSwitch;
    use crate::model::{BrokerRequest, ClientOrderId, KillLevel, OrderId, RunId, Timestamp};

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
    #[test]
    fn a_core_that_panics_cancels_at_the_others_whichever_account_cannot_hear() {
        for (silent, gone) in [(0, false), (1, false), (0, true), (1, true)] {
            let kill_switch = KillSwitch::new(1, 1);
            let lanes = || request_lanes(1, kill_switch.clone());
            let (senders, mut lanes): (Vec<RequestSender>, Vec<Requests>) = (0..2).map(|_| lanes()).unzip();
            let order = ClientOrderId::derive(RunId::new(1), OrderId::new(1));
            senders[silent].send(BrokerRequest::Cancel { order }, None).unwrap();
            let will =
                LastWill::new(kill_switch.clone(), RequestSender::joined(senders.into_iter().map(Some)));
            let silent_lane = lanes.remove(silent);
            if gone {
                drop(silent_lane);
            }
            let core = std::thread::spawn(move || {
                let _will = will;
                panic!("rehearsal");
            });
            assert!(core.join().is_err());
            let sent = lanes.remove(0).next(Timestamp::EPOCH);
            assert_eq!(sent, Some(Outgoing::Send(BrokerRequest::CancelAll)), "{silent} {gone}");
        }
    }
}
