//! The scene of the mock-ups: two markets, three strategies, orders in most states.

use super::{BTC, Desk, ETH, MM, NOW, PAIRS, TREND, genesis, money, price, qty};
use flightdeck::model::*;
use flightdeck::ui::ScreenOptions;
use flightdeck::wire::{StrategyTiming, SubscriberHealth, Vitals};

pub(crate) fn vitals() -> Vitals {
    let finding = |rule, value, limit, scope| Finding { rule, scope, pass: true, value, limit, detail: "" };
    let health = |name: &str, state: &'static str, detail: &str| SubscriberHealth {
        name: Label::new(name),
        state,
        detail: detail.into(),
        delivered: 88_123,
        missed: 0,
        restarts: 0,
    };
    let gauge = |name, capacity, len, peak, passed| flightdeck::bus::GaugeReading {
        name,
        capacity,
        len,
        peak,
        passed,
        lost: 0,
    };
    Vitals {
        at: NOW,
        started_at: NOW.after(Span::from_secs(-3_723)),
        feed: "recorded market bnc".into(),
        speed: "1x".into(),
        broker: "paper".into(),
        can: "".into(),
        queues: vec![
            gauge("inbox control", 1_024, 0, 2, 40),
            gauge("inbox reports", 8_192, 0, 12, 4_410),
            gauge("inbox market", 16_384, 31, 902, 8_812_341),
            gauge("journal", 65_536, 4, 911, 41_230),
        ],
        subscribers: vec![
            health("recorder", "ok", ""),
            health("journal", "ok", ""),
            health("alerts", "lagging", "1.2s behind"),
        ],
        step_p50: Span::from_nanos(410),
        step_p99: Span::from_nanos(3_120),
        order_p50: Span::from_nanos(2_300),
        order_p99: Span::from_nanos(9_400),
        inputs: 8_816_791,
        inputs_per_s: 1_204,
        headroom: vec![
            finding(
                RuleId::PositionAccount,
                Measure::Money(money("12361")),
                Measure::Money(money("50000")),
                Scope::All,
            ),
            finding(
                RuleId::LossAccount,
                Measure::Money(money("0")),
                Measure::Money(money("2000")),
                Scope::All,
            ),
            finding(RuleId::Rate, Measure::Count(2), Measure::Count(10), Scope::All),
            finding(RuleId::OpenOrders, Measure::Count(4), Measure::Count(20), Scope::All),
            finding(
                RuleId::PositionInstrument,
                Measure::Qty(qty("0.17")),
                Measure::Qty(qty("10")),
                Scope::Instrument(BTC),
            ),
            finding(
                RuleId::PositionInstrument,
                Measure::Qty(qty("3")),
                Measure::Qty(qty("10")),
                Scope::Instrument(ETH),
            ),
        ],
        strategies: vec![StrategyTiming {
            strategy: MM,
            calls: 881_234,
            p99: Span::from_nanos(2_100),
            worst: Span::from_nanos(48_000),
        }],
        data_dir: "~/.local/share/flightdeck".into(),
        rows_written: 412_330,
        rss_bytes: 41_943_040,
    }
}

/// The scene of the mock-ups: two markets, three strategies, orders in most states.
pub(crate) fn scene(mode: Mode, options: ScreenOptions) -> Desk {
    scene_of(genesis(mode), options)
}

/// The same of another genesis.
pub(crate) fn scene_of(genesis: flightdeck::state::Genesis, options: ScreenOptions) -> Desk {
    scene_on(Desk::new(genesis, options))
}

