//! Options by offset: strikes are counted from the mark in the right direction, and what is not listed is refused.

use crate::batches::batch_events;
use crate::bench::{Bench, submitted};
use crate::world::{LIN, price, qty};
use flightdeck::model::{
    BatchEvent, BatchKind, Class, Command, ControlEvent, Envelope, Event, Expiry, InstrumentId,
    InstrumentLimits, Label, Listing, Mode, Money, Moneyness, OnFailure, OptionLeg, OptionsOrder, OrderId,
    Refusal, Right, Side, Span, StrategyId, TimeInForce, Timestamp,
};
use flightdeck::state::{Accounts, Genesis, VenueAccount};
use std::sync::Arc;

/// 2024-08-08 00:00:00 UTC, the bench's start, and two expiries after it.
const START: i64 = 1_723_075_200_000_000_000;
const DAY: i64 = 86_400_000_000_000;
const STRIKES: [&str; 5] = ["90", "95", "100", "105", "110"];

fn day(count: i64) -> Timestamp {
    Timestamp::from_nanos(START + count * DAY)
}

/// The bench's linear instrument as the underlying of two expiries of five strikes, calls and puts.
pub(crate) fn chain(genesis: &mut Genesis) {
    for expiry in [day(1), day(8)] {
        for strike in STRIKES {
            for right in [Right::Call, Right::Put] {
                let id = InstrumentId::new(u16::try_from(genesis.instruments.len()).unwrap());
                let mut one = genesis.instruments[0].clone();
                one.id = id;
                one.symbol =
                    format!("LIN-{}-{strike}{}", expiry.nanos() / DAY, right.as_str()).as_str().into();
                one.min_price = price("0.1");
                one.min_notional = Money::ZERO;
                let class = Class::Option { underlying: LIN, expiry, strike: price(strike), right };
                one.listing = Listing { class, ..Listing::default() };
                genesis.instruments.push(one);
                genesis.limits.instruments.push(InstrumentLimits {
                    max_order_qty: qty("100"),
                    max_order_value: Money::units(50_000),
                    max_position: qty("500"),
                    collar_bps: 5_000,
                });
            }
        }
    }
}

fn desk() -> Bench {
    let mut bench = Bench::with(chain);
    for id in 2..22 {
        bench.quote(InstrumentId::new(id), "4.9", "5.1");
    }
    bench.freshen();
    bench
}

pub(crate) fn leg(side: Side, right: Right, offset: Moneyness) -> OptionLeg {
    OptionLeg { expiry: Expiry::Nearest, offset, right, side, qty: qty("1") }
}

fn options(legs: Vec<OptionLeg>) -> Command {
    Command::Options {
        order: Arc::new(OptionsOrder {
            strategy: StrategyId::MANUAL,
            underlying: LIN,
            legs,
            tif: TimeInForce::Ioc,
            mode: Mode::Analyze,
            on_failure: OnFailure::Hold,
            label: Label::new("test"),
        }),
    }
}

fn symbols(bench: &Bench, ids: &[OrderId]) -> Vec<String> {
    let symbol = |id: &OrderId| {
        let instrument = bench.state().orders.get(*id).unwrap().request.instrument;
        bench.state().genesis().instrument(instrument).unwrap().symbol.to_string()
    };
    ids.iter().map(symbol).collect()
}

fn resolved(bench: &mut Bench, leg: OptionLeg) -> String {
    let events = bench.operator(options(vec![leg]));
    let ids = submitted(&events);
    assert_eq!(ids.len(), 1, "{events:?}");
    symbols(bench, &ids).remove(0).split('-').next_back().unwrap().to_owned()
}

fn refused(events: &[Envelope]) -> Refusal {
    let [Envelope { event: Event::Control(ControlEvent::Refused { refusal, .. }), .. }] = events else {
        panic!("exactly one event, a refusal: {events:?}")
    };
    *refusal
}

