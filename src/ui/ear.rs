//! The ear: a thread that does nothing but read the terminal's keys. The kill key closes the gate there, so that it works
//! while the screen draws, folds, or hangs in a write to a terminal nobody reads.

use super::action::Action;
use super::keymap::Keymap;
use super::tty::{Gone, Keys};
use crate::wire::KillKey;
use crossterm::event::{Event, KeyEventKind};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

/// How long the ear waits for a key before it looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(25);

/// Looks without a key after which a screen that has not taken the kill key is passed over: a quarter of a second.
const OVERDUE: u32 = 10;

/// What a screen that stands still may leave unread; later keys are lost, but the kill key's work is done by then.
const UNREAD: usize = 1_024;

/// The screen's end: keys as they were heard.
#[derive(Debug)]
pub(super) struct Ear {
    heard: Receiver<Event>,
    /// Waited for and not yet asked for.
    next: Option<Event>,
    /// How many events have been taken out of `heard`.
    taken: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The thread's end.
struct Listener<K> {
    keys: K,
    keymap: Keymap,
    kill_key: Option<KillKey>,
    told: SyncSender<Event>,
    taken: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    /// How many events have been put into `told`.
    given: u64,
    owed: Option<Owed>,
}

/// A closed gate of which the engine has yet to hear by the screen.
struct Owed {
    /// The screen knows once it has taken so many events.
    until: u64,
    looks: u32,
}

impl Ear {
    /// Starts to hear these keys; an error where no thread can be had.
    pub(super) fn listen<K: Keys + Send + 'static>(keys: K, kill_key: Option<KillKey>) -> io::Result<Self> {
        let (told, heard) = sync_channel(UNREAD);
        let (taken, stop) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let mut listener = Listener {
            keys,
            keymap: Keymap::new(),
            kill_key,
            told,
            taken: Arc::clone(&taken),
            stop: Arc::clone(&stop),
            given: 0,
            owed: None,
        };
        let thread = std::thread::Builder::new().name("keys".to_owned());
        let thread = thread.spawn(move || {
            goes_first();
            while listener.listen().is_ok() {}
        })?;
        Ok(Self { heard, next: None, taken, stop, thread: Some(thread) })
    }

    fn took(&self, event: Event) -> Event {
        self.taken.fetch_add(1, Ordering::SeqCst);
        event
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the keys panicked");
        }
    }
}

impl Keys for Ear {
    fn wait(&mut self, at_most: Duration) -> Result<(), Gone> {
        if self.next.is_some() {
            return Ok(());
        }
        match self.heard.recv_timeout(at_most) {
            Ok(event) => {
                self.next = Some(self.took(event));
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Gone),
        }
    }

    fn next(&mut self) -> Result<Option<Event>, Gone> {
        if let Some(event) = self.next.take() {
            return Ok(Some(event));
        }
        match self.heard.try_recv() {
            Ok(event) => Ok(Some(self.took(event))),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Gone),
        }
    }
}

/// Asks that this thread runs as soon as there is a key, before all that takes its turn on this machine (the lowest real-time priority is above that): under a flood of market
/// a kill key that waits its turn waits ten times as long (`benches/RESULTS.md`). A thread that sleeps until a key comes takes
/// nothing from anybody. Systems grant it to root or by a limit (`ulimit -r`, `LimitRTPRIO=`); without it keys take their turn.
fn goes_first() {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin);
    match set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy) {
        Ok(()) => tracing::info!("the thread of the kill key goes first"),
        Err(error) => tracing::info!(
            ?error,
            "the thread of the kill key takes its turn: `ulimit -r 1` lets it go first"
        ),
    }
}

impl<K: Keys> Listener<K> {
    /// One look at the keys; an error once nobody wants any or none will come.
    fn listen(&mut self) -> Result<(), Gone> {
        if self.stop.load(Ordering::SeqCst) {
            return Err(Gone);
        }
        self.keys.wait(PATIENCE)?;
        while let Some(event) = self.keys.next()? {
            self.hear(event)?;
        }
        self.settle();
        Ok(())
    }

    fn hear(&mut self, event: Event) -> Result<(), Gone> {
        let closed = self.is_kill(&event) && self.kill_key.as_ref().is_some_and(KillKey::close);
        match self.told.try_send(event) {
            Ok(()) => self.given += 1,
            Err(TrySendError::Full(_lost)) => {}
            Err(TrySendError::Disconnected(_unwanted)) => return Err(Gone),
        }
        if closed {
            self.owed = Some(Owed { until: self.given, looks: 0 });
        }
        Ok(())
    }

    /// Whether it is a key that kills in every context, also where text is typed.
    fn is_kill(&self, event: &Event) -> bool {
        let Event::Key(key) = event else { return false };
        key.kind != KeyEventKind::Release && self.keymap.always(*key, true) == Some(Action::Kill)
    }

