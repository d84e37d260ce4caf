//! Nobody sees what has not happened: not by looking, and what comes later changes nothing that came before.

use super::desk::{ONE, Script, bar, play};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{Bar, Envelope, Event, MarketEvent, Qty, Side};
use flightdeck::sim::bars::BarRules;
use proptest::prelude::*;

/// Looks at everything it can reach at every event and trades on it: all it ever finds is of bars that have closed.
fn peeking(bars: Vec<Bar>) -> Script {
    Box::new(move |_, event, desk| {
        let now = desk.now();
        let quote = desk.quote(ONE);
        let newest = quote.map(|quote| quote.venue_time);
        assert!(newest.is_none_or(|at| at <= now), "a price from later than now");
        let closed = bars.iter().rev().find(|bar| bar.close_time <= now).map(|bar| bar.close);
        // At an open the price of the bar that begins is not there yet: the last is that of the bar that has closed.
        if matches!(event.event, Event::Market(_)) || quote.is_some() {
            assert_eq!(quote.map(|quote| quote.bid), closed, "the price of a bar that has not closed");
        }
        assert!(desk.depth(ONE).is_none());
        if let Event::Market(MarketEvent::Bar(bar)) = &event.event {
            assert_eq!(bar.close_time, now);
            let side = if bar.close > bar.open { Side::Buy } else { Side::Sell };
            desk.submit(OrderSpec::market(ONE, side, Qty::ONE, "peek"));
            let distance = flightdeck::model::PriceDelta::from_raw(200_000_000).unwrap();
            if let Some(price) = bar.close.shifted(-distance) {
                desk.submit(OrderSpec::limit(ONE, Side::Buy, Qty::ONE, price, "rest"));
            }
        }
    })
}

fn story(bars: &[Bar]) -> Vec<Envelope> {
    play(BarRules::default(), bars, peeking(bars.to_vec()))
}

fn walk(steps: &[(i64, i64, i64)]) -> Vec<Bar> {
    let mut close = 10_000_i64;
    let bars = steps.iter().enumerate().map(|(minute, (step, up, down))| {
        let open = close;
        close = (close + step).max(500);
        let text = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        let prices = [open, open.max(close) + up, (open.min(close) - down).max(1), close].map(text);
        bar(i64::try_from(minute).unwrap(), [&prices[0], &prices[1], &prices[2], &prices[3]])
    });
    bars.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_comes_later_changes_nothing_before_it(
        steps in prop::collection::vec((-300_i64..300, 0_i64..100, 0_i64..100), 4..40),
        other in prop::collection::vec((-300_i64..300, 0_i64..100, 0_i64..100), 40),
        cut in 1_usize..30,
    ) {
        let cut = cut.min(steps.len() - 1);
        let changed: Vec<_> = steps[..cut].iter().chain(&other[cut..steps.len()]).copied().collect();
        let (one, two) = (walk(&steps), walk(&changed));
        // Everything up to the close of the last common bar, orders made at it included.
        let until = one[cut - 1].close_time;
        let before = |story: Vec<Envelope>, next_open: bool| -> Vec<Envelope> {
            let mut kept = Vec::new();
            for envelope in story {
                if envelope.at > until { break; }
                // The next bar's open has the same time as this close: it comes after everything of the close.
                if next_open && matches!(envelope.event, Event::Order(flightdeck::model::OrderEvent::Filled { .. }))
                    && envelope.at == until { break; }
                kept.push(envelope);
            }
            kept
        };
        let (one, two) = (before(story(&one), true), before(story(&two), true));
        prop_assert_eq!(one, two);
    }
}
