//! The dead-man thread: when the core falls silent it closes the gate, cancels at the broker and latches the kill without asking it.

use super::heartbeat::Heartbeat;
use crate::adapters::RequestSender;
use crate::bus::{ControlSender, KillSwitch};
use crate::model::{AccountId, Actor, Command, KillLevel, Reason, Request, RequestId, Scope};
use crate::wire::Ask;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the core is looked at, and how many looks in a row without a beat make it silent (500 ms).
const LOOK_EVERY: Duration = Duration::from_millis(50);
const SILENT_LOOKS: u32 = 10;

/// After so many the brokers are spoken to past the adapters: they have had 150 ms.
const RESORT_LOOKS: u32 = 13;

/// Writes kills that stand at the gate where the next start finds them. `false` when it could not.
pub type Halt = Box<dyn Fn(&[(Scope, KillLevel)]) -> bool + Send>;

/// Begins to cancel at the broker of one account over connections and a thread of its own, and gives what ends when the broker's
/// books prove that no order is open, or when the way cannot be gone. For when neither the core nor the adapter can.
pub type LastResort = Box<dyn Fn() -> std::io::Result<JoinHandle<()>> + Send>;

/// What the dead-man holds: its own way to the gate, the broker, the core and the next start.
pub struct Deadman {
    pub heartbeat: Heartbeat,
    pub kill_switch: KillSwitch,
    pub requests: RequestSender,
    pub control: ControlSender<Ask>,
    pub halt: Halt,
    /// The ways to the brokers past the adapters, one for each account that has one.
    pub last_resorts: Vec<LastResort>,
    /// Whether one of them is being gone.
    pub resorting: Arc<AtomicBool>,
    /// Set when the core has ended: silence is then no alarm.
    pub done: Arc<AtomicBool>,
}

/// What the dead-man has seen and done.
#[derive(Debug, Default)]
struct Watch {
    last: u64,
    silent: u32,
    acted: bool,
    /// Accounts whose lane has not taken a cancel-all yet.
    owed: Vec<AccountId>,
    /// The ways past the adapters, each while it is being gone: a silence later it is gone again by whoever has come to its
    /// end, however long another account is away.
    resorts: Vec<Option<JoinHandle<()>>>,
    /// What has been written for the next start during this silence.
    latched: Vec<(Scope, KillLevel)>,
}

impl std::fmt::Debug for Deadman {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deadman").finish_non_exhaustive()
    }
}

/// Watches until `done`. Run on a thread of its own. Only looks that came in time count: when the whole machine
/// stood still it is not the core that hung.
pub fn watch_core(deadman: &Deadman) {
    let mut watch = Watch { last: deadman.heartbeat.count(), ..Watch::default() };
    while !deadman.done.load(Ordering::Relaxed) {
        let before = super::clock::monotonic_nanos();
        std::thread::sleep(LOOK_EVERY);
        let slept = super::clock::monotonic_nanos().saturating_sub(before);
        let in_time = u128::from(slept) < 3 * LOOK_EVERY.as_nanos();
        deadman.look(&mut watch, in_time);
    }
}

impl Deadman {
    fn look(&self, watch: &mut Watch, in_time: bool) {
        let now = self.heartbeat.count();
        if now != watch.last {
            let (owed, resorts) = (std::mem::take(&mut watch.owed), std::mem::take(&mut watch.resorts));
            *watch = Watch { last: now, owed, resorts, ..Watch::default() };
        } else if in_time {
            watch.silent += 1;
        }
        if watch.silent >= SILENT_LOOKS {
            if !watch.acted {
                watch.acted = true;
                watch.owed = self.requests.accounts().collect();
                self.act();
            }
            // Whoever raises the switch now is not heard by the core: the next start must hear of it.
            let standing = self.kill_switch.standing();
            if watch.latched != standing && (self.halt)(&standing) {
                watch.latched = standing;
            }
        }
        for way in &mut watch.resorts {
            let _ended = way.take_if(|thread| thread.is_finished());
        }
        if watch.silent == RESORT_LOOKS && in_time {
            self.resort(watch);
        }
        self.resorting.store(watch.resorts.iter().any(Option::is_some), Ordering::SeqCst);
        self.requests.cancel_all(&mut watch.owed);
    }

    /// Nobody can say whether the adapters still run: the books are asked, and canceled by, over our own connections. Where they
    /// have done their work the books show it.
    fn resort(&self, watch: &mut Watch) {
        watch.resorts.resize_with(self.last_resorts.len(), || None);
        for (begin, way) in self.last_resorts.iter().zip(&mut watch.resorts).filter(|(_, way)| way.is_none())
        {
            match begin() {
                Ok(thread) => *way = Some(thread),
                Err(error) => tracing::error!(%error, "the way past the adapter did not begin"),
            }
        }
    }