    /// The screen tells the engine of the kill, in its own words; where it does not come to it, this does.
    fn settle(&mut self) {
        let Some(owed) = &mut self.owed else { return };
        owed.looks += 1;
        let is_settled = self.taken.load(Ordering::SeqCst) >= owed.until
            || (owed.looks > OVERDUE && self.kill_key.as_ref().is_none_or(KillKey::tell));
        if is_settled {
            self.owed = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ear, Listener, OVERDUE};
    use crate::bus::{Inbox, KillSwitch, Outlet, Taken};
    use crate::model::{Command, KillLevel};
    use crate::ui::keymap::Keymap;
    use crate::ui::{Gone, Keys};
    use crate::wire::{Ask, Client, ClientParts, SessionId};
    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
    use std::collections::VecDeque;
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    /// Keys that are there already.
    struct Typed(VecDeque<Event>);

    impl Keys for Typed {
        fn wait(&mut self, _at_most: Duration) -> Result<(), Gone> {
            Ok(())
        }

        fn next(&mut self) -> Result<Option<Event>, Gone> {
            Ok(self.0.pop_front())
        }
    }

    fn ctrl_k() -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char('k'), KeyModifiers::CONTROL))
    }

    /// A listener to these keys and the screen's end, an engine's inbox without its first request, and the gate.
    fn desk(typed: &[Event]) -> (Listener<Typed>, Ear, Inbox<Ask>, KillSwitch) {
        let (mut inbox, ends) = Inbox::<Ask>::new();
        let (_outlet, messages) = Outlet::new("test", 8);
        let gate = KillSwitch::new(1, 1);
        let parts =
            ClientParts { id: SessionId(1), asks: ends.control.clone(), messages, kill_switch: gate.clone() };
        let kill_key = Some(Client::new(parts).kill_key());
        assert!(inbox.urgent().is_some(), "a snapshot is asked for");
        let (told, heard) = sync_channel(8);
        let ear = Ear { heard, next: None, taken: <_>::default(), stop: <_>::default(), thread: None };
        let listener = Listener {
            keys: Typed(typed.iter().cloned().collect()),
            keymap: Keymap::new(),
            kill_key,
            told,
            taken: ear.taken.clone(),
            stop: ear.stop.clone(),
            given: 0,
            owed: None,
        };
        (listener, ear, inbox, gate)
    }

    #[test]
    fn the_kill_key_closes_the_gate_before_the_screen_has_taken_it() {
        let (mut listener, mut ear, mut inbox, gate) = desk(&[ctrl_k()]);
        listener.listen().unwrap();
        assert_eq!(gate.global(), KillLevel::K1);
        assert_eq!(ear.next().unwrap(), Some(ctrl_k()), "the screen hears it too");
        for _ in 0..2 * OVERDUE {
            listener.listen().unwrap();
        }
        assert!(inbox.urgent().is_none(), "and tells the engine itself");
        let counted = gate.read(crate::model::Scope::All).map(|slot| slot.raises);
        assert_eq!(
            counted,
            Some(0),
            "what the engine hears of is the screen's raise: a resume undoes it and no other"
        );
    }

    #[test]
    fn a_screen_that_takes_nothing_is_passed_over_once() {
        let (mut listener, _ear, mut inbox, gate) = desk(&[ctrl_k()]);
        for _ in 0..3 * OVERDUE {
            listener.listen().unwrap();
        }
        let Some(Taken::Control(Ask::Command(request))) = inbox.urgent() else {
            panic!("the engine is told")
        };
        assert!(matches!(request.command, Command::Kill { level: KillLevel::K1, .. }));
        assert!(inbox.urgent().is_none(), "once");
        let counted = gate.read(crate::model::Scope::All).map(|slot| slot.raises);
        assert_eq!(counted, Some(1), "as often as the engine is told");
        assert_eq!(gate.global(), KillLevel::K1);
    }

    #[test]
    fn a_letter_and_a_gate_that_is_closed_already_raise_nothing() {
        let letter = Event::Key(KeyEvent::new(KeyCode::Char('k'), KeyModifiers::NONE));
        let (mut listener, _ear, _inbox, gate) = desk(&[letter]);
        listener.listen().unwrap();
        assert_eq!(gate.global(), KillLevel::K0);
        let (mut listener, _ear, mut inbox, gate) = desk(&[ctrl_k()]);
        gate.enforce(KillLevel::K2, crate::model::Scope::All);
        let before = gate.read(crate::model::Scope::All);
        for _ in 0..3 * OVERDUE {
            listener.listen().unwrap();
        }
        assert_eq!(gate.read(crate::model::Scope::All), before, "a resume can still lower it");
        assert!(inbox.urgent().is_none());
    }

    #[test]
    fn the_thread_of_the_keys_goes_first_wherever_the_system_lets_any_thread() {
        use thread_priority::{
            RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
            set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
        };
        let first = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin);
        let may = std::thread::spawn(move || {
            set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, first).is_ok()
        });
        let goes = std::thread::spawn(move || {
            super::goes_first();
            thread_schedule_policy().is_ok_and(|policy| policy == first)
        });
        assert_eq!(goes.join().unwrap(), may.join().unwrap());
    }
}
