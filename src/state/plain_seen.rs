//! Looks at a state for what is plain to see in it: at everything when it begins, at what a fact may have changed when it is
//! folded.

use super::fold::State;
use super::genesis::Genesis;
use super::market::Trust;
use super::plain::{Plain, PlainFacts};
use crate::model::{
    Class, Event, InstrumentId, KillLevel, Listing, Rate, Scope, StrategyId, StrategyRules, Timestamp,
};
use std::sync::Arc;

impl PlainFacts {
    /// As things stand.
    fn of(state: &State) -> Self {
        let genesis = state.genesis();
        let (account, risk_until) = of_account(state);
        let instruments: Vec<Plain> = genesis.instrument_ids().map(|id| of_instrument(state, id)).collect();
        let mut facts = Self {
            account,
            risk_until,
            strategies: genesis.strategy_ids().map(|id| of_strategy(state, id)).collect(),
            pairs: vec![Plain::default(); genesis.strategies.len() * instruments.len()],
            instruments: instruments.len(),
        };
        for (id, seen) in genesis.instrument_ids().zip(instruments) {
            facts.see_instrument(genesis, id, seen);
        }
        facts
    }

    /// Takes what is plain of an instrument to what is plain of each strategy in it.
    fn see_instrument(&mut self, genesis: &Genesis, id: InstrumentId, seen: Plain) {
        let of_strategies = genesis.strategies.iter().zip(&self.strategies);
        for (row, (info, plain)) in self.pairs.chunks_mut(self.instruments.max(1)).zip(of_strategies) {
            let listed = Plain::all_but(&[(Plain::PERMISSION, info.instruments.contains(&id))]);
            if let Some(pair) = row.get_mut(id.index()) {
                *pair = seen.and(*plain).and(listed);
            }
        }
    }
}

impl State {
    /// What is plain to see for a strategy's order in an instrument.
    #[inline]
    pub fn plain(&self, strategy: StrategyId, instrument: InstrumentId) -> Plain {
        let facts = &self.plain;
        if instrument.index() >= facts.instruments {
            return Plain::default();
        }
        let place = strategy.index().wrapping_mul(facts.instruments).wrapping_add(instrument.index());
        facts.pairs.get(place).map_or(Plain::default(), |pair| facts.account.and(*pair))
    }

    /// Whether a strategy is armed: as `Control::is_armed`, asked where the gate asks next what else is plain of it.
    #[inline]
    pub fn is_armed(&self, strategy: StrategyId) -> bool {
        self.plain.strategies.get(strategy.index()).is_some_and(|plain| plain.has(Plain::ARMED))
    }

    /// Until when, by our clock, the time of the run lets risk be added, where nobody leaves its mode.
    #[inline]
    pub const fn risk_until(&self) -> Timestamp {
        self.plain.risk_until
    }

    /// Whether what is plain to see is what it would be found to be now: it always is.
    #[doc(hidden)]
    pub fn is_plain_so(&self) -> bool {
        self.plain == PlainFacts::of(self)
    }

    /// Looks at everything anew.
    pub(super) fn see_all(&mut self) {
        self.plain = PlainFacts::of(self);
    }

    /// Looks again at what an event may have changed.
    pub(super) fn see(&mut self, event: &Event) {
        match event {
            Event::Control(_) => self.see_all(),
            Event::Account(_) | Event::Link(_) => {
                (self.plain.account, self.plain.risk_until) = of_account(self);
            }
            Event::Market(market) if !market.is_data() => {
                let (id, seen) = (market.instrument(), of_instrument(self, market.instrument()));
                let genesis = Arc::clone(&self.genesis);
                self.plain.see_instrument(&genesis, id, seen);
            }
            Event::Market(_) | Event::Order(_) | Event::Denied { .. } | Event::Batch(_) | Event::Risk(_) => {}
        }
    }
}

fn of_account(state: &State) -> (Plain, Timestamp) {
    let risk_until = state.control.risk_until();
    let plain = Plain::all_but(&[
        (Plain::MODE, risk_until.is_some()),
        (Plain::JOURNAL, state.links.journal().takes_risk()),
        (Plain::KILL, state.control.global == KillLevel::K0),
        (Plain::UNKNOWN, !state.recovering),
    ]);
    (plain, risk_until.unwrap_or_default())
}

fn of_strategy(state: &State, id: StrategyId) -> Plain {
    let StrategyRules {
        order_ratio,
        max_position,
        max_open_orders,
        daily_trades,
        entries,
        entries_day,
        losers,
        cooldown_loss,
        cooldown_exit,
        session,
        max_spread_bps,
        max_spread_ticks,
        ..
    } = state.limits().rules(id);
    Plain::all_but(&[
        (Plain::KILL, state.control.kill_at(Scope::Strategy(id)) == KillLevel::K0),
        (Plain::ARMED, state.control.is_armed(id)),
        (Plain::USUAL_SIZE, order_ratio.is_none()),
        (Plain::STRATEGY_QTY, max_position.is_none()),
        (Plain::STRATEGY_ORDERS, max_open_orders.is_none()),
        (Plain::DAILY_TRADES, daily_trades.is_none()),
        (Plain::ENTRIES, entries.is_none() && entries_day.is_none()),
        (Plain::LOSERS, losers.is_none()),
        (Plain::COOLDOWN, cooldown_loss.is_none() && cooldown_exit.is_none()),
        (Plain::HOURS, session.is_none()),
        (Plain::SPREAD, max_spread_bps.is_none() && max_spread_ticks.is_none()),
    ])
}

fn of_instrument(state: &State, id: InstrumentId) -> Plain {
    let (Some(instrument), Some(market)) = (state.genesis().instrument(id), state.market(id)) else {
        return Plain::default();
    };
    let endless = |listing: &Listing| {
        listing.class == Class::Perpetual && listing.calendar.is_none() && !listing.superseded
    };
    let rate = instrument.initial_margin;
    let within = !instrument.listing.class.is_option() && rate >= Rate::ZERO && rate <= Rate::ONE;
    Plain::all_but(&[
        (Plain::KILL, state.control.kill_at(Scope::Instrument(id)) == KillLevel::K0),
        (Plain::PERMISSION, !state.genesis().is_retired(id)),
        (Plain::SESSION, endless(&instrument.listing)),
        (Plain::REFERENCE, !market.stale && market.trust == Trust::Good),
        (Plain::MARGIN, within && state.is_par(id)),
        (Plain::SELF_TRADE, state.genesis().accounts.twins(id).is_empty()),
    ])
}
