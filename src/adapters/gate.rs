//! The kill gate of one request, carried to where its bytes leave.

use super::waiting::RiskPair;
use crate::bus::KillSwitch;

/// The gate of a request that adds risk. Between the moment it is taken and the moment it is written a connection may
/// have to be made, or the runtime may stand still: whoever writes it asks once more.
#[derive(Debug, Clone)]
pub struct Gate {
    kill_switch: KillSwitch,
    risk: RiskPair,
}

impl Gate {
    pub(super) const fn new(kill_switch: KillSwitch, risk: RiskPair) -> Self {
        Self { kill_switch, risk }
    }

    /// Whether the request may still leave.
    pub fn is_open(&self) -> bool {
        let (strategy, instrument) = self.risk;
        self.kill_switch.allows_risk(strategy, instrument)
    }
}

/// Gates of the same risk.
impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        self.risk == other.risk
    }
}

impl Eq for Gate {}