/// A strike is one strike, however many contracts of it are listed; meant is the one that may be traded where the underlying is.
#[test]
fn of_several_contracts_of_a_strike_it_is_that_of_the_underlyings_account_whose_generation_is_not_over() {
    let mut bench = Bench::with(|genesis| {
        let mut further = Vec::new();
        for (name, at_b, superseded) in [("OLD", false, true), ("B", true, false), ("LIN", false, false)] {
            let from = genesis.instruments.len();
            chain(genesis);
            for one in &mut genesis.instruments[from..] {
                one.symbol = format!("{name}{}", &one.symbol.as_str()[3..]).as_str().into();
                one.listing.superseded = superseded;
            }
            let added = genesis.instruments[from..].iter().map(|one| one.id);
            further.extend(added.filter(|_| at_b));
        }
        let b = VenueAccount { name: Label::new("b"), place: "paper b".into(), active: true };
        genesis.accounts = Accounts::new(&"paper a".into(), [(b, further)]);
    });
    for id in 2..62 {
        bench.quote(InstrumentId::new(id), "4.9", "5.1");
    }
    bench.freshen();
    for (offset, end) in
        [(Moneyness::Atm, "-100CE"), (Moneyness::Otm(1), "-105CE"), (Moneyness::Itm(2), "-90CE")]
    {
        let events = bench.operator(options(vec![leg(Side::Buy, Right::Call, offset)]));
        let ids = submitted(&events);
        let symbol = symbols(&bench, &ids).remove(0);
        assert!(symbol.starts_with("LIN-") && symbol.ends_with(end), "{symbol}");
    }
}

#[test]
fn offsets_count_strikes_in_the_direction_of_the_right() {
    let cases = [
        (Right::Call, Moneyness::Atm, "100CE"),
        (Right::Put, Moneyness::Atm, "100PE"),
        (Right::Call, Moneyness::Otm(1), "105CE"),
        (Right::Call, Moneyness::Otm(2), "110CE"),
        (Right::Call, Moneyness::Itm(2), "90CE"),
        (Right::Put, Moneyness::Otm(1), "95PE"),
        (Right::Put, Moneyness::Itm(1), "105PE"),
        (Right::Put, Moneyness::Otm(0), "100PE"),
    ];
    for (right, offset, symbol) in cases {
        let mut bench = desk();
        assert_eq!(resolved(&mut bench, leg(Side::Buy, right, offset)), symbol);
    }
}

#[test]
fn at_the_money_is_the_nearest_strike_and_of_two_the_lower() {
    for (bid, ask, symbol) in [
        ("102.3", "102.5", "100CE"),
        ("102.4", "102.6", "100CE"),
        ("102.5", "102.7", "105CE"),
        ("97.4", "97.6", "95CE"),
        ("150", "150.2", "110CE"),
    ] {
        let mut bench = Bench::with(|genesis| {
            chain(genesis);
            genesis.instruments[0].max_jump_bps = 9_000;
        });
        for id in 2..22 {
            bench.quote(InstrumentId::new(id), "4.9", "5.1");
        }
        bench.quote(LIN, bid, ask);
        assert_eq!(resolved(&mut bench, leg(Side::Buy, Right::Call, Moneyness::Atm)), symbol, "{bid}");
    }
}

#[test]
fn expiries_are_those_that_have_not_passed() {
    let of = |expiry| OptionLeg { expiry, ..leg(Side::Buy, Right::Call, Moneyness::Atm) };
    let instrument = |bench: &Bench, events: &[Envelope]| {
        bench.state().orders.get(submitted(events)[0]).unwrap().request.instrument
    };
    let expiry = |bench: &Bench, events: &[Envelope]| {
        let id = instrument(bench, events);
        bench.state().genesis().instrument(id).unwrap().listing.class.expiry().unwrap()
    };
    for (wanted, found) in [(Expiry::Nearest, day(1)), (Expiry::Next, day(8)), (Expiry::At(day(8)), day(8))] {
        let mut bench = desk();
        let events = bench.operator(options(vec![of(wanted)]));
        assert_eq!(expiry(&bench, &events), found);
    }
    let mut bench = desk();
    bench.wait(Span::from_secs(2 * 86_400));
    for id in 0..22 {
        let (bid, ask) = match id {
            0 => ("99.9", "100.1"),
            1 => ("1999.99", "2000.01"),
            _ => ("4.9", "5.1"),
        };
        bench.quote(InstrumentId::new(id), bid, ask);
    }
    let events = bench.operator(options(vec![of(Expiry::Nearest)]));
    assert_eq!(expiry(&bench, &events), day(8), "the first has passed");
    for gone in [Expiry::Next, Expiry::At(day(1)), Expiry::At(day(3))] {
        let refusal = refused(&bench.operator(options(vec![of(gone)])));
        assert!(matches!(refusal, Refusal::NoContract { leg: 0, .. }), "{refusal}");
    }
}

