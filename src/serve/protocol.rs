//! What is said at the door: one request a line, one reply a line, JSON.

use crate::model::{DisplayText, KillLevel, Mode, Refusal};
use crate::wire::{LimitLine, LimitName, OrderAsk, OrderReply, ScopeName, Standing, Status};
use serde::{Deserialize, Serialize};

/// The longest request, in bytes.
pub const LONGEST_LINE: usize = 64 * 1024;

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case", deny_unknown_fields)]
pub enum DoorRequest {
    Kill(KillOrder),
    /// Lower every kill. The engine refuses it without a reason.
    Resume {
        #[serde(default)]
        reason: DisplayText,
    },
    Arm {
        strategy: DisplayText,
    },
    Disarm {
        strategy: DisplayText,
        #[serde(default)]
        reason: DisplayText,
    },
    Mode {
        mode: Mode,
    },
    Status {},
    /// Every limit, its ceiling and what waits.
    Limits {},
    /// Ask for a limit, in the unit it has: tighter at once, looser after its delay.
    SetLimit {
        limit: LimitName,
        to: DisplayText,
    },
    /// Confirm a looser limit whose delay has passed.
    ConfirmLimit {
        limit: LimitName,
    },
    /// Compare our books with the broker's now.
    Reconcile {},
    /// Take a line on which they differ as it is.
    Accept {
        line: u32,
        #[serde(default)]
        reason: DisplayText,
    },
    /// Take an alert as seen.
    Acknowledge {
        alert: u32,
    },
    /// Place, change, cancel or close, through the same gate as everything else.
    Order(Box<OrderAsk>),
}

/// Raise a kill. In a hurry `{"cmd":"kill"}` is enough: K3 on everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KillOrder {
    /// 1 to 4.
    pub level: u8,
    pub scope: ScopeName,
    pub reason: DisplayText,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of its own in the reply")]
pub struct DoorReply {
    /// Whether it was done.
    pub ok: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DisplayText>,
    /// Whether it was not done because a text in it cannot be read: nothing was asked of the engine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub malformed: bool,
    /// Why not, when the engine refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Whether this request closed the gate for its scope, whatever became of the rest.
    #[serde(default)]
    pub gate_closed: bool,
    /// The level of everything at the gate, read without asking the engine; not told with a line that was no request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<KillLevel>,
    /// What is open under the scope of a kill, or stands in the way of a resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Box<Status>>,
    /// The limits asked about, as they stand now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Vec<LimitLine>>,
    /// What became of an operation on orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Box<OrderReply>>,
}

impl DoorRequest {
    /// Whether it is served before all others.
    pub const fn is_kill(&self) -> bool {
        matches!(self, Self::Kill(_))
    }
}

impl KillOrder {
    /// The level, if it is one that can be raised.
    pub fn kill_level(&self) -> Option<KillLevel> {
        KillLevel::from_number(self.level).filter(|level| *level > KillLevel::K0)
    }
}

impl Default for KillOrder {
    fn default() -> Self {
        Self { level: 3, scope: ScopeName::All, reason: DisplayText::new("kill command") }
    }
}

impl DoorReply {
    /// Done.
    pub fn done(gate: impl Into<Option<KillLevel>>) -> Self {
        Self {
            ok: true,
            error: None,
            malformed: false,
            refusal: None,
            gate_closed: false,
            gate: gate.into(),
            standing: None,
            status: None,
            limits: None,
            order: None,
        }
    }

    /// Not done.
    pub fn failed(gate: impl Into<Option<KillLevel>>, why: &str) -> Self {
        Self { ok: false, error: Some(DisplayText::new(why)), ..Self::done(gate) }
    }
}
