//! The legs of a flight: every process begins in analyze; going live and coming back each end one run in order and begin another
//! in the same process.

use super::key::key;
use crate::bus::Subscriber;
use crate::config::{LiveKind, Settings};
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
    let live = &settings.live;
    if live.kind == LiveKind::None {
        return LiveOffer::default();
    }
    let own = live.key_at().map(|at| (String::new(), at));
    let further = live.also.iter().map(|one| (format!(" {}", one.name), one.key_at()));
    let mut refused = None;
    let mut checks = Vec::new();
    for (of, at) in own.into_iter().chain(further) {
        let why = key(&at).err();
        checks.push(LiveCheck {
            name: DisplayText::new(&format!("API key{of}")),
            passed: if why.is_none() { Passed::Yes } else { Passed::No },
            detail: DisplayText::new("yours alone to read"),
        });
        refused = refused.or(why);
    }
    if live.drill_days > 0 {
        checks.push(drill(paths, i64::from(live.drill_days)));
    }
    checks.extend(settings.run.static_ip.as_deref().map(address));
    LiveOffer { unavailable: refused.map(|why| DisplayText::new(&why.to_string())), checks }
}

/// Looks at the same again while the run is on.
pub(super) fn live_look(settings: &Settings, paths: &DataPaths) -> Option<LiveLook> {
    let (settings, paths) = (settings.clone(), paths.clone());
    (settings.live.kind != LiveKind::None).then(|| -> LiveLook { Box::new(move || offer(&settings, &paths)) })
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
    use super::Leg;
    use crate::config::Settings;
    use crate::model::{Arming, Label, Mode, StrategyId};
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
}
