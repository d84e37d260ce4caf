//! What can be rehearsed: the faults by name, and the form `FAULT[@SECONDS]` in which they are asked for.

use std::str::FromStr;

/// When a drill begins if its seconds are not named.
const AFTER_S: u64 = 3;

/// The latest a drill may begin: a day.
const LATEST_S: u64 = 86_400;

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    PanicTask,
    PanicScreen,
    PanicCore,
    PanicStrategy,
    SlowStrategy,
    HangStrategy,
    StallRuntime,
    PanicRecorder,
    StallRecorder,
    MuteFeed,
    KillFeed,
    LostAck,
    Books,
    ForeignOrder,
}

/// A fault and when it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drill {
    pub fault: Fault,
    /// Seconds after the start.
    pub after_s: u64,
}

/// Why a text names no drill.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrillError {
    /// No such fault.
    #[error("there is no rehearsal {name:?}; there are {}", Fault::names())]
    Fault { name: String },
    /// What follows the `@` is no number of seconds.
    #[error("{text:?} is no number of seconds from 0 to {LATEST_S}")]
    Seconds { text: String },
}

impl Fault {
    /// All of them, in the order help lists them.
    pub const ALL: [Self; 14] = [
        Self::PanicTask,
        Self::PanicScreen,
        Self::PanicCore,
        Self::PanicStrategy,
        Self::SlowStrategy,
        Self::HangStrategy,
        Self::StallRuntime,
        Self::PanicRecorder,
        Self::StallRecorder,
        Self::MuteFeed,
        Self::KillFeed,
        Self::LostAck,
        Self::Books,
        Self::ForeignOrder,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PanicTask => "panic-task",
            Self::PanicScreen => "panic-screen",
            Self::PanicCore => "panic-core",
            Self::PanicStrategy => "panic-strategy",
            Self::SlowStrategy => "slow-strategy",
            Self::HangStrategy => "hang-strategy",
            Self::StallRuntime => "stall-runtime",
            Self::PanicRecorder => "panic-recorder",
            Self::StallRecorder => "stall-recorder",
            Self::MuteFeed => "mute-feed",
            Self::KillFeed => "kill-feed",
            Self::LostAck => "lost-ack",
            Self::Books => "books",
            Self::ForeignOrder => "foreign-order",
        }
    }

    /// What fails and what the operator is to see then.
    pub const fn doc(self) -> &'static str {
        match self {
            Self::PanicTask => "a background task panics: the terminal is given back, a crash file, exit 1",
            Self::PanicScreen => "the screen panics: the terminal is given back, a crash file, exit 1",
            Self::PanicCore => "the engine panics: gate closed, exit 1, the next start is halted",
            Self::PanicStrategy => "the first armed strategy panics: it is quarantined, the others trade on",
            Self::SlowStrategy => "its calls take 10 ms: it is disarmed as too slow",
            Self::HangStrategy => "one call takes 2 s: gate closed within a second, then K3 by supervisor",
            Self::StallRuntime => {
                "doors and adapter stand still for 4 s; with hang-strategy from when that hangs: the dead-man cancels at the \
                 broker over its own connection"
            }
            Self::PanicRecorder => "the recorder panics: it is restarted, trading goes on",
            Self::StallRecorder => "the recorder sleeps 4 s: shown as stalled, trading goes on",
            Self::MuteFeed => "the feed says nothing for 8 s: STALE, then fresh again",
            Self::KillFeed => "the feed is lost: its link goes down and stays down",
            Self::LostAck => {
                "all the broker says of the next order is lost for 25 s: UNKNOWN (key g u), then found again"
            }
            Self::Books => {
                "the broker reports a position we do not have: a line in the books (key g d), K1, then K2"
            }
            Self::ForeignOrder => {
                "the broker lists an order of another engine: at the next `reconcile` a line, K1, then K2"
            }
        }
    }

    /// All names, for an error.
    fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl FromStr for Drill {
    type Err = DrillError;

    fn from_str(text: &str) -> Result<Self, DrillError> {
        let (name, seconds) = match text.split_once('@') {
            Some((name, seconds)) => (name, Some(seconds)),
            None => (text, None),
        };
        let fault = Fault::ALL.into_iter().find(|fault| fault.as_str() == name);
        let fault = fault.ok_or_else(|| DrillError::Fault { name: name.to_owned() })?;
        let after_s = match seconds {
            None => AFTER_S,
            Some(text) => match text.parse() {
                Ok(seconds) if seconds <= LATEST_S => seconds,
                Ok(_) | Err(_) => return Err(DrillError::Seconds { text: text.to_owned() }),
            },
        };
        Ok(Self { fault, after_s })
    }
}

#[cfg(test)]
mod tests {
    use super::{Drill, Fault};

    #[test]
    fn every_fault_is_asked_for_by_its_name() {
        for fault in Fault::ALL {
            assert_eq!(fault.as_str().parse(), Ok(Drill { fault, after_s: 3 }));
            assert_eq!(format!("{}@20", fault.as_str()).parse(), Ok(Drill { fault, after_s: 20 }));
        }
    }

    #[test]
    fn what_is_no_drill_says_what_there_is() {
        let told = |text: &str| text.parse::<Drill>().unwrap_err().to_string();
        assert!(
            told("panic-feed").starts_with("there is no rehearsal \"panic-feed\"; there are panic-task, ")
        );
        for seconds in ["", "-1", "1.5", "soon", "86401", "99999999999999999999"] {
            assert!(told(&format!("mute-feed@{seconds}")).ends_with("no number of seconds from 0 to 86400"));
        }
    }
}