    fn act(&self) {
        self.kill_switch.raise(KillLevel::K3, Scope::All);
        tracing::error!("the core is silent: gate closed, cancel-all sent to the broker directly");
        let command =
            Command::Kill { level: KillLevel::K3, scope: Scope::All, reason: Reason::new("core was silent") };
        let request = Request { id: RequestId(0), actor: Actor::Supervisor, command };
        if self.control.send(Ask::Command(request)).is_err() {
            tracing::error!("the core's control lane did not take the kill");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadman, Watch};
    use crate::adapters::{Outgoing, Requests, request_lanes};
    use crate::bus::{Inbox, KillSwitch};
    use crate::model::{
        BrokerRequest, ClientOrderId, KillLevel, OrderId, RunId, Scope, StrategyId, Timestamp,
    };
    use crate::wire::Ask;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::sync_channel;

    /// A dead-man of a core that says nothing, the broker's end, and the core's.
    fn of(halt: super::Halt, last_resorts: Vec<super::LastResort>) -> (Deadman, Requests, Inbox<Ask>) {
        let kill_switch = KillSwitch::new(2, 1);
        let (requests, to_broker) = request_lanes(1, kill_switch.clone());
        let (inbox, ends) = Inbox::new();
        let deadman = Deadman {
            heartbeat: super::Heartbeat::default(),
            kill_switch,
            requests,
            control: ends.control,
            halt,
            last_resorts,
            resorting: Arc::default(),
            done: Arc::default(),
        };
        (deadman, to_broker, inbox)
    }

    #[test]
    fn a_silent_core_is_latched_and_its_cancel_all_is_sent_as_soon_as_there_is_room() {
        let (told, latched) = sync_channel(8);
        let halt = move |standing: &[(Scope, KillLevel)]| told.send(standing.to_vec()).is_ok();
        let (deadman, mut to_broker, _inbox) = of(Box::new(halt), Vec::new());
        let order = ClientOrderId::derive(RunId::new(1), OrderId::new(1));
        deadman.requests.send(BrokerRequest::Cancel { order }, None).unwrap();
        let mut watch = Watch::default();
        for _ in 0..12 {
            deadman.look(&mut watch, true);
        }
        assert_eq!(latched.try_recv().unwrap(), [(Scope::All, KillLevel::K3)]);
        assert!(!watch.owed.is_empty(), "the lane is full");
        assert_eq!(to_broker.next(Timestamp::EPOCH), Some(Outgoing::Send(BrokerRequest::Cancel { order })));
        deadman.look(&mut watch, true);
        assert_eq!(to_broker.next(Timestamp::EPOCH), Some(Outgoing::Send(BrokerRequest::CancelAll)));
        deadman.kill_switch.raise(KillLevel::K4, Scope::Strategy(StrategyId::new(1)));
        deadman.look(&mut watch, true);
        assert_eq!(latched.try_recv().unwrap().len(), 2, "a raise the core cannot hear is latched too");
        assert!(watch.owed.is_empty() && to_broker.next(Timestamp::EPOCH).is_none(), "sent once");
    }

    #[test]
    fn past_a_silent_core_the_broker_is_spoken_to_over_a_way_of_our_own_once_for_each_silence() {
        let (told, begun) = sync_channel(8);
        let way = move || {
            told.send(()).unwrap();
            std::thread::Builder::new().spawn(|| {})
        };
        let (deadman, _to_broker, _inbox) = of(Box::new(|_| true), vec![Box::new(way)]);
        let mut watch = Watch::default();
        for _ in 0..12 {
            deadman.look(&mut watch, true);
        }
        assert!(begun.try_recv().is_err(), "the adapter comes first");
        for _ in 0..20 {
            deadman.look(&mut watch, true);
        }
        assert!(begun.try_recv().is_ok() && begun.try_recv().is_err());
        while watch.resorts.iter().any(Option::is_some) {
            deadman.look(&mut watch, true);
        }
        assert!(!deadman.resorting.load(Ordering::SeqCst), "its end is seen");
    }

    /// A thread that lasts until a broker is back.
    fn until(is_back: Arc<AtomicBool>) -> std::io::Result<std::thread::JoinHandle<()>> {
        let wait = move || {
            while !is_back.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        };
        std::thread::Builder::new().spawn(wait)
    }

    #[test]
    fn an_account_that_is_away_keeps_no_other_from_being_gone_to_at_the_next_silence() {
        let (told, begun) = sync_channel(8);
        let (is_back, other) = (Arc::new(AtomicBool::new(false)), told.clone());
        let comes_back = Arc::clone(&is_back);
        let main = move || {
            told.send("main").unwrap();
            std::thread::Builder::new().spawn(|| {})
        };
        let away = move || {
            other.send("b").unwrap();
            until(Arc::clone(&is_back))
        };
        let (deadman, _to_broker, _inbox) = of(Box::new(|_| true), vec![Box::new(main), Box::new(away)]);
        let mut watch = Watch::default();
        for silence in [&["main", "b"][..], &["main"]] {
            for _ in 0..20 {
                deadman.look(&mut watch, true);
            }
            while watch.resorts[0].is_some() {
                deadman.look(&mut watch, true);
            }
            assert_eq!(begun.try_iter().collect::<Vec<_>>(), silence);
            assert!(deadman.resorting.load(Ordering::SeqCst), "b's goes on");
            deadman.heartbeat.beat();
            deadman.look(&mut watch, true);
        }
        comes_back.store(true, Ordering::SeqCst);
        while watch.resorts.iter().any(Option::is_some) {
            deadman.look(&mut watch, true);
        }
        assert!(!deadman.resorting.load(Ordering::SeqCst));
    }
}
