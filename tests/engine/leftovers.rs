//! What the fault simulation found: leftovers that no order can close, exits whose position has gone, quotes that come
//! again.

use super::bench::{Bench, sell, submitted};
use super::doubt::not_found;
use super::world::{A, LIN, price};
use flightdeck::engine::effect;
use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, Command, ControlEvent, Event, FillId, FillReport,
    IdempotencyClass, Input, KillLevel, Liquidity, MarketEvent, Money, NetQty, OrderId, Qty, Refusal, RunId,
    Scope, Side, Span, StrategyId, Timestamp,
};

/// Somebody else's fill of a quantity.
fn foreign(bench: &mut Bench, size: Qty) {
    let fill = FillReport {
        order: ClientOrderId::derive(RunId::new(99), OrderId::new(7)),
        fill_id: FillId("X-7".into()),
        instrument: LIN,
        side: Side::Buy,
        qty: size,
        price: price("100"),
        liquidity: Liquidity::Maker,
        fee: Money::ZERO,
        at: Timestamp::EPOCH,
    };
    bench.report(BrokerReport::Filled(fill));
}

/// A third of the least quantity of an order.
fn dust(bench: &Bench) -> Qty {
    let spec = bench.state().genesis().instrument(LIN).expect("LIN");
    Qty::from_raw(spec.min_qty.raw() / 3).expect("a quantity")
}

#[test]
fn what_no_order_can_close_holds_up_no_resume() {
    let mut bench = Bench::new();
    let left = dust(&bench);
    foreign(&mut bench, left);
    let events = bench.kill(KillLevel::K4, Scope::All);
    assert!(submitted(&events).is_empty(), "nothing can close it");
    let held = |event: &Event| matches!(event, Event::Control(ControlEvent::FlattenHeld { .. }));
    assert!(events.iter().any(|one| held(&one.event)), "and that is said");
    assert_eq!((bench.state().under_flatten().count(), bench.state().to_flatten().count()), (1, 0));
    bench.resume();
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
}

#[test]
fn a_part_off_the_lot_cannot_be_claimed_and_the_whole_can() {
    let mut bench = Bench::new();
    let (left, lot) = (dust(&bench), bench.state().genesis().instrument(LIN).expect("LIN").lot);
    foreign(&mut bench, lot.plus(left));
    let claim = |bench: &mut Bench, qty: NetQty| {
        let events = bench.operator(Command::Claim { strategy: A, instrument: LIN, qty });
        let Event::Control(ControlEvent::Refused { refusal, .. }) = events[0].event else { return None };
        Some(refusal)
    };
    assert_eq!(claim(&mut bench, left.signed(Side::Buy)), Some(Refusal::Malformed));
    assert_eq!(claim(&mut bench, lot.signed(Side::Buy)), None);
    assert_eq!(claim(&mut bench, left.signed(Side::Buy)), None, "all that is left");
    assert!(bench.state().ledger.position(StrategyId::EXTERNAL, LIN).net.is_zero());
}

#[test]
fn an_exit_is_not_sent_again_once_its_position_has_gone() {
    let mut bench = Bench::with(|genesis| genesis.venue.idempotency = IdempotencyClass::UniqueForever);
    let entry = bench.working(A, super::bench::buy("3", "101"));
    let fill = bench.fill_of(entry, "3", price("100"));
    bench.report(BrokerReport::Filled(fill.clone()));
    let exit = bench.order(A, sell("2", "101").reduce_only());
    bench.wait(Span::from_secs(6));
    bench.freshen();
    bench.tick();
    let order = bench.client_id(entry);
    bench.report(BrokerReport::Busted { order, fill_id: fill.fill_id, at: bench.now });
    assert_eq!(bench.net(A), "0");
    let sent = not_found(&mut bench, exit);
    let submits = sent.iter().filter_map(|one| effect(&one.event));
    assert_eq!(submits.filter(|one| matches!(one.request, BrokerRequest::Submit(_))).count(), 0);
}

#[test]
fn f_205_the_same_quote_again_does_not_make_an_old_price_young() {
    let mut bench = Bench::new();
    let quote = bench.quote_of(LIN, "99.9", "100.1");
    bench.step(Input::Market(MarketEvent::Quote(quote)));
    bench.wait(Span::from_secs(60));
    let again = flightdeck::model::Quote { local_time: bench.now, ..quote };
    bench.step(Input::Market(MarketEvent::Quote(again)));
    let age = bench.state().market(LIN).and_then(|market| market.age(bench.now));
    assert_eq!(age, Some(Span::from_secs(60)));
}