/// The same on this desk.
pub(crate) fn scene_on(mut desk: Desk) -> Desk {
    let mode = desk.state.genesis().mode;
    let limit = |at: &str| OrderKind::Limit { price: price(at) };
    desk.control(ControlEvent::Started { mode, halted: false, recovered: None });
    for step in 0..60_i64 {
        let drift =
            [0, 3, 5, 9, 14, 12, 8, 11, 17, 22, 26, 21, 15, 10, 4][usize::try_from(step % 15).unwrap()];
        let last = format!("{}.3", 64_180 + drift + step / 3);
        let side = if step % 3 == 0 { Side::Sell } else { Side::Buy };
        desk.wait(800).trade(BTC, &last, "0.047", side);
        if step % 10 == 0 {
            desk.quote(BTC, &last, &format!("{}.4", 64_180 + drift + step / 3));
            desk.quote(ETH, "3103.50", "3104.50");
        }
        if step == 20 {
            let order = desk.order(MM, BTC, Side::Buy, "0.110", limit("64195.0"));
            let id = desk.submit(order, None);
            desk.accept(id);
            desk.fill(id, "0.110", "64195.0", "1.41");
            let order = desk.order(TREND, ETH, Side::Sell, "1.500", OrderKind::Market);
            let id = desk.submit(order, None);
            desk.accept(id);
            desk.fill(id, "1.500", "3105.20", "1.86");
        }
        if step == 35 {
            let order = desk.order(StrategyId::MANUAL, BTC, Side::Sell, "0.050", limit("64210.0"));
            let id = desk.submit(order, None);
            desk.accept(id);
            desk.fill(id, "0.050", "64210.0", "0.64");
            let order = desk.order(StrategyId::MANUAL, BTC, Side::Buy, "0.050", OrderKind::Market);
            let id = desk.submit(order, None);
            desk.accept(id);
            desk.fill(id, "0.050", "64219.0", "1.28");
        }
    }
    let mut order = desk.order(TREND, ETH, Side::Buy, "1.500", OrderKind::Stop { trigger: price("3131") });
    order.reduce_only = true;
    let stop = desk.submit(order, None);
    desk.wait(41).accept(stop);
    let denied = desk.order(StrategyId::MANUAL, BTC, Side::Buy, "5", limit("64190"));
    desk.wait(700).event(
        Event::Denied {
            order: denied,
            actor: Actor::Operator,
            request: None,
            denial: Box::new(Denial {
                rule: RuleId::OrderValue,
                value: Measure::Money(money("320950")),
                limit: Measure::Money(money("5000")),
                detail: "",
            }),
        },
        None,
    );
    desk.depth(
        BTC,
        &[
            ("64213.3", "0.911"),
            ("64213.1", "3.020"),
            ("64212.9", "1.115"),
            ("64212.7", "6.400"),
            ("64212.5", "2.050"),
            ("64212.3", "0.770"),
            ("64212.1", "1.600"),
            ("64211.9", "0.950"),
        ],
        &[
            ("64213.4", "1.204"),
            ("64213.6", "0.480"),
            ("64213.8", "2.110"),
            ("64214.0", "2.770"),
            ("64214.2", "4.020"),
            ("64214.4", "1.040"),
            ("64214.6", "3.310"),
        ],
    );
    desk.quote(ETH, "3103.50", "3104.50");
    let cause = desk.wait(6_000).quote(BTC, "64213.3", "64213.4");
    let order = desk.order(MM, BTC, Side::Buy, "0.050", limit("64213.3"));
    let bid = desk.submit(order, Some(cause));
    let order = desk.order(MM, BTC, Side::Sell, "0.050", limit("64213.6"));
    let ask = desk.submit(order, Some(cause));
    desk.wait(41).accept(bid);
    desk.accept(ask);
    desk.quote(ETH, "3103.50", "3104.50");
    desk.wait(500).fill(bid, "0.010", "64213.3", "0.13");
    let order = desk.order(PAIRS, ETH, Side::Buy, "0.500", limit("3102.10"));
    let lost = desk.submit(order, None);
    desk.wait(1_200).event(
        Event::Order(OrderEvent::Unknown {
            id: lost,
            waited: Span::from_millis(1_200),
            told: None,
            word: None,
        }),
        None,
    );
    desk.trade(BTC, "64213.4", "0.010", Side::Buy);
    desk.quote(ETH, "3103.50", "3104.50");
    desk.quote(BTC, "64213.3", "64213.4");
    desk.reconcile();
    desk.vitals();
    desk
}
