//! The sleeping stops of one instrument, by the print that wakes them.

use super::working::Number;
use crate::model::{Price, Side};
use std::collections::BTreeSet;

/// Untriggered stops. Buys wake when the market trades at or above their trigger, sells at or below.
#[derive(Debug, Default)]
pub(super) struct Stops {
    buys: BTreeSet<(Price, Number)>,
    sells: BTreeSet<(Price, Number)>,
}

impl Stops {
    pub(super) fn insert(&mut self, side: Side, trigger: Price, number: Number) {
        self.side_mut(side).insert((trigger, number));
    }

    pub(super) fn remove(&mut self, side: Side, trigger: Price, number: Number) {
        self.side_mut(side).remove(&(trigger, number));
    }

    /// Whether a stop of this side wakes at this print.
    pub(super) fn is_reached(side: Side, trigger: Price, last: Price) -> bool {
        match side {
            Side::Buy => last >= trigger,
            Side::Sell => last <= trigger,
        }
    }

    /// The stops that this print wakes, in order of acceptance.
    pub(super) fn due(&self, last: Price) -> Vec<Number> {
        let buys = self.buys.range(..=(last, Number(u64::MAX)));
        let sells = self.sells.range((last, Number(0))..);
        let mut due: Vec<Number> = buys.chain(sells).map(|(_trigger, number)| *number).collect();
        due.sort_unstable();
        due
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeSet<(Price, Number)> {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }
}
