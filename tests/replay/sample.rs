//! Entries of every kind a tape holds, and a head.

use flightdeck::model::*;
use flightdeck::state::{Genesis, Renumbering, State};
use flightdeck::store::{Act, Entry, TapeHeader};
use std::sync::Arc;

pub(crate) fn genesis() -> Genesis {
    Genesis {
        accounts: flightdeck::state::Accounts::default(),
        run: RunId::new(7),
        book: RunId::new(7),
        mode: Mode::Analyze,
        currency: Currency::new("USDT").unwrap(),
        capital: Vec::new(),
        conversions: Vec::new(),
        instruments: Vec::new(),
        strategies: Vec::new(),
        limits: Limits::default(),
        order_answer: Span::ZERO,
        link_silent: Span::ZERO,
        venue: VenueTraits::PAPER,
        watchdog: Watchdog::OFF,
        live_unavailable: None,
        live: None,
        standing: Vec::new(),
        halted_by: None,
        retired: std::collections::BTreeSet::new(),
        hours: TradingHours::default(),
    }
}

pub(crate) fn header() -> TapeHeader {
    let (version, config) = ("0.1.0".to_owned(), "mode = \"analyze\"".to_owned());
    let state = Box::new(State::new(Arc::new(genesis())));
    TapeHeader { version, config, numbers: Renumbering::default(), state, found: None }
}

/// Fifty entries: market data of two instruments with clocks that disagree, and one of each other kind.
pub(crate) fn entries() -> Vec<Entry> {
    let at = |number: i64| Timestamp::from_nanos(1_787_405_822_500_000_000 + number * 137_003);
    let price = |raw: i64| Price::from_raw(raw).unwrap();
    let qty = |raw: i64| Qty::from_raw(raw).unwrap();
    (0..50)
        .map(|number| {
            let instrument = InstrumentId::new(u16::try_from(number % 2).unwrap());
            let (venue_time, local_time) = (at(number - 9_000), at(number + 11));
            let bid = 6_180_020_000_000 + number * 10_000_000 - (number % 7) * 30_000_000;
            let levels = |from: i64, step: i64| {
                (0..number % 25).map(|n| Level { price: price(from + n * step), qty: qty(n + 1) }).collect()
            };
            let act = match number {
                0 => Act::Start,
                _ if number % 11 == 3 => Act::Step(Input::Tick),
                _ if number % 11 == 5 => Act::Step(Input::Link(LinkReport::Subscriber {
                    name: Label::new("recorder"),
                    state: "lagging",
                    detail: DisplayText::new("missed 3 events"),
                })),
                _ if number % 11 == 7 => Act::Step(Input::Report(BrokerReport::Filled(FillReport {
                    order: ClientOrderId::derive(RunId::new(7), OrderId::new(3)),
                    fill_id: FillId("f-17".into()),
                    instrument,
                    side: Side::Sell,
                    qty: qty(5),
                    price: price(bid),
                    liquidity: Liquidity::Taker,
                    fee: "-0.0000000000000012".parse().unwrap(),
                    at: venue_time,
                }))),
                _ if number % 11 == 9 => Act::Step(Input::Command(Request {
                    id: RequestId(u64::MAX),
                    actor: Actor::Operator,
                    command: Command::Kill {
                        level: KillLevel::K3,
                        scope: Scope::Instrument(instrument),
                        reason: Reason::new("what is this"),
                    },
                })),
                _ if number % 3 == 0 => Act::Step(Input::Market(MarketEvent::Depth(Arc::new(Depth {
                    instrument,
                    bids: levels(bid, -10_000_000),
                    asks: levels(bid + 10_000_000, 10_000_000),
                    venue_time,
                    local_time,
                })))),
                _ if number % 3 == 1 => Act::Step(Input::Market(MarketEvent::Trade(Trade {
                    instrument,
                    price: price(bid),
                    qty: qty(1_000 * number),
                    aggressor: if number % 2 == 0 { Side::Buy } else { Side::Sell },
                    venue_time,
                    local_time,
                }))),
                _ => Act::Step(Input::Market(MarketEvent::Quote(Quote {
                    instrument,
                    bid: price(bid),
                    bid_qty: qty(100_000_000 - number),
                    ask: price(bid + 10_000_000),
                    ask_qty: qty(200_000_000 + number),
                    venue_time,
                    local_time,
                }))),
            };
            Entry { now: at(number), act, events: u32::try_from(number % 4).unwrap() }
        })
        .collect()
}
