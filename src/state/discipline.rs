//! Where a strategy stands against each of its rules: for the engine that acts and the screen that tells.

use super::conduct::{Conduct, Trip};
use super::fold::State;
use super::ledger::Holdings;
use super::market::Trust;
use super::tuning::Loosening;
use crate::model::{
    EntryHours, Instrument, Limits, Measure, Money, NetQty, Price, Qty, StrategyId, StrategyRule,
    StrategyRules, Timestamp,
};

/// One rule of a strategy as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleState {
    pub rule: StrategyRule,
    /// In a word: `watching`, `armed`, `exited`, `waiting`, `open`, `closed`, `blocked`.
    pub stage: &'static str,
    pub value: Measure,
    pub limit: Measure,
    /// How much room is left, in percent of the limit; `None` where there is nothing to compare.
    pub headroom: Option<u32>,
    /// When it last tripped, by our clock, and the event.
    pub last_trip: Option<Trip>,
}

impl State {
    /// How a strategy has behaved since a human last armed it.
    pub fn conduct(&self, strategy: StrategyId) -> Option<&Conduct> {
        self.conducts.get(strategy)
    }

    /// Net P&L of a strategy since it was armed or the run began, in account currency. `None` while it cannot be valued.
    pub fn since_armed(&self, strategy: StrategyId) -> Option<Money> {
        let base = self.conduct(strategy)?.base?;
        Some(self.strategy_pnl(strategy)?.net - base)
    }

    /// Whether every price a strategy's positions are valued at is fresh and trusted.
    pub fn is_priced(&self, strategy: StrategyId, now: Timestamp) -> bool {
        let held = self.genesis().instruments.iter().zip(self.ledger.positions_of(strategy));
        held.filter(|(_, held)| !held.net.is_zero()).all(|(instrument, _)| {
            self.market(instrument.id).is_some_and(|market| market.is_usable(instrument, now))
        })
    }

    /// What a loss could grow by before it is seen: positions whose price is stale or not trusted, valued at the worse
    /// of the last mark and the collar around it. Zero while every price is fresh.
    pub fn unseen_loss(&self, strategy: Option<StrategyId>) -> Option<Money> {
        let held = match strategy {
            Some(id) => self.ledger.positions_of(id),
            None => self.ledger.account_positions(),
        };
        let mut unseen = Money::ZERO;
        for (instrument, held) in self.genesis().instruments.iter().zip(held) {
            let Some(market) = self.market(instrument.id) else { continue };
            if held.net.is_zero() || (!market.stale && market.trust == Trust::Good) {
                continue;
            }
            let worth = self.notional_at_mark(instrument, held.net.magnitude())?;
            let bps = i128::from(self.limits().instrument(instrument.id).collar_bps);
            unseen += Money::from_raw(worth.raw().saturating_mul(bps).div_euclid(10_000));
        }
        Some(unseen)
    }

    /// What positions have brought and are worth, where that is plain to see: everything that is held has a fresh, trusted
    /// price, and everything that ever was is settled at par with the account's currency. `None` elsewhere, where it takes
    /// `strategy_pnl` or `account_pnl`, and `unseen_loss`.
    pub fn plain_net(&self, own: &Holdings) -> Option<Money> {
        // Cash and worth together are what was realised and what was not.
        let mut net = own.paid();
        for (id, held) in own.touched() {
            if !self.is_par(id) {
                return None;
            }
            if held.net.is_zero() {
                continue;
            }
            let (market, instrument) = (self.market(id)?, self.genesis().instrument(id)?);
            if market.stale || market.trust != Trust::Good {
                return None;
            }
            net += instrument.flow(held.net, market.mark()?);
        }
        Some(net)
    }

    /// The account's `plain_net` where nothing is held but this, of an instrument whose price is fresh and trusted.
    #[inline]
    pub fn plain_net_of(&self, instrument: &Instrument, held: NetQty, mark: Price) -> Option<Money> {
        let own = self.ledger.account_holdings();
        if !own.touched().all(|(id, _)| self.is_par(id)) {
            return None;
        }
        Some(if held.is_zero() { own.paid() } else { own.paid() + instrument.flow(held, mark) })
    }

