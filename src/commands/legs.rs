//! The legs of a flight: every process begins in analyze; going live and coming back each end one run in order and begin another
//! in the same process.

use super::key::key;
use crate::bus::Subscriber;
use crate::config::{KeyAt, LiveKind, Settings};
use crate::model::{Arming, ControlEvent, DisplayText, Envelope, Event, LiveCheck, Mode, Passed, StrategyId};
use crate::runtime::{LiveLook, LiveOffer, wall_now};
use crate::store::DataPaths;
use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// A public address that nothing is sent to: by it the system says from which of its own it would go out.
const OUTSIDE: &str = "192.0.2.1:9";

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// Of so many looks at the keys one asks a keyring: that is a conversation with another process, which may be silent for seconds.
/// What became of a file is seen at each.
const RING_EVERY: u32 = 10;

/// The run that is to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leg {
    pub(super) mode: Mode,
    /// What it was armed with, on the way up.
    arming: Option<Arc<Arming>>,
    /// What the operator is told at its start.
    pub(super) notice: Option<String>,
}

impl Leg {
    /// The first leg of every process.
    pub(super) const fn first() -> Self {
        Self { mode: Mode::Analyze, arming: None, notice: None }
    }

    /// Back to analyze, after a live leg that could not begin.
    pub(super) fn back(why: &str) -> Self {
        Self { mode: Mode::Analyze, arming: None, notice: Some(format!("LIVE did not begin: {why}")) }
    }

    /// The settings of this leg: in live only what was chosen one by one is armed.
    pub(super) fn settings(&self, settings: &Settings) -> Settings {
        let mut settings = settings.clone();
        settings.run.mode = self.mode;
        if self.mode == Mode::Live {
            let chosen = self.arming.as_ref().map(|arming| arming.strategies.as_slice()).unwrap_or_default();
            let first = StrategyId::EXTERNAL.get() + 1;
            for (number, strategy) in (first..).zip(&mut settings.strategies) {
                strategy.armed = chosen.contains(&StrategyId::new(number));
            }
        }
        settings
    }
}

/// Hears that a run is to end for another.
#[derive(Debug)]
pub(super) struct Helm {
    mode: Mode,
    told: SyncSender<Leg>,
}

impl Helm {
    /// A listener to a run in this mode, and where it tells.
    pub(super) fn new(mode: Mode) -> (Self, Receiver<Leg>) {
        // The first word is the last: what follows it is not heard, the run has ended by then.
        let (told, heard) = sync_channel(1);
        (Self { mode, told }, heard)
    }
}

