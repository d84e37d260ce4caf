//! Strategies held to their rules: floors raised, exits carried out, storms stopped. On each tick and after each report.
//!
//! A rule on P&L is thus looked at within 100 ms of a mark and at once after a fill. While a price it depends on is
//! stale or not trusted it waits: nothing could be closed at such a price, and the first fresh one decides.

use super::core::Core;
use super::kill;
use crate::model::{
    Actor, Cause, ControlEvent, Envelope, Event, InstrumentId, KillLevel, Lock, Measure, Money, Reason,
    RiskEvent, Scope, StrategyId, StrategyRule, StrategyRules, Trail,
};
use crate::state::Conduct;

/// A trailing floor follows its peak in steps of this part of its distance, so that a rising market does not flood the
/// log: the stop may be as much lower than the peak less its distance.
const TRAIL_STEPS: i128 = 20;

/// What broke a rule: the rule, the value and the limit.
type Breach = (StrategyRule, Measure, Measure);

/// Looks at every strategy's rules.
pub(super) fn watch(core: &mut Core, out: &mut Vec<Envelope>) {
    for strategy in core.state.genesis().strategy_ids() {
        if is_quiet(core, strategy) {
            continue;
        }
        let rules = *core.state.limits().rules(strategy);
        if rules.watches_pnl() {
            result(core, strategy, &rules, out);
        }
        storms(core, strategy, &rules, out);
        hours(core, strategy, &rules, out);
        if let Some((_, exit)) = core.state.conduct(strategy).and_then(|conduct| conduct.exit) {
            wind_down(core, strategy, Cause(exit), out);
        }
    }
}

/// Whether there is nothing to look at: no rule that is looked at between orders, and nothing a rule has begun. So it is
/// with most strategies, and this is asked after each report.
fn is_quiet(core: &Core, strategy: StrategyId) -> bool {
    !core.state.limits().rules(strategy).watches_anything()
        && core.state.conduct(strategy).is_none_or(Conduct::is_quiet)
}

/// The rules on net P&L.
fn result(core: &mut Core, strategy: StrategyId, rules: &StrategyRules, out: &mut Vec<Envelope>) {
    let exited = core.state.conduct(strategy).is_none_or(|conduct| conduct.exit.is_some());
    if exited || !core.state.is_priced(strategy, core.now) {
        return;
    }
    let Some(profit) = core.state.since_armed(strategy) else { return };
    raise_floors(core, strategy, (rules, profit), out);
    if let Some(breach) = breach(core, strategy, rules, profit) {
        exit(core, strategy, breach, out);
    }
}

/// Raises what protects a profit.
fn raise_floors(
    core: &mut Core,
    strategy: StrategyId,
    (rules, profit): (&StrategyRules, Money),
    out: &mut Vec<Envelope>,
) {
    let Some(conduct) = core.state.conduct(strategy) else { return };
    let breakeven = rules.breakeven.filter(|at| !conduct.breakeven_armed && profit >= *at);
    let raised = [
        rules.trail.and_then(|trail| trailed(trail, conduct.trail_floor, profit)),
        breakeven.map(|_| Money::ZERO),
        rules.lock.and_then(|lock| locked(lock, conduct.lock_floor, profit)),
    ];
    let kinds = [StrategyRule::TrailingStop, StrategyRule::Breakeven, StrategyRule::LockProfit];
    for (rule, floor) in kinds.into_iter().zip(raised) {
        if let Some(floor) = floor {
            let stage = RiskEvent::Stage { strategy, rule, floor: Measure::Money(floor) };
            core.emit_root(Event::Risk(stage), out);
        }
    }
}

/// Where a trailing floor goes; `None` where it stays.
fn trailed(trail: Trail, floor: Option<Money>, profit: Money) -> Option<Money> {
    let below = profit - trail.by;
    let step = Money::from_raw(trail.by.raw().div_euclid(TRAIL_STEPS).max(1));
    match floor {
        None => (profit >= trail.from).then_some(below),
        Some(floor) => (below >= floor + step).then_some(below),
    }
}

/// Where a locked floor goes; `None` where it stays.
fn locked(lock: Lock, floor: Option<Money>, profit: Money) -> Option<Money> {
    if profit < lock.at {
        return None;
    }
    let steps = lock.step.map_or(0, |step| (profit - lock.at).raw().div_euclid(step.raw().max(1)));
    let lifted = lock.step.map_or(0, |step| step.raw().saturating_mul(steps));
    let now = lock.floor + Money::from_raw(lifted);
    floor.is_none_or(|floor| now > floor).then_some(now)
}

/// The first rule on P&L that is broken.
fn breach(core: &Core, strategy: StrategyId, rules: &StrategyRules, profit: Money) -> Option<Breach> {
    let value = Measure::Money(profit);
    if let Some(stop) = rules.stop_loss.filter(|stop| profit <= -*stop && profit.is_negative()) {
        return Some((StrategyRule::StopLoss, value, Measure::Money(-stop)));
    }
    let mut floors = core.state.conduct(strategy)?.floors();
    if let Some((rule, floor)) = floors.find(|(_, floor)| profit <= *floor) {
        return Some((rule, value, Measure::Money(floor)));
    }
    let target = rules.target().filter(|target| profit >= *target && *target > Money::ZERO)?;
    Some((StrategyRule::Target, value, Measure::Money(target)))
}