    /// The day's loss of a strategy or the account whose `plain_net` this is.
    #[inline]
    pub fn plain_loss(&self, strategy: Option<StrategyId>, net: Money) -> Money {
        Money::ZERO.max(self.day_base(strategy) - net)
    }

    /// The same as `equity_in` of the settlement currency of an instrument at par, made of the account's `plain_net`. `None`
    /// where that holds other currencies too.
    #[inline]
    pub fn plain_equity(&self, net: Money) -> Option<Money> {
        self.par_capital.map(|capital| capital + net)
    }

    /// Where a strategy stands against each rule it is held to, exits first.
    pub fn discipline(&self, strategy: StrategyId) -> Vec<RuleState> {
        let rules = self.limits().rules(strategy);
        let Some(conduct) = self.conduct(strategy) else { return Vec::new() };
        let profit = self.since_armed(strategy).filter(|_| self.is_priced(strategy, self.now));
        let page = Page { conduct, rules, profit };
        let mut rows: Vec<RuleState> = page.exits().into_iter().flatten().collect();
        rows.extend(page.counts(self, strategy).into_iter().flatten());
        rows.extend(page.times(self.now).into_iter().flatten());
        rows
    }
}

/// What the rows are made of.
struct Page<'a> {
    conduct: &'a Conduct,
    rules: &'a StrategyRules,
    /// `None` while it cannot be valued at fresh prices.
    profit: Option<Money>,
}

impl Page<'_> {
    fn exits(&self) -> [Option<RuleState>; 5] {
        let (rules, conduct) = (self.rules, self.conduct);
        let profit = self.profit.unwrap_or_default();
        let loss = Money::ZERO.max(-profit);
        [
            rules.stop_loss.map(|limit| self.money(StrategyRule::StopLoss, loss, limit, "watching")),
            rules
                .target()
                .map(|limit| self.money(StrategyRule::Target, Money::ZERO.max(profit), limit, "watching")),
            rules.trail.map(|trail| self.floor(StrategyRule::TrailingStop, conduct.trail_floor, trail.from)),
            rules.breakeven.map(|at| {
                let floor = conduct.breakeven_armed.then_some(Money::ZERO);
                self.floor(StrategyRule::Breakeven, floor, at)
            }),
            rules.lock.map(|lock| self.floor(StrategyRule::LockProfit, conduct.lock_floor, lock.at)),
        ]
    }

    fn money(&self, rule: StrategyRule, value: Money, limit: Money, stage: &'static str) -> RuleState {
        let (value, limit) = (Measure::Money(value), Measure::Money(limit));
        self.row(rule, stage, (value, limit), used(value, limit))
    }

    /// A rule with a floor: until it is armed the way to its trigger counts, then the way down to the floor.
    fn floor(&self, rule: StrategyRule, floor: Option<Money>, trigger: Money) -> RuleState {
        let profit = self.profit.unwrap_or_default();
        let (value, limit) = (Measure::Money(profit), Measure::Money(floor.unwrap_or(trigger)));
        let room = floor.map(|floor| {
            let above = Money::ZERO.max(profit - floor);
            above.percent_of(Money::from_raw(profit.raw().max(1))).min(100)
        });
        self.row(rule, if floor.is_some() { "armed" } else { "waiting" }, (value, limit), room)
    }

    fn counts(&self, state: &State, strategy: StrategyId) -> [Option<RuleState>; 7] {
        let (rules, conduct) = (self.rules, self.conduct);
        let count = |rule, value: u32, limit: Option<u32>| limit.map(|limit| self.count(rule, value, limit));
        let entries = rules.entries.map(|rule| conduct.entries_within(rule.within, state.now));
        [
            rules.max_position.map(|limit| {
                let (value, limit) = (Measure::Qty(largest(state, strategy)), Measure::Qty(limit));
                self.row(StrategyRule::MaxPosition, "watching", (value, limit), used(value, limit))
            }),
            count(StrategyRule::MaxOpenOrders, state.open_orders_of(strategy), rules.max_open_orders),
            count(StrategyRule::DailyTrades, conduct.trades_today, rules.daily_trades),
            count(StrategyRule::ConsecutiveLosers, conduct.losers, rules.losers),
            count(
                StrategyRule::RepeatedEntries,
                entries.unwrap_or_default(),
                rules.entries.map(|rule| rule.count),
            )
            .or_else(|| count(StrategyRule::RepeatedEntries, conduct.entries_today, rules.entries_day)),
            count(StrategyRule::RejectStorm, conduct.rejects, rules.rejects),
            rules.max_spread_bps.map(|bps| {
                let limit = Measure::Bps(i64::from(bps));
                self.row(StrategyRule::MaxSpread, "watching", (Measure::None, limit), None)
            }),
        ]
    }

    fn count(&self, rule: StrategyRule, value: u32, limit: u32) -> RuleState {
        let word = if value >= limit { "blocked" } else { "watching" };
        let (value, limit) = (Measure::Count(value), Measure::Count(limit));
        self.row(rule, word, (value, limit), used(value, limit))
    }

    fn times(&self, now: Timestamp) -> [Option<RuleState>; 2] {
        let cooldown = self.rules.cooldown(self.conduct, now).map(|(left, limit)| {
            let stage = if left > crate::model::Span::ZERO { "blocked" } else { "open" };
            let numbers = (Measure::Age(left), Measure::Age(limit));
            self.row(StrategyRule::Cooldown, stage, numbers, used(numbers.0, numbers.1))
        });
        let session = self.rules.session.map(|session: EntryHours| {
            let stage = if session.is_open(now) { "open" } else { "closed" };
            self.row(StrategyRule::Session, stage, (Measure::None, Measure::None), None)
        });
        [cooldown, session]
    }

    fn row(
        &self,
        rule: StrategyRule,
        stage: &'static str,
        (value, limit): (Measure, Measure),
        headroom: Option<u32>,
    ) -> RuleState {
        let exited = self.conduct.exit.is_some_and(|(by, _)| by == rule);
        let stage = if exited { "exited" } else { stage };
        RuleState { rule, stage, value, limit, headroom, last_trip: self.conduct.last_trip(rule) }
    }
}