impl Subscriber for Helm {
    fn name(&self) -> &'static str {
        "helm"
    }

    fn on_event(&mut self, event: &Envelope) -> Result<(), String> {
        if let Event::Control(ControlEvent::ModeSet { mode, arming, .. }) = &event.event
            && *mode != self.mode
        {
            let leg = Leg { mode: *mode, arming: arming.clone(), notice: None };
            self.told.try_send(leg).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn on_lag(&mut self, _missed: u64) -> Result<(), String> {
        Ok(())
    }
}

/// What the shell sees of the way to live: the key, the drill, the address orders would leave from.
pub(super) fn offer(settings: &Settings, paths: &DataPaths) -> LiveOffer {
    looked(settings, paths, &mut Keys::of(settings))
}

/// Looks at the same again while the run is on.
pub(super) fn live_look(settings: &Settings, paths: &DataPaths) -> Option<LiveLook> {
    let (settings, paths, mut keys) = (settings.clone(), paths.clone(), Keys::of(settings));
    (settings.live.kind != LiveKind::None)
        .then(|| -> LiveLook { Box::new(move || looked(&settings, &paths, &mut keys)) })
}

fn looked(settings: &Settings, paths: &DataPaths, keys: &mut Keys) -> LiveOffer {
    let live = &settings.live;
    if live.kind == LiveKind::None {
        return LiveOffer::default();
    }
    keys.look(|at| key(at).err().map(|why| DisplayText::new(&why.to_string())));
    let mut checks: Vec<LiveCheck> = keys.all.iter().map(KeySeen::check).collect();
    if live.drill_days > 0 {
        checks.push(drill(paths, i64::from(live.drill_days)));
    }
    checks.extend(settings.run.static_ip.as_deref().map(address));
    LiveOffer { unavailable: keys.all.iter().find_map(|one| one.refused.clone()), checks }
}

/// The keys of the way to live, as they were last seen.
#[derive(Debug)]
struct Keys {
    all: Vec<KeySeen>,
    looks: u32,
}

/// A key, and why it could not be taken.
#[derive(Debug)]
struct KeySeen {
    of: String,
    at: KeyAt,
    refused: Option<DisplayText>,
}

impl Keys {
    /// Those of the settings, of which nothing was seen yet.
    fn of(settings: &Settings) -> Self {
        let live = &settings.live;
        let own = live.key_at().map(|at| (String::new(), at));
        let further = live.also.iter().map(|one| (format!(" {}", one.name), one.key_at()));
        let all = own.into_iter().chain(further).map(|(of, at)| KeySeen { of, at, refused: None });
        Self { all: all.collect(), looks: 0 }
    }

    /// Looks at each, the first time and then as often as where it is allows.
    fn look(&mut self, mut refusal: impl FnMut(&KeyAt) -> Option<DisplayText>) {
        let rings = self.looks.is_multiple_of(RING_EVERY);
        self.looks = self.looks.wrapping_add(1);
        for one in &mut self.all {
            if rings || !matches!(one.at, KeyAt::Ring(_)) {
                one.refused = refusal(&one.at);
            }
        }
    }
}

impl KeySeen {
    fn check(&self) -> LiveCheck {
        let detail = match self.at {
            KeyAt::Variable(_) | KeyAt::File(_) => "yours alone to read",
            KeyAt::Ring(_) => "open in the keyring",
        };
        LiveCheck {
            name: DisplayText::new(&format!("API key{}", self.of)),
            passed: if self.refused.is_none() { Passed::Yes } else { Passed::No },
            detail: DisplayText::new(detail),
        }
    }
}

/// How long ago the kill drill was passed.
fn drill(paths: &DataPaths, most: i64) -> LiveCheck {
    let name = DisplayText::new("kill drill");
    let at = std::fs::read_to_string(paths.drill()).ok().and_then(|text| text.trim().parse::<i64>().ok());
    let days = at.map(|at| wall_now().nanos().saturating_sub(at).div_euclid(DAY));
    let (passed, detail) = match days {
        Some(days) if (0..=most).contains(&days) => (Passed::Yes, format!("{days} days ago")),
        Some(days) => (Passed::No, format!("{days} days ago: flightdeck drill")),
        None => (Passed::No, "never here: flightdeck drill".to_owned()),
    };
    LiveCheck { name, passed, detail: DisplayText::new(&detail) }
}

/// Whether the address that was registered is one of ours. Behind a router nobody here can know it.
fn address(registered: &str) -> LiveCheck {
    let ours = || -> Option<IpAddr> {
        let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
        socket.connect(OUTSIDE).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let found = ours();
    let same = found.is_some() && registered.parse::<IpAddr>().ok() == found;
    let detail = match found {
        _ if same => registered.to_owned(),
        Some(ours) => format!("{registered}; ours is {ours}"),
        None => format!("{registered}; ours is unknown"),
    };
    let passed = if same { Passed::Yes } else { Passed::Unsure };
    LiveCheck { name: DisplayText::new("static IP"), passed, detail: DisplayText::new(&detail) }
}

#[cfg(test)]
mod tests {
    use super::{KeySeen, Keys, Leg};
    use crate::config::{KeyAt, Settings};
    use crate::model::{Arming, Label, Mode, Passed, StrategyId};
    use std::sync::Arc;

    #[test]
    fn a_process_begins_in_analyze_and_in_live_only_what_was_chosen_is_armed() {
        let settings = Settings::default();
        assert_eq!(Leg::first().settings(&settings), settings);
        let arming = Arming { digits: Label::new("3321"), strategies: vec![StrategyId::new(3)] };
        let leg = Leg { mode: Mode::Live, arming: Some(Arc::new(arming)), notice: None };
        let live = leg.settings(&settings);
        let armed: Vec<bool> = live.strategies.iter().map(|one| one.armed).collect();
        assert_eq!((live.run.mode, armed), (Mode::Live, vec![false, true, false, false]));
    }

    /// Each second a keyring was a conversation with another process, or three seconds of silence.
    #[test]
    fn a_key_file_is_looked_at_every_time_and_a_keyring_at_once_and_then_seldom() {
        let seen = |at| KeySeen { of: String::new(), at, refused: None };
        let all = vec![seen(KeyAt::File("/desk/key".to_owned())), seen(KeyAt::Ring("live".to_owned()))];
        let mut keys = Keys { all, looks: 0 };
        let mut asked = Vec::new();
        for look in 0..21 {
            keys.look(|at| {
                let ring = matches!(at, KeyAt::Ring(_));
                asked.extend(ring.then_some(look));
                // The keyring is unlocked after the fifth look, the file is mended after the second.
                let refused = look < 2 || ring && look < 5;
                refused.then(|| "no".into())
            });
            let passed = |one: &KeySeen| one.check().passed == Passed::Yes;
            let now: Vec<bool> = keys.all.iter().map(passed).collect();
            assert_eq!(now, [look >= 2, look >= 10], "look {look}");
        }
        assert_eq!(asked, [0, 10, 20]);
    }
}
