//! Where the limits stand right now, without an order: the gauges of the risk panel.

use super::margin::margin_except;
use super::open_value::open_value;
use crate::model::{Currency, Finding, InstrumentId, Measure, Money, RuleId, Scope, StrategyId, Timestamp};
use crate::state::State;

/// The limits in use: the account's first, then instruments, then strategies. `pass` is false where nothing more fits.
pub fn headroom(state: &State, now: Timestamp) -> Vec<Finding> {
    let mut gauges = account(state, now);
    for instrument in &state.genesis().instruments {
        let limit = state.limits().instrument(instrument.id).max_position;
        let worst = state.orders.total(instrument.id).worst(state.ledger.account(instrument.id).net);
        let scope = Scope::Instrument(instrument.id);
        gauges.push(gauge((RuleId::PositionInstrument, scope), Measure::Qty(worst), Measure::Qty(limit)));
        if let Some(market) = state.market(instrument.id)
            && let Some(age) = market.age(now)
        {
            let mut finding =
                gauge((RuleId::Reference, scope), Measure::Age(age), Measure::Age(instrument.stale_after));
            finding.pass = market.is_usable(instrument, now);
            gauges.push(finding);
        }
    }
    // What is nobody's has no limit of its own: it counts in the instruments' and the account's.
    for strategy in state.genesis().strategy_ids().filter(|id| *id != StrategyId::EXTERNAL) {
        let limits = state.limits().strategy(strategy);
        let scope = Scope::Strategy(strategy);
        let gross: Option<Money> = state
            .genesis()
            .instruments
            .iter()
            .map(|one| {
                let net = state.ledger.position(strategy, one.id).net;
                state.notional_at_mark(one, state.orders.exposure(strategy, one.id).worst(net))
            })
            .sum();
        let gross = Measure::Money(gross.unwrap_or(limits.max_position_value));
        gauges.push(gauge(
            (RuleId::PositionStrategy, scope),
            gross,
            Measure::Money(limits.max_position_value),
        ));
        let loss = state.strategy_pnl(strategy).map_or(limits.daily_loss, |pnl| Money::ZERO.max(-pnl.day));
        let (loss, limit) = (Measure::Money(loss), Measure::Money(limits.daily_loss));
        gauges.push(gauge((RuleId::LossStrategy, scope), loss, limit));
    }
    gauges
}

fn account(state: &State, now: Timestamp) -> Vec<Finding> {
    let limits = state.limits();
    let gross: Option<Money> = state
        .genesis()
        .instruments
        .iter()
        .map(|one| {
            let net = state.ledger.account(one.id).net;
            state.notional_at_mark(one, state.orders.total(one.id).worst(net))
        })
        .sum();
    let loss = state.account_pnl().map_or(limits.daily_loss, |pnl| Money::ZERO.max(-pnl.day));
    let rate = state.budget.busiest(now);
    let allowed = limits.messages_per_s.saturating_sub(limits.cancel_reserve);
    let open = u32::try_from(state.orders.open().len()).unwrap_or(u32::MAX);
    let mut gauges = vec![
        gauge(
            (RuleId::PositionAccount, Scope::All),
            Measure::Money(gross.unwrap_or(limits.max_gross)),
            Measure::Money(limits.max_gross),
        ),
        gauge((RuleId::LossAccount, Scope::All), Measure::Money(loss), Measure::Money(limits.daily_loss)),
        gauge((RuleId::Rate, Scope::All), Measure::Count(rate), Measure::Count(allowed)),
        gauge((RuleId::OpenOrders, Scope::All), Measure::Count(open), Measure::Count(limits.max_open_orders)),
        gauge(
            (RuleId::OpenValue, Scope::All),
            Measure::Money(open_value(state).unwrap_or(limits.max_open_value)),
            Measure::Money(limits.max_open_value),
        ),
    ];
    // One margin line per settlement currency, under its first instrument.
    let mut seen = Vec::new();
    for instrument in &state.genesis().instruments {
        if seen.contains(&instrument.settle) {
            continue;
        }
        seen.push(instrument.settle);
        let nobody = InstrumentId::new(u16::MAX);
        let held = margin_except(state, instrument.settle, nobody);
        if let Some((held, equity)) = held.zip(state.equity_in(instrument.settle)) {
            let scope = Scope::Instrument(instrument.id);
            gauges.push(gauge((RuleId::Margin, scope), Measure::Money(held), Measure::Money(equity)));
        }
    }
    gauges
}

/// Equity of a settlement currency less all margin held in it. `None` while it cannot be valued.
pub(crate) fn free_margin(state: &State, settle: Currency) -> Option<Money> {
    // Every instrument of the currency: none has this number.
    let nobody = InstrumentId::new(u16::MAX);
    Some(state.equity_in(settle)? - margin_except(state, settle, nobody)?)
}

fn gauge((rule, scope): (RuleId, Scope), value: Measure, limit: Measure) -> Finding {
    let pass = value.percent_of(limit).is_none_or(|percent| percent < 100);
    Finding { rule, scope, pass, value, limit, detail: "" }
}