/// What is left of a limit, in percent.
fn used(value: Measure, limit: Measure) -> Option<u32> {
    value.percent_of(limit).map(|percent| 100_u32.saturating_sub(percent))
}

/// The largest worst-case position of a strategy in any instrument, in units.
fn largest(state: &State, strategy: StrategyId) -> Qty {
    let open = state.orders.exposures_of(strategy).iter();
    let worst = open.zip(state.ledger.positions_of(strategy)).map(|(open, held)| open.worst(held.net));
    worst.max().unwrap_or_default()
}

impl State {
    /// Orders of a strategy that are open.
    pub fn open_orders_of(&self, strategy: StrategyId) -> u32 {
        self.orders.exposures_of(strategy).iter().map(|open| open.orders).sum()
    }
}

impl StrategyRules {
    /// How much longer a strategy has to wait before it may enter, and the whole of it; `None` without such a rule.
    pub fn cooldown(
        &self,
        conduct: &Conduct,
        now: Timestamp,
    ) -> Option<(crate::model::Span, crate::model::Span)> {
        use crate::model::Span;
        let wait = |span: Option<Span>, since: Option<Timestamp>| {
            let span = span?;
            let left = since.map_or(Span::ZERO, |since| span - now.since(since));
            Some((left.max(Span::ZERO), span))
        };
        let loss = wait(self.cooldown_loss, conduct.last_loss);
        let exit = wait(self.cooldown_exit, conduct.last_exit);
        loss.into_iter().chain(exit).max_by_key(|(left, _)| *left)
    }
}

impl State {
    /// The limits as they hold now. The genesis holds their ceilings.
    #[inline]
    pub fn limits(&self) -> &Limits {
        self.tuning.limits()
    }

    /// Looser limits that wait to be confirmed, oldest first; those that lapsed are still told.
    pub fn loosenings(&self) -> &[Loosening] {
        self.tuning.waiting()
    }
}
