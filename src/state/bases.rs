//! What P&L is counted from: the start of the day, and the last time a human armed a strategy. Each is a fact of its own,
//! told by the engine at the first valuation: quotes are not kept, and a base must be the same after a restart.

use super::fold::State;
use crate::model::{Money, RiskEvent, StrategyId, Timestamp};
use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400_000_000_000;

/// The bases of the day, and whose are waiting for a valuation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bases {
    /// P&L at the start of the day, by strategy and of the account.
    day: Vec<Money>,
    account: Money,
    /// Whose day has turned without a valuation since.
    due: Vec<bool>,
    account_due: bool,
    /// Whether any base waits for a valuation, those of armed strategies included.
    any_due: bool,
    /// When the day ends (00:00 UTC), by our clock; the epoch before the first event.
    day_ends: Timestamp,
}

impl Bases {
    pub(super) fn new(strategies: usize) -> Self {
        Self {
            day: vec![Money::ZERO; strategies],
            account: Money::ZERO,
            due: vec![false; strategies],
            account_due: false,
            any_due: false,
            day_ends: Timestamp::EPOCH,
        }
    }

    /// Makes room for further strategies.
    pub(super) fn grow(&mut self, strategies: usize) {
        self.day.resize(strategies, Money::ZERO);
        self.due.resize(strategies, false);
    }

    /// Whether the day that was begun is over.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.day_ends && self.day_ends != Timestamp::EPOCH
    }

    /// Whether the account's day has no base yet.
    pub(super) const fn is_account_due(&self) -> bool {
        self.account_due
    }

    fn is_due(&self, strategy: StrategyId, over: bool) -> bool {
        over || self.due.get(strategy.index()).is_some_and(|due| *due)
    }
}

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

    /// The bases that are due and can be valued now, as the events that tell them.
    pub fn due_bases(&self, now: Timestamp) -> Vec<RiskEvent> {
        let over = self.bases.is_over(now);
        let mut told = Vec::new();
        for strategy in self.genesis().strategy_ids() {
            let day = self.bases.is_due(strategy, over);
            let armed = self.conducts.is_baseless(strategy);
            let Some(pnl) = (day || armed).then(|| self.strategy_pnl(strategy)).flatten() else { continue };
            let net = pnl.net;
            told.extend(day.then_some(RiskEvent::DayBase { strategy: Some(strategy), net }));
            told.extend(armed.then_some(RiskEvent::ArmedBase { strategy, net }));
        }
        if (over || self.bases.account_due)
            && let Some(pnl) = self.account_pnl()
        {
            told.push(RiskEvent::DayBase { strategy: None, net: pnl.net });
        }
        told
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
        match strategy {
            Some(id) => {
                self.bases.day.get_mut(id.index()).into_iter().for_each(|base| *base = net);
                self.bases.due.get_mut(id.index()).into_iter().for_each(|due| *due = false);
            }
            None => (self.bases.account, self.bases.account_due) = (net, false),
        }
        self.count_due_bases();
    }

    pub(super) fn count_due_bases(&mut self) {
        let day = self.bases.account_due || self.bases.due.contains(&true);
        self.bases.any_due = day || self.conducts.lacks_base();
    }
}
