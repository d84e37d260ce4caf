//! The life of an order through everything a venue may say, in whatever order it says it.

use super::bench::{Bench, Pull, buy, canceling, market};
use super::world::{A, B, LIN, price, qty};
use flightdeck::engine::Desk;
use flightdeck::model::{
    BrokerReport, Cause, ClientOrderId, Command, ControlEvent, Event, FillId, FillReport, Liquidity, Money,
    OrderEvent, OrderId, OrderStatus, Refusal, RunId, Scope, Side, Span, StrategyId,
};

#[test]
fn a_fill_reported_twice_is_applied_once() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let fill = bench.fill_of(id, "1", price("99"));
    assert_eq!(bench.report(BrokerReport::Filled(fill.clone())).len(), 1);
    assert!(bench.report(BrokerReport::Filled(fill)).is_empty());
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("1", OrderStatus::PartiallyFilled));
}

#[test]
fn a_fill_reported_again_after_its_order_is_forgotten_is_not_booked_again() {
    let mut bench = Bench::new();
    let first = bench.working(A, market(Side::Buy, "1"));
    let fill = bench.fill_of(first, "1", price("100"));
    bench.report(BrokerReport::Filled(fill.clone()));
    for _ in 0..1_000 {
        bench.wait(Span::from_millis(20));
        bench.freshen();
        let id = bench.order(B, buy("1", "90"));
        bench.reject(id);
    }
    assert!(bench.state().orders.get(first).is_none(), "still remembered: the scenario proves nothing");
    bench.report(BrokerReport::Filled(fill));
    assert_eq!(bench.state().ledger.account(LIN).net.to_string(), "1");
    assert_eq!(bench.net(StrategyId::EXTERNAL), "0");
}

#[test]
fn a_fill_may_come_before_the_acknowledgement() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("2", "99"));
    bench.fill(id, "1", "99");
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("1", OrderStatus::PartiallyFilled));
    assert_eq!(bench.accept(id).len(), 1);
    assert_eq!(bench.status(id), OrderStatus::PartiallyFilled);
    bench.fill(id, "1", "99");
    assert!(bench.accept(id).is_empty(), "an ended order is not acknowledged again");
    assert_eq!(bench.status(id), OrderStatus::Filled);
}

#[test]
fn a_fill_after_cancel_still_moves_the_position() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.operator(Command::Cancel { order: id });
    bench.confirm_cancel(id);
    assert_eq!(bench.status(id), OrderStatus::Canceled);
    bench.fill(id, "1", "99");
    let order = bench.state().orders.get(id).unwrap();
    assert!(order.late_fill);
    assert_eq!((bench.net(A).as_str(), order.status), ("1", OrderStatus::Canceled));
    assert_eq!(bench.state().orders.total(LIN).buys, qty("0"));
}

#[test]
fn a_fill_while_the_cancel_is_on_its_way_leaves_the_rest_to_be_canceled() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.operator(Command::Cancel { order: id });
    bench.fill(id, "0.5", "99");
    assert_eq!(bench.status(id), OrderStatus::PendingCancel);
    assert_eq!(bench.state().orders.total(LIN).buys, qty("1.5"));
    bench.confirm_cancel(id);
    assert_eq!((bench.net(A).as_str(), bench.state().orders.total(LIN).buys), ("0.5", qty("0")));
}

pub(crate) fn foreign(fill: &str, side: Side) -> BrokerReport {
    BrokerReport::Filled(FillReport {
        order: ClientOrderId::derive(RunId::new(99), OrderId::new(1)),
        fill_id: FillId(fill.into()),
        instrument: LIN,
        side,
        qty: qty("3"),
        price: price("100"),
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        at: flightdeck::model::Timestamp::EPOCH,
    })
}

#[test]
fn a_fill_of_an_order_we_did_not_send_goes_to_external_once_and_counts_in_the_account() {
    let mut bench = Bench::new();
    bench.report(foreign("X-1", Side::Sell));
    bench.report(foreign("X-1", Side::Sell));
    assert_eq!((bench.net(StrategyId::EXTERNAL).as_str(), bench.state().unmatched), ("-3", 1));
    assert_eq!(bench.state().ledger.account(LIN).net.to_string(), "-3");
    assert_eq!(bench.net(A), "0");
}

