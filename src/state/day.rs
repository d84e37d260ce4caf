//! The turn of the day and the bases of P&L: which are due, and what takes them.

use super::fold::State;
use crate::model::{Money, RiskEvent, StrategyId, Timestamp};

const DAY: i64 = 86_400_000_000_000;

impl State {
    pub(super) fn day_base(&self, strategy: Option<StrategyId>) -> Money {
        match strategy {
            Some(id) => self.bases.day.get(id.index()).copied().unwrap_or_default(),
            None => self.bases.account,
        }
    }

    /// Whether a base waits for a valuation, or the day has turned.
    #[inline]
    pub fn is_base_due(&self, now: Timestamp) -> bool {
        self.bases.any_due || self.bases.is_over(now)
    }

    /// The bases of a strategy or the account that are due and can be valued now, as the events that tell them.
    pub fn due_bases(&self, whose: Option<StrategyId>, now: Timestamp) -> [Option<RiskEvent>; 2] {
        let over = self.bases.is_over(now);
        let day = whose.map_or(over || self.bases.account_due, |id| self.bases.is_due(id, over));
        let armed = whose.filter(|id| self.conducts.is_baseless(*id));
        if !day && armed.is_none() {
            return [None, None];
        }
        let pnl = whose.map_or_else(|| self.account_pnl(), |id| self.strategy_pnl(id));
        let told = |net| {
            let day = day.then_some(RiskEvent::DayBase { strategy: whose, net });
            [day, armed.map(|strategy| RiskEvent::ArmedBase { strategy, net })]
        };
        pnl.map_or([None, None], |pnl| told(pnl.net))
    }

    /// At the first event of a UTC day its counters start again, and its bases are due.
    #[inline]
    pub(super) fn turn_day(&mut self, at: Timestamp) {
        if at >= self.bases.day_ends {
            self.begin_day(at);
        }
    }

    #[cold]
    fn begin_day(&mut self, at: Timestamp) {
        let over = self.bases.is_over(at);
        let next = at.nanos().div_euclid(DAY).saturating_add(1).saturating_mul(DAY);
        self.bases.day_ends = Timestamp::from_nanos(next);
        if !over {
            return;
        }
        self.history.turn_day(at);
        self.conducts.turn_day();
        self.bases.due.fill(true);
        self.bases.account_due = true;
        self.bases.any_due = true;
    }

    pub(super) fn take_day_base(&mut self, strategy: Option<StrategyId>, net: Money) {
        if let Some(id) = strategy {
            self.bases.day.get_mut(id.index()).into_iter().for_each(|base| *base = net);
            self.bases.due.get_mut(id.index()).into_iter().for_each(|due| *due = false);
        } else {
            (self.bases.account, self.bases.account_due) = (net, false);
        }
        self.count_due_bases();
    }

    pub(super) fn count_due_bases(&mut self) {
        let day = self.bases.account_due || self.bases.due.contains(&true);
        self.bases.any_due = day || self.conducts.lacks_base();
    }
}