/// Ends a strategy: its positions are closed and it stays disarmed until a human arms it again.
fn exit(core: &mut Core, strategy: StrategyId, (rule, value, limit): Breach, out: &mut Vec<Envelope>) {
    let cause = core.root();
    let exit = RiskEvent::Exit { strategy, instrument: None, rule, value, limit };
    core.emit(cause, Event::Risk(exit), out);
    let reason = Reason::new(&format!("{} {value} limit {limit}", rule.as_str()));
    let disarmed = ControlEvent::Disarmed { strategy, actor: Actor::Watchdog, reason, request: None };
    core.emit(cause, Event::Control(disarmed), out);
}

/// Cancels a strategy's entries and closes its positions, only its own, until nothing is left: called again and again.
fn wind_down(core: &mut Core, strategy: StrategyId, cause: Cause, out: &mut Vec<Envelope>) {
    if core.state.open_orders_of(strategy) > 0 {
        kill::cancel_entries(core, Scope::Strategy(strategy), cause, out);
    }
    let held: Vec<InstrumentId> = core
        .state
        .genesis()
        .instruments
        .iter()
        .zip(core.state.ledger.positions_of(strategy))
        .filter(|(_, held)| !held.net.is_zero())
        .map(|(instrument, _)| instrument.id)
        // What is too small for any order would end as soon as it has begun, at every tick.
        .filter(|id| !core.state.is_dust(strategy, *id) && !core.state.is_closing(strategy, *id))
        .collect();
    for instrument in held {
        let began = ControlEvent::CloseBegan { strategy, instrument, actor: Actor::Watchdog, request: None };
        core.emit(cause, Event::Control(began), out);
    }
}

/// Too many rejects, entries or self-trades stop a strategy: K2, until a human has looked.
fn storms(core: &mut Core, strategy: StrategyId, rules: &StrategyRules, out: &mut Vec<Envelope>) {
    let Some(conduct) = core.state.conduct(strategy) else { return };
    let limits = core.state.limits();
    let lately = rules.entries.map(|rule| (conduct.entries_within(rule.within, core.now), rule.count));
    let counted = [
        (StrategyRule::RejectStorm, rules.rejects.map(|most| (conduct.rejects, most))),
        (StrategyRule::RepeatedEntries, lately),
        (StrategyRule::RepeatedEntries, rules.entries_day.map(|most| (conduct.entries_today, most))),
        (
            StrategyRule::SelfTrade,
            Some((conduct.blocks_within(limits.self_trade_window, core.now), limits.self_trade_blocks)),
        ),
    ];
    let mut reached = counted.into_iter().filter_map(|(rule, numbers)| Some((rule, numbers?)));
    let Some((rule, (value, limit))) = reached.find(|(_, (value, most))| *value > 0 && value >= most) else {
        return;
    };
    let scope = Scope::Strategy(strategy);
    if core.state.control.kill_at(scope) >= KillLevel::K2 {
        return;
    }
    let cause = core.root();
    let (value, limit) = (Measure::Count(value), Measure::Count(limit));
    core.emit(cause, Event::Risk(RiskEvent::Tripped { scope, rule, value, limit }), out);
    let raised = ControlEvent::KillRaised {
        level: KillLevel::K2,
        scope,
        actor: Actor::Watchdog,
        reason: Reason::new(&format!("{} {value} of {limit}", rule.as_str())),
        request: None,
    };
    core.emit(cause, Event::Control(raised), out);
}

/// At the end of its hours a strategy is flattened, where that is wanted; it may enter again at the next beginning.
fn hours(core: &mut Core, strategy: StrategyId, rules: &StrategyRules, out: &mut Vec<Envelope>) {
    let Some(session) = rules.session.filter(|session| session.flatten && !session.is_open(core.now)) else {
        return;
    };
    let flat = core.state.ledger.positions_of(strategy).iter().all(|held| held.net.is_zero());
    if flat && core.state.open_orders_of(strategy) == 0 {
        return;
    }
    let ended = session.ended_before(core.now);
    let last = core.state.conduct(strategy).and_then(|conduct| conduct.last_trip(StrategyRule::Session));
    let cause = match last {
        Some((at, seq)) if at >= ended => Cause(seq),
        Some(_) | None => {
            let cause = core.root();
            let (scope, rule) = (Scope::Strategy(strategy), StrategyRule::Session);
            let (value, limit) = (Measure::None, Measure::None);
            core.emit(cause, Event::Risk(RiskEvent::Tripped { scope, rule, value, limit }), out);
            cause
        }
    };
    wind_down(core, strategy, cause, out);
}