#[test]
fn an_impossible_fill_is_set_aside_and_the_books_stay() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let good = bench.fill_of(id, "1", price("99"));
    let bad = [
        FillReport { side: Side::Sell, ..good.clone() },
        FillReport { qty: qty("0"), ..good.clone() },
        FillReport { price: price("0"), ..good.clone() },
        FillReport { instrument: super::world::INV, ..good },
    ];
    for fill in bad {
        bench.report(BrokerReport::Filled(fill));
    }
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("0", OrderStatus::Working));
}

#[test]
fn an_order_without_an_answer_is_unknown_and_keeps_its_exposure_until_there_is_proof() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("2", "99"));
    bench.wait(Span::from_millis(2_900));
    assert!(!bench.tick().iter().any(|one| matches!(one.event, Event::Order(_))));
    bench.wait(Span::from_millis(200));
    assert!(bench.tick().iter().any(|one| matches!(one.event, Event::Order(OrderEvent::Unknown { .. }))));
    assert_eq!(bench.state().orders.exposure(A, LIN).buys, qty("2"));
    assert!(!bench.tick().iter().any(|one| matches!(one.event, Event::Order(_))), "told once");
    bench.reject(id);
    assert_eq!(
        (bench.status(id), bench.state().orders.exposure(A, LIN).buys),
        (OrderStatus::Rejected, qty("0"))
    );
}

#[test]
fn an_unknown_order_that_fills_after_all_is_an_order_like_any_other() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("2", "99"));
    bench.wait(Span::from_secs(4));
    bench.tick();
    bench.fill(id, "2", "99");
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("2", OrderStatus::Filled));
    assert_eq!(bench.state().orders.exposure(A, LIN).orders, 0);
}

#[test]
fn a_cancel_is_refused_where_it_cannot_help() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let refused = |events: &[flightdeck::model::Envelope]| {
        let Event::Control(ControlEvent::Refused { refusal, .. }) = events[0].event else { return None };
        Some(refusal)
    };
    let unknown = bench.operator(Command::Cancel { order: OrderId::new(77) });
    assert_eq!(refused(&unknown), Some(Refusal::UnknownOrder));
    assert_eq!(canceling(&bench.operator(Command::Cancel { order: id })), [id]);
    assert_eq!(refused(&bench.operator(Command::Cancel { order: id })), Some(Refusal::CancelPending));
    assert_eq!(
        refused(&bench.operator(Command::CancelAll { scope: Scope::All })),
        Some(Refusal::NothingToDo)
    );
    bench.confirm_cancel(id);
    assert_eq!(refused(&bench.operator(Command::Cancel { order: id })), Some(Refusal::OrderClosed));
}

#[test]
fn a_quote_that_makes_an_order_is_named_by_its_order_its_answer_and_its_fills() {
    let mut bench = Bench::new();
    bench.pull(A, super::bench::Pull::Submit(buy("2", "99")));
    let events = bench.quote(LIN, "99.9", "100.1");
    let quote = Cause(events[0].seq);
    let id = super::bench::submitted(&events)[0];
    let mut told = events[1..].to_vec();
    told.extend(bench.accept(id));
    told.extend(bench.fill(id, "1", "99"));
    bench.wait(Span::from_secs(1));
    told.extend(bench.fill(id, "1", "99"));
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|envelope| envelope.cause == quote), "{told:?}");
    let row = bench.state().history.trades.last().unwrap();
    assert_eq!(row.cause, quote);
}

#[test]
fn a_cancel_without_an_answer_may_be_asked_for_again() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.operator(Command::Cancel { order: id });
    bench.wait(Span::from_secs(2));
    assert_eq!(canceling(&bench.operator(Command::Cancel { order: id })), [id]);
    bench.wait(Span::from_secs(2));
    assert_eq!(canceling(&bench.operator(Command::CancelAll { scope: Scope::All })), [id]);
}

#[test]
fn a_strategy_that_cancels_all_at_every_print_is_held_back_and_a_human_is_not() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    let refuse = |bench: &mut Bench| {
        let order = bench.client_id(id);
        bench.report(BrokerReport::CancelRejected { order, reason: "no".into(), at: bench.now });
    };
    let mut asked = 0;
    for _ in 0..10 {
        bench.pull(A, Pull::Write(Box::new(|desk: &mut Desk<'_>| desk.cancel_all())));
        asked += canceling(&bench.print()).len();
        refuse(&mut bench);
    }
    assert_eq!(asked, 1, "one in ten milliseconds");
    let events = bench.operator(Command::CancelAll { scope: Scope::All });
    assert_eq!(canceling(&events), [id], "a human may insist");
}