#[test]
fn what_is_not_listed_is_refused_and_nothing_is_half_sent() {
    let mut bench = desk();
    let good = leg(Side::Buy, Right::Call, Moneyness::Atm);
    for far in [Moneyness::Otm(3), Moneyness::Itm(3), Moneyness::Otm(255)] {
        let bad = leg(Side::Buy, Right::Call, far);
        let refusal = refused(&bench.operator(options(vec![good, bad])));
        assert!(
            matches!(refusal, Refusal::NoContract { leg: 1, .. }),
            "the leg as it was asked for: {refusal}"
        );
    }
    assert_eq!(refused(&bench.operator(options(Vec::new()))), Refusal::Malformed);
    assert_eq!(bench.state().orders.issued(), 0);
}

#[test]
fn without_a_fresh_price_of_the_underlying_no_strike_is_counted() {
    let mut bench = desk();
    bench.wait(Span::from_secs(3));
    for id in 2..22 {
        bench.quote(InstrumentId::new(id), "4.9", "5.1");
    }
    let order = options(vec![leg(Side::Buy, Right::Call, Moneyness::Atm)]);
    assert_eq!(refused(&bench.operator(order)), Refusal::NoPrice);
}

#[test]
fn an_iron_condor_buys_its_wings_before_it_sells_its_body() {
    let mut bench = desk();
    let condor = options(vec![
        leg(Side::Sell, Right::Put, Moneyness::Otm(1)),
        leg(Side::Buy, Right::Put, Moneyness::Otm(2)),
        leg(Side::Sell, Right::Call, Moneyness::Otm(1)),
        leg(Side::Buy, Right::Call, Moneyness::Otm(2)),
    ]);
    let events = bench.operator(condor);
    let wings = submitted(&events);
    let strikes = |bench: &Bench, ids: &[OrderId]| -> Vec<String> {
        symbols(bench, ids).iter().map(|one| one.split('-').next_back().unwrap().to_owned()).collect()
    };
    assert_eq!(strikes(&bench, &wings), ["90PE", "110CE"]);
    bench.fill(wings[0], "1", "5.1");
    assert_eq!(submitted(&bench.tick()), [], "one wing is missing");
    let body = submitted(&bench.fill(wings[1], "1", "5.1"));
    assert_eq!(strikes(&bench, &body), ["95PE", "105CE"]);
    bench.fill(body[0], "1", "4.9");
    let events = bench.fill(body[1], "1", "4.9");
    let [BatchEvent::Completed { batch_kind: BatchKind::Multileg, filled: 4, total: 4, .. }] =
        &batch_events(&events)[..]
    else {
        panic!("{events:?}")
    };
    bench.assert_replica_is_equal();
}

#[test]
fn a_wing_that_does_not_fill_leaves_the_body_unsold() {
    let mut bench = desk();
    let spread =
        vec![leg(Side::Sell, Right::Call, Moneyness::Otm(1)), leg(Side::Buy, Right::Call, Moneyness::Otm(2))];
    let wing = submitted(&bench.operator(options(spread)))[0];
    let events = bench.confirm_cancel(wing);
    let [BatchEvent::Stopped { leg: 0, .. }] = &batch_events(&events)[..] else { panic!("{events:?}") };
    assert_eq!(submitted(&bench.tick()), []);
}

#[test]
fn a_strategy_asks_for_options_with_its_own_pen() {
    let mut bench = desk();
    bench.pull(
        crate::world::A,
        crate::bench::Pull::Write(Box::new(|desk| {
            desk.options(flightdeck::engine::OptionsSpec {
                underlying: LIN,
                legs: vec![leg(Side::Buy, Right::Call, Moneyness::Atm)],
                tif: TimeInForce::Ioc,
                on_failure: OnFailure::Hold,
                label: Label::new("delta"),
            });
        })),
    );
    let ids = submitted(&bench.print());
    assert_eq!(symbols(&bench, &ids).len(), 1);
    assert_eq!(bench.state().orders.get(ids[0]).unwrap().request.strategy, crate::world::A);
}
