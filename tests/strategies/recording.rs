//! On the built-in recording, with the default settings: they trade soon, disagree, and keep to their rules.

use super::playback::{Run, settings};
use flightdeck::adapters::tape::Repeat;
use flightdeck::model::{
    ControlEvent, Event, InstrumentId, NetQty, OrderEvent, Qty, RuleId, Side, Span, StrategyId, Timestamp,
};
use flightdeck::state::State;
use std::collections::BTreeMap;

const BTC: InstrumentId = InstrumentId::new(0);
const ETH: InstrumentId = InstrumentId::new(1);
const SMA: StrategyId = StrategyId::new(2);
const MAKER: StrategyId = StrategyId::new(3);
const BREAKOUT: StrategyId = StrategyId::new(4);
const REVERSION: StrategyId = StrategyId::new(5);

/// Strategy, its instrument, the largest position its parameters allow.
const ROSTER: [(StrategyId, InstrumentId, &str); 4] =
    [(SMA, BTC, "0.01"), (MAKER, BTC, "0.05"), (BREAKOUT, ETH, "20"), (REVERSION, ETH, "20")];

#[test]
fn each_of_the_four_trades_within_a_minute_and_two_hold_opposite_positions_in_both_instruments() {
    let mut run = Run::new(&settings(), Repeat::Once);
    let mut opposed = [0_u32; 2];
    run.play(Span::from_secs(60), |state, _| {
        for (slot, (one, other, instrument)) in
            opposed.iter_mut().zip([(SMA, MAKER, BTC), (BREAKOUT, REVERSION, ETH)])
        {
            let side = |strategy| state.ledger.position(strategy, instrument).net.side();
            let sides = side(one).zip(side(other));
            *slot += u32::from(sides.is_some_and(|(one, other)| one != other));
        }
    });
    let mut first: BTreeMap<StrategyId, Span> = BTreeMap::new();
    for envelope in &run.log {
        if let Event::Order(OrderEvent::Filled { fill, .. }) = &envelope.event {
            first.entry(fill.strategy).or_insert_with(|| run.time_of(envelope.at));
        }
    }
    assert!(ROSTER.iter().all(|(strategy, ..)| first.contains_key(strategy)), "{first:?}");
    assert!(opposed.iter().all(|steps| *steps > 100), "{opposed:?}");
}

#[test]
fn through_two_passes_only_self_trades_are_denied_no_position_outgrows_its_strategy_and_no_side_has_two_quotes()
 {
    let mut run = Run::new(&settings(), Repeat::Loop);
    run.play(Span::from_secs(690), |state, now| {
        for (strategy, instrument, most) in ROSTER {
            let net = state.ledger.position(strategy, instrument).net;
            let most: Qty = most.parse().unwrap();
            assert!(net.magnitude() <= most, "{strategy:?} holds {net} at {now:?}");
        }
        for side in [Side::Buy, Side::Sell] {
            let quotes = open_of(state, MAKER).filter(|order| order.request.side == side).count();
            assert!(quotes <= 1, "{quotes} orders on {side} at {now:?}");
        }
        let market_orders = open_of(state, SMA).count();
        assert!(market_orders <= 1, "two orders of one crossing at {now:?}");
        assert_eq!(state.ledger.difference(BTC).0, NetQty::ZERO);
    });
    let state = run.engine.state();
    let denied = run.log.iter().filter_map(|envelope| {
        let Event::Denied { denial, .. } = &envelope.event else { return None };
        Some(denial.rule)
    });
    let (own, others): (Vec<RuleId>, Vec<RuleId>) = denied.partition(|rule| *rule == RuleId::SelfTrade);
    assert!(others.is_empty() && own.len() < 20, "{others:?}, {} self-trades", own.len());
    assert!(state.reconciliation.is_clean() && state.checked_at().is_some());
    let alarms = run.log.iter().filter(|one| {
        matches!(one.event, Event::Control(ControlEvent::Alarm { .. } | ControlEvent::KillRaised { .. }))
    });
    assert_eq!(alarms.count(), 0, "a healthy run kills nothing by itself");
    assert!(state.alerts().list().is_empty(), "{:?}", state.alerts().list());
    let second_pass = run.began.after(Span::from_secs(400));
    for (strategy, ..) in ROSTER {
        let late = state.history.trades.iter().filter(|row| row.at > second_pass);
        assert!(late.filter(|row| row.fill.strategy == strategy).count() > 1, "{strategy:?} went silent");
    }
}

#[test]
fn a_breakout_position_is_never_without_a_stop_or_an_exit_for_longer_than_an_answer_takes() {
    let mut run = Run::new(&settings(), Repeat::Once);
    let mut bare_since: Option<Timestamp> = None;
    let mut held = 0_u32;
    run.play(Span::from_secs(344), |state, now| {
        let net = state.ledger.position(BREAKOUT, ETH).net;
        held += u32::from(!net.is_zero());
        if net.is_zero() || open_of(state, BREAKOUT).any(|order| order.request.reduce_only) {
            bare_since = None;
        } else {
            let since = *bare_since.get_or_insert(now);
            assert!(now.since(since) < Span::from_millis(1_500), "bare since {since:?} at {now:?}");
        }
    });
    assert!(held > 1_000);
}

#[test]
fn the_same_recording_settings_and_seed_give_the_same_events() {
    let play = || {
        let mut run = Run::new(&settings(), Repeat::Once);
        run.play(Span::from_secs(40), |_, _| {});
        serde_json::to_string(&run.log).unwrap()
    };
    assert_eq!(play(), play());
}

fn open_of(state: &State, strategy: StrategyId) -> impl Iterator<Item = &flightdeck::model::Order> {
    state.orders.open().iter().filter(move |order| order.request.strategy == strategy)
}
