//! Bugs planted on purpose, to prove that the fault simulation finds what it should. Without the feature `planted` nothing
//! of it is left in the program: the question is a constant `false`.

use crate::model::RuleId;
use serde::{Deserialize, Serialize};

/// One line a bug: its name and what it does.
macro_rules! bugs {
    ($($name:ident $doc:literal;)*) => {
        /// A bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Bug {
            $(#[doc = $doc] $name,)*
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$name, $doc),)*];
        }
    };
}

bugs! {
    Canary "a hole in the log, at every event";
    ExposureKept "an ended order goes on reserving";
    FillTwice "a fill is booked twice";
    FillByReport "a fill told again is booked again";
    FillsByIdAlone "fills are told apart by their id alone, whatever the order";
    FillWithoutName "fills without an id are one fill";
    LateFillDropped "a fill of an ended order is dropped";
    ForeignFillDropped "a fill of nobody's order is dropped";
    OverfillCut "a fill counts no further than was ordered";
    AbsurdFillBooked "a fill at a price nobody believes is booked";
    WrongOwner "a fill goes to the operator's books";
    FeeSign "a fee is booked as a rebate";
    FundingTwice "funding is booked twice";
    FundingAgain "a payment of funding told again is booked again";
    BustIgnored "a fill taken back stays in the books";
    BustTwice "a bust told twice is booked twice";
    ClaimTwice "a claim moves twice what was claimed";
    SilenceIsRejection "an order without an answer is taken for rejected";
    AbsentAtOnce "one answer `not found` proves an absence";
    CancelIsDone "a cancel asked for is taken for done";
    RefusedCancelIsDone "a refused cancel is taken for done";
    ReplaceIsDone "a change asked for is taken for made";
    HungUnseen "an order without an answer is never doubted";
    DoubtUnasked "an order in doubt is never asked about";
    SentAgain "an order that is not found is sent again, whatever the venue promises";
    RequestTwice "a request that comes twice makes two orders";
    NoKillRule "the gate does not ask for a kill";
    NoReduceOnlyRule "the gate lets an exit be larger than the position";
    NoReferenceRule "the gate prices off a stale or quarantined market";
    NoCollarRule "the gate lets any price pass";
    NoRateRule "the gate counts no messages";
    NoArmedRule "the gate lets a strategy trade that is not armed";
    NoPositionRule "the gate does not ask for the largest position";
    NoSizeRule "the gate lets any size pass";
    OtherMode "an order leaves in the other mode";
    ResumeByScript "anything may lower a kill";
    ResumeInDoubt "a kill may be lowered while an order's fate is unknown";
    KillOverwrites "a lower kill replaces a higher one";
    KillWithoutCancels "a kill cancels nothing";
    K2TakesProtection "K2 cancels what protects";
    FlattenGivesUp "a flatten is never sent";
    AsideGoesOn "a fill that cannot be booked stops nothing";
    LossGoesOn "a loss limit stops nothing";
    CancelWaits "a cancel waits for the message rate";
    OldQuoteIsMark "a quote older than the last becomes the mark";
    SpikeIsMark "a price ten times off becomes the mark";
    ChangeUnjudged "a change that takes more risk is not judged";
    SmallerAtOnce "a change to less frees what it would before it is made";
    GhostUnseen "the list of open orders is not compared";
}

/// Which bug a run was built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Planted {
    #[cfg(feature = "planted")]
    bug: Option<Bug>,
}

#[cfg(feature = "planted")]
impl Planted {
    /// A run with a bug.
    pub const fn with(bug: Bug) -> Self {
        Self { bug: Some(bug) }
    }

    /// Whether this is it.
    pub fn has(self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Whether the gate forgets a rule.
    pub fn forgets(self, rule: RuleId) -> bool {
        let forgotten = match rule {
            RuleId::Kill => Bug::NoKillRule,
            RuleId::ReduceOnly => Bug::NoReduceOnlyRule,
            RuleId::Reference => Bug::NoReferenceRule,
            RuleId::Collar => Bug::NoCollarRule,
            RuleId::Rate => Bug::NoRateRule,
            RuleId::Armed => Bug::NoArmedRule,
            RuleId::PositionInstrument => Bug::NoPositionRule,
            RuleId::OrderQty | RuleId::OrderValue => Bug::NoSizeRule,
            _other => return false,
        };
        self.has(forgotten)
    }
}

#[cfg(not(feature = "planted"))]
impl Planted {
    /// Never.
    #[inline]
    pub const fn has(self, _bug: Bug) -> bool {
        false
    }

    /// Never.
    #[inline]
    pub const fn forgets(self, _rule: RuleId) -> bool {
        false
    }
}
